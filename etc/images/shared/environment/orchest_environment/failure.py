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
    "python",
    "internal",
)


class Failure(Exception):
    """What a person reads. `package` is the name of the one package that it is about, if there is one."""

    def __init__(self, kind, text, package=None):
        assert kind in KINDS, kind
        super().__init__(text)
        self.kind, self.text, self.package = kind, text, package

    def line(self):
        return {"step": "failed", "kind": self.kind, "package": self.package, "text": self.text}
