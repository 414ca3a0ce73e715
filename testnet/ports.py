"""Free TCP ports on 127.0.0.1, below the kernel's range for outgoing connections."""

import random
import socket

from .errors import TestnetError

FIRST, LAST = 10240, 32767
BLOCK = 512


class PortAllocator:
    """Hands out ports from blocks that no other network of this machine takes.

    Between the choice of a port and the start of its user nothing listens on
    it. An abstract unix socket, which vanishes with this process, keeps other
    networks that start at the same time off the block.
    """

    def __init__(self, taken=()):
        self._taken = set(taken)
        self._claims = []
        self._candidates = iter(())

    def take(self):
        """One free port."""
        while True:
            for port in self._candidates:
                if port not in self._taken and _is_free(port):
                    self._taken.add(port)
                    return port
            self._candidates = iter(self._claim_block())

    def _claim_block(self):
        starts = list(range(FIRST, LAST + 1 - BLOCK, BLOCK))
        random.shuffle(starts)
        for start in starts:
            claim = socket.socket(socket.AF_UNIX)
            try:
                claim.bind(f"\0testnet-ports-{start}")
            except OSError:
                claim.close()
                continue
            self._claims.append(claim)
            return range(start, start + BLOCK)
        raise TestnetError("no free block of ports")


def _is_free(port):
    with socket.socket() as probe:
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True
