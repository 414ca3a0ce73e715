"""What root finds in the memory of running publishers and signers: nothing of an identity
key in a publisher, whichever way it reaches its signer."""

import hashlib
import os
import re
import time

import pytest
from cryptography.hazmat.primitives.serialization import (Encoding, NoEncryption, PrivateFormat,
                                                          PublicFormat, load_pem_private_key)

from robust import children, running, signer_of
from signer import Signer
from test_sandbox import SANDBOXED

# A sanitizer's shadow is larger than any memory.
pytestmark = pytest.mark.skipif(SANDBOXED is None, reason="no build without a sanitizer")

ORDER = 2**252 + 27742317777372353535851937790883648493
PERIOD_MINUTES = 8  # of a network with a voting interval of 20 s
PERIODS_BACK = 720 // PERIOD_MINUTES + 4  # they may begin so much later, by the network's offset
PIECE = 1 << 20

# The base point as the blinding factor has it (rend-spec-v3.txt appendix A.2).
BASE_POINT = (b"(15112221349535400772501151409588531511454012693041857206046113283949847762202, "
              b"46316835694926478169428394003475163141307993866256225615783033603165251855960)")


def clamp(octets):
    """An Ed25519 scalar as a number."""
    octets = bytearray(octets)
    octets[0] &= 248
    octets[31] = octets[31] & 63 | 64
    return int.from_bytes(octets, "little")


def secrets_of(path):
    """{name: 32 bytes} of the identity key in a PEM file, and for each period near now."""
    with open(path, "rb") as file:
        key = load_pem_private_key(file.read(), None)
    seed = key.private_bytes(Encoding.Raw, PrivateFormat.Raw, NoEncryption())
    public = key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    wide = hashlib.sha512(seed).digest()
    scalar = clamp(wide[:32])
    label = b"Derive temporary signing key hash input"
    found = {"seed": seed, "scalar": scalar.to_bytes(32, "little"), "nonce prefix": wide[32:],
             "blinded nonce prefix": hashlib.sha512(label + wide[32:]).digest()[:32]}
    now = int(time.time()) // 60 // PERIOD_MINUTES
    for number in range(now - PERIODS_BACK, now + 4):
        text = (b"Derive temporary signing key\0" + public + BASE_POINT + b"key-blind" +
                number.to_bytes(8, "big") + PERIOD_MINUTES.to_bytes(8, "big"))
        factor = clamp(hashlib.sha3_256(text).digest())
        blinded = scalar * factor % ORDER
        found[f"blinded scalar of {number}"] = blinded.to_bytes(32, "little")
    return found


def readable(pid):
    """(first address, end) of each mapping."""
    with open(f"/proc/{pid}/maps") as file:
        for line in file:
            match = re.match(r"([0-9a-f]+)-([0-9a-f]+) r.*?(\[v[a-z]+\])?$", line.strip())
            if match and not match[3]:
                yield int(match[1], 16), int(match[2], 16)


def names_in(pid, secrets):
    """The names of those secrets that a process has."""
    found = set()
    with open(f"/proc/{pid}/mem", "rb", 0) as memory:
        for at, end in readable(pid):
            overlap = b""
            while at < end:
                try:
                    memory.seek(at)
                    piece = memory.read(min(PIECE, end - at))
                except OSError:  # a guard page
                    break
                if not piece:
                    break
                at += len(piece)
                piece = overlap + piece
                found |= {name for name, value in secrets.items() if value in piece}
                overlap = piece[-31:]
    return found


def assert_only_in_signer(publisher, signer, secrets):
    """The signer has them, which shows that they can be found; but the seed is gone.

    Nor has the porter any, which has started the signer.
    """
    for pid in {publisher, *children(publisher)} - {signer}:
        assert names_in(pid, secrets) == set()
    theirs = names_in(signer, secrets)
    assert {"scalar", "nonce prefix", "blinded nonce prefix"} <= theirs, theirs
    assert any(name.startswith("blinded scalar") for name in theirs), theirs
    assert "seed" not in theirs


@pytest.mark.parametrize("form", ["child", "socket"])
def test_publishers_have_no_key(network, tmp_path, form):
    frontend = network.frontends[0]
    secrets = secrets_of(frontend.key_path("pem"))
    config = network.write_config(tmp_path / "config.yaml", frontends=[frontend])
    program = os.path.join(SANDBOXED, "onionbalance")
    if form == "child":
        with running(tmp_path, config, network.publisher, program=program) as publisher:
            publisher.wait_confirmed(timeout=60)
            assert_only_in_signer(publisher.pid, signer_of(publisher), secrets)
        return
    with Signer(tmp_path, [frontend.key_path("pem")], ["--journal", tmp_path / "journal"],
                f"{program}-signer") as signer:
        with running(tmp_path, config, network.publisher, program=program,
                     arguments=["--signer", signer.source]) as publisher:
            publisher.wait_confirmed(timeout=60)
            assert_only_in_signer(publisher.pid, signer.pid, secrets)
        journal = (tmp_path / "journal").read_text().splitlines()
    assert journal and all(f" {frontend.address} period " in line for line in journal)
    keys = {tuple(re.search(r" period (\S+) key (\S+) ", line).groups()) for line in journal}
    assert len(keys) == len({period for period, _ in keys})  # one start, one key for each period
