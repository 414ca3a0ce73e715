"""doc/specmap.md: every function that it names is defined in src, every test
file is there and names that function or its file."""
import os
import re

import tree


def rows():
    """(line number, cells) of the rows of all tables."""
    found = []
    for number, line in enumerate(tree.read('doc/specmap.md').splitlines(), 1):
        cells = [c.strip() for c in line.strip().strip('|').split('|')]
        if line.startswith('|') and cells[0] != 'Rule' and not set(cells[0]) <= set('-: '):
            found.append((number, cells))
    return found


def main():
    problems, defined = [], set()
    for path in tree.files(('.c', '.h'), ['src']):
        defined |= {f.name for f in tree.functions(tree.read(path))}
    table = rows()
    if len(table) < 20:
        problems.append('doc/specmap.md: has hardly any rows')
    for number, cells in table:
        where = f'doc/specmap.md:{number}'
        if len(cells) != 4 or not cells[1]:
            problems.append(f'{where}: a row is | rule | section | function | test |')
            continue
        names, tests = cells[2], cells[3]
        for name in re.findall(r'`([^`]+)`', names):
            if name not in defined:
                problems.append(f'{where}: no function {name} in src')
        files = re.findall(r'`([^`]+)`', tests)
        if not files or not re.findall(r'`([^`]+)`', names):
            problems.append(f'{where}: a row needs a function and a test')
        for name in files:
            if not os.path.exists(os.path.join(tree.root(), 'tests', name)):
                problems.append(f'{where}: no file tests/{name}')
    tree.finish(problems)


main()
