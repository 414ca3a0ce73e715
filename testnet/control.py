"""A small client of tor's control port."""

import binascii
import re
import socket
import time
from collections import deque

from .errors import TestnetError


class ControlError(TestnetError):
    """tor refused a command; `reply` has its lines."""

    def __init__(self, command, reply):
        self.reply = reply
        super().__init__(f"{command.split()[0]}: {reply.code} {reply.text}")


class Reply:
    """One reply: its code and its lines, the data of a `+` line after its text."""

    def __init__(self, lines):
        self.code = int(lines[0][0][:3])
        self.lines = [text for _, text, _ in lines]
        self.data = [data for _, _, data in lines]

    @property
    def text(self):
        return "; ".join(self.lines)

    @property
    def ok(self):
        return self.code == 250


class Control:
    """One authenticated connection; events that arrive in between are kept in order."""

    def __init__(self, address, password=None, timeout=30):
        """`address` is the path of a unix socket or a (host, port) pair."""
        family = socket.AF_UNIX if isinstance(address, str) else socket.AF_INET
        self._socket = socket.socket(family)
        self._socket.settimeout(timeout)
        self._timeout = timeout
        self._buffer = b""
        self._events = deque()
        try:
            self._socket.connect(address)
            self._authenticate(password)
        except BaseException:
            self._socket.close()
            raise

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self._socket.close()

    def _authenticate(self, password):
        if password is not None:
            self.command(f'AUTHENTICATE "{password}"')
            return
        text = self.command("PROTOCOLINFO 1").text
        match = re.search(r'COOKIEFILE="([^"]*)"', text)
        if match and "NULL" not in text:
            with open(match.group(1), "rb") as file:
                cookie = binascii.hexlify(file.read()).decode()
            self.command(f"AUTHENTICATE {cookie}")
        else:
            self.command("AUTHENTICATE")

    def command(self, line, data=None, check=True, codes=(250,)):
        """Send a command, with `data` after it if given (name it `+...`); return the Reply.

        Raise ControlError unless the code is one of `codes`, or `check` is off.
        """
        message = line + "\r\n"
        if data is not None:
            rows = data.replace("\r\n", "\n").removesuffix("\n").split("\n")
            message += "".join(f".{row}\r\n" if row.startswith(".") else f"{row}\r\n"
                               for row in rows) + ".\r\n"
        self._socket.settimeout(self._timeout)
        self._socket.sendall(message.encode())
        while True:
            reply = self._read_reply()
            if reply.code == 650:
                self._events.append(reply)
            elif reply.code in codes or not check:
                return reply
            else:
                raise ControlError(line, reply)

    def getinfo(self, key):
        """The value of one key, with newlines where it has several lines."""
        reply = self.command(f"GETINFO {key}")
        value = reply.lines[0].partition("=")[2]
        return reply.data[0] if reply.data[0] is not None else value

    def getconf(self, key):
        """The values of an option: one string for each line that sets it."""
        lines = self.command(f"GETCONF {key}").lines
        return [line.partition("=")[2] for line in lines]

    def set_events(self, *names):
        self.command(" ".join(["SETEVENTS", *names]))

    def next_event(self, timeout):
        """The next event as a Reply with code 650, or None after `timeout` seconds."""
        if self._events:
            return self._events.popleft()
        deadline = time.monotonic() + timeout
        while b"\n" not in self._buffer:
            self._socket.settimeout(max(0.001, deadline - time.monotonic()))
            try:
                self._fill()
            except TimeoutError:
                return None
        self._socket.settimeout(self._timeout)
        return self._read_reply()

    def _read_reply(self):
        lines = []
        while True:
            line = self._read_line()
            data = self._read_data() if line[3:4] == "+" else None
            lines.append((line[:3], line[4:], data))
            if line[3:4] == " ":
                return Reply(lines)

    def _read_data(self):
        rows = []
        while (row := self._read_line()) != ".":
            rows.append(row[1:] if row.startswith("..") else row)
        return "\n".join(rows)

    def _read_line(self):
        while b"\n" not in self._buffer:
            self._fill()
        line, _, self._buffer = self._buffer.partition(b"\n")
        return line.rstrip(b"\r").decode("utf-8", "replace")

    def _fill(self):
        octets = self._socket.recv(65536)
        if not octets:
            raise TestnetError("tor closed the control connection")
        self._buffer += octets
