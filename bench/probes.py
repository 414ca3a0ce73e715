"""One probe a second of a frontend and of a plain service, each as a new client sees them.

A probe is what a person with a browser does: one request with a descriptor that
is fetched for it, introduction points that nobody has tried before, and tor's
own patience (SocksTimeout, 120 s, over all tries). If there is no answer because the backend that was
asked went away, the page is reloaded after the PAUSES, if need be. Whether the first
request was answered is kept, too.
"""

import threading
import time
from dataclasses import dataclass

from testnet import RequestError, TestnetError

PATIENCE = 120.0  # seconds for a probe: tor's SocksTimeout
PAUSES = (1, 2, 4, 8)  # seconds from an error to the next reload
NEWNYM_EVERY = 10.0  # seconds: tor obeys no sooner


@dataclass(frozen=True)
class Seen:
    """What one address showed; `errors` are those of the requests before the answer."""

    backend: str | None  # that answered, or None
    seconds: float
    errors: tuple

    @property
    def ok(self):
        return self.backend is not None

    @property
    def at_once(self):
        return self.ok and not self.errors


@dataclass(frozen=True)
class Probe:
    begun: float  # unix seconds
    client: str
    frontend: Seen
    plain: Seen

    @property
    def ended(self):
        return self.begun + self.frontend.seconds

    def __str__(self):
        return " ".join([time.strftime("%H:%M:%S", time.localtime(self.begun)), self.client,
                         *(f"{name}: {seen.backend} {seen.seconds:.2f} s {'; '.join(seen.errors)}"
                           for name, seen in (("frontend", self.frontend), ("plain", self.plain)))])


class Prober:
    """Probes in threads of their own, by whichever client is free."""

    def __init__(self, clients, frontend, plain, path):
        self.probes = []
        self.skipped = 0  # moments at which no client was free
        self._addresses = (frontend, plain)
        self._free = list(clients)
        self._renewed = {}  # client's name -> when it got a new identity
        self._lock = threading.Lock()
        self._file = open(path, "a", encoding="utf-8")
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._under_way = []

    def start(self):
        self._thread.start()
        return self

    def stop(self):
        """Wait for those under way."""
        self._end.set()
        self._thread.join()
        for thread in self._under_way:
            thread.join()

    def _run(self):
        due = time.monotonic()
        while not self._end.wait(max(0.0, due - time.monotonic())):
            due += 1.0
            with self._lock:
                client = self._free.pop(0) if self._free else None
            if client is None:
                self.skipped += 1
                continue
            self._under_way = [each for each in self._under_way if each.is_alive()]
            self._under_way.append(threading.Thread(target=self._probe, args=[client], daemon=True))
            self._under_way[-1].start()

    def _probe(self, client):
        seen = [None, None]
        try:
            self._renew(client)
            begun = time.time()
            threads = [threading.Thread(target=self._see, args=[client, number, seen]) for number in (0, 1)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            probe = Probe(begun, client.name, *seen)
            with self._lock:
                self.probes.append(probe)
                print(probe, file=self._file, flush=True)
        finally:
            with self._lock:
                self._free.append(client)

    def _renew(self, client):
        """Nothing learned before: no descriptor, no introduction point that has failed."""
        try:
            if time.monotonic() - self._renewed.get(client.name, 0.0) > NEWNYM_EVERY:
                client.new_identity()
                self._renewed[client.name] = time.monotonic()
            for address in self._addresses:
                client.forget(address)
        except (OSError, TestnetError):
            pass  # the plain service's probe fails too, then

    def _see(self, client, number, seen):
        """Request and reload one of the addresses until it answers."""
        begun, errors = time.monotonic(), []
        for pause in (*PAUSES, 0):
            left = PATIENCE - (time.monotonic() - begun)
            if left <= 0:
                break
            try:
                answer = client.get(self._addresses[number], timeout=left)
                seen[number] = Seen(answer.backend, time.monotonic() - begun, tuple(errors))
                return
            except (RequestError, TestnetError, OSError, ValueError) as error:
                errors.append(str(error))
                time.sleep(pause)
        seen[number] = Seen(None, time.monotonic() - begun, tuple(errors))
