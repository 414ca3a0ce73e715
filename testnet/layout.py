"""Makes the records and files of nodes: directories, ports, keys, configuration."""

import os
import sys
import time

from . import firewall, frontend, http_backend, relaykeys, torrc
from .onionkey import OnionKey

SOCKET_PATH_LIMIT = 107
PORTS = {
    "authority": ("or", "dir"),
    "relay": ("or",),
    "client": ("socks", "extended"),
    "publisher": ("socks", "control"),
    "backend": (),
}


class Layout:
    """Adds nodes to a state document; starts nothing but the makers of keys."""

    def __init__(self, document, options, ports):
        self._document = document
        self._options = options
        self._ports = ports
        self._root = document["directory"]
        self._owner = document["owner"]

    def add_frontend(self):
        frontends = self._document.setdefault("frontends", [])
        name = f"frontend{len(frontends) + 1}"
        made = frontend.Frontend.make(name, os.path.join(self._root, name))
        frontends.append(made.to_json())

    def add(self, role, count):
        """Make `count` nodes of a role; return their names (web servers come first)."""
        records = [self._record(role) for _ in range(count)]
        if role in ("authority", "relay"):
            relaykeys.make_keys(records)
            self._write_bandwidths()
        names = []
        for record in records:
            if role == "backend":
                names.append(self._add_services(record))
            self._write_torrc(record)
            names.append(record["name"])
        return names

    def _record(self, role):
        nodes = self._document.setdefault("nodes", {})
        number = sum(node["role"] == role for node in nodes.values()) + 1
        name = f"{role}{number}"
        directory = os.path.join(self._root, name)
        os.makedirs(directory, mode=0o700)
        record = {"name": name, "role": role, "directory": directory,
                  "ports": {kind: self._ports.take() for kind in PORTS[role]}}
        if role == "publisher" and self._options.publisher_auth == "password":
            record["password"] = torrc.PASSWORD
        nodes[name] = record
        return record

    def _write_torrc(self, record):
        path = os.path.join(record["directory"], "torrc")
        with open(path, "w") as file:
            file.write(torrc.build(record, self._options, self._dir_authorities(), self._owner))
        record["command"] = ["tor", "--quiet", "-f", path,
                             "--defaults-torrc", os.path.join(self._root, "empty")]

    def _dir_authorities(self):
        return [torrc.dir_authority_line(node) for node in self._document["nodes"].values()
                if node["role"] == "authority"]

    def _write_bandwidths(self):
        """Make all relays equal for the authorities.

        A new relay claims no bandwidth. In a network of such relays the first
        consensuses have a few with weight 1 among many with 0, and circuits
        fail for the better part of a minute.
        """
        with open(os.path.join(self._root, torrc.BANDWIDTH_FILE), "w") as file:
            file.write(f"{int(time.time())}\n")
            file.writelines(f"node_id=${node['fingerprint']} bw=1000 nick={name}\n"
                            for name, node in self._document["nodes"].items()
                            if "fingerprint" in node)

    def _add_services(self, backend):
        """Keys and directories of a backend's services, and its web server; returns its name."""
        kinds = ["instance"] * self._options.services + ["plain"] * self._options.plain
        masters = [each["address"] for each in self._document.get("frontends", [])]
        backend["services"] = []
        for number, kind in enumerate(kinds, 1):
            name = service_name(backend["name"], number, kind)
            directory = os.path.join(backend["directory"], name)
            key = OnionKey.generate()
            key.write_tor_directory(directory)
            if kind == "instance":
                frontend.write_masters(directory, masters)
            backend["services"].append({
                "name": name, "kind": kind, "backend": backend["name"],
                "address": key.address, "directory": directory, "port": self._ports.take()})
        backend["group"] = firewall.group_of(backend["services"][0]["port"])
        return self._add_web(backend)

    def _add_web(self, backend):
        name = backend["name"].replace("backend", "web")
        directory = os.path.join(self._root, name)
        os.makedirs(directory, mode=0o700)
        owner = ["--owner", str(self._owner)] if self._owner else []
        sites = [f"{service['name']}={service['port']}" for service in backend["services"]]
        self._document["nodes"][name] = {
            "name": name, "role": "web", "directory": directory, "ports": {},
            "command": [sys.executable, http_backend.__file__, *owner, directory, *sites]}
        return name


def service_name(backend, number, kind):
    """backend1, then backend1.2 for a second instance, backend1-plain."""
    if kind == "plain":
        return f"{backend}-plain"
    return backend if number == 1 else f"{backend}.{number}"


def path_is_too_long(root):
    longest = os.path.join(root, "publisher999", "control")
    return len(longest) > SOCKET_PATH_LIMIT
