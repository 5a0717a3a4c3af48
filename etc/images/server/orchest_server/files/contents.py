"""The contents of the pipeline's folder.

Stock: the manager checks paths and then opens them by name. Links can lead it anywhere, and a pipe blocks the server.
Here: it uses `folder.py`. Threads do everything that may take long.
Why: a kernel's changes in the folder must neither lead the server out of it nor stop it.
This code relies on this server's settings: hidden files are shown, there is no trash, and folders are deleted with
their contents.
Written for jupyter_server 2.21.1 (`services/contents/filemanager.py`, `largefilemanager.py`).
"""

import base64
from contextlib import contextmanager
from datetime import datetime
from functools import cached_property, partial

import nbformat
from anyio.to_thread import run_sync
from jupyter_server import _tz as tz
from jupyter_server.services.contents.filemanager import AsyncFileContentsManager
from jupyter_server.services.contents.largefilemanager import AsyncLargeFileManager
from jupyter_server.utils import to_api_path
from tornado.web import HTTPError
from traitlets import default

from orchest_server.files import saving, trees
from orchest_server.files.downloads import Files
from orchest_server.files.folder import Folder, NotPlain, Outside, is_folder, is_link, is_plain


@contextmanager
def told(path):
    """Errors as what the person is told."""
    try:
        yield
    except Outside:
        raise HTTPError(
            403,
            f"`{path}` is, or is behind, a link that leads out of this folder. JupyterLab opens only what is in the "
            "folder: copy the file here.",
        ) from None
    except NotPlain:
        raise HTTPError(400, f"`{path}` is no file but a folder, a pipe, a socket or a device") from None
    except BlockingIOError:
        raise HTTPError(409, f"Another program holds `{path}`. Try again in a moment.") from None
    except PermissionError:
        raise HTTPError(403, f"Permission denied: {path}") from None


def moment(seconds):
    try:
        return tz.utcfromtimestamp(seconds)
    except (ValueError, OverflowError, OSError):  # a file may have any time
        return datetime(1970, 1, 1, tzinfo=tz.UTC)


class InFolder(AsyncFileContentsManager):
    """The stock manager, with other methods for everything that checks, opens or changes a file."""

    @default("files_handler_class")
    def _files_handler_class_default(self):
        return Files

    @cached_property
    def folder(self):
        return Folder(self.root_dir)

    def within(self, os_path):
        return to_api_path(os_path, self.root_dir)

    def looked_up(self, path):
        """What is at a path, and what it leads to: None where that is nothing in this folder."""
        # A path that cannot be one is a 404.
        self._get_os_path(path)
        with told(path):
            info = self.folder.look(path, follow=False)
        if not is_link(info):
            return info, info
        try:
            return info, self.folder.look(path)
        except (Outside, OSError):
            return info, None

    def led_to(self, path):
        self._get_os_path(path)
        with told(path):
            try:
                return self.folder.look(path)
            except OSError:
                return None

    # Looks.

    def is_writable(self, path):
        try:
            return self.folder.may_write(path)
        except (Outside, OSError):
            return False

    def exists(self, path):
        try:
            return self.looked_up(path)[0] is not None
        except (HTTPError, OSError):
            return False

    async def file_exists(self, path):
        return is_plain(self.led_to(path))

    async def dir_exists(self, path):
        return is_folder(self.led_to(path))

    def resolve_path(self, path):
        found = super().resolve_path(path)
        return found if found is not None and self.exists(found) else None

    # Reads.

    async def get(self, path, content=True, type=None, format=None, require_hash=False):
        path = path.strip("/")
        try:
            info, led_to = self.looked_up(path)
        except OSError:
            info, led_to = None, None
        if info is None:
            raise HTTPError(404, f"No such file or directory: {path}")
        if is_folder(led_to):
            if type not in (None, "directory"):
                raise HTTPError(400, f"{path} is a directory, not a {type}", reason="bad type")
            model = await self._dir_model(path, content=content)
        elif type == "notebook" or (type is None and path.endswith(".ipynb")):
            model = await self._notebook_model(path, content=content, require_hash=require_hash)
        elif type == "directory":
            with told(path):
                self.folder.look(path)
            raise HTTPError(400, f"{path} is not a directory", reason="bad type")
        else:
            model = await self._file_model(path, content=content, format=format, require_hash=require_hash)
        self.emit(data={"action": "get", "path": path})
        return model

    def _base_model(self, path):
        info = self.folder.look(path, follow=False)
        if info is None:
            raise HTTPError(404, f"No such file or directory: {path}")
        return {
            "name": path.rsplit("/", 1)[-1],
            "path": path,
            "last_modified": moment(info.st_mtime),
            "created": moment(info.st_ctime),
            "content": None,
            "format": None,
            "mimetype": None,
            "size": info.st_size,
            "writable": self.is_writable(path),
            "hash": None,
            "hash_algorithm": None,
        }

    async def _dir_model(self, path, content=True):
        model = {**self._base_model(path), "type": "directory", "size": None}
        if content:
            with told(path):
                names = await run_sync(self.folder.list, path)
            entries = [await self.entry(f"{path}/{name}") for name in names if self.should_list(name)]
            model |= {"content": [entry for entry in entries if entry is not None], "format": "json"}
        return model

    async def entry(self, path):
        """An entry of a folder's list; None for what is not listed."""
        try:
            info, _ = self.looked_up(path.strip("/"))
            if is_plain(info) or is_folder(info) or is_link(info):
                return await self.get(path, content=False)
        except (OSError, HTTPError) as error:
            # It was removed in the meantime, or is behind a folder that may not be entered.
            self.log.debug("%s is not listed: %s", path, error)
        return None

    async def _read_file(self, os_path, format, raw=False):
        path = self.within(os_path)
        with told(path):
            try:
                data = await run_sync(self.folder.read, path)
            except (FileNotFoundError, NotADirectoryError):
                raise HTTPError(400, f"Cannot read non-file {os_path}") from None
        answer = self.decoded(os_path, data, format)
        return (*answer, data) if raw else answer

    def decoded(self, os_path, data, format):
        if format == "byte":
            return data, "byte"
        if format in (None, "text"):
            try:
                return data.decode("utf-8"), "text"
            except UnicodeError:
                if format == "text":
                    raise HTTPError(400, f"{os_path} is not UTF-8 encoded", reason="bad format") from None
        return base64.encodebytes(data).decode("ascii"), "base64"

    async def _read_notebook(self, os_path, as_version=4, capture_validation_error=None, raw=False):
        text, _, data = await self._read_file(os_path, "text", raw=True)
        read = partial(nbformat.reads, as_version=as_version, capture_validation_error=capture_validation_error)
        try:
            notebook = await run_sync(read, text)
        except Exception as error:  # nbformat has many
            path = self.within(os_path)
            with told(path):
                restored = await run_sync(saving.restore, self.folder, path)
            if not restored:
                raise HTTPError(400, f"Unreadable Notebook: {os_path} {error!r}") from error
            return await self._read_notebook(os_path, as_version, capture_validation_error, raw)
        return (notebook, data) if raw else notebook

    # Writes.

    async def _save_notebook(self, os_path, nb, capture_validation_error=None):
        write = partial(nbformat.writes, version=nbformat.NO_CONVERT, capture_validation_error=capture_validation_error)
        text = await run_sync(write, nb)
        await self.save_bytes(os_path, (text if text.endswith("\n") else text + "\n").encode())

    async def _save_file(self, os_path, content, format):
        await self.save_bytes(os_path, self.encoded(os_path, content, format))

    async def save_bytes(self, os_path, data):
        path = self.within(os_path)
        with told(path):
            await run_sync(saving.save, self.folder, path, data)

    def encoded(self, os_path, content, format):
        if format not in ("text", "base64"):
            raise HTTPError(400, "Must specify format of file contents as 'text' or 'base64'")
        try:
            return content.encode() if format == "text" else base64.b64decode(content.encode("ascii"))
        except Exception as error:  # a page may send anything
            raise HTTPError(400, f"Encoding error saving {os_path}: {error}") from error

    async def _save_directory(self, os_path, model, path=""):
        there = self.led_to(path)
        if there is None:
            with told(path):
                await run_sync(self.folder.make_folder, path)
        elif not is_folder(there):
            raise HTTPError(400, f"Not a directory: {os_path}")

    async def delete_file(self, path):
        path = path.strip("/")
        os_path = self._get_os_path(path)
        with told(path):
            try:
                await run_sync(trees.remove, self.folder, path)
            except (FileNotFoundError, NotADirectoryError):
                raise HTTPError(404, f"File or directory does not exist: {os_path}") from None

    async def rename_file(self, old_path, new_path):
        old_path, new_path = old_path.strip("/"), new_path.strip("/")
        if new_path == old_path:
            return
        for path in (old_path, new_path):
            self._get_os_path(path)
        # Which of the two it is, where one leads out.
        with told(new_path):
            self.folder.look(new_path, follow=False)
        with told(old_path):
            try:
                await run_sync(trees.move, self.folder, old_path, new_path)
            except FileNotFoundError:
                raise HTTPError(404, f"File or directory does not exist: {old_path}") from None
            except FileExistsError:
                raise HTTPError(409, f"File already exists: {new_path}") from None
            except (PermissionError, BlockingIOError):
                raise
            except OSError as error:
                raise HTTPError(500, f"Unknown error renaming file: {old_path} {error}") from error

    async def _copy_dir(self, from_path, to_path_original, to_name, to_path):
        most = self.max_copy_folder_size_mb * 1024 * 1024
        try:
            await run_sync(trees.copy, self.folder, from_path.strip("/"), to_path, most)
        except (OSError, NotPlain, Outside, trees.TooLarge) as error:
            reasons = {
                NotPlain: "a pipe, a socket or a device is in it",
                Outside: "a link in it leads out of this folder",
                trees.TooLarge: f"with what its links lead to it is larger than {self.max_copy_folder_size_mb}MB",
            }
            reason = reasons.get(type(error), str(error))
            raise HTTPError(400, f"Can't copy '{from_path}' into Folder '{to_path}': {reason}") from error
        return await self.get(to_path, content=False)

    async def _get_dir_size(self, path="."):
        try:
            return str(await run_sync(trees.size_of, self.folder, self.within(path)))
        except (OSError, Outside, RecursionError):
            # As stock: the copy itself then says what is wrong.
            return "0"


class Contents(AsyncLargeFileManager, InFolder):
    """The same with uploads in parts. The order of the classes gives stock's first part to `InFolder`."""

    async def _save_large_file(self, os_path, content, format):
        path = self.within(os_path)
        with told(path):
            await run_sync(saving.append, self.folder, path, self.encoded(os_path, content, format))
