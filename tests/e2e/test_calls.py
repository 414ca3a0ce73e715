"""The lists of system calls have nothing that is not needed: each call that a sandbox leaves to
a program is made by it in these runs, after the door was closed."""

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile

import pytest

import ctl
from fake_tor import HONEST, FakeTor
from publisher import Publisher
from robust import UNPRIVILEGED, signer_of, write_config
from test_sandbox import SANDBOXED
from testnet import OnionKey, wait_until

def can_trace():
    return shutil.which("strace") is not None and subprocess.run(
        ["strace", "-o", "/dev/null", "true"], capture_output=True, check=False).returncode == 0


pytestmark = [pytest.mark.skipif(SANDBOXED is None, reason="no build with a sandbox"),
              pytest.mark.skipif(not can_trace(), reason="no strace, or it may not trace")]

STRACE = ["strace", "-D", "-ff", "-q", "-o"]  # -D: the program is still our child
CALL = re.compile(r"(\w+)\(")
THREAD = re.compile(r"clone\(.*CLONE_THREAD.* = (\d+)$")
CLOSED = "seccomp(SECCOMP_SET_MODE_FILTER"


def strace(folder):
    """What goes before a command to have the calls of each process in a file of its own."""
    folder.mkdir()
    return [*STRACE, str(folder / "trace")]


class Trace:
    """The calls of one process, and of its threads, after it has closed its door."""

    def __init__(self, path):
        lines = path.read_text(errors="replace").splitlines()
        doors = [number for number, line in enumerate(lines) if line.startswith(CLOSED)]
        runs = [match[1] for match in map(re.compile(r'execve\("([^"]*)".* = 0$').match, lines) if match]
        self.program = os.path.basename(runs[-1]) if runs else None
        self.is_closed = bool(doors)
        inside = lines[doors[-1] + 1:] if doors else []
        for thread in filter(None, map(THREAD.match, inside)):
            inside += (path.parent / f"trace.{thread[1]}").read_text(errors="replace").splitlines()
        self.calls = {match[1] for match in map(CALL.match, inside) if match}


def is_over(path):
    """strace has written down the end of the process: it may be slower than that."""
    return path.read_text(errors="replace").rstrip().endswith("+++")


def calls_of(folder, program):
    """All that processes of that program have made inside."""
    wait_until(lambda: all(is_over(path) for path in folder.iterdir()), 60, f"the end of {folder}")
    traces = [Trace(path) for path in folder.iterdir()]
    inside = [each for each in traces if each.program == program and each.is_closed]
    assert inside, [(each.program, each.is_closed) for each in traces]
    return set().union(*(each.calls for each in inside))


def listed(which):
    """What the list of that program has for every run on this machine."""
    tool = os.path.join(SANDBOXED, "tests/e2e/tools/calls")
    lines = subprocess.run([tool], check=True, capture_output=True, text=True).stdout.splitlines()
    return {name for program, name, where in map(str.split, lines)
            if program == which and where == "here"}


def read_status(path):
    with socket.socket(socket.AF_UNIX) as stream:
        stream.connect(str(path))
        while stream.recv(65536):
            pass


def signer(*words):
    """onionbalance-signer to its end; what it says."""
    return subprocess.run([os.path.join(SANDBOXED, "onionbalance-signer"), *map(str, words)],
                          check=True, capture_output=True, text=True, timeout=120,
                          stdin=subprocess.DEVNULL).stdout


# Comes, and is sent away or not.
CONNECT = """
import socket, sys
with socket.socket(socket.AF_UNIX) as stream:
    stream.connect(sys.argv[1])
    stream.shutdown(socket.SHUT_WR)
    stream.recv(1)
"""


class Scene:
    """A frontend whose key a child has, and one with a bundle; everything that can be open."""

    def __init__(self, folder):
        self.folder = folder
        self.state = folder / "state"
        self.state.mkdir(mode=0o700)
        (self.state / ".counters.new").write_text("of one that was killed")
        (self.state / "runtime").write_text("damaged")
        bundles = folder / "bundles"
        bundles.mkdir()
        key = OnionKey.generate()
        key.write_pem(str(folder / "sealed.key"))
        signer("bundle", "--to", signer("recipient", bundles).strip(), "--days", 2,
               "--key", folder / "sealed.key", "-o", bundles)
        self.instances = [OnionKey.generate().address for _ in range(2)]
        self.config = self.write("state", f"- signer: bundle:{bundles}\n  address: {key.address}\n"
                                          f"  instances:\n  - address: {self.instances[1]}\n")

    def write(self, state, more=""):
        """config.yaml with that state directory."""
        path = write_config(self.folder, self.instances[:1],
                            head=f"state-directory: {state}\nadmin-socket: {state}-admin\n"
                                 f"status-socket-location: {state}-status\n")
        with open(path, "a") as file:
            file.write(more)
        return path

    def publisher(self, name, tor):
        """One whose calls go to the folder `name`."""
        made = Publisher(self.folder, self.config, None, ["-s", tor.path],
                         program=os.path.join(SANDBOXED, "onionbalance"))
        made.command[:0] = strace(self.folder / name)
        return made

    def calls(self, program, *names):
        return set().union(*(calls_of(self.folder / name, program) for name in names))


def live(scene, tor, publisher):
    """What may happen to a publisher in its life."""
    wait_until(lambda: tor.connections >= 2, 120, "another connection")
    ctl.Ctl(scene.folder / "state-admin").ask("instance", "drain", "node1")
    read_status(scene.folder / "state-status")
    mark = publisher.mark()
    os.kill(signer_of(publisher), signal.SIGKILL)
    publisher.wait_log("the signer is back", since=mark, timeout=120)
    with scene.publisher("second", tor) as second:
        second.wait_log("is in use by another onionbalance", timeout=120)
        second.stop(60)
    with open(scene.config, "a") as file:
        file.write(f"nothing: [{'1, ' * 20000}1]\n")  # the memory for these has to be moved
    publisher.signal(signal.SIGHUP)
    publisher.wait_log("configuration read again", since=mark, timeout=120)


def test_the_publisher_needs_each(tmp_path):
    """State, bundles, both sockets, a lost tor, a lost signer, a reload, the end."""
    scene = Scene(tmp_path)
    script = [lambda peer: peer.answer(HONEST), lambda peer: (peer.answer(HONEST), peer.wait_end())]
    with FakeTor(tmp_path / "tor", *script) as tor:
        with scene.publisher("first", tor) as publisher:
            live(scene, tor, publisher)
            assert publisher.stop(60) == 0
        scene.write("nowhere/state")
        with scene.publisher("third", tor) as publisher:
            publisher.wait_log("cannot use the state directory", timeout=120)
            publisher.stop(60)
    made = scene.calls("onionbalance", "first", "second", "third")
    assert not sorted(listed("onionbalance") - made)


def test_the_signer_needs_each(tmp_path):
    """As a child, and listening: a publisher, another key, a pause, the end."""
    scene = Scene(tmp_path)
    keys = tmp_path / "keys"
    keys.write_text(f"{tmp_path}/frontend.key\n")
    public = tempfile.mkdtemp()
    os.chmod(public, 0o755)
    with open(tmp_path / "signer.log", "wb") as log:
        listening = subprocess.Popen(
            [*strace(tmp_path / "listening"), os.path.join(SANDBOXED, "onionbalance-signer"),
             "--listen", f"unix:{public}/signer", "--key-list", str(keys), "--socket-mode", "666"],
            stdin=subprocess.DEVNULL, stderr=log)
    said = (tmp_path / "signer.log").read_text
    try:
        wait_until(lambda: "serving" in said(), 120, "a signer")
        with FakeTor(tmp_path / "tor", lambda peer: peer.wait_end()) as tor:
            with scene.publisher("child", tor) as publisher:
                publisher.wait_log("configuration read", timeout=120)
                publisher.stop(60)
            del publisher.command[:len(STRACE) + 1]
            publisher.command += ["--signer", f"unix:{public}/signer"]
            with publisher:
                publisher.wait_log("configuration read", timeout=120)
                publisher.stop(60)
        subprocess.run([*UNPRIVILEGED, sys.executable, "-c", CONNECT, f"{public}/signer"], check=True)
        wait_until(lambda: pause(listening.pid, tmp_path / "listening"), 60, "waiting that goes on")
        keys.write_text(f"{tmp_path}/frontend.key\n{tmp_path}/sealed.key\n")
        mark = len(said())
        listening.send_signal(signal.SIGHUP)
        wait_until(lambda: "serving" in said()[mark:], 120, "another key")
    finally:
        listening.terminate()
        listening.wait(60)
        shutil.rmtree(public)
    made = scene.calls("onionbalance-signer", "child", "listening")
    assert not sorted(listed("listener") - made)


def pause(pid, folder):
    """Stop it and let it go on; true if it has been in the middle of waiting, now or before."""
    os.kill(pid, signal.SIGSTOP)
    wait_until(lambda: is_stopped(pid), 60, "a pause", 0.02)
    os.kill(pid, signal.SIGCONT)
    return any("restart_syscall(" in path.read_text(errors="replace") for path in folder.iterdir())


def is_stopped(pid):
    with open(f"/proc/{pid}/stat") as file:
        return file.read().rpartition(")")[2].split()[0] in "Tt"
