"""Scripts are well-formed: Python parses, sh and bash read them without
complaint, and what begins with #! can be run."""
import ast
import os
import subprocess

import tree


def check_python(path):
    try:
        ast.parse(tree.read(path), path)
    except SyntaxError as e:
        return [f'{path}:{e.lineno}: {e.msg}']
    return []


def check_shell(path, shell):
    run = subprocess.run([shell, '-n', os.path.join(tree.root(), path)], capture_output=True,
                         text=True, check=False)
    return [run.stderr.strip()] if run.returncode else []


def main():
    problems = []
    for path in tree.files(('',), ['scripts', '.ci', 'testnet', 'tests', 'dist', 'doc']):
        with open(os.path.join(tree.root(), path), 'rb') as f:
            first = f.readline(100).decode('latin-1').strip()
        if path.endswith('.py') or (first.startswith('#!') and 'python' in first):
            problems += check_python(path)
        elif first.startswith('#!') and first.endswith('sh'):
            problems += check_shell(path, 'bash' if first.endswith('bash') else 'sh')
        if first.startswith('#!') and not os.access(os.path.join(tree.root(), path), os.X_OK):
            problems.append(f'{path}: begins with #! but cannot be run')
    tree.finish(problems)


main()
