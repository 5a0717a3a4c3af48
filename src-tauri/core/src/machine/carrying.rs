//! Another process of the program that has open pages reach a launch on another machine, after this one has ended.

use std::path::Path;
use std::process::{Command, Stdio};

/// Starts it: `orchest --on MACHINE carry LAUNCH`. It ends with the launch. `program`: the terminal's program.
///
/// # Errors
/// It cannot be started.
pub fn carry_on(program: &Path, machine: &str, launch: &str) -> std::io::Result<()> {
    let mut carry = Command::new(program);
    carry.args(["--on", machine, "carry", launch]);
    carry.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    apart(&mut carry);
    carry.spawn().map(drop)
}

/// The end of this process and of its terminal does not end it.
#[cfg(unix)]
fn apart(program: &mut Command) {
    std::os::unix::process::CommandExt::process_group(program, 0);
}

#[cfg(windows)]
fn apart(program: &mut Command) {
    const DETACHED_PROCESS: u32 = 0x8;
    const CREATE_NEW_PROCESS_GROUP: u32 = 0x200;
    std::os::windows::process::CommandExt::creation_flags(program, DETACHED_PROCESS | CREATE_NEW_PROCESS_GROUP);
}
