"""The folder's files, as uv can read them: with Unix line ends, in UTF-8, and without `-e` before an address."""

import codecs
import re
import shutil
from pathlib import Path

MARKS = ((codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"), (codecs.BOM_UTF8, "utf-8-sig"))
# pip clones such a source into the environment; uv refuses the line. The package itself is the same without `-e`.
EDITABLE = re.compile(
    rb"^([ \t]*)(?:-e[ \t]*|--editable[ \t=]+)(?=(?:[\w.-]+[ \t]*@[ \t]*)?(?:git|hg|svn|bzr)\+)", re.MULTILINE
)
LISTS = (".txt", ".in")
TEXTS = (".txt", ".in", ".toml", ".lock", ".cfg", ".yml", ".yaml")


def copied(source, folder):
    """Copies what is in a folder into one of this container, which need not be this user's. Returns it."""
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    for entry in source.iterdir():
        into = folder / entry.name
        if entry.is_symlink():
            into.symlink_to(entry.readlink())
        elif entry.is_dir():
            copied(entry, into)
        else:
            shutil.copyfile(entry, into)
            into.chmod(0o755 if entry.stat().st_mode & 0o100 else 0o644)
            if into.suffix in TEXTS:
                straighten(into)
    return folder


def straighten(path):
    content = path.read_bytes()
    encoding = next((encoding for mark, encoding in MARKS if content.startswith(mark)), None)
    changed = content
    if encoding:
        try:
            changed = content.decode(encoding).encode()
        except UnicodeDecodeError:
            return
    changed = changed.replace(b"\r\n", b"\n")
    if path.suffix in LISTS:
        changed = EDITABLE.sub(rb"\1", changed)
    if changed != content:
        path.write_bytes(changed)
