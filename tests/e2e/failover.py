"""What happens to a backend, and how long its points stay in the frontend's descriptors.

The watching is done from outside, through a client tor that fetches from every
HSDir: it works for any program that publishes.
"""

import threading
import time
from dataclasses import dataclass

import ring
from background import Background
from descriptors import fetch
from publisher import Publisher
from testnet import Network, TestnetError
from traffic import Traffic


@dataclass(frozen=True)
class Disaster:
    """Something that ends a backend's service, and its end; both are given the network and its name."""

    name: str
    what: str
    strike: object
    heal: object  # returns when the backend itself is well again


def _restart(network, name):
    network.start_node(name)


def _start_web(network, name):
    network.web(name).start()


DISASTERS = {each.name: each for each in (
    Disaster("kill", "SIGKILL of its tor", lambda network, name: network.node(name).kill(), _restart),
    Disaster("freeze", "SIGSTOP of its tor", lambda network, name: network.node(name).freeze(),
             lambda network, name: network.node(name).thaw()),
    Disaster("web", "SIGKILL of its web server", lambda network, name: network.web(name).kill(), _start_web),
    Disaster("cut", "its packets dropped", lambda network, name: network.node(name).cut(),
             lambda network, name: network.node(name).mend()),
)}


class Watcher:
    """Which instances stand in the frontend's descriptor at each HSDir, by one client's fetches.

    `is_out(name)`: in none of them; `is_in(name)`: in all. An instance's points
    are those of all its descriptors since the watcher began.
    """

    def __init__(self, network, client, frontend, directory):
        self._network = network
        self._client = client
        self._frontend = frontend
        self._directory = directory
        self._owners = {}  # introduction point's encryption key -> instance's name
        self._names = []  # for each HSDir, the set of names in its copy
        self._lock = threading.Lock()
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self):
        self.look_at_instances()
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._end.set()
        self._thread.join()

    def look_at_instances(self):
        """Learn the points that the instances have now."""
        for service in self._network.services("instance"):
            for copy in self._copies(service.address):
                for point in copy.points:
                    self._owners[point.enc_key_raw] = service.name

    def wait(self, condition, timeout):
        """Seconds until condition(list of sets of names) held, or None."""
        begun = time.monotonic()
        while time.monotonic() - begun < timeout:
            with self._lock:
                names = self._names
            if names and condition(names):
                return time.monotonic() - begun
            time.sleep(0.1)
        return None

    def _run(self):
        while not self._end.is_set():
            names = [self._names_in(copy) for copy in self._copies(self._frontend)]
            if names:
                with self._lock:
                    self._names = names
            self._end.wait(0.3)

    def _names_in(self, copy):
        if any(point.enc_key_raw not in self._owners for point in copy.points):
            self.look_at_instances()
        return {self._owners.get(point.enc_key_raw, "unknown") for point in copy.points}

    def _copies(self, address):
        """What the responsible HSDirs have that answer."""
        found = []
        for fingerprint in ring.client_place(self._client, address, self._directory).hsdirs:
            try:
                found.append(fetch(self._client, address, fingerprint))
            except TestnetError:
                continue
        return [each for each in found if each]


@dataclass
class Outcome:
    """One disaster; seconds, None if it did not come true while we waited."""

    disaster: str
    backend: str
    out: float | None  # from the strike until no HSDir led to the backend
    back: float | None  # from the backend's recovery until every HSDir did
    requests: int  # begun between the strike and `out`
    failed: int
    worst: float  # seconds that the slowest of the answered ones took


def suffer(network, watcher, traffics, frontend, disaster, backend, patience):
    """Let the disaster happen to the backend and watch both ways."""
    struck = time.time()
    disaster.strike(network, backend)
    out = watcher.wait(lambda names: not any(backend in each for each in names), patience)
    until = time.time()
    time.sleep(2)
    disaster.heal(network, backend)
    back = None
    if out is not None:
        back = watcher.wait(lambda names: all(backend in each for each in names), patience)
    requests = [each for traffic in traffics for each in traffic.of(frontend)
                if struck <= each.begun < until]
    answered = [each.ended - each.begun for each in requests if each.ok]
    return Outcome(disaster.name, backend, out, back, len(requests),
                   sum(not each.ok for each in requests), max(answered, default=0.0))


class Run(Background):
    """Each disaster once, each to another of four backends, with all settings at their defaults."""

    PATIENCE = 300  # seconds to wait for each of `out` and `back`
    PAUSE = 5  # seconds between two disasters

    def __init__(self, directory):
        super().__init__(directory)
        self.outcomes = []

    def work(self):
        with Network(self.directory / "net", backends=len(DISASTERS), relays=12, clients=4) as network:
            config = network.write_config(self.directory / "config.yaml")
            with Publisher(self.directory, config, network.publisher) as publisher:
                publisher.wait_confirmed(timeout=90)
                self._suffer_all(network)
                publisher.stop()

    def _suffer_all(self, network):
        frontend = network.frontends[0].address
        *clients, observer = network.clients
        traffics = [Traffic(client, [frontend], fresh=True) for client in clients]
        for traffic in traffics:
            traffic.start()
        with Watcher(network, observer, frontend, self.directory) as watcher:
            for backend, disaster in zip(network.nodes("backend"), DISASTERS.values()):
                self.sleep_until(time.time() + self.PAUSE)
                self.outcomes.append(suffer(network, watcher, traffics, frontend, disaster, backend,
                                            self.PATIENCE))
        for traffic in traffics:
            traffic.stop()
