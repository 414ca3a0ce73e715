"""Command line, environment, configuration files and keys, good and bad, through the program.

No tor is needed: what is bad ends the program before it looks for one, and what
is good is seen in the log when it has looked in vain.
"""

import os
import re
import shutil
import signal
import subprocess
import tempfile

import pytest

from robust import UNPRIVILEGED, copy_programs, messages, run, running, write_config
from testnet import OnionKey, config_text

ADDRESS = OnionKey.generate().address
OTHER = OnionKey.generate().address
NO_TOR = r"no control connection to tor \(chosen by {}\): .*; trying again"

GOOD = f"services:\n- key: frontend.key\n  instances:\n  - address: {ADDRESS}\n"


@pytest.fixture
def directory(tmp_path):
    """With a good config.yaml and its key."""
    write_config(tmp_path, [ADDRESS])
    return tmp_path


@pytest.fixture
def open_directory():
    """One that every user can enter, with programs that every user can run."""
    path = tempfile.mkdtemp(prefix="robust-")
    os.chmod(path, 0o755)
    copy_programs(path)
    yield path
    shutil.rmtree(path)


# Command line.

PRINTED = {
    "--help": r"(?s)usage: onionbalance .*--is-testnet",
    "-h": r"usage: onionbalance ",
    "--version": r"onionbalance \d+\.\d+\.\d+\n",
    "--vers": r"onionbalance \d+\.\d+\.\d+\n",
}

WRONG = {
    "--port abc": r'-p/--port: "abc" is not a number from 1 to 65535',
    "--port=0": r'-p/--port: "0" is not a number',
    "-p65536": r'-p/--port: "65536" is not a number',
    "--ip localhost:": r'-i/--ip: "localhost:" is not an IPv4 or IPv6 address',
    "--hs-version v2": r'--hs-version: "v2" is not v3',
    "-v loud": r'-v/--verbosity: "loud" is not one of debug, info, warning, error, critical',
    "--verbosity": r'argument: "--verbosity" needs a value',
    "-p": r'argument: "-p" needs a value',
    "--ver": r'argument: "--ver" is ambiguous',
    "--nonsense": r'argument: "--nonsense" is not known',
    "-x": r'argument: "-x" is not known',
    "--version=3": r'argument: "--version=3" takes no value',
    "extra": r'argument: "extra" is not known',
    f"-s {'x' * 200}": r"-s/--socket: .* is empty or too long",
}


@pytest.mark.parametrize("arguments", PRINTED)
def test_printed(arguments, tmp_path):
    done = run(arguments.split(), tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert re.match(PRINTED[arguments], done.stdout)


@pytest.mark.parametrize("arguments", WRONG)
def test_wrong_usage(arguments, directory):
    done = run(arguments.split(" "), directory)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("usage: onionbalance ")
    assert re.search(f"\nonionbalance: error: {WRONG[arguments]}", done.stderr)


RIGHT = {  # arguments, with SOCKET for a path: what the log says of them
    "-s SOCKET": NO_TOR.format("--socket was given").replace(r"\): .*", r"\): SOCKET: No such file"
                                                                        r".*; 127\.0\.0\.1:9051: .*"),
    "--socket=SOCKET --port=1": r"SOCKET: No such file or directory; 127\.0\.0\.1:1: Connection refused",
    "-p1": NO_TOR.format("--ip or --port was given").replace(".*", r"127\.0\.0\.1:1: Connection refused"),
    "--ip 127.0.0.2 --port 1": r"127\.0\.0\.2:1: Connection refused",
    "-i ::1 -p 1": r"\[::1\]:1: ",
    "--hs-version v3 -p 1": r"Connection refused",
    "--is-testnet -p 1": r"Connection refused",
    "--verb debug -p 1": r"Connection refused",
    "--config config.yaml -p 1": r"Connection refused",
}


@pytest.mark.parametrize("arguments", RIGHT)
def test_right_usage(arguments, directory):
    socket = str(directory / "control")
    with running(directory, directory / "config.yaml", None,
                 arguments=arguments.replace("SOCKET", socket).split()) as publisher:
        publisher.wait_log(RIGHT[arguments].replace("SOCKET", re.escape(socket)))


def test_advice_without_tor(directory):
    with running(directory, directory / "config.yaml", None, arguments=["-p", "1"]) as publisher:
        publisher.wait_log("is tor running, with ControlSocket or ControlPort in its torrc")


def test_level(directory):
    with running(directory, directory / "config.yaml", None,
                 arguments=["-p", "1", "-v", "warning"]) as publisher:
        publisher.wait_log("trying again")
    assert {entry.level for entry in publisher.entries()} == {"WARNING"}


# Environment.

def test_environment(directory):
    os.rename(directory / "config.yaml", directory / "other.yaml")
    log = directory / "own.log"
    socket = directory / "control"
    environment = {"ONIONBALANCE_CONFIG": "other.yaml", "ONIONBALANCE_LOG_LEVEL": "warning",
                   "ONIONBALANCE_TOR_CONTROL_SOCKET": str(socket),
                   "ONIONBALANCE_LOG_LOCATION": str(log)}
    with running(directory, "unused", None, environment=environment) as publisher:
        publisher.command[1:] = []
        publisher.stop()
        publisher.log_path = str(log)
        publisher.start()
        entry = publisher.wait_log(r"\(chosen by ONIONBALANCE_TOR_CONTROL_SOCKET is set\)")
        assert f"{socket}: No such file or directory" in entry.text
    assert {entry.level for entry in publisher.entries()} == {"WARNING"}


def test_flags_stand_above_the_environment(directory):
    environment = {"ONIONBALANCE_CONFIG": "absent.yaml", "ONIONBALANCE_LOG_LEVEL": "critical",
                   "ONIONBALANCE_TOR_CONTROL_SOCKET": "/nonexistent/control"}
    with running(directory, directory / "config.yaml", None, environment=environment,
                 arguments=["-v", "info", "-p", "1"]) as publisher:
        publisher.wait_log(r"chosen by --ip or --port was given\): 127.0.0.1:1: ")


def test_empty_variables_are_as_absent(directory):
    environment = dict.fromkeys(("ONIONBALANCE_CONFIG", "ONIONBALANCE_LOG_LEVEL",
                                 "ONIONBALANCE_TOR_CONTROL_SOCKET", "ONIONBALANCE_LOG_LOCATION",
                                 "ONIONBALANCE_STATUS_SOCKET_LOCATION"), "")
    with running(directory, directory / "config.yaml", None, environment=environment,
                 arguments=["-p", "1"]) as publisher:
        publisher.wait_log("chosen by --ip or --port")


BAD_ENVIRONMENT = {
    "ONIONBALANCE_LOG_LEVEL=loud": (2, 'ONIONBALANCE_LOG_LEVEL: "loud" is not one of debug'),
    "ONIONBALANCE_CONFIG=absent.yaml": (1, r"absent\.yaml: cannot be read: No such file"),
    "ONIONBALANCE_LOG_LOCATION=/nonexistent/log":
        (1, "cannot append to the log file /nonexistent/log: No such file or directory"),
    f"ONIONBALANCE_TOR_CONTROL_SOCKET={'x' * 200}":
        (2, "ONIONBALANCE_TOR_CONTROL_SOCKET: .* is empty or too long"),
}


@pytest.mark.parametrize("setting", BAD_ENVIRONMENT)
def test_bad_environment(setting, directory):
    status, text = BAD_ENVIRONMENT[setting]
    name, _, value = setting.partition("=")
    done = run([], directory, {name: value})
    assert done.returncode == status
    assert re.search(text, done.stderr)


# Configuration file.

def service(key="key: frontend.key", instances=f"instances: [{{address: {ADDRESS}}}]"):
    return f"services:\n- {key}\n  {instances}\n"


BAD_CONFIGS = {
    "empty": ("", r': the file is empty: "services" is missing'),
    "services missing": ("status-socket-location: /x\n", r':1:1: the file has no "services"'),
    "services null": ("services:\n", r":1:10: services: is empty"),
    "services empty": ("services: []\n", r":1:11: services: is empty"),
    "services text": ("services: all\n", r":1:11: "),
    "not a map": ("- a\n- b\n", r":1:1: the file must be a map"),
    "service not a map": ("services:\n- abc\n", r":2:3: a service must be a map"),
    "key missing": (f"services:\n- instances: [{{address: {ADDRESS}}}]\n",
                    r':2:3: a service has no "key"'),
    "instances missing": ("services:\n- key: frontend.key\n", r':2:3: a service has no "instances"'),
    "no instances": (service(instances="instances: []"), r":3:14: instances: is empty"),
    "instance not a map": (service(instances="instances: [abc]"), r":3:15: an instance must be a map"),
    "address missing": (service(instances="instances: [{name: a}]"),
                        r':3:15: an instance has no "address"'),
    "address empty": (service(instances="instances: [{address: ''}]"), r":3:25: address: is empty"),
    "address invalid": (service(instances="instances: [{address: abc.onion}]"),
                        r':3:25: address: "abc\.onion" is not an onion address'),
    "address mistyped": (service(instances=f"instances: [{{address: {ADDRESS[1:56]}a}}]"),
                         r":3:25: address: .* is not an onion address"),
    "address of the old tutorial": (
        service(instances="instances: [{address: "
                          "wmilwokvqistssclrjdi5arzrctn6bznkwmosvfyobmyv2fc3idbpwyd.onion}]"),
        r":3:25: address: .* its checksum is wrong"),
    "duplicate instance": (
        service(instances=f"instances: [{{address: {ADDRESS}}}, {{address: {ADDRESS[:56]}}}]"),
        r":3:\d+: address: .* stands twice in one service, first at line 3"),
    "malformed YAML": ("services:\n- key: [\n", r":3:1: malformed YAML"),
    "tab": ("services:\n\t- key: a\n", r":2:1: malformed YAML"),
    "octets": (b"services: \xff\xfe\n", r":1:11: malformed text: invalid leading UTF-8 octet"),
}


def refuse(directory, prefix=(), arguments=("-p", "1")):
    """The error messages of a run that must end with status 1."""
    done = run(arguments, directory, prefix=prefix)
    assert (done.returncode, done.stdout) == (1, ""), done.stderr
    return messages(done.stderr)


@pytest.mark.parametrize("name", BAD_CONFIGS)
def test_bad_config(name, directory):
    content, text = BAD_CONFIGS[name]
    (directory / "config.yaml").write_bytes(content if isinstance(content, bytes) else content.encode())
    errors = refuse(directory)
    assert len(errors) == 1
    assert re.match(r"config\.yaml" + text, errors[0])


def test_all_errors_in_one_pass(directory):
    (directory / "config.yaml").write_text(
        "services:\n- key:\n  instances:\n  - address: a\n  - name: b\n- instances: []\n")
    places = [error.split(": ")[0] for error in refuse(directory)]
    assert places == ["config.yaml:2:7", "config.yaml:4:14", "config.yaml:5:5", "config.yaml:6:3",
                      "config.yaml:6:14"]


def test_config_missing(tmp_path):
    assert refuse(tmp_path) == ["config.yaml: cannot be read: No such file or directory"]
    assert refuse(tmp_path, arguments=["-c", "/"]) == ["/: cannot be read: Is a directory"]


def test_config_unreadable(open_directory):
    write_config(open_directory, [ADDRESS])
    os.chmod(os.path.join(open_directory, "config.yaml"), 0)
    [error] = refuse_unprivileged(open_directory)
    assert re.match(r"config\.yaml: cannot be read: Permission denied", error)


def refuse_unprivileged(directory):
    done = subprocess.run([*UNPRIVILEGED, os.path.join(directory, "onionbalance"), "-p", "1"],
                          cwd=directory, capture_output=True, text=True, timeout=20, check=False)
    assert done.returncode == 1, done.stderr
    return messages(done.stderr)


def test_unknown_keys_are_warned_of(directory):
    (directory / "config.yaml").write_text(GOOD + "    adress: x\nstatus_socket_location: /x\n")
    with running(directory, directory / "config.yaml", None, arguments=["-p", "1"]) as publisher:
        publisher.wait_log("configuration read: 1 service, 1 instance")
    assert publisher.find(r':5:5: "adress" is not a known key .* did you mean "address"\?')
    assert publisher.find(r':6:1: "status_socket_location" .* "status-socket-location"\?')


def test_one_instance_of_two_services(directory):
    OnionKey.generate().write_pem(directory / "second.key")
    (directory / "config.yaml").write_text(config_text(
        [("frontend.key", [("a", ADDRESS), ("b", OTHER)]), ("second.key", [("c", ADDRESS)])]))
    with running(directory, directory / "config.yaml", None, arguments=["-p", "1"]) as publisher:
        publisher.wait_log("configuration read: 2 services, 2 instances")


# Keys.

def openssl(*arguments, text=None):
    return subprocess.run(["openssl", *arguments], input=text, capture_output=True, check=True).stdout


def key_files():
    """name: (content, what the log says)"""
    key = OnionKey.generate()
    tor = b"== ed25519v1-secret: type0 ==\0\0\0" + key.expanded
    return {
        "empty": (b"", "frontend.key is empty"),
        "text": (b"secret\n", "frontend.key is neither a PEM file .* nor an hs_ed25519_secret_key of Tor"),
        "RSA": (openssl("genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:1024"),
                "frontend.key holds a key of another kind than Ed25519"),
        "X25519": (openssl("genpkey", "-algorithm", "X25519"),
                   "frontend.key holds a key of another kind than Ed25519"),
        "public PEM": (openssl("pkey", "-pubout", text=key.pem),
                       "frontend.key is a PEM file, but holds 'PUBLIC KEY'"),
        "encrypted PEM": (openssl("pkcs8", "-topk8", "-passout", "pass:x", text=key.pem),
                          "frontend.key is encrypted, and there is no passphrase, nor a terminal to ask on; .*key-passphrase-file"),
        "damaged PEM": (key.pem.replace(b"MC4CAQ", b"MC4CAR"), "frontend.key is a damaged PEM file"),
        "PEM cut short": (key.pem[:60], "frontend.key is a damaged PEM file|is neither a PEM file"),
        "Tor's cut short": (tor[:95], "frontend.key has 95 bytes, but an hs_ed25519_secret_key of Tor has 96"),
        "Tor's public": (b"== ed25519v1-public: type0 ==\0\0\0" + key.public,
                         "frontend.key holds a public key; the secret one is in hs_ed25519_secret_key"),
        "Tor's with a zero prefix": (tor[:64] + bytes(32), "frontend.key holds a key that would give itself away"),
        "too large": (bytes(5000), "frontend.key is too large for a key file"),
    }


KEY_FILES = key_files()


@pytest.mark.parametrize("name", KEY_FILES)
def test_bad_key(name, directory):
    content, text = KEY_FILES[name]
    (directory / "frontend.key").write_bytes(content)
    errors = refuse(directory)
    assert len(errors) == 1
    assert re.match(rf"config\.yaml:\d+:\d+: services\[0\]: key: ({text})", errors[0])


@pytest.mark.parametrize("word", ["right", "wrong"])
def test_encrypted_key_with_a_passphrase_file(word, directory):
    key = OnionKey.generate()
    (directory / "frontend.key").write_bytes(
        openssl("pkcs8", "-topk8", "-passout", "pass:right", text=key.pem))
    (directory / "word").write_text(f"{word}\n")
    for name in ("frontend.key", "word"):
        os.chmod(directory / name, 0o600)
    (directory / "config.yaml").write_text(GOOD + "  key-passphrase-file: word\n")
    if word == "wrong":
        [error] = refuse(directory)
        assert re.search(r"key: frontend\.key is encrypted, and the passphrase in \S*word does not fit", error)
        return
    with running(directory, directory / "config.yaml", None, arguments=["-p", "1"]) as publisher:
        publisher.wait_log("configuration read: 1 service, 1 instance")


def test_good_keys_mixed(directory):
    OnionKey.generate().write_tor_secret(directory / "hs_ed25519_secret_key")
    (directory / "config.yaml").write_text(GOOD + GOOD.replace("services:\n", "").replace(
        "frontend.key", "hs_ed25519_secret_key"))
    with running(directory, directory / "config.yaml", None, arguments=["-p", "1"]) as publisher:
        publisher.wait_log("configuration read: 2 services, 1 instance")
    assert {entry.level for entry in publisher.entries()} == {"INFO", "WARNING"}
    assert not publisher.find("open to|PEM|format")


def test_missing_keys_are_all_named(directory):
    (directory / "config.yaml").write_text(
        config_text([("absent.key", [("a", ADDRESS)]), ("/", [("a", ADDRESS)]),
                     ("config.yaml", [("a", ADDRESS)])]))
    errors = refuse(directory)
    assert [error.partition(": key: ")[2] for error in errors] == [
        "cannot read absent.key: No such file or directory", "cannot read /: Is a directory",
        "config.yaml is neither a PEM file (PKCS#8) nor an hs_ed25519_secret_key of Tor"]


def test_fifo_as_key_does_not_block(directory):
    os.remove(directory / "frontend.key")
    os.mkfifo(directory / "frontend.key")
    assert "cannot read frontend.key: Not a regular file" in refuse(directory)[0]


def test_unreadable_key(open_directory):
    write_config(open_directory, [ADDRESS])
    os.chmod(os.path.join(open_directory, "frontend.key"), 0)
    [error] = refuse_unprivileged(open_directory)
    assert re.search(r"services\[0\]: key: cannot read frontend\.key: Permission denied", error)


def test_permissions_of_keys(directory):
    os.chmod(directory / "frontend.key", 0o666)
    assert re.search(r"frontend\.key may be written by anybody \(mode 0666\)", refuse(directory)[0])
    os.chmod(directory / "frontend.key", 0o640)
    with running(directory, directory / "config.yaml", None, arguments=["-p", "1"]) as publisher:
        entry = publisher.wait_log(r"frontend\.key is open to the group or to others \(mode 0640\); chmod 600 it")
        assert entry.level == "WARNING"


def test_two_services_with_one_key(directory):
    shutil.copy(directory / "frontend.key", directory / "copy.key")
    (directory / "config.yaml").write_text(
        config_text([("frontend.key", [("a", ADDRESS)]), ("copy.key", [("b", OTHER)])]))
    [error] = refuse(directory)
    assert re.match(r"config\.yaml:\d+:\d+: .*same", error)


def test_frontend_as_its_own_instance(directory):
    key = OnionKey.generate()
    key.write_pem(directory / "frontend.key")
    write_config(directory, [ADDRESS, key.address])
    [error] = refuse(directory)
    assert re.match(r"config\.yaml:\d+:\d+: .*own", error)


def test_password_file_missing(directory):
    text = (directory / "config.yaml").read_text()
    (directory / "config.yaml").write_text("tor:\n  control-password-file: absent\n" + text)
    [error] = refuse(directory, arguments=())
    assert re.match(r"tor\.control-password-file: .*absent: No such file or directory", error)


# Ends.

@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_end_without_tor(number, directory):
    with running(directory, directory / "config.yaml", None, arguments=["-p", "1"]) as publisher:
        publisher.wait_log("trying again")
        publisher.signal(number)
        assert publisher.wait_end(5) == 0
        publisher.start()
        publisher.wait_log("trying again")
