"""doc/troubleshooting.md: what the programs can say as a warning or an error
stands there, by its longest part that is always the same."""
import re

import tree

DOC = 'doc/troubleshooting.md'

# Calls whose level stands among their arguments, and calls that are for
# warnings and errors alone.
LEVELLED = ('logger_writef', 'logger_write', 'action_log')
ALWAYS = ('messages_error', 'messages_warn', 'complain', 'session_fail')

# Files whose every phrase ends up in a message: they give reasons.
REASONS = ('src/conf/config.c', 'src/conf/loader.c', 'src/conf/reader.c', 'src/control/session.c',
           'src/signer/keyfile.c', 'src/signer/passphrase.c', 'src/signer/secretfile.c')
WORDS = 3  # what a phrase has at least, to tell it from a key or a format
LENGTH = 8  # characters of a part that tells something

LITERAL = r'"(?:\\.|[^"\\\n])*"'
# Neighbours are one string; the compiler's names of conversions are between.
STRING = re.compile(rf'{LITERAL}(?:\s*(?:PRI[a-z]\d+\s*)?{LITERAL})*')
CONVERSION = re.compile(r'%[-+ #0]*[\d*]*(?:\.[\d*]+)?(?:hh|ll|[hlzj])?[a-zA-Z]?')
COMMENT = re.compile(r'/\*.*?\*/|//[^\n]*', re.S)


def text_of(string):
    joined = ''.join(part[1:-1] for part in re.findall(LITERAL, re.sub(r'PRI[a-z]\d+', '"%s"',
                                                                       string)))
    return joined.replace('\\"', '"').replace('\\n', ' ')


def constant_part(text):
    text = text.replace('%%s', '%s')  # a conversion with the compiler's name
    return max((part.strip(' :;,.("') for part in CONVERSION.split(text)), key=len)


def calls(code, names):
    """The arguments of each call, as they stand."""
    for match in re.finditer(rf'\b(?:{"|".join(names)})\(', code):
        depth, end = 1, match.end()
        while depth and end < len(code):
            literal = STRING.match(code, end)
            if literal:
                end = literal.end()
                continue
            depth += (code[end] == '(') - (code[end] == ')')
            end += 1
        yield code[match.end():end - 1], match.start()


def phrases(path):
    """(offset, text) of everything in a file that a user may be told."""
    code = COMMENT.sub(lambda m: re.sub(r'[^\n]', ' ', m.group(0)), tree.read(path))
    if path in REASONS:
        body = re.sub(r'^\s*#.*$', lambda m: ' ' * len(m.group(0)), code, flags=re.M)
        for match in STRING.finditer(body):
            if len(text_of(match.group(0)).split()) >= WORDS:
                yield match.start(), text_of(match.group(0))
    for names, needs_level in ((LEVELLED, True), (ALWAYS, False)):
        for arguments, start in calls(code, names):
            if needs_level and not re.search(r'LOG_LEVEL_(WARNING|ERROR|CRITICAL)', arguments):
                continue
            for string in STRING.findall(arguments):
                yield start, text_of(string)


def main():
    problems = []
    known = ' '.join(tree.read(DOC).split())
    for path in tree.files(('.c',), ['src/balance', 'src/conf', 'src/control', 'src/daemon',
                                     'src/io', 'src/signer']):
        code = tree.read(path)
        for start, text in phrases(path):
            part = ' '.join(constant_part(text).split())
            if len(part) >= LENGTH and part not in known:
                problems.append(f'{path}:{code.count(chr(10), 0, start) + 1}: not in {DOC}: {part}')
    tree.finish(sorted(set(problems)))


main()
