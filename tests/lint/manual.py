"""The manual pages: man reads them without a warning, and each option,
variable of the environment and key of the configuration file stands in the
page where it is looked for, keys with the words of the table. Exit 77
(skipped) where there is no man."""
import os
import re
import shutil
import subprocess
import sys

import tree

VERSION = re.search(r"version: '([^']+)'", tree.read('meson.build')).group(1)


def plain(page):
    """The text of a page without its font changes."""
    text = re.sub(r'\\f[A-Z]|\\&|\\\|', '', tree.read(page)).replace('\\-', '-')
    text = re.sub(r'^\.(?:[BI]|BR|BI|RB|IR|RI|IB|OP|SY) ', '', text, flags=re.M)
    return text.replace('"', '')


def words(text):
    return ' '.join(text.split())


def check_options(page, source):
    text, problems = plain(page), []
    for name in re.findall(r'\{"([a-z-]{2,})", (?:no|required)_argument', tree.read(source),
                           flags=re.M):
        if not re.search(rf'--{name}(?![a-z-])', text):
            problems.append(f'{page}: does not have the option --{name} of {source}')
    for name in sorted(set(re.findall(r'"(ONIONBALANCE_[A-Z_]+)"', tree.read(source)))):
        if f'\n{name}\n' not in text:
            problems.append(f'{page}: does not have the variable {name} of {source}')
    return problems


def check_commands(page):
    text, problems = plain(page), []
    for first, second in re.findall(r'= \{"([a-z]+)", (?:"([a-z]+)"|NULL),',
                                    tree.read('src/report/verb.c')):
        name = f'{first} {second}'.strip()
        if name != 'where' and not re.search(rf'^\.TP\n{name}\b', text, flags=re.M):
            problems.append(f'{page}: does not have the command {name}')
    return problems


def tables():
    """Table of the schema -> [(name, help, required, name of the map below)]."""
    found, maps = {}, {}
    source = tree.read('src/conf/schema.c')
    for name, body in re.findall(r'(\w+_keys)\[\] = \{(.*?)\n\};', source, flags=re.S):
        found[name] = []
        for row in re.findall(r'\n    \{(.*?)\n    \},', body, flags=re.S):
            below = re.search(r'\.map = &(\w+)', row)
            found[name].append((re.search(r'\.name = "([^"]+)"', row).group(1),
                                re.search(r'\.help = "([^"]+)"', row).group(1),
                                '.is_required = true' in row,
                                '[]' if 'SCHEMA_LIST' in row else '', below and below.group(1)))
    for name, keys in re.findall(r'(\w+) = \{\s*\.name = [^;]*?\.keys = (\w+),', source):
        maps[name] = keys
    return found, maps


def keys_of(table, prefix='', seen=None):
    """All keys; those of a map that stands in several places once, where it stands first."""
    found, maps = tables()
    seen = set() if seen is None else seen
    for name, what, required, brackets, below in found[table]:
        yield prefix + name, what, required
        if below and below not in seen:
            seen.add(below)
            yield from keys_of(maps[below], f'{prefix}{name}{brackets}.', seen)


def check_keys(page):
    text, problems, known = plain(page), [], []
    for key, what, required in keys_of('root_keys'):
        known.append(key)
        match = re.search(rf'^\.TP\n{re.escape(key)}\n(.*?)(?=^\.TP$|^\.SH )', text, flags=re.M | re.S)
        said = words(match.group(1)) if match else ''
        wanted = f'Required: {what}' if required else what[0].upper() + what[1:]
        if not said.startswith(wanted):
            problems.append(f'{page}: {key}: must begin with "{wanted}", has "{said[:70]}"')
    section = text.split('.SH KEYS')[1].split('.SH ')[0]
    for key in re.findall(r'^\.TP\n(\S+)$', section, flags=re.M):
        if key not in known:
            problems.append(f'{page}: there is no key {key}')
    return problems


def check_page(page):
    path, problems = os.path.join(tree.root(), page), []
    if f' {VERSION}"' not in tree.read(page).split('.SH')[0]:
        problems.append(f'{page}: is not of version {VERSION}')
    run = subprocess.run(['man', '--warnings', '-E', 'UTF-8', '-l', path], capture_output=True,
                         text=True, check=False,
                         env={**os.environ, 'LC_ALL': 'C.UTF-8', 'MANWIDTH': '80', 'PAGER': 'cat'})
    if run.returncode or run.stderr.strip():
        problems.append(f'{page}: man: {run.stderr.strip()}')
    return problems


def main():
    problems = check_options('doc/man/onionbalance.1', 'src/daemon/options.c')
    problems += check_options('doc/man/onionbalance-signer.1', 'src/signer/arguments.c')
    problems += check_options('doc/man/onionbalance-config.1', 'src/tools/flags.c')
    problems += check_options('doc/man/onionbalancectl.1', 'src/tools/ctlargs.c')
    problems += check_commands('doc/man/onionbalancectl.1')
    problems += check_keys('doc/man/onionbalance.yaml.5')
    has_man = shutil.which('man') is not None
    for page in tree.files(('.1', '.5'), ['doc/man']) if has_man else []:
        problems += check_page(page)
    if not problems and not has_man:
        print('no man here')
        sys.exit(77)
    tree.finish(problems)


main()
