"""The Python program hands a service over in the middle of a time period, and gets it back."""

import shutil
import time

import pytest

from publisher import Publisher
from traffic import Traffic

PEER = "/usr/sbin/onionbalance"
PEER_PUBLISHES_WITHIN = 150  # seconds: it waits for 45 before it does anything
STAY = 15  # seconds that ours is watched for after it took over
STAY_BACK = 75  # and the Python program, which publishes after 45 to 60


def is_python(path):
    with open(path, "rb") as program:
        return b"python" in program.readline()


@pytest.fixture
def peer_path():
    if shutil.which(PEER) is None or not is_python(PEER):
        pytest.skip("the Python program is not installed (Debian: apt install onionbalance)")
    return PEER


def wait_reachable(client, address, timeout):
    end = time.monotonic() + timeout
    while time.monotonic() < end:
        try:
            return client.get_fresh(address, timeout=10)
        except Exception:  # not published yet: that is what is waited for
            time.sleep(1)
    raise AssertionError(f"not reachable within {timeout} s")


def failures(traffic):
    return [str(each) for each in traffic.requests if not each.ok]


def test_there_and_back(network, peer_path, tmp_path, capsys):
    frontend = network.frontends[0]
    config = network.write_config(str(tmp_path / "config.yaml"), frontends=[frontend])
    client = network.clients[0]
    peer = Publisher(tmp_path / "peer", config, network.publisher, ["--is-testnet"],
                     program=peer_path)
    ours = Publisher(tmp_path, config, network.publisher)
    (tmp_path / "peer").mkdir()
    with peer, Traffic(client, [frontend.address], fresh=True) as before:
        wait_reachable(network.clients[1], frontend.address, PEER_PUBLISHES_WITHIN)
        before.stop()
        with Traffic(client, [frontend.address], fresh=True) as traffic:
            peer.kill()
            ours.start()
            ours.wait_confirmed(timeout=90)
            rejected = len([each for each in ours.entries() if "rejected" in each.text])
            seconds = max(each.confirmed for each in ours.current_rounds()) - ours.started
            time.sleep(STAY)
            assert ours.stop() == 0
            peer.start()
            time.sleep(STAY_BACK)
            traffic.stop()
            with capsys.disabled():
                print(f"\ntaken over in {seconds:.1f} s, {rejected} uploads rejected on the way; "
                      f"{len(traffic.requests)} requests, {len(failures(traffic))} failed")
            assert failures(traffic) == []
