"""Fixtures of the end-to-end tests: real tors on loopback.

Needs Debian's tor and python3-pytest: /usr/bin/python3 -m pytest tests/e2e
With TESTNET_DIR set to the directory of a network that `testnet up` started,
the tests use that one and leave it running.
"""

import os
import sys

import pytest

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))))

import failover  # noqa: E402
import rotation  # noqa: E402
from testnet import Network  # noqa: E402

# Waits are meant for a quiet machine; here three networks share it.
os.environ.setdefault("TESTNET_PATIENCE", "3")

# The third frontend is for test_takeover.py alone: the Python program cannot
# replace what has a higher revision counter.
SESSION_NETWORK = {"relays": 12, "backends": 4, "clients": 6, "frontends": 3, "plain": True,
                   "voting_interval": 20}


def report_with(capmanager):
    def report(text):
        with capmanager.global_and_fixture_disabled():
            print(f"\ntestnet: {text}", end="", flush=True)
    return report


@pytest.fixture(scope="session")
def network(request, tmp_path_factory):
    """A network for the whole session."""
    existing = os.environ.get("TESTNET_DIR")
    if existing:
        yield Network.load(existing)
        return
    report = report_with(request.config.pluginmanager.getplugin("capturemanager"))
    directory = tmp_path_factory.mktemp("net")
    with Network(directory, report=report, **SESSION_NETWORK) as made:
        yield made


# Runs that begin with the session, if a test of that file is in it.
BACKGROUND = {"test_rotation.py": rotation.Run, "test_failover.py": failover.Run}


def pytest_collection_modifyitems(items):
    """What waits for a background run comes last."""
    items.sort(key=lambda item: item.path.name in BACKGROUND)


@pytest.fixture(scope="session", autouse=True)
def background(request, tmp_path_factory):
    """{name of the test file: its run}"""
    names = {item.path.name for item in request.session.items}
    runs = {name: make(tmp_path_factory.mktemp(name.removesuffix(".py"))).start()
            for name, make in BACKGROUND.items() if name in names}
    yield runs
    for run in runs.values():
        run.cancel()


@pytest.fixture(autouse=True)
def mended_network(request):
    """After each test: what it stopped or froze and left so runs again."""
    yield
    if "network" not in request.fixturenames:
        return
    made = request.getfixturevalue("network")
    for name, node in made.nodes().items():
        if node.status() == "frozen":
            node.thaw()
        elif node.status() == "stopped":
            made.start_node(name)
    for backend in made.nodes("backend"):
        made.set_http_status(backend)
        made.node(backend).mend()
