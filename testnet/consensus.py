"""What the tests need to know of a consensus."""

import base64
import calendar
import time
from dataclasses import dataclass, field

from .errors import TestnetError


@dataclass
class Router:
    nickname: str
    fingerprint: str  # RSA identity, upper-case hex
    or_port: int
    flags: frozenset = frozenset()


@dataclass
class Consensus:
    """Times in unix seconds, shared random values as 32 octets or None."""

    valid_after: int = 0
    fresh_until: int = 0
    valid_until: int = 0
    shared_random_previous: bytes | None = None
    shared_random_current: bytes | None = None
    params: dict = field(default_factory=dict)
    routers: list = field(default_factory=list)

    @property
    def voting_interval(self):
        return self.fresh_until - self.valid_after

    @property
    def hsdirs(self):
        return [router for router in self.routers if "HSDir" in router.flags]

    @classmethod
    def parse(cls, text):
        """Read a consensus of flavor 'microdesc'."""
        consensus = cls()
        for line in text.splitlines():
            keyword, _, rest = line.partition(" ")
            reader = _READERS.get(keyword)
            if reader:
                reader(consensus, rest)
        return consensus


def _seconds(text):
    return calendar.timegm(time.strptime(text, "%Y-%m-%d %H:%M:%S"))


def _time_reader(name):
    return lambda consensus, rest: setattr(consensus, name, _seconds(rest))


def _random_reader(name):
    return lambda consensus, rest: setattr(consensus, name, base64.b64decode(rest.split()[1]))


def _read_params(consensus, rest):
    consensus.params = {key: int(value) for key, value in
                        (item.split("=") for item in rest.split())}


def _read_router(consensus, rest):
    nickname, identity, _, _, _, or_port, _ = rest.split()
    fingerprint = base64.b64decode(identity + "=").hex().upper()
    consensus.routers.append(Router(nickname, fingerprint, int(or_port)))


def _read_flags(consensus, rest):
    consensus.routers[-1].flags = frozenset(rest.split())


_READERS = {
    "valid-after": _time_reader("valid_after"),
    "fresh-until": _time_reader("fresh_until"),
    "valid-until": _time_reader("valid_until"),
    "shared-rand-previous-value": _random_reader("shared_random_previous"),
    "shared-rand-current-value": _random_reader("shared_random_current"),
    "params": _read_params,
    "r": _read_router,
    "s": _read_flags,
}


def fetch(control):
    """The consensus that the tor behind `control` has, or None."""
    try:
        text = control.getinfo("dir/status-vote/current/consensus-microdesc")
    except TestnetError:
        return None
    return Consensus.parse(text) if text else None
