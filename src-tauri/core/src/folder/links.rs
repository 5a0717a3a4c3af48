//! Resolves a link in a pipeline's folder as server and kernels do, which see only that folder.

use std::ffi::OsString;
use std::fs;
use std::path::{Component, Path, PathBuf};

use crate::folder::inside::has_own_path;

/// The most links in one path, as in the Linux kernel.
const HOPS: usize = 40;

/// The target of a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lead {
    /// Inside the folder, and the whole way as well.
    Inside,
    /// Outside of the folder, or inside by a way that leaves it.
    Out,
    /// Nothing: the link is broken or a circle.
    Nowhere,
}

/// Resolves `path`, relative to the folder. An absolute link may name the folder by its own path, since server and
/// kernels have it there, too.
pub fn lead(folder: &Path, path: &Path) -> Lead {
    let own = folder.to_str().is_some_and(has_own_path);
    let mut ahead: Vec<OsString> = reversed(path);
    let mut here = PathBuf::new();
    let mut hops = 0;
    while let Some(part) = ahead.pop() {
        if part == ".." {
            if !here.pop() {
                return Lead::Out;
            }
            continue;
        }
        let next = folder.join(&here).join(&part);
        let Ok(found) = fs::symlink_metadata(&next) else { return Lead::Nowhere };
        if !found.is_symlink() {
            here.push(part);
            continue;
        }
        hops += 1;
        let Ok(target) = fs::read_link(&next) else { return Lead::Nowhere };
        if hops > HOPS {
            return Lead::Nowhere;
        }
        if !target.is_absolute() {
            ahead.extend(reversed(&target));
        } else if let Some(inside) = target.strip_prefix(folder).ok().filter(|_| own) {
            here = PathBuf::new();
            ahead.extend(reversed(inside));
        } else {
            return Lead::Out;
        }
    }
    Lead::Inside
}

/// The parts of a path in reverse order.
fn reversed(path: &Path) -> Vec<OsString> {
    let parts = path.components().filter(|part| matches!(part, Component::Normal(_) | Component::ParentDir));
    let mut parts: Vec<OsString> = parts.map(|part| part.as_os_str().to_owned()).collect();
    parts.reverse();
    parts
}

#[cfg(all(test, unix))]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    #[test]
    fn each_link_resolves_as_in_a_container() {
        let home = tempfile::tempdir().unwrap();
        let home = home.path().canonicalize().unwrap();
        let folder = home.join("folder");
        fs::create_dir_all(folder.join("deep/er")).unwrap();
        fs::write(folder.join("a"), "").unwrap();
        fs::write(home.join("outside"), "").unwrap();
        symlink(&folder, home.join("by-another-name")).unwrap();
        let table: [(&str, PathBuf, Lead); 13] = [
            ("relative", "a".into(), Lead::Inside),
            ("deep/relative", "../a".into(), Lead::Inside),
            ("absolute", folder.join("a"), Lead::Inside),
            ("chained", "absolute".into(), Lead::Inside),
            ("folders", folder.join("deep"), Lead::Inside),
            ("through", "folders/er/../../relative".into(), Lead::Inside),
            ("out", home.join("outside"), Lead::Out),
            ("up", "../outside".into(), Lead::Out),
            ("up-and-back", "../folder/a".into(), Lead::Out),
            ("by-another-name", home.join("by-another-name/a"), Lead::Out),
            ("round", "round".into(), Lead::Nowhere),
            ("lost", "none".into(), Lead::Nowhere),
            ("lost-deep", folder.join("deep/none"), Lead::Nowhere),
        ];
        for (name, target, _) in &table {
            symlink(target, folder.join(name)).unwrap();
        }
        for (name, _, wanted) in table {
            assert_eq!(lead(&folder, Path::new(name)), wanted, "{name}");
        }
        assert_eq!(lead(&folder, Path::new("a")), Lead::Inside);
    }
}
