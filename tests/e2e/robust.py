"""What the test_robust_* files share: a publisher that must end well, and its processes."""

import os
import re
import shutil
import subprocess
from contextlib import contextmanager

from publisher import BUILD, LINE, PROGRAM, Publisher
from testnet import OnionKey, config_text, wait_until

SANITIZER = re.compile(r"AddressSanitizer|LeakSanitizer|runtime error:")

# For what must not be readable: root reads everything.
UNPRIVILEGED = (["setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups"]
                if os.geteuid() == 0 else [])


def run(arguments, directory, environment=None, prefix=(), timeout=60, program=PROGRAM):
    """Run the program to its end, without a terminal; the log goes to `stderr`."""
    plain = {name: value for name, value in os.environ.items()
             if not name.startswith("ONIONBALANCE_")}
    done = subprocess.run([*prefix, program, *arguments], cwd=directory, timeout=timeout, text=True,
                          capture_output=True, env={**plain, **(environment or {})},
                          stdin=subprocess.DEVNULL, start_new_session=True, check=False)
    assert not SANITIZER.search(done.stderr), done.stderr
    return done


def messages(text, levels=("ERROR", "CRITICAL")):
    """The texts of the log lines of these levels; every line must be one of the log."""
    lines = [LINE.fullmatch(line) for line in text.splitlines()]
    assert all(lines), text
    return [line["text"] for line in lines if line["level"] in levels]


def children(pid):
    """The pids of a process's children."""
    try:
        with open(f"/proc/{pid}/task/{pid}/children") as file:
            return [int(each) for each in file.read().split()]
    except (FileNotFoundError, ProcessLookupError):
        return []


def porter(pid):
    """The publisher's porter, through which it starts its signer; None without a sandbox."""
    for each in children(pid):
        try:
            with open(f"/proc/{each}/comm") as file:
                if file.read() == "porter\n":
                    return each
        except (FileNotFoundError, ProcessLookupError):
            pass  # it has just ended
    return None


def signers(pid):
    """The pids of the signers that a publisher has started, by itself or through its porter."""
    between = porter(pid)
    return [each for each in children(pid) if each != between] + (
        children(between) if between else [])


def is_alive(pid):
    try:
        with open(f"/proc/{pid}/stat") as file:
            return file.read().rpartition(")")[2].split()[0] not in "ZX"
    except (FileNotFoundError, ProcessLookupError):
        return False


def signer_of(publisher):
    """The pid of its signer; waits for it."""
    return wait_until(lambda: signers(publisher.pid), 60, "a signer", 0.02)[0]


def wait_gone(pids, timeout=60):
    wait_until(lambda: not any(is_alive(pid) for pid in pids), timeout, f"end of {pids}", 0.02)


def stop_cleanly(publisher):
    """End it by SIGTERM: status 0, no process left, no complaint of a sanitizer."""
    family = children(publisher.pid) + signers(publisher.pid)
    assert publisher.stop() == 0, publisher.log_text(publisher.start_mark)[-2000:]
    wait_gone(family, 20)
    assert not SANITIZER.search(publisher.log_text()), publisher.log_text()


@contextmanager
def running(directory, config, tor, prefix=(), **options):
    """A Publisher that must still be there at the end, and end as it should.

    `prefix` goes before its command (setpriv and its like, which become it).
    """
    publisher = Publisher(directory, config, tor, **options)
    publisher.command[:0] = prefix
    publisher.start()
    try:
        yield publisher
        assert publisher.is_running(), publisher.log_text(publisher.start_mark)[-2000:]
        stop_cleanly(publisher)
    finally:
        if publisher.is_running():
            publisher.kill()


def write_config(directory, addresses, head="", key="frontend.key"):
    """A new frontend key over instances of these addresses; returns the path of config.yaml."""
    if not os.path.exists(os.path.join(directory, key)):
        OnionKey.generate().write_pem(os.path.join(directory, key))
    path = os.path.join(directory, "config.yaml")
    with open(path, "w") as file:
        file.write(config_text([(key, [(f"node{number}", address)
                                       for number, address in enumerate(addresses, 1)])], head))
    return path


def copy_programs(directory):
    """Copies that everybody may run, wherever the build folder is; returns the program."""
    for name in ("onionbalance", "onionbalance-signer"):
        shutil.copy(os.path.join(BUILD, name), directory)
    return os.path.join(directory, "onionbalance")
