"""A control port that is not tor's: it says what a test wants it to say.

    with FakeTor(path, lambda peer: peer.send(b"garbage")) as tor: ...

Scripts get a Peer, run in a thread for each connection, and may return or raise
Gone at any time: the connection is closed then.
"""

import os
import socket
import threading

PROTOCOLINFO = ('250-PROTOCOLINFO 1\r\n250-AUTH METHODS={methods}\r\n'
                '250-VERSION Tor="0.4.9.11"\r\n250 OK\r\n')
SETTINGS = ("250-TestingTorNetwork=1\r\n250-FetchDirInfoEarly=1\r\n"
            "250 FetchDirInfoExtraEarly=1\r\n")
BOOTSTRAPPED = ('250-status/bootstrap-phase=NOTICE BOOTSTRAP PROGRESS=100 TAG=done '
                'SUMMARY="Done"\r\n250 OK\r\n')
SOCKS_PORTS = '250-net/listeners/socks="127.0.0.1:1"\r\n250 OK\r\n'  # where nobody listens
OK = "250 OK\r\n"

# What a good tor without authentication answers, by the beginning of the command.
HONEST = {
    "PROTOCOLINFO": PROTOCOLINFO.format(methods="NULL"),
    "AUTHENTICATE": OK,
    "SETEVENTS": OK,
    "GETCONF": SETTINGS,
    "GETINFO net/listeners/socks": SOCKS_PORTS,
    "GETINFO status/bootstrap-phase": BOOTSTRAPPED,
    "SIGNAL": OK,
}
CONSENSUS = "GETINFO dir/status-vote/current/consensus-microdesc"


class Gone(Exception):
    """The other side has closed the connection, or the fake is being closed."""


class Peer:
    """The fake's end of one connection."""

    def __init__(self, stream):
        self._stream = stream
        self._buffer = b""

    def send(self, data):
        """All of a text or of octets; line ends are the caller's affair."""
        try:
            self._stream.sendall(data.encode() if isinstance(data, str) else data)
        except OSError:
            raise Gone from None

    def read_command(self):
        """The next command, without its data if it has some."""
        line = self._read_line()
        if line.startswith("+"):
            while self._read_line() != ".":
                pass
        return line

    def answer(self, answers, send=None):
        """Answer commands as the table says, up to one that is not in it: return that one."""
        while True:
            command = self.read_command()
            match = next((each for each in answers if command.startswith(each)), None)
            if match is None:
                return command
            (send or self.send)(answers[match])

    def wait_end(self):
        """Say nothing any more until the other side closes."""
        while True:
            self._read_line()

    def _read_line(self):
        while b"\n" not in self._buffer:
            try:
                more = self._stream.recv(65536)
            except OSError:
                more = b""
            if not more:
                raise Gone
            self._buffer += more
        line, _, self._buffer = self._buffer.partition(b"\n")
        return line.rstrip(b"\r").decode("utf-8", "replace")


class FakeTor:
    """Listens on the unix socket `path`; `scripts` serve the connections in turn, the
    last one all that follow. `connections` counts them, `mistakes` has what scripts raised."""

    def __init__(self, path, *scripts):
        self.path = str(path)
        self.connections = 0
        self.mistakes = []
        self._scripts = scripts
        self._streams = []
        self._threads = []
        self._is_closed = False
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(self.path)
        self._listener.listen()
        self._start(self._accept)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()
        assert not self.mistakes, self.mistakes

    def close(self):
        """No socket and no connection is left afterwards."""
        self._is_closed = True
        if os.path.exists(self.path):
            os.remove(self.path)
        # close() alone would leave accept() and recv() waiting in their threads.
        for each in [self._listener, *self._streams]:
            try:
                each.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
        for thread in self._threads:
            thread.join(10)
        for each in [self._listener, *self._streams]:
            each.close()

    def _start(self, function, *arguments):
        thread = threading.Thread(target=function, args=arguments, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self):
        while not self._is_closed:
            try:
                stream, _ = self._listener.accept()
            except OSError:
                return
            script = self._scripts[min(self.connections, len(self._scripts) - 1)]
            self.connections += 1
            self._streams.append(stream)
            self._start(self._serve, script, stream)

    def _serve(self, script, stream):
        try:
            script(Peer(stream))
        except Gone:
            pass
        except Exception as error:  # whatever it is, the test has to hear of it
            self.mistakes.append(error)
        try:
            stream.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
