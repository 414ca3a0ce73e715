"""The state directory: what a publisher knows after it was killed, and what is in the way of it."""

import hashlib
import os
import random
import re
import subprocess
import time

import pytest

from publisher import Publisher
from robust import messages, running
from testnet import wait_until

# More of them: ONIONBALANCE_KILLS=100 (some three minutes).
KILLS = int(os.environ.get("ONIONBALANCE_KILLS", "10"))

# Seconds after which tor carries no upload of a killed publisher any more: one of those may
# come to an HSDir after a newer one, which is why HSDirs have counters.
LANDED = 10

NEEDS_ROOT = pytest.mark.skipif(os.geteuid() != 0, reason="needs root")


@pytest.fixture
def state(tmp_path):
    return tmp_path / "state"


@pytest.fixture
def config(network, tmp_path, state):
    """The frontend over all instances, with a state directory that nobody has made yet."""
    path = tmp_path / "config.yaml"
    return network.write_config(path, frontends=network.frontends[:1],
                                head=f"state-directory: {state.name}\n")


class Rejections:
    """UPLOAD_REJECTED of the frontend, as tor tells everybody."""

    def __init__(self, network):
        self._control = network.publisher.control()
        self._control.set_events("HS_DESC")
        self._address = network.frontends[0].address.removesuffix(".onion")
        self.count = 0
        self.uploaded = 0

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._control.close()

    def poll(self):
        while event := self._control.next_event(0):
            words = event.lines[0].split()
            if words[0] == "HS_DESC" and words[2] == self._address:
                self.count += "REASON=UPLOAD_REJECTED" in words
                self.uploaded += words[1] == "UPLOADED"


def read_state(folder):
    """{name: body} of the files, each with the length and the hash that it says.

    Without that of health, which comes with the first probe.
    """
    found = {}
    for path in folder.iterdir() if folder.exists() else []:
        assert ".damaged-" not in path.name
        if path.name == "lock" or path.name.startswith("."):
            continue
        text = path.read_bytes()
        head, _, rest = text.partition(b"\n")
        size, _, rest = rest.partition(b"\n")
        assert head.decode() == f"onionbalance-state 1 {path.name}", path
        n = int(size.removeprefix(b"bytes "))
        digest = hashlib.sha256(text[:len(head) + len(size) + 2 + n]).hexdigest().upper()
        assert rest[n:].decode() == f"sha256 {digest}\n", path
        found[path.name] = rest[:n]
    found.pop("health", None)
    return found


def counters(folder):
    """{(public key, period, minutes): ceiling}"""
    lines = read_state(folder).get("counters", b"").decode().splitlines()
    return {tuple(line.split()[:3]): int(line.split()[3]) for line in lines}


def check_risen(before, after):
    for key, ceiling in before.items():
        assert after.get(key, ceiling) >= ceiling, key


def first_upload(publisher):
    """Seconds from the last start to the first line about publishing."""
    return publisher.wait_log(r"publishing for time period").time - publisher.started


def kill_at_random(publisher, dice):
    """SIGKILL within three seconds, mostly while the first uploads are on their way."""
    publisher.start()
    time.sleep(dice.uniform(0, 3) if dice.random() < 0.5 else dice.uniform(0.2, 1.2))
    publisher.kill()


def check_revisions(log):
    """Over all starts they rise for each descriptor and HSDir; returns how many were sent."""
    last, count = {}, 0
    for hsdir, period, revision in re.findall(r"to HSDir (\S+) for time period (\d+), revision (\d+)",
                                              log):
        assert int(revision) > last.get((hsdir, period), 0), (hsdir, period)
        last[hsdir, period] = int(revision)
        count += 1
    return count


def test_killed_at_random_moments(network, config, tmp_path, state):
    dice = random.Random(4)
    publisher = Publisher(tmp_path, config, network.publisher, ["-v", "debug"])
    with Rejections(network) as rejections, publisher:
        publisher.wait_confirmed(timeout=60)
        publisher.kill()
        ceilings, took = counters(state), []
        for _ in range(KILLS):
            kill_at_random(publisher, dice)
            before, ceilings = ceilings, counters(state)
            check_risen(before, ceilings)
            if entry := publisher.find("publishing for time period", publisher.start_mark):
                took.append(entry.time - publisher.started)
            rejections.poll()
        time.sleep(LANDED)
        rejections.poll()
        overtaken, rejections.count = rejections.count, 0
        publisher.start()
        publisher.wait_confirmed(timeout=60)
        rejections.poll()
        log = publisher.log_text()
        print(f"{KILLS} kills, {check_revisions(log)} uploads sent, {overtaken} of killed ones came "
              f"too late, {rejections.count} rejected; first upload after {min(took):.2f} to "
              f"{max(took):.2f} s, median {sorted(took)[len(took) // 2]:.2f}, of {len(took)} that "
              "got so far")
        assert "damaged" not in log
        assert rejections.count == 0
        publisher.stop()
    assert len(read_state(state)) == 1 + len(network.nodes("backend"))


def test_a_restart_publishes_before_it_fetches(network, config, tmp_path, state):
    with running(tmp_path, config, network.publisher) as publisher:
        publisher.wait_confirmed(timeout=60)
    assert len(read_state(state)) == 1 + len(network.nodes("backend"))
    with running(tmp_path, config, network.publisher) as publisher:
        publisher.wait_confirmed(timeout=60)
        log = publisher.log_text(publisher.start_mark)
        assert re.search(r"new descriptor with|no descriptor from", log.split("publishing for")[0]) is None
        assert "rejected" not in log
        print(f"first upload after {first_upload(publisher):.2f} s")


def test_damage_is_set_aside(network, config, tmp_path, state):
    with running(tmp_path, config, network.publisher) as publisher:
        publisher.wait_confirmed(timeout=60)
    for place, path in enumerate(sorted(state.glob("[ci]*"))):
        text = bytearray(path.read_bytes())
        text[len(text) // 2] ^= 1
        path.write_bytes(bytes(text[:len(text) // 2] if place % 2 else text))
    names = sorted(read.name for read in state.glob("[ci]*"))
    with running(tmp_path, config, network.publisher) as publisher:
        publisher.wait_confirmed(timeout=60)
        log = publisher.log_text(publisher.start_mark)
        for name in names:
            assert f"{name} is damaged" in log
    aside = sorted(path.name.partition(".damaged-")[0] for path in state.glob("*.damaged-*"))
    assert aside == names
    for path in state.glob("*.damaged-*"):
        path.unlink()
    assert sorted(read_state(state)) == names


def test_two_publishers_on_one_directory(network, config, tmp_path, state):
    other = tmp_path / "other"
    other.mkdir()
    with running(tmp_path, config, network.publisher) as publisher:
        publisher.wait_confirmed(timeout=60)
        with running(other, config, network.publisher) as second:
            entry = second.wait_log("cannot use the state directory")
            assert f"in use by another onionbalance (process {publisher.pid})" in entry.text
            second.wait_log("publishing for time period")


def test_a_directory_of_somebody_else(network, config, tmp_path, state):
    state.mkdir()
    if os.geteuid() == 0:
        os.chown(state, 65534, 65534)
        wanted = "belongs to user nobody and not to root"
    else:
        state.chmod(0o500)
        wanted = "Permission denied"
    with running(tmp_path, config, network.publisher) as publisher:
        publisher.wait_confirmed(timeout=60)
        found = messages(publisher.log_text(publisher.start_mark))
        assert len(found) == 1 and wanted in found[0], found
        assert not os.listdir(state)
    state.chmod(0o700)


class Mounted:
    """A small file system of its own at a path."""

    def __init__(self, path, options):
        self._path = str(path)
        os.makedirs(self._path, exist_ok=True)
        subprocess.run(["mount", "-t", "tmpfs", "-o", options, "tmpfs", self._path], check=True)

    def __enter__(self):
        return self

    def remount(self, options):
        subprocess.run(["mount", "-o", f"remount,{options}", self._path], check=True)

    def __exit__(self, *_):
        subprocess.run(["umount", "-l", self._path], check=True)


def fill(folder):
    with open(folder / ".filler", "wb", buffering=0) as file:
        with pytest.raises(OSError):
            while True:
                file.write(bytes(1024))


def wait_kept(state, count):
    wait_until(lambda: len(read_state(state)) == count, 60, "what waited is written", 0.5)


@NEEDS_ROOT
def test_a_full_disk(network, config, tmp_path, state):
    backends = len(network.nodes("backend"))
    with Mounted(state, "size=1m,mode=700"):
        fill(state)
        with running(tmp_path, config, network.publisher) as publisher:
            publisher.wait_confirmed(timeout=60)
            found = messages(publisher.log_text(publisher.start_mark))
            assert len(found) == 1 and "No space left on device (free some space)" in found[0], found
            assert not read_state(state)
            (state / ".filler").unlink()
            publisher.wait_log("state directory .* works again", timeout=60)
            wait_kept(state, 1 + backends)


@NEEDS_ROOT
def test_a_disk_that_can_only_be_read(network, config, tmp_path, state):
    with Mounted(state, "size=1m,mode=700") as mounted:
        with running(tmp_path, config, network.publisher) as publisher:
            publisher.wait_confirmed(timeout=60)
        mounted.remount("ro")
        with running(tmp_path, config, network.publisher) as publisher:
            publisher.wait_confirmed(timeout=60)
            log = publisher.log_text(publisher.start_mark)
            assert "new descriptor with" not in log.split("publishing for")[0]  # what is there is read
            found = messages(log)
            assert len(found) == 1 and "Read-only file system (mount it" in found[0], found
            mounted.remount("rw")
            publisher.wait_log("state directory .* works again", timeout=60)


def test_state_that_is_no_use(network, config, tmp_path, state):
    """Leftovers, other people's files and other versions."""
    state.mkdir(mode=0o700)
    (state / ".counters.new").write_text("cut off")
    (state / "README").write_text("of the administrator")
    (state / "runtime").write_text("onionbalance-state 2 runtime\nof the future")
    with running(tmp_path, config, network.publisher) as publisher:
        publisher.wait_confirmed(timeout=60)
        assert publisher.find("runtime is of another version")
        assert not publisher.find("damaged")
    assert not (state / ".counters.new").exists()
    assert (state / "README").exists() and (state / "runtime").exists()
