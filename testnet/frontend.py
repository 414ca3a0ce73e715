"""Frontends: the addresses that the balancer serves, and its configuration file."""

import os

from .onionkey import OnionKey

KEY_FILES = {"pem": "key.pem", "tor": "hs_ed25519_secret_key"}


class Frontend:
    """A key in both formats, in a directory of its own."""

    def __init__(self, record):
        self.name = record["name"]
        self.address = record["address"]
        self.directory = record["directory"]

    @classmethod
    def make(cls, name, directory):
        os.makedirs(directory, mode=0o700)
        key = OnionKey.generate()
        key.write_pem(os.path.join(directory, KEY_FILES["pem"]))
        key.write_tor_directory(directory)
        return cls({"name": name, "address": key.address, "directory": directory})

    def to_json(self):
        return {"name": self.name, "address": self.address, "directory": self.directory}

    def key_path(self, key_format="pem"):
        """The PKCS#8 PEM file ('pem') or Tor's hs_ed25519_secret_key ('tor')."""
        return os.path.join(self.directory, KEY_FILES[key_format])


def config_text(entries, head=""):
    """An Onionbalance config.yaml.

    `entries` is a list of (key path, [(instance name, address)]), or with a weight
    after an address, and more keys of the service in a dictionary at the end;
    `head` is more YAML in front, such as 'status-socket-location: /path\\n'.
    """
    lines = ["services:"]
    for key_path, instances, *more in entries:
        lines.append("- instances:")
        for name, address, *weight in instances:
            lines += [f"  - address: {address}", f"    name: {name}"]
            lines += [f"    weight: {each}" for each in weight]
        lines.append(f"  key: {key_path}")
        lines += [f"  {key}: {value}" for options in more for key, value in options.items()]
    return head + "\n".join(lines) + "\n"


def write_masters(service_directory, addresses):
    """The `ob_config` of an instance; tor reads it when it starts."""
    with open(os.path.join(service_directory, "ob_config"), "w") as file:
        file.writelines(f"MasterOnionAddress {address}\n" for address in addresses)
