//! Which of a package's wheels is taken. Pure.
//!
//! Their names: <https://packaging.python.org/en/latest/specifications/platform-compatibility-tags/>.

use crate::environment::found::marker::Machine;

/// The C library of the images of kernels: Debian's glibc.
const GLIBC: (u32, u32) = (2, 36);
/// The older names of `manylinux`, with the C library that each stands for.
const OLDER: [(&str, (u32, u32)); 3] =
    [("manylinux1_", (2, 5)), ("manylinux2010_", (2, 12)), ("manylinux2014_", (2, 17))];

/// The worth of a wheel, the least first: how near it is to the Python, then to the machine.
pub(super) type Rank = (u32, u32);

/// The worth of a wheel with this file name. `None` if it does not fit.
pub(super) fn rank(name: &str, machine: &Machine) -> Option<Rank> {
    let mut parts = name.strip_suffix(".whl")?.rsplit('-');
    let (platforms, abis, pythons) = (parts.next()?, parts.next()?, parts.next()?);
    let mut best = None;
    for platform in platforms.split('.') {
        let Some(far) = of_platform(platform, &machine.arch) else { continue };
        let tags = abis.split('.').flat_map(|abi| pythons.split('.').map(move |python| (abi, python)));
        let ranks = tags.filter_map(|(abi, python)| Some((of_python(python, abi, platform == "any", machine)?, far)));
        best = ranks.chain(best).min();
    }
    best
}

/// How far a wheel's Python is from the machine's. A wheel for any machine comes after all others.
fn of_python(python: &str, abi: &str, is_any: bool, machine: &Machine) -> Option<u32> {
    let (major, minor, _) = machine.python;
    let own = format!("cp{major}{minor}");
    let full = if machine.free_threaded { format!("{own}t") } else { own.clone() };
    let older = |mark: &str| -> Option<u32> {
        let number = python.strip_prefix(mark)?.strip_prefix(&major.to_string())?;
        let number = if number.is_empty() { 0 } else { number.parse().ok()? };
        minor.checked_sub(number)
    };
    let found = match abi {
        _ if abi == full && python == own => 0,
        "abi3" if !machine.free_threaded => 1 + older("cp")?,
        "none" if python == own => 100,
        "none" => 101 + older("py")?,
        _ => return None,
    };
    Some(if is_any { 1_000 + found } else { found })
}

/// How far a wheel's machine is from this one: an older C library is farther.
fn of_platform(platform: &str, arch: &str) -> Option<u32> {
    if platform == "any" {
        return Some(0);
    }
    let bare = platform.strip_suffix(arch)?;
    if bare == "linux_" {
        return Some(1_000);
    }
    let named = OLDER.iter().find(|(name, _)| *name == bare).map(|(_, version)| *version);
    let numbered = || {
        let (major, minor) = bare.strip_prefix("manylinux_")?.strip_suffix('_')?.split_once('_')?;
        Some((major.parse().ok()?, minor.parse().ok()?))
    };
    let (major, minor): (u32, u32) = named.or_else(numbered)?;
    (major == GLIBC.0).then(|| GLIBC.1.checked_sub(minor)).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn best<'a>(names: &[&'a str], arch: &str, minor: u32, free_threaded: bool) -> Option<&'a str> {
        let machine = Machine { arch: arch.to_owned(), python: (3, minor, 60), free_threaded };
        let ranked = names.iter().filter_map(|name| Some((rank(name, &machine)?, *name)));
        ranked.min().map(|(_, name)| name)
    }

    #[test]
    fn the_wheel_that_is_nearest_to_python_and_machine_is_taken() {
        let names = [
            "a-1-cp311-cp311-macosx_11_0_arm64.whl",
            "a-1-cp311-cp311-manylinux2014_x86_64.manylinux_2_17_x86_64.whl",
            "a-1-cp311-cp311-manylinux_2_28_x86_64.whl",
            "a-1-cp311-cp311-manylinux_2_39_x86_64.whl",
            "a-1-cp311-cp311-musllinux_1_2_x86_64.whl",
            "a-1-cp311-cp311-win_amd64.whl",
            "a-1-cp311-cp311-manylinux_2_28_aarch64.whl",
            "a-1-cp314-cp314t-manylinux_2_28_x86_64.whl",
            "a-1-cp38-abi3-manylinux_2_28_x86_64.whl",
            "a-1-7-cp39-abi3-manylinux_2_28_x86_64.whl",
            "a-1-py2.py3-none-any.whl",
        ];
        assert_eq!(best(&names, "x86_64", 11, false), Some(names[2]));
        assert_eq!(best(&names, "aarch64", 11, false), Some(names[6]));
        assert_eq!(best(&names, "x86_64", 12, false), Some(names[9]), "the newer stable interface");
        assert_eq!(best(&names, "x86_64", 14, true), Some(names[7]));
        assert_eq!(best(&names, "aarch64", 12, false), Some(names[10]));
        assert_eq!(best(&names[..1], "x86_64", 11, false), None);
    }

    #[test]
    fn wheels_of_any_python_fit_and_those_of_a_newer_one_do_not() {
        assert_eq!(best(&["a-1-py3-none-manylinux1_x86_64.whl"], "x86_64", 11, false).map(str::len), Some(34));
        for name in [
            "a-1-cp312-abi3-manylinux_2_17_x86_64.whl",
            "a-1-py312-none-any.whl",
            "a-1-py2-none-any.whl",
            "a-1-pp311-pypy311_pp73-manylinux_2_17_x86_64.whl",
            "a-1-cp311-cp311-manylinux_2_17_i686.whl",
            "a-1.tar.gz",
            "a.whl",
            "",
        ] {
            assert_eq!(best(&[name], "x86_64", 11, false), None, "{name}");
        }
    }
}
