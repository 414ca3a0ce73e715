"""Time periods and shared-random runs on a testing network.

There tor ignores `hsdir_interval`: a period lasts as long as a shared-random
run, 24 voting intervals, and begins 12 voting intervals after one. tor counts
in whole minutes, so the voting interval should be a multiple of 5 seconds.
What decides is the valid-after time of the consensus that a tor has, not the clock.
"""

from dataclasses import dataclass

ROUNDS = 24
OFFSET_ROUNDS = 12


@dataclass(frozen=True)
class Schedule:
    """All times in unix seconds."""

    voting_interval: int

    @property
    def period_length(self):
        return ROUNDS * self.voting_interval // 60 * 60

    @property
    def offset(self):
        return OFFSET_ROUNDS * self.voting_interval // 60 * 60

    def period_number(self, when):
        return int(when - self.offset) // self.period_length

    def period_start(self, number):
        return number * self.period_length + self.offset

    def next_period_change(self, when):
        return self.period_start(self.period_number(when) + 1)

    def next_shared_random(self, when):
        """When the next shared random value comes into force."""
        run = ROUNDS * self.voting_interval
        return (int(when) // run + 1) * run

    def is_between_period_change_and_shared_random(self, when):
        """True in the half where the second descriptor is the current period's."""
        return self.next_shared_random(when) < self.next_period_change(when)
