"""Many reloads in a row, good and bad ones mixed, while clients ask.

RELOADS says how many: 150 by default, RELOADS=1000 for the whole thing.
"""

import os
import random
import re
import statistics
import time
from dataclasses import dataclass

import pytest

from publisher import BUILD, DESCRIPTORS
from reload_changes import Changes, NotifySocket
from robust import SANITIZER, running, signers
from testnet import wait_until
from traffic import Traffic, unexplained

RELOADS = int(os.environ.get("RELOADS", "150"))
WARM_UP = min(100, RELOADS // 3)
CHECKPOINT = 50  # reloads from one to the next
ASK_EVERY = 0.5  # seconds, of each client
PROBES = 6  # under way at once, at most: of four instances and two frontends
OVERDUE = 40  # seconds that a round may wait for its HSDirs: two tries
# KiB of memory, with a plain build: the heap keeps the room for a second consensus, and grows no
# further, however many reloads there are.
SLACK_KIB = 2048
SLACK_SANITIZED_KIB = 16 * 1024

# Root reads everything, unless that right is taken from it.
AS_OTHERS = (["setpriv", "--bounding-set", "-dac_override,-dac_read_search"]
             if os.geteuid() == 0 else [])


@dataclass(frozen=True)
class Sample:
    """A process after a reload; memory in KiB."""

    rss: int
    peak: int
    descriptors: int

    @classmethod
    def of(cls, pid):
        with open(f"/proc/{pid}/status") as file:
            fields = dict(re.findall(r"^(Vm\w+):\s*(\d+) kB", file.read(), re.M))
        return cls(int(fields["VmRSS"]), int(fields["VmHWM"]), len(os.listdir(f"/proc/{pid}/fd")))


def is_sanitized():
    with open(os.path.join(BUILD, "onionbalance"), "rb") as file:
        return b"__asan_init" in file.read()


class Reloads:
    """The run: one reload after the other, and what was seen."""

    def __init__(self, publisher, notify, changes):
        self.publisher = publisher
        self.notify = notify
        self.changes = changes
        self.samples = []  # of the publisher, one for each reload
        self.checkpoints = []  # (publisher, signer) when all is quiet
        self.good = self.bad = 0
        self.removed = []  # (time, label) of services that went

    def one(self, change):
        before = self.changes.labels
        change()
        mark = self.publisher.mark()
        begun = time.time()
        self.publisher.signal(1)  # SIGHUP
        self.notify.wait_reloaded(self.publisher)
        self._check_outcome(self.publisher.log_text(mark))
        self.removed += [(begun, label) for label in before - self.changes.labels]
        self.samples.append(Sample.of(self.publisher.pid))

    def _check_outcome(self, log):
        """The expected one, and that alone."""
        used, refused = ("configuration read again: " in log), ("new configuration is not used" in log)
        assert not SANITIZER.search(log), log
        if self.changes.error is None:
            assert used and not refused, (self.changes.name, log)
            assert self.changes.size in log, log
            self.good += 1
        else:
            assert refused and not used, (self.changes.name, log)
            assert re.search(self.changes.error, log), log
            self.bad += 1

    def checkpoint(self):
        """What the file in force wants is out; replaced signers are gone."""
        wait_until(self._is_confirmed, 60, f"all confirmed in {self.publisher.log_path}")
        wait_until(lambda: len(signers(self.publisher.pid)) == 1, 60, "one signer and no zombie", 0.02)
        self.checkpoints.append((Sample.of(self.publisher.pid),
                                 Sample.of(signers(self.publisher.pid)[0])))

    def _is_confirmed(self):
        rounds = [each for each in self.publisher.current_rounds() if each.label in self.changes.labels]
        return (len(rounds) >= DESCRIPTORS * len(self.changes.labels)
                and all(each.confirmed for each in rounds))

    def lost_rounds(self):
        """Those that waited longer than they should, and that nothing took the place of."""
        rounds = self.publisher.rounds()
        return [each for place, each in enumerate(rounds)
                if (each.confirmed or self._end_of(each, rounds[place + 1:])) > each.started + OVERDUE]

    def _end_of(self, round_, later):
        """When this round was over without confirmation: replaced, out of date, service removed."""
        ends = [each.started for each in later if each.label == round_.label and
                (each.period == round_.period or each.period >= round_.period + 2)]
        ends += [when for when, label in self.removed
                 if label == round_.label and when >= round_.started - 1]
        return min(ends, default=time.time())

    def memory(self, name):
        """(KiB after the warm-up, KiB at the end): medians of a window of samples."""
        window = max(10, RELOADS // 20)
        values = [getattr(each, name) for each in self.samples]
        return (statistics.median(values[WARM_UP:WARM_UP + window]),
                statistics.median(values[-window:]))


def wait_everything_published(network):
    """New descriptors of both frontends lead to all backends."""
    for frontend in network.frontends[:2]:
        seen = set()

        def ask(address=frontend.address, seen=seen):
            outcomes = network.request_many(address, 2 * len(network.clients), timeout=60)
            seen.update(outcome.backend for outcome in outcomes if outcome.ok)
            return len(seen) == len(network.nodes("backend"))
        wait_until(ask, 60, f"all backends behind {frontend.address}")


@pytest.fixture
def run(network, tmp_path):
    """All reloads, with the traffic of their time: (Reloads, requests)."""
    frontend, plain = network.frontends[0].address, network.services("plain")[0].address
    changes = Changes(network, tmp_path)
    with NotifySocket(tmp_path) as notify, \
            running(tmp_path, changes.config, network.publisher, prefix=AS_OTHERS,
                    environment={"NOTIFY_SOCKET": notify.path,
                                 "ASAN_OPTIONS": "quarantine_size_mb=1"}) as publisher:
        notify.wait_ready(publisher)
        publisher.wait_confirmed()
        reloads = Reloads(publisher, notify, changes)
        with Traffic(network.clients[0], [frontend, plain], fresh=True, period=ASK_EVERY) as fresh, \
                Traffic(network.clients[1], [frontend, plain], period=ASK_EVERY) as steady:
            choose = random.Random(1)
            for number in range(1, RELOADS):
                reloads.one(choose.choice(changes.all))
                if number % CHECKPOINT == 0:
                    reloads.checkpoint()
            reloads.one(changes.everything)
            wait_everything_published(network)
            reloads.checkpoint()
        yield reloads, [(each.of(frontend), each.of(plain)) for each in (fresh, steady)]


def test_reloads_under_load(run):
    reloads, traffic = run
    figures = {name: reloads.memory(name) for name in ("rss", "peak")}
    first, last = reloads.checkpoints[min(1, len(reloads.checkpoints) - 1)], reloads.checkpoints[-1]
    print(f"{reloads.good} good and {reloads.bad} bad reloads; publisher KiB after "
          f"{WARM_UP}, at the end: {figures}; (publisher, signer) at a checkpoint: {first}, {last}; "
          f"rounds {len(reloads.publisher.rounds())}; "
          f"requests (frontend, plain): {[(len(a), len(b)) for a, b in traffic]}, failed "
          f"{[(sum(not x.ok for x in a), sum(not x.ok for x in b)) for a, b in traffic]}")
    assert reloads.good + reloads.bad == RELOADS and reloads.good and reloads.bad
    slack = SLACK_SANITIZED_KIB if is_sanitized() else SLACK_KIB
    for name, (before, after) in figures.items():
        assert after <= before + slack, (name, before, after)
    assert last[1].rss <= first[1].rss + slack
    # A probe of a backend or a visit of a frontend may be under way at either moment.
    assert abs(last[0].descriptors - first[0].descriptors) <= PROBES
    assert last[1].descriptors == first[1].descriptors
    assert reloads.lost_rounds() == []
    for frontend, plain in traffic:
        assert frontend and plain
        assert [str(each) for each in unexplained(frontend, plain)] == []
