"""dist and debian: versions agree, what debian/onionbalance.install names is
there, shell scripts are read without complaint, and the unit's exposure is at
most 1.5 (where systemd-analyze is installed)."""
import glob
import os
import re
import shutil
import subprocess

import tree

EXPOSURE = 1.5


def check_version():
    ours = re.search(r"version: '([^']+)'", tree.read('meson.build')).group(1)
    package = re.match(r'onionbalance \((?:\d+:)?([^)]+)-[^-)]+\)', tree.read('debian/changelog'))
    if package is None or package.group(1) != ours:
        return [f'debian/changelog: the first entry is not of version {ours}']
    return []


def check_names():
    """The first word of each line is a path in the tree, or a pattern."""
    problems = []
    for path in tree.files(('.install', '.docs', '.examples'), ['debian']):
        for line in tree.read(path).splitlines():
            if line.strip() and not glob.glob(os.path.join(tree.root(), line.split()[0])):
                problems.append(f'{path}: there is no {line.split()[0]}')
    return problems


def check_scripts():
    problems = []
    for path in tree.files(('.postinst', '.postrm', '.preinst', '.prerm'), ['debian']):
        run = subprocess.run(['sh', '-n', os.path.join(tree.root(), path)], capture_output=True,
                             text=True, check=False)
        problems += [run.stderr.strip()] if run.returncode else []
    return problems


def check_exposure():
    program, problems = shutil.which('systemd-analyze'), []
    for path in tree.files(('.service',), ['dist']) if program else []:
        run = subprocess.run([program, '--no-pager', '--offline=true', 'security',
                              os.path.join(tree.root(), path)], capture_output=True, text=True,
                             check=False)
        match = re.search(r'exposure level[^:]*: ([\d.]+)', run.stdout)
        if match is None:
            print(f'{path}: systemd-analyze does not judge it: {run.stderr.strip()}')
        elif float(match.group(1)) > EXPOSURE:
            problems.append(f'{path}: exposure {match.group(1)}, at most {EXPOSURE}')
        else:
            print(f'{path}: exposure {match.group(1)}')
    return problems


tree.finish(check_version() + check_names() + check_scripts() + check_exposure())
