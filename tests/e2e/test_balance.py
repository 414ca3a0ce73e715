"""Four backends behind two frontends: published in seconds, and all of them used."""

import pytest

from publisher import Publisher
from testnet import answers_by_backend, config_text

REQUESTS = 200
BATCHES = 5  # the clients choose new guards for each
FRONTENDS = 2


def mixed_config(network, path):
    """The first frontend has a PEM key, the second one Tor's format."""
    listed = [(each.name, each.address) for each in network.services("instance")]
    keys = [each.key_path(key_format)
            for each, key_format in zip(network.frontends, ("pem", "tor"))]
    path.write_text(config_text([(key, listed) for key in keys]))
    return path


@pytest.fixture(scope="module")
def publisher(network, tmp_path_factory):
    directory = tmp_path_factory.mktemp("balance")
    config = mixed_config(network, directory / "config.yaml")
    with Publisher(directory, config, network.publisher) as started:
        started.wait_confirmed(FRONTENDS)
        yield started
        assert started.stop() == 0


def test_published_soon_after_the_start(publisher, capsys):
    seconds = publisher.wait_confirmed(FRONTENDS) - publisher.started
    rounds = publisher.rounds()
    with capsys.disabled():
        print(f"\n{seconds:.2f} s from the start to {sum(each.hsdirs for each in rounds)} "
              f"confirmed uploads of {len(rounds)} descriptors")
    first = [each.reason for each in rounds[:2 * FRONTENDS]]
    assert first == ["first upload"] * 2 * FRONTENDS


def test_both_key_formats_are_reachable(network, publisher):
    for frontend in network.frontends[:FRONTENDS]:
        for client in network.clients:
            network.wait_answers(frontend.address, 1, clients=[client])


def test_fresh_requests_reach_every_backend_evenly(network, publisher, capsys):
    outcomes = []
    for _ in range(BATCHES):
        outcomes += network.request_many(network.frontends[0].address, len(network.clients), fresh="client")
        outcomes += network.request_many(network.frontends[0].address,
                                         REQUESTS // BATCHES - len(network.clients))
    counts = answers_by_backend(outcomes)
    with capsys.disabled():
        print(f"\n{len(outcomes)} requests with fresh descriptors: {dict(sorted(counts.items()))}")
    assert [str(each) for each in outcomes if not each.ok] == []
    even = REQUESTS / len(network.services("instance"))
    assert set(counts) == {each.name for each in network.services("instance")}
    assert min(counts.values()) >= even / 2


def test_a_dead_backend_costs_no_request(network, publisher):
    dead, *others = network.services("instance")
    network.node(dead.backend).kill()
    for frontend in network.frontends[:FRONTENDS]:
        outcomes = network.request_many(frontend.address, 3 * len(network.clients))
        assert [str(each) for each in outcomes if not each.ok] == []
        assert set(answers_by_backend(outcomes)) <= {each.name for each in others}
