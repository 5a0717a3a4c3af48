//! A kernel.json is usable, or it is listed with its problem.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &[u8]| {
    let home = tempfile::tempdir().unwrap();
    let folder = home.path().join("any");
    std::fs::create_dir(&folder).unwrap();
    std::fs::write(folder.join("kernel.json"), text).unwrap();
    let (usable, problems) = orchest_core::kernelspec::read(home.path());
    assert_eq!(usable.len() + problems.len(), 1);
    assert!(problems.iter().all(|problem| !problem.message.is_empty() && !problem.hint.is_empty()));
});
