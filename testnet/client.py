"""A client tor, and what a user of an onion service would see through it."""

import base64
import os
import socket
import time
from dataclasses import dataclass

from . import socks
from .errors import TestnetError, patient
from .node import Node

# For Client.forget: taken away again before tor could use it.
ANY_KEY = base64.b64encode(b"\x01" * 32).decode()


@dataclass(frozen=True)
class Response:
    backend: str  # the name that the web server gave
    status: int
    body: bytes
    seconds: float
    client: str

    ok = True


class RequestError(TestnetError):
    """No answer; `code` is tor's SOCKS error, or None."""

    ok = False

    def __init__(self, text, code, seconds, client):
        super().__init__(f"{client}: {text} after {seconds:.2f} s")
        self.code = code
        self.seconds = seconds
        self.client = client


class Client(Node):
    """A tor with SOCKS ports."""

    def get(self, address, path="/", port=80, timeout=60, isolation=None, proxy="socks"):
        """Fetch http://address/path; return a Response or raise RequestError.

        Each request has circuits of its own unless `isolation` names a group.
        With the proxy "extended" (a client has it, a publisher has not) errors
        have tor's extended codes, but some are false: when the first HSDir or
        introduction point fails and the second one serves, tor reports the
        failure of the first.
        """
        begun = time.monotonic()
        group = isolation or os.urandom(8).hex()
        try:
            with socket.create_connection(("127.0.0.1", self.record["ports"][proxy]), timeout) as stream:
                deadline = begun + timeout
                socks.connect(_Timed(stream, deadline), address, port, group, group)
                octets = _exchange(_Timed(stream, deadline), address, path)
        except OSError as error:
            text = "timed out" if isinstance(error, TimeoutError) else str(error)
            raise RequestError(text, getattr(error, "code", None),
                               time.monotonic() - begun, self.name) from None
        return self._response(octets, time.monotonic() - begun)

    def get_again(self, address, patience=60, **arguments):
        """Like `get`, by a user who loads the page again where it fails, for so many seconds.

        On a busy machine a circuit breaks now and then; which one is not the
        caller's concern. Each new try gets a new descriptor: the points of a
        cached one may acknowledge for a tor that is gone. Raises the last
        RequestError.
        """
        deadline = time.monotonic() + patient(patience)
        while True:
            try:
                return self.get(address, **arguments)
            except RequestError:
                if time.monotonic() >= deadline:
                    raise
                self.forget(address)
                time.sleep(1)

    def _response(self, octets, seconds):
        head, found, body = octets.partition(b"\r\n\r\n")
        first, _, rest = head.decode("latin-1").partition("\r\n")
        if not found or not first.startswith("HTTP/"):
            raise RequestError("no HTTP answer", None, seconds, self.name)
        headers = dict(line.split(": ", 1) for line in rest.split("\r\n"))
        if len(body) != int(headers.get("Content-Length", len(body))):
            raise RequestError("answer cut short", None, seconds, self.name)
        return Response(headers.get("X-Backend", ""), int(first.split()[1]), body,
                        seconds, self.name)

    def forget(self, address):
        """Drop the cached descriptor of one address, at once and as often as wanted.

        Unlike NEWNYM, which tor obeys once in 10 s only, this keeps the other
        addresses, and tor's memory of introduction points that failed.
        """
        bare = address.removesuffix(".onion")
        with self.control() as control:
            # Two that forget at the same time: "251 replaced" and "251 no such client" are fine.
            control.command(f"ONION_CLIENT_AUTH_ADD {bare} x25519:{ANY_KEY}", codes=(250, 251))
            control.command(f"ONION_CLIENT_AUTH_REMOVE {bare}", codes=(250, 251))

    def get_fresh(self, address, **arguments):
        """Fetch with a descriptor that tor must get anew."""
        self.forget(address)
        return self.get(address, **arguments)

    def new_identity(self):
        """NEWNYM: forget all descriptors and failures. tor delays it to one in 10 s."""
        self.command("SIGNAL NEWNYM")

    def has_descriptor(self, address):
        with self.control() as control:
            bare = address.removesuffix(".onion")
            return control.command(f"GETINFO hs/client/desc/id/{bare}", check=False).ok

    def restart(self, new_guards=False, timeout=60):
        """A client that remembers its directory documents only, and its guards unless told not to."""
        self.kill()
        if new_guards:
            os.remove(os.path.join(self.data_directory, "state"))
        self.start()
        self.wait_bootstrapped(timeout)


class _Timed:
    """A socket with one deadline for all that is done with it."""

    def __init__(self, stream, deadline):
        self._stream = stream
        self._deadline = deadline

    def _arm(self):
        left = self._deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError
        self._stream.settimeout(left)

    def sendall(self, octets):
        self._arm()
        self._stream.sendall(octets)

    def recv(self, size):
        self._arm()
        return self._stream.recv(size)


def _exchange(stream, address, path):
    stream.sendall(f"GET {path} HTTP/1.0\r\nHost: {address}\r\n\r\n".encode())
    octets = b""
    while more := stream.recv(65536):
        octets += more
    return octets
