"""What test_reload.py does to a configuration, and how it hears of the outcome."""

import os
import select
import socket

from testnet import TestnetError, config_text


class NotifySocket:
    """Stands for the service manager: what sd_notify(3) sends arrives here."""

    def __init__(self, directory):
        self.path = os.path.join(str(directory), "notify")
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind(self.path)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._socket.close()

    def _next(self, publisher, timeout=30):
        """The lines of the next message that tells of a state."""
        while select.select([self._socket], [], [], timeout)[0]:
            lines = self._socket.recv(4096).decode().split("\n")
            if not lines[0].startswith("STATUS="):
                return lines
        raise TestnetError(f"no message to the service manager in {timeout} s:\n"
                           + publisher.log_text()[-2000:])

    def wait_ready(self, publisher):
        assert self._next(publisher)[0] == "READY=1"

    def wait_reloaded(self, publisher):
        """RELOADING=1 with its time, and then READY=1: whatever became of it."""
        begun = self._next(publisher)
        assert begun[0] == "RELOADING=1" and begun[1].startswith("MONOTONIC_USEC="), begun
        self.wait_ready(publisher)


class Changes:
    """A config.yaml; each of `all` writes another one.

    Afterwards `name` says which it was, `error` what the log must say (None: it
    must be used), `size` how big it is, `labels` which services are in force.
    """

    def __init__(self, network, directory):
        self._keys = [frontend.key_path() for frontend in network.frontends[:2]]
        self._backends = list(network.nodes("backend"))
        self._addresses = {service.backend: service.address
                           for service in network.services("instance")}
        self._directory = str(directory)
        self.config = os.path.join(self._directory, "config.yaml")
        self._make_bad_keys()
        self.labels = set()
        self.name, self.error, self.size = "", None, ""
        self.all = [self.everything, self.two_backends, self.other_backends, self.renamed,
                    self.one_service, self.malformed, self.empty, self.unreadable,
                    self.no_key, self.garbage_key, self.unreadable_key]
        self.one_service()

    def _path(self, name):
        return os.path.join(self._directory, name)

    def _make_bad_keys(self):
        with open(self._path("garbage.key"), "wb") as file:
            file.write(bytes(range(256)))
        os.chmod(self._path("garbage.key"), 0o600)
        with open(self._path("closed.key"), "wb") as file:
            file.write(b"whatever")
        os.chmod(self._path("closed.key"), 0)

    def _write(self, text, name, error=None):
        if os.path.exists(self.config):
            os.unlink(self.config)
        with open(self.config, "w") as file:
            file.write(text)
        self.name, self.error = name, error

    def _good(self, name, keys, backends, prefix="node"):
        entries = [(key, [(f"{prefix}{number}", self._addresses[backend])
                          for number, backend in enumerate(backends, 1)]) for key in keys]
        self._write(config_text(entries), name)
        self.labels = {f"services[{number}]" for number in range(len(keys))}
        total = len(backends)
        self.size = f"{len(keys)} service{'s' * (len(keys) > 1)}, {total} instances"

    # Good ones.

    def everything(self):
        self._good("everything", self._keys, self._backends)

    def one_service(self):
        self._good("one service", self._keys[:1], self._backends)

    def two_backends(self):
        self._good("two backends", self._keys, self._backends[:2])

    def other_backends(self):
        self._good("other backends", self._keys[:1], self._backends[1:])

    def renamed(self):
        self._good("renamed", self._keys, self._backends, "other")

    # Bad ones: what was in force stays so.

    def malformed(self):
        self._write("services: [", "malformed", "malformed YAML")

    def empty(self):
        self._write("", "empty", "the file is empty")

    def unreadable(self):
        self._write("services: []", "unreadable", "cannot be read: Permission denied")
        os.chmod(self.config, 0)

    def _bad_key(self, name, error):
        self._write(config_text([(key, [("node1", self._addresses[self._backends[0]])])
                                 for key in (self._keys[0], self._path(name))]), name, error)

    def no_key(self):
        self._bad_key("absent.key", r"cannot read \S*absent\.key: No such file or directory")

    def garbage_key(self):
        self._bad_key("garbage.key", r"garbage\.key is neither a PEM file")

    def unreadable_key(self):
        self._bad_key("closed.key", r"closed\.key: Permission denied")
