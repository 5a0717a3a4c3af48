//! `orchest places`: where launches can run other than on this machine alone.

use std::path::PathBuf;

use orchest_core::App;
use orchest_core::contract::place::{PlaceState, PlaceView};
use orchest_core::contract::snapshot::PipelineView;
use orchest_core::settings::place::{GatewayPlace, KeptSecret, SharedFolder, THIS_MACHINE};

use crate::args::{AddPlace, Places};
use crate::output::{self, CliError, Outcome};
use crate::words::places as words;
use crate::{list, variables};

pub async fn run(app: &App, action: Option<Places>, json: bool) -> Outcome {
    match action {
        None => print(app, json).await,
        Some(Places::List { json }) => print(app, json).await,
        Some(Places::Add(options)) => add(app, *options).await,
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

async fn print(app: &App, json: bool) -> Outcome {
    app.settled().await;
    app.ask_places().await;
    let snapshot = app.snapshots().borrow().clone();
    list::notices(&snapshot);
    if json {
        return output::print_json(&snapshot.places);
    }
    if snapshot.places.is_empty() {
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
    output::print(&output::table(&words::HEAD, &snapshot.places.iter().map(row).collect::<Vec<_>>()))?;
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
    let AddPlace { name, gateway, token_stdin, token_file, scheme, header, ca, certificate, key, user, shared } =
        options;
    let token = if token_stdin { Some(variables::secret_from_stdin()?) } else { None };
    let place = GatewayPlace {
        gateway,
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
