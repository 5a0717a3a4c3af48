"""Files as they are downloaded and shown, below `/files/`.

Stock: the path is checked and then opened by its name, through links.
Here: the content comes from the descriptor that was checked.
Written for jupyter_server 2.21.1 (`base/handlers.py`) and tornado 6.6.1 (`web.py`).
"""

import os

from jupyter_server.base.handlers import AuthenticatedFileHandler
from tornado.web import HTTPError

from orchest_server.files.folder import NotPlain

PIECE = 64 * 1024


class Files(AuthenticatedFileHandler):
    file = None

    def validate_absolute_path(self, root, absolute_path):
        from orchest_server.files.contents import told

        contents = self.contents_manager
        if not (absolute_path + os.sep).startswith(root.rstrip(os.sep) + os.sep):
            raise HTTPError(403, f"{self.path} is not in the folder")
        path = contents.within(absolute_path)
        with told(path):
            try:
                self.file = os.fdopen(contents.folder.open(path), "rb")
            except (FileNotFoundError, NotADirectoryError):
                raise HTTPError(404) from None
            except NotPlain:
                raise HTTPError(403, f"{path} is not a file") from None
        self._stat_result = os.fstat(self.file.fileno())
        return absolute_path

    def get_content(self, abspath, start=None, end=None):
        self.file.seek(start or 0)
        left = None if end is None else end - (start or 0)
        while left is None or left > 0:
            piece = self.file.read(PIECE if left is None else min(left, PIECE))
            if not piece:
                return
            left = None if left is None else left - len(piece)
            yield piece

    def on_finish(self):
        if self.file:
            self.file.close()
        super().on_finish()
