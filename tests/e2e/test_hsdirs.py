"""The HSDirs that we compute are those that tor's own services upload to.

One network, whose authority makes another hash ring of it every voting
interval. test_rotation.py does the same before and after a new shared random
value.
"""

from dataclasses import dataclass

import pytest

from ring import places, restart_watched
from testnet import Network

# Backends learn of each new consensus from the authority, seconds after it is made.
EARLY = ["FetchDirInfoEarly 1", "FetchDirInfoExtraEarly 1"]
NETWORK = {"authorities": 1, "relays": 11, "backends": 2, "services": 3, "clients": 0,
           "plain": True, "voting_interval": 10, "torrc": {"backend": EARLY}}
DESCRIPTORS = 2 * (3 + 1)  # of each backend


@dataclass(frozen=True)
class Ring:
    size: int  # HSDirs
    replicas: int
    spread: int  # HSDirs for each replica

    def is_in_force(self, consensus):
        wanted = {"hsdir_n_replicas": self.replicas, "hsdir_spread_store": self.spread}
        return len(consensus.hsdirs) == self.size and wanted.items() <= consensus.params.items()

    def order(self, network):
        """The authority votes for it from now on."""
        routers = network.consensus().routers
        chosen = ",".join(each.fingerprint for each in routers[:self.size])
        network.node("authority1").command(
            f'SETCONF TestingDirAuthVoteHSDirIsStrict=1 TestingDirAuthVoteHSDir="{chosen}" '
            f'ConsensusParams="hsdir_n_replicas={self.replicas} hsdir_spread_store={self.spread}"')


# Too small for both replicas, just large enough, and larger.
RINGS = [Ring(1, 2, 4), Ring(3, 2, 4), Ring(4, 2, 2), Ring(7, 2, 4), Ring(7, 3, 3), Ring(12, 2, 2),
         Ring(12, 3, 1)]


@pytest.fixture(scope="module")
def ring_network():
    with Network(**NETWORK) as network:
        yield network


def wait_in_force(network, ring):
    for backend in network.nodes("backend").values():
        backend.wait_consensus(ring.is_in_force, 60, f"{ring}")


def is_checked(network, ring, directory):
    """Compare all descriptors; False if the next ring came in between, on a slow machine."""
    watches = restart_watched(network, network.nodes("backend"))
    found = [pair for watch in watches for pair in places(network, watch, directory)]
    if not all(ring.is_in_force(watch.node.consensus()) for watch in watches):
        return False
    assert len(found) == len(watches) * DESCRIPTORS
    for place, uploaded in found:
        assert uploaded == place.hsdirs, (ring, place)
    return True


def test_tor_uploads_where_we_would(ring_network, tmp_path):
    waiting = list(RINGS)
    waiting[0].order(ring_network)
    for _ in range(3 * len(RINGS)):
        ring = waiting.pop(0)
        wait_in_force(ring_network, ring)
        (waiting or [ring])[0].order(ring_network)  # the next one comes while this one is compared
        if not is_checked(ring_network, ring, tmp_path):
            waiting.append(ring)
        if not waiting:
            return
    pytest.fail(f"never compared: {waiting}")
