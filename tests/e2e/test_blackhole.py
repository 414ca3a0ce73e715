"""A backend that does not know the frontend is named by the publisher, and only that one.

Its `ob_config` names another one. Without any, tor does not even start, as long as its
torrc has HiddenServiceOnionbalanceInstance.
"""

import time

from publisher import Publisher

BOUND = 150  # seconds, from a backend's start to the line in the log
CLAIM = r"^(\S+): clients of shop who are led to it hang: .*MasterOnionAddress (\w{56})\.onion"


def restart(network, name, masters):
    """Start a backend whose `ob_config` names these; returns when, in unix seconds."""
    network.node(name).stop()
    network.set_masters(network.services("instance", name)[0], masters)
    network.start_node(name)
    return time.time()


def claims(publisher):
    """The backends that the log calls black holes."""
    return {entry.text.split(":")[0] for entry in publisher.entries()
            if entry.level == "ERROR" and "MasterOnionAddress" in entry.text}


def test_the_black_hole_is_named_and_its_end_told(network, tmp_path, capsys):
    shop, other = network.frontends[:2]
    every = [each.address for each in network.frontends]
    config = tmp_path / "config.yaml"
    network.write_config(config, frontends=[shop])
    config.write_text(config.read_text().replace("services:\n- ", "services:\n- name: shop\n  ", 1))
    try:
        broken = restart(network, "backend2", [other.address])
        with Publisher(tmp_path, config, network.publisher, ["-v", "debug"]) as publisher:
            claim = publisher.wait_log(CLAIM, BOUND)
            assert claim.text.startswith("backend2:") and shop.address.split(".")[0] in claim.text
            assert claim.level == "ERROR"
            mended = restart(network, "backend2", every)
            told = publisher.wait_log("^backend2: clients of shop reach it again", BOUND)
            assert claims(publisher) == {"backend2"}
    finally:
        restart(network, "backend2", every)
    with capsys.disabled():
        print(f"\nblack hole named {claim.time - broken:.0f} s after its start, "
              f"its end {told.time - mended:.0f} s after it was mended")
