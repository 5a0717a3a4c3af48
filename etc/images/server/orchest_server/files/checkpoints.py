"""Keeps checkpoints in the home.

Stock: checkpoints are in a hidden folder beside each notebook, and files are copied by their paths.
Here: they are in the home, by each file's own path, and are copied as `saving.py` saves.
Why: the app keeps nothing in the person's folder, and a kernel cannot redirect a copy.
Written for jupyter_server 2.21.1 (`services/contents/filecheckpoints.py`).
"""

import os

from anyio.to_thread import run_sync
from jupyter_server import _tz as tz
from jupyter_server.services.contents.filecheckpoints import AsyncFileCheckpoints

from orchest_server.files import saving, trees
from orchest_server.files.contents import told
from orchest_server.files.folder import Folder, is_plain
from orchest_server.launch import HOME

CHECKPOINTS = os.path.join(HOME, ".checkpoints")
# As stock, a file has one.
ONE = "checkpoint"


def name_of(checkpoint_id, path):
    """Two notebooks of the same name in two folders have two checkpoints."""
    folder, _, name = path.strip("/").rpartition("/")
    stem, suffix = os.path.splitext(name)
    return os.path.join(folder, f"{stem}-{checkpoint_id}{suffix}")


def copied(source, from_path, target, to_path):
    descriptor = source.open(from_path)
    try:
        saving.save(target, to_path, descriptor, like=descriptor)
    finally:
        os.close(descriptor)


class Checkpoints(AsyncFileCheckpoints):
    """Keeps a file's checkpoint under the file's own path, in the server's home."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        os.makedirs(CHECKPOINTS, exist_ok=True)
        self.kept = Folder(CHECKPOINTS)

    def model(self, checkpoint_id, path):
        info = self.kept.look(name_of(checkpoint_id, path))
        return {"id": checkpoint_id, "last_modified": tz.utcfromtimestamp(info.st_mtime)} if is_plain(info) else None

    def make_way(self, name):
        self.kept.make_folders(os.path.dirname(name))

    async def create_checkpoint(self, contents_mgr, path):
        contents_mgr._get_os_path(path)
        name = name_of(ONE, path)
        with told(path):
            self.make_way(name)
            await run_sync(copied, contents_mgr.folder, path, self.kept, name)
        return self.model(ONE, path)

    async def restore_checkpoint(self, contents_mgr, checkpoint_id, path):
        contents_mgr._get_os_path(path)
        with told(path):
            await run_sync(copied, self.kept, name_of(checkpoint_id, path), contents_mgr.folder, path)

    async def rename_checkpoint(self, checkpoint_id, old_path, new_path):
        if self.model(checkpoint_id, old_path):
            name = name_of(checkpoint_id, new_path)
            with told(new_path):
                self.make_way(name)
                if self.kept.look(name, follow=False) is not None:
                    trees.remove(self.kept, name)
                trees.move(self.kept, name_of(checkpoint_id, old_path), name)

    async def delete_checkpoint(self, checkpoint_id, path):
        with told(path):
            if self.model(checkpoint_id, path) is None:
                self.no_such_checkpoint(path, checkpoint_id)
            trees.remove(self.kept, name_of(checkpoint_id, path))

    async def list_checkpoints(self, path):
        with told(path):
            model = self.model(ONE, path)
        return [model] if model else []
