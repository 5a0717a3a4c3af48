"""Why there is no environment."""

KINDS = (
    "conflict",
    "unknown_package",
    "needs_build",
    "build",
    "network",
    "index_login",
    "disk",
    "file",
    "platform",
    "python",
    "no_python",
    "python_download",
    "channel",
    "no_wheel",
    "without_kernel",
    "internal",
)


class Failure(Exception):
    """What a person reads. `package` is the name of the one package that it is about, if there is one."""

    def __init__(self, kind, text, package=None):
        assert kind in KINDS, kind
        super().__init__(text)
        self.kind, self.text, self.package = kind, text, package
        # What is known of a Python that cannot be had.
        self.python = None
        # What the builder has to know, for the app to carry there.
        self.carried = None

    def line(self):
        line = {"step": "failed", "kind": self.kind, "package": self.package, "text": self.text}
        more = {"python": self.python, "carried": self.carried}
        return line | {name: value for name, value in more.items() if value}
