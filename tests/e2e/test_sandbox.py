"""The sandbox of both programs: what somebody else's code in them can do, which is nothing."""

import ctypes
import os
import re
import socket
import subprocess

import pytest

from fake_tor import HONEST, FakeTor
from publisher import BUILD
from robust import write_config
from testnet import OnionKey, wait_until

ENDED = re.compile(r"the sandbox ends it: it made the system call (\w+)")


def find_build():
    """A build whose programs have a sandbox: sanitizers can do without."""
    for folder in (BUILD, os.path.join(os.path.dirname(BUILD), "gcc")):
        if os.path.exists(os.path.join(folder, "tests/e2e/tools/intruder.so")):
            return folder
    return None


SANDBOXED = find_build()
pytestmark = pytest.mark.skipif(SANDBOXED is None, reason="no build with a sandbox")


# landlock_create_ruleset(NULL, 0, LANDLOCK_CREATE_RULESET_VERSION), the same on all machines.
HAS_LANDLOCK = ctypes.CDLL(None).syscall(444, None, 0, 1) > 0


class Place:
    """A frontend, a tor that is none, and things of others that an intruder would like."""

    def __init__(self, folder):
        self.folder = folder
        self.key = str(folder / "frontend.key")
        self.secret = str(folder / "passphrase")
        self.config = write_config(folder, [OnionKey.generate().address], head="state-directory: state\n"
                                   f"status-socket-location: {folder}/status\n")
        with open(self.secret, "w") as file:
            file.write("0123456789abcdef0123456789abcdef")
        os.chmod(self.secret, 0o600)
        self.port = socket.create_server(("127.0.0.1", 0))
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.bind(str(folder / "elsewhere"))
        self.socket.listen()

    def close(self):
        self.port.close()
        self.socket.close()


@pytest.fixture
def place(tmp_path):
    made = Place(tmp_path)
    yield made
    made.close()


# What is tried, with {} for what it is tried on.
ATTEMPTS = ["read {key}", "read {folder}/config.yaml", "read /etc/shadow", "write {folder}/new",
            "exec /bin/true", "fork -", "tcp {port}", "unix {folder}/elsewhere", "ptrace {victim}",
            "signal {victim}", "read /proc/{victim}/mem"]

# The system call that each comes down to.
CALLS = {"read": "openat", "write": "openat", "exec": "execve", "fork": "clone", "tcp": "socket",
         "unix": "socket", "ptrace": "ptrace", "signal": "kill"}


def ends_of(attempt):
    """What may come of it: it is refused, or the end of the program by that call and no other."""
    if attempt.split()[0] in ("read", "write") and not HAS_LANDLOCK:
        pytest.skip("this kernel has no Landlock: files are open to the program's user")
    return ("refused", CALLS[attempt.split()[0]])


# What it could ask the porter for.
QUESTIONS = ["ask-open {key}", "ask-open {folder}/passphrase", "ask-open /etc/passwd",
             "ask-open {folder}/instances.d/../frontend.key", "ask-cookie {key}",
             "ask-remove {key}", "ask-dial {port}", "ask-dial {folder}/elsewhere",
             "ask-start /bin/true"]


def fill(attempt, place, victim):
    return attempt.format(key=place.key, folder=place.folder, victim=victim,
                          port=place.port.getsockname()[1])


def environment(program, attempt, has_sandbox):
    found = {"LD_PRELOAD": os.path.join(SANDBOXED, "tests/e2e/tools/intruder.so"),
             "INTRUDER_IN": program, "INTRUDER_DOES": attempt}
    if not has_sandbox:
        found |= {"ONIONBALANCE_SANDBOX": "off", "INTRUDER_EARLY": "1"}
    return found


def outcome(text):
    """done, refused, or the system call that ended the program"""
    ended = ENDED.search(text)
    said = re.findall(r"intruder: (\w+)", text)
    assert ended or said, text
    return ended[1] if ended else said[-1]


def intrude_publisher(place, attempt, has_sandbox):
    """What comes of it in a publisher that has just begun."""
    program = os.path.join(SANDBOXED, "onionbalance")
    victim = subprocess.Popen(["sleep", "60"])
    try:
        with FakeTor(place.folder / "tor", lambda peer: peer.answer(HONEST)) as tor:
            process = subprocess.run(
                [program, "-c", str(place.config), "-s", tor.path], cwd=place.folder, timeout=60,
                env={**os.environ, **environment("onionbalance", fill(attempt, place, victim.pid),
                                                 has_sandbox)},
                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                check=False)
    finally:
        victim.kill()
        victim.wait()
    return outcome(process.stdout)


def knock(path):
    """True once somebody listens there."""
    with socket.socket(socket.AF_UNIX) as stream:
        return stream.connect_ex(str(path)) == 0


def intrude_signer(place, attempt, has_sandbox):
    """The same in a signer that listens."""
    program = os.path.join(SANDBOXED, "onionbalance-signer")
    victim = subprocess.Popen(["sleep", "60"])
    key = place.folder / "keys" / "k"
    key.parent.mkdir(exist_ok=True)
    if not key.exists():
        OnionKey.generate().write_pem(str(key))
    process = subprocess.Popen(
        [program, "--listen", f"unix:{place.folder}/signer", "--key", str(key)],
        env={**os.environ, **environment("onionbalance-signer", fill(attempt, place, victim.pid),
                                         has_sandbox)},
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    try:
        if not has_sandbox:
            wait_until(lambda: knock(place.folder / "signer"), 60, "a signer", 0.02)
        text, _ = process.communicate(timeout=60)
    finally:
        process.kill()
        victim.kill()
        victim.wait()
    return outcome(text)


@pytest.mark.parametrize("attempt", ATTEMPTS)
def test_the_publisher_cannot(place, attempt):
    """Neither read keys nor anything else, nor run, connect to or look into anything."""
    assert intrude_publisher(place, attempt, has_sandbox=True) in ends_of(attempt)


@pytest.mark.parametrize("attempt", QUESTIONS)
def test_nor_does_the_porter_do_it(place, attempt):
    assert intrude_publisher(place, attempt, has_sandbox=True) == "refused"


def test_the_porter_does_what_is_configured(place):
    """So that the refusals above are no accident."""
    assert intrude_publisher(place, "ask-open {folder}/config.yaml", has_sandbox=True) == "done"
    assert intrude_publisher(place, "ask-dial {folder}/tor", has_sandbox=True) == "done"
    assert intrude_publisher(place, "ask-remove {folder}/status", has_sandbox=True) == "done"


@pytest.mark.parametrize("attempt", ATTEMPTS)
def test_the_signer_cannot(place, attempt):
    assert intrude_signer(place, attempt, has_sandbox=True) in ends_of(attempt)


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root, who may do all of it")
@pytest.mark.parametrize("attempt", ATTEMPTS)
def test_without_it_they_can(place, attempt):
    """The attempts are real ones."""
    assert intrude_publisher(place, attempt, has_sandbox=False) == "done"
    assert intrude_signer(place, attempt, has_sandbox=False) == "done"
