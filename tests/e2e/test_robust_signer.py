"""Signers that are no child of the publisher: of another user, behind a command, for
several publishers at once; killed, hung, lying, and talked to by somebody else."""

import os
import shutil
import signal
import socket
import stat
import tempfile
import threading

import pytest

from robust import (SANITIZER, UNPRIVILEGED, children, copy_programs, messages, run, running, signers,
                    write_config)
from signer import PROGRAM, Signer
from tampering import BLIND, CERTIFY, Tampered, flip
from testnet import OnionKey
from testnet.frontend import config_text

ADDRESS = "gf3jximivdhyucaqa6eqi6so37h3xhkshifpqamdyhy7prjgtkyreiyd.onion"
NO_TOR = ["-i", "127.0.0.1", "-p", "1"]
UNANSWERED_SECONDS = 30
WRONG_ANSWER = "the answer of the signer at .* is not to be trusted"


def check(directory, *arguments, **options):
    """`--check` of DIRECTORY/config.yaml with no tor there."""
    return run(["--check", *NO_TOR, "-c", os.path.join(str(directory), "config.yaml"), *arguments],
               directory, **options)


@pytest.fixture
def frontend(tmp_path):
    """The path of a key that is the only one in config.yaml."""
    write_config(tmp_path, [ADDRESS])
    return str(tmp_path / "frontend.key")


# On the network.

def test_two_publishers_at_one_signer(network, tmp_path):
    """Each has a frontend of its own. The signer is killed, frozen, and started again."""
    folders = [tmp_path / name for name in ("first", "second")]
    keys = []
    for folder, frontend in zip(folders, network.frontends):
        folder.mkdir()
        network.write_config(folder / "config.yaml", frontends=[frontend])
        keys.append(frontend.key_path("pem"))
    with Signer(tmp_path, keys) as signer:
        publishers = [running(folder, folder / "config.yaml", network.publisher,
                              arguments=["--signer", signer.source]) for folder in folders]
        with publishers[0] as first, publishers[1] as second:
            for publisher in (first, second):
                publisher.wait_confirmed(timeout=60)
                assert not signers(publisher.pid)
            for frontend in network.frontends[:2]:
                network.wait_answers(frontend.address, 2)
            meet_strangers(signer)
            marks = [first.mark(), second.mark()]
            signer.kill()
            for publisher, mark in zip((first, second), marks):
                publisher.wait_log("the signer at .* is gone: it has hung up; trying again", since=mark)
            signer.start()
            for publisher, mark in zip((first, second), marks):
                publisher.wait_log("the signer is back", since=mark, timeout=20)
            reload_with_one_that_hangs(network, folders[0], signer, first)
            first.wait_confirmed(timeout=60)
        assert signer.stop() == 0
        assert not SANITIZER.search(signer.log()), signer.log()


def meet_strangers(signer):
    """Garbage, half a message and silence: each is hung up on, at once or later."""
    with signer.connect() as rude, signer.connect() as slow:
        slow.sendall(b"\0\0")
        rude.sendall(b"GET / HTTP/1.1\r\n\r\n")
        assert rude.recv(1) == b""
    assert "is not of this protocol; hanging up" in signer.log()


def reload_with_one_that_hangs(network, folder, signer, publisher):
    """A reload does not wait for ever, changes nothing, and does not keep the next one off."""
    network.write_config(folder / "config.yaml", frontends=network.frontends[:1],
                         instances=network.services("instance")[:2])
    signer.signal(signal.SIGSTOP)
    mark = publisher.mark()
    publisher.signal(signal.SIGHUP)
    publisher.wait_log("reading the configuration again", since=mark)
    publisher.wait_log("the signer at .* is gone: no answer for 30 seconds", since=mark,
                       timeout=UNANSWERED_SECONDS + 10)
    publisher.wait_log("the new configuration is not used", since=mark)
    signer.signal(signal.SIGCONT)
    mark = publisher.mark()
    publisher.signal(signal.SIGHUP)
    publisher.wait_log("configuration read again: 1 service, 2 instances$", since=mark)
    publisher.wait_confirmed(since=mark, timeout=60)


def test_signer_behind_a_command_that_drops(network, tmp_path):
    """As a line to another machine that breaks and comes back."""
    frontend = network.frontends[0]
    config = network.write_config(tmp_path / "config.yaml", frontends=[frontend])
    command = f"exec:sh -c '{PROGRAM} --key {frontend.key_path('pem')}; exit 9'"
    with running(tmp_path, config, network.publisher, arguments=["--signer", command]) as publisher:
        publisher.wait_confirmed(timeout=60)
        mark = publisher.mark()
        for pid in children(signers(publisher.pid)[0]):
            os.kill(pid, signal.SIGKILL)
        publisher.wait_log("is gone: exited with status 9; trying again", since=mark)
        publisher.wait_log("the signer is back", since=mark, timeout=20)
        network.write_config(config, frontends=[frontend], instances=network.services("instance")[:2])
        publisher.signal(signal.SIGHUP)
        publisher.wait_log("configuration read again", since=mark)
        publisher.wait_confirmed(since=mark, timeout=60)


        start_again(network, frontend, publisher)


def start_again(network, frontend, publisher):
    """The publisher; its signer is where it was."""
    assert publisher.stop() == 0
    publisher.start()
    publisher.wait_confirmed(timeout=60)
    network.wait_answers(frontend.address, 2)


def test_signer_of_another_user(network, tmp_path):
    """Who alone can read the key. Both start again, one after the other."""
    if not UNPRIVILEGED:
        pytest.skip("only root can start something for somebody else")
    frontend = network.frontends[0]
    with tempfile.TemporaryDirectory() as directory:
        program = copy_programs(directory)
        key = shutil.copy(frontend.key_path("pem"), os.path.join(directory, "frontend.key"))
        for path in directory, key:
            shutil.chown(path, "nobody", "nogroup")
        os.chmod(directory, 0o700)
        os.chmod(key, 0o600)
        config = tmp_path / "config.yaml"
        config.write_text(config_text([(key, [(service.name, service.address)
                                              for service in network.services("instance")])]))
        with Signer(directory, [key], program=f"{program}-signer", prefix=UNPRIVILEGED) as signer, \
                running(tmp_path, config, network.publisher,
                        arguments=["--signer", signer.source]) as publisher:
            publisher.wait_confirmed(timeout=60)
            start_again(network, frontend, publisher)
            mark = publisher.mark()
            assert signer.stop() == 0
            publisher.wait_log("the signer at .* is gone", since=mark)
            network.wait_answers(frontend.address, 2)
            signer.start()
            publisher.wait_log("the signer is back", since=mark, timeout=60)
            assert publisher.stop() == 0
            publisher.start()
            publisher.wait_confirmed(timeout=60)
        assert not SANITIZER.search(signer.log()), signer.log()


@pytest.mark.parametrize("kind", [BLIND, CERTIFY])
def test_signer_that_answers_wrongly(network, tmp_path, kind):
    """A key of another frontend, a certificate that is none: nothing is published with them."""
    frontend = network.frontends[0]
    config = network.write_config(tmp_path / "config.yaml", frontends=[frontend])
    with Signer(tmp_path, [frontend.key_path("pem")]) as signer, \
            Tampered(tmp_path, signer) as middle, \
            running(tmp_path, config, network.publisher,
                    arguments=["--signer", middle.source]) as publisher:
        publisher.wait_confirmed(timeout=60)
        assert publisher.stop() == 0
        middle.change = flip(kind)
        publisher.start()
        mark = publisher.start_mark
        for _ in range(2):
            publisher.wait_log(WRONG_ANSWER, since=mark, timeout=120)
            mark = publisher.mark()
        network.wait_answers(frontend.address, 2)
        assert not publisher.find("publishing for time period", since=publisher.start_mark)
        middle.change = None
        publisher.wait_confirmed(timeout=120)
        network.wait_answers(frontend.address, 2)


# Without one.

def test_keys_may_be_unreadable_for_the_publisher(tmp_path, frontend):
    """It does not open the key files, whatever --signer is."""
    with Signer(tmp_path, [frontend]) as signer:
        os.rename(frontend, frontend + ".away")
        assert check(tmp_path, "--signer", signer.source).returncode == 0
        assert check(tmp_path, environment={"ONIONBALANCE_SIGNER": signer.source}).returncode == 0
        without = check(tmp_path)
        assert without.returncode == 1 and "frontend.key: No such file" in without.stderr


def test_another_user_is_let_in_by_name_only(frontend, tmp_path):
    if not UNPRIVILEGED:
        pytest.skip("only root can become somebody else")
    with tempfile.TemporaryDirectory() as directory:
        os.chmod(directory, 0o755)
        program = copy_programs(directory)
        write_config(directory, [ADDRESS])
        os.chmod(os.path.join(directory, "frontend.key"), 0o600)
        arguments = ["--check", *NO_TOR, "-c", os.path.join(directory, "config.yaml")]
        key = os.path.join(directory, "frontend.key")

        def check_as_nobody(signer):
            return run([*arguments, "--signer", signer.source], directory, prefix=UNPRIVILEGED,
                       program=program)

        with Signer(directory, [key], ["--socket-mode", "666"]) as signer:
            assert stat.S_IMODE(os.stat(signer.path).st_mode) == 0o666
            refused = check_as_nobody(signer)
            assert refused.returncode == 1
            assert any("is gone: it has hung up" in text for text in messages(refused.stderr))
            assert "is not let in; if it should be: --allow-user" in signer.log()
        with Signer(directory, [key], ["--socket-mode", "666", "--allow-user", "nobody"]) as signer:
            done = check_as_nobody(signer)
            assert done.returncode == 0, done.stderr


def test_a_new_frontend_needs_no_restart(tmp_path, frontend):
    with Signer(tmp_path, [frontend]) as signer:
        OnionKey.generate().write_pem(tmp_path / "more.key")
        with open(tmp_path / "config.yaml", "a") as file:
            file.write(f"- key: more.key\n  instances:\n  - address: {ADDRESS}\n")
        before = check(tmp_path, "--signer", signer.source)
        assert before.returncode == 1 and "serves 1 key, but not " in before.stderr
        done = run(["--hand-over", str(tmp_path), "-c", str(tmp_path / "config.yaml")], tmp_path)
        assert done.returncode == 0, done.stderr
        signer.signal(signal.SIGHUP)
        assert check(tmp_path, "--signer", signer.source).returncode == 0


def hangs_up(_stream):
    pass


def greets(stream):
    stream.sendall(b"Welcome to vault!\r\n")
    stream.recv(100)


def tells_no_end(stream):
    stream.sendall(b"\0\0\x20\0" + b"x" * 0x2000)
    stream.recv(100)


def tells_too_much(stream):
    stream.sendall(b"\0\1\0\0")
    stream.recv(100)


LIARS = {hangs_up: "it has hung up", greets: "it was cut off", tells_no_end: "it was cut off",
         tells_too_much: "it was cut off"}


@pytest.mark.parametrize("liar", LIARS, ids=lambda each: each.__name__)
def test_whoever_answers_is_not_believed(liar, tmp_path, frontend):
    path = str(tmp_path / "liar")
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(path)
    listener.listen()

    def serve():
        while True:
            try:
                stream, _ = listener.accept()
            except OSError:
                return
            with stream:
                liar(stream)

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    done = check(tmp_path, "--signer", f"unix:{path}")
    listener.shutdown(socket.SHUT_RDWR)
    listener.close()
    thread.join(10)
    assert done.returncode == 1
    assert any(f"is gone: {LIARS[liar]}" in text for text in messages(done.stderr)), done.stderr
    assert frontend.endswith(".key")


def test_signer_ends_without_leaving_its_socket(tmp_path, frontend):
    with Signer(tmp_path, [frontend]) as signer:
        assert signer.stop() == 0
        assert not os.path.exists(signer.path)
        signer.start()
        signer.kill()
        assert os.path.exists(signer.path)
        signer.start()  # in place of what was left
        assert check(tmp_path, "--signer", signer.source).returncode == 0
