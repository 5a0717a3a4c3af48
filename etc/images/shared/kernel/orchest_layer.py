"""Starts a kernel by the Python of the folder's layer: what a notebook installs is there again for the next kernel.

    python -I -S orchest_layer.py [--site FOLDER]… SCRIPT [ARGUMENT…]

A layer is a virtual environment in the kernels' home, for each version of Python. It has nothing but what was installed
by hand. After its own packages, Python finds those of the folder's environment (`/environment`, which no kernel can
change), or, where there is none, those of the image. Which of them it is, is decided when Python starts, because
kernels with and without an environment can share a layer. An environment of conda has a Python of its own, and its
kernels run with that, once `orchest_activate.py` has set its variables.

The layer's Python is the image's, or the one that is mounted below `/store/pythons` where the folder wants another. The
latter is reached by a link in the container: a kernel that runs keeps its Python if the next one gets a newer patch.

The layer is made and repaired here, in a few milliseconds: the module `venv` takes much longer, and this program is
between each kernel and its start. So it imports nothing but `os` and `sys`.

An image that was not made for kernels has its packages in the folders that `--site` names; what the kernel needs itself
comes from `/environment-support`, and so does pip.

ORCHEST_LAYER names another folder for the layer.
"""

import os
import sys

ENVIRONMENTS = ("/environment-support", "/environment")
# Has pip alone, for environments that have none.
PIP = "/opt/orchest/pip"
# Has the one Python of a folder that wants another than the image's.
PYTHONS = "/store/pythons"
# Leads to that Python.
LINK = "/tmp/.orchest-python"
# Where an image may have the authorities that it trusts: Debian, Fedora, Alpine; else those that pip brings.
BUNDLES = (
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/cert.pem",
    f"{ENVIRONMENTS[0]}/pip/_vendor/certifi/cacert.pem",
)
# Where terminals in this container read which layer it is.
NOTE = "/tmp/.orchest-layer"
VERSION = "{}.{}".format(*sys.version_info)
# `~` is after all letters: the folder's environment comes after all that the layer's own files add.
PTH = "~orchest.pth"

PIP_SCRIPT = """#!/bin/sh
exec "${0%/*}/python" -m pip "$@"
"""


class Base:
    """The Python that the kernel runs with."""

    def __init__(self, origin, python, version, full, folder, packages):
        # Where it comes from: "image", "store" or "conda".
        self.origin = origin
        # Its program; its version as in names of folders (3.13, or 3.13t without the lock of threads), and all of it.
        self.python, self.version, self.full = python, version, full
        # The name of its layer.
        self.folder = folder
        # Folders of packages beside an environment: the image's, or pip of another Python.
        self.packages = packages


def of_image(image, packages):
    full = "{}.{}.{}".format(*sys.version_info)
    return Base("image", base_python(image), VERSION, full, VERSION, packages or [site_packages(image, VERSION)])


def of_conda(image, environment):
    """The Python of an environment that conda's packages make; None if the environment is another."""
    if not os.path.isdir(f"{environment}/conda-meta"):
        return None
    python = os.path.realpath(f"{environment}/bin/python")
    name = os.path.basename(python)
    if not name.startswith("python3.") or not os.path.exists(python):
        return None
    version = name.removeprefix("python")
    return Base("conda", python, version, version, version, [site_packages(image, VERSION)])


def of_store():
    """The Python that is mounted, or None. Its folder is called `cpython-3.13.5-linux-x86_64-gnu` or similar."""
    try:
        name = next(iter(sorted(os.listdir(PYTHONS))))
    except (OSError, StopIteration):
        return None
    full, _, variant = name.split("-")[1].partition("+")
    version = ".".join(full.split(".")[:2]) + ("t" if variant == "freethreaded" else "")
    place = f"{PYTHONS}/{name}"
    try:
        link(place, LINK)
        place = LINK
    except OSError as error:
        say(f"`{LINK}` cannot be made ({error.strerror}).")
    # A layer of the image's version is the image's.
    folder = full if version == VERSION else version
    return Base("store", f"{place}/bin/python{version}", version, full, folder, [site_packages(place, version)])


def main():
    image = os.path.dirname(os.path.dirname(sys.executable))
    named, words = sites_of(sys.argv[1:])
    base = of_conda(image, ENVIRONMENTS[-1]) or of_store() or of_image(image, of_the_image(named) if named else None)
    wanted = os.environ.get("ORCHEST_LAYER") or f"{os.environ.get('HOME') or '/tmp'}/environment/{base.folder}"
    layer = None
    for folder in (wanted, f"/tmp/environment-{os.getuid()}-{os.getpid()}"):
        try:
            mend(folder, base)
            layer = folder
            break
        except OSError as error:
            say(f"What this kernel installs ends with it: its folder `{folder}` cannot be used ({error.strerror}).")
    python = sys.executable if base.origin == "image" else base.python
    if layer is not None:
        python = f"{layer}/bin/python"
        os.environ["VIRTUAL_ENV"] = layer
        if named:
            trust(layer)
        os.environ["JUPYTER_PATH"] = with_data(os.environ.get("JUPYTER_PATH"), layer, image)
        os.environ["PATH"] = with_programs(os.environ.get("PATH") or os.defpath, layer, f"{image}/bin")
    # Scripts find the programs that the kernel finds.
    if base.origin == "conda":
        activate(ENVIRONMENTS[-1])
    note(layer)
    os.execv(python, [python, *(bytecode(layer) if named and layer else []), *words])


def sites_of(words):
    """The folders that `--site` names, and the rest of the words."""
    found = []
    while words[:1] == ["--site"]:
        found.append(words[1])
        words = words[2:]
    return found, words


def bytecode(layer):
    """Has Python keep the bytecode of what the kernel needs: nobody can compile it beside its files for any Python.

    The script that is run (`orchest_ipykernel.py`) ends that after its own imports.
    """
    try:
        # A folder with other files has another number.
        return ["-X", f"pycache_prefix={layer}/.bytecode/{os.stat(ENVIRONMENTS[0]).st_ino}"]
    except OSError:
        return []


def trust(layer):
    """Has pip trust the authorities that were added to the person's machine, beside those of the image."""
    if any(os.environ.get(name) for name in ("PIP_CERT", "SSL_CERT_FILE", "REQUESTS_CA_BUNDLE")):
        return
    try:
        added, own = contents(f"{os.path.dirname(PIP)}/ca.crt"), next(filter(os.path.exists, BUNDLES))
        write(f"{layer}/ca.pem", f"{contents(own)}\n{added}")
        os.environ["PIP_CERT"] = f"{layer}/ca.pem"
    except (OSError, ValueError, StopIteration):
        pass


def contents(path):
    with open(path, encoding="utf-8", errors="replace") as file:
        return file.read()


def of_the_image(sites):
    """Where Python finds packages in an image that was not made for kernels. What the kernel needs has pip, too."""
    return [ENVIRONMENTS[0], *sites]


def with_programs(path, layer, image):
    """A PATH in which programs of the layer and of the environment come before the image's.

    What a kernelspec puts before the image's own folders stays before these, too.
    """
    # Without an environment, the programs are the image's own.
    others = reversed(ENVIRONMENTS) if os.path.isdir(ENVIRONMENTS[-1]) else []
    ours = [f"{layer}/bin", *(f"{one}/bin" for one in others if os.path.isdir(f"{one}/bin"))]
    folders = path.split(":")
    place = folders.index(image) if image in folders else 0
    return ":".join([*folders[:place], *ours, *folders[place:]])


def with_data(path, layer, image):
    """A JUPYTER_PATH with the data of packages, such as templates: Jupyter looks beside the layer alone."""
    others = list(reversed(ENVIRONMENTS)) if os.path.isdir(ENVIRONMENTS[-1]) else [image]
    return ":".join([*filter(None, [path]), *(f"{one}/share/jupyter" for one in (layer, *others))])


def base_python(image):
    """The Python that a virtual environment was made from; its own, if it is none."""
    try:
        with open(f"{image}/pyvenv.cfg", encoding="utf-8") as file:
            for line in file:
                name, _, value = line.partition("=")
                if name.strip() == "home":
                    home = value.strip()
                    found = f"{home}/python{VERSION}"
                    return found if os.path.exists(found) else f"{home}/python3"
    except OSError:
        pass
    return os.path.realpath(sys.executable)


def activate(environment):
    # Most kernels have no environment of conda, and all of them wait for this program. `-I` hides the folder.
    sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
    import orchest_activate

    orchest_activate.activate(environment)


def site_packages(folder, version):
    return f"{folder}/lib/python{version}/site-packages"


def mend(layer, base):
    """Makes what is missing or other than it should be. A layer may be from an image whose Python was elsewhere."""
    own = site_packages(layer, base.version)
    os.makedirs(own, exist_ok=True)
    os.makedirs(f"{layer}/bin", exist_ok=True)
    for name in ("python", "python3", f"python{base.version}"):
        link(base.python, f"{layer}/bin/{name}")
    home = os.path.dirname(base.python)
    write(f"{layer}/pyvenv.cfg", f"home = {home}\ninclude-system-site-packages = false\nversion = {base.full}\n")
    for name in ("pip", "pip3"):
        # One that was installed by hand is newer, and stays.
        if not has_own_pip(own):
            write(f"{layer}/bin/{name}", PIP_SCRIPT, 0o755)
    write(f"{own}/{PTH}", added(base))
    if not os.access(own, os.W_OK):
        raise PermissionError(13, os.strerror(13))


def has_own_pip(site):
    return os.path.isdir(f"{site}/pip")


def added(base):
    """A line that Python runs at its start: adds each folder together with what its `.pth` files add."""
    if base.origin == "store":
        wanted = repr([*ENVIRONMENTS, *base.packages])
    else:
        *support, own = ENVIRONMENTS
        # An environment of conda has its packages of Python further down.
        conda = site_packages(own, base.version)
        found = f"{conda!r} if os.path.isdir({conda!r}) else {own!r}"
        wanted = f"[*{support!r}, {found}, {PIP!r}] if os.path.isdir({own!r}) else {base.packages!r}"
    return f"import os, site; list(map(site.addsitedir, filter(os.path.isdir, {wanted})))\n"


def link(target, path):
    try:
        if os.readlink(path) == target:
            return
    except OSError:
        pass
    new = f"{path}.{os.getpid()}.new"
    os.symlink(target, new)
    os.replace(new, path)


def write(path, text, mode=0o644):
    """Other kernels may read the file at this moment."""
    try:
        with open(path, encoding="utf-8") as file:
            if file.read() == text:
                return
    except (OSError, ValueError):
        pass
    new = f"{path}.{os.getpid()}.new"
    with open(new, "w", encoding="utf-8") as file:
        file.write(text)
    os.chmod(new, mode)
    os.replace(new, path)


def note(layer):
    try:
        write(NOTE, f"{layer or ''}\n")
    except OSError:
        pass


def say(text):
    print(f"[W] {text}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
