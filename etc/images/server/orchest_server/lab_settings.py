"""Reads and writes only plain files as Lab's settings.

Stock: a link in the place of a settings file is followed.
Here: the link, or a pipe, is removed.
Why: the folder of settings is shared by the servers of all folders.
Written for jupyterlab_server 2.28.1 (`settings_utils.py`).
"""

import os
import stat

from jupyterlab_server import settings_utils

settings_path = settings_utils._path


def plain_settings_path(root_dir, schema_name, make_dirs=False, extension=".json"):
    """The path of a settings file. Removes a link in its place, which leads elsewhere, or a pipe, which blocks."""
    path = settings_path(root_dir, schema_name, make_dirs, extension)
    if extension == settings_utils.SETTINGS_EXTENSION:
        for part in (os.path.dirname(path), path):
            try:
                mode = os.lstat(part).st_mode
            except FileNotFoundError:
                continue
            if not (stat.S_ISREG(mode) or stat.S_ISDIR(mode)):
                os.remove(part)
                os.makedirs(os.path.dirname(path), exist_ok=True)
    return path


def patch():
    settings_utils._path = plain_settings_path
