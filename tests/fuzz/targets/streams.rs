//! Streams of pulls and builds give sensible progress.
#![no_main]

use arbitrary::{Result, Unstructured};
use libfuzzer_sys::fuzz_target;
use orchest_core::engine::StreamLine;
use orchest_core::images::progress::{Build, Pull, plain};

const TEXTS: [&str; 9] = [
    "Downloading",
    "Extracting",
    "Pull complete",
    "Already exists",
    "Download complete",
    "Verifying Checksum",
    "Step 1/9 : RUN x\n",
    "Step 99999999999999999999/0 : y",
    "\u{1b}[31mred",
];

fn line(u: &mut Unstructured) -> Result<StreamLine> {
    let text = if u.ratio(4, 5)? { (*u.choose(&TEXTS)?).to_owned() } else { u.arbitrary()? };
    let layer = if u.arbitrary()? { Some((*u.choose(&["a", "b", "c"])?).to_owned()) } else { None };
    Ok(StreamLine { layer, text, current: u.arbitrary()?, total: u.arbitrary()? })
}

fuzz_target!(|bytes: &[u8]| {
    let mut u = Unstructured::new(bytes);
    let (mut pull, mut build, mut now) = (Pull::default(), Build::default(), 0u64);
    while !u.is_empty() {
        let (Ok(line), Ok(passed)) = (line(&mut u), u.arbitrary::<u16>()) else { break };
        // The clock may go back.
        now = if passed % 7 == 0 { now.saturating_sub(passed.into()) } else { now + u64::from(passed) };
        pull.fold(&line, now);
        build.fold(&line);
        assert!(!plain(&line.text).contains('\u{1b}'));
        for progress in [pull.progress(), build.progress()].into_iter().flatten() {
            assert!(progress.total.is_none_or(|total| progress.done <= total), "{progress:?}");
            assert!(progress.rate.is_none_or(|rate| rate.is_finite() && rate >= 0.0), "{progress:?}");
        }
    }
    assert!(build.shown().len() <= 8);
    let _ = (pull.status(), build.status(), build.tail());
});
