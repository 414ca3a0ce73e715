"""A private Tor network on loopback."""

import os
import shutil
import signal
import tempfile
import time
from contextlib import ExitStack
from dataclasses import asdict, dataclass

from . import burst, firewall, frontend
from .client import Client
from .errors import TestnetError, wait_until
from .frontend import Frontend
from .http_backend import STATUS_FILE
from .hs_events import UploadWatch
from .layout import Layout, path_is_too_long
from .node import Node
from .options import Options
from .ports import PortAllocator
from .process import Process
from .schedule import Schedule
from .state import StateFile

SERVERS = ("authority", "relay")
START_PHASE = -2  # seconds before a multiple of the first voting interval

NODE_CLASSES = {"client": Client, "publisher": Client}


@dataclass(frozen=True)
class Service:
    """An onion service of a backend; kind 'instance' or 'plain'."""

    name: str  # what its web server answers
    kind: str
    backend: str
    address: str
    directory: str
    port: int


class Network:
    """Use as a context manager, or call up() and down().

    `Network(directory=None, **options)` plans a network, see Options;
    `Network.load(directory)` takes up one that is there. Without a directory
    a temporary one is used, and removed when all went well.
    """

    def __init__(self, directory=None, report=None, **options):
        self.options = Options(**options)
        self._temporary = directory is None
        self.directory = os.path.abspath(directory or tempfile.mkdtemp(prefix="testnet-"))
        if path_is_too_long(self.directory):
            raise TestnetError(f"too long for unix sockets in it: {self.directory}")
        self._report = report or (lambda text: None)
        self._state = StateFile(self.directory)
        self._ports = PortAllocator()

    @classmethod
    def load(cls, directory):
        state = StateFile(directory)
        if not state.exists():
            raise TestnetError(f"no network in {directory}")
        document = state.read()
        network = cls(directory, **document["options"])
        network._ports = PortAllocator(_ports_in(document))
        return network

    def __enter__(self):
        self.up(owned=True)
        return self

    def __exit__(self, kind, *_):
        try:
            self.down()
        except KeyboardInterrupt:
            self.down()
            raise
        if self._temporary and kind is None:
            shutil.rmtree(self.directory)

    # Life.

    def up(self, owned=False):
        """Make everything, start it, and wait until each service is published.

        An owned network ends by itself soon after this process has ended, no matter how.
        """
        begun = time.monotonic()
        try:
            self._create(os.getpid() if owned else 0)
            self._start_all(lambda text: self._report(f"{time.monotonic() - begun:5.1f} s  {text}"))
        except BaseException:
            self.down()
            raise

    def down(self):
        """End every process (SIGKILL, by recorded pid); the files stay."""
        if not self._state.exists():
            return
        with self._state.edit() as document:
            processes = [Process.from_json(each)
                         for each in document.get("processes", {}).values()]
            for process in processes:
                process.send(signal.SIGKILL)
            wait_until(lambda: not any(process.is_alive() for process in processes),
                       20, "end of all processes", 0.02)
            document["processes"] = {}
            for group in document.pop("cut", []):
                firewall.mend(group)

    def _create(self, owner):
        os.makedirs(self.directory, mode=0o700, exist_ok=True)
        if self._state.exists():
            raise TestnetError(f"there is a network in {self.directory} already")
        open(os.path.join(self.directory, "empty"), "w").close()
        with self._state.edit() as document:
            document.update(directory=self.directory, owner=owner,
                            options=asdict(self.options), processes={}, frontends=[])
            layout = Layout(document, self.options, self._ports)
            for _ in range(self.options.frontends):
                layout.add_frontend()
            for role in ("authority", "relay", "publisher", "backend", "client"):
                layout.add(role, self._wanted(role))

    def _wanted(self, role):
        plural = "authorities" if role == "authority" else role + "s"
        return getattr(self.options, plural)

    def _start_all(self, report):
        nodes = list(self.nodes().values())
        servers = [node for node in nodes if node.role in SERVERS]
        report(f"keys and configuration of {len(nodes)} nodes made")
        self._wait_for_first_vote_to_fail()
        for node in servers:
            node.start()
        self._wait_relays(len(servers))
        report(f"consensus with {len(servers)} HSDirs")
        self._start([node for node in nodes if node not in servers], report)

    def _wait_for_first_vote_to_fail(self):
        """Wait for the moment from which a full consensus comes soonest.

        Authorities vote at multiples of the first interval. A first vote that
        succeeds before the relays have uploaded their descriptors costs a whole
        voting interval; one that is begun too late to succeed costs nothing.
        """
        interval = self.options.first_interval
        time.sleep((START_PHASE - time.time()) % interval)

    def _wait_relays(self, count):
        self.node("authority1").wait_consensus(
            lambda consensus: len(consensus.hsdirs) >= count, 90, f"{count} HSDirs")

    def _start(self, nodes, report):
        """Start nodes of a network that is up, and wait until they are ready."""
        authority = self.node("authority1")
        for node in nodes:
            node.copy_directory_documents(authority)
            node.start()
        with ExitStack() as stack:
            watches = [stack.enter_context(UploadWatch(node))
                       for node in nodes if node.role == "backend"]
            tors = [node for node in nodes if node.role != "web"]
            for node in tors:
                node.wait_bootstrapped()
            report(f"{len(tors)} tors bootstrapped")
            for watch in watches:
                watch.wait_published(self._addresses(watch.node.name), 90)
            if watches:
                report("all services published")

    def _addresses(self, backend):
        return [service.address for service in self.services(backend=backend)]

    def add(self, role, count=1):
        """Add and start clients, backends, publishers or relays; return those nodes.

        Relays take a voting interval or two to be in the consensus: not waited for.
        """
        with self._state.edit() as document:
            names = Layout(document, self.options, self._ports).add(role, count)
        nodes = [self.node(name) for name in names]
        self._start(nodes, self._report)
        return [node for node in nodes if node.role == role]

    def start_node(self, name):
        """Start a node that was stopped, and wait until it is of use again.

        A tor has bootstrapped then, and the services of a backend are published.
        """
        self._start([self.node(name)], lambda text: None)

    # What is in it.

    def nodes(self, role=None):
        """{name: Node}, in the order they were made."""
        records = self._state.read()["nodes"].values()
        return {record["name"]: NODE_CLASSES.get(record["role"], Node)(record, self._state)
                for record in records if role in (None, record["role"])}

    def node(self, name):
        try:
            return self.nodes()[name]
        except KeyError:
            raise TestnetError(f"no node {name}") from None

    @property
    def clients(self):
        return list(self.nodes("client").values())

    @property
    def publisher(self):
        return self.node("publisher1")

    def web(self, backend):
        """The web server behind a backend's services."""
        return self.node(backend.replace("backend", "web"))

    @property
    def frontends(self):
        return [Frontend(record) for record in self._state.read()["frontends"]]

    def services(self, kind=None, backend=None):
        return [Service(**record)
                for node in self.nodes("backend").values()
                for record in node.record["services"]
                if kind in (None, record["kind"]) and backend in (None, node.name)]

    def address(self, name):
        """The onion address of a frontend or service; a full address is returned as it is."""
        if name.endswith(".onion"):
            return name
        for each in [*self.frontends, *self.services()]:
            if each.name == name:
                return each.address
        raise TestnetError(f"no frontend or service {name}")

    @property
    def schedule(self):
        return Schedule(self.options.voting_interval)

    def consensus(self):
        """The newest consensus, from the first authority."""
        return self.node("authority1").consensus()

    # What tests do with it.

    def wait_next_period(self, node="authority1"):
        """Wait until a node's consensus is in a later period than now; return that consensus."""
        return self._wait_past(node, self.schedule.next_period_change)

    def wait_next_shared_random(self, node="authority1"):
        """Wait until a node's consensus has a newer shared random value than now."""
        return self._wait_past(node, self.schedule.next_shared_random)

    def _wait_past(self, name, next_time):
        node = self.node(name)
        when = next_time(node.consensus().valid_after)
        timeout = when - time.time() + 5 * self.options.voting_interval
        return node.wait_consensus(lambda consensus: consensus.valid_after >= when,
                                   timeout, f"consensus of {time.ctime(when)}")

    def write_config(self, path, frontends=None, instances=None, key_format="pem", head=""):
        """Write a config.yaml: each of `frontends` over each of `instances` (default: all)."""
        listed = [(service.name, service.address)
                  for service in (instances or self.services("instance"))]
        text = frontend.config_text([(each.key_path(key_format), listed)
                                     for each in (frontends or self.frontends)], head)
        with open(path, "w") as file:
            file.write(text)
        return path

    def set_masters(self, service, addresses):
        """Rewrite an instance's `ob_config`; in force when its backend is started next."""
        frontend.write_masters(service.directory, addresses)

    def set_http_status(self, backend, status=None):
        """Let a backend's web server answer with this status; None for 200 again."""
        path = os.path.join(self.web(backend).directory, STATUS_FILE)
        if status is None:
            if os.path.exists(path):
                os.remove(path)
            return
        with open(path + ".new", "w") as file:
            file.write(str(status))
        os.replace(path + ".new", path)

    def request_many(self, address, count, clients=None, **arguments):
        """See burst.request_many; through all clients unless told otherwise."""
        return burst.request_many(clients or self.clients, address, count, **arguments)

    def wait_answers(self, address, count, patience=60, clients=None):
        """So many fresh requests that are all answered. On a busy machine a circuit may break:
        then all of them are made again, for so many seconds. Returns the Responses."""
        def ask():
            outcomes = self.request_many(address, count, clients, timeout=60)
            return outcomes if all(outcome.ok for outcome in outcomes) else None
        return wait_until(ask, patience, f"{count} answers of {address}")


def _ports_in(document):
    nodes = document.get("nodes", {}).values()
    return [*(port for node in nodes for port in node["ports"].values()),
            *(service["port"] for node in nodes for service in node.get("services", ()))]
