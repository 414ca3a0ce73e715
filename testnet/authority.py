"""The keys of directory authorities, made before the first start."""

import os
import re
import subprocess

from . import torrc
from .errors import TestnetError


def make_keys(node):
    """Make a directory authority's keys; set `v3ident` and `fingerprint` in its record."""
    data = torrc.data_directory(node)
    keys = os.path.join(data, "keys")
    os.makedirs(keys, mode=0o700)
    certificate = os.path.join(keys, "authority_certificate")
    _run(["tor-gencert", "--create-identity-key", "--passphrase-fd", "0", "-m", "12",
          "-i", os.path.join(keys, "authority_identity_key"),
          "-s", os.path.join(keys, "authority_signing_key"),
          "-c", certificate,
          "-a", f"127.0.0.1:{node['ports']['dir']}"], "passphrase\n")
    with open(certificate) as file:
        node["v3ident"] = re.search(r"^fingerprint ([0-9A-F]{40})$", file.read(), re.M)[1]
    node["fingerprint"] = _fingerprint(node, data)


def _fingerprint(node, data):
    """Let tor make its relay keys and tell the identity's fingerprint."""
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
