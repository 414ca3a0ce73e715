"""The program under test, as a process beside a tor of the private network."""

import os
import re
import signal
import subprocess
from dataclasses import dataclass
from datetime import datetime

from testnet import TestnetError, wait_until

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BUILD = os.path.join(ROOT, os.environ.get("ONIONBALANCE_BUILD", "build"))
PROGRAM = os.path.join(BUILD, "onionbalance")

LINE = re.compile(r"(?P<time>\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3}) \[(?P<level>[A-Z]+)\]: (?P<text>.*)")
PUBLISHING = re.compile(r"(?P<label>\S+): publishing for time period (?P<period>\d+) "
                        r"\((?P<reason>[^)]*)\): (?P<points>\d+) .*, (?P<hsdirs>\d+) HSDirs")
CONFIRMED = re.compile(r"(?P<label>\S+): time period (?P<period>\d+) confirmed by all (?P<hsdirs>\d+)")

DESCRIPTORS = 2  # of each service: one for each of two time periods


@dataclass(frozen=True)
class Entry:
    """One line of the log."""

    time: float  # unix seconds
    level: str
    text: str


@dataclass(frozen=True)
class Round:
    """One publication of one descriptor; `confirmed` is when its last HSDir had it, or None."""

    label: str
    period: int
    reason: str
    points: int
    hsdirs: int
    started: float  # unix seconds
    confirmed: float | None


class Publisher:
    """`onionbalance` with one configuration, on one tor.

    `tor` is a node with a control socket, or None (then `arguments` say where
    tor is). The log goes to DIRECTORY/onionbalance.log, over all starts. The
    same class runs the Python program: give its path as `program`.
    """

    def __init__(self, directory, config, tor, arguments=(), program=PROGRAM, environment=None):
        where = ["-s", tor.control_socket] if tor else []
        self.command = [program, "-c", str(config), *where, *arguments]
        self.directory = str(directory)
        self.log_path = os.path.join(self.directory, os.path.basename(program) + ".log")
        self.environment = {**os.environ, **(environment or {})}
        self.started = None  # unix seconds of the last start
        self.start_mark = 0
        self._process = None

    def __enter__(self):
        return self.start()

    def __exit__(self, *_):
        if self.is_running():
            self.kill()

    # Life.

    def start(self):
        assert not self.is_running()
        self.start_mark = self.mark()
        self.started = datetime.now().timestamp()
        with open(self.log_path, "ab") as log:
            self._process = subprocess.Popen(self.command, env=self.environment, cwd=self.directory,
                                             stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        return self

    @property
    def pid(self):
        return self._process.pid if self.is_running() else None

    def is_running(self):
        return self._process is not None and self._process.poll() is None

    def signal(self, number):
        self._process.send_signal(number)

    def wait_end(self, timeout=60):
        """The exit status; negative: the signal that ended it."""
        return self._process.wait(timeout)

    def stop(self, timeout=60):
        """SIGTERM; returns the exit status."""
        self.signal(signal.SIGTERM)
        return self.wait_end(timeout)

    def kill(self):
        """SIGKILL. What its signer does then is its own affair."""
        self.signal(signal.SIGKILL)
        return self.wait_end()

    # Its log.

    def mark(self):
        """A place in the log: give it as `since` to look at later lines only."""
        return os.path.getsize(self.log_path) if os.path.exists(self.log_path) else 0

    def log_text(self, since=0):
        with open(self.log_path, "rb") as log:
            log.seek(since)
            return log.read().decode("utf-8", "replace")

    def entries(self, since=0):
        """The log as a list of Entry."""
        return [Entry(datetime.strptime(match["time"], "%Y-%m-%d %H:%M:%S,%f").timestamp(),
                      match["level"], match["text"])
                for match in LINE.finditer(self.log_text(since))]

    def find(self, pattern, since=0):
        """The first Entry whose text has `pattern` (a regular expression), or None."""
        return next((entry for entry in self.entries(since) if re.search(pattern, entry.text)), None)

    def wait_log(self, pattern, timeout=20, since=None):
        """Wait for such a line (by default since the last start), and return its Entry."""
        return self._wait(lambda: self.find(pattern, self.start_mark if since is None else since),
                          timeout, f"line /{pattern}/ in {self.log_path}")

    def rounds(self, since=0):
        """Every publication in the log, oldest first, as a list of Round."""
        found = []
        for entry in self.entries(since):
            if match := PUBLISHING.match(entry.text):
                found.append(Round(match["label"], int(match["period"]), match["reason"],
                                   int(match["points"]), int(match["hsdirs"]), entry.time, None))
            elif match := CONFIRMED.match(entry.text):
                _confirm(found, match["label"], int(match["period"]), entry.time)
        return found

    def current_rounds(self, since=0):
        """The last Round of each service's two newest time periods."""
        last = {(each.label, each.period): each for each in self.rounds(since)}
        labels = {label for label, _ in last}
        periods = {label: sorted(period for other, period in last if other == label)[-DESCRIPTORS:]
                   for label in labels}
        return [each for (label, period), each in last.items() if period in periods[label]]

    def is_confirmed(self, services=1, since=0):
        """True if both descriptors of so many services are out at all their HSDirs."""
        rounds = self.current_rounds(since)
        return len(rounds) >= DESCRIPTORS * services and all(each.confirmed for each in rounds)

    def wait_confirmed(self, services=1, timeout=30, since=None):
        """Wait for that (by default since the last start); returns when it came true, in unix seconds."""
        since = self.start_mark if since is None else since
        self._wait(lambda: self.is_confirmed(services, since), timeout,
                   f"uploads confirmed by all in {self.log_path}")
        return max(each.confirmed for each in self.current_rounds(since))

    def _wait(self, condition, timeout, what):
        def check():
            found = condition()
            if not found and not self.is_running():
                raise TestnetError(f"the program has ended with {self._process.poll()}; {what}:\n"
                                   + self.log_text(self.start_mark)[-2000:])
            return found
        return wait_until(check, timeout, what, 0.05)


def _confirm(rounds, label, period, time):
    for place in reversed(range(len(rounds))):
        each = rounds[place]
        if (each.label, each.period) == (label, period):
            rounds[place] = Round(**{**vars(each), "confirmed": time})
            return
