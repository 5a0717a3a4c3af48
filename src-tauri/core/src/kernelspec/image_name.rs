//! Valid names of images. Pure.
//!
//! The crates for this (`oci-spec`, `docker_image`) bring an engine for regular expressions for the same few rules.

/// Whether this is a valid reference to an image: `[registry[:port]/]path[:tag][@digest]`, after the grammar of the
/// distribution project's `reference` package.
pub fn is_valid(image: &str) -> bool {
    let (rest, digest) = image.split_once('@').map_or((image, None), |(rest, digest)| (rest, Some(digest)));
    let digest_fine = digest.is_none_or(|digest| {
        digest.split_once(':').is_some_and(|(kind, hex)| {
            !kind.is_empty() && hex.len() >= 32 && hex.chars().all(|letter| letter.is_ascii_hexdigit())
        })
    });
    let (path, tag) = match rest.rsplit_once(':') {
        Some((path, tag)) if !tag.contains('/') => (path, Some(tag)),
        _ => (rest, None),
    };
    let tag_fine = tag.is_none_or(|tag| {
        (1..=128).contains(&tag.len())
            && !tag.starts_with(['.', '-'])
            && tag.chars().all(|letter| letter.is_ascii_alphanumeric() || matches!(letter, '_' | '.' | '-'))
    });
    let mut parts: Vec<&str> = path.split('/').collect();
    let is_host = |part: &str| part.contains(['.', ':']) || part == "localhost";
    let host_fine = if parts.len() > 1 && is_host(parts[0]) {
        let host = parts.remove(0);
        let (name, port) = host.split_once(':').map_or((host, None), |(name, port)| (name, Some(port)));
        !name.is_empty()
            && name.chars().all(|letter| letter.is_ascii_alphanumeric() || matches!(letter, '.' | '-'))
            && port.is_none_or(|port| port.parse::<u16>().is_ok())
    } else {
        true
    };
    let part_fine = |part: &&str| {
        let small = |letter: char| letter.is_ascii_lowercase() || letter.is_ascii_digit();
        part.starts_with(small)
            && part.ends_with(small)
            && part.chars().all(|letter| small(letter) || matches!(letter, '.' | '_' | '-'))
    };
    image.len() <= 255 && digest_fine && tag_fine && host_fine && !parts.is_empty() && parts.iter().all(part_fine)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_images() {
        for name in [
            "a",
            "a:1",
            "elyra/kernel-py:2.0.0",
            "localhost:5000/a/b:x",
            "r.io/a@sha256:0123456789abcdef0123456789abcdef",
        ] {
            assert!(is_valid(name), "{name}");
        }
        for name in ["", "A", "a b", "a:", "a/:1", "/a", "a:b c", "-a", "a@sha256:xyz", "a:-x", "a//b"] {
            assert!(!is_valid(name), "{name}");
        }
    }
}
