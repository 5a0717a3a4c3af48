//! The files of a folder that is itself a package: the builder gets a copy of them.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use crate::folder::scan::is_entered;

/// The bounds of a copy: files, bytes of one and of all, levels of folders.
const MOST: (usize, u64, u64, usize) = (5_000, 1 << 20, 32 << 20, 12);
/// Notebooks and data are no part of a package that is being developed: its kernels have the folder itself.
const LEFT_OUT: [&str; 12] =
    ["ipynb", "csv", "parquet", "zip", "gz", "png", "jpg", "jpeg", "pdf", "h5", "npy", "pickle"];

/// The plain files of a folder by their paths in it, within the bounds. Hidden files, links and libraries are left out.
pub fn of(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let (mut files, mut size) = (BTreeMap::new(), 0);
    let mut waiting = vec![(folder.to_owned(), 0)];
    while let Some((dir, depth)) = waiting.pop() {
        for entry in fs::read_dir(&dir).into_iter().flatten().flatten() {
            let Ok(kind) = entry.file_type() else { continue };
            let path = entry.path();
            let Some(name) = path.file_name().and_then(|name| name.to_str()) else { continue };
            if kind.is_dir() && is_entered(name) && depth < MOST.3 {
                waiting.push((path, depth + 1));
            } else if kind.is_file() && !name.starts_with('.') && !is_left_out(&path) {
                let length = entry.metadata().map_or(u64::MAX, |found| found.len());
                if length > MOST.1 || size + length > MOST.2 || files.len() >= MOST.0 {
                    continue;
                }
                let Some(inside) = path.strip_prefix(folder).ok().and_then(Path::to_str) else { continue };
                if let Ok(contents) = fs::read(&path) {
                    size += length;
                    files.insert(inside.replace('\\', "/"), contents);
                }
            }
        }
    }
    files
}

fn is_left_out(path: &Path) -> bool {
    path.extension().is_some_and(|end| LEFT_OUT.iter().any(|known| end.eq_ignore_ascii_case(known)))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn a_copy_has_the_package_and_neither_notebooks_nor_hidden_or_large_files() {
        let home = tempfile::tempdir().unwrap();
        fs::create_dir_all(home.path().join("src/mine")).unwrap();
        fs::create_dir_all(home.path().join("venv/lib")).unwrap();
        for file in ["setup.py", "src/mine/__init__.py", "README.md", "a.ipynb", ".env", "venv/lib/x.py", "data.csv"] {
            fs::write(home.path().join(file), file).unwrap();
        }
        fs::write(home.path().join("large.txt"), vec![0; 2 << 20]).unwrap();
        let files = of(home.path());
        assert_eq!(files.keys().collect::<Vec<_>>(), ["README.md", "setup.py", "src/mine/__init__.py"]);
        assert!(of(&home.path().join("nowhere")).is_empty());
    }
}
