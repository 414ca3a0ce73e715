"""What the lints share: the files of the source tree and a rough reading of C.

The reading relies on the tree's clang-format file: a function's body begins
with '{' and ends with '}' alone in the first column, a declaration begins in
the first column.
"""
import os
import re
import sys

SKIPPED = ('.git', '.cache', '__pycache__', '.pytest_cache')


def root():
    return os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


def files(suffixes, folders=('',)):
    """Paths relative to the root, sorted; build folders left out."""
    found = []
    for folder in folders:
        for path, names, plain in os.walk(os.path.join(root(), folder)):
            names[:] = [n for n in names if n not in SKIPPED and not n.startswith('build')]
            for name in plain:
                if name.endswith(suffixes):
                    found.append(os.path.relpath(os.path.join(path, name), root()))
    return sorted(set(found))


def read(path):
    with open(os.path.join(root(), path), encoding='utf-8', errors='replace') as f:
        return f.read()


def layers():
    """(name, kind, names that it may not include) in the order of src/LAYERS."""
    found = []
    for line in read('src/LAYERS').splitlines():
        words = line.split()
        if words and not line.startswith('#'):
            found.append((words[0], words[1], {w[1:] for w in words[2:] if w[0] == '!'}))
    return found


def without_comments(text):
    """C text with comments, strings and characters blanked, lines kept."""
    def blank(match):
        kept = match.group(0)
        if kept[0] in '"\'':
            return kept[0] * 2
        return re.sub(r'[^\n]', ' ', kept)
    return re.sub(r'/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'', blank, text,
                  flags=re.S)


class Function:
    """A function definition: name, first and last line, count of parameters."""

    def __init__(self, name, first, last, parameters):
        self.name, self.first, self.last, self.parameters = name, first, last, parameters

    def lines(self):
        return self.last - self.first + 1


def split_parameters(text):
    """The parameters of the last (...) at the end of a function's head."""
    depth, parts, current = 0, [], ''
    for c in text:
        depth += c in '([{'
        depth -= c in ')]}'
        if c == ',' and depth == 0:
            parts.append(current)
            current = ''
        else:
            current += c
    parts.append(current)
    return [p.strip() for p in parts if p.strip() not in ('', 'void')]


def head_of(text):
    """(name, parameters) of a function head, attributes left out; or None."""
    text = re.sub(r'__attribute__\s*\(\(.*?\)\)(?=[\s;)]|$)', ' ', ' '.join(text.split()))
    match = re.match(r'[^(=]*?\b(\w+)\s*\(', text)
    if match is None:
        return None
    depth, start = 1, match.end()
    for end in range(start, len(text)):
        depth += text[end] == '('
        depth -= text[end] == ')'
        if depth == 0:
            return match.group(1), split_parameters(text[start:end])
    return None


def functions(text):
    lines = without_comments(text).splitlines()
    found, first = [], 0
    for i, line in enumerate(lines):
        if line == '{':
            first = i
            while first > 0 and lines[first - 1].strip() and lines[first - 1][0] not in '#}':
                first -= 1
        elif line == '}' and first is not None:
            head = head_of('\n'.join(lines[first:i]).split('{')[0])
            if head is not None:
                found.append(Function(head[0], first + 1, i + 1, len(head[1])))
    return found


def finish(problems):
    """Ends a lint: prints what is wrong and exits."""
    for problem in problems:
        print(problem)
    sys.exit(1 if problems else 0)
