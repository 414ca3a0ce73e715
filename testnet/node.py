"""One process of the network: a tor, or a backend's web server."""

import os
import shutil
import signal

from . import consensus, firewall, torrc
from .control import Control
from .errors import TestnetError, wait_until
from .process import Process

DIRECTORY_DOCUMENTS = ("cached-certs", "cached-microdesc-consensus", "cached-microdescs.new")


class Node:
    """`record` is its part of the state file; the process is looked up there each time."""

    def __init__(self, record, state):
        self.record = record
        self.name = record["name"]
        self.role = record["role"]
        self.directory = record["directory"]
        self._state = state

    @property
    def log_path(self):
        return os.path.join(self.directory, "tor.log")

    @property
    def data_directory(self):
        """tor's DataDirectory (the control cookie is `control_auth_cookie` in it)."""
        return torrc.data_directory(self.record)

    @property
    def process(self):
        return Process.from_json(self._state.read().get("processes", {}).get(self.name))

    @property
    def pid(self):
        process = self.process
        return process.pid if process and process.is_alive() else None

    def status(self):
        """'running', 'frozen' or 'stopped'."""
        process = self.process
        return process.state() if process else "stopped"

    def start(self):
        with self._state.edit() as document:
            processes = document.setdefault("processes", {})
            old = Process.from_json(processes.get(self.name))
            if old and old.is_alive():
                raise TestnetError(f"{self.name} is running already")
            process = Process.spawn(self.record["command"], self.directory,
                                    os.path.join(self.directory, "output"),
                                    self.record.get("group"))
            processes[self.name] = process.to_json()
        return self

    def stop(self, timeout=15):
        """SIGTERM, and wait for the end."""
        process = self._signal(signal.SIGTERM)
        process.send(signal.SIGCONT)  # a frozen process gets nothing else
        wait_until(lambda: not process.is_alive(), timeout, f"end of {self.name}", 0.02)

    def kill(self):
        """SIGKILL, and wait for the end."""
        process = self._signal(signal.SIGKILL)
        wait_until(lambda: not process.is_alive(), 10, f"end of {self.name}", 0.02)

    def freeze(self):
        process = self._signal(signal.SIGSTOP)
        wait_until(lambda: process.state() == "frozen", 10, f"freeze of {self.name}", 0.02)

    def thaw(self):
        self._signal(signal.SIGCONT)

    def cut(self):
        """Cut a backend off: its connections stay, and nothing gets through (needs root and nft)."""
        with self._state.edit() as document:
            firewall.cut(self.record["group"])
            document.setdefault("cut", []).append(self.record["group"])

    def mend(self):
        """The end of that; nothing if it was not cut off."""
        with self._state.edit() as document:
            if self.record["group"] in document.get("cut", []):
                document["cut"].remove(self.record["group"])
                firewall.mend(self.record["group"])

    def _signal(self, number):
        process = self.process
        if not process or not process.send(number):
            raise TestnetError(f"{self.name} is not running")
        return process

    # For tors only.

    @property
    def control_socket(self):
        return torrc.control_socket(self.record)

    @property
    def control_port(self):
        """TCP control port (publishers have one)."""
        return self.record["ports"].get("control")

    @property
    def socks_port(self):
        return self.record["ports"].get("socks")

    def control(self, timeout=20):
        """A control connection; waits for a tor that has just been started."""
        return wait_until(self._try_control, timeout, f"control port of {self.name}", 0.05)

    def _try_control(self):
        if self.status() == "stopped":
            raise TestnetError(f"{self.name} is not running; see {self.log_path}")
        try:
            return Control(self.control_socket, self.record.get("password"))
        except (OSError, TestnetError):
            return None

    def command(self, line, data=None):
        with self.control() as control:
            return control.command(line, data)

    def getinfo(self, key):
        with self.control() as control:
            return control.getinfo(key)

    def consensus(self):
        """The consensus this node has, or None."""
        with self.control() as control:
            return consensus.fetch(control)

    def wait_consensus(self, condition, timeout, what="consensus"):
        """Wait until this node's consensus meets `condition(consensus)`, and return it."""
        def check():
            found = consensus.fetch(control)
            return found if found and condition(found) else None
        with self.control() as control:
            return wait_until(check, timeout, f"{self.name}: {what}")

    def copy_directory_documents(self, source):
        """Before the first start: begin with the consensus and microdescriptors of `source`.

        In a network that is just coming up the relays have none to give yet,
        and a tor asks again after 10 s only.
        """
        if self.role == "web" or os.path.exists(self.data_directory):
            return
        os.mkdir(self.data_directory, 0o700)
        for name in DIRECTORY_DOCUMENTS:
            shutil.copy(os.path.join(source.data_directory, name), self.data_directory)

    def wait_bootstrapped(self, timeout=90):
        with self.control(timeout) as control:
            wait_until(lambda: "PROGRESS=100 " in control.getinfo("status/bootstrap-phase"),
                       timeout, f"bootstrap of {self.name}; see {self.log_path}", 0.1)
