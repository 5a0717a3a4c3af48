//! Names of files and folders, as a person reads them.

use std::ffi::OsStr;
use std::path::Path;

use crate::words::plain_text;

/// The folder's own name, for people.
pub fn display_name(path: &Path) -> String {
    path.file_name().map_or_else(|| display_path(path), |name| plain_text::name(&readable_name(name)).into_owned())
}

/// The whole path, for people.
pub fn display_path(path: &Path) -> String {
    plain_text::name(&readable_name(path.as_os_str())).into_owned()
}

/// A name, for people. Control characters such as a newline are escaped, since they would break a line or a terminal.
/// Bytes that are not UTF-8 are written as `\xe9`, so that two names stay different.
pub fn readable_name(name: &OsStr) -> String {
    let mut readable = String::new();
    for chunk in name.as_encoded_bytes().utf8_chunks() {
        for letter in chunk.valid().chars() {
            if letter.is_control() { readable.extend(letter.escape_default()) } else { readable.push(letter) }
        }
        for byte in chunk.invalid() {
            readable.push_str(&format!("\\x{byte:02x}"));
        }
    }
    readable
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_readable() {
        assert_eq!(display_name(Path::new("/a/two\nlines")), "two\\nlines");
        assert_eq!(display_name(Path::new("/")), "/");
        assert_eq!(display_path(Path::new("/a/ü 数")), "/a/ü 数");
    }
}
