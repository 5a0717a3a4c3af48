//! `orchest engine`: the engines that can be found, and which one is used.

use orchest_core::contract::engines::{EngineOption, Engines};
use orchest_core::contract::snapshot::{EngineState, LaunchState, Snapshot};
use orchest_core::{App, Error, Failure};

use crate::args::Engine;
use crate::output::{self, Outcome};
use crate::words::engine as words;

pub async fn run(app: &App, action: Option<Engine>, json: bool) -> Outcome {
    let snapshot = app.settled().await;
    match action {
        None => list(&app.engines().await, json),
        Some(Engine::Use { engine }) => pick(app, &snapshot, &engine).await,
        Some(Engine::Forget) => {
            app.forget_engine().await?;
            output::print(words::FORGOTTEN)
        }
    }
}

fn list(found: &Engines, json: bool) -> Outcome {
    if json {
        return output::print_json(found);
    }
    if found.options.is_empty() {
        output::note(words::NONE);
        return Ok(());
    }
    let row = |option: &EngineOption| {
        let mark = if option.used { words::USED } else { "" };
        let name =
            [option.name.as_deref(), option.version.as_deref()].into_iter().flatten().collect::<Vec<_>>().join(" ");
        let name = if name.is_empty() { words::NO_ANSWER.to_owned() } else { name };
        vec![mark.to_owned(), name, option.endpoint.clone(), option.named_by.join(", ")]
    };
    output::print(&output::table(&words::HEAD, &found.options.iter().map(row).collect::<Vec<_>>()))?;
    for option in &found.options {
        let Some(failure) = &option.failure else { continue };
        let place = if option.endpoint.is_empty() { option.named_by.join(", ") } else { option.endpoint.clone() };
        output::note(&words::reason(&place, &failure.message, &failure.hint));
    }
    if let (Some(variable), true) = (&found.said_by, found.options.iter().any(|option| option.chosen)) {
        output::note(&words::said(variable));
    }
    Ok(())
}

async fn pick(app: &App, snapshot: &Snapshot, wanted: &str) -> Outcome {
    let found = app.engines().await;
    let endpoint = meant(&found.options, wanted).map_err(Failure::from)?;
    app.use_engine(&endpoint).await?;
    let option = app.engines().await.options.into_iter().find(|option| option.chosen);
    if let Some(EngineOption { name: Some(name), version, endpoint, .. }) = option {
        output::print(&words::used(&name, &version.unwrap_or_default(), &endpoint))?;
    }
    if let Some(variable) = &found.said_by {
        output::note(&words::said(variable));
    }
    if let EngineState::Ready { name, endpoint: left, .. } = &snapshot.engine {
        let runs = |state: LaunchState| !matches!(state, LaunchState::Failed);
        let launches = snapshot.pipelines.iter().filter_map(|pipeline| pipeline.launch.as_ref());
        let count = launches.filter(|launch| launch.owner.is_none() && runs(launch.state)).count();
        if count > 0 && *left != endpoint && found.said_by.is_none() {
            output::note(&words::stay(count, name));
        }
    }
    Ok(())
}

/// The address of the engine that a person names: by its address, the name of what names it, or its own name if only one
/// has it.
fn meant(options: &[EngineOption], wanted: &str) -> Result<String, Error> {
    let socket = format!("unix://{wanted}");
    let address = |option: &&EngineOption| option.endpoint == wanted || option.endpoint == socket;
    let is_name = |name: &str| {
        name == wanted || words::BEFORE_NAMES.iter().any(|before| name.strip_prefix(before) == Some(wanted))
    };
    let named =
        |option: &&EngineOption| !option.endpoint.is_empty() && option.named_by.iter().any(|name| is_name(name));
    if let Some(option) = options.iter().find(address).or_else(|| options.iter().find(named)) {
        return Ok(option.endpoint.clone());
    }
    let wanted_lower = wanted.to_lowercase();
    let own = |option: &&EngineOption| {
        let name = option.name.as_deref().unwrap_or_default().to_lowercase();
        name == wanted_lower || name.split(' ').next() == Some(wanted_lower.as_str())
    };
    let own: Vec<_> = options.iter().filter(own).collect();
    match own.as_slice() {
        [only] => Ok(only.endpoint.clone()),
        [] if wanted.contains("://") => Ok(wanted.to_owned()),
        [] if wanted.starts_with('/') => Ok(socket),
        several => {
            let shown = if several.is_empty() { options.iter().collect() } else { several.to_vec() };
            let known = shown.iter().map(|option| option.endpoint.clone()).filter(|endpoint| !endpoint.is_empty());
            let (name, known) = (wanted.to_owned(), known.collect());
            Err(if several.is_empty() {
                Error::NoSuchEngine { name, known }
            } else {
                Error::SeveralEngines { name, known }
            })
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn option(endpoint: &str, name: Option<&str>, named_by: &[&str]) -> EngineOption {
        EngineOption {
            endpoint: endpoint.to_owned(),
            name: name.map(str::to_owned),
            named_by: named_by.iter().map(|name| (*name).to_owned()).collect(),
            ..EngineOption::default()
        }
    }

    #[test]
    fn an_engine_is_named_by_its_address_by_what_names_it_or_by_its_own_name() {
        let options = [
            option("unix:///var/run/docker.sock", Some("Docker Engine"), &["well-known socket"]),
            option("unix:///c.sock", Some("Docker Engine"), &["context colima"]),
            option("unix:///p.sock", Some("Podman"), &["Podman connection own", "well-known socket"]),
            option("", None, &["context broken"]),
        ];
        for (wanted, endpoint) in [
            ("unix:///c.sock", "unix:///c.sock"),
            ("/c.sock", "unix:///c.sock"),
            ("context colima", "unix:///c.sock"),
            ("colima", "unix:///c.sock"),
            ("own", "unix:///p.sock"),
            ("podman", "unix:///p.sock"),
            ("Podman", "unix:///p.sock"),
            ("unix:///other.sock", "unix:///other.sock"),
            ("/other.sock", "unix:///other.sock"),
            ("tcp://127.0.0.1:2375", "tcp://127.0.0.1:2375"),
        ] {
            assert_eq!(meant(&options, wanted).unwrap(), endpoint, "{wanted}");
        }
        let several = meant(&options, "docker").unwrap_err().failure();
        assert!(several.hint.contains("unix:///c.sock") && !several.hint.contains("p.sock"), "{several:?}");
        let none = meant(&options, "rancher").unwrap_err().failure();
        assert!(none.hint.contains("unix:///p.sock"), "{none:?}");
        assert!(meant(&options, "broken").is_err(), "it has no address");
        assert!(meant(&options, "socket").is_err(), "that is no name");
    }
}
