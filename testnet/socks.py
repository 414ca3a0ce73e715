"""SOCKS5 with user and password, and tor's extended error codes (prop304)."""

import struct

ERRORS = {
    0x01: "general failure",
    0x02: "connection not allowed",
    0x03: "network unreachable",
    0x04: "host unreachable",
    0x05: "connection refused",
    0x06: "TTL expired",
    0x07: "command not supported",
    0x08: "address type not supported",
    0xF0: "onion service descriptor can not be found",
    0xF1: "onion service descriptor is invalid",
    0xF2: "onion service introduction failed",
    0xF3: "onion service rendezvous failed",
    0xF4: "onion service missing client authorization",
    0xF5: "onion service wrong client authorization",
    0xF6: "onion service invalid address",
    0xF7: "onion service introduction timed out",
}


class SocksError(OSError):
    """The proxy refused; `code` is the SOCKS reply."""

    def __init__(self, code):
        self.code = code
        super().__init__(f"SOCKS error 0x{code:02X}: {ERRORS.get(code, 'unknown')}")


def connect(stream, host, port, user, password):
    """Ask the proxy behind the connected socket `stream` to connect to host:port.

    tor gives streams with different user or password different circuits.
    """
    stream.sendall(b"\x05\x01\x02")
    if _read(stream, 2) != b"\x05\x02":
        raise SocksError(0x02)
    stream.sendall(b"\x01" + _short(user) + _short(password))
    if _read(stream, 2)[1] != 0:
        raise SocksError(0x02)
    stream.sendall(b"\x05\x01\x00\x03" + _short(host) + struct.pack(">H", port))
    _, code, _, kind = _read(stream, 4)
    if code != 0:
        raise SocksError(code)
    length = {1: 4, 4: 16}.get(kind) or _read(stream, 1)[0]
    _read(stream, length + 2)


def _short(text):
    octets = text.encode()
    return bytes([len(octets)]) + octets


def _read(stream, size):
    octets = b""
    while len(octets) < size:
        more = stream.recv(size - len(octets))
        if not more:
            raise ConnectionError("the SOCKS proxy closed the connection")
        octets += more
    return octets
