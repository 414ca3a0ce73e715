"""Runs a balancer, ours or the Python program, on one input in a folder of its
own, and says what it did: whether it serves, what, and where its messages went.

The tor is a double that lets everybody in and has a consensus of long ago, so
that neither program gets further than to tell what it is going to serve. That
is read from the status socket, which both have.
"""

import json
import os
import re
import shutil
import signal
import socket
import socketserver
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass, field

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "e2e"))

from fake_tor import CONSENSUS, HONEST, Gone, Peer  # noqa: E402

LINE = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3} \[(?P<level>[A-Z]+)\]: (?P<text>.*)")
PATIENCE = 30  # seconds for a verdict, on a slow machine
GUEST_PATIENCE = 10  # and for a visit to tor, which some never make

OLD_CONSENSUS = """250+dir/status-vote/current/consensus-microdesc=\r
network-status-version 3 microdesc\r
vote-status consensus\r
consensus-method 33\r
valid-after 2020-01-01 00:00:00\r
fresh-until 2020-01-01 01:00:00\r
valid-until 2020-01-01 03:00:00\r
voting-delay 300 300\r
known-flags Fast HSDir Running Valid\r
directory-footer\r
bandwidth-weights Wbd=0\r
.\r
250 OK\r
"""
ANSWERS = {
    **HONEST,
    CONSENSUS: OLD_CONSENSUS,
    "GETINFO version": "250-version=0.4.9.11\r\n250 OK\r\n",
    "GETINFO md/all": "250-md/all=\r\n250 OK\r\n",
    "GETCONF __OwningControllerProcess": "250 __OwningControllerProcess\r\n",
    "GETINFO": "552 Unrecognized key\r\n",
}


class _Handler(socketserver.BaseRequestHandler):
    def handle(self):
        self.server.guests += 1
        peer = Peer(self.request)
        try:
            while True:
                command = peer.answer(self.server.answers)
                peer.send(f'510 Unrecognized command "{command.split(" ")[0]}"\r\n')
        except Gone:
            pass


class _Unix(socketserver.ThreadingUnixStreamServer):
    daemon_threads = True


class _Tcp(socketserver.ThreadingTCPServer):
    daemon_threads = True


class Control:
    """A control port at the path `where`, or on 127.0.0.1 if that is None; `guests` counts
    who has come."""

    def __init__(self, where, answers):
        self._server = _Unix(where, _Handler) if where else _Tcp(("127.0.0.1", 0), _Handler)
        self._server.guests, self._server.answers = 0, answers
        self._thread = threading.Thread(target=self._server.serve_forever, args=[0.01], daemon=True)
        self._thread.start()

    @property
    def port(self):
        return self._server.server_address[1]

    @property
    def guests(self):
        return self._server.guests

    def close(self):
        self._server.shutdown()
        self._server.server_close()


@dataclass
class Case:
    """One input. In `arguments` and `environment` PORT stands for the control port on TCP,
    HERE for the folder; `files` are made in it (content, or content and mode; None: a folder)."""

    config: object = None  # content of config.yaml; None: there is none
    arguments: list = field(default_factory=lambda: ["-s", "control"])
    environment: dict = field(default_factory=dict)
    files: dict = field(default_factory=dict)
    links: dict = field(default_factory=dict)
    answers: dict = field(default_factory=dict)  # of the control port, before the usual ones
    has_status: bool = True  # tell it where to have the status socket
    until: str = None  # it serves when this is in its log (a regular expression), not the socket
    umask: int = 0o022
    unprivileged: bool = False  # run as nobody, if this is root


@dataclass
class Outcome:
    """What a program did with a Case."""

    code: int = None  # of a refusal, or of the signal if it serves
    out: str = ""
    err: str = ""
    is_serving: bool = False
    status: str = None  # what the status socket told, if it serves and was asked
    mode: int = None  # of the status socket
    left: bool = None  # whether the status socket is still there at the end
    guests: set = field(default_factory=set)  # how it came to tor: "unix", "tcp"

    @property
    def serves(self):
        """[(frontend, [instance, ...]), ...] without ".onion", or None."""
        if self.status is None:
            return None
        return [(each["onionAddress"].removesuffix(".onion"),
                 [one["onionAddress"].removesuffix(".onion") for one in each["instances"]])
                for each in json.loads(self.status)["services"]]

    @property
    def is_traceback(self):
        return "Traceback (most recent call last)" in self.err

    def levels(self):
        """The levels of its log lines on stderr."""
        return {match["level"] for match in map(LINE.fullmatch, self.err.splitlines()) if match}

    def messages(self, *levels):
        return [match["text"] for match in map(LINE.fullmatch, self.err.splitlines())
                if match and (not levels or match["level"] in levels)]


def _as_bytes(content):
    return content if isinstance(content, bytes) else content.encode()


def _fill(folder, case):
    files = dict(case.files)
    if case.config is not None:
        files["config.yaml"] = case.config
    for name, content in files.items():
        content, mode = content if isinstance(content, tuple) else (content, 0o600)
        path = os.path.join(folder, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        if content is None:
            os.mkdir(path)
        else:
            with open(path, "wb") as file:
                file.write(_as_bytes(content))
        os.chmod(path, mode)
    for name, target in case.links.items():
        os.symlink(target, os.path.join(folder, name))


def ask(path):
    """What the status socket tells, or None if there is none (yet)."""
    with socket.socket(socket.AF_UNIX) as stream:
        try:
            stream.connect(path)
        except OSError:
            return None
        stream.settimeout(PATIENCE)
        parts = iter(lambda: stream.recv(65536), b"")
        return b"".join(parts).decode()


def _look(path, log, case, outcome):
    if case.until:
        with open(log, encoding="utf-8", errors="replace") as file:
            return re.search(case.until, file.read()) is not None
    outcome.status = ask(path)
    if outcome.status is not None:
        outcome.mode = os.stat(path).st_mode & 0o7777
    return outcome.status is not None


def _wait_verdict(process, folder, case, outcome):
    end = time.monotonic() + PATIENCE
    while process.poll() is None and time.monotonic() < end and not outcome.is_serving:
        outcome.is_serving = _look(os.path.join(folder, "status"), os.path.join(folder, "err"),
                                   case, outcome)
        time.sleep(0 if outcome.is_serving else 0.02)


def _is_python(program):
    with open(program, "rb") as file:
        return b"python" in file.readline()


def _command(program, case, folder):
    """The program, or for nobody a copy that nobody can run."""
    if not (case.unprivileged and os.geteuid() == 0):
        return [program]
    place = os.path.dirname(program)
    if not program.startswith("/usr/"):
        place = os.path.join(folder, "programs")
        os.mkdir(place)
        for name in "onionbalance", "onionbalance-signer":
            shutil.copy(os.path.join(os.path.dirname(program), name), place)
    return ["setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups",
            os.path.join(place, os.path.basename(program))]


class Program:
    """One run, as a context: `start` returns when the verdict is there, the end ends it."""

    def __init__(self, program, case):
        self.program, self.case = program, case
        self.folder = tempfile.mkdtemp(prefix="ob-diff-")
        os.chmod(self.folder, 0o777 if case.unprivileged else 0o755)
        self.status_path = self.path("status")
        self.outcome = Outcome()
        self.process = None
        answers = {key: value.replace("HERE", self.folder)
                   for key, value in {**case.answers, **ANSWERS, **case.answers}.items()}
        self._controls = {"unix": Control(self.path("control"), answers),
                          "tcp": Control(None, answers)}
        os.chmod(self.path("control"), 0o666)
        _fill(self.folder, case)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        try:
            if self.process:
                self.end()
        finally:
            for each in self._controls.values():
                each.close()
            shutil.rmtree(self.folder)

    def path(self, name):
        return os.path.join(self.folder, name)

    def read(self, name):
        with open(self.path(name), encoding="utf-8", errors="replace") as file:
            return file.read().replace(self.folder, "HERE")

    def start(self):
        with open(self.path("out"), "wb") as out, open(self.path("err"), "wb") as err:
            self.process = subprocess.Popen(
                [*_command(self.program, self.case, self.folder),
                 *map(self._place, self.case.arguments)], cwd=self.folder, env=self._environment(),
                stdin=subprocess.DEVNULL, stdout=out, stderr=err, umask=self.case.umask,
                start_new_session=True)
        _wait_verdict(self.process, self.folder, self.case, self.outcome)
        self._wait_guest()
        return self

    def _wait_guest(self):
        """One that serves may have its status socket before it has come to tor."""
        end = time.monotonic() + GUEST_PATIENCE
        while (self.outcome.is_serving and not self._guests() and self.process.poll() is None
               and time.monotonic() < end):
            time.sleep(0.02)

    def _guests(self):
        return {name for name, each in self._controls.items() if each.guests}

    def _place(self, text):
        return text.replace("PORT", str(self._controls["tcp"].port)).replace("HERE", self.folder)

    def _environment(self):
        plain = {name: value for name, value in os.environ.items()
                 if not name.startswith("ONIONBALANCE_")}
        if self.case.has_status:
            plain["ONIONBALANCE_STATUS_SOCKET_LOCATION"] = self.status_path
        return {**plain, **{name: self._place(value)
                            for name, value in self.case.environment.items()}}

    def end(self, number=None):
        """The Python program is not sent what it could stumble over: a signal in the middle of
        a command to tor hangs it."""
        if self.process.poll() is None:
            is_python = _is_python(self.program)
            if is_python and number is not None:
                time.sleep(0.3)
            self.process.send_signal(number or (signal.SIGKILL if is_python else signal.SIGTERM))
        self.outcome.code = self._wait_end()
        self.outcome.left = os.path.lexists(self.status_path)
        self.outcome.guests = self._guests()
        self.outcome.out, self.outcome.err = self.read("out"), self.read("err")
        return self.outcome

    def _wait_end(self):
        try:
            return self.process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self.process.kill()
            return self.process.wait()


def run(program, case):
    """Give the program the case; returns its Outcome."""
    with Program(program, case) as made:
        made.start()
        return made.end()
