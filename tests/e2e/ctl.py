"""onionbalancectl, run beside a publisher."""

import json
import os
import subprocess

from publisher import BUILD

CTL = os.path.join(BUILD, "onionbalancectl")


class Ctl:
    """Asks at one admin socket; `prefix` goes before the command (setpriv and its like)."""

    def __init__(self, socket, prefix=()):
        self.socket = str(socket)
        self.prefix = list(prefix)

    def command(self, *words):
        return [*self.prefix, CTL, "--socket", self.socket, *words]

    def run(self, *words, timeout=90):
        """Run it to its end: returncode, stdout, stderr."""
        return subprocess.run(self.command(*words), capture_output=True, text=True,
                              timeout=timeout, check=False)

    def ask(self, *words, timeout=90):
        """Its output; it must succeed."""
        done = self.run(*words, timeout=timeout)
        assert done.returncode == 0 and not done.stderr, (words, done)
        return done.stdout

    def json(self, *words):
        return json.loads(self.ask("--json", *words))

    def refused(self, *words, code=1):
        """What it says on stderr; it must end with that code and print nothing."""
        done = self.run(*words)
        assert done.returncode == code and not done.stdout, (words, done)
        return done.stderr

    def instance(self, name):
        """What `status --json` tells of the instance of that name, in the first service."""
        [found] = [each for each in self.json("status")["services"][0]["instances"]
                   if each["name"] == name]
        return found

    def watch(self):
        """A process that writes one JSON object a line to its stdout."""
        return subprocess.Popen(self.command("watch", "--json"), stdout=subprocess.PIPE, text=True)
