"""What root finds in the memory of running publishers and signers: nothing of an identity
key, nor of its passphrase, in a publisher, whichever way it reaches its signer."""

import hashlib
import os
import re
import secrets
import subprocess
import time

import pytest
from cryptography.hazmat.primitives.serialization import (Encoding, NoEncryption, PrivateFormat,
                                                          PublicFormat, load_pem_private_key)

from robust import children, running, signer_of
from signer import Signer
from test_sandbox import SANDBOXED
from testnet import wait_until
from testnet.frontend import config_text

# A sanitizer's shadow is larger than any memory.
pytestmark = pytest.mark.skipif(SANDBOXED is None, reason="no build without a sanitizer")

PROGRAM = os.path.join(SANDBOXED or "", "onionbalance")
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
    """{name: 32 bytes} of the identity key in a PEM file, the public one too, and for each period
    near now."""
    with open(path, "rb") as file:
        key = load_pem_private_key(file.read(), None)
    seed = key.private_bytes(Encoding.Raw, PrivateFormat.Raw, NoEncryption())
    public = key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    wide = hashlib.sha512(seed).digest()
    scalar = clamp(wide[:32])
    label = b"Derive temporary signing key hash input"
    found = {"public key": public, "seed": seed,
             "scalar": scalar.to_bytes(32, "little"), "nonce prefix": wide[32:],
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


def names_in(pid, wanted):
    """The names of those of the wanted octets that a process has."""
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
                found |= {name for name, value in wanted.items() if value in piece}
                overlap = piece[-31:]
    return found


def assert_only_in_signer(publisher, signer, wanted):
    """The signer has them, which shows that they can be found; but what only opened the key is gone.

    Nor has the porter any, which has started the signer.
    """
    assert names_in(publisher, wanted) == {"public key"}  # which shows that we can look there
    for pid in {*children(publisher)} - {signer}:
        assert names_in(pid, wanted) <= {"public key"}
    theirs = names_in(signer, wanted)
    assert {"scalar", "nonce prefix", "blinded nonce prefix"} <= theirs, theirs
    assert any(name.startswith("blinded scalar") for name in theirs), theirs
    assert not {"seed", "passphrase"} & theirs


def only_child(pid):
    """Of a shell, say; waits for it."""
    return wait_until(lambda: children(pid), 60, f"a child of {pid}", 0.02)[0]


@pytest.fixture
def vault(network, tmp_path):
    """(frontend, path of its key encrypted, path of the passphrase, what to search for)"""
    frontend = network.frontends[0]
    passphrase = secrets.token_hex(16)
    file = tmp_path / "passphrase"
    file.write_text(passphrase + "\n")
    file.chmod(0o600)
    key = tmp_path / "sealed.key"
    subprocess.run([f"{SANDBOXED}/onionbalance-signer", "import", "--key", frontend.key_path("pem"),
                    "--new-passphrase-file", file, "-o", key], check=True, timeout=60)
    return frontend, key, file, {**secrets_of(frontend.key_path("pem")),
                                 "passphrase": passphrase.encode()}


def write_config(network, tmp_path, key, **options):
    listed = [(service.name, service.address) for service in network.services("instance")]
    path = tmp_path / "config.yaml"
    path.write_text(config_text([(key, listed, options)]))
    return path


def test_child(network, tmp_path, vault):
    _, key, file, wanted = vault
    config = write_config(network, tmp_path, key, **{"key-passphrase-file": file})
    with running(tmp_path, config, network.publisher, program=PROGRAM) as publisher:
        publisher.wait_confirmed(timeout=60)
        assert_only_in_signer(publisher.pid, signer_of(publisher), wanted)


def test_command(network, tmp_path, vault):
    _, key, file, wanted = vault
    config = write_config(network, tmp_path, key)
    command = f"exec:sh -c '{PROGRAM}-signer --key {key} --passphrase-file {file}; exit 9'"
    with running(tmp_path, config, network.publisher, program=PROGRAM,
                 arguments=["--signer", command]) as publisher:
        publisher.wait_confirmed(timeout=60)
        assert_only_in_signer(publisher.pid, only_child(signer_of(publisher)), wanted)


def test_socket(network, tmp_path, vault):
    frontend, key, file, wanted = vault
    config = write_config(network, tmp_path, key)
    journal = tmp_path / "journal"
    with Signer(tmp_path, [f"{key}\n\t{file}"], ["--journal", journal], f"{PROGRAM}-signer") as signer:
        with running(tmp_path, config, network.publisher, program=PROGRAM,
                     arguments=["--signer", signer.source]) as publisher:
            publisher.wait_confirmed(timeout=60)
            assert_only_in_signer(publisher.pid, signer.pid, wanted)
        lines = journal.read_text().splitlines()
    assert lines and all(f" {frontend.address} period " in line for line in lines)
    keys = {tuple(re.search(r" period (\S+) key (\S+) ", line).groups()) for line in lines}
    assert len(keys) == len({period for period, _ in keys})  # one start, one key for each period
