"""A control port that misbehaves, or lets nobody in: the log says so, the program
goes on, and publishes as soon as a good tor is to be found at the same place."""

import os
import re
import shutil
import socket
import subprocess
import tempfile
import time

import pytest

from fake_tor import BOOTSTRAPPED, CONSENSUS, HONEST, PROTOCOLINFO, FakeTor
from robust import UNPRIVILEGED, copy_programs, running, write_config
from testnet import wait_until

HANDSHAKE_SECONDS = 30  # how long the program waits for one that says nothing


@pytest.fixture
def config(network, tmp_path):
    """A frontend of its own over the network's instances."""
    return write_config(tmp_path, [service.address for service in network.services("instance")])


@pytest.fixture(scope="module", autouse=True)
def silent(network, tmp_path_factory):
    """A tor that takes the connection and says nothing: noticed while the other tests run."""
    directory = tmp_path_factory.mktemp("silent")
    path = str(directory / "control")
    config = write_config(directory, [network.services("instance")[0].address])
    with FakeTor(path, lambda peer: peer.wait_end()) as tor, \
            running(directory, config, None, arguments=["-s", path]) as publisher:
        yield tor, publisher


# What it may say.

def garbage(peer):
    peer.send(bytes(range(256)) * 20)
    peer.wait_end()


def web_server(peer):
    peer.read_command()
    peer.send("HTTP/1.1 400 Bad Request\r\nServer: nginx\r\n\r\n")


def endless_line(peer):
    for _ in range(100):
        peer.send(b"2" * 65536)


def closes_at_once(_peer):
    pass


def cut_in_handshake(peer):
    peer.read_command()
    peer.send(HONEST["PROTOCOLINFO"][:40])


def strange_protocol(peer):
    peer.read_command()
    peer.send("250-PROTOCOLINFO 9\r\n250 OK\r\n")
    peer.wait_end()


def refuses_everything(peer):
    while True:
        peer.read_command()
        peer.send("514 Authentication required.\r\n")


def offers(methods):
    def script(peer):
        peer.answer({"PROTOCOLINFO": PROTOCOLINFO.format(methods=methods)})
    return script


def tells_too_much(peer):
    peer.answer(HONEST)
    peer.send("250 OK\r\n" * 3)
    peer.wait_end()


def closes_in_reply(peer):
    peer.answer(HONEST)
    peer.send(f"250+{CONSENSUS.split()[1]}=\r\nnetwork-status-version 3 microdesc\r\n")


def oversized_reply(peer):
    peer.answer(HONEST)
    peer.send(f"250+{CONSENSUS.split()[1]}=\r\n")
    for _ in range(60):
        peer.send((b"m " + b"x" * 1020 + b"\r\n") * 1024)
    peer.wait_end()


def too_many_lines(peer):
    peer.answer(HONEST)
    peer.send("250-a=b\r\n" * 10000)
    peer.wait_end()


def consensus_reply(consensus, microdescs="onion-key\nntor-onion-key x\n"):
    return (f"250+dir/status-vote/current/consensus-microdesc=\r\n{consensus}\r\n.\r\n"
            f"250+md/all=\r\n{microdescs}\r\n.\r\n250 OK\r\n")


def empty_consensus(peer):
    peer.answer({**HONEST, CONSENSUS: consensus_reply("")})


def refused_consensus(peer):
    peer.answer({**HONEST, CONSENSUS: "551 Could not open cached consensus.\r\n"})


def other_answer(peer):
    peer.answer({**HONEST, CONSENSUS: "250-version=0.4.9.11\r\n250 OK\r\n"})


def strange_events(peer):
    peer.answer(HONEST)
    peer.send("650 HS_DESC \x01\x02\r\n650 HS_DESC FAILED x\r\n650+HS_DESC_CONTENT a b c\r\n.\r\n650 OK\r\n")
    peer.wait_end()


def slow(peer):
    def dribble(text):
        for each in text:
            peer.send(each)
            time.sleep(0.002)
    peer.answer({**HONEST, "GETINFO status/bootstrap-phase": BOOTSTRAPPED.replace("100", "50")}, dribble)


SCRIPTS = {  # script: what the log says
    garbage: r"sends a line without a status code: |sends .*: \"",
    web_server: r'sends .*"HTTP/1\.1 400 Bad Request"',
    endless_line: r"sends a line of more than 65536 bytes",
    closes_at_once: r"has closed the connection instead of answering PROTOCOLINFO|cannot be reached",
    cut_in_handshake: r"has closed the connection instead of answering PROTOCOLINFO",
    strange_protocol: r"answers PROTOCOLINFO in a form that we do not know",
    refuses_everything: r'refuses PROTOCOLINFO: it says "514 Authentication required',
    offers("NEWFANGLED"): r"offers authentication by NEWFANGLED only",
    offers("HASHEDPASSWORD"): r"no control password is configured \(tor\.control-password-file\)",
    offers('COOKIE COOKIEFILE="/nonexistent/cookie"'):
        r"offers authentication by COOKIE only: /nonexistent/cookie: No such file or directory",
    tells_too_much: r"answers a command that we did not send",
    closes_in_reply: r"tor at unix:.* has closed the connection; connecting again",
    oversized_reply: r"sends a reply of more than 50331648 bytes",
    too_many_lines: r"sends a reply of more than 4096 lines",
    empty_consensus: r"tor has no usable consensus yet: its consensus or microdescriptors are unusable",
    refused_consensus: r"tor has no usable consensus yet: 551 Could not open cached consensus",
    other_answer: r"tor has no usable consensus yet: its answer lacks what was asked for",
    strange_events: r"tor sends an event HS_DESC in a form that we do not know; it is skipped",
    slow: r"tor is starting: 50 %",
}


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script.__qualname__.split(".")[0])
def test_bad_tor_then_a_good_one(script, network, config, tmp_path):
    path = str(tmp_path / "control")
    tor = FakeTor(path, script)
    try:
        with running(tmp_path, config, None, arguments=["-s", path]) as publisher:
            entry = publisher.wait_log(SCRIPTS[script])
            assert entry.level in ("WARNING", "INFO")
            tor.close()
            os.symlink(network.publisher.control_socket, path)
            publisher.wait_confirmed(timeout=40)
    finally:
        tor.close()
    assert not tor.mistakes


def test_same_trouble_is_told_once(config, tmp_path):
    path = str(tmp_path / "control")
    with FakeTor(path, web_server) as tor:
        with running(tmp_path, config, None, arguments=["-s", path]) as publisher:
            wait_until(lambda: tor.connections >= 4, 60, "four tries")
            assert len([entry for entry in publisher.entries() if "HTTP" in entry.text]) == 1


def test_consensus_cut_short_keeps_the_last_one(network, config, tmp_path):
    """Cut anywhere: it is refused as a whole, and the next good one is taken."""
    with network.publisher.control() as control:
        consensus = control.getinfo(CONSENSUS.split()[1])
        microdescs = control.getinfo("md/all")
    replies = [consensus_reply(consensus[:len(consensus) * part // 10], microdescs)
               for part in (1, 5, 9)] + [consensus_reply(consensus, microdescs)]

    def script(peer):
        for reply in replies:
            peer.answer(HONEST)
            peer.send(reply)
        while True:  # fetches: taken, and never answered
            peer.answer({**HONEST, "HSFETCH": "250 OK\r\n"})
            peer.send("250 OK\r\n")

    path = str(tmp_path / "control")
    with FakeTor(path, script) as tor, \
            running(tmp_path, config, None, arguments=["-s", path]) as publisher:
        publisher.wait_log("tor has no usable consensus yet: its consensus or microdescriptors are unusable")
        publisher.wait_log(r"consensus of .* HSDirs \(0 not known yet\)")
        assert tor.connections == 1


# Ways in.

@pytest.fixture
def open_directory():
    """One that every user can enter, with programs that every user can run."""
    path = tempfile.mkdtemp(prefix="robust-")
    os.chmod(path, 0o755)
    yield path
    shutil.rmtree(path)


def test_no_permission_for_the_cookie(network, open_directory):
    config = write_config(open_directory, [network.services("instance")[0].address])
    cookie = os.path.join(network.publisher.data_directory, "control_auth_cookie")
    if UNPRIVILEGED:
        shutil.chown(os.path.join(open_directory, "frontend.key"), "nobody")
    else:
        os.chmod(cookie, 0)
    try:
        with running(open_directory, config, None, program=copy_programs(open_directory),
                     prefix=UNPRIVILEGED,
                     arguments=["-p", str(network.publisher.control_port)]) as publisher:
            entry = publisher.wait_log("no control connection to tor")
    finally:
        os.chmod(cookie, 0o600)
    assert re.search(r"offers authentication by COOKIE,SAFECOOKIE only: "
                     rf"{cookie}: Permission denied; .*CookieAuthFileGroupReadable 1.*"
                     r"add user \S+ to group \S+, which owns ", entry.text)


def test_no_permission_for_the_socket(network, open_directory):
    if not UNPRIVILEGED:
        pytest.skip("only root can become another user")
    config = write_config(open_directory, [network.services("instance")[0].address])
    shutil.chown(os.path.join(open_directory, "frontend.key"), "nobody")
    with running(open_directory, config, network.publisher, program=copy_programs(open_directory),
                 prefix=UNPRIVILEGED) as publisher:
        entry = publisher.wait_log("no control connection to tor")
    assert re.search(rf"{network.publisher.control_socket}: Permission denied; .*"
                     r"ControlSocketsGroupWritable 1.*add user nobody to group ", entry.text)


@pytest.fixture
def password_tor(tmp_path):
    """(port, password) of a tor that is on no network."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    hashed = subprocess.run(["tor", "--quiet", "--hash-password", "right"], capture_output=True,
                            text=True, check=True).stdout.strip()
    torrc = tmp_path / "torrc"
    torrc.write_text(f"DisableNetwork 1\nSocksPort 0\nControlPort {port}\n"
                     f"HashedControlPassword {hashed}\nDataDirectory {tmp_path / 'tor'}\n")
    tor = subprocess.Popen(["tor", "--quiet", "-f", str(torrc)])
    try:
        yield port, "right"
    finally:
        tor.kill()
        tor.wait()


def test_wrong_password_then_the_right_one(password_tor, network, tmp_path):
    port, password = password_tor
    (tmp_path / "password").write_text("wrong\n")
    config = write_config(tmp_path, [network.services("instance")[0].address],
                          head=f"tor:\n  control: 127.0.0.1:{port}\n  control-password-file: password\n")
    with running(tmp_path, config, None) as publisher:
        publisher.command[1:] = ["-c", str(config)]
        publisher.wait_log(f"tor at 127.0.0.1:{port} does not accept the control password: "
                           r'it says "515 Authentication failed')
        assert publisher.find("chosen by tor.control of the configuration file")
        publisher.stop()
        (tmp_path / "password").write_text(f"{password}\n")
        publisher.start()
        publisher.wait_log(rf"control connection to tor \S+ at 127\.0\.0\.1:{port} .*"
                           "authentication method HASHEDPASSWORD")
        publisher.wait_log("FetchDirInfoEarly or FetchDirInfoExtraEarly off: set both to 1")


def test_no_password(password_tor, network, tmp_path):
    config = write_config(tmp_path, [network.services("instance")[0].address])
    with running(tmp_path, config, None, arguments=["-p", str(password_tor[0])]) as publisher:
        publisher.wait_log("offers authentication by HASHEDPASSWORD only: no control password is "
                           r"configured \(tor\.control-password-file\)")


# Last in this file: see the fixture.

def test_silent_tor(silent):
    _, publisher = silent
    publisher.wait_log("took the connection but does not answer: it is busy, or not a control port",
                       timeout=HANDSHAKE_SECONDS + 10)
