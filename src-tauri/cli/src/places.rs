//! `orchest places`: where launches can run other than on this machine alone.

use std::path::PathBuf;

use orchest_core::contract::place::{PlaceState, PlaceView};
use orchest_core::contract::snapshot::PipelineView;
use orchest_core::settings::place::{GatewayPlace, KeptSecret, SharedFolder, THIS_MACHINE};
use orchest_core::{App, AppDirs, Failure, machine};

use serde_json::json;

use crate::args::{AddPlace, Places};
use crate::output::{self, CliError, Outcome};
use crate::words::places as words;
use crate::{list, machines, variables};

pub async fn run(dirs: &AppDirs, app: &App, action: Option<Places>, json: bool) -> Outcome {
    let machine = |name: &str| machine::all(dirs).into_iter().find(|machine| machine.name == name);
    match action {
        None => print(dirs, app, json).await,
        Some(Places::List { json }) => print(dirs, app, json).await,
        Some(Places::Add(options)) => match options.engine.clone() {
            Some(engine) => machines::add(dirs, &options.name, &engine).await,
            None => add(app, *options).await,
        },
        Some(Places::Test { name, json, .. }) if machine(&name).is_some() => {
            machines::test(machine::named(dirs, &name).map_err(Failure::from)?, json).await
        }
        Some(Places::Use { name, .. }) if machine(&name).is_some() => {
            Err(output::failure(words::not_of_folders(&name), words::launch_there(&name)).into())
        }
        Some(Places::Remove { name }) if machine(&name).is_some() => {
            machines::remove(machine::named(dirs, &name).map_err(Failure::from)?).await
        }
        Some(Places::Test { name, kernel, json }) => list::checks(&app.test_place(&name, kernel).await?, json),
        Some(Places::Use { name, dir }) => pick(app, name, dir).await,
        Some(Places::Remove { name }) => {
            let snapshot = app.settled().await;
            let is_at = |pipeline: &&PipelineView| pipeline.place.as_ref().is_some_and(|place| place.name == name);
            let here: Vec<_> = snapshot.pipelines.iter().filter(is_at).map(|pipeline| pipeline.name.clone()).collect();
            app.remove_place(&name).await?;
            output::say(&words::removed(&name, &here));
            Ok(())
        }
    }
}

async fn print(dirs: &AppDirs, app: &App, json: bool) -> Outcome {
    app.settled().await;
    let ((), machines) = tokio::join!(app.ask_places(), machines::seen(dirs));
    let snapshot = app.snapshots().borrow().clone();
    list::notices(&snapshot);
    if json {
        let all: Vec<_> =
            snapshot.places.iter().map(|place| json!(place)).chain(machines.iter().map(|seen| seen.json())).collect();
        return output::print_json(&all);
    }
    if snapshot.places.is_empty() && machines.is_empty() {
        output::note(words::NONE);
        return Ok(());
    }
    let row = |place: &PlaceView| {
        let state = match &place.state {
            PlaceState::Ready { version, .. } => version.clone(),
            PlaceState::Unknown | PlaceState::Asking | PlaceState::Failed { .. } => words::NO_ANSWER.to_owned(),
        };
        vec![place.name.clone(), place.address.clone(), state, kernelspecs(place), place.shared.join(", ")]
    };
    let rows = snapshot.places.iter().map(row).chain(machines.iter().map(machines::Seen::row));
    output::print(&output::table(&words::HEAD, &rows.collect::<Vec<_>>()))?;
    for failure in machines.iter().filter_map(machines::Seen::failure) {
        output::note(&crate::words::remark(&failure.message, &failure.hint));
    }
    for place in &snapshot.places {
        if let PlaceState::Failed { failure } = &place.state {
            output::note(&crate::words::remark(&failure.message, &failure.hint));
        }
    }
    Ok(())
}

fn kernelspecs(place: &PlaceView) -> String {
    match &place.state {
        PlaceState::Ready { kernelspecs, .. } => {
            kernelspecs.iter().map(|spec| spec.name.as_str()).collect::<Vec<_>>().join(", ")
        }
        _ => String::new(),
    }
}

async fn add(app: &App, options: AddPlace) -> Outcome {
    let AddPlace {
        name,
        gateway,
        engine: _,
        token_stdin,
        token_file,
        scheme,
        header,
        ca,
        certificate,
        key,
        user,
        shared,
    } = options;
    let token = if token_stdin { Some(variables::secret_from_stdin()?) } else { None };
    let place = GatewayPlace {
        gateway: gateway.unwrap_or_default(),
        token: token_file.map(whole).transpose()?.map(KeptSecret::File),
        scheme,
        header,
        ca: ca.map(whole).transpose()?,
        certificate: certificate.map(whole).transpose()?,
        key: key.map(whole).transpose()?,
        user,
        shared: shared.iter().map(|text| SharedFolder::of(text)).collect(),
        ..GatewayPlace::default()
    };
    app.settled().await;
    app.add_place(&name, place.into(), token).await?;
    output::say(&words::added(&name));
    // It is there: a gateway that does not answer now may answer later.
    if let Err(failure) = app.ask_place(&name).await {
        output::note(&crate::words::remark(&failure.message, &failure.hint));
    }
    Ok(())
}

async fn pick(app: &App, name: String, dir: Option<PathBuf>) -> Outcome {
    app.settled().await;
    let dir = dir.unwrap_or_else(|| PathBuf::from("."));
    let id = app.add_pipeline(dir).await?;
    app.pick_place(&id, Some(name.clone())).await?;
    let snapshot = app.snapshots().borrow().clone();
    let pipeline = snapshot.pipeline(&id);
    let folder = pipeline.map(|pipeline| pipeline.name.clone()).unwrap_or_default();
    output::say(&words::picked(&folder, (name != THIS_MACHINE).then_some(name.as_str())));
    if pipeline.and_then(|pipeline| pipeline.place.as_ref()).is_some_and(|place| place.path.is_none()) {
        output::note(words::UNSEEN);
    }
    Ok(())
}

/// The settings are read from any folder.
fn whole(path: PathBuf) -> Result<PathBuf, CliError> {
    std::path::absolute(&path).map_err(|error| CliError::plain(&words::no_path(&path.display().to_string(), &error)))
}
