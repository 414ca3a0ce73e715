"""onionbalance-config beside the Python program's: files, modes, prompts and
exit codes. Version 0.2.2 of it asks first for a version of onion services, as
0.2.4 no longer does: it gets one more empty answer, and that prompt is left out.

Each test of a difference says in its name for it what ours does and why.
"""
import hashlib
import os
import re
import signal
import stat
import subprocess
import time

import pytest

FIRST_PROMPT = 'Enter HS version ("v2" or "v3") (Leave empty for "v3"): '
PLACEHOLDER = '<Enter the instance onion address here>'
ADDRESS = re.compile(r'\b[a-z2-7]{55}d\b')
BACKENDS = ['gf3jximivdhyucaqa6eqi6so37h3xhkshifpqamdyhy7prjgtkyreiyd',
            'kcx3l55uw24t22wzebaa4hnqcskkhvn7aihk5s7mzyjykncok4aw7hid.onion']

PEM_SIZE = 119


def tor_key(seed=b'x'):
    """A file hs_ed25519_secret_key."""
    expanded = bytearray(hashlib.sha512(seed * 32).digest())
    expanded[0] &= 248
    expanded[31] = expanded[31] & 63 | 64
    return b'== ed25519v1-secret: type0 ==\0\0\0' + bytes(expanded)


def openssl(*args, data=None):
    return subprocess.run(['openssl', *args], input=data, capture_output=True, check=True).stdout


def pem_key():
    return openssl('genpkey', '-algorithm', 'ed25519')


def public_key(pem, password=None):
    extra = ['-passin', 'pass:' + password] if password else []
    return openssl('pkey', '-pubout', '-outform', 'DER', *extra, data=pem)[-32:]


def address_of(key):
    """rend-spec-v3.txt section 6."""
    import base64
    check = hashlib.sha3_256(b'.onion checksum' + key + b'\3').digest()[:2]
    return base64.b32encode(key + check + b'\3').decode().lower()


class Run:
    """What a wizard did in a folder of its own: exit code, what it wrote on its
    way, and the files that it left."""

    def __init__(self, program, folder, args=(), answers=None, files=None):
        self.folder = str(folder)
        os.makedirs(self.folder)
        for name, content in (files or {}).items():
            path = os.path.join(self.folder, name)
            os.makedirs(os.path.dirname(path), exist_ok=True)
            with open(path, 'wb') as f:
                f.write(content)
        self.before = set(self.list())
        text = '' if answers is None else ''.join(a + '\n' for a in answers)
        run = subprocess.run([program, *args], cwd=self.folder, input=text, capture_output=True,
                             text=True, check=False, timeout=120, umask=0o022)
        self.code, self.out, self.err = run.returncode, run.stdout, run.stderr

    def list(self):
        found = []
        for path, folders, files in os.walk(self.folder):
            found += [os.path.relpath(os.path.join(path, n), self.folder) for n in folders + files]
        return sorted(found)

    def made(self):
        return [p for p in self.list() if p not in self.before]

    def read(self, path):
        with open(os.path.join(self.folder, path), 'rb') as f:
            return f.read()

    def mode(self, path):
        return stat.S_IMODE(os.stat(os.path.join(self.folder, path)).st_mode)

    def config(self):
        """The path of config.yaml, or None."""
        return next((p for p in self.made() if os.path.basename(p) == 'config.yaml'), None)

    def keys(self):
        """Address -> path of its key file, in the order of config.yaml."""
        text = self.read(self.config()).decode()
        folder = os.path.dirname(self.config())
        return {a: os.path.join(folder, a + '.key')
                for a in re.findall(r'^  key: (\S+)\.key$', text, flags=re.M)}

    def prompts(self):
        """What was asked, without what differs from run to run."""
        text = self.out.split('\nClients will use:')[0].replace(self.folder, 'HERE')
        text = text.replace(FIRST_PROMPT, '')
        return re.sub(r'max: \d+', 'max: LIMIT', text)


def is_backend(path):
    """Whether it belongs to the folders that only ours makes."""
    return any(re.search(r'[A-Za-z0-9_.-]\d+$', part) and not part.endswith('.key')
               for part in path.split('/')) or os.path.basename(path) in ('torrc', 'ob_config') \
        or ADDRESS.fullmatch(os.path.basename(path)) is not None


def tree(run):
    """Path -> (mode, content) of what both make, with addresses numbered and
    the content of new keys replaced by what is true of them."""
    numbers = {a: f'ADDRESS{i}' for i, a in enumerate(run.keys(), 1)} if run.config() else {}
    known = {run.read(p) for p in run.before if os.path.isfile(os.path.join(run.folder, p))}
    found = {}
    for path in run.made():
        if is_backend(path):
            continue
        name = ADDRESS.sub(lambda m: numbers[m.group(0)], path)
        content = None
        if os.path.isfile(os.path.join(run.folder, path)):
            content = run.read(path)
        if path.endswith('.key') and content not in known:
            assert len(content) == PEM_SIZE
            assert address_of(public_key(content)) == os.path.basename(path)[:56]
            content = 'a new key'
        elif content is not None and not path.endswith('.key'):
            content = ADDRESS.sub(lambda m: numbers[m.group(0)], content.decode())
        found[name] = (run.mode(path), content)
    return found


@pytest.fixture
def both(ours, peer, tmp_path):
    """Runs both with the same input; returns ours and theirs."""
    def run(args=(), answers=None, files=None):
        theirs = answers if answers is None else [''] + list(answers)
        return (Run(ours, tmp_path / 'ours', args, answers, files),
                Run(peer, tmp_path / 'peer', args, theirs, files))
    return run


KEY = {'keys/hs_ed25519_secret_key': tor_key()}

# Command line, answers, files that are there.
SAME = {
    'all answers empty': ([], ['', '', '', '', ''], {}),
    'two services, one tag': ([], ['', '2', '', '3', 'web', '', '3', 'web'], {}),
    'another folder': ([], ['a/b/c', '', '', '', ''], {}),
    'an absolute path with dots': ([], ['./x/../y', '', '', '', ''], {}),
    'more than eight instances': ([], ['', '', '', '12', ''], {}),
    'words for numbers leave the default': ([], ['', 'x', '', 'y', ''], {}),
    'zero leaves the default': ([], ['', '0', '', '0', ''], {}),
    'spaces around a number': ([], ['', ' 1 ', '', ' 3 ', ''], {}),
    'verbosity alone asks too': (['-v', 'info'], ['', '', '', '', ''], {}),
    'a key of tor, by answer': ([], ['', '', 'keys/hs_ed25519_secret_key', '', ''], KEY),
    'no questions': (['--no-interactive'], None, {}),
    'number of instances': (['-n', '3'], None, {}),
    'number attached': (['-n4', '-s2'], None, {}),
    'number with equals': (['-n=3'], None, {}),
    'many instances': (['-n', '40'], None, {}),
    'several services': (['-s', '3', '-n', '1'], None, {}),
    'tag': (['--tag', 'web'], None, {}),
    'tag with spaces': (['-t', 'eu west'], None, {}),
    'tag of digits': (['-t', '1'], None, {}),
    'folder': (['--output', 'there'], None, {}),
    'short prefixes of flags': (['--out=o', '--no-inter'], None, {}),
    'a folder that is there': (['--output', 'o'], None, {'o/other': b'1'}),
    'a key of tor': (['--key', 'keys/hs_ed25519_secret_key'], None, KEY),
    'port and target': (['--service-virtual-port', '8080', '--service-target', '10.0.0.1:81'],
                        None, {}),
    'quiet': (['-v', 'error', '-n', '1'], None, {}),
    'last flag counts': (['-n', '5', '-n', '1'], None, {}),
}

# The same exit code, and nothing is made.
ERRORS = {
    'config.yaml is there': (['--output', 'o'], None, {'o/config.yaml': b''}, 1),
    'config.yaml is there, by answer': ([], ['o'], {'o/config.yaml': b''}, 1),
    'no such key': (['--key', 'none', '--output', 'o'], None, {'o/x': b''}, 1),
    'no such key, by answer': ([], ['o', '', 'none'], {'o/x': b''}, 1),
    'a key that is none': (['--key', 'k', '--output', 'o'], None, {'k': b'hello', 'o/x': b''}, 1),
    'a folder below a file': (['--output', 'f/o'], None, {'f': b''}, 1),
    'number that is none': (['-n', 'abc'], None, {}, 2),
    'services that are no number': (['-s', '1.5'], None, {}, 2),
    'unknown flag': (['--bogus'], None, {}, 2),
    'unknown short flag': (['-x'], None, {}, 2),
    'a word too many': (['extra'], None, {}, 2),
    'value missing': (['--key'], None, {}, 2),
    'ambiguous prefix': (['--service', '1'], None, {}, 2),
    'value where none belongs': (['--no-interactive=1'], None, {}, 2),
}


@pytest.mark.parametrize('name', SAME)
def test_same(both, name):
    ours, peer = both(*SAME[name])
    assert (ours.code, peer.code) == (0, 0), ours.err + peer.err
    assert tree(ours) == tree(peer)
    if SAME[name][1] is None:
        assert ours.prompts() == peer.prompts() == ''
    else:
        assert ours.prompts() == peer.prompts()


@pytest.mark.parametrize('name', ERRORS)
def test_same_errors(both, name):
    args, answers, files, code = ERRORS[name]
    ours, peer = both(args, answers, files)
    assert (ours.code, peer.code) == (code, code), ours.err + peer.err
    assert ours.made() == peer.made() == []
    assert ours.prompts() == peer.prompts()
    assert ours.err
    assert ours.err.startswith('usage: ' if code == 2 else '[ERROR]: ')


def test_version(both):
    ours, peer = both(['--version'])
    assert (ours.code, peer.code) == (0, 0)
    assert re.fullmatch(r'onionbalance \d+\.\d+\.\d+\n', ours.out)
    assert re.fullmatch(r'onionbalance \d+\.\d+\.\d+\n', peer.out)
    assert ours.made() == peer.made() == []


def test_help(both):
    ours, peer = both(['-h'])
    assert (ours.code, peer.code) == (0, 0)
    assert ours.out.startswith('usage: onionbalance-config ')
    for flag in re.findall(r'(--?[a-z-]+)', peer.out.split('\n\n')[0]):
        assert flag in ours.out, flag


def interrupt(program, folder, prompt):
    """Ctrl-C at a question: exit code and stderr."""
    os.makedirs(folder)
    with subprocess.Popen([program], cwd=folder, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, text=True) as process:
        seen, end = '', time.monotonic() + 60
        while prompt not in seen and time.monotonic() < end:
            seen += process.stdout.read(1)
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=60)
        return process.returncode, err


def test_interrupted(ours, peer, tmp_path):
    ours_code, ours_err = interrupt(ours, tmp_path / 'ours', 'Enter path to store')
    peer_code, peer_err = interrupt(peer, tmp_path / 'peer', 'Enter HS version')
    assert (ours_code, peer_code) == (0, 0)
    assert '[WARNING]: ' in ours_err and '[WARNING]: ' in peer_err


# --- where ours differs on purpose --------------------------------------------


def test_differs_both_formats_for_key(both):
    """wizard: --key takes both formats (there: only Tor's)."""
    key = pem_key()
    ours, peer = both(['--key', 'pem'], None, {'pem': key})
    assert (ours.code, peer.code) == (0, 1)
    (address, path), = ours.keys().items()
    assert address == address_of(public_key(key))
    assert (ours.read(path), ours.mode(path)) == (key, 0o600)


def test_differs_password_encrypts(both):
    """wizard: --password really encrypts the new key (there: ignored)."""
    ours, peer = both(['-p', 'secret'])
    assert (ours.code, peer.code) == (0, 0)
    (_, there), = peer.keys().items()
    assert b'BEGIN PRIVATE KEY' in peer.read(there)
    (address, path), = ours.keys().items()
    assert b'BEGIN ENCRYPTED PRIVATE KEY' in ours.read(path)
    assert address == address_of(public_key(ours.read(path), 'secret'))
    structure = openssl('asn1parse', data=ours.read(path)).decode()
    assert 'PBES2' in structure and 'aes-256-cbc' in structure
    assert 'secret' not in ours.out + ours.err


def test_differs_encrypted_key(both):
    """wizard: --key takes an encrypted PEM; the password opens it."""
    key = openssl('pkcs8', '-topk8', '-passout', 'pass:horse', data=pem_key())
    ours, peer = both(['--key', 'pem', '-p', 'horse'], None, {'pem': key})
    assert (ours.code, peer.code) == (0, 1)
    (address, path), = ours.keys().items()
    assert address == address_of(public_key(key, 'horse'))
    assert ours.read(path) == key


def test_differs_tag_for_each_service(both):
    """wizard: each service has its own tag (there: the last one for all)."""
    ours, peer = both([], ['', '2', '', '1', 'web', '', '1', 'mail'])
    names = r'name: (\S+)'
    assert re.findall(names, ours.read(ours.config()).decode()) == ['web1', 'mail1']
    assert re.findall(names, peer.read(peer.config()).decode()) == ['mail1', 'mail1']


def test_differs_limit_in_the_prompt(both):
    """wizard: more than 8 instances, and the prompt says our limit."""
    ours, peer = both([], ['', '', '', '', ''])
    assert '(min: 1, max: 8): ' in peer.out
    limit = re.search(r'\(min: 1, max: (\d+)\): ', ours.out)
    assert int(limit.group(1)) >= 1000


@pytest.mark.parametrize('args', [['-n', '0'], ['-n', '-1'], ['-s', '0']])
def test_differs_nothing_to_make(both, args):
    """config: a service needs instances; there a config is written that the
    program then refuses."""
    ours, peer = both(args)
    assert (ours.code, peer.code) == (2, 0)
    assert ours.made() == []


def test_differs_unknown_word_for_v(both):
    """command line: an unknown level is a usage error (there: a traceback)."""
    ours, peer = both(['-v', 'loud', '-n', '1'])
    assert (ours.code, peer.code) == (2, 1)
    assert 'Traceback' in peer.err and 'Traceback' not in ours.err


@pytest.mark.parametrize('version', ['v2', 'v4'])
def test_differs_only_v3(ours, tmp_path, version):
    """wizard: --hs-version takes v3 alone, as 0.2.4 does (0.2.2 knows v2)."""
    run = Run(ours, tmp_path / 'ours', ['--hs-version', version])
    assert run.code == 2 and run.made() == []


def test_differs_end_of_answers(both):
    """wizard: the end of the input is taken as Ctrl-C is (there: a traceback)."""
    ours, peer = both([], ['', '1'])
    assert (ours.code, peer.code) == (0, 1)
    assert 'Traceback' in peer.err
    assert '[WARNING]: ' in ours.err and ours.config() is None


def test_differs_one_key_for_two_services(both):
    """config: two services with one key are refused (there: they silently
    become one)."""
    ours, peer = both(['--key', 'k', '-s', '2'], None, {'k': tor_key()})
    assert (ours.code, peer.code) == (1, 0)
    assert len(peer.keys()) == 1
    assert 'service #1' in ours.err and ours.config() is None


def test_differs_key_in_its_own_place(ours, peer, tmp_path):
    """wizard: existing files are never overwritten (there a key that already
    has its place in the output folder is emptied)."""
    address = next(iter(Run(ours, tmp_path / 'first', ['--key', 'k'], None,
                            {'k': tor_key()}).keys()))
    name = f'config/{address}.key'
    mine = Run(ours, tmp_path / 'ours', ['--key', name], None, {name: tor_key()})
    theirs = Run(peer, tmp_path / 'peer', ['--key', name], None, {name: tor_key()})
    assert mine.code == 0 and mine.read(name) == tor_key()
    assert theirs.code == 1 and theirs.read(name) == b''


def test_differs_folders_for_backends(both):
    """wizard: a torrc and an ob_config for each backend, with the port and the
    target (there: accepted and ignored)."""
    ours, peer = both(['--service-virtual-port', '8080', '--service-target', 'unix:/run/web'])
    assert [p for p in peer.made() if is_backend(p)] == []
    address, = ours.keys()
    for i in 1, 2:
        torrc = ours.read(f'config/node{i}/torrc').decode()
        lines = [l for l in torrc.splitlines() if not l.startswith('#')]
        assert lines == [f'HiddenServiceDir /var/lib/tor/node{i}-{address[:8]}',
                         'HiddenServicePort 8080 unix:/run/web',
                         'HiddenServiceOnionbalanceInstance 1']
        assert ours.read(f'config/node{i}/ob_config').decode() == \
            f'MasterOnionAddress {address}.onion\n'
        assert ours.mode(f'config/node{i}') == 0o755
        assert ours.mode(f'config/node{i}/torrc') == 0o644
        assert f'{ours.folder}/config/node{i}\n' in ours.out
    assert PLACEHOLDER in ours.out and f'{address}.onion' in ours.out


def test_differs_folders_of_several_services(ours, tmp_path):
    """wizard: with several services each has a folder for its backends."""
    run = Run(ours, tmp_path / 'ours', ['-s', '2', '-n', '1'])
    assert run.code == 0
    for address in run.keys():
        assert run.read(f'config/{address}/node1/ob_config').decode() == \
            f'MasterOnionAddress {address}.onion\n'


# --- what is written is what our programs read ---------------------------------


def start_daemon(daemon, folder, until):
    """Runs it until a text is in its log, then ends it: exit code and log."""
    log = os.path.join(folder, 'log')
    with open(log, 'wb') as err:
        process = subprocess.Popen([daemon, '-c', 'config/config.yaml', '-s', 'none', '-p', '1'],
                                   cwd=folder, stderr=err, stdin=subprocess.DEVNULL)
    end = time.monotonic() + 60
    while process.poll() is None and time.monotonic() < end:
        with open(log, encoding='utf-8') as f:
            if until in f.read():
                break
        time.sleep(0.05)
    process.terminate()
    code = process.wait(timeout=60)
    with open(log, encoding='utf-8') as f:
        return code, f.read()


def test_config_is_accepted(ours, daemon, tmp_path):
    run = Run(ours, tmp_path / 'ours', ['-n', '2'])
    code, log = start_daemon(daemon, run.folder, 'no control connection')
    assert code == 1
    errors = [l for l in log.splitlines() if '[ERROR]' in l]
    assert len(errors) == 2 and all(PLACEHOLDER in e for e in errors), log

    text = run.read(run.config()).decode()
    for address in BACKENDS:
        text = text.replace(PLACEHOLDER, address, 1)
    with open(os.path.join(run.folder, run.config()), 'w', encoding='utf-8') as f:
        f.write(text)
    code, log = start_daemon(daemon, run.folder, 'no control connection')
    assert code == 0, log
    assert '[ERROR]' not in log and '1 service, 2 instances' in log


def test_torrc_is_accepted(ours, tmp_path):
    """By tor itself, as its comments say: ob_config in place first."""
    run = Run(ours, tmp_path / 'ours', ['-n', '1', '-t', 'my web'])
    torrc = run.read('config/my_web1/torrc').decode()
    folder = re.search(r'^HiddenServiceDir (\S+)$', torrc, flags=re.M).group(1)
    mine = os.path.join(run.folder, 'service')
    os.makedirs(mine, mode=0o700)
    with open(os.path.join(mine, 'ob_config'), 'wb') as f:
        f.write(run.read('config/my_web1/ob_config'))
    with open(os.path.join(run.folder, 'torrc'), 'w', encoding='utf-8') as f:
        f.write(torrc.replace(folder, mine))
    tor = subprocess.run(['tor', '--verify-config', '-f', 'torrc', '--DataDirectory',
                          os.path.join(run.folder, 'data')], cwd=run.folder, capture_output=True,
                         text=True, check=False, timeout=120)
    assert tor.returncode == 0, tor.stdout
    assert 'Configuration was valid' in tor.stdout


def on_a_terminal(program, folder, args, dialogue):
    """Runs it on a pseudoterminal of its own. dialogue: (what to wait for, what
    to type). Exit code and all that was shown."""
    import pty
    pid, fd = pty.fork()
    if pid == 0:
        os.chdir(folder)
        os.execv(program, [program, *args])
    shown = ''
    for prompt, typed in dialogue + [(None, None)]:
        while prompt is None or prompt not in shown:
            try:
                part = os.read(fd, 4096)
            except OSError:  # how Linux says that the other side is gone
                part = b''
            if not part:
                break
            shown += part.decode()
        if prompt is not None:
            assert prompt in shown, shown
            shown = shown.split(prompt, 1)[1]
            os.write(fd, typed.encode())
    os.close(fd)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), shown


def test_passphrase_on_the_terminal(ours, tmp_path):
    key = openssl('pkcs8', '-topk8', '-passout', 'pass:horse', data=pem_key())
    (tmp_path / 'k').write_bytes(key)
    question = 'Passphrase of k: '
    code, shown = on_a_terminal(ours, tmp_path, ['--key', 'k'],
                                [(question, 'house\n'), (question, 'horse\n')])
    assert code == 0, shown
    assert 'What comes next' in shown and 'horse' not in shown
    address = address_of(public_key(key, 'horse'))
    assert (tmp_path / 'config' / f'{address}.key').read_bytes() == key
    code, shown = on_a_terminal(ours, tmp_path, ['--key', 'k', '--output', 'o'],
                                [(question, '\x03')])
    assert code == 0 and '[WARNING]' in shown and not (tmp_path / 'o' / 'config.yaml').exists()
    code, shown = on_a_terminal(ours, tmp_path, ['--key', 'k', '--output', 'o'],
                                [(question, 'a\n'), (question, 'b\n'), (question, 'c\n')])
    assert code == 1 and '[ERROR]' in shown
