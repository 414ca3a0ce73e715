"""The one error type of the package, and the one way to wait."""

import os
import time


class TestnetError(Exception):
    """Something about the private network failed; the text says what."""

    __test__ = False  # pytest: the name begins with "Test", but it is no test


def patient(timeout):
    """Seconds to wait for something that takes less than `timeout` on a quiet machine."""
    return timeout * float(os.environ.get("TESTNET_PATIENCE", "1"))


def wait_until(condition, timeout, what, interval=0.2):
    """Poll `condition()` until it gives a true value, and return that value.

    Raise TestnetError naming `what` after `timeout` seconds, times TESTNET_PATIENCE.
    """
    timeout = patient(timeout)
    deadline = time.monotonic() + timeout
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() >= deadline:
            raise TestnetError(f"timed out after {timeout:.0f} s: {what}")
        time.sleep(interval)
