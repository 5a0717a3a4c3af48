"""Follows what R prints while it installs: how far it is, and what fails. Written for R 4.2."""

import re

from orchest_environment import said

# A line of our own scripts.
OURS = "@orchest\t"
QUOTED = r"[‘'`]([A-Za-z0-9.]+)[’'`]"
BEGUN = re.compile(rf"^\* installing \*\w+\* package {QUOTED}")
DONE = re.compile(r"^\* DONE \(([A-Za-z0-9.]+)\)")
BROKEN = re.compile(rf"^ERROR: .*for package {QUOTED}|^ERROR: .*?package {QUOTED}")
# What R says at its end of a package that failed without a line of the kind before.
AT_THE_END = re.compile(rf"installation of package {QUOTED} had non-zero exit status")
FETCHED = re.compile(r"^trying URL ")
NOISE = re.compile(r"^(=*|Content type .*|downloaded \d.*)$")
# R names several in one line, too.
UNAVAILABLE = re.compile(r"^\s*(?:Warning: )?packages? (.+) (?:is|are) not available\b")
UNREACHABLE = re.compile(
    r"unable to access index for repository|[Cc]annot open URL|Could not resolve host|Timeout of \d+"
)


class Follow:
    """What the lines add up to."""

    def __init__(self):
        self.done, self.of, self.planned = [], 0, False
        # The output of each package that failed, in their order.
        self.broken, self.last_broken = {}, None
        self.unavailable, self.unreachable = [], None
        # (kind, package, text) of our own scripts.
        self.failure = None
        self.lines, self.section = [], []

    def line(self, text):
        if text.startswith(OURS):
            return self.ours(text.removeprefix(OURS).split("\t"))
        if NOISE.match(text):
            return
        said.log(text)
        self.lines = [*self.lines[-199:], text]
        if BEGUN.match(text):
            self.section, self.last_broken = [], None
        self.section = [*self.section[-199:], text]
        if found := DONE.match(text):
            self.done.append(found[1])
        elif found := BROKEN.match(text):
            self.last_broken = found[1] or found[2]
            self.broken.setdefault(self.last_broken, list(self.section))
        elif found := AT_THE_END.search(text):
            self.broken.setdefault(found[1], list(self.lines))
        elif found := UNAVAILABLE.match(text):
            self.unavailable += re.findall(QUOTED, found[1])
        elif FETCHED.match(text) and not self.planned:
            self.of += 1
        self.of = max(self.of, len(self.done))
        if UNREACHABLE.search(text) and self.unreachable is None:
            self.unreachable = re.sub(r"^\s*(Warning|Error)[^:]*: ", "", text).strip().rstrip(":")
        if self.of:
            said.progress(packages=min(len(self.done), self.of), of=self.of)

    def ours(self, words):
        if words[0] == "plan":
            self.of, self.planned = int(words[1]), True
        elif words[0] == "failed" and self.failure is None:
            kind, package, *text = words[1:]
            self.failure = (kind, package or None, " ".join(text))
