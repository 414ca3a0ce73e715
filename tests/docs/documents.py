"""The commands that the documents show: what stands indented, or between .EX and .EE."""

import os
import re
from dataclasses import dataclass

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
MARKDOWN = ["README.md", "doc/tutorial.md", "doc/migrating.md", "doc/troubleshooting.md",
            "doc/testing.md", "doc/signer.md", "doc/admin-socket.md", "doc/keys.md"]
MANUALS = ["doc/man/onionbalance.1", "doc/man/onionbalance-config.1",
           "doc/man/onionbalance-signer.1", "doc/man/onionbalancectl.1"]


@dataclass(frozen=True)
class Line:
    """One line of an example; what follows four spaces in it is a remark."""

    document: str
    number: int
    text: str

    def __str__(self):
        return f"{self.document}:{self.number}: {self.text}"


def read(path):
    with open(os.path.join(ROOT, path), encoding="utf-8") as file:
        return file.read()


def markdown_lines(path):
    """Lines of fences, and indented ones; fences of YAML, Python and text have tests of their own.

    What is indented by far more is a remark about the line above.
    """
    fence = None  # the word behind the ticks that opened it
    for number, line in enumerate(read(path).splitlines(), 1):
        if line.strip().startswith("```"):
            fence = line.strip("` ") if fence is None else None
        elif (fence is None and re.match(r" {4,39}\S", line)) or fence not in (None, "yaml", "python", "text"):
            yield Line(path, number, re.split(r" {3,}", line.strip())[0].strip())


def fenced(path, kind):
    """The contents of the fences of that kind."""
    return re.findall(rf"^```{kind}\n(.*?)^```$", read(path), re.M | re.S)


def manual_lines(path):
    inside, joined = False, ""
    for number, line in enumerate(read(path).splitlines(), 1):
        if line in (".EX", ".EE"):
            inside = line == ".EX"
        elif inside:
            joined += line.replace("\\-", "-")
            if joined.endswith("\\e"):
                joined = joined[:-2].rstrip() + " "
                continue
            yield Line(path, number, re.sub(r"\s+", " ", joined.strip()))
            joined = ""


def all_lines():
    return ([line for path in MARKDOWN for line in markdown_lines(path)]
            + [line for path in MANUALS for line in manual_lines(path)])
