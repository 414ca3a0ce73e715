"""Clients that ask again and again, and what became of it."""

import threading
import time
from dataclasses import dataclass

from testnet import RequestError

PERIOD = 2.0  # seconds from one request to the next


@dataclass(frozen=True)
class Request:
    """One request; times in unix seconds."""

    client: str
    address: str
    begun: float
    ended: float
    error: str | None  # None: answered
    backend: str = ""  # that answered

    @property
    def ok(self):
        return self.error is None

    def __str__(self):
        what = self.error or "answered"
        return f"{time.strftime('%H:%M:%S', time.localtime(self.begun))} {self.address[:6]} {what}"


class Traffic:
    """Requests addresses through one client, one thread for each address, until stopped.

    With `fresh` the descriptor is fetched anew for each request; otherwise the
    client keeps it as long as tor does.
    """

    def __init__(self, client, addresses, fresh=False, period=PERIOD, timeout=20):
        self.client = client
        self.fresh = fresh
        self.period = period
        self.timeout = timeout
        self.requests = []
        self._end = threading.Event()
        self._threads = [threading.Thread(target=self._run, args=[address], daemon=True)
                         for address in addresses]

    def __enter__(self):
        return self.start()

    def __exit__(self, *_):
        self.stop()

    def start(self):
        for thread in self._threads:
            thread.start()
        return self

    def stop(self):
        """Wait for the requests that are under way."""
        self._end.set()
        for thread in self._threads:
            if thread.is_alive():
                thread.join()

    def of(self, address):
        return [each for each in self.requests if each.address == address]

    def _run(self, address):
        due = time.monotonic()
        while not self._end.wait(max(0.0, due - time.monotonic())):
            due = time.monotonic() + self.period
            self.requests.append(self._request(address))

    def _request(self, address):
        begun = time.time()
        get = self.client.get_fresh if self.fresh else self.client.get
        try:
            backend = get(address, timeout=self.timeout).backend
            error = None
        except RequestError as failure:
            backend, error = "", str(failure)
        return Request(self.client.name, address, begun, time.time(), error, backend)


def unexplained(requests, comparison, slack=PERIOD):
    """The failed `requests` during which none of `comparison` failed."""
    failures = [each for each in comparison if not each.ok]
    return [each for each in requests if not each.ok and
            not any(other.begun < each.ended + slack and other.ended > each.begun - slack
                    for other in failures)]
