"""Why a kernel did not start, in words for the person.

Stock: Enterprise Gateway puts the text into the status line, which can have one line only.
Here: the text is the `message` of the JSON answer, and goes to the log.
Written for tornado 6.6 and Enterprise Gateway 3.3.0.
"""

import json
import os

from tornado import web

# What is wrong with kernelspecs that are not offered. Orchest writes it beside those that are.
PROBLEMS = ".problems.json"


class NotStarted(web.HTTPError):
    """Why a kernel did not start. The log shows the text, and the client gets it as `message` of the JSON answer."""

    def __init__(self, text, status=500, reason="The kernel did not start"):
        super().__init__(status, text, reason=reason)

    @property
    def log_message(self):
        # Tornado doubles every `%` here, for a log that formats the text. The JSON answer must not have that.
        return self.get_message()


def not_here(name, specs):
    if problem := problem_of(name, specs):
        message, hint = problem
        return NotStarted(
            f"The kernelspec `{name}` cannot be used: {message}.\nhint: {hint}", 404, "No such kernelspec"
        )
    here = ", ".join(f"`{one}`" for one in sorted(specs.find_kernel_specs())) or "none"
    return NotStarted(
        f"The kernelspec `{name}` is not here. Here are: {here}.\n"
        "hint: pick one of these, or add it to the kernels folder and launch again.",
        404,
        "No such kernelspec",
    )


def problem_of(name, specs):
    """What is wrong with a kernelspec that is in the kernels folder and not offered."""
    for folder in specs.kernel_dirs:
        try:
            with open(os.path.join(folder, PROBLEMS), encoding="utf-8") as file:
                problem = json.load(file)[name.lower()]
            return problem["message"], problem["hint"]
        except (OSError, ValueError, KeyError, TypeError):
            continue
    return None


def named(image, kernelspec):
    return f"The image `{image}` of the kernelspec `{kernelspec}`"


def image_missing(image, kernelspec):
    return NotStarted(
        f"{named(image, kernelspec)} is not on this machine.\n"
        f"hint: run `orchest images --prepare {kernelspec}` in a terminal, and start the kernel again. While the window"
        " of Orchest is open, it prepares missing images by itself."
    )


def image_not_ready(image, kernelspec):
    return NotStarted(
        f"{named(image, kernelspec)} was not made for kernels, and the app has not looked yet how one starts there.\n"
        f"hint: run `orchest images --prepare {kernelspec}` in a terminal, and start the kernel again. While the window"
        " of Orchest is open, it does that by itself."
    )


def image_on_its_way(image, kernelspec, seconds, progress):
    done = ""
    if progress:
        count, of, unit = progress
        done = f", {count} of {of} {'MB' if unit == 'mb' else unit} done"
    return NotStarted(
        f"{named(image, kernelspec)} is being prepared: {lasting(seconds)} so far{done}.\n"
        "hint: start the kernel again in a few minutes. The window of Orchest shows the progress."
    )


def image_not_prepared(image, kernelspec):
    return NotStarted(
        f"{named(image, kernelspec)} is not on this machine and could not be prepared.\n"
        "hint: the window of Orchest shows the reason. In a terminal,"
        f" `orchest images --prepare {kernelspec}` tries again."
    )


def image_given_up(image, kernelspec):
    return NotStarted(
        f"{named(image, kernelspec)} is not on this machine: preparing it was stopped before it was done.\n"
        "hint: start the kernel again to prepare it."
    )


def lasting(seconds):
    minutes, seconds = divmod(int(seconds), 60)
    return f"{minutes} min {seconds} s" if minutes else f"{seconds} s"
