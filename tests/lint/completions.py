"""Bash completion: each program's file knows each of its options and no others,
and bash reads it."""
import os
import re
import subprocess

import tree

SOURCES = {'onionbalance': 'src/daemon/options.c',
           'onionbalancectl': 'src/tools/ctlargs.c',
           'onionbalance-config': 'src/tools/flags.c',
           'onionbalance-signer': 'src/signer/arguments.c'}


def main():
    problems = []
    for name, source in SOURCES.items():
        path = f'dist/completions/{name}'
        wanted = set(re.findall(r'\{"([a-z-]{2,})", (?:no|required)_argument',
                                tree.read(source), flags=re.M))
        words = tree.read(path).rsplit("compgen -W '", 1)[1].split("'")[0].split()
        known = {w[2:] for w in words if w.startswith('--')}
        problems += [f'{path}: does not know --{o}' for o in sorted(wanted - known)]
        problems += [f'{path}: there is no --{o}' for o in sorted(known - wanted)]
        run = subprocess.run(['bash', '-n', os.path.join(tree.root(), path)], capture_output=True,
                             text=True, check=False)
        problems += [run.stderr.strip()] if run.returncode else []
    tree.finish(problems)


main()
