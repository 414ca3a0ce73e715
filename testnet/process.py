"""Processes known by pid *and* start time, so that a recycled pid is never signalled."""

import os
import signal
import subprocess
from dataclasses import asdict, dataclass

_children = {}


@dataclass(frozen=True)
class Process:
    """One process of one boot of this machine."""

    pid: int
    start_time: int  # clock ticks since boot: field 22 of /proc/PID/stat
    boot: str

    @classmethod
    def spawn(cls, command, directory, log_path, group=None):
        """Start `command` in a session of its own with its output appended to `log_path`.

        As root, `group` becomes its group id.
        """
        group = group if os.geteuid() == 0 else None
        with open(log_path, "ab") as log:
            child = subprocess.Popen(command, cwd=directory, stdin=subprocess.DEVNULL,
                                     stdout=log, stderr=log, start_new_session=True, group=group)
        _children[child.pid] = child
        return cls(child.pid, _stat(child.pid)[1], boot_id())

    @classmethod
    def from_json(cls, record):
        return cls(**record) if record else None

    def to_json(self):
        return asdict(self)

    def state(self):
        """'running', 'frozen' or 'stopped'."""
        child = _children.get(self.pid)
        if child is not None and child.poll() is not None:
            del _children[self.pid]
        letter, start_time = _stat(self.pid)
        if start_time != self.start_time or boot_id() != self.boot or letter in "ZX":
            return "stopped"
        return "frozen" if letter in "Tt" else "running"

    def is_alive(self):
        return self.state() != "stopped"

    def send(self, number):
        """Send a signal; False if this very process is gone."""
        try:
            handle = os.pidfd_open(self.pid)
        except ProcessLookupError:
            return False
        try:
            # The handle holds on to one process: looked at after it was opened,
            # the start time proves that it is ours.
            if not self.is_alive():
                return False
            signal.pidfd_send_signal(handle, number)
            return True
        except ProcessLookupError:
            return False
        finally:
            os.close(handle)


def boot_id():
    with open("/proc/sys/kernel/random/boot_id") as file:
        return file.read().strip()


def _stat(pid):
    """(state letter, start time) of a pid; ('X', -1) if there is none."""
    try:
        with open(f"/proc/{pid}/stat") as file:
            # The command name in parentheses may hold blanks and parentheses.
            fields = file.read().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return "X", -1
    return fields[0], int(fields[19])
