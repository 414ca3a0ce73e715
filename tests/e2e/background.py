"""Long runs that are mostly waiting: they begin with the session, on networks of their own."""

import threading
import time

from testnet import TestnetError


class Background:
    """`work()` in a thread; what it raises is raised where the outcome is waited for."""

    def __init__(self, directory):
        self.directory = directory
        self._error = None
        self._cancelled = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def start(self):
        self._thread.start()
        return self

    def wait(self):
        """Wait for the end; raise what went wrong."""
        self._thread.join()
        if self._error:
            raise self._error
        return self

    def cancel(self):
        self._cancelled.set()
        self._thread.join()

    def work(self):
        raise NotImplementedError

    def sleep_until(self, when):
        """Until that moment in unix seconds, or until the run is cancelled, which ends it."""
        if self._cancelled.wait(max(0.0, when - time.time())):
            raise TestnetError("cancelled")

    def _run(self):
        try:
            self.work()
        except BaseException as error:  # told to the test that waits
            self._error = error
