"""Everything that a kernel leaves in its folder is removed."""

import os

from orchest_gateway.reports.removal import remove


def test_a_folder_is_removed_with_files_folders_links_and_pipes(tmp_path):
    kept = tmp_path / "kept"
    kept.mkdir()
    (kept / "file").touch()
    folder = tmp_path / "folder"
    (folder / "a/b").mkdir(parents=True)
    (folder / "a/b/file").touch()
    (folder / "a/link").symlink_to(kept)
    (folder / "link").symlink_to(kept)
    os.mkfifo(folder / "pipe")
    remove(str(folder))
    assert not folder.exists() and (kept / "file").exists()


def test_folders_nested_beyond_the_length_of_a_path_are_removed(tmp_path):
    folder = tmp_path / "folder"
    folder.mkdir()
    at = os.open(folder, os.O_RDONLY)
    for _ in range(1500):
        os.mkdir("x" * 10, dir_fd=at)
        inside = os.open("x" * 10, os.O_RDONLY, dir_fd=at)
        os.close(at)
        at = inside
    os.close(at)
    remove(str(folder))
    assert not folder.exists()


def test_a_link_in_the_place_of_the_folder_is_not_followed(tmp_path):
    kept = tmp_path / "kept"
    kept.mkdir()
    (kept / "file").touch()
    (tmp_path / "folder").symlink_to(kept)
    remove(str(tmp_path / "folder"))
    assert (kept / "file").exists()


def test_a_missing_folder_is_no_error(tmp_path):
    remove(str(tmp_path / "missing"))
