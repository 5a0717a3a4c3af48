//! A pipeline file is drawn or refused, and names nothing outside its folder.
#![no_main]

use std::cell::RefCell;

use libfuzzer_sys::fuzz_target;
use orchest_core::folder::pipeline_file::{self, StepFile};

fuzz_target!(|text: &[u8]| {
    let asked = RefCell::new(Vec::new());
    let look = |path: &str| {
        asked.borrow_mut().push(path.to_owned());
        StepFile::Missing
    };
    match pipeline_file::parse(text, look) {
        Err(reason) => assert!(!reason.is_empty()),
        Ok(found) => {
            for step in &found.steps {
                assert!(step.after.iter().all(|uuid| found.steps.iter().any(|step| step.uuid == *uuid)));
                assert!(!step.in_cycle || !step.after.is_empty());
                assert!(step.position.is_none_or(|(x, y)| x.is_finite() && y.is_finite()));
            }
        }
    }
    for path in asked.into_inner() {
        assert!(!path.starts_with('/') && path.split('/').all(|part| part != ".." && part != "."), "{path}");
    }
});
