"""Processes that die, hang and come back: tor, the publisher, its signer, HSDirs."""

import os
import signal
import threading
import time

import pytest

from robust import is_alive, running, signer_of, signers, stop_cleanly, wait_gone, write_config
from testnet import OnionKey, UploadWatch, wait_until


@pytest.fixture
def config(network, tmp_path):
    """The frontend over all instances; each test begins with this file."""
    path = tmp_path / "config.yaml"
    rewrite(network, path, list(network.nodes("backend")))
    return path


@pytest.fixture
def balancer(network, config, tmp_path):
    """Running, and published."""
    with running(tmp_path, config, network.publisher) as publisher:
        publisher.wait_confirmed()
        yield publisher


def rewrite(network, config, backends):
    """The same frontend over the instances of these backends only."""
    network.write_config(config, frontends=network.frontends[:1],
                         instances=[service for service in network.services("instance")
                                    if service.backend in backends])


def reload(publisher):
    """SIGHUP; returns the mark in the log from before it."""
    mark = publisher.mark()
    publisher.signal(signal.SIGHUP)
    return mark


def frontend_answers(network, count=3):
    """The backends that answered so many requests, each with a fresh descriptor."""
    return {outcome.backend for outcome in network.wait_answers(network.frontends[0].address, count)}


def republish(network, publisher, config):
    """Change the set of instances there and back: proof that publishing works."""
    backends = list(network.nodes("backend"))
    for wanted in (backends[1:], backends):
        rewrite(network, config, wanted)
        mark = reload(publisher)
        publisher.wait_confirmed(since=mark, timeout=60)
    frontend_answers(network)


class Asking:
    """Requests to the frontend with fresh descriptors all the time; all must be answered."""

    def __init__(self, network):
        self._network = network
        self._end = threading.Event()
        self._failures = []
        self.count = 0
        self._thread = threading.Thread(target=self._run, daemon=True)

    def _run(self):
        address = self._network.frontends[0].address
        while not self._end.wait(0.2):
            for outcome in self._network.request_many(address, 1, self._network.clients[:1], timeout=60):
                self.count += 1
                if not outcome.ok:
                    self._failures.append(str(outcome))

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, kind, *_):
        self._end.set()
        self._thread.join(90)
        assert kind or (self.count and not self._failures), self._failures


# tor.

@pytest.mark.parametrize("end", ["stop", "kill"])
def test_tor_restarted(end, network, config, balancer):
    with Asking(network):
        mark = balancer.mark()
        getattr(network.publisher, end)()
        balancer.wait_log("tor at unix:.*control (has closed|cannot be reached).*; connecting again", since=mark)
        balancer.wait_log(r"no control connection to tor .*is tor running", since=mark)
        time.sleep(1)
        network.start_node("publisher1")
        balancer.wait_log("control connection to tor", since=mark, timeout=40)
    republish(network, balancer, config)
    assert len(signers(balancer.pid)) == 1


def test_tor_frozen_and_thawed(network, config, balancer):
    mark = balancer.mark()
    network.publisher.freeze()
    rewrite(network, config, ["backend1", "backend2"])
    reload(balancer)
    balancer.wait_log("configuration read again", since=mark)
    time.sleep(5)
    network.publisher.thaw()
    balancer.wait_confirmed(since=mark, timeout=60)
    republish(network, balancer, config)


def test_started_before_tor(network, config, tmp_path):
    """The control socket appears later, with a tor that knows nothing of the network yet."""
    tor = network.publisher
    tor.stop()
    for name in os.listdir(tor.data_directory):
        if name.startswith("cached-"):
            os.remove(os.path.join(tor.data_directory, name))
    with running(tmp_path, config, tor) as publisher:
        publisher.wait_log(r"no control connection to tor .*control: (No such file|Connection refused)")
        tor.start()
        publisher.wait_log("control connection to tor", timeout=40)
        publisher.wait_log(r"tor is starting: \d+ %", timeout=10)
        publisher.wait_confirmed(timeout=90)
        frontend_answers(network)


def test_started_while_tor_is_frozen(network, config, tmp_path):
    network.publisher.freeze()
    with running(tmp_path, config, network.publisher) as publisher:
        publisher.wait_log("configuration read")
        time.sleep(2)
        network.publisher.thaw()
        publisher.wait_confirmed()


# The publisher.

def test_restarted(network, balancer):
    with Asking(network):
        stop_cleanly(balancer)
        balancer.start()
        balancer.wait_confirmed()


def test_killed_leaves_no_orphan(network, balancer):
    with Asking(network):
        family = [signer_of(balancer)]
        balancer.kill()
        wait_gone(family, 2)
        balancer.start()
        balancer.wait_confirmed()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_ends_at_once(number, balancer):
    family = [signer_of(balancer)]
    balancer.signal(number)
    assert balancer.wait_end(30) == 0
    assert not any(is_alive(pid) for pid in family)
    balancer.start()
    balancer.wait_log("configuration read")


def test_ends_with_a_frozen_signer(balancer):
    signer = signer_of(balancer)
    os.kill(signer, signal.SIGSTOP)
    balancer.signal(signal.SIGTERM)
    assert balancer.wait_end(30) == 0
    assert not is_alive(signer)
    balancer.start()
    balancer.wait_log("configuration read")


# Its signer.

def test_signer_killed_before_it_was_needed(network, config, tmp_path):
    network.publisher.stop()
    with running(tmp_path, config, network.publisher) as publisher:
        publisher.wait_log("no control connection")
        first = signer_of(publisher)
        os.kill(first, signal.SIGKILL)
        publisher.wait_log(r"the signer is gone: killed by signal 9 \(Killed\); trying again")
        publisher.wait_log("the signer is back")
        assert signer_of(publisher) != first
        network.start_node("publisher1")
        publisher.wait_confirmed(timeout=60)
        frontend_answers(network)


def test_signer_killed_again_and_again(network, balancer):
    mark = balancer.mark()
    for _ in range(2):
        os.kill(signer_of(balancer), signal.SIGKILL)
        balancer.wait_log("the signer is gone", since=mark)
        balancer.wait_log("the signer is back", since=mark, timeout=10)
        mark = balancer.mark()
    network.node("backend1").kill()
    network.start_node("backend1")
    balancer.wait_log("backend1: new descriptor", since=mark, timeout=40)
    balancer.wait_confirmed(since=mark)
    frontend_answers(network)


def test_signer_comes_back_with_another_key(network, config, balancer, tmp_path):
    """Nothing is published with it, and the log says what is wrong."""
    key = tmp_path / "frontend.key"
    OnionKey.generate().write_pem(key)
    write_config(tmp_path, [service.address for service in network.services("instance")])
    mark = reload(balancer)
    balancer.wait_log("configuration read again", since=mark)
    balancer.wait_confirmed(since=mark, timeout=60)
    OnionKey.generate().write_pem(key)
    mark = balancer.mark()
    os.kill(signer_of(balancer), signal.SIGKILL)
    balancer.wait_log("the key files have changed since the configuration was read", since=mark)
    assert not balancer.rounds(mark)
    mark = reload(balancer)
    balancer.wait_confirmed(since=mark, timeout=60)


# Reload.

def test_reload_shows_at_the_frontend(network, config, balancer):
    points = {each.points for each in balancer.current_rounds()}
    rewrite(network, config, ["backend2"])
    mark = reload(balancer)
    balancer.wait_log("configuration read again: 1 service, 1 instance$", since=mark)
    balancer.wait_confirmed(since=mark)
    assert {each.points for each in balancer.current_rounds(mark)} < points | {3}
    assert frontend_answers(network, 9) == {"backend2"}
    rewrite(network, config, ["backend2", "backend3"])
    mark = reload(balancer)
    balancer.wait_log("configuration read again: 1 service, 2 instances$", since=mark)
    balancer.wait_confirmed(since=mark)
    assert frontend_answers(network, 9) <= {"backend2", "backend3"}
    assert all(each.points > 3 for each in balancer.current_rounds(mark))


BAD_RELOADS = {
    "malformed": ("services: [", "malformed YAML"),
    "empty": ("", "the file is empty"),
    "no key": (None, r"key: cannot read \S*absent\.key: No such file or directory"),
    "gone": (None, "cannot be read: No such file or directory"),
}


@pytest.mark.parametrize("name", BAD_RELOADS)
def test_bad_reload_changes_nothing(name, network, config, balancer):
    text, error = BAD_RELOADS[name]
    before = config.read_text()
    if name == "gone":
        config.unlink()
    else:
        config.write_text(before.replace(network.frontends[0].key_path(), "absent.key")
                          if text is None else text)
    mark = reload(balancer)
    balancer.wait_log("the new configuration is not used", since=mark)
    assert balancer.find(error, since=mark).level == "ERROR"
    wait_until(lambda: len(signers(balancer.pid)) == 1, 60, "only one signer")
    assert not balancer.rounds(mark)
    config.write_text(before)
    mark = reload(balancer)
    balancer.wait_log(f"configuration read again: 1 service, {len(network.nodes('backend'))} instances",
                      since=mark)
    frontend_answers(network)


def test_many_reloads_at_once(network, config, balancer):
    """However fast they come, the last state of the file is in force at the end."""
    mark = balancer.mark()
    for backends in (["backend1"], ["backend2"], ["backend3"], ["backend1", "backend3"]) * 5:
        rewrite(network, config, backends)
        reload(balancer)
        time.sleep(0.005)
    wait_until(lambda: balancer.find("configuration read again: .* 2 instances", since=mark), 60, "reloads")
    balancer.wait_confirmed(since=mark)
    wait_until(lambda: len(signers(balancer.pid)) == 1, 60, "only one signer")
    last = [entry.text for entry in balancer.entries(mark) if "configuration read again" in entry.text][-1]
    assert last.endswith("1 service, 2 instances")
    assert frontend_answers(network, 6) <= {"backend1", "backend3"}


def test_log_is_reopened(network, config, tmp_path):
    log = tmp_path / "own.log"
    with running(tmp_path, config, network.publisher,
                 environment={"ONIONBALANCE_LOG_LOCATION": str(log)}) as publisher:
        wait_until(lambda: log.exists() and "configuration read" in log.read_text(), 60, "log")
        log.rename(tmp_path / "own.log.1")
        publisher.signal(signal.SIGHUP)
        wait_until(lambda: log.exists() and "configuration read again" in log.read_text(), 60, "new log")
        size = (tmp_path / "own.log.1").stat().st_size
        wait_until(lambda: "confirmed by all" in log.read_text(), 30, "publishing")
        assert (tmp_path / "own.log.1").stat().st_size == size
        assert publisher.log_text() == ""
    assert "ending on a signal" in log.read_text()


# HSDirs.

def take_in(watch):
    """The events that have come so far."""
    while watch.poll(0.3):
        pass


def test_hsdir_killed_is_retried(network, config, tmp_path):
    """The other uploads are confirmed meanwhile, and its own when it is back."""
    address = network.frontends[0].address
    with UploadWatch(network.publisher) as watch, \
            running(tmp_path, config, network.publisher) as publisher:
        publisher.wait_confirmed()
        bare = address.removesuffix(".onion")
        take_in(watch)
        stored = set(watch.confirmed[bare])
        periods = {each.period for each in publisher.current_rounds()}
        relays = {node.getinfo("fingerprint"): name for name, node in network.nodes("relay").items()}
        victim = next(each for each in sorted(stored) if each in relays)
        publisher.stop()
        network.node(relays[victim]).kill()
        watch.confirmed.clear()
        publisher.start()
        publisher.wait_log(rf"upload to HSDir {victim[:8]} .*, try 1", timeout=40)

        def others_have_it():
            take_in(watch)
            return (stored - {victim} <= set(watch.confirmed[bare])
                    or periods != {each.period for each in publisher.current_rounds()})

        wait_until(others_have_it, 60, "the other HSDirs")
        assert victim not in watch.confirmed[bare]
        network.start_node(relays[victim])
        publisher.wait_confirmed(timeout=60)
