"""Keeps checkpoints in the home.

Stock: checkpoints are in a hidden folder beside each notebook.
Here: they are in the home, by each file's own path.
Why: nothing of ours is in the person's folder.
Written for jupyter_server 2.21.1.
"""

import os

from jupyter_server.services.contents.filecheckpoints import AsyncFileCheckpoints

from orchest_server.launch import HOME

CHECKPOINTS = os.path.join(HOME, ".checkpoints")


class Checkpoints(AsyncFileCheckpoints):
    """Keeps a file's checkpoint under the file's own path, in the server's home.

    The stock class joins an absolute `checkpoint_dir` with the bare name, so that two notebooks of
    the same name in two folders share one checkpoint.
    """

    def checkpoint_path(self, checkpoint_id, path):
        folder, _, name = path.strip("/").rpartition("/")
        stem, suffix = os.path.splitext(name)
        folder = os.path.join(CHECKPOINTS, folder)
        with self.perm_to_403():
            os.makedirs(folder, exist_ok=True)
        return os.path.join(folder, f"{stem}-{checkpoint_id}{suffix}")
