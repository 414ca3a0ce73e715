"""Sums up what scripts/test left in its folder of results: NAME.meson.json
(the log of `meson test`, TAP counted by subtest), *.junit.xml of pytest, and
the file `checks` with one PASS or FAIL a line. Prints what failed, and what
passed at its second try only (RERUN in a log of pytest), then "N passed, N
failed"; the exit status is 0 if something passed and nothing failed."""
import glob
import json
import os
import re
import sys
import xml.etree.ElementTree

BAD = ('FAIL', 'ERROR', 'TIMEOUT', 'INTERRUPT', 'UNEXPECTEDPASS')


class Tally:
    def __init__(self):
        self.passed, self.skipped, self.failures, self.reruns = 0, 0, [], []

    def failed(self, name):
        self.failures.append(name)

    def add_tap(self, name, text, result):
        """Subtests; a plan that was not carried out to its end has failed."""
        seen = 0
        for line in text.splitlines():
            match = re.match(r'(ok|not ok)\b[\s\d-]*(.*)', line)
            if match is None:
                continue
            seen += 1
            if '# SKIP' in line.upper():
                self.skipped += 1
            elif match.group(1) == 'ok':
                self.passed += 1
            else:
                self.failed(f'{name}: {match.group(2)}')
        planned = int(re.search(r'^1\.\.(\d+)', text, flags=re.M).group(1))
        if seen != planned:
            self.failed(f'{name}: {seen} of {planned} subtests ran')
        elif result in BAD and not any(f.startswith(name) for f in self.failures):
            self.failed(f'{name}: {result}')

    def add_meson(self, path):
        build = os.path.basename(path).split('.')[0]
        with open(path, encoding='utf-8') as f:
            for line in f:
                test = json.loads(line)
                name = f'{build}: {test["name"].split(" / ")[-1]}'
                text = test.get('stdout') or ''
                if re.search(r'^1\.\.\d+', text, flags=re.M):
                    self.add_tap(name, text, test['result'])
                elif test['result'] == 'SKIP':
                    self.skipped += 1
                elif test['result'] in BAD:
                    self.failed(f'{name}: {test["result"]}')
                else:
                    self.passed += 1

    def add_junit(self, path):
        for case in xml.etree.ElementTree.parse(path).iter('testcase'):
            kinds = {child.tag for child in case}
            if kinds & {'failure', 'error'}:
                self.failed(f'{case.get("classname")}: {case.get("name")}')
            elif 'skipped' in kinds:
                self.skipped += 1
            else:
                self.passed += 1

    def add_reruns(self, path):
        with open(path, encoding='utf-8', errors='replace') as f:
            self.reruns += re.findall(r'^RERUN (\S+)$', f.read(), flags=re.M)

    def add_checks(self, path):
        with open(path, encoding='utf-8') as f:
            for line in f:
                result, name = line.rstrip('\n').split(' ', 1)
                if result == 'PASS':
                    self.passed += 1
                else:
                    self.failed(name)


def main():
    tally, folder = Tally(), sys.argv[1]
    for path in sorted(glob.glob(os.path.join(folder, '*.meson.json'))):
        tally.add_meson(path)
    for path in sorted(glob.glob(os.path.join(folder, '*.junit.xml'))):
        tally.add_junit(path)
        tally.add_reruns(path.replace('.junit.xml', '.log'))
    if os.path.exists(os.path.join(folder, 'checks')):
        tally.add_checks(os.path.join(folder, 'checks'))
    for name in tally.reruns:
        print(f'tried twice: {name}')
    for name in tally.failures:
        print(f'failed: {name}')
    line = f'{tally.passed} passed, {len(tally.failures)} failed'
    print(line + (f', {tally.skipped} skipped' if tally.skipped else ''))
    sys.exit(0 if tally.passed and not tally.failures else 1)


main()
