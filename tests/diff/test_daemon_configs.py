"""onionbalance beside the Python program's: configurations and command lines,
good and bad. Both must serve the same frontends with the same instances, or
refuse with the same exit code, and their messages must go to the same place.

A row of DIFFERENT names the line of the table in doc/migrating.md that says why.
Debian 12 has version 0.2.2 of the Python program, which these rows run.
"""

import os
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest

import cases
from daemons import LINE, run

PROCESSORS = 2

# Differences that show elsewhere: as a warning in rows of SAME, in test_daemon_life.py, in the
# end-to-end tests and the simulator, in the tests of the package, or with version 0.2.4 alone.
ELSEWHERE = {
    "unknown-keys", "readable-key", "mixed-keys",
    "status-in-use", "status-early", "reload-bad",
    "status-slow", "reload-good", "many-backends", "dead-backends", "uploads", "signer",
    "scrubbed-log", "service-log", "restarts", "init-script", "log-level",
}
MIGRATING = os.path.join(os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))),
                         "doc", "migrating.md")


@pytest.fixture(scope="module")
def outcomes(request, daemon, python_daemon):
    """Name of a row -> (what ours did, what the Python program did), of the rows that are wanted."""
    names = dict.fromkeys(item.callspec.params["name"] for item in request.session.items
                          if item.module is sys.modules[__name__] and hasattr(item, "callspec"))
    with ThreadPoolExecutor(PROCESSORS) as pool:
        futures = {name: [pool.submit(run, program, cases.ROWS[name].case)
                          for program in (daemon, python_daemon)] for name in names}
        yield {name: Both(futures[name]) for name in names}


class Both:
    """The two outcomes of a row, waited for when they are asked for."""

    def __init__(self, futures):
        self.futures = futures

    def get(self):
        return [each.result() for each in self.futures]


def check_verdict(outcome, expected, who):
    """expected: what is served ([] too), or an exit code, with cases.TRACEBACK for one."""
    said = f"{who}: {outcome.err}"
    if isinstance(expected, list):
        assert outcome.is_serving, said
        assert outcome.status is None or outcome.serves == expected, said
        assert outcome.out == "", said
        assert all(map(LINE.fullmatch, outcome.err.splitlines())), said
        return
    assert not outcome.is_serving, said
    assert outcome.is_traceback == (expected is cases.TRACEBACK), said
    assert outcome.code == (1 if expected is cases.TRACEBACK else expected), said
    check_message(outcome, expected, said)


def check_message(outcome, expected, said):
    """A refusal is told on stderr alone, what was asked for on stdout alone."""
    if expected == 0:
        assert outcome.out and not outcome.err, said
        return
    assert outcome.out == "", said
    if expected == 2:
        assert outcome.err.startswith("usage: onionbalance "), said
        assert "\nonionbalance: error: " in outcome.err, said
    elif expected == 1:
        assert all(map(LINE.fullmatch, outcome.err.splitlines())), said
        assert outcome.messages("ERROR", "CRITICAL") or who_warns(outcome), said


def who_warns(outcome):
    """The Python program's last word on a key that is none is a warning."""
    return re.search("not in Tor format either", outcome.err)


@pytest.mark.parametrize("name", cases.SAME)
def test_same(outcomes, name):
    row = cases.SAME[name]
    ours, theirs = outcomes[name].get()
    check_verdict(ours, row.ours, "ours")
    check_verdict(theirs, row.ours, "theirs")
    if isinstance(row.ours, list):
        assert ours.status == theirs.status  # byte for byte, as there is nothing to tell yet
        assert (ours.mode, ours.guests) == (theirs.mode, theirs.guests)
    assert re.search(row.says, ours.err), ours.err


@pytest.mark.parametrize("name", cases.DIFFERENT)
def test_differs(outcomes, name):
    row = cases.DIFFERENT[name]
    ours, theirs = outcomes[name].get()
    check_verdict(ours, row.ours, "ours")
    check_verdict(theirs, row.theirs, "theirs")
    assert (ours.guests, row.ours) != (theirs.guests, row.theirs), "they do the same"
    if row.guests:
        assert [ours.guests, theirs.guests] == [set(each) for each in row.guests]
    assert re.search(row.says, ours.err), ours.err


@pytest.mark.parametrize("name", [f"level {each}" for each in cases.LEVELS])
def test_level(outcomes, name):
    """The least level of the log lines; None: there are no lines."""
    row = cases.ROWS[name]
    found = [min(each.levels(), key=["DEBUG", "INFO", "WARNING", "ERROR"].index, default=None)
             for each in outcomes[name].get()]
    assert found == [row.ours, row.theirs]


def documented():
    """The names in the first column of the table of doc/migrating.md."""
    with open(MIGRATING, encoding="utf-8") as file:
        return re.findall(r"^\| `([a-z0-9-]+)` \|", file.read(), flags=re.M)


def test_differences_are_documented():
    names = documented()
    assert len(set(names)) == len(names) >= 20
    used = {row.why for row in cases.ROWS.values() if row.why}
    assert used | ELSEWHERE == set(names) and not used & ELSEWHERE


def test_table_is_large_enough():
    assert len(cases.ROWS) > 150
    assert not set(cases.SAME) & set(cases.DIFFERENT)


VALUES = {"--hs-version": "v3", "--ip": "127.0.0.1", "--port": "9051", "--socket": "s",
          "--config": "none", "--verbosity": "info"}


def prefixes(parser):
    """Every beginning of a long flag that is unambiguous in the Python program: (it, the flag)."""
    flags = [flag for action in parser._actions for flag in action.option_strings
             if flag.startswith("--")]
    for flag in flags:
        for end in range(len("--x"), len(flag) + 1):
            if [other for other in flags if other.startswith(flag[:end])] == [flag]:
                yield flag[:end], flag


def test_shortened_flags(daemon, python_daemon, tmp_path):
    """However the Python program's flags were shortened: new flags take nothing away."""
    argparser = pytest.importorskip("onionbalance.common.argparser")
    tried = list(prefixes(argparser.get_common_argparser()))
    assert len(tried) >= 40
    for prefix, flag in tried:
        done = subprocess.run([daemon, prefix, *([VALUES[flag]] if flag in VALUES else [])],
                              cwd=tmp_path, capture_output=True, text=True, check=False, timeout=30)
        if flag in ("--help", "--version"):
            assert (done.returncode, done.stderr) == (0, ""), prefix
        else:  # there is no such file
            assert done.returncode == 1 and "cannot be read" in done.stderr, (prefix, done.stderr)
