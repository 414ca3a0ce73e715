"""Each line of an example in the documents has a class, and what that class asks for holds.

Lines that run do so on a machine of their own as far as that goes: a mount
namespace where /root, /etc/tor, /etc/onionbalance and /var/lib/tor are empty.
It needs root, and the users that Debian's tor and onionbalance have made. What
cannot run on a build machine stands in CHECKED, with the reason.
"""

import os
import re
import shlex
import shutil
import subprocess
import sys

import pytest

from documents import ROOT, all_lines, fenced, markdown_lines, read

BUILD = os.path.join(ROOT, os.environ.get("ONIONBALANCE_BUILD", "build"))
PROGRAMS = ("onionbalance", "onionbalance-config", "onionbalance-signer")
PYTEST = "/usr/bin/python3 -m pytest "
EMPTY = ("/root", "/etc/tor", "/etc/onionbalance", "/var/lib/tor")

ADDRESSES = ("gf3jximivdhyucaqa6eqi6so37h3xhkshifpqamdyhy7prjgtkyreiyd",
             "kcx3l55uw24t22wzebaa4hnqcskkhvn7aihk5s7mzyjykncok4aw7hid")
FILL_IN = "".join(f'sed -i "0,/<Enter the instance onion address here>/s//{each}.onion/" '
                  "/root/balance/config.yaml\n" for each in ADDRESSES)

# No commands: lines of files, of screens, of overviews.
TEXTS = (r"onionbalance/1 .*", r"MasterOnionAddress \S+",
         r"\[Service\]", r"IPAddressAllow=ADDRESS", r"LoadCredentialEncrypted=\S+",
         r"publisher|backend[12]", r"config\.yaml|FRONTEND\.key|node[12]/torrc, node[12]/ob_config",
         r"\d{4}-\d\d-\d\d [\d:,]+ \[INFO\]: \.\.\.", r"\[WARNING\]: node1: down: .+",
         r'Status: "2/2 backends, 16/16 uploads confirmed"',
         # doc/signer.md: a drop-in of systemd, the journal, the log, and how a frame is laid out
         r"(User|Group|Environment|AppArmorProfile)=.*",
         r"[\d: -]+ ADDRESS\.onion period \S+ key HEX until [\d: -]+ by .*",
         r"signer: refused for ADDRESS\.onion, .*",
         r"frame|kind \(1\), id \(4, the reply repeats it\), fields of the kind")
TORRC = r"(HiddenService\w+|SocksPort|ControlSocket|CookieAuthentication|FetchDirInfo\w+) \S.*"


def check_apt(line):
    """Our own packages have the version of debian/changelog; others are named in the tree."""
    version = re.search(r"\((?:\d+:)?(\S+)\)", read("debian/changelog")).group(1)
    tree = read("debian/control") + read("scripts/package") + read("scripts/test")
    for word in line.split()[2:]:
        if word.startswith("./"):
            assert word.startswith(f"./onionbalance_{version}_"), line
        elif "=" in word:
            assert word == "onionbalance=" + re.search(
                r"python_version=(\S+)", read("tests/package/lifecycle")).group(1)
        elif not word.startswith("--") and word not in ("nginx", "torsocks", "curl"):
            assert re.search(rf"(^|[\s,(]){re.escape(word)}($|[\s,)])", tree, re.M), word


def check_unit(line):
    """Ours is in dist/, and can do what it is told; tor's are those that it is ordered after."""
    words = line.split()
    unit = words[-1]
    text = read("dist/onionbalance.service")
    if unit.startswith("tor"):
        assert unit in ("tor", "tor@default") and f"{unit}.service" in text
        return
    text = read(f"dist/{unit}.service") if os.path.exists(f"{ROOT}/dist/{unit}.service") else ""
    assert text or unit == "onionbalance-signer", line
    needed = {"reload": "ExecReload=", "enable": "WantedBy=", "start": "ExecStart="}
    if text and words[0] == "systemctl":
        assert needed.get(words[1], "") in text


def check_log(line):
    assert f"ONIONBALANCE_LOG_LOCATION={line.split()[-1]}" in read("dist/onionbalance.service")


def check_script(line):
    path, *flags = line.split()
    assert os.access(os.path.join(ROOT, path), os.X_OK), path
    shown = subprocess.run([os.path.join(ROOT, path), "--help"], capture_output=True, text=True,
                           timeout=20, check=True).stdout if flags else ""
    assert all(flag in shown or flag == "--help" for flag in flags), line


def check_build(line):
    """Options, suites and targets that are named are there."""
    options = read("meson_options.txt")
    for name in re.findall(r"-D(\w+)=", line):
        assert name.startswith("b_") or f"'{name}'" in options, name
    for name in re.findall(r"fuzz_(\w+)", line):
        assert any(f"fuzz_{name}.c" in names for _, _, names in os.walk(f"{ROOT}/tests/fuzz")), name
    for path in re.findall(r"tests/fuzz/corpus/\w+", line):
        assert os.path.isdir(os.path.join(ROOT, path))
    for layer, stem in re.findall(r"tests/unit/test_([a-z0-9]+)_(\w+)", line):
        assert os.path.exists(f"{ROOT}/tests/unit/{layer}/test_{stem}.c")
    for stem in re.findall(r"tests/sim/sim_(\w+)", line):
        assert os.path.exists(f"{ROOT}/tests/sim/test_{stem}.c")
    for suite in re.findall(r"--suite (\w+)", line):
        assert os.path.isdir(f"{ROOT}/tests/{suite}")


def check_shown(line):
    """The onionbalance, signer or wizard that is called has the flags that are named."""
    program = re.search(r"onionbalance[a-z-]*", line).group(0)
    shown = subprocess.run([os.path.join(BUILD, program), "--help"], capture_output=True, text=True,
                           timeout=20, check=True).stdout
    flags = re.findall(r"(?<!\S)--?[a-z][a-z-]*", line.partition(program)[2])
    assert flags and all(re.search(rf"(?<!\S){flag}\b", shown) for flag in flags), (flags, shown)


def check_signer(line):
    """The flags between its name and the next program."""
    check_shown(re.search(r"onionbalance-signer[^|]*", line).group(0))


def check_ctl(line):
    """Its help has a command of these words, and room for those that follow."""
    for each in line.split(" && "):
        check_ctl_command(each)


def check_ctl_command(line):
    program, *words = line.split()
    shown = subprocess.run([os.path.join(BUILD, program), "--help"], capture_output=True, text=True,
                           timeout=20, check=True).stdout.partition("conditions of wait")[0]
    for form in re.findall(r"^  ([a-z].*?)(?= {2,}|\] )", shown, re.M):
        known = form.replace("]", "").split()
        fixed = [each for each in known if each.islower()]
        if words[:len(fixed)] == fixed and len(words) <= len(known) or fixed == words[:1] == ["wait"]:
            return
    raise AssertionError(line)


def check_nothing(_):
    pass


# (pattern, why it does not run here, what is looked at instead)
CHECKED = (
    (r"apt install .*", "installs packages; tests/package does", check_apt),
    (r"systemctl (re)?start \S+|systemctl (status|reload|edit|stop) \S+"
     r"|systemctl enable --now \S+", "needs systemd; tests/package/boot has one", check_unit),
    (r"journalctl -u \S+", "needs systemd; tests/package/boot has one", check_unit),
    (r"tail -f \S+", "has no end", check_log),
    (r"torsocks curl http://\S+", "needs the Tor network; tests/e2e asks on a private one",
     check_nothing),
    (r"cat /var/lib/tor/node1-\w+/hostname", "needs a tor that has made it; tests/e2e has",
     check_nothing),
    (r"echo backend1 > /var/www/html/index\.html", "needs nginx", check_nothing),
    (r"scripts/\w+( --\w+)?", "runs this very test", check_script),
    (r"(CC=clang )?meson .*|ninja .*|(SIM_SEEDS=\d+ )?build/tests/\S+|mkdir found && build-fuzz/.*",
     "builds the tree; scripts/test does", check_build),
    (r"systemd-ask-password .*", "needs a terminal and systemd", check_nothing),
    (r"onionbalancectl [a-z].*", "needs a publisher; tests/package/newcomer has one", check_ctl),
    (r"\$ printf 'onionbalance/1 .*", "needs a publisher; tests/e2e/test_robust_ctl.py speaks it",
     check_nothing),
    (r"ssh node3 systemctl stop tor", "needs another machine", check_nothing),
    (r"onionbalance --hand-over \S+ -c \S+", "tests/package/lifecycle runs it", check_shown),
    (r"onionbalance-signer --listen .*", "has no end; tests/unit and tests/e2e run it", check_shown),
    (r"onionbalance-config --key /var/lib/tor/service/\S+ -n 2",
     "needs a key; tests/diff runs it with one", check_shown),
    (r"onionbalance-signer generate -o frontend\.key",
     "asks on a terminal; tests/unit/signer/test_makeverb.c types", check_shown),
    (r"onionbalance-signer backup .* \| qrencode .*|zbarimg .*",
     "needs two packages that nothing else does", check_signer),
    (r"cp -r /etc/onionbalance /root/onionbalance\.old", "is plain cp", check_nothing),
)

# What runs: in the sandbox, in the order of the tutorial.
RUN = (r"onionbalance-config .*", r"cd /root/node1", r"install .*", r"cat torrc >> /etc/tor/torrc",
       r"onionbalance-signer (generate|verify|inspect|import|backup|restore) [^|]*",
       r"runuser -u onionbalance -- onionbalance --check .*", r"onionbalance --check .*")


def class_of(text):
    if any(re.fullmatch(each, text) for each in TEXTS):
        return "text"
    if re.fullmatch(TORRC, text):
        return "torrc"
    if re.match(rf"(\w+=\S+ )?{PYTEST}", text):
        return "pytest"
    if any(re.fullmatch(pattern, text) for pattern, _, _ in CHECKED):
        return "checked"
    return "run" if any(re.fullmatch(each, text) for each in RUN) else None


def lines_of(kind):
    return sorted({line.text for line in all_lines() if class_of(line.text) == kind})


def test_every_line_has_a_class():
    assert [str(line) for line in all_lines() if class_of(line.text) is None] == []
    assert len(lines_of("run")) >= 8 and len(lines_of("checked")) >= 20


@pytest.mark.parametrize("text", lines_of("checked"))
def test_checked(text):
    for pattern, _, check in CHECKED:
        if re.fullmatch(pattern, text):
            check(text)


@pytest.mark.parametrize("text", lines_of("pytest"))
def test_pytest_finds_tests(text):
    words = [word for word in shlex.split(text) if "=" not in word]
    done = subprocess.run([*words, "--collect-only", "-q"], cwd=ROOT, capture_output=True, text=True,
                          timeout=60, check=False)
    assert done.returncode == 0 and "::" in done.stdout, done.stdout + done.stderr


def test_torrc_lines(tmp_path):
    """tor knows each of them."""
    own = [f"HiddenServiceDir {tmp_path}/service" if text.startswith("HiddenServiceDir") else text
           for text in lines_of("torrc") if not text.startswith("ControlSocket")]
    service = list(dict.fromkeys(each for each in own if each.startswith("HiddenService")))
    service.sort(key=lambda text: not text.startswith("HiddenServiceDir"))
    rest = [each for each in own if each not in service]
    (tmp_path / "service").mkdir(mode=0o700)
    (tmp_path / "service/ob_config").write_text(f"MasterOnionAddress {ADDRESSES[0]}.onion\n")
    (tmp_path / "torrc").write_text("\n".join([f"DataDirectory {tmp_path}/data", *rest, *service]) + "\n")
    done = subprocess.run(["tor", "--verify-config", "--defaults-torrc", "/dev/null", "-f",
                           tmp_path / "torrc"], capture_output=True, text=True, timeout=20, check=False)
    assert done.returncode == 0, done.stdout


@pytest.fixture
def sandbox(tmp_path):
    """Runs a shell script there; returns what became of it."""
    if os.geteuid() != 0 or not shutil.which("unshare"):
        pytest.skip("needs root")
    where = os.path.join("/tmp", f"documents-{os.getpid()}")
    os.makedirs(where)
    os.chmod(where, 0o755)
    for name in PROGRAMS:
        shutil.copy(os.path.join(BUILD, name), where)

    def run(script):
        empty = "".join(f"mkdir -p {each}; mount -t tmpfs -o mode=755 none {each}\n" for each in EMPTY)
        return subprocess.run(["unshare", "--mount", "bash", "-euc", empty + "cd /root\n" + script],
                              env={"PATH": f"{where}:/usr/sbin:/usr/bin:/sbin:/bin", "HOME": "/root",
                                   "LC_ALL": "C.UTF-8"}, stdin=subprocess.DEVNULL,
                              capture_output=True, text=True, timeout=60, check=False)
    yield run
    shutil.rmtree(where)


def test_tutorial(sandbox):
    """Its own lines, one after the other; only the frontend's address is another one."""
    lines = [line.text for line in markdown_lines("doc/tutorial.md") if class_of(line.text) == "run"]
    steps = []
    for text in lines:
        if text.startswith("cd /root/node1"):
            steps += ["cp -r /root/balance/node1 /root/node1",
                      "service=$(sed -n 's|^HiddenServiceDir /var/lib/tor/||p' /root/node1/torrc)"]
        if "config.yaml /etc" in text:
            steps.append(FILL_IN)
        steps.append(re.sub(r"node1-[a-z2-7]{8}", "$service", text))
    steps += ["chown debian-tor:debian-tor /var/lib/tor",
              "tor --verify-config --defaults-torrc /dev/null -f /etc/tor/torrc --User debian-tor "
              "--DataDirectory /var/lib/tor",
              "grep -q \"$(basename /root/balance/*.key .key).onion\" /var/lib/tor/$service/ob_config"]
    done = sandbox("set -x\n" + "\n".join(steps))
    assert done.returncode == 0, done.stdout + done.stderr
    assert "the configuration can be used" in done.stdout
    assert "[ERROR]" not in done.stderr


TOR_KEYS = os.path.join(ROOT, "tests", "vectors", "keys")


def test_keys(sandbox):
    """The lines of keys.md, one after the other."""
    lines = [line.text for line in markdown_lines("doc/keys.md") if class_of(line.text) == "run"]
    done = sandbox("set -x; umask 077; echo secret > passphrase; mkdir -p /var/lib/tor/service\n"
                   f"cp {TOR_KEYS}/hs_ed25519_* /var/lib/tor/service\n" + "\n".join(lines)
                   + "\ncmp frontend.key restored.key\ncat backup.txt; openssl pkey -in frontend.key -text")
    assert done.returncode == 0 and len(lines) >= 9, done.stdout + done.stderr
    seed = "".join(re.search(r"priv:\s+((?:[0-9a-f:]+\s+)+)pub:", done.stdout).group(1).split())
    assert read_paper(re.search(r"^onionbalance-key 1 seed\n(.*\n){5}", done.stdout, re.M).group(0)) == \
        seed.replace(":", "")


def read_paper(text):
    """By the lines of Python that keys.md has."""
    program, = fenced("doc/keys.md", "python")
    return subprocess.run([sys.executable, "-c", program], input=text, capture_output=True, text=True,
                          timeout=20, check=True).stdout.strip()


def test_paper_of_the_document(sandbox):
    """Its example is a backup, of the key that it should be."""
    paper, = fenced("doc/keys.md", "text")
    assert read_paper(paper) == bytes(range(32)).hex()
    done = sandbox(f"cat > paper <<'END'\n{paper}END\nonionbalance-signer restore --check paper")
    assert done.returncode == 0 and re.search(r"address (\S+)", paper).group(1) in done.stdout, done


@pytest.mark.parametrize("text", [each for each in lines_of("run") if "onionbalance-config" in each
                                  and "--check" not in each and not each.startswith("install")])
def test_wizard(text, sandbox):
    done = sandbox(text + "\nls */*.key */config.yaml */*1/torrc */*1/ob_config; cat */*1/torrc")
    assert done.returncode == 0, done.stdout + done.stderr
    target = re.search(r"--service-target (\S+)", text)
    assert f"HiddenServicePort 80 {target[1] if target else '127.0.0.1:80'}\n" in done.stdout


@pytest.mark.parametrize("text", [each for each in lines_of("run") if "onionbalance --check" in each])
def test_check_finds_what_is_missing(text, sandbox):
    """Where there is no configuration yet, --check says so and fails."""
    done = sandbox(text)
    assert done.returncode == 1
    assert "/etc/onionbalance/config.yaml" in done.stderr and "No such file" in done.stderr
