"""The rows of test_daemon_configs.py: SAME, DIFFERENT, LEVELS by name, all of
them in ROWS.

What is expected is an exit code, TRACEBACK (exit code 1, and only the Python
program), or what is served: a list of (frontend, instances).
"""

import json
import os
import subprocess
import sys
from dataclasses import dataclass

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))))

from daemons import CONSENSUS, Case  # noqa: E402
from testnet import OnionKey  # noqa: E402

TRACEBACK = "a traceback"
HAS_LOOKED = "consensus"  # in the log of both when they have asked tor

KEY, OTHER_KEY = OnionKey.generate(), OnionKey.generate()
KEYS = {"k": KEY.pem, "other": OTHER_KEY.pem}
FRONTEND, OTHER, A, B = (key.address.removesuffix(".onion") for key in
                         (KEY, OTHER_KEY, OnionKey.generate(), OnionKey.generate()))

MANY = [OnionKey.generate().address.removesuffix(".onion") for _ in range(10)]


@dataclass
class Row:
    case: Case
    ours: object
    theirs: object = None
    why: str = None  # the name of the difference
    guests: tuple = None  # (ours, theirs): how they came to tor
    says: str = ""  # in our log


SAME, DIFFERENT, LEVELS = {}, {}, {}


def service(*instances, key="k", more=""):
    return f"- key: {key}\n{more}  instances:\n" + "".join(f"  - {each}\n" for each in instances)


def one(*instances, **options):
    return "services:\n" + service(*instances, **options)


GOOD = one(f"address: {A}.onion\n    name: node1", f"address: {B}")
SERVED = [(FRONTEND, [A, B])]
ONE = [(FRONTEND, [A])]
SINGLE = one(f"address: {A}")


def case(config=GOOD, arguments=("-s", "control"), files=None, **options):
    return Case(config, list(arguments), files={**KEYS, **(files or {})}, **options)


def same(name, expected, *arguments, says="", **options):
    assert name not in SAME
    SAME[name] = Row(case(*arguments, **options), expected, says=says)


def differ(name, why, ours, theirs, *arguments, says="", guests=None, **options):
    assert name not in DIFFERENT
    DIFFERENT[name] = Row(case(*arguments, **options), ours, theirs, why, guests, says)


def traceback(name, *arguments, why="all-errors", **options):
    """Refused by both, by the Python program with a traceback."""
    differ(name, why, 1, TRACEBACK, *arguments, **options)


# --- configurations: served ----------------------------------------------------

same("good", SERVED)
same("a name that is a number", ONE, one(f"address: {A}\n    name: 12"))
same("a name that is a list", ONE, one(f"address: {A}\n    name: [a]"), says="name: .*left out")
same("a name beyond ASCII", ONE, one(f"address: {A}\n    name: knöten"))
same("a name of 300 letters", ONE, one(f"address: {A}\n    name: {'x' * 300}"))
same("a name with a line end", ONE, one(f'address: {A}\n    name: "a\\nb"'))
same("several services", [(FRONTEND, [A, B]), (OTHER, [B])],
     GOOD + service(f"address: {B}", key="other"))
same("one instance of two services", [(FRONTEND, [A]), (OTHER, [A])],
     SINGLE + service(f"address: {A}", key="other"))
same("12 instances", [(FRONTEND, [A, B, *MANY])],
     GOOD + "".join(f"  - address: {each}\n" for each in MANY))
same("line ends of Windows", SERVED, GOOD.replace("\n", "\r\n"))
same("byte order mark", SERVED, "\ufeff" + GOOD)
same("a line of 100000 characters", SERVED, GOOD + "# " + "x" * 100000 + "\n")
same("marks of the document", SERVED, "---\n" + GOOD + "...\n")
same("JSON", ONE, json.dumps({"services": [{"key": "k", "instances": [{"address": A}]}]}))
same("anchor and alias", ONE, f"x: &i\n- address: {A}\nservices:\n- key: k\n  instances: *i\n")
same("merged map", ONE, "x: &d {name: n}\n" + one(f"<<: *d\n    address: {A}"))
same("a key twice in a map: the last one", SERVED, GOOD.replace("- key: k", "- key: none\n  key: k"),
     says="stands twice")
same("keys that nobody knows", SERVED, "foo: 1\n" + GOOD + "    wieght: 3\n",
     says="not a known key")

# --- configurations: refused ---------------------------------------------------

same("no file", 1, None, says="cannot be read")
same("an empty map", 1, "{}\n", says='no "services"')
same("a list", 1, "[]\n")
same("services of text", 1, "services: all\n")
same("services as a map", 1, GOOD.replace("- key", "  key"))
same("a service of text", 1, "services:\n- abc\n")
same("no key", 1, f"services:\n- instances: [{{address: {A}}}]\n", says=r':2:3: .*no "key"')
same("no instances", 1, "services:\n- key: k\n", says=r':2:3: .*no "instances"')
same("instances of no value", 1, "services:\n- key: k\n  instances:\n")
same("an instance of text", 1, one(A))
same("no address", 1, one("name: x"), says='no "address"')
same("an address of no value", 1, one("address:"))
same("an empty address", 1, one("address: ''"))
same("the placeholder of the wizard", 1, one("address: <Enter the instance onion address here>"))
same("an address of version 2", 1, one("address: expyuzz4wqqyqhjn.onion"), says="56 characters")
same("an address with a typing error", 1, one(f"address: {'b' if A[0] == 'a' else 'a'}{A[1:]}"),
     says="checksum")
same("an address with a subdomain", 1, one(f"address: www.{A}.onion"))
same("a link", 1, one(f"address: http://{A}.onion/"))
same("an address with spaces", 1, one(f"address: ' {A} '"))
same("an upper-case ending", 1, one(f"address: {A}.ONION"))
same("the frontend as its own instance", 1, one(f"address: {FRONTEND}"), says="the frontend itself")
same("the second of two services is wrong", 1, SINGLE + service("address: abc", key="other"))

traceback("empty", "", says="the file is empty")
traceback("services of no value", "services:\n")
traceback("a service of no value", "services:\n-\n")
traceback("a key of no value", one(f"address: {A}", key=""))
traceback("an address that is a number", one("address: 123"))
traceback("an address that is a list", one("address: [a]"))
traceback("instances as a map", f"services:\n- key: k\n  instances:\n    address: {A}\n")
traceback("tab for indentation", "services:\n\t- key: k\n", says=r":2:1: malformed YAML")
traceback("a bracket not closed", "services: [\n")
traceback("a quote not closed", 'services: "\n')
traceback("two documents", GOOD + "---\n" + GOOD, says="a second YAML document")
traceback("an alias of nothing", "services: *x\n")
traceback("a tag of Python", "services: !!python/tuple []\n")
traceback("not UTF-8", GOOD.encode() + b"# \xe9\n")
traceback("a NUL", GOOD + "# \0\n")
traceback("a control character", GOOD + "# \x07\n")
traceback("a folder", None, ["-s", "control", "-c", "."])

differ("no services", "no-services", 1, [], "services: []\n")
differ("an instance twice", "instance-twice", 1, [(FRONTEND, [A, A])],
       one(f"address: {A}", f"address: {A}.onion"))
differ("a key file twice", "frontend-twice", 1, [(FRONTEND, [A]), (FRONTEND, [B])],
       SINGLE + service(f"address: {B}"))
differ("a key twice", "frontend-twice", 1, [(FRONTEND, [A]), (FRONTEND, [B])],
       SINGLE + service(f"address: {B}", key="other"), files={"other": KEY.pem})
differ("upper-case address", "upper-case", ONE, 1, one(f"address: {A.upper()}"))
differ("a key file with the name of a number", "plain-words", ONE, TRACEBACK,
       one(f"address: {A}", key="123"), files={"123": KEY.pem})
differ("a key file with the name yes", "plain-words", ONE, TRACEBACK,
       one(f"address: {A}", key="yes"), files={"yes": KEY.pem})
differ("tab before a value", "tabs", SERVED, TRACEBACK, GOOD.replace("key: k", "key:\tk"))
differ("tab before a comment", "tabs", SERVED, TRACEBACK, GOOD.replace("key: k", "key: k\t# c"))
differ("UTF-16", "tabs", SERVED, TRACEBACK, b"\xff\xfe" + GOOD.encode("utf-16-le"))
differ("a key that is new here", "new-keys", 1, SERVED, "tor: x\n" + GOOD)

# --- key files -----------------------------------------------------------------

TOR_KEY = b"== ed25519v1-secret: type0 ==\0\0\0" + KEY.expanded


def openssl(*arguments, text=None):
    return subprocess.run(["openssl", *arguments], input=text, capture_output=True,
                          check=True).stdout


def key_file(content, **options):
    return {"files": {"k": content}, **options}


ENCRYPTED = openssl("pkcs8", "-topk8", "-passout", "pass:x", text=KEY.pem)

same("PEM with line ends of Windows", SERVED, **key_file(KEY.pem.replace(b"\n", b"\r\n")))
same("PEM with a comment before it", SERVED, **key_file(b"# mine\n\n" + KEY.pem))
same("PEM twice: the first one", SERVED, **key_file(KEY.pem + OTHER_KEY.pem))
same("PEM without final newline", SERVED, **key_file(KEY.pem[:-1]))
same("tor's key", SERVED, **key_file(TOR_KEY))
same("both formats", [(FRONTEND, [A]), (OTHER, [B])], SINGLE + service(f"address: {B}", key="other"),
     files={"k": TOR_KEY})
same("key open to all", SERVED, **key_file((KEY.pem, 0o644)), says="chmod 600")
same("key by a link", SERVED, GOOD.replace("key: k", "key: link"), links={"link": "k"})
same("key by an absolute path", SERVED, GOOD.replace("key: k", "key: /proc/self/cwd/k"))
same("key below the file", SERVED, GOOD.replace("key: k", "key: ./keys/../keys/k"),
     files={"keys/k": KEY.pem})
same("no key file", 1, GOOD.replace("key: k", "key: none"), says="cannot read none: No such file")
same("a folder for a key", 1, **key_file(None))
same("key: empty", 1, **key_file(b""))
same("key: a public one", 1, **key_file(openssl("pkey", "-pubout", text=KEY.pem)))
same("key: tor's cut short", 1, **key_file(TOR_KEY[:95]), says="95 bytes")
same("key: tor's with a newline", 1, **key_file(TOR_KEY + b"\n"))
same("key: tor's public one", 1, says="the secret one is in hs_ed25519_secret_key",
     **key_file(b"== ed25519v1-public: type0 ==\0\0\0" + KEY.public))
traceback("key: RSA", **key_file(openssl("genpkey", "-algorithm", "RSA", "-pkeyopt",
                                         "rsa_keygen_bits:1024")))
traceback("key: encrypted, without a passphrase", why="encrypted-keys", **key_file(ENCRYPTED))
differ("key: encrypted, with a passphrase", "encrypted-keys", SERVED, TRACEBACK,
       GOOD.replace("key: k", "key: k\n  key-passphrase-file: word"),
       files={"k": ENCRYPTED, "word": "x\n"})
differ("key: X25519", "odd-keys", 1,
       [(OnionKey(x25519 := openssl("genpkey", "-algorithm", "X25519")).address[:56], [A, B])],
       **key_file(x25519))
differ("key: byte order mark", "odd-keys", 1, SERVED, **key_file(b"\xef\xbb\xbf" + KEY.pem))
differ("key: 5000 bytes more", "odd-keys", 1, SERVED, **key_file(KEY.pem + b"\n" * 5000))
differ("key: half of it zeros", "zero-prefix", 1, SERVED, **key_file(TOR_KEY[:64] + bytes(32)),
       says="give itself away")
differ("key that anybody may write", "writable-key", 1, SERVED, **key_file((KEY.pem, 0o666)))

# --- what may not be read ------------------------------------------------------

READABLE = {"config.yaml": (GOOD, 0o644), "k": (KEY.pem, 0o644)}
traceback("file not readable", None, files={"config.yaml": (GOOD, 0)}, unprivileged=True,
          says="Permission denied")
same("folder not readable", 1, None, ["-s", "control", "-c", "etc/config.yaml"],
     files={"etc": (None, 0o700)}, unprivileged=True, says="Permission denied")
same("key not readable", 1, None, files={**READABLE, "k": (KEY.pem, 0)}, unprivileged=True,
     says="Permission denied")

# --- command line --------------------------------------------------------------

CONTROL = ["-s", "control"]
TCP = ["-s", "none", "-p", "PORT"]

for flags in (["--socket=control"], ["-scontrol"], ["-s=control"], ["--sock", "control"],
              ["-s", "none", "-pPORT"], ["-s", "none", "-p=PORT"], ["-s", "none", "-p", "0PORT"],
              ["--ip=127.0.0.1", *TCP], ["-p", "PORT", "-s", ""],
              [*CONTROL, "-cconfig.yaml"],
              [*CONTROL, "-c=config.yaml"], [*CONTROL, "--config", "HERE/config.yaml"],
              [*CONTROL, "--c", "config.yaml"], [*CONTROL, "-c", "none", "-c", "config.yaml"],
              [*CONTROL, "-v", "info"], [*CONTROL, "-v=debug"], [*CONTROL, "-v", "DEBUG"],
              [*CONTROL, "--verb", "critical"], [*CONTROL, "-v", "warn"], [*CONTROL, "-v", "fatal"],
              [*CONTROL, "-v", ""], [*CONTROL, "--hs-version", "v3"], [*CONTROL, "--hs=v3"],
              [*CONTROL, "--is"]):
    same(f"flags {' '.join(flags)}", SERVED, GOOD, flags)

for flags in ("-h", "--help", "--vers", "--version --bogus"):
    same(f"flags {flags}", 0, None, flags.split())

for flags in ("-p abc", "--hs-version v4", "--bogus", "-x", "extra", "-c", "--port",
              "--ver", "--h", "--is-testnet=1", "-i -p", "-- extra"):
    same(f"flags {flags}", 2, GOOD, [*CONTROL, *flags.split()])

same("another file that is missing", 1, GOOD, [*CONTROL, "-c", "none"], says="none: cannot be read")
traceback("an empty file name", GOOD, [*CONTROL, "-c", ""])
same("file in a folder, its key beside it", SERVED, None, [*CONTROL, "-c", "etc/config.yaml"],
     files={"etc/config.yaml": GOOD, "etc/k": KEY.pem, "k": OTHER_KEY.pem})
same("file by a link, the key beside the link", SERVED, None, files={"etc/real": GOOD,
     "etc/k": OTHER_KEY.pem}, links={"config.yaml": "etc/real"})

differ("version 2, no file", "only-v3", 2, 1, None, [*CONTROL, "--hs-version", "v2"])
differ("flags -v loud", "usage-errors", 2, TRACEBACK, GOOD, [*CONTROL, "-v", "loud"])
differ("flags -p -1", "usage-errors", 2, TRACEBACK, GOOD, ["-s", "none", "-p", "-1"])
differ("a port too high, never used", "usage-errors", 2, SERVED, GOOD, [*CONTROL, "-p", "70000"])
differ("an address that is none, never used", "usage-errors", 2, SERVED, GOOD, [*CONTROL, "-i", "x"])
differ("a path too long, the port answers", "usage-errors", 2, SERVED, GOOD,
       ["-s", "x" * 200, "-p", "PORT"])
differ("flags -p +PORT", "usage-errors", 2, SERVED, GOOD, ["-s", "none", "-p", "+PORT"])
differ("flags --bogus --version", "usage-errors", 2, 0, GOOD, ["--bogus", "--version"])
differ("a flag for a file name", "usage-errors", 1, 2, GOOD, ["-c", "-h"])
differ("an address of version 6", "hosts", SERVED, TRACEBACK, GOOD,
       ["-s", "none", "-i", "::1", "-p", "PORT"])
differ("localhost", "hosts", SERVED, TRACEBACK, GOOD, ["-i", "localhost", *TCP])

# --- environment ---------------------------------------------------------------

SOCKET, CONFIG, LEVEL, LOCATION, STATUS = (
    f"ONIONBALANCE_{each}" for each in ("TOR_CONTROL_SOCKET", "CONFIG", "LOG_LEVEL", "LOG_LOCATION",
                                        "STATUS_SOCKET_LOCATION"))

same("socket by variable", SERVED, GOOD, [], environment={SOCKET: "control"})
same("file by variable", SERVED, None, environment={CONFIG: "etc/config.yaml"},
     files={"etc/config.yaml": GOOD, "etc/k": KEY.pem})
same("file by variable that is missing", 1, GOOD, environment={CONFIG: "none"})
same("flags stand above variables", SERVED, GOOD, [*CONTROL, "-c", "config.yaml", "-v", "error"],
     environment={CONFIG: "none", SOCKET: "none", LEVEL: "debug"})
same("file for the log", SERVED, GOOD, environment={LOCATION: "HERE/log"})
differ("an empty name of the file", "empty-variables", SERVED, TRACEBACK, GOOD,
       environment={CONFIG: ""})
differ("an empty level", "empty-variables", SERVED, TRACEBACK, GOOD, environment={LEVEL: ""})
differ("a level that is none", "usage-errors", 2, TRACEBACK, GOOD, environment={LEVEL: "loud"})
differ("a log that cannot be written", "log-location", 1, SERVED, GOOD,
       environment={LOCATION: "/nonexistent/log"}, says="cannot append to the log file")
differ("a port given, a socket by variable", "port-wins", SERVED, SERVED, GOOD, ["-p", "PORT"],
       environment={SOCKET: "control"}, guests=(["tcp"], ["unix"]))
differ("an address given, a socket by variable", "port-wins", SERVED, SERVED, GOOD,
       ["-i", "127.0.0.1"], environment={SOCKET: "control"}, guests=([], ["unix"]))

# --- the status socket ---------------------------------------------------------

same("status by the file", SERVED, "status-socket-location: status\n" + GOOD, has_status=False)
same("status by variable and file", SERVED, "status-socket-location: other\n" + GOOD)
same("status by the file and an empty variable", SERVED, "status-socket-location: status\n" + GOOD,
     environment={STATUS: ""})
same("status of no value", SERVED, "status-socket-location:\n" + GOOD, has_status=False,
     until=HAS_LOOKED)
same("status of an empty value", SERVED, "status-socket-location: ''\n" + GOOD, has_status=False,
     until=HAS_LOOKED, says="left out")
same("status in no folder", SERVED, "status-socket-location: /nonexistent/x\n" + GOOD,
     has_status=False, until=HAS_LOOKED, says="cannot open the status socket /nonexistent/x")
same("status with a path too long", SERVED, f"status-socket-location: /{'x' * 200}\n" + GOOD,
     has_status=False, until=HAS_LOOKED, says="too long")
traceback_status = "status-socket-location: [a]\n" + GOOD
differ("status as a list", "status-list", SERVED, TRACEBACK, traceback_status, has_status=False,
       until=HAS_LOOKED)

# --- tor -----------------------------------------------------------------------

PROTOCOLINFO = ('250-PROTOCOLINFO 1\r\n250-AUTH METHODS={}\r\n'
                '250-VERSION Tor="0.4.9.11"\r\n250 OK\r\n')
COOKIE = PROTOCOLINFO.format('COOKIE,SAFECOOKIE COOKIEFILE="HERE/cookie"')

differ("no tor", "waits-for-tor", SERVED, 1, GOOD, ["-s", "none", "-p", "1"],
       says="trying again")
differ("no flags and no tor", "waits-for-tor", SERVED, 1, GOOD, [], environment={SOCKET: "none"})
differ("no cookie", "waits-for-tor", SERVED, 1, answers={"PROTOCOLINFO": COOKIE})
differ("a cookie that may not be read", "waits-for-tor", SERVED, 1, None,
       files={**READABLE, "cookie": (b"x" * 32, 0)}, unprivileged=True,
       answers={"PROTOCOLINFO": COOKIE})
differ("tor wants a password", "waits-for-tor", SERVED, 1,
       answers={"PROTOCOLINFO": PROTOCOLINFO.format("HASHEDPASSWORD")})
differ("tor without a consensus", "waits-for-tor", SERVED, TRACEBACK,
       answers={CONSENSUS: "551 Not there\r\n"})


# --- levels of the log: the least one, ours and theirs -------------------------


def level(name, ours, theirs, arguments=(), environment=None, why=None):
    LEVELS[name] = Row(case(GOOD, [*CONTROL, *arguments], environment=environment or {},
                            until=HAS_LOOKED if ours else None), ours, theirs, why)


# At "debug" ours has nothing to say this early; theirs speaks before it looks at its flags.
for word, ours, theirs in (("debug", "INFO", "DEBUG"), ("info", "INFO", "INFO"),
                           ("warning", "WARNING", "WARNING"), ("error", None, "WARNING")):
    why = "default-level" if ours != theirs else None
    level(f"-v {word}", ours, theirs, ["-v", word], why=why)
    level(f"variable {word}", ours, theirs, environment={LEVEL: word}, why=why)
level("-v above the variable", None, "WARNING", ["-v", "critical"], {LEVEL: "debug"}, "default-level")
level("neither", "INFO", "WARNING", why="default-level")

ROWS = {**SAME, **DIFFERENT, **{f"level {name}": row for name, row in LEVELS.items()}}
