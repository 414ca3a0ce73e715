"""A period change and the shared-random rotation after it, as clients live through them.

A client that fetches a frontend's descriptor right after the change of the
time period keeps it to the period's end. Its introduction points must be those
of the new period: the backends close the others at the next shared random value.
"""

import threading
import time

import pytest

from publisher import Publisher
from testnet import Network
from traffic import Traffic, unexplained

INTERVAL = 10  # seconds between two consensuses: the period lasts 4 minutes
KEEPERS = (0, 1, 1, 2, 2, 3)  # seconds between a client's change and its first request
LEAD = 20  # seconds of requests before the change
NETWORK = {"relays": 9, "backends": 2, "clients": 2 + len(KEEPERS), "plain": True,
           "voting_interval": INTERVAL}


class Keeper(threading.Thread):
    """A client that asks first some seconds after its own consensus has crossed the change."""

    def __init__(self, client, addresses, change, delay):
        super().__init__(daemon=True)
        self.traffic = Traffic(client, addresses)
        self.crossed = None  # unix seconds
        self._change = change
        self._delay = delay

    def run(self):
        self.traffic.client.wait_consensus(lambda each: each.valid_after >= self._change, 120,
                                           "the new period")
        self.crossed = time.time()
        time.sleep(self._delay)
        self.traffic.start()


class Run:
    """One network, one publisher, one period from its change to its end."""

    def __init__(self, network, publisher):
        self.publisher = publisher
        self.frontend = network.frontends[0].address
        self.plain = network.services("plain")[0].address
        self.change = _next_change(network)
        self.rotation = network.schedule.next_shared_random(self.change)
        self.end = network.schedule.next_period_change(self.change)
        clients = network.clients
        addresses = [self.frontend, self.plain]
        self.steady = Traffic(clients[0], addresses)
        self.fresh = Traffic(clients[1], addresses, fresh=True)
        self.keepers = [Keeper(client, addresses, self.change, delay)
                        for client, delay in zip(clients[2:], KEEPERS)]

    @property
    def traffics(self):
        return [self.steady, self.fresh, *(keeper.traffic for keeper in self.keepers)]

    def watch(self):
        for keeper in self.keepers:
            keeper.start()
        time.sleep(max(0, self.change - LEAD - time.time()))
        self.steady.start()
        self.fresh.start()
        time.sleep(max(0, self.end - time.time()))
        for traffic in self.traffics:
            traffic.stop()


def _next_change(network):
    """The next period change that leaves enough time to prepare for it."""
    change = network.schedule.next_period_change(time.time())
    if change - time.time() < LEAD:
        change = network.schedule.next_period_change(change)
    return change


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    directory = tmp_path_factory.mktemp("rotation")
    with Network(**NETWORK) as network:
        config = network.write_config(directory / "config.yaml")
        with Publisher(directory, config, network.publisher, ["--is-testnet"]) as publisher:
            publisher.wait_confirmed()
            made = Run(network, publisher)
            made.watch()
            assert publisher.stop() == 0
            yield made


def test_no_request_fails_that_a_plain_service_answers(run):
    for traffic in run.traffics:
        frontend, plain = traffic.of(run.frontend), traffic.of(run.plain)
        print(f"{traffic.client.name}: frontend {sum(each.ok for each in frontend)} of "
              f"{len(frontend)}, plain {sum(each.ok for each in plain)} of {len(plain)}")
    for keeper in run.keepers:
        print(f"{keeper.traffic.client.name}: consensus {keeper.crossed - run.change:.1f} s after the change")
    for each in run.publisher.rounds():
        print(f"{each.started - run.change:.1f} period {each.period} {each.reason} {each.points} points, confirmed {each.confirmed and each.confirmed - run.change:.1f}")
    print(run.publisher.log_text())
    failures = [each for traffic in run.traffics
                for each in unexplained(traffic.of(run.frontend), traffic.of(run.plain))]
    assert [str(each) for each in failures] == []
