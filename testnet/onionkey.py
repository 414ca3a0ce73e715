"""Ed25519 keys of v3 onion services, in the two file formats that are in use."""

import base64
import hashlib
import os
import subprocess

SECRET_HEADER = b"== ed25519v1-secret: type0 ==\0\0\0"
PUBLIC_HEADER = b"== ed25519v1-public: type0 ==\0\0\0"


class OnionKey:
    """A key made from a 32-byte seed (RFC 8032), kept as PKCS#8 PEM text."""

    def __init__(self, pem):
        self.pem = pem
        self.seed = _openssl(["pkey", "-outform", "DER"], pem)[-32:]
        self.public = _openssl(["pkey", "-pubout", "-outform", "DER"], pem)[-32:]

    @classmethod
    def generate(cls):
        return cls(_openssl(["genpkey", "-algorithm", "ed25519"]))

    @property
    def expanded(self):
        """The clamped scalar and the nonce prefix: what Tor stores."""
        digest = bytearray(hashlib.sha512(self.seed).digest())
        digest[0] &= 248
        digest[31] &= 63
        digest[31] |= 64
        return bytes(digest)

    @property
    def address(self):
        return onion_address(self.public)

    def write_pem(self, path):
        _write_private(path, self.pem)

    def write_tor_secret(self, path):
        _write_private(path, SECRET_HEADER + self.expanded)

    def write_tor_directory(self, directory):
        """What tor expects in a HiddenServiceDir, so that the address is known in advance."""
        os.makedirs(directory, mode=0o700, exist_ok=True)
        self.write_tor_secret(os.path.join(directory, "hs_ed25519_secret_key"))
        _write_private(os.path.join(directory, "hs_ed25519_public_key"),
                       PUBLIC_HEADER + self.public)
        _write_private(os.path.join(directory, "hostname"), self.address.encode() + b"\n")


def onion_address(public):
    """The address of a public key, with '.onion' (rend-spec-v3, ONIONADDRESS)."""
    version = b"\x03"
    checksum = hashlib.sha3_256(b".onion checksum" + public + version).digest()[:2]
    return base64.b32encode(public + checksum + version).decode().lower() + ".onion"


def _openssl(arguments, text=None):
    return subprocess.run(["openssl", *arguments], input=text, check=True,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE).stdout


def _write_private(path, content):
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(content)
