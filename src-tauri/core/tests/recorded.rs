//! Builds as engines reported them, in `tests/recorded`.
#![allow(clippy::unwrap_used, missing_docs)]

use orchest_core::engine::StreamLine;
use orchest_core::images::progress::Build;

#[test]
fn the_steps_of_a_build_are_read_from_each_engine() {
    let engines = std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/recorded")).unwrap();
    let engines: Vec<_> = engines.map(|entry| entry.unwrap().path()).filter(|path| path.is_dir()).collect();
    assert!(engines.len() >= 6, "{engines:?}");
    for engine in engines {
        let (mut build, mut statuses) = (Build::default(), Vec::new());
        for line in std::fs::read_to_string(engine.join("build.jsonl")).unwrap().lines() {
            let line: serde_json::Value = serde_json::from_str(line).unwrap();
            let text = line["stream"].as_str().unwrap_or_default().to_owned();
            build.fold(&StreamLine { text, ..StreamLine::default() });
            statuses.push(build.status());
        }
        for step in ["step 2 of 5: USER 0", "step 3 of 5: ENV RECORDED=1", "step 5 of 5: RUN ["] {
            assert!(statuses.iter().any(|status| status.starts_with(step)), "{engine:?}: {step}: {statuses:?}");
        }
        assert!(build.tail().iter().any(|line| line == "two"), "{engine:?}: {:?}", build.tail());
    }
}
