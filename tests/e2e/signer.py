"""A signer of its own: `onionbalance-signer --listen`, as a process beside the publishers."""

import os
import signal
import socket
import subprocess

from publisher import BUILD
from testnet import wait_until

PROGRAM = os.path.join(BUILD, "onionbalance-signer")


class Signer:
    """Serves `keys` at DIRECTORY/signer; the log is DIRECTORY/signer.log.

    `prefix` goes before its command (setpriv and its like, which become it).
    """

    def __init__(self, directory, keys, arguments=(), program=PROGRAM, prefix=()):
        self.path = os.path.join(str(directory), "signer")
        self.source = f"unix:{self.path}"
        self.log_path = os.path.join(str(directory), "signer.log")
        self.list_path = os.path.join(str(directory), "keys")
        self.write_keys(keys)
        self.command = [*prefix, program, "--listen", self.source, "--key-list", self.list_path, *arguments]
        self._process = None

    def __enter__(self):
        return self.start()

    def __exit__(self, *_):
        if self._process.poll() is None:
            self.signal(signal.SIGCONT)
            self.stop()

    def write_keys(self, keys):
        with open(self.list_path, "w") as file:
            file.writelines(f"{key}\n" for key in keys)

    def start(self):
        with open(self.log_path, "ab") as log:
            mark = log.tell()
            self._process = subprocess.Popen(self.command, stdin=subprocess.DEVNULL, stderr=log)
        wait_until(lambda: "serving" in self.log()[mark:], 60, "a signer", 0.02)
        return self

    @property
    def pid(self):
        return self._process.pid

    def signal(self, number):
        self._process.send_signal(number)

    def kill(self):
        self.signal(signal.SIGKILL)
        self._process.wait(60)

    def stop(self):
        """SIGTERM; returns the exit status."""
        self.signal(signal.SIGTERM)
        return self._process.wait(60)

    def log(self):
        with open(self.log_path) as file:
            return file.read()

    def connect(self):
        stream = socket.socket(socket.AF_UNIX)
        stream.settimeout(60)
        stream.connect(self.path)
        return stream
