//! Settings are read, or set aside as a whole; a later change is read as it was written.
#![no_main]

use libfuzzer_sys::fuzz_target;
use orchest_core::settings::{self, Settings};

fuzz_target!(|text: &[u8]| {
    let home = tempfile::tempdir().unwrap();
    let file = home.path().join("settings.json");
    std::fs::write(&file, text).unwrap();
    let (_, _, aside) = settings::load(&file).unwrap();
    let kept = aside.map_or_else(|| file.clone(), |aside| aside.moved_to);
    assert_eq!(std::fs::read(kept).unwrap(), text);
    let change = |settings: &mut Settings| {
        settings.launch_timeout_s = Some(77);
        Ok(())
    };
    let (changed, _) = settings::update(&file, &Settings::default(), change).unwrap();
    let (again, _) = settings::read(&file, &Settings::default()).unwrap();
    assert_eq!(again, changed);
    assert_eq!(again.launch_timeout_s, Some(77));
});
