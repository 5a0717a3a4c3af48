//! The short soak. It runs alone, because launches of other tests would count. `make soak` is the long form.
#![allow(clippy::unwrap_used, missing_docs)]

#[test]
fn repeated_launches_leave_nothing_more_each_time() {
    let output = std::process::Command::new(env!("CARGO_BIN_EXE_soak")).arg("8").output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{said}{}", String::from_utf8_lossy(&output.stderr));
    assert!(said.contains("8 times launched and stopped"), "{said}");
}
