"""Distinct descriptors: forty backends behind one address, even and weighted shares.

Forty onion services in eight tors are the instances of a frontend that gets
distinct descriptors by itself; eight more frontends have distinct ones by
configuration, for 1 to 7 instances and for weights 1, 2, 4 and 0.

Forty tor services beside everything else are too much for two busy cores, so it
runs only with DISTINCT_FETCHES in the environment: 0 for two minutes' worth, 2000 to
ask so many times through clients that are started anew for each request, with
p > 0.01 expected; the plain services of the same tors are asked too, for comparison.
"""

import os
from collections import Counter

import pytest

import ring
import shares
from ctl import Ctl
from publisher import Publisher
from testnet import Network, answers_by_backend, config_text, wait_until

# Sixteen minutes from one period to the next, and no probes: forty services are work enough.
NETWORK = {"relays": 17, "backends": 8, "services": 5, "clients": 10, "frontends": 9,
           "plain": True, "voting_interval": 40}
FEW = range(1, 8)
WEIGHTS = (1, 2, 4, 0)
pytestmark = pytest.mark.skipif("DISTINCT_FETCHES" not in os.environ,
                                reason="DISTINCT_FETCHES=0 for a short run")
RECORD = int(os.environ.get("DISTINCT_FETCHES", "0"))
CHANCE = 0.01
AT_LEAST = 240  # requests, and then until every instance has answered
AT_MOST = 2400


@pytest.fixture(scope="module")
def wide(request, tmp_path_factory):
    """The network, of its own: forty instances need as many onion services."""
    existing = os.environ.get("DISTINCT_DIR")
    if existing:
        yield Network.load(existing)
        return
    with Network(tmp_path_factory.mktemp("wide"), **NETWORK) as made:
        yield made


def services_of(network):
    """[(frontend, head of its configuration, [(instance, weight)])]"""
    instances = network.services("instance")
    first, *others, last = network.frontends
    return [(first, "auto", [(each, 100) for each in instances]),
            *((frontend, "distinct", [(each, 100) for each in instances[:n]])
              for frontend, n in zip(others, FEW)),
            (last, "distinct", list(zip(instances[5:], WEIGHTS)))]


def write_config(network, path):
    entries = []
    for number, (frontend, mode, members) in enumerate(services_of(network), 1):
        entries.append((frontend.key_path(),
                        [(each.name, each.address, weight) for each, weight in members],
                        {"name": f"front{number}", "descriptors": mode,
                         "health": "{probe: descriptor}"}))
    path.write_text(config_text(entries, f"admin-socket: {path.parent}/admin\n"))


@pytest.fixture(scope="module")
def balancer(wide, tmp_path_factory):
    directory = tmp_path_factory.mktemp("distinct")
    config = directory / "config.yaml"
    write_config(wide, config)
    ring.wait_settled(wide)
    with Publisher(directory, config, wide.publisher) as started:
        ctl = Ctl(directory / "admin")
        wait_until(lambda: is_complete(wide, ctl), 400, "all instances in confirmed descriptors")
        yield ctl
        assert started.stop() == 0


def is_complete(network, ctl):
    if ctl.run("status").returncode != 0:
        return False
    for (_, _, members), service in zip(services_of(network), ctl.json("status")["services"]):
        points = [min(each["points"]) for each in service["instances"] if each["weight"] > 0]
        if min(points) == 0 or service["uploads"] == 0 or service["confirmed"] < service["uploads"]:
            return False
    return True


@pytest.fixture(scope="module")
def owners(wide, balancer, tmp_path_factory):
    return shares.Owners(wide, tmp_path_factory.mktemp("owners"))


def test_every_hsdir_has_another_one(wide, balancer, owners, capsys):
    counts = shares.stored(wide, balancer, owners, 0)
    exact = shares.exact(counts)
    asked, all_of_them = shares.asked(balancer, 0)
    assert len(asked) == 6 and len(all_of_them) == 8
    assert len({tuple(sorted(each.items())) for each in counts}) == 6
    assert set(exact) == {each.name for each in wide.services("instance")}
    with capsys.disabled():
        print(f"\n{len(exact)} instances, exact shares {min(exact.values()):.4f} to "
              f"{max(exact.values()):.4f}; points and instances of each HSDir: "
              f"{[(sum(each.values()), len(each)) for each in counts]}")
    # No relay stands twice in a descriptor, and tors take only those with the flag
    # Stable, here about ten of twenty: so as many points, and shares of whole ones.
    points = [sum(each.values()) for each in counts]
    assert max(points) == min(points) <= 20
    assert max(exact.values()) - min(exact.values()) <= 1.05 / sum(points)


def test_sizes_and_lines_do_not_tell_variants_apart(wide, balancer):
    asked, all_of_them = shares.asked(balancer, 0)
    copies = shares.wait_copies(wide, all_of_them, wide.frontends[0].address)
    assert len({copy.padded_size for copy in copies}) == 1
    assert len({copy.size for copy in copies}) == 1
    assert len({str(copy.inner).partition("introduction-point ")[0] for copy in copies}) == 1
    assert len({copy.outer.signing_cert.key for copy in copies}) == 1


def ask_all(network, address, enough):
    """{name: answers} of fresh requests, AT_LEAST and then until enough(it)."""
    counts = Counter()
    failed = []
    while sum(counts.values()) < AT_MOST:
        for fresh, each in (("client", len(network.clients)), ("descriptor", 60)):
            outcomes = network.request_many(address, each, fresh=fresh, timeout=90)
            counts += answers_by_backend(outcomes)
            failed += [outcome for outcome in outcomes if not outcome.ok]
        if sum(counts.values()) >= AT_LEAST and enough(counts):
            break
    print(f"{sum(counts.values())} answers, {len(failed)} failures: {dict(sorted(counts.items()))}")
    return counts


@pytest.mark.skipif(RECORD > 0, reason="the long run asks more")
def test_all_forty_answer(wide, balancer, owners):
    names = {each.name for each in wide.services("instance")}
    counts = ask_all(wide, wide.frontends[0].address, lambda counts: set(counts) == names)
    assert set(counts) == names


@pytest.mark.parametrize("n", FEW)
def test_few_have_even_shares(wide, balancer, owners, n):
    exact = shares.exact(shares.stored(wide, balancer, owners, n))
    print(dict(sorted(exact.items())))
    assert len(exact) == n
    assert max(exact.values()) - min(exact.values()) < 0.01


def test_weights(wide, balancer, owners):
    number = len(wide.frontends) - 1
    exact = shares.exact(shares.stored(wide, balancer, owners, number))
    names = [each.name for each, _ in services_of(wide)[number][2]]
    print(dict(sorted(exact.items())))
    # Three points each: the lightest has at least one of six in each descriptor.
    for name, weight in zip(names, WEIGHTS):
        assert exact[name] == pytest.approx(weight / sum(WEIGHTS), abs=0.07 if weight else 0)
    assert exact[names[0]] < exact[names[1]] < exact[names[2]]


def test_what_the_program_says_is_what_hsdirs_have(wide, balancer, owners):
    for number in (0, 4, 8):
        said = {each["name"]: each["share"] for each in
                balancer.json("status")["services"][number]["instances"] if each["share"] > 0}
        exact = shares.exact(shares.stored(wide, balancer, owners, number))
        assert said == pytest.approx(dict(exact), abs=0.002)


@pytest.mark.skipif(RECORD == 0, reason="DISTINCT_FETCHES=2000")
@pytest.mark.parametrize("number", (0, 4, 5, 8))
def test_shares_by_fetches(wide, balancer, owners, number, capsys):
    address = wide.frontends[number].address
    expected = shares.exact(shares.stored(wide, balancer, owners, number))
    outcomes = wide.request_many(address, RECORD, fresh="client", timeout=120)
    counts = answers_by_backend(outcomes)
    after = shares.exact(shares.stored(wide, balancer, owners, number))
    expected = {name: (expected[name] + after[name]) / 2 for name in {**expected, **after}}
    chance = shares.chi_square(counts, expected)
    with capsys.disabled():
        print(f"\nfront{number + 1}: {sum(counts.values())} answers of {len(outcomes)} requests, "
              f"{min(counts.values())} to {max(counts.values())}, p = {chance:.3f}")
        print({name: (counts[name], round(share, 4)) for name, share in sorted(expected.items())})
    assert chance > CHANCE


@pytest.mark.skipif(RECORD == 0, reason="DISTINCT_FETCHES=2000")
def test_control_by_plain_services(wide, capsys):
    """What clients' own choice of paths does to services of the same tors that nobody balances."""
    plain = wide.services("plain")
    counts = Counter()
    for each in plain:
        counts += answers_by_backend(wide.request_many(each.address, 30, fresh="client"))
    with capsys.disabled():
        print(f"\nplain services: {dict(counts)} of 30 each")
    assert set(counts) == {each.name for each in plain}
