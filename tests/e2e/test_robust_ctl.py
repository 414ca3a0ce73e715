"""The admin socket and those who mean it ill, or are clumsy: other users, garbage, crowds."""

import os
import shutil
import socket
import stat
import tempfile
import time

import pytest

from ctl import CTL, Ctl
from robust import UNPRIVILEGED, copy_programs, running, write_config
from testnet import OnionKey, wait_until

needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="takes another user")

ADDRESSES = [OnionKey.generate().address for _ in range(2)]

GROUP = ["setpriv", "--reuid=nobody", "--regid=nogroup", "--groups=nogroup"]


@pytest.fixture
def place():
    """A folder that others may enter."""
    with tempfile.TemporaryDirectory(prefix="ctl") as folder:
        os.chmod(folder, 0o755)
        shutil.copy(CTL, folder)
        yield folder


def start(place, head=""):
    """A publisher without a tor, with an admin socket."""
    config = write_config(place, ADDRESSES, head + f"admin-socket: {place}/admin\n")
    return running(place, config, None, arguments=["-s", f"{place}/no-tor", "-p", "1"])


def ready(place, publisher):
    publisher.wait_log("configuration read")
    ctl = Ctl(f"{place}/admin")
    ctl.ask("status")
    return ctl


def another_user(place, prefix):
    """A Ctl that runs as another user, from a copy that this one can reach."""
    ctl = Ctl(f"{place}/admin", prefix)
    ctl.command = lambda *words: [*prefix, f"{place}/onionbalancectl", "-s", ctl.socket, *words]
    return ctl


def connect(place):
    peer = socket.socket(socket.AF_UNIX)
    peer.connect(f"{place}/admin")  # waits while the queue of the socket is full
    peer.settimeout(60)
    return peer


def rest(peer):
    """What comes until it is hung up on; a reset counts as that."""
    told = b""
    try:
        while data := peer.recv(65536):
            told += data
    except ConnectionResetError:
        pass
    return told


@needs_root
def test_others_do_not_get_in(place):
    with start(place) as publisher:
        ready(place, publisher)
        assert stat.S_IMODE(os.stat(f"{place}/admin").st_mode) == 0o600
        reason = another_user(place, UNPRIVILEGED).refused("status", code=3)
        assert "Permission denied" in reason and "admin-socket-readers" in reason
    assert not os.path.exists(f"{place}/admin")


@needs_root
def test_readers_look_and_change_nothing(place):
    with start(place, "admin-socket-readers: nogroup\n") as publisher:
        ready(place, publisher)
        reader = another_user(place, GROUP)
        assert "node1" in reader.ask("status")
        for words in (["reload"], ["publish", "now"], ["instance", "disable", "node1"]):
            assert "only root" in reader.refused(*words)
        assert publisher.find("reading the configuration again") is None


@needs_root
def test_a_crowd_of_readers_does_not_keep_admins_out(place):
    with start(place, "admin-socket-readers: nogroup\n") as publisher:
        ctl = ready(place, publisher)
        reader = another_user(place, GROUP)
        watches = [reader.watch() for _ in range(20)]
        try:
            wait_until(lambda: sum(each.poll() is not None for each in watches) == 4, 10,
                       "four that are turned away", 0.1)
            assert {each.poll() for each in watches} == {None, 3}
            ctl.ask("reload")
        finally:
            for each in watches:
                each.kill()
                each.wait()
                each.stdout.close()


def test_no_such_group(place):
    with start(place, "admin-socket-readers: no-such-group\n") as publisher:
        publisher.wait_log("there is no group \"no-such-group\"")
        assert not os.path.exists(f"{place}/admin")


def test_garbage(place):
    with start(place) as publisher:
        ctl = ready(place, publisher)
        for line in (b"\n", b"GET / HTTP/1.1\r\n", b"onionbalance/2 text status\n",
                     b"onionbalance/1 text %00\n", b"onionbalance/1 text\n", b"\xff\xfe\x00\n",
                     b"onionbalance/1 text " + b"a " * 14 + b"\n"):
            with connect(place) as peer:
                peer.sendall(line)
                assert rest(peer).startswith(b"usage "), line
        with connect(place) as peer:
            peer.sendall(b"onionbalance/1 text " + b"a" * 100000)
            assert rest(peer) == b""
        for line in (b"", b"onionbalance/1 text sta"):
            with connect(place) as peer:
                peer.sendall(line)
        ctl.ask("status")


def test_who_says_nothing_is_hung_up_on(place):
    with start(place) as publisher:
        ctl = ready(place, publisher)
        peers = [connect(place) for _ in range(16)]
        began = time.monotonic()
        assert "too many" in ctl.refused("status", code=3)
        for peer in peers:
            assert rest(peer) == b""
            peer.close()
        assert time.monotonic() - began > 5
        ctl.ask("status")


def test_who_goes_away(place):
    """Those who wait or watch and leave, and a publisher that ends while they do."""
    with start(place) as publisher:
        ctl = ready(place, publisher)
        for question in (b"onionbalance/1 text watch\n", b"onionbalance/1 text wait 0 ready\n"):
            for _ in range(40):
                with connect(place) as peer:
                    peer.sendall(question)
        ctl.ask("reload")
        watch = ctl.watch()
        ctl.ask("reload")
    assert watch.wait(5) == 3
    watch.stdout.close()


def test_second_publisher_at_one_socket(place):
    with start(place) as publisher:
        ctl = ready(place, publisher)
        second = os.path.join(place, "second")
        os.mkdir(second)
        config = write_config(second, ADDRESSES, f"admin-socket: {place}/admin\n")
        with running(second, config, None, arguments=["-s", f"{place}/no-tor", "-p", "1"]) as other:
            other.wait_log("cannot open the admin socket .*: Address already in use")
        ctl.ask("status")


def test_default_place(place):
    """The folder that a service manager has made."""
    config = write_config(place, ADDRESSES)
    with running(place, config, None, arguments=["-s", f"{place}/no-tor", "-p", "1"],
                 environment={"RUNTIME_DIRECTORY": f"{place}:/nowhere"}) as publisher:
        ready(place, publisher)
    with running(place, write_config(place, ADDRESSES, "admin-socket: none\n"), None,
                 arguments=["-s", f"{place}/no-tor", "-p", "1"],
                 environment={"RUNTIME_DIRECTORY": place}) as publisher:
        publisher.wait_log("configuration read")
        assert not os.path.exists(f"{place}/admin")


def test_what_was_changed_outlives_a_restart(place):
    head = f"state-directory: {place}/state\n"
    os.mkdir(f"{place}/state", 0o700)
    with start(place, head) as publisher:
        ctl = ready(place, publisher)
        ctl.ask("instance", "disable", "node2")
        ctl.ask("instance", "weight", "node1", "7")
        publisher.kill()
        publisher.start()
        ctl = ready(place, publisher)
        assert ctl.instance("node2")["state"] == "disabled"
        assert ctl.instance("node1")["weight"] == 7
        ctl.ask("instance", "enable", "node2")


@needs_root
def test_instance_that_needs_a_hand_over(place):
    """The publisher may read a copy of its configuration only: the file waits for the next
    one to be made, and the command says what makes it."""
    os.mkdir(f"{place}/run")
    shutil.chown(f"{place}/run", "nobody")
    config = write_config(place, ADDRESSES, f"admin-socket: {place}/run/admin\n")
    shutil.chown(f"{place}/frontend.key", "nobody")
    shutil.copy(config, f"{place}/copy.yaml")
    os.chmod(config, 0o600)
    with running(place, config, None, prefix=UNPRIVILEGED, program=copy_programs(place),
                 arguments=["-s", f"{place}/no-tor", "-p", "1",
                            "--fallback-config", f"{place}/copy.yaml"]) as publisher:
        publisher.wait_log("configuration read")
        ctl = Ctl(f"{place}/run/admin")
        service = ctl.json("status")["services"][0]["onionAddress"]
        done = ctl.run("instance", "add", service, OnionKey.generate().address)
        assert done.returncode == 1
        assert "is written" in done.stderr and "systemctl reload onionbalance" in done.stderr
        [name] = os.listdir(f"{place}/instances.d")
        assert f"instances.d/{name}" in done.stderr
        assert len(ctl.json("status")["services"][0]["instances"]) == len(ADDRESSES)
