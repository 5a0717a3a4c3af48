//! The environment that the window is drawn in. GTK and WebKit read it when they start, and this program cannot change its
//! own safely, so it starts itself again with another one: the same process with the same number.
//!
//! - Nvidia's own driver: WebKit then draws nothing, or crashes, unless it does without DMA buffers.
//! - A terminal inside a snap (Visual Studio Code) points GTK to the snap's modules, which fit no other program.
//! - A window that stayed empty (`blank`) is drawn in software.
//!
//! A variable of WebKit that the person has set always wins.

#[cfg(target_os = "linux")]
mod platform {
    use std::ffi::{OsStr, OsString};
    use std::os::unix::ffi::{OsStrExt, OsStringExt};
    use std::os::unix::process::CommandExt;
    use std::path::{Path, PathBuf};
    use std::process::Command;

    use orchest_core::AppDirs;

    /// The number of this process, and how it was started again. Children of this process inherit it, and have other
    /// numbers.
    const STARTED_AGAIN: &str = "ORCHEST_STARTED_AGAIN";
    const NO_DMABUF: &str = "WEBKIT_DISABLE_DMABUF_RENDERER";
    const SOFTWARE: [&str; 3] = [NO_DMABUF, "WEBKIT_DISABLE_COMPOSITING_MODE", "LIBGL_ALWAYS_SOFTWARE"];
    /// Variables that lead GTK, its modules and the loader to files.
    const OF_GTK: &[&str] = &[
        "GTK_PATH",
        "GTK_EXE_PREFIX",
        "GTK_DATA_PREFIX",
        "GTK_IM_MODULE_FILE",
        "GDK_PIXBUF_MODULE_FILE",
        "GDK_PIXBUF_MODULEDIR",
        "GIO_MODULE_DIR",
        "GIO_EXTRA_MODULES",
        "GSETTINGS_SCHEMA_DIR",
        "LD_LIBRARY_PATH",
        "LIBGL_DRIVERS_PATH",
        "LOCPATH",
    ];

    /// How this process was started again.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    enum Again {
        Corrected,
        InSoftware,
        /// Only to tell the person that no window can be drawn.
        ToTell,
    }

    const AGAIN: [(Again, &str); 3] =
        [(Again::Corrected, "corrected"), (Again::InSoftware, "in-software"), (Again::ToTell, "to-tell")];

    type Change = (OsString, Option<OsString>);
    type Variables = Vec<(OsString, OsString)>;

    /// Starts this process again if its environment has to be another one. Returns if not, or if that fails.
    pub fn correct(places: &AppDirs) {
        if started_again().is_some() {
            return;
        }
        let program = std::env::current_exe().unwrap_or_default();
        let software = is_remembered(places);
        let around = std::env::vars_os().collect();
        let changes = corrections(&around, has_nvidia(Path::new("/")), is_of_a_snap(program.as_os_str()), software);
        if !changes.is_empty() {
            start_again(changes, if software { Again::InSoftware } else { Again::Corrected });
        }
    }

    /// Whether the window is drawn in software.
    pub fn in_software() -> bool {
        started_again() == Some(Again::InSoftware)
    }

    /// Whether no window can be drawn, not even in software.
    pub fn cannot_draw() -> bool {
        started_again() == Some(Again::ToTell)
    }

    /// Starts this process again after its window stayed empty: to draw it in software, or else to tell the person. Returns
    /// only if that fails.
    pub fn draw_otherwise() {
        if in_software() {
            start_again(Vec::new(), Again::ToTell);
        } else {
            start_again(software(&std::env::vars_os().collect()), Again::InSoftware);
        }
    }

    fn started_again() -> Option<Again> {
        let how = std::env::var(STARTED_AGAIN).ok()?;
        let (process, how) = how.split_once(' ')?;
        let (again, _) = AGAIN.into_iter().find(|(_, name)| *name == how)?;
        (process == std::process::id().to_string()).then_some(again)
    }

    fn start_again(changes: Vec<Change>, again: Again) {
        let Ok(program) = std::env::current_exe() else { return };
        let mut command = Command::new(program);
        let how = AGAIN.iter().find(|(known, _)| *known == again).map_or("", |(_, name)| name);
        command.args(std::env::args_os().skip(1)).env(STARTED_AGAIN, format!("{} {how}", std::process::id()));
        for (name, value) in changes {
            match value {
                Some(value) => command.env(name, value),
                None => command.env_remove(name),
            };
        }
        let error = command.exec();
        tracing::warn!(%error, "the window cannot be started again");
    }

    fn corrections(around: &Variables, nvidia: bool, of_a_snap: bool, in_software: bool) -> Vec<Change> {
        let mut changes = Vec::new();
        let gtk = around.iter().filter(|(name, _)| OF_GTK.iter().any(|known| name == known));
        for (name, value) in gtk.filter(|_| !of_a_snap) {
            let parts: Vec<_> = value.as_bytes().split(|byte| *byte == b':').collect();
            let kept: Vec<_> = parts.iter().copied().filter(|part| !is_of_a_snap(OsStr::from_bytes(part))).collect();
            if kept.len() < parts.len() {
                let value = kept.join(&b':');
                changes.push((name.clone(), (!value.is_empty()).then(|| OsString::from_vec(value))));
            }
        }
        let chosen = around.iter().any(|(name, _)| name.as_bytes().starts_with(b"WEBKIT_"));
        if in_software {
            changes.extend(software(around));
        } else if nvidia && !chosen {
            changes.push((NO_DMABUF.into(), Some("1".into())));
        }
        changes
    }

    /// What makes WebKit draw in software, without what the person has set.
    fn software(around: &Variables) -> Vec<Change> {
        let unset = SOFTWARE.iter().filter(|name| !around.iter().any(|(known, _)| known == **name));
        unset.map(|name| (name.into(), Some("1".into()))).collect()
    }

    fn is_of_a_snap(path: &OsStr) -> bool {
        path.as_bytes().windows(6).any(|part| part == b"/snap/")
    }

    fn has_nvidia(root: &Path) -> bool {
        ["proc/driver/nvidia/version", "sys/module/nvidia"].iter().any(|path| root.join(path).exists())
    }

    /// The file that remembers that the window has to be drawn in software.
    fn memory(places: &AppDirs) -> PathBuf {
        places.state.join("drawn-in-software")
    }

    /// Remembers for later starts of this version that the window has to be drawn in software.
    pub fn remember(places: &AppDirs) {
        if let Err(error) = std::fs::write(memory(places), env!("CARGO_PKG_VERSION")) {
            tracing::warn!(%error, "the way to draw the window is not remembered");
        }
    }

    fn is_remembered(places: &AppDirs) -> bool {
        let file = memory(places);
        let Ok(version) = std::fs::read_to_string(&file) else { return false };
        let is_ours = version == env!("CARGO_PKG_VERSION");
        if !is_ours {
            // Another version may draw in the usual way.
            let _ = std::fs::remove_file(file);
        }
        is_ours
    }

    #[cfg(test)]
    #[allow(clippy::unwrap_used)]
    mod tests {
        use super::*;

        #[test]
        fn the_environment_is_changed_only_where_it_has_to_be() {
            let code = [
                ("GTK_PATH", "/snap/code/170/usr/lib/x86_64-linux-gnu/gtk-3.0"),
                ("GIO_MODULE_DIR", "/home/ada/snap/code/common/.cache/gio-modules"),
                ("LD_LIBRARY_PATH", "/opt/cuda/lib:/snap/code/170/usr/lib"),
                ("PATH", "/snap/bin:/usr/bin"),
            ];
            let without_code = "-GTK_PATH -GIO_MODULE_DIR LD_LIBRARY_PATH=/opt/cuda/lib";
            let software = "WEBKIT_DISABLE_DMABUF_RENDERER=1 WEBKIT_DISABLE_COMPOSITING_MODE=1 LIBGL_ALWAYS_SOFTWARE=1";
            type Case<'a> = (&'a [(&'a str, &'a str)], bool, bool, bool, &'a str);
            let table: &[Case<'_>] = &[
                (&[("HOME", "/home/ada"), ("GTK_PATH", "/opt/gtk")], false, false, false, ""),
                (&[], true, false, false, "WEBKIT_DISABLE_DMABUF_RENDERER=1"),
                (&[("WEBKIT_DISABLE_DMABUF_RENDERER", "0")], true, false, false, ""),
                (&[("WEBKIT_FORCE_SANDBOX", "0")], true, false, false, ""),
                (&code, false, false, false, without_code),
                (&code, false, true, false, ""),
                (&[], false, false, true, software),
                (&[], true, false, true, software),
                (
                    &[("WEBKIT_DISABLE_COMPOSITING_MODE", "0")],
                    true,
                    false,
                    true,
                    "WEBKIT_DISABLE_DMABUF_RENDERER=1 LIBGL_ALWAYS_SOFTWARE=1",
                ),
            ];
            for (around, nvidia, of_a_snap, in_software, wanted) in table {
                let around = around.iter().map(|(name, value)| (name.into(), value.into())).collect();
                let found = corrections(&around, *nvidia, *of_a_snap, *in_software);
                let told = found.iter().map(|(name, value)| match value {
                    Some(value) => format!("{}={}", name.display(), value.display()),
                    None => format!("-{}", name.display()),
                });
                assert_eq!(
                    told.collect::<Vec<_>>().join(" "),
                    *wanted,
                    "{around:?} {nvidia} {of_a_snap} {in_software}"
                );
            }
        }

        #[test]
        fn nvidias_own_driver_is_seen() {
            let root = tempfile::tempdir().unwrap();
            std::fs::create_dir_all(root.path().join("sys/module/nouveau")).unwrap();
            assert!(!has_nvidia(root.path()), "the kernel's own driver draws as others do");
            std::fs::create_dir_all(root.path().join("sys/module/nvidia")).unwrap();
            assert!(has_nvidia(root.path()));
        }

        #[test]
        fn the_way_to_draw_is_forgotten_with_the_version() {
            let home = tempfile::tempdir().unwrap();
            let place = home.path().to_owned();
            let places = AppDirs { config: place.clone(), data: place.clone(), state: place };
            assert!(!is_remembered(&places));
            remember(&places);
            assert!(is_remembered(&places));
            std::fs::write(memory(&places), "0.0.1").unwrap();
            assert!(!is_remembered(&places) && !memory(&places).exists());
        }
    }
}

#[cfg(not(target_os = "linux"))]
mod platform {
    use orchest_core::AppDirs;

    /// The system draws by itself.
    pub fn correct(_: &AppDirs) {}

    pub fn cannot_draw() -> bool {
        false
    }
}

pub use platform::*;
