//! Kernels with ports that other people with accounts on this machine can reach. Kernels of an image whose command is not
//! our launcher have such ports, as Enterprise Gateway's own images do. Everybody who connects can read their output.

use crate::contract::environment::Language;
use crate::engine::Engine;
use crate::environment::any_image;
use crate::words;

/// The file name of our launcher, in any image. Its kernels have sockets that nobody else finds.
const LAUNCHER: &str = "orchest_kernel.py";

/// Whether kernels of an image that runs this command have ports.
fn has_ports(command: &[String]) -> bool {
    !command.iter().any(|word| word.ends_with(LAUNCHER)) || command.iter().any(|word| word == "--tcp")
}

/// The number of other people with accounts, from a list of accounts in the form of passwd(5).
fn other_people(passwd: &str, me: u32) -> usize {
    let logs_in = |shell: &str| !["/nologin", "/false", "/sync"].iter().any(|end| shell.ends_with(end));
    let others = passwd.lines().filter(|line| {
        let fields: Vec<&str> = line.split(':').collect();
        let [_, _, uid, .., shell] = fields[..] else { return false };
        uid.parse::<u32>().is_ok_and(|uid| (1000..60_000).contains(&uid) && uid != me) && logs_in(shell)
    });
    others.count()
}

/// A warning if an image's kernels have ports, the engine's network is on this machine, and others have accounts here. No
/// warning while the image is not on the engine. `language`: that of the kernels, if the app can bring their launcher.
pub async fn warning(engine: &Engine, image: &str, language: Option<Language>) -> Option<String> {
    // Behind a rootless engine, or one in a virtual machine, the network of containers is out of others' reach.
    if engine.facts().rootless || !engine.facts().same_ids {
        return None;
    }
    let others = platform::accounts().map_or(0, |passwd| other_people(&passwd, crate::platform::user::me().uid));
    if others == 0 {
        return None;
    }
    let found = engine.image(image).await.ok().flatten()?;
    // Such kernels start by our launcher in an image that has none.
    let ours = language.is_some() && !any_image::starts_kernels(&found);
    (has_ports(&found.command) && !ours).then(|| words::launch::open_ports(image, others))
}

#[cfg(target_os = "linux")]
mod platform {
    pub fn accounts() -> Option<String> {
        std::fs::read_to_string("/etc/passwd").ok()
    }
}

#[cfg(not(target_os = "linux"))]
mod platform {
    /// Engines run in a virtual machine there.
    pub fn accounts() -> Option<String> {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kernels_have_ports_if_the_images_command_is_not_our_launcher() {
        let words = |command: &str| command.split(' ').map(str::to_owned).collect::<Vec<_>>();
        let table = [
            ("/opt/venv/bin/python -I /opt/orchest/orchest_kernel.py R --args {connection_file}", false),
            ("python -I /srv/orchest_kernel.py --tcp java kernel {connection_file}", true),
            ("/usr/local/bin/bootstrap-kernel.sh", true),
            ("", true),
        ];
        for (command, ports) in table {
            assert_eq!(has_ports(&words(command)), ports, "{command}");
        }
    }

    #[test]
    fn other_people_are_those_who_can_log_in() {
        let passwd = "root:x:0:0:root:/root:/bin/bash\ndaemon:x:1:1::/usr/sbin:/usr/sbin/nologin\n\
                      ada:x:1000:1000:Ada,,,:/home/ada:/bin/bash\nbob:x:1001:1001::/home/bob:/bin/zsh\n\
                      builder:x:1002:1002::/var/empty:/usr/sbin/nologin\nnobody:x:65534:65534::/:/usr/sbin/nologin\n\
                      not a line\n";
        assert_eq!((other_people(passwd, 1000), other_people(passwd, 1001), other_people(passwd, 0)), (1, 1, 2));
        assert_eq!(other_people("", 1000), 0);
    }
}
