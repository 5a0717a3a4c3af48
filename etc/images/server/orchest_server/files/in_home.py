"""The files that this server keeps in its home, where terminals can write as well.

Stock: Jupyter opens its files by their names. If there is a pipe instead, it waits; if there is a folder, it ends.
Here: before anything is read, files of a wrong kind are removed from the places that this server uses. Our own files
are opened without following links and without waiting.
Why: a terminal could stop each later launch of the folder from starting.
"""

import os
import shutil
import stat

from orchest_server.files.folder import NotPlain, Place, look, opened
from orchest_server.launch import CONFIG, DATA, HOME

# Folders that are this server's, with all that is in them: plain files and folders.
OURS = (os.path.join(HOME, ".checkpoints"), CONFIG, DATA)
# Folders on the way to those.
ON_THE_WAY = (os.path.join(HOME, ".local"), os.path.join(HOME, ".local/share"))
SESSIONS = os.path.join(HOME, ".sessions.sqlite")
FILES = (
    *(os.path.join(HOME, name + suffix) for name in (".attempt", ".kernels.json") for suffix in ("", ".new")),
    *(SESSIONS + suffix for suffix in ("", "-journal", "-wal", "-shm")),
)
SECRET = os.path.join(DATA, "notebook_secret")
# No file of ours is larger, in bytes.
MOST = 1 << 20


def put_in_order():
    """At the start, when nothing else runs in this container."""
    for folder in ON_THE_WAY:
        keep_if(stat.S_ISDIR, folder)
    for file in FILES:
        keep_if(stat.S_ISREG, file)
    for folder in OURS:
        keep_if(stat.S_ISDIR, folder)
        for top, folders, files in os.walk(folder):
            # `os.walk` counts links to folders as folders, and does not enter them.
            for name in folders:
                keep_if(stat.S_ISDIR, os.path.join(top, name))
            for name in files:
                keep_if(stat.S_ISREG, os.path.join(top, name))
    # It is read as a whole, at the start.
    try:
        if os.lstat(SECRET).st_size > MOST:
            os.unlink(SECRET)
    except OSError:
        pass


def keep_if(kind, path):
    """Removes what is of another kind, and gives the rights on what is kept back to its owner."""
    try:
        mode = os.lstat(path).st_mode
        if not kind(mode):
            remove(path)
            return
        rights = stat.S_IRWXU if stat.S_ISDIR(mode) else stat.S_IRUSR | stat.S_IWUSR
        if mode & rights != rights:
            os.chmod(path, stat.S_IMODE(mode) | rights)
    except OSError:
        # Nothing is there, or it is another user's. What needs it says so.
        pass


def remove(path):
    if stat.S_ISDIR(os.lstat(path).st_mode):
        shutil.rmtree(path)
    else:
        os.unlink(path)


def read(path):
    """The text of a file of ours; None where there is none that can be read."""
    folder, name = os.path.split(path)
    try:
        above = os.open(folder, os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            place = Place(above, name, look(above, name))
            with os.fdopen(opened(place, os.O_RDONLY), "rb") as file:
                return file.read(MOST).decode("utf-8")
        finally:
            os.close(above)
    except (OSError, NotPlain, ValueError):
        return None


def write(path, text):
    """Puts a new file into the place of what is there."""
    new = path + ".new"
    for old in (new, path):
        try:
            if old == new or stat.S_ISDIR(os.lstat(old).st_mode):
                remove(old)
        except FileNotFoundError:
            pass
    descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o666)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
    os.replace(new, path)
