"""Reads and writes only plain files as Lab's settings.

Stock: a settings file, and the folders on the way to it, are opened by their names, through links.
Here: they are opened by descriptors, and anything but plain files and folders is removed. A file that is too large
counts as missing.
Why: the folder of settings is shared by the servers of all folders.
Written for jupyterlab_server 2.28.1 (`settings_utils.py`).
"""

import io
import logging
import os
from contextlib import contextmanager
from types import SimpleNamespace

import json5
from jupyterlab_server import settings_utils
from tornado.web import HTTPError

from orchest_server.files import saving, trees
from orchest_server.files.folder import Folder, NotPlain, Outside, is_folder, is_plain, parts_of

# In bytes. Usual settings have a few thousand.
MOST = 1_000_000
SETTINGS_EXTENSION = settings_utils.SETTINGS_EXTENSION
settings_path = settings_utils._path
log = logging.getLogger("orchest.settings")
# Where each file is that Lab's code has asked for: the folder of all settings, and the file's path in it.
asked_for = {}


def plain_settings_path(root_dir, schema_name, make_dirs=False, extension=".json"):
    path = settings_path(root_dir, schema_name, False, extension)
    if extension == SETTINGS_EXTENSION:
        folder, name = asked_for[path] = Folder(root_dir), os.path.relpath(path, root_dir)
        try:
            put_in_order(folder, name)
            if make_dirs:
                folder.make_folders(os.path.dirname(name))
        except Outside:
            raise HTTPError(404, f"Settings not found ({schema_name})") from None
        except OSError as error:
            if make_dirs:
                raise HTTPError(500, f"Failed writing settings ({schema_name}): {error}") from None
            log.warning("The settings of %s cannot be read: %s", schema_name, error)
    return path


def put_in_order(folder, name):
    """Removes anything but folders on the way to a file, and anything but a plain file at its end."""
    parts = parts_of(name)
    for number in range(1, len(parts) + 1):
        path = "/".join(parts[:number])
        info = folder.look(path, follow=False)
        if info is None:
            return
        if not (is_plain(info) if number == len(parts) else is_folder(info)):
            trees.remove(folder, path)
            return


def open_settings(path, mode="r", encoding=None):
    """In the place of `open`, in Lab's code for settings."""
    if not path.endswith(SETTINGS_EXTENSION):
        return open(path, mode, encoding=encoding)
    folder, name = asked_for[path]
    return writing(folder, name) if "w" in mode else reading(folder, name)


def reading(folder, name):
    try:
        with os.fdopen(folder.open(name), "rb") as file:
            data = file.read(MOST + 1)
        if len(data) <= MOST:
            return io.StringIO(data.decode("utf-8"))
        reason = f"it has more than {MOST // 1_000_000} MB"
    except (OSError, UnicodeError, NotPlain, Outside) as error:
        reason = str(error) or "it is no plain file"
    log.warning("The settings in %s are left out: %s", name, reason)
    return io.StringIO("")


@contextmanager
def writing(folder, name):
    text = io.StringIO()
    yield text
    try:
        saving.replace(folder, name, text.getvalue().encode())
    except (OSError, Outside) as error:
        raise HTTPError(500, f"The settings in {name} could not be saved: {error or 'a link is in the way'}") from None


def loads(text):
    """Before a page's settings are parsed, which takes long, and are saved."""
    if len(text.encode()) > MOST:
        raise HTTPError(413, f"The settings have more than {MOST // 1_000_000} MB, and were not saved")
    return json5.loads(text)


def patch():
    settings_utils.json5 = SimpleNamespace(load=json5.load, loads=loads)
    settings_utils._path = plain_settings_path
    settings_utils.open = open_settings
