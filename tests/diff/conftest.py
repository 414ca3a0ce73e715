"""Differential tests: ours and the Python program of Debian's package
`onionbalance` get the same input, and what they do is compared.

The package's programs are run in the foreground by these tests; its service is
not wanted. Containers have a policy-rc.d that keeps packages from starting
anything; elsewhere `systemctl mask onionbalance` before installing does. Its
unit does nothing without /etc/onionbalance/config.yaml anyway.

ONIONBALANCE_BUILD names the build folder of our programs, PEER_CONFIG the
Python wizard, if it is not where Debian has it.
"""
import os
import shutil
import subprocess

import pytest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


def program(name):
    build = os.environ.get('ONIONBALANCE_BUILD') or os.path.join(ROOT, 'build')
    path = os.path.join(os.path.abspath(build), name)
    assert os.path.exists(path), f'{path} is missing: build it, or set ONIONBALANCE_BUILD'
    return path


@pytest.fixture(scope='session')
def ours():
    return program('onionbalance-config')


@pytest.fixture(scope='session')
def daemon():
    return program('onionbalance')


@pytest.fixture(scope='session')
def peer():
    path = os.environ.get('PEER_CONFIG') or shutil.which('onionbalance-config',
                                                         path='/usr/sbin:/usr/bin')
    if path is None:
        pytest.skip('the Python program is not installed (Debian: apt install onionbalance)')
    with open(path, 'rb') as f:
        if b'python' not in f.readline():
            pytest.skip(f'{path} is not the Python program')
    run = subprocess.run([path, '--version'], capture_output=True, text=True, check=False,
                         timeout=120)
    if run.returncode:
        pytest.skip(f'the Python program does not run: {run.stderr.strip()[-200:]}')
    return path


@pytest.fixture(scope='session')
def python_daemon(peer):
    """The Python program that balances, which lies beside its wizard."""
    path = os.path.join(os.path.dirname(peer), 'onionbalance')
    assert os.path.exists(path), f'{path} is missing'
    return path
