//! The registry of an image, and the names of a registry. Pure.
//!
//! The rules are those of the Docker CLI: `distribution/reference` for names, `registry.ConvertToHostname` for keys.

/// Whether a text is a registry with a folder in it: the beginning of images' names, without scheme, tag and digest.
pub(crate) fn is_place(text: &str) -> bool {
    let letters = |part: &str, more: &str| {
        let fits = |letter: char| letter.is_ascii_lowercase() || letter.is_ascii_digit() || more.contains(letter);
        !part.is_empty() && part.chars().all(fits)
    };
    let (host, folder) = text.split_once('/').unwrap_or((text, ""));
    let is_host = host == "localhost" || host.contains(['.', ':']);
    let folders = folder.is_empty() && !text.ends_with('/') || folder.split('/').all(|part| letters(part, "._-"));
    is_host && letters(host, ".-:[]") && folders
}

/// The key under which Docker Hub's credentials are kept, for its first API.
const HUB_KEY: &str = "https://index.docker.io/v1/";
/// Docker Hub.
const HUB: &str = "docker.io";

/// The registry of an image: its host, with its port if it has one.
pub(crate) fn of_image(image: &str) -> String {
    let host = match image.split_once('/') {
        Some((first, _)) if first == "localhost" || first.contains(['.', ':']) || has_capital(first) => first,
        _ => HUB,
    };
    named(host)
}

/// The name of a repository is in lower case; a host may have capitals.
fn has_capital(part: &str) -> bool {
    part.chars().any(|letter| letter.is_ascii_uppercase())
}

/// The registry of a key in a configuration: without scheme and path, in lower case, with one name for Docker Hub.
pub(crate) fn of_key(key: &str) -> String {
    let bare = key.strip_prefix("https://").or_else(|| key.strip_prefix("http://")).unwrap_or(key);
    named(bare.split('/').next().unwrap_or(bare))
}

fn named(host: &str) -> String {
    let host = host.to_ascii_lowercase();
    match host.as_str() {
        "index.docker.io" => HUB.to_owned(),
        _ => host,
    }
}

/// The name of a registry for the Docker CLI, its credential helpers and the engine.
pub(crate) fn key(registry: &str) -> &str {
    if registry == HUB { HUB_KEY } else { registry }
}

/// The command that logs in to the registry of an image.
pub(crate) fn login_command(image: &str) -> String {
    match of_image(image) {
        hub if hub == HUB => "docker login".to_owned(),
        registry => format!("docker login {registry}"),
    }
}

/// Whether a refusal is about a missing right to read. Registries also report a forbidden image as missing.
pub(crate) fn is_denied(reason: &str) -> bool {
    let reason = reason.to_lowercase();
    let words = ["denied", "unauthorized", "authentication required", "no basic auth credentials", "forbidden"];
    words.iter().any(|word| reason.contains(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_of_an_image_starts_with_its_registry() {
        for (image, registry) in [
            ("python:3.11", "docker.io"),
            ("ada/kernel", "docker.io"),
            ("library/python", "docker.io"),
            ("docker.io/ada/kernel:1", "docker.io"),
            ("index.docker.io/ada/kernel:1", "docker.io"),
            ("ghcr.io/ada/kernel@sha256:00", "ghcr.io"),
            ("localhost/kernel", "localhost"),
            ("localhost:5000/kernel:1", "localhost:5000"),
            ("127.0.0.1:5000/a/b:1", "127.0.0.1:5000"),
            ("[::1]:5000/a", "[::1]:5000"),
            ("Registry/kernel", "registry"),
            ("kernel:5000", "docker.io"),
        ] {
            assert_eq!(of_image(image), registry, "{image}");
        }
    }

    #[test]
    fn a_place_for_images_is_a_host_and_folders() {
        for place in
            ["registry.example/orchest", "registry.example", "localhost:5000/a/b-c", "[::1]:5000/a", "docker.io/ada"]
        {
            assert!(is_place(place), "{place}");
        }
        for text in [
            "",
            "orchest",
            "https://registry.example",
            "registry.example/",
            "registry.example/a:1",
            "r.example/A",
            "r.example/a b",
            "r.example/a@sha256",
        ] {
            assert!(!is_place(text), "{text}");
        }
    }

    #[test]
    fn a_key_may_have_a_scheme_and_a_path() {
        for (key, registry) in [
            ("https://index.docker.io/v1/", "docker.io"),
            ("index.docker.io", "docker.io"),
            ("docker.io", "docker.io"),
            ("https://registry.example:5000/v2/", "registry.example:5000"),
            ("http://registry.example", "registry.example"),
            ("Registry.Example/team", "registry.example"),
            ("registry.example:443", "registry.example:443"),
        ] {
            assert_eq!(of_key(key), registry, "{key}");
        }
        assert_eq!((key("docker.io"), key("ghcr.io")), ("https://index.docker.io/v1/", "ghcr.io"));
    }

    #[test]
    fn the_command_that_logs_in_names_the_registry() {
        assert_eq!(login_command("ada/kernel"), "docker login");
        assert_eq!(login_command("127.0.0.1:5000/kernel:1"), "docker login 127.0.0.1:5000");
    }
}
