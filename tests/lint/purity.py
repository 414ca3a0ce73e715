"""Pure layers: no symbol from outside that is not in symbols-allowed.txt, and
no object that could change. Arguments: LAYER LIBRARY pairs of pure layers,
lowest first."""
import os
import sys

import objects
import tree

CHANGEABLE = ('.data', '.bss', '.tdata', '.tbss', '*COM*', 'COMMON')


def allowed_symbols():
    """Symbol -> layers that may use it ('*': all)."""
    allowed = {}
    for line in tree.read('tests/lint/symbols-allowed.txt').splitlines():
        words = line.split('#')[0].split()
        if words:
            allowed[words[0]] = set(words[1:])
    return allowed


def may_use(allowed, layer, name):
    if name.startswith('__') and name.endswith('_chk'):
        name = name[2:-4]
    users = allowed.get(name, set())
    return '*' in users or layer in users


def is_changeable(section):
    return section.startswith(CHANGEABLE) and not section.startswith('.data.rel.ro')


def main():
    allowed, own, problems = allowed_symbols(), set(), []
    pairs = list(zip(sys.argv[1::2], sys.argv[2::2]))
    pure = [name for name, kind, _ in tree.layers() if kind == 'pure']
    folders = [n for n in pure if os.path.exists(os.path.join(tree.root(), 'src', n))]
    if [layer for layer, _ in pairs] != folders:
        problems.append(f'pure layers are {folders}, not all of them were given')
    for layer, library in pairs:
        symbols = objects.symbols(library)
        own |= {name for _, name, kind, _ in symbols if kind in 'TRDBVW'}
        for member, name, kind, section in symbols:
            if kind == 'U' and name not in own and not may_use(allowed, layer, name):
                problems.append(f'{layer}/{member}: uses {name}, which is not allowed there')
            if kind != 'U' and is_changeable(section):
                problems.append(f'{layer}/{member}: {name} is an object that can change ({section})')
    tree.finish(problems)


main()
