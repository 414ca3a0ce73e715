"""Distinct descriptors by configuration, on the network of all tests: four equal
instances, and weights. test_distinct.py has forty."""

import os
from collections import Counter

import pytest

import ring
import shares
from ctl import Ctl
from publisher import Publisher
from testnet import answers_by_backend, config_text

WEIGHTS = (2, 1, 1, 0)
REQUESTS = int(os.environ.get("VARIANT_FETCHES", "80"))


def write_config(network, path):
    services = []
    for frontend, weights in zip(network.frontends, ((1, 1, 1, 1), WEIGHTS)):
        members = [(each.name, each.address, weight)
                   for each, weight in zip(network.services("instance"), weights)]
        services.append((frontend.key_path(), members, {"descriptors": "distinct"}))
    path.write_text(config_text(services, f"admin-socket: {path.parent}/admin\n"))


@pytest.fixture(scope="module")
def ctl(network, tmp_path_factory):
    directory = tmp_path_factory.mktemp("variants")
    config = directory / "config.yaml"
    write_config(network, config)
    ring.wait_settled(network)
    with Publisher(directory, config, network.publisher) as started:
        started.wait_confirmed(2, timeout=90)
        yield Ctl(directory / "admin")
        assert started.stop() == 0


@pytest.fixture(scope="module")
def owners(network, tmp_path_factory):
    return shares.Owners(network, tmp_path_factory.mktemp("owners"))


@pytest.fixture(scope="module")
def even(network, ctl, owners):
    return shares.stored(network, ctl, owners, 0)


def test_each_hsdir_has_every_instance(network, even):
    names = {each.name for each in network.services("instance")}
    assert len(even) == 6
    assert all(set(each) == names for each in even)
    assert len({sum(each.values()) for each in even}) == 1


def test_equal_instances_have_equal_shares(even):
    found = shares.exact(even)
    print(dict(sorted(found.items())))
    assert max(found.values()) - min(found.values()) <= 1 / sum(sum(each.values()) for each in even) + 1e-9


def test_weights_count(network, ctl, owners):
    found = shares.exact(shares.stored(network, ctl, owners, 1))
    names = [each.name for each in network.services("instance")]
    print(dict(sorted(found.items())))
    assert names[3] not in found
    # Three points each: between one and three in each of six descriptors.
    assert found[names[0]] > found[names[1]] and found[names[0]] > found[names[2]]
    assert found[names[0]] == pytest.approx(0.5, abs=0.1)


def test_clients_reach_all(network, even):
    outcomes = network.request_many(network.frontends[0].address, REQUESTS, timeout=60)
    counts = Counter(answers_by_backend(outcomes))
    failed = [str(outcome) for outcome in outcomes if not outcome.ok]
    print(f"{dict(sorted(counts.items()))}, {len(failed)} of {len(outcomes)} failed {failed[:3]}")
    assert set(counts) == {each.name for each in network.services("instance")}
    assert len(failed) <= REQUESTS // 20
