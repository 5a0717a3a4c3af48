//! How this copy of the program came to the machine, and so how it gets a newer version.

use std::path::{Path, PathBuf};

use url::Url;

use super::manifest::{self, Manifest};
use crate::contract::updates::UpdateHow;
use crate::words::updates as words;

/// The list of the package's files, as dpkg has it.
const OF_DPKG: &str = "/var/lib/dpkg/info/orchest-desktop.list";

/// How it came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// By dpkg.
    Deb,
    /// By rpm.
    Rpm,
    /// It is in a folder that this person cannot change, or in one that is not laid out as an archive is.
    Elsewhere,
    /// It is in a folder of the person's own, as the portable archive has it: the folder that has `bin` and `share`.
    Archive(PathBuf),
}

/// What is known of the place of the program.
#[derive(Clone, Debug, Default)]
struct Facts {
    /// The files of dpkg's package.
    of_dpkg: Option<String>,
    /// Rpm knows the program.
    of_rpm: bool,
    /// The folder around `bin`, if it is laid out as an archive is.
    root: Option<PathBuf>,
    /// The person may change the folders of the program.
    writable: bool,
}

/// Looks at the place of a program.
pub fn look(program: &Path) -> Origin {
    let root = root_of(program);
    let writable = root.as_deref().is_some_and(is_own);
    let facts = Facts {
        of_dpkg: std::fs::read_to_string(OF_DPKG).ok(),
        of_rpm: program.starts_with("/usr") && rpm_knows(program),
        root,
        writable,
    };
    origin(program, &facts)
}

/// How a copy of this origin gets the version of a list that came from `list`.
pub fn how(origin: &Origin, manifest: &Manifest, list: &Url, platform: &str) -> UpdateHow {
    let format = match origin {
        Origin::Deb => "deb",
        Origin::Rpm => "rpm",
        Origin::Archive(_) => "tar.gz",
        Origin::Elsewhere => return UpdateHow::Page,
    };
    let Some(file) = manifest.file(platform, format) else { return UpdateHow::Page };
    match (origin, manifest::address_of(file, list)) {
        (Origin::Archive(_), Ok(_)) => UpdateHow::Itself { size: file.size },
        // The address is in quotes in the command.
        (_, Ok(address)) if !address.as_str().contains('\'') => {
            let deb = *origin == Origin::Deb;
            UpdateHow::Command { command: words::install_command(&address, file.name(), &file.sha256, deb) }
        }
        _ => UpdateHow::Page,
    }
}

fn origin(program: &Path, facts: &Facts) -> Origin {
    let of_dpkg = |list: &String| list.lines().any(|line| Path::new(line) == program);
    match facts {
        Facts { of_dpkg: Some(list), .. } if of_dpkg(list) => Origin::Deb,
        Facts { of_rpm: true, .. } => Origin::Rpm,
        // What a person put below /usr by hand belongs to all users of the machine.
        Facts { root: Some(root), writable: true, .. } if !program.starts_with("/usr") => Origin::Archive(root.clone()),
        _ => Origin::Elsewhere,
    }
}

/// The folder with `bin/orchest-desktop`, `bin/orchest` and `share`. Only on Linux there is such an archive.
fn root_of(program: &Path) -> Option<PathBuf> {
    let bin = program.parent().filter(|bin| bin.ends_with("bin"))?;
    let root = bin.parent()?;
    let whole = ["bin/orchest-desktop", "bin/orchest"].iter().all(|file| root.join(file).is_file());
    (cfg!(target_os = "linux") && whole && root.join("share").is_dir()).then(|| root.to_owned())
}

/// Whether the person owns the folders of the program and may write there.
#[cfg(unix)]
fn is_own(root: &Path) -> bool {
    use rustix::fs::{Access, access};
    [root.to_owned(), root.join("bin"), root.join("share")].iter().all(|folder| {
        let own = |found: std::fs::Metadata| std::os::unix::fs::MetadataExt::uid(&found);
        folder.symlink_metadata().is_ok_and(|found| found.is_dir() && own(found) == nix::unistd::geteuid().as_raw())
            && access(folder, Access::WRITE_OK | Access::EXEC_OK).is_ok()
    })
}

#[cfg(not(unix))]
fn is_own(_root: &Path) -> bool {
    false
}

/// `rpm -qf` says which package has a file.
fn rpm_knows(program: &Path) -> bool {
    let asked = std::process::Command::new("rpm").arg("-qf").arg(program).output();
    asked.is_ok_and(|answer| answer.status.success())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn a_package_updates_itself_never_and_a_folder_of_the_persons_own_does() {
        let (usr, home) = (Path::new("/usr/bin/orchest-desktop"), Path::new("/home/ada/o/bin/orchest-desktop"));
        let own = Facts { root: Some("/home/ada/o".into()), writable: true, ..Facts::default() };
        let list = Facts { of_dpkg: Some("/.\n/usr/bin\n/usr/bin/orchest-desktop\n".into()), ..own.clone() };
        assert_eq!(origin(usr, &list), Origin::Deb);
        assert_eq!(origin(home, &list), Origin::Archive("/home/ada/o".into()), "another copy beside the package");
        assert_eq!(origin(usr, &Facts { of_rpm: true, ..own.clone() }), Origin::Rpm);
        assert_eq!(origin(usr, &own), Origin::Elsewhere);
        assert_eq!(origin(home, &own), Origin::Archive("/home/ada/o".into()));
        assert_eq!(origin(home, &Facts { writable: false, ..own.clone() }), Origin::Elsewhere);
        assert_eq!(origin(home, &Facts { root: None, ..own }), Origin::Elsewhere);
    }

    #[test]
    fn each_origin_has_its_way_if_the_version_has_a_file_for_it() {
        let mut manifest = manifest::samples::manifest("0.2.0");
        let list: Url = "https://orchest.example/u/updates.json".parse().unwrap();
        let platform = manifest::this_platform();
        let archive = Origin::Archive("/o".into());
        assert_eq!(how(&archive, &manifest, &list, &platform), UpdateHow::Itself { size: 10 });
        for origin in [Origin::Deb, Origin::Rpm, Origin::Elsewhere] {
            assert_eq!(how(&origin, &manifest, &list, &platform), UpdateHow::Page);
        }
        assert_eq!(how(&archive, &manifest, &list, "plan9-mips"), UpdateHow::Page);
        manifest.files[0].format = "deb".to_owned();
        manifest.files[0].address = "orchest-desktop_0.2.0_amd64.deb".to_owned();
        let UpdateHow::Command { command } = how(&Origin::Deb, &manifest, &list, &platform) else { panic!() };
        let wanted = format!(
            "curl -fLO 'https://orchest.example/u/orchest-desktop_0.2.0_amd64.deb' && \
             echo '{}  orchest-desktop_0.2.0_amd64.deb' | sha256sum -c && \
             sudo apt install ./orchest-desktop_0.2.0_amd64.deb",
            "0".repeat(64)
        );
        assert_eq!(command, wanted);
        let quoted: Url = "https://orchest.example/o'/updates.json".parse().unwrap();
        assert_eq!(how(&Origin::Deb, &manifest, &quoted, &platform), UpdateHow::Page);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_folder_is_an_archive_if_it_is_laid_out_as_one() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().canonicalize().unwrap().join("orchest-desktop-0.1.0-linux-x86_64");
        let program = root.join("bin/orchest-desktop");
        std::fs::create_dir_all(root.join("bin")).unwrap();
        std::fs::write(&program, "").unwrap();
        assert_eq!(look(&program), Origin::Elsewhere);
        std::fs::write(root.join("bin/orchest"), "").unwrap();
        std::fs::create_dir(root.join("share")).unwrap();
        assert_eq!(look(&program), Origin::Archive(root));
    }
}
