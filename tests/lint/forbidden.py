"""Calls and words that the house rules leave out."""
import re

import tree

# What, why, and the folders of src where it may stand all the same.
RULES = [
    (r'\b(strtok|strtok_r|sscanf|atoi|atol|atoll|atof|strtol|strtoul|strtoll|strtoull|strtod)\s*\(',
     'only base/cursor reads input', ()),
    (r'\bgoto\b', 'CLEANUP() frees, early returns leave', ()),
    (r'\balloca\s*\(', 'sizes on the stack are constant', ()),
    (r'\b(gets|strcat|sprintf|vsprintf|tmpnam|mktemp)\s*\(', 'no bound on what is written', ()),
    (r'\b(system|popen)\s*\(', 'no shell in between', ()),
    (r'\b(rand|random|srand|drand48)\s*\(', 'randomness is handed in as struct rng', ()),
    (r'\btypedef\b', 'struct x, enum x: no other names for types', ()),
]


def check_conditionals(path, text):
    """No #if inside a function."""
    lines, problems = text.splitlines(), []
    for f in tree.functions(text):
        for number in range(f.first, f.last):
            if re.match(r'\s*#\s*(if|ifdef|ifndef|elif)\b', lines[number - 1]):
                problems.append(f'{path}:{number}: #if inside of {f.name}')
    return problems


def main():
    problems = []
    for path in tree.files(('.c', '.h'), ['src']):
        text = tree.without_comments(tree.read(path))
        problems += check_conditionals(path, text)
        for number, line in enumerate(text.splitlines(), 1):
            for pattern, why, folders in RULES:
                match = re.search(pattern, line)
                if match and path.split('/')[1] not in folders:
                    problems.append(f'{path}:{number}: {match.group(0).strip()}: {why}')
    tree.finish(problems)


main()
