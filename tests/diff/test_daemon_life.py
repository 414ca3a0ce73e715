"""The status socket, signals and reloads of onionbalance beside the Python
program's. Each of both gets the same; where they differ on purpose, the test
names the line of the table in doc/migrating.md.
"""

import os
import signal
import socket
import time

import pytest

from cases import FRONTEND, GOOD, HAS_LOOKED, SERVED, SINGLE, case
from daemons import PATIENCE, Program, ask
from testnet import wait_until

LOOKED = {"until": HAS_LOOKED}


@pytest.fixture(params=["ours", "theirs"])
def both(request, daemon, python_daemon):
    """A function that makes a Program of a Case: each test runs with ours and with theirs."""
    path = daemon if request.param == "ours" else python_daemon
    made = []

    def make(*arguments, **options):
        made.append(Program(path, case(*arguments, **options)))
        return made[-1]
    make.is_ours = request.param == "ours"
    yield make
    for each in made:
        each.__exit__()


def told(program, frontends=SERVED):
    """The status document that a program tells that has just been started."""
    instances = [", ".join(f'{{"onionAddress": "{each}.onion", "received": null}}' for each in all_of)
                 for _, all_of in frontends]
    return '{"services": [' + ", ".join(
        f'{{"instances": [{inside}], "onionAddress": "{frontend}.onion", '
        '"publishAttemptFirstDescriptor": null, "publishAttemptSecondDescriptor": null}'
        for (frontend, _), inside in zip(frontends, instances)) + "]}"


def read_all(stream):
    return b"".join(iter(lambda: stream.recv(4096), b"")).decode()


def connect(program):
    stream = socket.socket(socket.AF_UNIX)
    stream.connect(program.status_path)  # waits while many others do
    stream.settimeout(PATIENCE)
    return stream


def listen(path):
    stream = socket.socket(socket.AF_UNIX)
    stream.bind(path)
    stream.listen()
    return stream


def test_document(both):
    program = both().start()
    assert program.outcome.status == told(program)


@pytest.mark.parametrize("umask", [0o022, 0o077, 0o002])
def test_mode_is_left_to_the_umask(both, umask):
    assert both(umask=umask).start().outcome.mode == 0o777 & ~umask


def test_socket_left_by_a_program_that_was_killed(both):
    program = both()
    listen(program.status_path).close()
    assert os.path.lexists(program.status_path)
    assert program.start().outcome.serves == SERVED


def test_link_to_nowhere_in_the_way(both):
    """status-in-use."""
    program = both(**LOOKED)
    os.symlink("nowhere", program.status_path)
    assert program.start().outcome.is_serving
    assert os.path.islink(program.status_path) == both.is_ours


def test_file_in_the_way(both):
    """status-in-use: the Python program removes it."""
    program = both(files={"status": "precious"}, **LOOKED)
    assert program.start().outcome.is_serving
    if both.is_ours:
        assert program.read("status") == "precious"
        assert "cannot open the status socket HERE/status: Address already in use" in program.read("err")
    else:
        assert ask(program.status_path) == told(program)


def test_another_program_listens(both):
    """status-in-use: the Python program takes its place."""
    program = both(**LOOKED)
    with listen(program.status_path) as other:
        other.settimeout(0.2)
        assert program.start().outcome.is_serving
        with connect(program):
            if not both.is_ours:
                with pytest.raises(socket.timeout):
                    other.accept()
                return
            other.accept()[0].close()  # by which ours has asked whether somebody listens
            other.accept()[0].close()
    program.end()
    assert program.outcome.left


def test_many_guests(both):
    program = both().start()
    streams = [connect(program) for _ in range(20)]
    assert [read_all(each) for each in streams] == [told(program)] * 20
    for each in streams:
        each.close()


def test_guest_that_talks(both):
    """What it says is not looked at, but it hears everything."""
    program = both().start()
    with connect(program) as stream:
        try:
            stream.sendall(b"GET / HTTP/1.0\r\n\r\n")
        except BrokenPipeError:
            pass  # everything has been said already
        heard = b""
        try:
            while part := stream.recv(4096):
                heard += part
        except ConnectionResetError:
            pass  # what it said was not read: the end may come so
        assert heard.decode() == told(program)


def test_guests_that_go_or_never_read(both):
    program = both().start()
    silent = connect(program)
    for _ in range(10):
        connect(program).close()
    assert ask(program.status_path) == told(program)
    assert read_all(silent) == told(program)
    silent.close()
    assert program.process.poll() is None


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_end(both, number):
    outcome = both().start()
    outcome = outcome.end(number)
    assert (outcome.code, outcome.left) == (0, False), outcome.err


def reload(program, config):
    with open(program.path("config.yaml"), "w", encoding="utf-8") as file:
        file.write(config)
    time.sleep(0.3)  # the Python program is in the middle of nothing then
    program.process.send_signal(signal.SIGHUP)


def test_reload(both):
    program = both(SINGLE).start()
    assert program.outcome.serves == [(FRONTEND, SERVED[0][1][:1])]
    reload(program, GOOD)
    wait_until(lambda: ask(program.status_path) == told(program), PATIENCE, "the new document", 0.05)


def test_reload_of_a_bad_file(both):
    """reload-bad: the Python program ends."""
    program = both().start()
    reload(program, "services: abc\n")
    if not both.is_ours:
        assert program.process.wait(PATIENCE) == 1
        return
    wait_until(lambda: "the new configuration is not used" in program.read("err"), PATIENCE,
               "a refusal", 0.05)
    assert ask(program.status_path) == told(program)
    assert program.end().code == 0


def test_status_without_tor(both):
    """status-early, waits-for-tor."""
    outcome = both(GOOD, ["-s", "none", "-p", "1"]).start().outcome
    assert outcome.serves == (SERVED if both.is_ours else None)
