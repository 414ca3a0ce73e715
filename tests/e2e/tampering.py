"""A signer's socket with somebody in the middle, who changes what the signer says."""

import os
import socket
import threading

# Kinds of frames, and where in each there is a blinded key, and a signature: doc/signer.md
BLIND, CERTIFY = 2, 3
PLACES = {BLIND: 5, CERTIFY: -1}


def flip(kind):
    """Changes an octet in each answer of that kind."""
    def change(frame):
        if frame[0] == kind:
            frame[PLACES[kind]] ^= 1
        return frame
    return change


class Tampered:
    """Serves DIRECTORY/middle in front of a Signer; `change` is what happens to an answer."""

    def __init__(self, directory, signer):
        self.path = os.path.join(str(directory), "middle")
        self.source = f"unix:{self.path}"
        self.change = None
        self._signer = signer
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(self.path)
        self._listener.listen()
        threading.Thread(target=self._serve, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _serve(self):
        while True:
            try:
                stream, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._meet, args=[stream], daemon=True).start()

    def _meet(self, publisher):
        with publisher, self._signer.connect() as signer:
            signer.settimeout(None)
            threading.Thread(target=_forward, args=[publisher, signer], daemon=True).start()
            try:
                while frame := _read_frame(signer):
                    frame = self.change(frame) if self.change else frame
                    publisher.sendall(len(frame).to_bytes(4, "big") + frame)
            except OSError:
                pass


def _forward(source, target):
    try:
        while octets := source.recv(65536):
            target.sendall(octets)
        target.shutdown(socket.SHUT_WR)
    except OSError:
        pass


def _read(stream, size):
    octets = bytearray()
    while len(octets) < size and (more := stream.recv(size - len(octets))):
        octets += more
    return octets


def _read_frame(stream):
    """Without its length; empty at the end."""
    return _read(stream, int.from_bytes(_read(stream, 4), "big"))
