//! The Python of an image that was not made for kernels: how it is looked for, and whether kernels can run with it. Pure.

use serde::Deserialize;

/// The oldest Python that kernels run with.
const OLDEST: (u32, u32) = (3, 8);
/// The versions of glibc 2 that uv knows wheels for (`uv pip install --help`, `--python-platform`).
const GLIBC: [u32; 12] = [17, 28, 31, 32, 33, 34, 35, 36, 37, 38, 39, 40];

/// Where a Python may be, in the order of preference: as the image's own programs find it, then the usual places.
const SCRIPT: &str = include_str!("image_python.sh");
/// What each of them says of itself. Python 2 can run it, too.
const QUESTION: &str = include_str!("image_python.py");

/// The program that looks for Python in an image.
pub fn command() -> Vec<String> {
    ["/bin/sh", "-c", SCRIPT, "sh", QUESTION].map(str::to_owned).to_vec()
}

/// A Python that kernels can run with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImagePython {
    /// The program.
    pub program: String,
    /// Its version.
    pub version: String,
    /// Its machine and C library, as uv names them.
    pub platform: String,
    /// The folders with its packages.
    pub sites: Vec<String>,
}

/// Why kernels cannot run with what was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Lacks {
    /// There is none.
    Python,
    /// It is too old.
    Newer(String),
    /// It is not CPython, or CPython without its lock: an implementation and a version.
    Cpython(String, String),
    /// No package index has packages for its machine.
    Machine(String),
    /// Its C library is unknown, or older than what packages are made for.
    Library,
}

/// One Python, as it describes itself.
#[derive(Deserialize)]
struct Told {
    program: String,
    version: String,
    implementation: String,
    free: bool,
    machine: String,
    glibc: Option<String>,
    musl: bool,
    sites: Vec<String>,
}

/// The first Python that kernels can run with; otherwise the fault of the first one that was found.
pub fn chosen<'a>(lines: impl IntoIterator<Item = &'a str>) -> Result<ImagePython, Lacks> {
    let mut fault = None;
    for told in lines.into_iter().filter_map(|line| serde_json::from_str::<Told>(line).ok()) {
        match usable(told) {
            Ok(python) => return Ok(python),
            Err(lacks) => fault = fault.or(Some(lacks)),
        }
    }
    Err(fault.unwrap_or(Lacks::Python))
}

fn usable(told: Told) -> Result<ImagePython, Lacks> {
    let mut numbers = told.version.split('.').filter_map(|number| number.parse::<u32>().ok());
    if (numbers.next().unwrap_or_default(), numbers.next().unwrap_or_default()) < OLDEST {
        return Err(Lacks::Newer(told.version));
    }
    if told.implementation != "cpython" || told.free {
        let name = if told.free { "free-threaded CPython".to_owned() } else { told.implementation };
        return Err(Lacks::Cpython(name, told.version));
    }
    let machine = match told.machine.as_str() {
        "x86_64" | "amd64" => "x86_64",
        "aarch64" | "arm64" => "aarch64",
        other => return Err(Lacks::Machine(other.to_owned())),
    };
    let platform = match told.glibc.as_deref().map(of_glibc) {
        Some(Some(minor)) => format!("{machine}-manylinux_2_{minor}"),
        None if told.musl => format!("{machine}-unknown-linux-musl"),
        _ => return Err(Lacks::Library),
    };
    Ok(ImagePython { program: told.program, version: told.version, platform, sites: told.sites })
}

/// The newest version that uv knows and that this one can replace.
fn of_glibc(version: &str) -> Option<u32> {
    let minor: u32 = version.strip_prefix("2.")?.split('.').next()?.parse().ok()?;
    GLIBC.into_iter().rev().find(|known| *known <= minor)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn told(version: &str, more: &str) -> String {
        let base = serde_json::json!({
            "program": "/usr/bin/python3", "version": version, "implementation": "cpython", "free": false,
            "machine": "x86_64", "glibc": "2.41", "musl": false, "sites": ["/usr/lib/python3/dist-packages"],
        });
        let mut all = base.as_object().unwrap().clone();
        all.extend(serde_json::from_str::<serde_json::Map<_, _>>(more).unwrap());
        serde_json::to_string(&all).unwrap()
    }

    fn platform(more: &str) -> Result<String, Lacks> {
        chosen([told("3.13.5", more).as_str()]).map(|python| python.platform)
    }

    #[test]
    fn the_first_python_that_kernels_can_run_with_is_used() {
        let lines = [told("2.7.18", "{}"), "sh: warning".to_owned(), told("3.13.5", "{}"), told("3.11.2", "{}")];
        let python = chosen(lines.iter().map(String::as_str)).unwrap();
        assert_eq!((python.version.as_str(), python.platform.as_str()), ("3.13.5", "x86_64-manylinux_2_40"));
        assert_eq!(python.sites, ["/usr/lib/python3/dist-packages"]);
    }

    #[test]
    fn a_python_that_kernels_cannot_run_with_is_named() {
        assert_eq!(chosen([""]), Err(Lacks::Python));
        assert_eq!(chosen([told("3.7.9", "{}").as_str()]), Err(Lacks::Newer("3.7.9".into())));
        let pypy = Lacks::Cpython("pypy".into(), "3.13.5".into());
        assert_eq!(platform(r#"{"implementation": "pypy"}"#), Err(pypy));
        assert_eq!(platform(r#"{"free": true}"#), Err(Lacks::Cpython("free-threaded CPython".into(), "3.13.5".into())));
        assert_eq!(platform(r#"{"machine": "s390x"}"#), Err(Lacks::Machine("s390x".into())));
        assert_eq!(platform(r#"{"glibc": "2.12"}"#), Err(Lacks::Library));
        assert_eq!(platform(r#"{"glibc": null}"#), Err(Lacks::Library));
    }

    #[test]
    fn a_platform_is_one_that_uv_knows() {
        for (more, wanted) in [
            (r#"{"glibc": "2.27"}"#, "x86_64-manylinux_2_17"),
            (r#"{"glibc": "2.36"}"#, "x86_64-manylinux_2_36"),
            (r#"{"glibc": "2.31.9000", "machine": "arm64"}"#, "aarch64-manylinux_2_31"),
            (r#"{"glibc": null, "musl": true}"#, "x86_64-unknown-linux-musl"),
        ] {
            assert_eq!(platform(more).unwrap(), wanted);
        }
    }
}
