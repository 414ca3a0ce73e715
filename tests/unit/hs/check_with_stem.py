#!/usr/bin/env python3
"""Reads descriptors that we build with stem, an implementation of its own.

check_with_stem.py GEN_DESCRIPTOR; exit code 77 (skip) without stem.
"""

import subprocess
import sys
import time

try:
    from stem.client.datatype import CertType
    from stem.descriptor.certificate import ExtensionType
    from stem.descriptor.hidden_service import HiddenServiceDescriptorV3
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
except ImportError as error:
    print(f"no stem: {error}")
    sys.exit(77)


def make(program, seed, points):
    arguments = [program, str(seed), str(points), str(int(time.time()))]
    output = subprocess.run(arguments, check=True, capture_output=True, text=True).stdout
    address, text = output.split("\n", 1)
    return address, text


def check(address, text, points):
    descriptor = HiddenServiceDescriptorV3.from_str(text, validate=True)
    assert descriptor.version == 3 and descriptor.lifetime == 180
    assert descriptor.revision_counter == 12345678
    check_certificate(descriptor.signing_cert, CertType.HS_V3_DESC_SIGNING,
                      descriptor.signing_cert.signing_key())
    inner = descriptor.decrypt(address)
    assert inner.formats == [2] and not inner.is_single_service
    assert len(inner.introduction_points) == points, inner.introduction_points
    for point in inner.introduction_points:
        check_point(point, descriptor.signing_cert.key)


def check_point(point, signing_key):
    kinds = [type(each).__name__ for each in point.link_specifiers]
    assert kinds == ["LinkByIPv4", "LinkByFingerprint", "LinkByEd25519"], kinds
    assert point.legacy_key_raw is None
    certificates = {CertType.HS_V3_INTRO_AUTH: point.auth_key_cert,
                    CertType.HS_V3_NTOR_ENC: point.enc_key_cert}
    for kind, certificate in certificates.items():
        check_certificate(certificate, kind, signing_key)
    point.onion_key(), point.auth_key(), point.enc_key()


def check_certificate(certificate, kind, signing_key):
    assert certificate.type == kind, (certificate.type, kind)
    assert not certificate.is_expired()
    assert certificate.signing_key() == signing_key
    extensions = [each.type for each in certificate.extensions]
    assert extensions == [ExtensionType.HAS_SIGNING_KEY], extensions
    packed = certificate.pack()
    Ed25519PublicKey.from_public_bytes(signing_key).verify(packed[-64:], packed[:-64])


def main():
    for seed, points in ((1, 1), (2, 3), (3, 13), (4, 20)):
        check(*make(sys.argv[1], seed, points), points)
        print(f"{points} introduction points: read by stem")


main()
