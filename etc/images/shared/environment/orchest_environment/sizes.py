"""How much of the disk a folder takes. Files are linked into several folders, so it depends on which are counted."""

import os


def entries(folder):
    """What is in a folder, at any depth, with what the file system says of it. A link is what it is, not its target."""
    waiting = [folder]
    while waiting:
        try:
            with os.scandir(waiting.pop()) as found:
                for entry in found:
                    try:
                        status = entry.stat(follow_symlinks=False)
                    except FileNotFoundError:
                        continue
                    if entry.is_dir(follow_symlinks=False):
                        waiting.append(entry.path)
                    yield entry, status
        except (FileNotFoundError, NotADirectoryError):
            continue


def own(folder):
    """The bytes that are free once the folder is removed: without what another folder has, too."""
    return sum(status.st_blocks * 512 for _, status in entries(folder) if _is_own(status))


def _is_own(status):
    # A folder has a link for each folder in it.
    return (status.st_mode & 0o170000) == 0o040000 or status.st_nlink == 1


def all_of(folder):
    """The bytes of a folder; a file that it has twice counts once."""
    seen, total = set(), 0
    for _, status in entries(folder):
        if status.st_ino not in seen:
            seen.add(status.st_ino)
            total += status.st_blocks * 512
    return total


def is_used(folder):
    """Whether a file of the folder is linked from elsewhere."""
    return any(status.st_nlink > 1 and not _is_own(status) for _, status in entries(folder))
