//! What gives a person an engine, from what was found on the machine: started, installed, or allowed. Pure.

use super::start::Starter;
use crate::words::engine as words;

/// The only group that a person is added to. Its members have root's power on this machine.
pub const GROUP: &str = "docker";

/// Polkit's program. It asks for a password and runs another program as root.
pub const PKEXEC: &str = "/usr/bin/pkexec";
/// The socket by which polkit is reached.
pub const SYSTEM_BUS: &str = "/run/dbus/system_bus_socket";
const USERMOD: &str = "/usr/sbin/usermod";
const SYSTEMCTL: &str = "/usr/bin/systemctl";

/// How a system's packages bring an engine.
#[derive(Debug, PartialEq, Eq)]
struct Packages {
    /// Names in `ID` and `ID_LIKE` of os-release.
    systems: &'static [&'static str],
    /// The engine's name for people.
    name: &'static str,
    tool: &'static str,
    /// Fetches the lists of packages, on a machine that has none.
    refresh: &'static [&'static str],
    install: &'static [&'static str],
    /// The package does not start its service by itself.
    enable: bool,
    /// The engine runs as the person, without root and without the group.
    rootless: bool,
}

/// The first that fits is used: a clone of Enterprise Linux also names Fedora.
const PACKAGES: &[Packages] = &[
    Packages {
        systems: &["debian", "ubuntu"],
        name: "Docker",
        tool: "/usr/bin/apt-get",
        refresh: &["-q", "update"],
        // A new machine often updates itself, which holds the lock for a while.
        install: &["-q", "-y", "-o", "DPkg::Lock::Timeout=300", "install", "docker.io"],
        enable: false,
        rootless: false,
    },
    Packages {
        systems: &["rhel", "centos"],
        name: "Podman",
        tool: "/usr/bin/dnf",
        refresh: &[],
        install: &["-y", "install", "podman"],
        enable: false,
        rootless: true,
    },
    Packages {
        systems: &["fedora"],
        name: "Docker",
        tool: "/usr/bin/dnf",
        refresh: &[],
        install: &["-y", "install", "moby-engine"],
        enable: true,
        rootless: false,
    },
    Packages {
        systems: &["suse", "opensuse"],
        name: "Docker",
        tool: "/usr/bin/zypper",
        refresh: &[],
        install: &["--non-interactive", "install", "docker"],
        enable: true,
        rootless: false,
    },
    Packages {
        systems: &["arch"],
        name: "Docker",
        tool: "/usr/bin/pacman",
        refresh: &[],
        install: &["-S", "--noconfirm", "--needed", "docker"],
        enable: true,
        rootless: false,
    },
];

/// What is wrong with the engine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trouble<'a> {
    /// None answers. `configured`: the person named the engine, so no other one is of use.
    Silent { configured: bool },
    /// Its socket is not open to the person, but to this group.
    Forbidden { group: Option<&'a str> },
    /// Something else, which no command remedies.
    Other,
}

/// What was found on the machine.
#[derive(Clone, Debug, Default)]
pub struct Machine {
    /// The system, by `std::env::consts::OS`.
    pub os: &'static str,
    /// The content of os-release.
    pub release: String,
    /// The person's name on this machine, if it has a usual form.
    pub person: Option<String>,
    /// The person is root.
    pub root: bool,
    /// Systemd runs the services.
    pub systemd: bool,
    /// Polkit's program is installed, and the system's bus runs.
    pub polkit: bool,
    /// The programs that exist, of those in `PROGRAMS`.
    pub programs: Vec<&'static str>,
    /// The system's folder of programs is a fixed image, and packages cannot be added to it.
    pub fixed: bool,
    /// The system has lists of packages.
    pub lists: bool,
    /// This process has the group.
    pub in_session: bool,
    /// The person is a member of the group, as the machine knows it now.
    pub is_member: bool,
    /// What starts an engine that is installed.
    pub starter: Option<Starter>,
}

/// The programs that the decision depends on.
pub const PROGRAMS: &[&str] = &[
    "/usr/bin/apt-get",
    "/usr/bin/dnf",
    "/usr/bin/zypper",
    "/usr/bin/pacman",
    "/usr/bin/dockerd",
    "/usr/sbin/dockerd",
    "/usr/local/bin/dockerd",
    "/usr/bin/podman",
    "/usr/local/bin/podman",
    "/etc/init.d/docker",
    SYSTEMCTL,
    USERMOD,
];

/// What gives the person an engine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Remedy {
    /// It is installed and has to be started.
    Start(Starter),
    /// It is installed, and only this command of the person starts it.
    StartByHand {
        /// Its name for people.
        name: &'static str,
        /// The command.
        command: &'static str,
    },
    /// It has to be installed.
    Install(Plan),
    /// It has to be installed, and this program does not know how.
    InstallByHand,
    /// The person has to join the group.
    JoinGroup(Plan),
    /// The person is in the group, but this session began before.
    LogInAgain,
}

/// Programs that root runs, one after another. All of their words come from this file, except the person's name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    /// What they bring, for people.
    pub name: &'static str,
    /// Each with its absolute path and its arguments.
    pub steps: Vec<Vec<String>>,
    /// The person joins the group in the end.
    pub joins: bool,
    /// How this program can run them. `None`: only the person can, in a terminal.
    pub by: Option<By>,
}

/// How a program is run as root.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum By {
    /// Polkit asks the person.
    Polkit,
    /// This process is root's.
    Root,
}

impl Plan {
    /// The programs, as one line for a terminal.
    pub fn in_terminal(&self) -> String {
        let sudo = if self.by == Some(By::Root) { "" } else { "sudo " };
        let short = |step: &Vec<String>| {
            let (program, arguments) = step.split_first().map_or(("", &[][..]), |(first, rest)| (first, rest));
            let program = program.rsplit('/').next().unwrap_or_default();
            format!("{sudo}{program} {}", arguments.join(" "))
        };
        self.steps.iter().map(short).collect::<Vec<_>>().join(" && ")
    }
}

/// The remedy, if there is one beside the words of the failure.
pub fn remedy(machine: &Machine, trouble: Trouble<'_>) -> Option<Remedy> {
    match trouble {
        Trouble::Other => None,
        Trouble::Silent { configured: true } => machine.starter.map(Remedy::Start),
        // A socket for root alone is that of a system's Podman, which is not meant for people.
        Trouble::Silent { configured: false } | Trouble::Forbidden { group: None } => start_or_install(machine),
        Trouble::Forbidden { group: Some(GROUP) } => join(machine),
        Trouble::Forbidden { group: Some(_) } => None,
    }
}

fn start_or_install(machine: &Machine) -> Option<Remedy> {
    if let Some(starter) = machine.starter {
        return Some(Remedy::Start(starter));
    }
    let has = |program: &str| machine.programs.contains(&program);
    if machine.os != "linux" {
        return Some(Remedy::InstallByHand);
    }
    if !machine.systemd && has("/etc/init.d/docker") {
        return Some(Remedy::StartByHand { name: "Docker", command: words::START_SERVICE });
    }
    let installed = |name: &str| PROGRAMS.iter().any(|program| program.ends_with(name) && has(program));
    if installed("/dockerd") {
        return None;
    }
    // Podman has no process of its own: something has to listen for it.
    if installed("/podman") {
        return Some(Remedy::StartByHand { name: "Podman", command: words::SERVE_PODMAN });
    }
    let packages = PACKAGES.iter().find(|packages| fits(&machine.release, packages) && has(packages.tool));
    match packages {
        Some(packages) if !machine.fixed => Some(Remedy::Install(install(machine, packages))),
        _ => Some(Remedy::InstallByHand),
    }
}

fn install(machine: &Machine, packages: &Packages) -> Plan {
    let mut steps = Vec::new();
    if !machine.lists && !packages.refresh.is_empty() {
        steps.push(step(packages.tool, packages.refresh));
    }
    steps.push(step(packages.tool, packages.install));
    if packages.enable && machine.systemd {
        steps.push(step(SYSTEMCTL, &["enable", "--now", "docker"]));
    }
    let person = machine.person.as_deref().filter(|_| !machine.root && !packages.rootless && !machine.is_member);
    steps.extend(person.map(membership));
    Plan { name: packages.name, steps, joins: person.is_some(), by: by(machine) }
}

fn join(machine: &Machine) -> Option<Remedy> {
    if machine.is_member && !machine.in_session {
        return Some(Remedy::LogInAgain);
    }
    let person = machine.person.as_deref().filter(|_| !machine.is_member)?;
    Some(Remedy::JoinGroup(Plan { name: GROUP, steps: vec![membership(person)], joins: true, by: by(machine) }))
}

fn membership(person: &str) -> Vec<String> {
    step(USERMOD, &["-aG", GROUP, person])
}

fn step(program: &str, arguments: &[&str]) -> Vec<String> {
    std::iter::once(program).chain(arguments.iter().copied()).map(str::to_owned).collect()
}

fn by(machine: &Machine) -> Option<By> {
    match (machine.root, machine.polkit) {
        (true, _) => Some(By::Root),
        (false, true) => Some(By::Polkit),
        (false, false) => None,
    }
}

/// Whether these packages are for the system of this os-release (os-release(5)).
fn fits(release: &str, packages: &Packages) -> bool {
    let value = |name: &str| {
        let line = release.lines().find_map(|line| line.trim().strip_prefix(name)?.strip_prefix('='));
        line.unwrap_or_default().trim_matches(['"', '\'']).to_owned()
    };
    let names = format!("{} {}", value("ID"), value("ID_LIKE"));
    names.split_whitespace().any(|name| packages.systems.contains(&name))
}

/// Whether a name can be an argument of `usermod`, as `useradd` gives names.
pub fn is_usual_name(name: &str) -> bool {
    let usual = |byte: u8| byte.is_ascii_alphanumeric() || b"_.-@".contains(&byte);
    !name.is_empty() && name.len() <= 64 && !name.starts_with(['-', '.', '@']) && name.bytes().all(usual)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::engine::start;

    const DEBIAN: &str = "PRETTY_NAME=\"Debian GNU/Linux 12 (bookworm)\"\nVERSION_ID=\"12\"\nID=debian\n";
    const MINT: &str = "NAME=\"Linux Mint\"\nID=linuxmint\nID_LIKE=\"ubuntu debian\"\n";
    const FEDORA: &str = "NAME=\"Fedora Linux\"\nID=fedora\n";
    const ROCKY: &str = "ID=\"rocky\"\nID_LIKE=\"rhel centos fedora\"\n";
    const TUMBLEWEED: &str = "ID=\"opensuse-tumbleweed\"\nID_LIKE=\"opensuse suse\"\n";
    const ARCH: &str = "ID=arch\n";
    const VOID: &str = "ID=\"void\"\n";
    const APT: &str = "/usr/bin/apt-get";
    const DNF: &str = "/usr/bin/dnf";

    /// A desktop of an ordinary person.
    fn desktop(release: &str, programs: &[&'static str]) -> Machine {
        Machine {
            os: "linux",
            release: release.to_owned(),
            person: Some("ada".to_owned()),
            systemd: true,
            polkit: true,
            programs: programs.to_vec(),
            lists: true,
            ..Machine::default()
        }
    }

    const SILENT: Trouble<'_> = Trouble::Silent { configured: false };
    const FORBIDDEN: Trouble<'_> = Trouble::Forbidden { group: Some("docker") };

    /// What a remedy does, in short.
    fn told(remedy: Option<Remedy>) -> String {
        match remedy {
            None => "none".to_owned(),
            Some(Remedy::Start(starter)) => format!("start {}", starter.name),
            Some(Remedy::StartByHand { command, .. }) => format!("by hand: {command}"),
            Some(Remedy::Install(plan)) => format!("install {} by {:?}: {}", plan.name, plan.by, plan.in_terminal()),
            Some(Remedy::InstallByHand) => "install by hand".to_owned(),
            Some(Remedy::JoinGroup(plan)) => format!("join by {:?}: {}", plan.by, plan.in_terminal()),
            Some(Remedy::LogInAgain) => "log in again".to_owned(),
        }
    }

    #[test]
    fn each_machine_has_its_remedy() {
        let docker = start::known("Docker").unwrap();
        let podman = start::known("Podman").unwrap();
        let debian = || desktop(DEBIAN, &[APT]);
        let apt = "apt-get -q -y -o DPkg::Lock::Timeout=300 install docker.io";
        let join = "sudo usermod -aG docker ada";
        let table: Vec<(&str, Machine, Trouble<'_>, String)> = vec![
            ("a new Debian", debian(), SILENT, format!("install Docker by Some(Polkit): sudo {apt} && {join}")),
            (
                "without lists of packages",
                Machine { lists: false, ..debian() },
                SILENT,
                format!("install Docker by Some(Polkit): sudo apt-get -q update && sudo {apt} && {join}"),
            ),
            (
                "without polkit",
                Machine { polkit: false, ..debian() },
                SILENT,
                format!("install Docker by None: sudo {apt} && {join}"),
            ),
            (
                "root, who needs no group",
                Machine { root: true, person: Some("root".to_owned()), ..debian() },
                SILENT,
                format!("install Docker by Some(Root): {apt}"),
            ),
            (
                "a name that could be an option",
                Machine { person: None, ..debian() },
                SILENT,
                format!("install Docker by Some(Polkit): sudo {apt}"),
            ),
            (
                "in the group already",
                Machine { is_member: true, ..debian() },
                SILENT,
                format!("install Docker by Some(Polkit): sudo {apt}"),
            ),
            (
                "a system that is like Ubuntu",
                desktop(MINT, &[APT]),
                SILENT,
                format!("install Docker by Some(Polkit): sudo {apt} && {join}"),
            ),
            (
                "Fedora",
                desktop(FEDORA, &[DNF]),
                SILENT,
                format!(
                    "install Docker by Some(Polkit): sudo dnf -y install moby-engine && sudo systemctl enable --now docker \
                     && {join}"
                ),
            ),
            (
                "a fixed image of Fedora",
                Machine { fixed: true, ..desktop(FEDORA, &[DNF]) },
                SILENT,
                "install by hand".into(),
            ),
            (
                "Fedora with its Podman",
                Machine { starter: Some(podman), ..desktop(FEDORA, &[DNF, "/usr/bin/podman"]) },
                SILENT,
                "start Podman".into(),
            ),
            (
                "Rocky, whose Podman needs no group",
                desktop(ROCKY, &[DNF]),
                SILENT,
                "install Podman by Some(Polkit): sudo dnf -y install podman".into(),
            ),
            (
                "openSUSE",
                desktop(TUMBLEWEED, &["/usr/bin/zypper"]),
                SILENT,
                format!(
                    "install Docker by Some(Polkit): sudo zypper --non-interactive install docker && sudo systemctl enable \
                     --now docker && {join}"
                ),
            ),
            (
                "Arch",
                desktop(ARCH, &["/usr/bin/pacman"]),
                SILENT,
                format!(
                    "install Docker by Some(Polkit): sudo pacman -S --noconfirm --needed docker && sudo systemctl enable \
                     --now docker && {join}"
                ),
            ),
            ("an unknown system", desktop(VOID, &[APT]), SILENT, "install by hand".into()),
            ("a known system without its tool", desktop(DEBIAN, &[]), SILENT, "install by hand".into()),
            ("installed and stopped", Machine { starter: Some(docker), ..debian() }, SILENT, "start Docker".into()),
            (
                "installed, without systemd",
                Machine { systemd: false, ..desktop(DEBIAN, &[APT, "/usr/sbin/dockerd", "/etc/init.d/docker"]) },
                SILENT,
                "by hand: sudo service docker start".into(),
            ),
            (
                "Podman, without systemd",
                Machine { systemd: false, ..desktop(DEBIAN, &[APT, "/usr/bin/podman"]) },
                SILENT,
                "by hand: podman system service --time=0 &".into(),
            ),
            ("installed in a way of its own", desktop(DEBIAN, &[APT, "/usr/local/bin/dockerd"]), SILENT, "none".into()),
            (
                "a configured engine, which no other replaces",
                debian(),
                Trouble::Silent { configured: true },
                "none".into(),
            ),
            (
                "a configured engine that is installed",
                Machine { starter: Some(docker), ..debian() },
                Trouble::Silent { configured: true },
                "start Docker".into(),
            ),
            (
                "a system's Podman, which is root's alone",
                Machine { starter: Some(podman), ..desktop(FEDORA, &[DNF, "/usr/bin/podman"]) },
                Trouble::Forbidden { group: None },
                "start Podman".into(),
            ),
            ("not in the group", debian(), FORBIDDEN, format!("join by Some(Polkit): {join}")),
            (
                "not in the group, without polkit",
                Machine { polkit: false, ..debian() },
                FORBIDDEN,
                format!("join by None: {join}"),
            ),
            (
                "in the group since after the login",
                Machine { is_member: true, ..debian() },
                FORBIDDEN,
                "log in again".into(),
            ),
            (
                "in the group, and refused all the same",
                Machine { is_member: true, in_session: true, ..debian() },
                FORBIDDEN,
                "none".into(),
            ),
            ("a group of another name", debian(), Trouble::Forbidden { group: Some("wheel") }, "none".into()),
            ("too old", debian(), Trouble::Other, "none".into()),
            (
                "a Mac without an engine",
                Machine { os: "macos", ..Machine::default() },
                SILENT,
                "install by hand".into(),
            ),
        ];
        for (what, machine, trouble, wanted) in table {
            assert_eq!(told(remedy(&machine, trouble)), wanted, "{what}");
        }
    }

    #[test]
    fn every_program_has_an_absolute_path_and_is_looked_for() {
        for packages in PACKAGES {
            assert!(PROGRAMS.contains(&packages.tool) && packages.tool.starts_with('/'), "{packages:?}");
        }
        let Some(Remedy::Install(plan)) = remedy(&desktop(FEDORA, &[DNF]), SILENT) else {
            panic!("nothing to install")
        };
        assert!(plan.steps.iter().all(|step| PROGRAMS.contains(&step[0].as_str())), "{plan:?}");
    }

    #[test]
    fn a_name_that_is_no_usual_argument_is_not_passed_on() {
        for name in ["ada", "ada.lovelace", "ada@example.org", "a-1", "Ada", "_ada"] {
            assert!(is_usual_name(name), "{name}");
        }
        for name in ["", "-G", "a b", "a;b", "../a", "a\nb", "ä", "$(id)"] {
            assert!(!is_usual_name(name), "{name}");
        }
    }
}
