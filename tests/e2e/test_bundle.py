"""Bundles: a frontend whose identity key is on no machine of the network."""

import os
import shutil
import subprocess
from datetime import datetime, timedelta, timezone

from ctl import Ctl
from robust import SANITIZER, run, running
from signer import PROGRAM

PERIOD_MINUTES = 24  # voting intervals, in minutes: / 60 s


def signer(*words):
    """onionbalance-signer to its end."""
    done = subprocess.run([PROGRAM, *map(str, words)], capture_output=True, text=True, timeout=120,
                          stdin=subprocess.DEVNULL, check=False)
    assert not SANITIZER.search(done.stderr), done.stderr
    return done


def output(*words):
    done = signer(*words)
    assert done.returncode == 0, done.stderr
    return done.stdout


class Vault:
    """The offline machine: a key, and bundles for one recipient."""

    def __init__(self, folder, key, recipient, minutes):
        folder.mkdir()
        self.folder, self.recipient, self.minutes = folder, recipient, minutes
        self.key = str(folder / "frontend.key")
        shutil.copy(key, self.key)
        os.chmod(self.key, 0o600)

    def make(self, begins, days, recipient=None, folder=None):
        """A bundle from so long after now on; returns its path."""
        date = (datetime.now(timezone.utc) + begins).strftime("%Y-%m-%dT%H:%M")
        said = output("bundle", "--to", recipient or self.recipient, "--from", date,
                      "--days", days, "--period-minutes", self.minutes, "--key", self.key,
                      "-o", folder or self.folder)
        assert " time periods, until " in said
        return said.split(": ")[0]


def write_config(network, path, frontend, folder):
    network.write_config(path, frontends=[frontend], head=f"admin-socket: {path.parent}/admin\n")
    text = path.read_text()
    path.write_text(text.replace(f"  key: {frontend.key_path('pem')}",
                                 f"  signer: bundle:{folder}\n  address: {frontend.address}"))


def assert_reachable(network, frontend):
    network.wait_answers(frontend.address, 2, patience=90)


def spoil(source, path):
    """A copy with a byte changed near its end."""
    content = bytearray(open(source, "rb").read())
    content[-5] ^= 1
    with open(path, "wb") as file:
        file.write(content)


def test_bundles(network, tmp_path):
    """The key is gone from the start. Bundles that are not for now, that end soon, that are no
    good, and the next ones come and are taken up; the publisher starts again in between."""
    frontend = network.frontends[0]
    minutes = PERIOD_MINUTES * network.options.voting_interval // 60
    folder = tmp_path / "bundles"
    folder.mkdir()
    recipient = output("recipient", folder).strip()
    vault = Vault(tmp_path / "offline", frontend.key_path("pem"), recipient, minutes)
    config = tmp_path / "config.yaml"
    write_config(network, config, frontend, folder)

    later = vault.make(timedelta(days=2), 3)
    soon = vault.make(timedelta(minutes=10, days=-1), 1)
    following = vault.make(timedelta(0), 3)
    os.mkdir(tmp_path / "other")
    foreign = vault.make(timedelta(0), 1, output("recipient", tmp_path / "other").strip(),
                         tmp_path / "other")
    os.remove(vault.key)

    output("install", "--into", folder, later)
    ctl = Ctl(tmp_path / "admin")
    with running(tmp_path, config, network.publisher) as publisher:
        publisher.wait_log("the signer refuses time period .*: no bundle has it: ", timeout=60)
        publisher.wait_log("its bundles have nothing for the time since", timeout=60)
        output("install", "--into", folder, soon)
        publisher.wait_confirmed(timeout=90)
        publisher.wait_log("its bundles last for .*; make and install the next one", timeout=60)
        assert_reachable(network, frontend)
        status = ctl.json("status")
        assert any("its bundles end in" in each for each in status["warnings"]), status
        assert status["services"][0]["bundlesUntil"]
    with running(tmp_path, config, network.publisher) as publisher:
        publisher.wait_confirmed(timeout=90)
        assert_reachable(network, frontend)
        refuse(publisher, folder, soon, foreign)
        mark = publisher.mark()
        output("install", "--into", folder, following)
        publisher.wait_log("the next bundle is there", since=mark, timeout=60)
        assert not any("bundles" in each for each in ctl.json("status")["warnings"])
        assert "keys from bundles until" in ctl.ask("status")
        assert_reachable(network, frontend)


def refuse(publisher, folder, good, foreign):
    """Neither install nor the publisher takes what is damaged, cut off, for others, or no bundle."""
    spoil(good, folder / "spoilt.bundle")
    (folder / "cut.bundle").write_bytes(open(good, "rb").read()[:-100])
    shutil.copy(foreign, folder / "foreign.bundle")
    (folder / "text.bundle").write_text("hello\n")
    said = {"spoilt": "is damaged", "cut": "is damaged", "foreign": "is sealed to another recipient",
            "text": "is not a bundle of onionbalance-signer"}
    for name, text in said.items():
        path = folder / f"{name}.bundle"
        publisher.wait_log(f"{path} {text}", timeout=60)
        done = signer("install", "--into", folder, path)
        assert done.returncode == 1 and f"{path} {text}" in done.stderr, done
        path.unlink()


def test_without_the_recipient_key(network, tmp_path):
    """It says what is missing, and how to make it."""
    folder = tmp_path / "bundles"
    folder.mkdir()
    (folder / "a.bundle").write_text("hello\n")
    config = tmp_path / "config.yaml"
    write_config(network, config, network.frontends[0], folder)
    done = run(["--check", "-i", "127.0.0.1", "-p", "1", "-c", str(config)], tmp_path)
    assert done.returncode == 1
    assert f"there is no {folder}/recipient.key" in done.stderr
    assert "serves 0 keys, but none of this address" in done.stderr
