"""A layer includes only itself and what stands above it in src/LAYERS."""
import os
import re

import tree

GENERATED = {'version.h'}  # knows the program: not for pure layers


def check_file(path, layer, kind, allowed):
    problems = []
    for number, line in enumerate(tree.read(path).splitlines(), 1):
        match = re.match(r'\s*#\s*include\s+"([^"]+)"', line)
        if match is None:
            continue
        name = match.group(1)
        if name in GENERATED:
            good = kind != 'pure'
        else:
            good = name.split('/')[0] in allowed and '/' in name
            good = good and os.path.exists(os.path.join(tree.root(), 'src', name))
        if not good:
            problems.append(f'{path}:{number}: {layer} may not include "{name}"')
    return problems


def main():
    problems, above = [], []
    order = tree.layers()
    names = {name for name, _, _ in order}
    for layer, kind, excluded in order:
        above.append(layer)
        allowed = {name for name in above if name not in excluded}
        for path in tree.files(('.c', '.h'), [f'src/{layer}']):
            problems += check_file(path, layer, kind, allowed)
    for name in sorted(os.listdir(os.path.join(tree.root(), 'src'))):
        if os.path.isdir(os.path.join(tree.root(), 'src', name)) and name not in names:
            problems.append(f'src/{name}: is not in src/LAYERS')
    tree.finish(problems)


main()
