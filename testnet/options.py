"""What a network consists of."""

from dataclasses import dataclass, field

from .errors import TestnetError

PUBLISHER_AUTH = ("cookie", "password", "none")


@dataclass
class Options:
    authorities: int = 3
    relays: int = 9
    backends: int = 2
    clients: int = 2
    publishers: int = 1
    frontends: int = 1
    services: int = 1  # instances in each backend's tor
    plain: bool = False  # a service without a frontend beside them
    intro_points: int | None = None  # HiddenServiceNumIntroductionPoints
    voting_interval: int = 20
    first_interval: int = 5
    publisher_auth: str = "cookie"
    params: dict = field(default_factory=dict)  # ConsensusParams
    torrc: dict = field(default_factory=dict)  # role or node name -> extra lines

    def __post_init__(self):
        if self.publisher_auth not in PUBLISHER_AUTH:
            raise TestnetError(f"publisher_auth: not one of {', '.join(PUBLISHER_AUTH)}")
        if self.voting_interval < 10 or self.voting_interval % 5:
            raise TestnetError("voting_interval: tor wants at least 10 s, "
                               "and its arithmetic multiples of 5 s")
        if self.authorities < 1:
            raise TestnetError("authorities: at least one")

    def extra_lines(self, role, name):
        return [*self.torrc.get(role, ()), *self.torrc.get(name, ())]
