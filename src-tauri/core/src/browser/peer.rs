//! The owner of the process at the other end of a connection over loopback.
//!
//! All users of a machine can read a command line, so an address in it is no secret among them: the visitor's user is
//! checked, too.

use std::net::SocketAddr;

/// The owner of a process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Peer {
    /// The user of this process.
    Own,
    /// Another user.
    Other {
        /// The user's number.
        uid: u32,
    },
    /// The process was not found: it has hung up, or is invisible to this one.
    Unknown,
}

impl Peer {
    /// The number of the other user, if known.
    pub fn other(self) -> Option<u32> {
        match self {
            Peer::Other { uid } => Some(uid),
            Peer::Own | Peer::Unknown => None,
        }
    }
}

/// The owner of the end `theirs` of a connection. The end `ours` is this process's.
pub async fn of(theirs: SocketAddr, ours: SocketAddr) -> Peer {
    // A list that changes while it is read may lack a line.
    for _ in 0..3 {
        match platform::owner(theirs, ours).await {
            Peer::Unknown => {}
            known => return known,
        }
    }
    Peer::Unknown
}

#[cfg(target_os = "linux")]
mod platform {
    use std::net::{IpAddr, SocketAddr};

    use super::Peer;

    /// The format of proc_net_tcp in the kernel's documentation: one line per socket, with its user.
    pub async fn owner(theirs: SocketAddr, ours: SocketAddr) -> Peer {
        let me = rustix::process::geteuid().as_raw();
        // A program may speak IPv4 by a socket of IPv6.
        for table in ["/proc/net/tcp", "/proc/net/tcp6"] {
            let Ok(table) = tokio::fs::read_to_string(table).await else { continue };
            match uid_in(&table, theirs, ours) {
                Some(uid) if uid == me => return Peer::Own,
                Some(uid) => return Peer::Other { uid },
                None => {}
            }
        }
        Peer::Unknown
    }

    /// The user of the socket that connects these two. A closed socket no longer has a process: its line has 0 for the
    /// user and for the inode.
    fn uid_in(table: &str, theirs: SocketAddr, ours: SocketAddr) -> Option<u32> {
        let ends = [theirs, ours].map(|end| [written(end, false), written(end, true)]);
        table.lines().find_map(|line| {
            let fields: Vec<&str> = line.split_whitespace().collect();
            let [local, remote, uid, inode] = [1, 2, 7, 9].map(|field| fields.get(field).copied().unwrap_or_default());
            let connects = (0..2).any(|form| local == ends[0][form] && remote == ends[1][form]);
            (connects && inode != "0").then(|| uid.parse().ok())?
        })
    }

    /// An address as in the table: every four bytes as a hexadecimal number in this machine's byte order.
    fn written(end: SocketAddr, mapped: bool) -> String {
        let octets = match end.ip() {
            IpAddr::V4(ip) if mapped => ip.to_ipv6_mapped().octets().to_vec(),
            IpAddr::V4(ip) => ip.octets().to_vec(),
            IpAddr::V6(ip) => ip.octets().to_vec(),
        };
        let words = octets.chunks(4).map(|four| {
            let four: [u8; 4] = four.try_into().unwrap_or_default();
            format!("{:08X}", u32::from_ne_bytes(four))
        });
        format!("{}:{:04X}", words.collect::<String>(), end.port())
    }

    #[cfg(test)]
    #[allow(clippy::unwrap_used)]
    mod tests {
        use super::*;

        #[test]
        #[cfg(target_endian = "little")]
        fn a_line_is_found_by_both_of_its_ends() {
            let table = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n\
               0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 11 1 0 100 0 0 10 0\n\
               1: 0100007F:C350 0100007F:1F90 01 00000000:00000000 00:00000000 00000000  1000        0 12 1 0 20 4 30 10 -1\n\
               2: 0100007F:1F90 0100007F:C350 01 00000000:00000000 00:00000000 00000000     7        0 13 1 0 20 4 30 10 -1\n\
               3: 0100007F:C351 0100007F:1F90 05 00000000:00000000 00:00000000 00000000     0        0 0 1 0 20 4 30 10 -1\n";
            let six = "   0: 0000000000000000FFFF00000100007F:C352 0000000000000000FFFF00000100007F:1F90 01 \
                       00000000:00000000 00:00000000 00000000  1001        0 14 1 0 20 4 30 10 -1\n";
            let [ours, theirs, closed, of_six] =
                [8080, 50000, 50001, 50002].map(|port| SocketAddr::from(([127, 0, 0, 1], port)));
            assert_eq!(uid_in(table, theirs, ours), Some(1000));
            assert_eq!(uid_in(table, ours, theirs), Some(7));
            assert_eq!(uid_in(table, closed, ours), None, "nobody has it");
            assert_eq!(uid_in(table, of_six, ours), None);
            assert_eq!(uid_in(six, of_six, ours), Some(1001));
            assert_eq!(uid_in("nonsense\n\n", theirs, ours), None);
        }
    }
}

#[cfg(any(target_os = "macos", test))]
#[cfg_attr(not(target_os = "macos"), allow(dead_code))]
mod lsof {
    use std::net::SocketAddr;

    /// Whether a list of lsof's, with its option `-Fn`, has a socket that connects these two.
    pub fn has(list: &str, theirs: SocketAddr, ours: SocketAddr) -> bool {
        let wanted = format!("n{theirs}->{ours}");
        list.lines().any(|line| line == wanted)
    }

    #[test]
    fn a_socket_is_found_by_both_of_its_ends() {
        let list = "p301\nf12\nn127.0.0.1:50000->127.0.0.1:8080\np302\nf9\nn127.0.0.1:8080->127.0.0.1:50001\n";
        let [ours, theirs, other] = [8080, 50000, 50001].map(|port| SocketAddr::from(([127, 0, 0, 1], port)));
        assert!(has(list, theirs, ours) && !has(list, other, ours) && !has("", theirs, ours));
    }
}

#[cfg(target_os = "macos")]
mod platform {
    use std::net::SocketAddr;
    use std::process::Stdio;

    use super::{Peer, lsof};

    /// lsof is part of the system. It only reports the sockets of one's own processes, which is enough.
    pub async fn owner(theirs: SocketAddr, ours: SocketAddr) -> Peer {
        let me = rustix::process::geteuid().as_raw().to_string();
        let socket = format!("-iTCP@{theirs}");
        let mut command = tokio::process::Command::new("/usr/sbin/lsof");
        command.args(["-nPwa", "-u", &me, &socket, "-Fn"]).stdin(Stdio::null()).stderr(Stdio::null());
        match command.output().await {
            Ok(output) if lsof::has(&String::from_utf8_lossy(&output.stdout), theirs, ours) => Peer::Own,
            Ok(_) => Peer::Unknown,
            Err(error) => {
                tracing::warn!(%error, "lsof could not be run");
                Peer::Unknown
            }
        }
    }
}

#[cfg(not(any(target_os = "linux", target_os = "macos")))]
mod platform {
    use std::net::SocketAddr;

    use super::Peer;

    /// Windows shows a command line only to its own user and to administrators, and those can read this process, too.
    pub async fn owner(_theirs: SocketAddr, _ours: SocketAddr) -> Peer {
        Peer::Own
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_process_of_this_user_is_known_by_sockets_of_either_kind() {
        let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let ours = listener.local_addr().unwrap();
        for to in [ours.to_string(), format!("[::ffff:127.0.0.1]:{}", ours.port())] {
            // A machine without IPv6 has no sockets of that kind.
            let Ok(stream) = tokio::net::TcpStream::connect(&to).await else { continue };
            let (accepted, theirs) = listener.accept().await.unwrap();
            assert_eq!(of(theirs, accepted.local_addr().unwrap()).await, Peer::Own, "{to}");
            drop(stream);
        }
        let nobody = SocketAddr::from(([127, 0, 0, 1], 1));
        if cfg!(any(target_os = "linux", target_os = "macos")) {
            assert_eq!(of(nobody, ours).await, Peer::Unknown);
        }
    }
}
