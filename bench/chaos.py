"""Random disasters for a network with a publisher; always leaves two of its backends alone.

Every event goes to `log`, a Chronicle. A backend is busy from the moment something
happens to it until the publisher has it in both descriptors again.
"""

import json
import os
import random
import signal
import threading
import time

from failover import DISASTERS
from testnet import TestnetError, wait_until

SPARED = 2  # backends that nothing happens to, at least
# Seconds after the end of a disaster: an instance that is not back then is reported. A tor that was
# cut off takes its guards for dead and tries them again after ten minutes (entrynodes.c).
RETURN = 900
LOOK = 1.0  # seconds between two looks at the status


class Chronicle:
    """What happened and when; also a file with a line for each."""

    def __init__(self, path):
        self._file = open(path, "a", encoding="utf-8")
        self._lock = threading.Lock()
        self.events = []  # (unix seconds, text)
        self.counts = {}
        self.spans = {}  # name of a measured time -> list of seconds
        self.faults = []  # what must not happen

    def note(self, text, kind=None):
        now = time.time()
        with self._lock:
            self.events.append((now, text))
            if kind:
                self.counts[kind] = self.counts.get(kind, 0) + 1
            print(time.strftime("%H:%M:%S", time.localtime(now)), text, file=self._file, flush=True)

    def fault(self, text):
        self.faults.append(f"{time.strftime('%H:%M:%S')} {text}")
        self.note(f"FAULT: {text}", "fault")

    def measure(self, name, seconds):
        with self._lock:
            self.spans.setdefault(name, []).append(seconds)

    def between(self, begun, ended):
        return [f"{time.strftime('%H:%M:%S', time.localtime(when))} {text}"
                for when, text in list(self.events) if begun <= when <= ended]


class Chaos:
    """`run(until)` does one thing after the other; some of them end later, in threads."""

    def __init__(self, network, backends, publisher, ctl, config, log, seed):
        self.network = network
        self.backends = backends
        self.publisher = publisher
        self.ctl = ctl
        self.config = config
        self.log = log
        self.text = config.read_text()
        self.random = random.Random(seed)
        self.busy = {}  # backend -> what is going on with it
        self.may_restart = lambda: True  # the publisher, now
        self._lock = threading.Lock()
        self._threads = []
        self._end = threading.Event()
        self.deeds = [(6, self.disaster), (5, self.operator), (3, self.good_reload), (2, self.bad_reload),
                      (1, self.publish_now), (1, self.restart_tor), (1, self.restart_publisher)]

    def run(self, until):
        """Until that moment in monotonic seconds; then everything is healed."""
        while time.monotonic() < until:
            time.sleep(self.random.uniform(4, 16))
            [(_, deed)] = self.random.choices(self.deeds, [weight for weight, _ in self.deeds])
            self._try(deed)
        self._end.set()
        for thread in self._threads:
            thread.join()

    # Backends.

    def _take(self, what):
        """A backend that something may happen to, or None."""
        with self._lock:
            free = [each for each in self.backends if each not in self.busy]
            if len(free) <= SPARED:
                return None
            chosen = self.random.choice(free)
            self.busy[chosen] = what
            return chosen

    def _try(self, function, *arguments):
        """Whatever goes wrong is told in the summary, and the run goes on."""
        try:
            function(*arguments)
        except Exception as error:
            self.log.fault(f"{function.__name__}: {type(error).__name__}: {error}")

    def _later(self, function, *arguments):
        thread = threading.Thread(target=self._try, args=[function, *arguments], daemon=True)
        self._threads.append(thread)
        thread.start()

    def disaster(self):
        kind = self.random.choices(list(DISASTERS.values()), [3, 3, 1, 3])[0]
        if backend := self._take(kind.name):
            self._later(self._suffer, kind, backend, self.random.uniform(5, 120))

    def _suffer(self, kind, backend, seconds):
        """One disaster of one backend, from the strike to its return."""
        try:
            self.log.note(f"{backend}: {kind.what}", kind.name)
            kind.strike(self.network, backend)
            self._wait_out(backend, kind.name, seconds)
            self.log.note(f"{backend}: {kind.name} is over")
            self._heal(kind, backend)
            self._wait_back(backend, f"back after {kind.name}")
        finally:
            del self.busy[backend]

    def _heal(self, kind, backend):
        try:
            kind.heal(self.network, backend)
        except TestnetError as error:  # a busy machine: it comes later
            self.log.note(f"{backend}: {error}")

    def _wait_out(self, backend, kind, seconds):
        """Let the disaster last, and see when the publisher has drawn its conclusion."""
        begun, known = time.monotonic(), False
        while time.monotonic() - begun < seconds and not self._end.is_set():
            self._end.wait(LOOK)
            if not known and self._points(backend) == [0, 0]:
                known = True
                self.log.measure(f"out after {kind}", time.monotonic() - begun)
                self.log.note(f"{backend}: out of the plan {time.monotonic() - begun:.0f} s after {kind}")

    def _wait_back(self, backend, name):
        begun, told = time.monotonic(), False
        while not min(self._points(backend) or [0]) > 0:
            time.sleep(LOOK)
            if not told and time.monotonic() - begun > RETURN:
                told = True
                self.log.fault(f"{backend}: not in the plan {RETURN} s later: "
                               + self._asked("explain", backend).replace("\n", " | "))
        self.log.measure(name, time.monotonic() - begun)
        self.log.note(f"{backend}: {name}, {time.monotonic() - begun:.0f} s")

    def operator(self):
        """Somebody takes an instance out and in again."""
        words = self.random.choice([("drain",), ("disable",), ("maintenance",), ("weight", "0")])
        if backend := self._take(" ".join(words)):
            self._later(self._operate, backend, words, self.random.uniform(10, 90))

    def _operate(self, backend, words, seconds):
        undo = ("weight", backend, "default") if words[0] == "weight" else ("enable", backend)
        try:
            self.log.note(f"{backend}: {' '.join(words)}", words[0])
            self._command("instance", words[0], backend, *words[1:])
            self._wait_out(backend, words[0], seconds)
            self.log.note(f"{backend}: {' '.join(undo)}")
            self._command("instance", *undo)
            self._wait_back(backend, f"back after {words[0]}")
        finally:
            del self.busy[backend]

    # The publisher.

    def good_reload(self):
        """Other weights for one reload; the file stays a good one all the time."""
        weight = self.random.randint(20, 256)
        changed = self.text.replace("    name: backend1", f"    name: backend1\n    weight: {weight}", 1)
        self._reload(self.random.choice([self.text, changed]), "configuration read again", "good reload")

    def bad_reload(self):
        bad = self.random.choice(["services: [", "", "services: 7\n",
                                  self.text.replace("key: ", "key: /nowhere", 1),
                                  self.text.replace("- address: ", "- address: x", 1)])
        try:
            self._reload(bad, "new configuration is not used", "bad reload")
        finally:
            self._replace(self.text)

    def _reload(self, text, expected, kind):
        self._replace(text)
        self.log.note(kind, kind)
        mark = self.publisher.mark()
        self.publisher.signal(signal.SIGHUP)
        self.publisher.wait_log(expected, 30, mark)

    def _replace(self, text):
        new = str(self.config) + ".new"
        with open(new, "w", encoding="utf-8") as file:
            file.write(text)
        os.replace(new, self.config)

    def publish_now(self):
        self.log.note("publish now", "publish now")
        self._command("publish", "now")

    def restart_tor(self):
        """The publisher's own tor is killed and started again."""
        tor = self.network.publisher
        down = self.random.uniform(0, 20)
        self.log.note(f"the publisher's tor: SIGKILL, for {down:.0f} s", "publisher's tor killed")
        tor.kill()
        time.sleep(down)
        self.network.start_node(tor.name)
        self.log.note("the publisher's tor is there again")

    def restart_publisher(self):
        if not self.may_restart():
            return
        down = self.random.uniform(0, 20)
        number = self.random.choice([signal.SIGKILL, signal.SIGKILL, signal.SIGTERM])
        self.log.note(f"publisher: {number.name}, for {down:.0f} s", f"publisher {number.name}")
        self.publisher.signal(number)
        self.publisher.wait_end()
        time.sleep(down)
        self.publisher.start()
        wait_until(lambda: self._points(self.backends[0]) is not None, 30, "the publisher's admin socket", 0.2)
        self.log.note("publisher runs again")

    # The admin socket.

    def _command(self, *words):
        """Give it until the publisher is there to take it."""
        for _ in range(60):
            done = self.ctl.run(*words)
            if done.returncode == 0:
                return
            self.log.note(f"onionbalancectl {' '.join(words)}: {done.stderr.strip()}")
            time.sleep(2)
        self.log.fault(f"onionbalancectl {' '.join(words)}: never worked")

    def _asked(self, *words):
        done = self.ctl.run(*words)
        return done.stdout + done.stderr

    def _points(self, backend):
        """How many points of a backend are in both descriptors; None: nobody there to say."""
        try:
            instances = json.loads(self._asked("--json", "status"))["services"][0]["instances"]
        except (ValueError, KeyError, IndexError):
            return None
        return next((each["points"] for each in instances if each["name"] == backend), None)
