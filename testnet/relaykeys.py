"""The keys of relays and directory authorities, made before the first start."""

import os
import re
import subprocess
from concurrent.futures import ThreadPoolExecutor

from . import torrc
from .errors import TestnetError


def make_keys(nodes):
    """Make the keys of relays and authorities; set `fingerprint`, and `v3ident`, in each record."""
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        list(pool.map(_make, nodes))


def _make(node):
    if node["role"] == "authority":
        node["v3ident"] = _make_authority_keys(node)
    node["fingerprint"] = _make_identity(node)


def _make_authority_keys(node):
    """Make the voting keys; return the identity's fingerprint."""
    keys = os.path.join(torrc.data_directory(node), "keys")
    os.makedirs(keys, mode=0o700)
    certificate = os.path.join(keys, "authority_certificate")
    _run(["tor-gencert", "--create-identity-key", "--passphrase-fd", "0", "-m", "12",
          "-i", os.path.join(keys, "authority_identity_key"),
          "-s", os.path.join(keys, "authority_signing_key"),
          "-c", certificate,
          "-a", f"127.0.0.1:{node['ports']['dir']}"], "passphrase\n")
    with open(certificate) as file:
        return re.search(r"^fingerprint ([0-9A-F]{40})$", file.read(), re.M)[1]


def _make_identity(node):
    """Let tor make its relay keys; return the RSA identity's fingerprint."""
    data = torrc.data_directory(node)
    empty = os.path.join(node["directory"], "empty.torrc")
    open(empty, "w").close()
    _run(["tor", "--list-fingerprint", "-f", empty, "--defaults-torrc", empty,
          "--DataDirectory", data, "--Nickname", node["name"],
          "--ORPort", f"127.0.0.1:{node['ports']['or']}", "--Address", "127.0.0.1",
          "--TestingTorNetwork", "1",
          "--DirAuthority", f"nobody 127.0.0.1:1 {'f' * 40}"], None)
    os.remove(empty)
    with open(os.path.join(data, "fingerprint")) as file:
        return file.read().split()[1]


def _run(command, text):
    done = subprocess.run(command, input=text, text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    if done.returncode:
        raise TestnetError(f"{command[0]} failed:\n{done.stdout}")
