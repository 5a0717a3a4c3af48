//! Distinguishes a folder from a new one at the same path.

use std::path::Path;

/// The folder's mark, which a new folder at the same path does not share. `None` if the folder does not exist. Systems
/// reuse the inode number of a deleted folder, so the mark includes the time of creation where it is known.
pub fn of(folder: &Path) -> Option<String> {
    let found = std::fs::metadata(folder).ok()?;
    let made = found.created().ok().and_then(|made| made.duration_since(std::time::UNIX_EPOCH).ok());
    let made = made.map(|made| made.as_nanos().to_string()).unwrap_or_default();
    Some(format!("{}:{made}", platform::number(&found)))
}

#[cfg(unix)]
mod platform {
    use std::os::unix::fs::MetadataExt;

    pub fn number(found: &std::fs::Metadata) -> String {
        format!("{:x}:{}", found.dev(), found.ino())
    }
}

#[cfg(not(unix))]
mod platform {
    pub fn number(_found: &std::fs::Metadata) -> String {
        String::new()
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::fs;

    #[test]
    fn a_folder_that_was_created_again_is_another_one_and_a_moved_one_is_the_same() {
        let home = tempfile::tempdir().unwrap();
        let folder = home.path().join("a");
        assert_eq!(super::of(&folder), None);
        fs::create_dir(&folder).unwrap();
        let first = super::of(&folder).unwrap();
        fs::write(folder.join("notes"), "").unwrap();
        assert_eq!(super::of(&folder).as_ref(), Some(&first), "its content does not matter");
        fs::rename(&folder, home.path().join("b")).unwrap();
        fs::create_dir(&folder).unwrap();
        assert_ne!(super::of(&folder).as_ref(), Some(&first));
        fs::remove_dir(&folder).unwrap();
        fs::rename(home.path().join("b"), &folder).unwrap();
        assert_eq!(super::of(&folder), Some(first));
        // Its inode number is free now, and the next folder gets it.
        for _ in 0..20 {
            let before = super::of(&folder).unwrap();
            fs::remove_dir_all(&folder).unwrap();
            fs::create_dir(&folder).unwrap();
            assert_ne!(super::of(&folder).unwrap(), before);
        }
    }
}
