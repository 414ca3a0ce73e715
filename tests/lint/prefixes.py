"""Extern symbols of src/LAYER/STEM.c are STEM or begin with STEM_. Arguments:
LAYER LIBRARY pairs."""
import sys

import objects
import tree

# Files that share the prefix of one subject.
SHARED = {
    'hs/desc_build': {'desc'},
    'hs/desc_parse': {'desc'},
}


def main():
    problems = []
    for layer, library in zip(sys.argv[1::2], sys.argv[2::2]):
        for member, name, kind, _ in objects.symbols(library):
            stem = member.rsplit('.c.o', 1)[0].split('_c.o')[0]
            prefixes = {stem} | SHARED.get(f'{layer}/{stem}', set())
            good = name == stem or any(name.startswith(p + '_') for p in prefixes)
            if kind in 'TDBRVWC' and not good:
                problems.append(f'{layer}/{stem}.c: {name} does not begin with {stem}_')
    tree.finish(problems)


main()
