"""Why a kernel did not start, in words for the person.

Stock: Enterprise Gateway puts the text into the status line, which can have one line only.
Here: the text is the `message` of the JSON answer, and goes to the log.
Written for tornado 6.6 and Enterprise Gateway 3.3.0.
"""

from tornado import web


class NotStarted(web.HTTPError):
    """Why a kernel did not start. The log shows the text, and the client gets it as `message` of the JSON answer."""

    def __init__(self, text, status=500, reason="The kernel did not start"):
        super().__init__(status, text, reason=reason)

    @property
    def log_message(self):
        # Tornado doubles every `%` here, for a log that formats the text. The JSON answer must not have that.
        return self.get_message()


def not_here(name, specs):
    here = ", ".join(f"`{one}`" for one in sorted(specs.find_kernel_specs())) or "none"
    return NotStarted(
        f"The kernelspec `{name}` is not here. Here are: {here}.\n"
        "hint: pick one of these, or add it to the kernels folder and launch again.",
        404,
        "No such kernelspec",
    )
