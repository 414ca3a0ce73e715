"""Descriptors as the HSDirs have them, read by stem."""

import base64

from stem.descriptor.hidden_service import HiddenServiceDescriptorV3

import ring
from testnet import wait_until

ANSWER = 60  # seconds for one HSDir, on a busy machine
LAYER_OVERHEAD = 16 + 32  # salt and MAC of an encrypted layer (rend-spec-v3.txt section 2.5.3)


class Copy:
    """A descriptor as one HSDir has it."""

    def __init__(self, text, address):
        self.text = text
        # stem verifies the outer signature and the certificate of the signing key.
        self.outer = HiddenServiceDescriptorV3.from_str(text, validate=True)
        self.inner = self.outer.decrypt(address)
        self.middle = self.inner.outer

    @property
    def padded_size(self):
        """Bytes of the middle layer with its padding."""
        body = "".join(self.outer.superencrypted.splitlines()[1:-1])
        return len(base64.b64decode(body)) - LAYER_OVERHEAD

    @property
    def size(self):
        """Bytes of the whole, the decimal digits of the revision counter left out."""
        return len(self.text) - len(str(self.outer.revision_counter))

    @property
    def points(self):
        return self.inner.introduction_points


def fetch(client, address, fingerprint):
    """One HSDir's Copy, or None if it has no descriptor; the client's cache does not matter."""
    bare = address.removesuffix(".onion")
    with client.control() as control:
        control.set_events("HS_DESC_CONTENT")
        control.command(f"HSFETCH {bare} SERVER={fingerprint}")

        def answer():
            event = control.next_event(5)
            if not event:
                return None
            _, whose, _, hsdir, *_ = event.lines[0].split()
            return event if whose == bare and hsdir.startswith(f"${fingerprint}") else None
        text = wait_until(answer, ANSWER, f"answer of {fingerprint}").data[0]
        return Copy(text, address) if text.strip() else None


def fetch_all(network, address, directory):
    """(period, what fetch gives for each responsible HSDir) of the descriptor that clients use."""
    client = network.clients[0]
    place = ring.client_place(client, address, directory)
    return place.period, [fetch(client, address, each) for each in sorted(place.hsdirs)]


def fetch_whole(network, address, directory):
    """As fetch_all, once every HSDir has it: one that has just become responsible may not yet."""
    return wait_until(lambda: (found := fetch_all(network, address, directory))
                      and None not in found[1] and found, 60,
                      f"a descriptor of {address} in each of its HSDirs")
