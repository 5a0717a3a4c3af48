//! Which program of a person carries a port of a container there: the one that holds the lock of its file. Other programs
//! read the port in the file, and ask nobody at the port itself, who may be anybody.

use std::fs::{self, File, TryLockError};
use std::io::{Read, Seek, Write};
use std::path::Path;

use crate::platform::others;

/// A file whose lock this program holds. Dropped, another program may take it.
#[derive(Debug)]
pub(super) struct Held(File);

/// Who carries a port.
#[derive(Debug)]
pub(super) enum Claim {
    /// This program, from now on.
    Ours(Held),
    /// Another program, at this port; none if it is about to.
    Another(Option<u16>),
}

/// Claims a container's port. `folder`: where the person's programs have their files.
pub(super) fn claim(folder: &Path, container: &str) -> std::io::Result<Claim> {
    others::closed_folder(folder)?;
    let mut file = fs::OpenOptions::new()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .open(folder.join(format!("{container}.port")))?;
    match file.try_lock() {
        Ok(()) => {
            file.set_len(0)?;
            Ok(Claim::Ours(Held(file)))
        }
        Err(TryLockError::WouldBlock) => {
            let mut port = String::new();
            file.read_to_string(&mut port)?;
            Ok(Claim::Another(port.trim().parse().ok()))
        }
        Err(TryLockError::Error(error)) => Err(error),
    }
}

impl Held {
    /// Says the port to other programs.
    pub(super) fn say(&mut self, port: u16) -> std::io::Result<()> {
        self.0.rewind()?;
        self.0.write_all(port.to_string().as_bytes())
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn one_program_carries_a_port_and_others_read_which_until_it_ends() {
        let folder = tempfile::tempdir().unwrap();
        let claim = || claim(&folder.path().join("ways"), "orchest-0123456789ab-server").unwrap();
        let Claim::Ours(mut held) = claim() else { panic!("nobody else has it") };
        assert!(matches!(claim(), Claim::Another(None)));
        held.say(24_023).unwrap();
        assert!(matches!(claim(), Claim::Another(Some(24_023))));
        drop(held);
        assert!(matches!(claim(), Claim::Ours(_)));
    }
}
