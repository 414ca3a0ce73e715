"""Whose the introduction points are that HSDirs hand out, and what follows for clients."""

import math
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import ring
from descriptors import fetch
from testnet import TestnetError, wait_until


def fetch_each(network, wanted):
    """The Copy (or None) of each (address, fingerprint) of `wanted`, asked through all clients."""
    clients = network.clients

    def ask(number):
        return [fetch(clients[number], *each) for each in wanted[number::len(clients)]]
    with ThreadPoolExecutor(len(clients)) as pool:
        parts = list(pool.map(ask, range(len(clients))))
    found = [None] * len(wanted)
    for number, part in enumerate(parts):
        found[number::len(clients)] = part
    return found


class Owners:
    """Which instance has which introduction points, by their own descriptors."""

    def __init__(self, network, directory):
        self._network = network
        self._directory = directory
        self._names = {}

    def learn(self):
        """Look anew at the descriptors of all instances."""
        names = {each.address: each.name for each in self._network.services("instance")}
        places = {each.address: each for each in
                  ring.compute(self._network.clients[0], list(names), self._directory)
                  if each.is_for_clients}
        for copy, address in self._copies([(each.address, sorted(each.hsdirs))
                                           for each in places.values()]):
            for point in copy.points:
                self._names[point.enc_key_raw] = names[address]

    def _copies(self, places):
        """One good copy for each address: the first HSDir that has it."""
        for attempt in range(max(len(hsdirs) for _, hsdirs in places)):
            found = fetch_each(self._network, [(address, hsdirs[attempt % len(hsdirs)])
                                               for address, hsdirs in places])
            yield from ((copy, address) for copy, (address, _) in zip(found, places) if copy)
            places = [place for copy, place in zip(found, places) if not copy]
            if not places:
                return
        raise TestnetError(f"no HSDir has a descriptor of {[address for address, _ in places]}")

    def knows(self, copy):
        """True if all points of a copy are somebody's."""
        return all(point.enc_key_raw in self._names for point in copy.points)

    def count(self, copy):
        """{name: points} of a frontend's copy; an error if a point is nobody's."""
        unknown = [point for point in copy.points if point.enc_key_raw not in self._names]
        if unknown:
            raise TestnetError(f"{len(unknown)} points of no instance")
        return Counter(self._names[point.enc_key_raw] for point in copy.points)


def asked(ctl, number):
    """The HSDirs that clients of a service ask now, as it says, and all that have its descriptor."""
    [current] = [each for each in ctl.json("status")["services"][number]["descriptors"]
                 if each["isCurrent"]]
    return ([each["fingerprint"] for each in current["hsdirs"] if each["isAsked"]],
            [each["fingerprint"] for each in current["hsdirs"]])


def stored(network, ctl, owners, number):
    """[{instance: points}] of the copies at the HSDirs that clients of a service ask.

    Instances may publish other points meanwhile, and a new consensus may change
    the HSDirs: once more then.
    """
    address = network.frontends[number].address

    def look():
        hsdirs, _ = asked(ctl, number)
        copies = wait_copies(network, hsdirs, address)
        if not all(owners.knows(copy) for copy in copies):
            owners.learn()
        if not all(owners.knows(copy) for copy in copies) or hsdirs != asked(ctl, number)[0]:
            return None
        return [owners.count(copy) for copy in copies]
    return wait_until(look, 240, f"descriptors of {address} that can be explained", 2)


def exact(counts):
    """{name: share of clients} for a list of {name: points}, one for each HSDir that they ask."""
    shares = Counter()
    for each in counts:
        for name, points in each.items():
            shares[name] += points / sum(each.values()) / len(counts)
    return shares


def chi_square(counts, shares):
    """The probability of counts that are so far from the shares, or farther, by chance."""
    total = sum(counts.values())
    if set(counts) - set(shares):
        return 0.0
    statistic = sum((counts.get(name, 0) - total * share) ** 2 / (total * share)
                    for name, share in shares.items())
    return gamma_tail((len(shares) - 1) / 2, statistic / 2)


def gamma_tail(a, x):
    """The regularized upper incomplete gamma function Q(a, x)."""
    if x <= 0:
        return 1.0
    factor = math.exp(a * math.log(x) - x - math.lgamma(a))
    if x < a + 1:
        return 1.0 - factor * _series(a, x)
    return factor * _fraction(a, x)


def _series(a, x):
    term = total = 1 / a
    step = a
    while abs(term) > abs(total) * 1e-14:
        step += 1
        term *= x / step
        total += term
    return total


def _fraction(a, x):
    """Lentz's method."""
    b = x + 1 - a
    c, d = 1e300, 1 / b
    h = d
    for i in range(1, 10000):
        an = -i * (i - a)
        b += 2
        d = 1 / (an * d + b)
        c = b + an / c
        h *= c * d
        if abs(c * d - 1) < 1e-14:
            break
    return h


def wait_copies(network, hsdirs, address):
    """The copies of one descriptor at these HSDirs, once each of them has it."""
    def ask():
        found = fetch_each(network, [(address, each) for each in hsdirs])
        return found if None not in found else None
    return wait_until(ask, 90, f"a descriptor of {address} at {len(hsdirs)} HSDirs")
