"""Nothing in the tree or its history names the place where it was written, and
no text has what an editor or a merge leaves behind."""
import os
import re
import subprocess

import tree

# Spelled in two halves: this file is read too.
PLACES = ['/wo' + 'rk/', '../sha' + 'red', 'sha' + 'red/(design|style|tor|peer)', '/tmp/br' + 'ief']
LEFT_BEHIND = [r'^<{7} ', r'^>{7} ', r'\bTO' + r'DO\b', r'\bFIX' + r'ME\b', r'\bXX' + r'X\b']
TEXT = ('.c', '.h', '.py', '.md', '.build', '.txt', '.yaml', '.yml', '.toml', '.service', '.1',
        'LAYERS', 'test', 'demo', 'run', 'COPYING')


def check_text(name, text, patterns):
    problems = []
    for number, line in enumerate(text.splitlines(), 1):
        for pattern in patterns:
            if re.search(pattern, line):
                problems.append(f'{name}:{number}: {line.strip()[:80]}')
    return problems


def history():
    """Subjects and bodies of all commits, or nothing without git."""
    if not os.path.exists(os.path.join(tree.root(), '.git')):
        return ''
    run = subprocess.run(['git', '-C', tree.root(), '-c', 'safe.directory=*', 'log',
                          '--format=%h %s%n%b'], capture_output=True, text=True, check=False)
    return run.stdout


def main():
    problems = check_text('git log', history(), PLACES)
    for path in tree.files(TEXT):
        if path.startswith('tests/fuzz/corpus/') or path.startswith('tests/vectors/'):
            continue
        problems += check_text(path, tree.read(path), PLACES + LEFT_BEHIND)
    tree.finish(problems)


main()
