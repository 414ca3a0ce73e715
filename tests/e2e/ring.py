"""Where we say that descriptors belong: tests/e2e/tools/hsdirs, fed by a tor's control port."""

import os
import subprocess
import time
from collections import namedtuple

from publisher import BUILD
from testnet.hs_events import UploadWatch

TOOL = os.path.join(BUILD, "tests", "e2e", "tools", "hsdirs")
DOCUMENTS = {"consensus": "dir/status-vote/current/consensus-microdesc", "microdescs": "md/all"}

# is_for_clients: the descriptor of the period that clients are in; blinded_key
# in base64, hsdirs a set of fingerprints.
Place = namedtuple("Place", "address is_for_clients period blinded_key hsdirs")


def compute(node, addresses, directory):
    """Two Places for each address, by the consensus that `node` has."""
    paths = []
    with node.control() as control:
        for name, key in DOCUMENTS.items():
            paths.append(os.path.join(directory, name))
            with open(paths[-1], "w") as file:
                file.write(control.getinfo(key))
    output = subprocess.run([TOOL, *paths, *addresses], check=True, text=True,
                            stdout=subprocess.PIPE).stdout
    return [_place(line) for line in output.splitlines()]


def _place(line):
    address, use, period, blinded_key, *hsdirs = line.split()
    return Place(address, use == "client", int(period), blinded_key, frozenset(hsdirs))


def client_place(node, address, directory):
    """The Place of the descriptor that clients use now."""
    return next(each for each in compute(node, [address], directory) if each.is_for_clients)


def restart_watched(network, names):
    """Start backends anew, and follow where they upload; returns their UploadWatches."""
    nodes = [network.node(name) for name in names]
    for node in nodes:
        node.kill()
        node.start()
    watches = [UploadWatch(node) for node in nodes]
    for watch in watches:
        wait_uploaded(network, watch)
    return watches


def wait_uploaded(network, watch):
    watch.wait_published([each.address for each in network.services(backend=watch.node.name)], 60)
    while watch.poll(0.3):
        pass


def places(network, watch, directory):
    """For each descriptor of a backend (Place, HSDirs that its tor has uploaded to so far)."""
    addresses = [each.address for each in network.services(backend=watch.node.name)]
    while watch.poll(0):
        pass
    return [(place, watch.hsdirs(place.address).get(place.blinded_key))
            for place in compute(watch.node, addresses, directory)]


def wait_settled(network, before=20, after=30):
    """Keep away from the change of the period, when nodes disagree on where descriptors belong."""
    now = time.time()
    change = network.schedule.next_period_change(now)
    since = now - network.schedule.period_start(network.schedule.period_number(now))
    if change - now < before:
        time.sleep(change - now + after)
    elif since < after:
        time.sleep(after - since)
