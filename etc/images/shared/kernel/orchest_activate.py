"""Does in a kernel's container what `conda activate` does, for an environment of conda. `orchest_layer.py` and
`orchest_r.py` call it.

The scripts of activation are code of packages, as what a notebook imports is. They run here and nowhere else: as the
kernel's user, with what the kernel has. What they set counts for the kernel, and what they print goes to its log. A
script that fails, ends its shell, or takes too long is named there, and the kernel starts without its variables.

All kernels of conda's environments wait for this: what only scripts need is imported when there are some.
"""

import json
import os
import sys

# How long all scripts together may take (s).
LIMIT = 20
# Prints all variables after each script: a zero byte after each, and one more at the end. The function hides the
# shell's own arguments from the scripts.
SHELL = r"""
exec 3>&1 1>&2 </dev/null
run() { . "$ORCHEST_ACTIVATES"; }
for ORCHEST_ACTIVATES in "$@"; do
    export ORCHEST_ACTIVATES
    run
    /bin/cat /proc/self/environ >&3 && printf '\0' >&3
done
"""
# Where terminals in this container read what is set.
NOTE = "/tmp/.orchest-activated"
# What the programs that call this set themselves.
SET_BEFORE = (b"PATH", b"R_PROFILE")
SHELLS = ("/bin/bash", "/usr/bin/bash", "/bin/sh")
# The shell's own.
LEFT_OUT = {b"_", b"SHLVL", b"PWD", b"OLDPWD", b"ORCHEST_ACTIVATES"}


def activate(environment):
    """Sets what conda sets, then the variables of packages and of the folder's file, then what the scripts set."""
    before = dict(os.environb)
    os.environ["CONDA_PREFIX"] = os.environ["CONDA_DEFAULT_ENV"] = environment
    os.environ["CONDA_SHLVL"] = "1"
    folder = f"{environment}/etc/conda"
    for path in [*files(f"{folder}/env_vars.d"), f"{environment}/conda-meta/state"]:
        set_variables(path)
    scripts = files(f"{folder}/activate.d", ".sh")
    if scripts:
        run(scripts)
    note(before)


def note(before):
    """Writes for a shell what is other than before, or set just before. It can have no variables with other names."""
    changed = [name for name, value in os.environb.items() if before.get(name) != value or name in SET_BEFORE]
    lines = [b"unset %s\n" % name for name in set(before) - set(os.environb) if is_name(name)]
    lines += [
        b"export %s='%s'\n" % (name, os.environb[name].replace(b"'", b"'\\''")) for name in changed if is_name(name)
    ]
    new = f"{NOTE}.{os.getpid()}.new"
    try:
        with open(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.writelines(lines)
        os.replace(new, NOTE)
    except OSError as error:
        say(f"Terminals of this kernel do not have its variables: `{NOTE}` cannot be written ({error.strerror}).")


def is_name(variable):
    return variable.decode("ascii", "replace").isidentifier()


def files(folder, end=""):
    try:
        return [f"{folder}/{name}" for name in sorted(os.listdir(folder)) if name.endswith(end)]
    except (FileNotFoundError, NotADirectoryError):
        return []


def set_variables(path):
    try:
        with open(path, encoding="utf-8") as file:
            found = json.load(file)
        variables = found.get("env_vars") or {} if path.endswith("/state") else found
        for name, value in variables.items():
            os.environ[name] = str(value)
    except FileNotFoundError:
        pass
    except (OSError, ValueError, AttributeError) as error:
        say(f"The variables in `{path}` cannot be read: {error}.")


def run(scripts):
    import time

    until = time.monotonic() + LIMIT
    while scripts:
        try:
            variables, ended = variables_after(scripts, until - time.monotonic())
        except OSError as error:
            return say(f"The scripts of activation cannot be run, and the kernel starts without them: {error}.")
        # The last script that came to its end.
        last = os.fsdecode(variables.get(b"ORCHEST_ACTIVATES", b""))
        take(variables)
        scripts = scripts[scripts.index(last) + 1 :] if last in scripts else scripts
        if scripts and ended is None:
            return say(
                f"`{scripts[0]}` did not end within {LIMIT} s. The kernel starts without its variables, and without "
                "those of the scripts after it."
            )
        if scripts:
            say(f"`{scripts[0]}` ended its shell (exit code {ended}). The kernel starts without its variables.")
            scripts = scripts[1:]


def variables_after(scripts, limit):
    """The variables after the last script that came to its end, and the shell's exit code: None if it took too long."""
    import signal
    import subprocess

    shell = next(filter(os.path.exists, SHELLS), SHELLS[-1])
    # No pipe: a program that a script leaves behind would hold it open.
    shown = os.memfd_create("variables")
    try:
        words = [shell, "-c", SHELL, "activate", *scripts]
        with subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=shown, start_new_session=True) as process:
            try:
                code = process.wait(max(limit, 0))
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                code = None
        with open(shown, "rb", closefd=False) as file:
            file.seek(0)
            whole = file.read().split(b"\0\0")[:-1]
    finally:
        os.close(shown)
    lines = whole[-1].split(b"\0") if whole else []
    return dict(line.partition(b"=")[::2] for line in lines if b"=" in line), code


def take(variables):
    if not variables:
        return
    for name in set(os.environb) - set(variables) - LEFT_OUT:
        del os.environb[name]
    for name, value in variables.items():
        if name not in LEFT_OUT:
            os.environb[name] = value


def say(text):
    print(f"[W] {text}", file=sys.stderr, flush=True)
