//! The hosts that files name: where packages come from besides the usual indexes. Pure.

/// The hosts of PyPI, of conda's channels on anaconda.org, and of CRAN and its mirrors for everybody. Interfaces name these
/// by the index or the channel.
const USUAL: [&str; 9] = [
    "pypi.org",
    "pypi.python.org",
    "files.pythonhosted.org",
    "conda.anaconda.org",
    "repo.anaconda.com",
    "cran.r-project.org",
    "cloud.r-project.org",
    "packagemanager.posit.co",
    "packagemanager.rstudio.com",
];
/// The longest name of a host (RFC 1035, section 2.3.4).
const LONGEST: usize = 253;

/// The hosts of all addresses in a text, in its order, without the usual ones. Logins are left out.
pub(super) fn in_text(text: &str) -> impl Iterator<Item = String> {
    let urls = text.match_indices("://").filter_map(|(at, separator)| {
        let is_remote =
            !text[..at].ends_with("file") && text[..at].ends_with(|letter: char| letter.is_ascii_alphanumeric());
        is_remote.then(|| of_authority(&text[at + separator.len()..]))?
    });
    urls.filter(|host| !USUAL.contains(&host.as_str()))
}

/// The host at the beginning of what follows `://`, with its port if it names one.
fn of_authority(rest: &str) -> Option<String> {
    let ends =
        |letter: char| matches!(letter, '/' | '?' | '#' | '"' | '\'' | '>' | ')' | ',') || letter.is_whitespace();
    let authority = rest.split(ends).next().unwrap_or_default();
    let host = authority.rsplit('@').next().unwrap_or_default().to_ascii_lowercase();
    let is_host = |letter: char| letter.is_alphanumeric() || matches!(letter, '.' | '-' | '_' | ':' | '[' | ']');
    (!host.is_empty() && host.len() <= LONGEST && host.chars().all(is_host)).then_some(host)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hosts(text: &str) -> Vec<String> {
        in_text(text).collect()
    }

    #[test]
    fn a_host_is_named_without_logins_and_paths() {
        for (text, wanted) in [
            ("birds @ git+https://ada:s3cret@Git.example.org/birds.git@v1", vec!["git.example.org"]),
            ("git+ssh://git@github.com/ada/birds", vec!["github.com"]),
            ("--extra-index-url=http://t:o@ken@corp.example:8080/simple", vec!["corp.example:8080"]),
            ("https://[::1]:80/x https://a.example, (https://b.example)", vec!["[::1]:80", "a.example", "b.example"]),
            ("{\"url\": \"https://c.example\"}", vec!["c.example"]),
        ] {
            assert_eq!(hosts(text), wanted, "{text}");
        }
    }

    #[test]
    fn usual_hosts_files_and_nonsense_are_none() {
        for text in [
            "numpy @ https://files.pythonhosted.org/packages/numpy.whl",
            "https://conda.anaconda.org/conda-forge/linux-64/a.conda",
            "birds @ file:///data/birds",
            "numpy>=1 # ://",
            "https://",
            "https://\u{1b}[31mred/",
            "https://%41%42/",
        ] {
            assert_eq!(hosts(text), Vec::<String>::new(), "{text}");
        }
    }
}
