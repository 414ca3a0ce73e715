"""To and from the Python program, on the same configuration and the same tor.

Its revision counters have nothing to do with ours: what the other program left
on the HSDirs may have a higher one than our first upload. Needs Debian's
package `onionbalance` (it is not started as a service).
"""

import hashlib
import os
import re
import subprocess
import time

import pytest
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from stem.descriptor.hidden_service import HiddenServiceDescriptorV3

import ring
import status_socket
from descriptors import fetch_all, fetch_whole
from publisher import Publisher
from testnet import UploadWatch
from traffic import Traffic

PYTHON_PROGRAM = "/usr/sbin/onionbalance"
STEPS_PER_SECOND = 32768.5  # how fast tor's revision counters rise, in the mean
PERIOD_MINUTES = 8  # of a network with a voting interval of 20 s

# The base point as the blinding factor has it (rend-spec-v3.txt appendix A.2).
BASE_POINT = (b"(15112221349535400772501151409588531511454012693041857206046113283949847762202, "
              b"46316835694926478169428394003475163141307993866256225615783033603165251855960)")


@pytest.fixture(scope="module")
def config(network, tmp_path_factory):
    path = tmp_path_factory.mktemp("takeover") / "config.yaml"
    return network.write_config(path, frontends=network.frontends[2:3])


@pytest.fixture(scope="module")
def traffic(network):
    """A client that asks every second with a fresh descriptor, beside a plain service."""
    addresses = [network.frontends[2].address, network.services("plain")[0].address]
    return Traffic(network.clients[-1], addresses, fresh=True, period=1)


@pytest.fixture(scope="module")
def python(network, config, tmp_path_factory):
    """Debian's Python program, publishing; `traffic` runs from here on."""
    assert os.path.exists(PYTHON_PROGRAM), "install Debian's package onionbalance"
    directory = tmp_path_factory.mktemp("python")
    program = Publisher(directory, config, network.publisher, ["--is-testnet", "-v", "info"],
                        PYTHON_PROGRAM, status_socket.environment(directory))
    with program:
        wait_python_published(program)
        yield program


def wait_python_published(program):
    """Both descriptors uploaded once; when they arrive the Python program does not know."""
    program.wait_log("Uploading first descriptor", 120)
    program.wait_log("Uploading second descriptor", 20)
    time.sleep(3)


def stop_python(program):
    """SIGTERM; the Python program at times hangs on it when it is waiting for tor."""
    try:
        program.stop(5)
    except subprocess.TimeoutExpired:
        program.kill()


def makers(network, directory):
    """Whose descriptor each HSDir has."""
    _, copies = fetch_all(network, network.frontends[2].address, directory)
    return sorted("none" if copy is None else "ours" if "flow-control" in str(copy.inner)
                  else "python" for copy in copies)


def assert_reachable(network, traffic):
    frontend, plain = network.frontends[2].address, network.services("plain")[0].address
    assert [str(each) for each in traffic.of(frontend) if not each.ok] == []
    print(f"{len(traffic.of(frontend))} requests, {len(traffic.of(plain))} of the plain service")


def rejections(publisher):
    return len(re.findall(r" rejected, try ", publisher.log_text()))


def test_python_program_is_taken_over_and_back(network, python, config, traffic, tmp_path, capsys):
    ring.wait_settled(network)
    with traffic:
        before = set(makers(network, tmp_path))
        assert "python" in before and "ours" not in before
        theirs = status_socket.wait_complete(network, python, network.frontends[2])
        stop_python(python)
        with Publisher(tmp_path, config, network.publisher,
                       environment=status_socket.environment(tmp_path)) as publisher:
            confirmed = publisher.wait_confirmed(timeout=90) - publisher.started
            assert set(makers(network, tmp_path)) == {"ours"}
            ours = status_socket.wait_complete(network, publisher, network.frontends[2])
            status_socket.assert_same(ours, theirs)
            status_socket.assert_counts(network, publisher, tmp_path)
            assert publisher.stop() == 0
        python.start()
        wait_python_published(python)
        after = makers(network, tmp_path)
    with capsys.disabled():
        print(f"\nconfirmed {confirmed:.1f} s after the takeover, {rejections(publisher)} uploads "
              f"rejected at first; the Python program then has {after.count('python')} of 8 HSDirs; "
              f"introduction points told of: {list(theirs.counts.values())} by the Python program, "
              f"{list(ours.counts.values())} by ours")
    assert_reachable(network, traffic)


def blinding_factor(public_key, period):
    """rend-spec-v3.txt appendix A.2, before it is clamped."""
    length = PERIOD_MINUTES.to_bytes(8, "big")
    return hashlib.sha3_256(b"Derive temporary signing key\0" + public_key + BASE_POINT +
                            b"key-blind" + period.to_bytes(8, "big") + length).digest()


def raised(copy, frontend, period, revision):
    """The descriptor `copy`, as stem makes it, with another revision counter."""
    with open(frontend.key_path("pem"), "rb") as file:
        key = load_pem_private_key(file.read(), None)
    public_key = HiddenServiceDescriptorV3.identity_key_from_address(frontend.address)
    return HiddenServiceDescriptorV3.content(
        inner_layer=copy.inner, identity_key=key, revision_counter=revision,
        blinding_nonce=blinding_factor(public_key, period)).decode()


def post(publisher, frontend, text, servers, seconds):
    """Upload `text` to these HSDirs; returns those that did not confirm it in time."""
    bare = frontend.address.removesuffix(".onion")
    with UploadWatch(publisher) as watch, publisher.control() as control:
        control.command(f"+HSPOST {' '.join(f'SERVER={each}' for each in servers)} "
                        f"HSADDRESS={bare}", text)
        end = time.monotonic() + seconds
        while set(servers) - set(watch.confirmed[bare]) and time.monotonic() < end:
            watch.poll(1)
        return sorted(set(servers) - set(watch.confirmed[bare]))


def leave_on_hsdirs(network, frontend, seconds, directory):
    """Put a descriptor on all HSDirs whose counter is so much ahead; returns the highest.

    HSDirs have different counters if one of them was new when an earlier publisher had
    to raise its own. tor does not repeat an upload whose circuit broke, hence the loop; each
    time with the next counter, as the HSDir may have the descriptor and only its answer was lost.
    """
    period, copies = fetch_whole(network, frontend.address, directory)
    highest = max(copies, key=lambda copy: copy.outer.revision_counter)
    revision = highest.outer.revision_counter + int(seconds * STEPS_PER_SECOND)
    missing = sorted(ring.client_place(network.clients[0], frontend.address, directory).hsdirs)
    for last in range(revision, revision + 10):
        missing = post(network.publisher, frontend, raised(highest, frontend, period, last),
                       missing, 30)
        if not missing:
            return last
    raise AssertionError(f"no HSDir of {missing} took a raised descriptor")


def test_higher_counter_of_another_program(network, tmp_path, capsys):
    """All HSDirs have a counter some minutes ahead: rejected, raised, and then confirmed."""
    ring.wait_settled(network)
    frontend = network.frontends[1]
    config = network.write_config(tmp_path / "config.yaml", frontends=[frontend])
    with Publisher(tmp_path, config, network.publisher) as publisher:
        publisher.wait_confirmed()
        publisher.stop()
        revision = leave_on_hsdirs(network, frontend, 300, tmp_path)
        publisher.start()
        confirmed = publisher.wait_confirmed(timeout=60) - publisher.started
        assert publisher.stop() == 0
    with capsys.disabled():
        print(f"\nconfirmed {confirmed:.1f} s after the start, {rejections(publisher)} uploads "
              f"rejected at first")
    assert rejections(publisher) >= 8
    _, copies = fetch_whole(network, frontend.address, tmp_path)
    assert min(copy.outer.revision_counter for copy in copies) > revision
    network.wait_answers(frontend.address, 1)
