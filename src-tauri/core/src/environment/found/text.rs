//! Bytes as text, and paths in a folder. Pure.

/// The text of a file, and the first line that is in no known encoding, if there is one.
///
/// As `pip` reads a `requirements.txt`: the mark at the beginning decides between UTF-8 and UTF-16, then a
/// `coding:` comment in the first two lines.
pub(super) fn decode(bytes: &[u8]) -> (String, Option<usize>) {
    let (text, whole) = match bytes {
        [0xef, 0xbb, 0xbf, rest @ ..] => utf8(rest),
        [0xff, 0xfe, rest @ ..] => utf16(rest, u16::from_le_bytes),
        [0xfe, 0xff, rest @ ..] => utf16(rest, u16::from_be_bytes),
        _ => match utf8(bytes) {
            (_, false) if is_latin(bytes) => (bytes.iter().map(|byte| char::from(*byte)).collect(), true),
            other => other,
        },
    };
    let bad =
        if whole { None } else { text.split('\n').position(|line| line.contains('\u{fffd}')).map(|line| line + 1) };
    (text, bad)
}

fn utf8(bytes: &[u8]) -> (String, bool) {
    match std::str::from_utf8(bytes) {
        Ok(text) => (text.to_owned(), true),
        Err(_) => (String::from_utf8_lossy(bytes).into_owned(), false),
    }
}

fn utf16(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> (String, bool) {
    let (pairs, rest) = bytes.as_chunks::<2>();
    let letters = char::decode_utf16(pairs.iter().map(|pair| unit(*pair)));
    // Half a letter at the end is none, either.
    let end = (!rest.is_empty()).then_some(char::REPLACEMENT_CHARACTER);
    let text: String = letters.map(|letter| letter.unwrap_or(char::REPLACEMENT_CHARACTER)).chain(end).collect();
    let whole = !text.contains(char::REPLACEMENT_CHARACTER);
    (text, whole)
}

/// Whether a comment in the first two lines says that the text is Latin-1 or its relative of Windows.
fn is_latin(bytes: &[u8]) -> bool {
    let comments = bytes.split(|byte| *byte == b'\n').take(2).filter(|line| line.trim_ascii_start().starts_with(b"#"));
    comments.map(|line| String::from_utf8_lossy(line).to_lowercase()).any(|line| {
        let coding = line.split_once("coding").and_then(|(_, rest)| rest.strip_prefix([':', '=']));
        coding.is_some_and(|name| {
            ["latin", "iso-8859-1", "iso8859-1", "cp1252", "windows-1252"]
                .iter()
                .any(|known| name.trim().starts_with(known))
        })
    })
}

/// The folder of a file: empty for one at the top.
pub(super) fn parent(file: &str) -> &str {
    file.rsplit_once('/').map_or("", |(folder, _)| folder)
}

/// The path of a file that another one in `folder` names, in the folder of all. `None` if it leads out. Empty for the
/// folder of all itself.
pub(super) fn join(folder: &str, path: &str) -> Option<String> {
    let path = path.replace('\\', "/");
    let has_drive = path.as_bytes().get(1) == Some(&b':') && path.as_bytes()[0].is_ascii_alphabetic();
    if path.starts_with(['/', '~']) || has_drive || path.contains('\0') {
        return None;
    }
    let mut parts: Vec<&str> = folder.split('/').filter(|part| !part.is_empty()).collect();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop()?;
            }
            _ => parts.push(part),
        }
    }
    Some(parts.join("/"))
}

/// The path in a file that has nothing but the path of another file with the same end, which is how a link arrives where
/// the system, or an archive, has no links.
pub(super) fn link_target<'a>(text: &'a str, file: &str) -> Option<&'a str> {
    let target = text.trim();
    let is_path = target.contains('/') && !target.contains(char::is_whitespace) && !is_url(target);
    let end =
        |path: &str| path.rsplit('/').next().and_then(|name| name.rsplit_once('.')).map(|(_, end)| end.to_owned());
    let other = join(parent(file), target)?;
    (is_path && other != file && end(target).is_some() && end(target) == end(file)).then_some(target)
}

/// An address without its user, its password and the token of a conda channel.
pub(super) fn without_login(address: &str) -> String {
    let Some((scheme, rest)) = address.split_once("://") else { return address.to_owned() };
    let (host, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    let host = host.rsplit('@').next().unwrap_or(host);
    let path = path.strip_prefix("/t/").map_or(path, |rest| rest.find('/').map_or("", |end| &rest[end..]));
    format!("{scheme}://{host}{}", path.trim_end_matches('/'))
}

/// Whether this is an address and not a path.
pub(super) fn is_url(text: &str) -> bool {
    text.contains("://") || text.starts_with("file:")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_read_in_the_encodings_that_pip_accepts() {
        let words = "numpy # déjà\r\n";
        let wide = |unit: fn(u16) -> [u8; 2]| -> Vec<u8> { words.encode_utf16().flat_map(unit).collect() };
        assert_eq!(decode(words.as_bytes()), (words.to_owned(), None));
        assert_eq!(decode(&[b"\xef\xbb\xbf", words.as_bytes()].concat()), (words.to_owned(), None));
        assert_eq!(decode(&[&b"\xff\xfe"[..], &wide(u16::to_le_bytes)].concat()), (words.to_owned(), None));
        assert_eq!(decode(&[&b"\xfe\xff"[..], &wide(u16::to_be_bytes)].concat()), (words.to_owned(), None));
        let latin = b"# -*- coding: latin-1 -*-\nnumpy # d\xe9j\xe0";
        assert_eq!(decode(latin), ("# -*- coding: latin-1 -*-\nnumpy # d\u{e9}j\u{e0}".to_owned(), None));
        assert_eq!(decode(b"numpy\n\npandas # d\xe9j\xe0").1, Some(3), "the line is named");
        assert_eq!(decode(b"\xff\xfen\0u").1, Some(1), "half a letter");
    }

    #[test]
    fn an_address_is_shown_without_what_lets_somebody_in() {
        for (address, wanted) in [
            ("conda-forge", "conda-forge"),
            ("https://ada:pass@word@conda.example.org/a@b/", "https://conda.example.org/a@b"),
            ("https://conda.example.org/t/tk-123/birds", "https://conda.example.org/birds"),
            ("https://conda.example.org/t/tk-123", "https://conda.example.org"),
            ("https://ada@conda.example.org", "https://conda.example.org"),
        ] {
            assert_eq!(without_login(address), wanted, "{address}");
        }
    }

    #[test]
    fn a_path_stays_in_the_folder() {
        for (folder, path, wanted) in [
            ("", "a.txt", Some("a.txt")),
            ("binder", "../a.txt", Some("a.txt")),
            ("binder", "./sub\\b.txt", Some("binder/sub/b.txt")),
            ("", ".", Some("")),
            ("a/b", "../..", Some("")),
            ("a", "../../b", None),
            ("", "/etc/passwd", None),
            ("", "~/a", None),
            ("", "C:\\a.txt", None),
        ] {
            assert_eq!(join(folder, path).as_deref(), wanted, "{folder} {path}");
        }
        assert_eq!((parent("a/b/c"), parent("c")), ("a/b", ""));
    }
}
