//! The conformance suite for kernels, `jupyter_kernel_test`, through the gateway.

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

use libtest_mimic::{Failed, Trial};
use orchest_tests::engine::docker;
use serde_json::Value;
use tokio::runtime::Runtime;

use crate::sides::Pair;

/// The suite's tests that fit both kernels.
const OF_BOTH: &[&str] = &[
    "test_kernel_info",
    "test_execute_stdout",
    "test_execute_stderr",
    "test_completion",
    "test_is_complete",
    "test_error",
    "test_display_data",
    "test_inspect",
    "test_clear_output",
    "test_pager",
];
/// R's kernel keeps no history, and shows values in another form.
const OF_PYTHON: &[&str] = &["test_history", "test_execute_result"];

/// The errors of each test of a language; none for a skipped test.
type ObservedLaunch = BTreeMap<String, Option<String>>;

static PYTHON: OnceLock<ObservedLaunch> = OnceLock::new();
static R: OnceLock<ObservedLaunch> = OnceLock::new();

/// Each test of the suite, for each language.
pub fn trials(runtime: &Arc<Runtime>) -> Vec<Trial> {
    let python = OF_BOTH.iter().chain(OF_PYTHON).map(|test| trial("python", test, runtime));
    let r = OF_BOTH.iter().map(|test| trial("r", test, runtime));
    python.chain(r).collect()
}

fn trial(language: &'static str, test: &'static str, runtime: &Arc<Runtime>) -> Trial {
    let runtime = Arc::clone(runtime);
    Trial::test(format!("kernel_test::{language}::{test}"), move || {
        let pair = crate::pair(&runtime);
        let found = if language == "r" { &R } else { &PYTHON };
        let found = found.get_or_init(|| run(pair, language));
        match found.get(test) {
            Some(Some(wrong)) if wrong.is_empty() => Ok(()),
            Some(Some(wrong)) => Err(Failed::from(wrong)),
            Some(None) => Err("it was skipped".into()),
            None => Err(format!("it was not run; those that were: {:?}", found.keys()).into()),
        }
    })
}

/// Runs all tests with one kernel of a launch, from a container of their own with the plain server's image.
fn run(pair: &Pair, language: &str) -> ObservedLaunch {
    let image = format!("{}-kernel-test-{language}", pair.plain_image());
    let plain = format!("PLAIN={}", pair.plain_image());
    let sources = concat!(env!("CARGO_MANIFEST_DIR"), "/fidelity/kernel_test");
    docker(&["build", "-q", "--build-arg", &plain, "-t", &image, sources]);
    let server = format!("SERVER={}", pair.launch.base);
    let token = format!("TOKEN={}", pair.launch.token);
    let (spec, language) = (format!("KERNELSPEC={language}_docker"), format!("LANGUAGE={language}"));
    // Published ports are on this machine's loopback address only.
    let run = ["run", "--rm", "--network", "host", "-e", &server, "-e", &token, "-e", &spec, "-e", &language, &image];
    let told = docker(&run);
    docker(&["rmi", &image]);
    told.iter()
        .filter_map(|line| serde_json::from_str::<Value>(line).ok())
        .map(|told| {
            let wrong = told["skipped"].is_null().then(|| told["wrong"].as_str().unwrap_or_default().to_owned());
            (told["test"].as_str().unwrap_or_default().to_owned(), wrong)
        })
        .collect()
}
