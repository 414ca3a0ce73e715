"""A whole time period as clients live through it, watched in the background.

Most of it is waiting: the session begins with it (conftest.py), other tests run
meanwhile on a network of their own, and test_rotation.py looks at the outcome.
"""

import threading
import time

import ring
from background import Background
from publisher import Publisher
from testnet import Network
from traffic import Traffic

INTERVAL = 10  # seconds between two consensuses: the period lasts 4 minutes
KEEPERS = (0, 1, 1, 2, 2, 3)  # seconds between a client's change and its first request
ARRIVES_WITHIN = 60  # seconds until every client has a new consensus, on a busy machine
LEAD = 20  # seconds of requests before the change
NETWORK = {"relays": 9, "backends": 2, "clients": 2 + len(KEEPERS), "plain": True,
           "voting_interval": INTERVAL}


class Crossing(threading.Thread):
    """Notes when a client's own consensus crosses the change, and what it asks then.

    A keeper (`delay` given) begins to ask only so many seconds later. It keeps
    the descriptor that it gets to the end of the period.
    """

    def __init__(self, client, addresses, change, delay=None):
        super().__init__(daemon=True)
        self.traffic = Traffic(client, addresses)
        self.seen = None  # unix seconds
        self._change = change
        self._delay = delay

    def run(self):
        timeout = max(0.0, self._change - time.time()) + ARRIVES_WITHIN
        self.traffic.client.wait_consensus(lambda each: each.valid_after >= self._change, timeout,
                                           "the new period")
        self.seen = time.time()
        if self._delay is not None:
            time.sleep(self._delay)
            self.traffic.start()

    def asks_before(self, address, when):
        """True if it has fetched the new period's descriptor before that moment."""
        return any(self.seen <= each.ended and each.begun < when
                   for each in self.traffic.of(address))


class Run(Background):
    """One network, one publisher, one period from its change to its end."""

    def __init__(self, directory):
        super().__init__(directory)
        self.publisher = None
        self.frontend = self.plain = None  # addresses
        self.change = self.rotation = self.end = None  # unix seconds
        self.steady = self.fresh = None  # a Crossing, a Traffic
        self.keepers = []  # Crossings
        self.places = {}  # "before" and "after": [(Place, HSDirs that tor uploaded to)]

    @property
    def traffics(self):
        return [self.fresh, *(each.traffic for each in self.crossings)]

    @property
    def crossings(self):
        return [self.steady, *self.keepers]

    def work(self):
        with Network(self.directory / "net", **NETWORK) as network:
            self._watch(network)

    def _watch(self, network):
        watches = ring.restart_watched(network, network.nodes("backend"))
        self._look_at_places("before", network, watches)
        config = network.write_config(self.directory / "config.yaml")
        self.publisher = Publisher(self.directory, config, network.publisher)
        with self.publisher:
            self.publisher.wait_confirmed()
            self._plan(network)
            self._let_clients_ask()
            self._look_at_places("after", network, watches)
            self.publisher.stop()

    def _plan(self, network):
        schedule = network.schedule
        self.change = schedule.next_period_change(time.time())
        if self.change - time.time() < LEAD:
            self.change = schedule.next_period_change(self.change)
        self.rotation = schedule.next_shared_random(self.change)
        self.end = schedule.next_period_change(self.change)
        self.frontend = network.frontends[0].address
        self.plain = network.services("plain")[0].address
        addresses = [self.frontend, self.plain]
        clients = network.clients
        self.steady = Crossing(clients[0], addresses, self.change)
        self.fresh = Traffic(clients[1], addresses, fresh=True)
        self.keepers = [Crossing(client, addresses, self.change, delay)
                        for client, delay in zip(clients[2:], KEEPERS)]

    def _let_clients_ask(self):
        for crossing in self.crossings:
            crossing.start()
        self.sleep_until(self.change - LEAD)
        self.steady.traffic.start()
        self.fresh.start()
        self.sleep_until(self.end)
        for traffic in self.traffics:
            traffic.stop()

    def _look_at_places(self, name, network, watches):
        self.places[name] = [pair for watch in watches
                             for pair in ring.places(network, watch, self.directory)]
