"""Has uv find versions that fit to what conda has installed.

What conda has is there for uv as a wheel of the same name and version with nothing in it, so that versions fit to it,
and nothing is installed twice.
"""

import zipfile

from orchest_environment import files, names, requirements
from orchest_environment.resolve import compiled, refreshed, written

LINES = ".orchest-pip.txt"


def lines(found, folder, uv):
    """The lines of a conda file for pip, in a file where their paths begin; and what they say."""
    above = "" if folder in ("", ".") else f"{folder}/"
    path = uv.folder / f"{above}{LINES}"
    text = "".join(f"{line}\n" for line in found)
    path.write_bytes(files.EDITABLE.sub(rb"\1", text.encode()))
    return str(path), requirements.read(uv.folder, f"{above}{LINES}")


def fitting(inputs, known, uv, options=()):
    """Has uv find versions, while each known package is there in its version."""
    if not known:
        return compiled(inputs, [*options, *refreshed(uv.request)], uv)
    folder = uv.scratch / "held"
    folder.mkdir(exist_ok=True)
    pins = [pin for one in known.values() if (pin := empty_wheel(folder, one["name"], one["version"]))]
    # As a line of a file, because as an option it would replace the person's own.
    links = written(uv, "held.in", [f"--find-links {folder}"])
    return compiled([*inputs, links], ["-c", written(uv, "held.txt", pins), *options, *refreshed(uv.request)], uv)


def empty_wheel(folder, name, version):
    """Writes a wheel with nothing in it. Returns its pin, or None if Python knows no such version."""
    stem = f"{names.normal(name).replace('-', '_')}-{version}"
    if not all(letter.isalnum() or letter in "._+!" for letter in version) or not version[:1].isdigit():
        return None
    files = {
        "METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n",
        "WHEEL": "Wheel-Version: 1.0\nGenerator: orchest\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        "RECORD": "",
    }
    with zipfile.ZipFile(folder / f"{stem}-py3-none-any.whl", "w") as archive:
        for file, text in files.items():
            archive.writestr(f"{stem}.dist-info/{file}", text)
    return f"{names.normal(name)}=={version}"
