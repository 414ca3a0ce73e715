"""Each extern function in a header stands under a comment that says what it
promises; a group without blank lines between shares one."""
import re

import tree


def paragraphs(text):
    """(line of its begin, text) for each run of lines without a blank one; a
    comment or a body keeps its blank lines."""
    number, start, current, found = 0, 1, [], []
    depth, comment = 0, False
    for number, line in enumerate(text.splitlines() + [''], 1):
        if not line.strip() and depth == 0 and not comment:
            if current:
                found.append((start, '\n'.join(current)))
            current = []
            continue
        if not current:
            start = number
        current.append(line)
        comment = '/*' in line and '*/' not in line or comment and '*/' not in line
        bare = tree.without_comments(line)
        depth += bare.count('{') - bare.count('}')
    return found


def has_declaration(text):
    bare = tree.without_comments(text)
    bare = re.sub(r'\{.*?\n\}[^;\n]*;?', ';', bare, flags=re.S)
    bare = '\n'.join(l for l in bare.splitlines() if not l.startswith('#') and not l.endswith('\\'))
    return re.search(r'^[a-z][\w\s\*]*\b\w+\(', bare, flags=re.M) is not None and \
        not bare.lstrip().startswith('static')


def main():
    problems = []
    for path in tree.files(('.h',), ['src']):
        for start, text in paragraphs(tree.read(path)):
            if has_declaration(text) and '/*' not in text:
                problems.append(f'{path}:{start}: a declaration without a comment')
    tree.finish(problems)


main()
