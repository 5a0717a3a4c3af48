//! The checks of the machine around an engine: its socket, users, control groups, proxies, clock and disk. What each
//! finds is decided from data.

use std::collections::BTreeSet;

use super::{Check, fine, remark, wrong};
use crate::engine::{Engine, Keeps, Report};
use crate::launch::proxies;
use crate::platform::user::{self, Identity};
use crate::words::doctor as words;
use crate::words::{engine as engine_words, limits};

/// How far apart two clocks may be, milliseconds: certificates, files' times and logs are wrong beyond.
const APART_MS: i64 = 5_000;
/// The numbers of users and of groups that a rootless engine gives to containers.
const RANGE: u64 = 65_536;
/// The programs that give them, which have root's right to.
const MAPPERS: [&str; 2] = ["newuidmap", "newgidmap"];

/// The checks of the engine's machine.
pub(super) fn examine(engine: &Engine, report: &Report) -> Vec<Check> {
    let facts = engine.facts();
    let mut checks = Vec::new();
    if !facts.in_machine {
        let socket = std::path::Path::new(&facts.socket_mount);
        checks.extend(platform::socket(socket).map(|found| self::socket(socket, &found, facts.rootless)));
        if facts.rootless {
            checks.push(ranges(&Ranges::of_this_machine()));
        }
    }
    checks.push(groups(report, facts.keeps));
    checks.push(fine("user namespaces", words::namespaces(facts.rootless, facts.remaps)));
    checks.push(proxies(engine, report));
    checks.extend(report.clock_ahead_ms.map(|ahead| clock(ahead, facts.in_machine)));
    checks
}

/// The permissions of a socket, and the person who uses it.
#[derive(Clone, Debug)]
struct Socket {
    mode: u32,
    owner: Identity,
    /// The user of gateways, which start kernels.
    gateway: Identity,
    me: Identity,
    groups: Vec<u32>,
}

/// A gateway runs as the person and with the socket's group; on a rootless engine it is the person, who owns the socket.
fn socket(path: &std::path::Path, found: &Socket, rootless: bool) -> Check {
    const NAME: &str = "socket";
    let (owner, group) = (user::name_of(found.owner.uid), user::name_of_group(found.owner.gid));
    let groups: BTreeSet<u32> = found.groups.iter().copied().chain([found.me.gid]).collect();
    let groups: Vec<String> = groups.into_iter().map(user::name_of_group).collect();
    let finding = words::socket(path, &owner, &group, found.mode, &user::name_of(found.me.uid), &groups);
    let bits = if found.gateway.uid == found.owner.uid { found.mode >> 6 } else { found.mode >> 3 };
    if rootless || bits & 0o6 == 0o6 {
        fine(NAME, finding)
    } else {
        wrong(NAME, finding, engine_words::admit_group(&path.display().to_string()))
    }
}

/// The users and groups that a person may give to containers.
#[derive(Clone, Debug, Default)]
struct Ranges {
    user: String,
    uid: u32,
    /// `/etc/subuid` and `/etc/subgid`, in the form of subuid(5).
    users: String,
    groups: String,
    /// The programs that are missing.
    missing: Vec<&'static str>,
}

impl Ranges {
    fn of_this_machine() -> Ranges {
        let read = |path: &str| std::fs::read_to_string(path).unwrap_or_default();
        let there = |program: &str| {
            ["/usr/bin", "/usr/local/bin", "/bin"]
                .iter()
                .any(|folder| std::path::Path::new(folder).join(program).exists())
        };
        let me = user::me();
        Ranges {
            user: user::name_of(me.uid),
            uid: me.uid,
            users: read("/etc/subuid"),
            groups: read("/etc/subgid"),
            missing: MAPPERS.into_iter().filter(|program| !there(program)).collect(),
        }
    }
}

fn ranges(found: &Ranges) -> Check {
    const NAME: &str = "user ranges";
    let uid = found.uid.to_string();
    let of = |text: &str| -> u64 {
        let own = text.lines().filter_map(|line| {
            let mut fields = line.split(':');
            let is_own = fields.next().is_some_and(|name| name == found.user || name == uid);
            fields.nth(1)?.trim().parse::<u64>().ok().filter(|_| is_own)
        });
        own.sum()
    };
    let (users, groups) = (of(&found.users), of(&found.groups));
    let finding = words::ranges(users, groups, &found.missing);
    if !found.missing.is_empty() {
        wrong(NAME, finding, words::INSTALL_MAPPERS)
    } else if users < RANGE || groups < RANGE {
        wrong(NAME, finding, words::add_ranges(&found.user, free_range([&found.users, &found.groups]), RANGE))
    } else {
        fine(NAME, finding)
    }
}

/// The first number that nobody has in either file, from that on with which systems begin.
fn free_range(files: [&String; 2]) -> u64 {
    let ends = files.into_iter().flat_map(|text| text.lines()).filter_map(|line| {
        let mut numbers = line.split(':').skip(1).map(|number| number.trim().parse::<u64>());
        Some(numbers.next()?.ok()? + numbers.next()?.ok()?)
    });
    ends.max().unwrap_or_default().max(100_000)
}

fn groups(report: &Report, keeps: Keeps) -> Check {
    const NAME: &str = "control groups";
    let finding = words::groups(&report.groups_version, &report.groups_driver);
    match keeps.lacks {
        None => fine(NAME, finding),
        Some(lack) => remark(NAME, format!("{finding}; {}", limits::reason(lack)), limits::remedy(lack)),
    }
}

/// The proxies of the engine, and those of builds, servers and kernels.
fn proxies(engine: &Engine, report: &Report) -> Check {
    let around = engine.around();
    let of_containers = proxies::of(around, &engine.facts().endpoint);
    let of_containers: BTreeSet<String> = of_containers
        .into_iter()
        .filter(|(name, _)| !name.eq_ignore_ascii_case("NO_PROXY"))
        .map(|(_, url)| url)
        .collect();
    judge_proxies(&Proxies {
        engine: report.proxies.clone(),
        left_out: proxies::left_out(around),
        containers: of_containers.into_iter().collect(),
        in_machine: engine.facts().in_machine,
    })
}

#[derive(Clone, Debug, Default)]
struct Proxies {
    /// Those of the engine.
    engine: Vec<String>,
    /// Those of builds, servers and kernels.
    containers: Vec<String>,
    /// Those of the person that containers cannot reach.
    left_out: Vec<String>,
    in_machine: bool,
}

fn judge_proxies(found: &Proxies) -> Check {
    const NAME: &str = "proxies";
    let hosts = |urls: &[String]| urls.iter().map(|url| proxies::place(url)).collect::<BTreeSet<_>>();
    let (engine, containers) = (hosts(&found.engine), hosts(&found.containers));
    let finding = words::proxies(&engine, &containers);
    let unreachable: Vec<_> = found.containers.iter().filter(|url| proxies::is_loopback(url)).cloned().collect();
    let unreachable = hosts(&unreachable);
    if !unreachable.is_empty() {
        return wrong(NAME, words::loopback(&unreachable), words::PROXY_FOR_CONTAINERS);
    }
    let left_out = hosts(&found.left_out);
    if !left_out.is_empty() && containers.is_empty() {
        return remark(NAME, words::left_out(&left_out), words::PROXY_FOR_CONTAINERS);
    }
    // A virtual machine takes the proxies of the system around it, and does not always say so.
    if engine.is_empty() && !containers.is_empty() && !found.in_machine {
        return remark(NAME, finding, words::PROXY_FOR_ENGINE);
    }
    fine(NAME, finding)
}

fn clock(ahead_ms: i64, in_machine: bool) -> Check {
    const NAME: &str = "clock";
    let finding = words::clock(ahead_ms);
    if ahead_ms.abs() <= APART_MS { fine(NAME, finding) } else { wrong(NAME, finding, words::set_clock(in_machine)) }
}

#[cfg(unix)]
mod platform {
    use std::os::unix::fs::MetadataExt;
    use std::path::Path;

    use super::Socket;
    use crate::platform::user::{self, Identity};

    pub fn socket(path: &Path) -> Option<Socket> {
        let found = std::fs::metadata(path).ok()?;
        let me = user::me();
        Some(Socket {
            mode: found.mode() & 0o777,
            owner: Identity { uid: found.uid(), gid: found.gid() },
            gateway: user::of_gateway(me, false),
            me,
            groups: user::groups_of_process(),
        })
    }
}

#[cfg(not(unix))]
mod platform {
    use std::path::Path;

    use super::Socket;

    /// Its engines run in a virtual machine.
    pub fn socket(_path: &Path) -> Option<Socket> {
        None
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::engine::Lack;

    fn is_ok(check: &Check) -> (bool, bool) {
        (check.ok, check.remedy.is_some())
    }

    #[test]
    fn a_socket_admits_the_gateway_by_its_group_or_its_owner() {
        let (root, ada) = (Identity { uid: 0, gid: 998 }, Identity { uid: 4_000_001, gid: 100 });
        let of = |mode, owner, rootless| {
            let found = Socket { mode, owner, gateway: ada, me: ada, groups: vec![998] };
            socket("/run/docker.sock".as_ref(), &found, rootless)
        };
        for (mode, owner, rootless, wanted) in [
            (0o660, root, false, true),
            (0o600, root, false, false),
            (0o606, root, false, false),
            (0o600, ada, false, true),
            (0o600, ada, true, true),
        ] {
            assert_eq!(of(mode, owner, rootless).ok, wanted, "{mode:o} of {owner:?}, rootless: {rootless}");
        }
        let refused = of(0o600, root, false);
        assert!(refused.finding.contains("600") && refused.finding.contains("4000001"), "{refused:?}");
        assert!(refused.remedy.unwrap().contains("chmod 660"));
    }

    #[test]
    fn a_rootless_engine_needs_ranges_of_users_and_groups() {
        let found = |users: &str, groups: &str, missing: Vec<&'static str>| {
            let (user, uid) = ("ada".to_owned(), 1000);
            ranges(&Ranges { user, uid, users: users.to_owned(), groups: groups.to_owned(), missing })
        };
        let whole = "bob:100000:65536\nada:165536:65536\n";
        assert!(found(whole, whole, Vec::new()).ok);
        assert!(found("1000:1:30000\nada:165536:40000\n", whole, Vec::new()).ok, "by number, and in two parts");
        let none = found("bob:100000:65536\n", whole, Vec::new());
        let remedy = none.remedy.unwrap();
        assert!(!none.ok && remedy.contains("231072-296607") && remedy.contains("ada"), "{remedy}");
        let bare = found("", "", Vec::new()).remedy.unwrap();
        assert!(bare.contains("100000-165535"), "{bare}");
        let without = found(whole, whole, vec!["newuidmap"]);
        assert!(!without.ok && without.finding.contains("newuidmap") && without.remedy.unwrap().contains("uidmap"));
        assert!(!found("broken\nada:x:y\n", "ada", Vec::new()).ok);
    }

    #[test]
    fn control_groups_without_limits_are_a_remark_with_their_command() {
        let report = Report { groups_version: "1".to_owned(), groups_driver: "none".to_owned(), ..Report::default() };
        assert_eq!(is_ok(&groups(&report, Keeps::ALL)), (true, false));
        let lacks = Keeps { memory: false, lacks: Some(Lack::Version2), ..Keeps::ALL };
        let check = groups(&report, lacks);
        assert_eq!(is_ok(&check), (true, true));
        assert!(check.finding.starts_with("version 1, driver none; "), "{}", check.finding);
    }

    #[test]
    fn a_proxy_is_told_without_its_password_and_judged_by_who_reaches_it() {
        let urls = |urls: &[&str]| urls.iter().map(|url| (*url).to_owned()).collect::<Vec<_>>();
        let judged = |engine: &[&str], containers: &[&str], left_out: &[&str]| {
            judge_proxies(&Proxies {
                engine: urls(engine),
                containers: urls(containers),
                left_out: urls(left_out),
                in_machine: false,
            })
        };
        assert_eq!(is_ok(&judged(&[], &[], &[])), (true, false));
        assert_eq!(is_ok(&judged(&["http://p:1"], &["http://p:1"], &[])), (true, false));
        assert_eq!(is_ok(&judged(&[], &["http://p:1"], &[])), (true, true));
        assert_eq!(is_ok(&judged(&[], &[], &["http://127.0.0.1:3128"])), (true, true));
        assert_eq!(is_ok(&judged(&["http://p:1"], &["http://localhost:3128"], &[])), (false, true));
        let told = judged(&["http://ada:pw@p:1"], &["http://ada:pw@p:1"], &[]).finding;
        assert!(told.contains("p:1") && !told.contains("pw"), "{told}");
    }

    #[test]
    fn clocks_may_differ_by_a_few_seconds() {
        assert!(clock(0, false).ok && clock(-4_900, true).ok);
        let slept = clock(-3_600_000, true);
        assert!(!slept.ok && slept.finding.contains("3600 s behind"), "{slept:?}");
        assert!(slept.remedy.unwrap().contains("virtual machine"));
    }
}
