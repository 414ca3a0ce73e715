"""The state file: one JSON document that several processes may change."""

import contextlib
import fcntl
import json
import os

NAME = "state.json"


class StateFile:
    """All that is known about a network, in DIRECTORY/state.json."""

    def __init__(self, directory):
        self.path = os.path.join(directory, NAME)
        self._lock_path = self.path + ".lock"

    def exists(self):
        return os.path.exists(self.path)

    def read(self):
        with open(self.path) as file:
            return json.load(file)

    @contextlib.contextmanager
    def edit(self):
        """Hold the lock, yield the document, and store it if the block ends well."""
        with open(self._lock_path, "w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            document = self.read() if self.exists() else {}
            yield document
            temporary = self.path + ".new"
            with open(temporary, "w") as file:
                json.dump(document, file, indent=1)
            os.replace(temporary, self.path)
