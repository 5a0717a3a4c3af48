//! The differences that are meant, each with its reason. One that is no more fails its check: the list stays true.

use std::collections::BTreeSet;

/// A difference that is meant.
#[derive(Debug)]
pub struct Known {
    /// The check, without its protocol.
    check: &'static str,
    /// Where in what it sees: a JSON pointer, or the start of one.
    pub at: &'static str,
    pub reason: &'static str,
}

const KNOWN: &[Known] = &[];

/// Those of one check.
pub fn of(name: &str) -> Vec<&'static Known> {
    KNOWN.iter().filter(|known| is_of(known, name)).collect()
}

fn is_of(known: &Known, name: &str) -> bool {
    name == known.check || name.strip_prefix(known.check).is_some_and(|rest| rest == "::legacy" || rest == "::v1")
}

/// Each is of a check that is there.
pub fn assert_of(names: &BTreeSet<String>) {
    for known in KNOWN {
        assert!(names.iter().any(|name| is_of(known, name)), "no check is named {:?}", known.check);
    }
}
