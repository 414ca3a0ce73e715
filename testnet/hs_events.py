"""Which HSDirs tor's own services upload to, from HS_DESC events."""

import time
from collections import defaultdict

from .errors import TestnetError, patient

SETTLED = 2  # descriptors of a service: one for each of two time periods


class UploadWatch:
    """Follows HS_DESC events of a backend from the moment it is made."""

    def __init__(self, node):
        self.node = node
        self._control = node.control()
        self._control.set_events("HS_DESC")
        # address -> {(descriptor id, fingerprint)} started, and {fingerprint: confirmations}
        self.uploads = defaultdict(set)
        self.confirmed = defaultdict(lambda: defaultdict(int))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self._control.close()

    def hsdirs(self, address):
        """{blinded key: {fingerprints}} of the uploads seen so far."""
        found = defaultdict(set)
        for blinded_key, fingerprint in self.uploads[_bare(address)]:
            found[blinded_key].add(fingerprint)
        return dict(found)

    def poll(self, timeout):
        """Take in one event; False if none came in time."""
        event = self._control.next_event(timeout)
        if event is None:
            return False
        words = event.lines[0].split()
        if words[:1] == ["HS_DESC"] and len(words) >= 5:
            self._note(words[1], words[2], words[4].lstrip("$")[:40], words[5:])
        return True

    def _note(self, action, address, fingerprint, rest):
        if action == "UPLOAD":
            self.uploads[address].add((rest[0], fingerprint))
        elif action == "UPLOADED":
            self.confirmed[address][fingerprint] += 1

    def is_published(self, address):
        """True when both descriptors are out and every upload so far is confirmed."""
        address = _bare(address)
        return (len(self.hsdirs(address)) >= SETTLED and
                sum(self.confirmed[address].values()) >= len(self.uploads[address]))

    def wait_published(self, addresses, timeout):
        deadline = time.monotonic() + patient(timeout)
        missing = set(addresses)
        while missing := {each for each in missing if not self.is_published(each)}:
            left = deadline - time.monotonic()
            if left <= 0:
                raise TestnetError(f"{self.node.name} has not published "
                                   f"{len(missing)} of {len(addresses)} services")
            self.poll(left)


def _bare(address):
    return address.removesuffix(".onion")
