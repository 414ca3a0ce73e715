"""Cuts nodes off from the others without ending a connection, as a dead cable does.

Needs root and `nft` (Debian's package nftables). All nodes share the loopback
interface, where tor ignores OutboundBindAddress; so each node that can be cut
off runs with a group id of its own, and its sockets are known by that.
"""

import subprocess

from .errors import TestnetError

FIRST_GROUP = 700000  # far above any group that a system has


def group_of(port):
    """A group id that no other node of this machine has, made of one of its ports."""
    return FIRST_GROUP + port


def cut(group):
    """Drop every packet from and to sockets of the group, until mend."""
    chains = "; ".join(f"chain {hook} {{ type filter hook {hook} priority 0; meta skgid {group} drop; }}"
                       for hook in ("input", "output"))
    _nft(f"table inet {_table(group)} {{ {chains}; }}")


def mend(group):
    _nft(f"delete table inet {_table(group)}")


def _table(group):
    return f"testnet_{group}"


def _nft(text):
    try:
        subprocess.run(["nft", "-f", "-"], input=text + "\n", text=True, check=True, capture_output=True)
    except FileNotFoundError:
        raise TestnetError("to cut a node off needs nft (Debian's package nftables)") from None
    except subprocess.CalledProcessError as error:
        raise TestnetError(f"nft: {error.stderr.strip()}") from None
