//! Goes through each step of a launch at a place, to its first kernel, and says what is missing. The calls block.

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use ureq::http::Method;

use crate::contract::check::{Check, fine, wrong};
use crate::place::connection::Connection;
use crate::place::gateway::{self, Way};
use crate::platform::keychain::Keychain;
use crate::settings::place::Place;
use crate::words::error::{Error, Result};
use crate::words::place as words;

/// How long a kernel has to become ready.
const READY_WITHIN: Duration = Duration::from_secs(90);
/// The pause between two questions.
const PAUSE: Duration = Duration::from_millis(300);

/// Tests a place. `kernelspec`: the kernelspec to start a kernel of, instead of the gateway's default. The first check that
/// fails is the last one.
pub fn of(name: &str, place: &Place, kernelspec: Option<&str>, keychain: &Keychain) -> Vec<Check> {
    let mut checks = Vec::new();
    let failed = |step: &'static str, error: Error| {
        let failure = error.failure();
        wrong(step, failure.message, failure.hint)
    };
    match place.check(name) {
        Ok(()) => checks.push(fine(words::ADDRESS, place.gateway.clone())),
        Err(error) => return vec![failed(words::ADDRESS, error)],
    }
    let connection = match Connection::of(name, place, keychain) {
        Ok(connection) => connection,
        Err(error) => return [checks, vec![failed(words::SECRETS, error)]].concat(),
    };
    checks.push(fine(words::SECRETS, secrets(&connection)));
    let found = match gateway::ask(&connection) {
        Ok(found) => found,
        Err(error) => return [checks, vec![failed(words::ANSWER, error)]].concat(),
    };
    checks.push(fine(words::ANSWER, words::version(found.version.as_deref(), found.api.as_deref())));
    let wanted = match kernelspec {
        Some(name) => found.kernelspec(name),
        None => found.usual(),
    };
    let Some(wanted) = wanted else {
        let error = words::not_offered(name, kernelspec.unwrap_or_default(), &found.names());
        return [checks, vec![failed(words::KERNELSPECS, error)]].concat();
    };
    checks.push(fine(words::KERNELSPECS, words::kernelspecs(&found.names())));
    checks.push(match kernel(&connection, &wanted.name) {
        Ok(took) => fine(words::KERNEL, words::kernel_started(&wanted.name, wanted.proxy.as_deref(), took)),
        Err(error) => failed(words::KERNEL, error),
    });
    checks
}

fn secrets(connection: &Connection) -> String {
    words::secrets(connection.token.is_some(), connection.certificate.is_some(), connection.ca.is_some())
}

/// Starts a kernel and shuts it down. Returns how long it took to be ready.
fn kernel(connection: &Connection, kernelspec: &str) -> Result<Duration> {
    let began = Instant::now();
    // The gateway answers when its kernel has started.
    let way = Way::with_patience(connection, READY_WITHIN)?;
    let env = connection.user.as_ref().map(|user| json!({ "KERNEL_USERNAME": user })).unwrap_or(json!({}));
    let wanted = json!({ "name": kernelspec, "env": env });
    let made = way.json(Method::POST, "/api/kernels", Some(&wanted))?;
    let Some(id) = made["id"].as_str() else { return Err(words::failed(&connection.name, "start a kernel", "no id")) };
    let path = format!("/api/kernels/{id}");
    let ready = until_ready(&way, connection, &path, kernelspec, began);
    let ended = way.send(Method::DELETE, &path, None);
    let took = ready?;
    ended.map(|_| took)
}

fn until_ready(way: &Way, connection: &Connection, path: &str, kernelspec: &str, began: Instant) -> Result<Duration> {
    loop {
        let (status, model) = way.send(Method::GET, path, None)?;
        if status == 404 {
            return Err(words::failed(&connection.name, "start a kernel", words::KERNEL_ENDED));
        }
        // A gateway reports `starting` until somebody connects to the kernel, which runs by then.
        if model["execution_state"] != Value::Null && model["execution_state"] != "dead" {
            return Ok(began.elapsed());
        }
        if began.elapsed() > READY_WITHIN {
            return Err(words::kernel_silent(&connection.name, kernelspec, READY_WITHIN.as_secs()));
        }
        std::thread::sleep(PAUSE);
    }
}
