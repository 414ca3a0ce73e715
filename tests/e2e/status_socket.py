"""What the status socket tells of one frontend when everything has come in and gone out once:
the same of the Python program and of ours but for times and counts, to the octet.

What needs no network (guests, files in the way, signals) is in tests/diff.
"""

import json
import os
import re
import socket
from dataclasses import dataclass
from datetime import datetime, timezone

from descriptors import fetch_all
from testnet import wait_until

VARIABLE = "ONIONBALANCE_STATUS_SOCKET_LOCATION"
TIME = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d")
COUNT = re.compile(r'(?<="introPointsNum": )\d+')


@dataclass(frozen=True)
class Told:
    """A document, and the mode of the socket that told it."""

    text: str
    mode: int

    @property
    def form(self):
        """The document without what may differ."""
        return COUNT.sub("N", TIME.sub("T", self.text))

    @property
    def counts(self):
        """How many introduction points each instance has."""
        return {each["onionAddress"]: each["introPointsNum"]
                for each in json.loads(self.text)["services"][0]["instances"]}


def environment(directory):
    """That makes a program open its status socket in a folder."""
    return {VARIABLE: os.path.join(directory, "status")}


def ask(publisher):
    path = publisher.environment[VARIABLE]
    with socket.socket(socket.AF_UNIX) as stream:
        stream.connect(path)
        stream.settimeout(60)
        text = b"".join(iter(lambda: stream.recv(65536), b"")).decode()
    return Told(text, os.stat(path).st_mode)


def complete_form(network, frontend):
    """The form with every instance known and both descriptors published."""
    instances = ", ".join(
        '{"descriptorReceived": "T", "introPointsNum": N, "introSetModified": "T", '
        f'"onionAddress": "{each.address}"}}' for each in network.services("instance"))
    return (f'{{"services": [{{"instances": [{instances}], "onionAddress": "{frontend.address}", '
            '"publishAttemptFirstDescriptor": "T", "publishAttemptSecondDescriptor": "T"}]}')


def wait_complete(network, publisher, frontend, timeout=60):
    """What it tells as soon as it has that form; its times must be UTC and of this run."""
    wait_until(lambda: ask(publisher).form == complete_form(network, frontend), timeout,
               f"a complete document at {publisher.environment[VARIABLE]}", 0.5)
    told = ask(publisher)
    now = datetime.now(timezone.utc).timestamp()
    for text in TIME.findall(told.text):
        moment = datetime.strptime(text, "%Y-%m-%d %H:%M:%S").replace(tzinfo=timezone.utc)
        assert publisher.started - 1 <= moment.timestamp() <= now + 1, text
    for each in json.loads(told.text)["services"][0]["instances"]:
        assert each["introSetModified"] <= each["descriptorReceived"]
    return told


def assert_counts(network, publisher, directory):
    """Each count is the number of introduction points in the descriptor that the instance's
    HSDirs have, as stem reads it. An instance may publish another one meanwhile: once more then."""
    def right():
        return all(points in {len(copy.points) for copy in fetch_all(network, address, directory)[1]
                              if copy} for address, points in ask(publisher).counts.items())
    wait_until(right, 60, f"counts as in the descriptors, not {ask(publisher).counts}")


def assert_same(ours, theirs):
    assert ours.form == theirs.form
    assert ours.mode == theirs.mode
