//! Questions that wait: for the engine, for scans, for tasks, for a file.

use std::path::Path;

use super::*;
use crate::contract::choices::{Change, OnClose};
use crate::contract::notice::Tone;
use crate::contract::snapshot::Brought;
use crate::engine::{By, Plan, Remedy};
use crate::settings::Edit;
use crate::state::closing::Closing;
use crate::state::event::{AfterEdit, Checked, Wake};
use crate::state::model::Import;
use crate::words::error::Error;

#[test]
fn the_engine_is_known_once_containers_images_and_launches_are() {
    let mut world = World::new();
    world.take(Event::EngineFound(facts()));
    let (reply, mut settled) = oneshot::channel();
    answered(world.take(Event::Settled { reply }));
    answered(world.lists(of_other(whole("a1"))));
    answered(world.take(Event::ImagesListed(Vec::new())));
    assert!(settled.try_recv().is_err(), "a launch is being asked");
    answered(world.take(Event::Probed { attempt: "a1".to_owned(), ready: true }));
    assert!(settled.try_recv().is_ok());

    let (reply, mut settled) = oneshot::channel();
    world.lists(of_other(whole("a2")));
    answered(world.take(Event::Settled { reply }));
    assert!(settled.try_recv().is_err());
    answered(world.take(Event::Woke(Wake::SettledTimedOut)));
    assert!(settled.try_recv().is_ok(), "a launch that does not answer is waited for no longer");
}

#[test]
fn at_the_start_every_folder_of_the_list_is_scanned_and_watched() {
    let mut world = World::new();
    let entry = |path: &str| FolderEntry { path: path.into(), ..FolderEntry::default() };
    let settings = Settings { folders: vec![entry("/a"), entry("/b")], ..Settings::default() };
    let mut effects = world.take(Event::SettingsOpened(Ok((settings, Vec::new(), None))));
    effects.extend(world.take(Event::KernelspecsRead { read: Box::new(kernelspecs()), then: None }));
    let scanned = effects.iter().filter(|effect| matches!(effect, Effect::Scan { .. })).count();
    let watched = effects.iter().any(
        |effect| matches!(effect, Effect::Watch { folders, .. } if ["/a", "/b"].iter().all(|path| folders.contains(&PathBuf::from(path)))),
    );
    assert!(scanned == 2 && watched);
}

#[test]
fn an_engine_that_is_away_is_known() {
    let mut world = World::new();
    world.take(Event::EngineMissing(failure("away"), None));
    let (reply, mut settled) = oneshot::channel();
    answered(world.take(Event::Settled { reply }));
    assert!(settled.try_recv().is_ok());
}

#[test]
fn the_engine_is_set_up_only_as_the_last_search_found_out_and_once_at_a_time() {
    let mut world = World::new();
    let plan = Plan { name: "Docker", steps: vec![vec!["/usr/bin/apt-get".into()]], joins: true, by: Some(By::Polkit) };
    let ask = |world: &mut World, join| {
        let (reply, mut answer) = oneshot::channel();
        let effects = world.take(Event::SetUpEngine { join, reply });
        let begun = effects.iter().filter(|effect| matches!(effect, Effect::SetUpEngine(_))).count();
        answered(effects);
        (begun, answer.try_recv().unwrap().is_ok())
    };
    world.take(Event::EngineMissing(failure("away"), None));
    assert_eq!(ask(&mut world, false), (0, false), "nothing is known to be installed");
    world.take(Event::EngineMissing(failure("away"), Some(Remedy::Install(plan.clone()))));
    assert_eq!(ask(&mut world, true), (0, false), "it is not about the group");
    assert_eq!(ask(&mut world, false), (1, true));
    assert_eq!(ask(&mut world, false), (0, true), "it is under way");

    for n in 0..30 {
        world.take(Event::EngineSetupSaid(format!("line {n}")));
    }
    // The service starts in the middle of it, and is not open to the person.
    world.take(Event::EngineMissing(failure("forbidden"), Some(Remedy::JoinGroup(plan.clone()))));
    world.take(Event::DismissEngineSetup);
    let shown = world.model.engine_setup.clone().unwrap();
    assert!(shown.lines.len() < 30 && shown.lines.last().unwrap() == "line 29" && shown.failure.is_none());

    world.take(Event::EngineSetupEnded(Err(failure("no network"))));
    assert_eq!(world.model.engine_setup.clone().unwrap().failure.unwrap().message, "no network");
    assert_eq!(ask(&mut world, true), (1, true), "another attempt");
    world.take(Event::EngineSetupEnded(Err(Error::Cancelled.failure())));
    assert_eq!(world.model.engine_setup, None, "what the person cancelled is no failure");
    let begun = world.take(Event::CancelEngineSetup);
    assert!(!begun.iter().any(|effect| matches!(effect, Effect::CancelEngineSetup)));
}

#[test]
fn scans_are_waited_for_and_a_slow_one_is_named() {
    let mut world = World::new();
    world.model.contents.clear();
    let (reply, mut scans) = oneshot::channel();
    answered(world.take(Event::Scans { reply }));
    assert!(scans.try_recv().is_err());
    answered(world.take(Event::Woke(Wake::ScansTimedOut)));
    assert_eq!(scans.try_recv().unwrap(), [PathBuf::from(FOLDER)]);
    let (reply, mut scans) = oneshot::channel();
    answered(world.take(Event::Scans { reply }));
    answered(world.take(Event::Scanned {
        path: FOLDER.into(),
        contents: Contents::default(),
        environment: Box::default(),
        then: None,
    }));
    assert!(scans.try_recv().unwrap().is_empty());
}

#[test]
fn a_quit_is_answered_once_each_task_has_ended() {
    let mut world = World::new();
    world.launch();
    let (reply, mut quit) = oneshot::channel();
    let effects = answered(world.take(Event::Quit { reply }));
    assert!(effects.iter().any(|effect| matches!(effect, Effect::Cancel { .. })));
    assert!(quit.try_recv().is_err());
    let cancelled = Err(Error::Cancelled.failure());
    answered(world.take(Event::LaunchEnded { id: id(), outcome: cancelled, left: None, listed: None }));
    assert!(quit.try_recv().is_ok());
}

#[test]
fn a_folder_that_is_added_is_answered_with_what_is_in_it() {
    let mut world = World::new();
    let (reply, mut answer) = ask();
    let path = PathBuf::from("/home/ada/bees");
    let effects = world.take(Event::Add { path: path.clone(), reveal: true, reply });
    let Some(Effect::CheckFolders { then, .. }) = effects.into_iter().next() else { panic!("it is checked") };
    let checked = vec![Checked { named: path.clone(), folder: Ok(path.clone()), notebook: None }];
    let effects = world.take(Event::FoldersChecked { checked, then });
    let Some(Effect::EditSettings { edit, then }) = effects.into_iter().next() else { panic!("it is written down") };
    assert_eq!(edit, Edit::Add(vec![path.clone()]));
    let mut settings = world.model.settings.clone();
    edit.apply(&mut settings).unwrap();
    let effects = answered(world.take(Event::SettingsEdited { outcome: Ok((settings, Vec::new())), then }));
    assert!(answer.try_recv().is_err(), "it is being read");
    let scan = effects.into_iter().find_map(|effect| match effect {
        Effect::Scan { then: Some(then), .. } => Some(then),
        _ => None,
    });
    answered(world.take(Event::Scanned {
        path: path.clone(),
        contents: Contents::default(),
        environment: Box::default(),
        then: scan,
    }));
    assert_eq!(answer.try_recv().unwrap().unwrap(), Brought { id: pipeline::id_of(&path), notebook: None });
    assert_eq!(world.model.reveal.as_ref().unwrap().id, pipeline::id_of(&path));
}

#[test]
fn a_notebook_brings_the_nearest_folder_of_the_list_or_else_its_own() {
    let brought = |listed: &[&str]| {
        let mut world = World::new();
        world.model.settings.folders =
            listed.iter().map(|path| FolderEntry { path: path.into(), ..FolderEntry::default() }).collect();
        let (reply, mut answer) = ask();
        let path = PathBuf::from("/home/ada/bees/deep/first.ipynb");
        let effects = world.take(Event::Add { path: path.clone(), reveal: true, reply });
        let Some(Effect::CheckFolders { then, .. }) = effects.into_iter().next() else { panic!("it is checked") };
        let folder = Ok(PathBuf::from("/home/ada/bees/deep"));
        let checked = vec![Checked { named: path.clone(), folder, notebook: Some(path) }];
        let effects = answered(world.take(Event::FoldersChecked { checked, then }));
        let edit = effects.into_iter().find_map(|effect| match effect {
            Effect::EditSettings { edit, .. } => Some(edit),
            _ => None,
        });
        (edit, answer.try_recv().ok().map(|brought| brought.unwrap()))
    };
    assert_eq!(brought(&[]), (Some(Edit::Add(vec!["/home/ada/bees/deep".into()])), None));
    assert_eq!(brought(&["/home/ada/bee"]).1, None, "a folder whose name only begins so");
    let known = |folder: &str, notebook: &str| {
        Some(Brought { id: pipeline::id_of(Path::new(folder)), notebook: Some(notebook.into()) })
    };
    assert_eq!(brought(&["/home/ada", "/home/ada/bees"]), (None, known("/home/ada/bees", "deep/first.ipynb")));
    assert_eq!(brought(&["/home/ada/bees/deep"]), (None, known("/home/ada/bees/deep", "first.ipynb")));
}

#[test]
fn of_dropped_folders_the_good_are_added_and_the_others_are_named() {
    let mut world = World::new();
    let effects = world.take(Event::Dropped(vec!["/a".into(), "/b".into(), "/c".into()]));
    let Some(Effect::CheckFolders { then, .. }) = effects.into_iter().next() else { panic!("they are checked") };
    let check = |name: &str, folder: Result<PathBuf, Failure>| Checked { named: name.into(), folder, notebook: None };
    let checked =
        vec![check("/a", Err(failure("no a"))), check("/b", Ok("/b".into())), check("/c", Err(failure("no c")))];
    let effects = world.take(Event::FoldersChecked { checked, then });
    let added = effects.iter().any(
        |effect| matches!(effect, Effect::EditSettings { edit: Edit::Add(folders), .. } if *folders == [PathBuf::from("/b")]),
    );
    assert!(added);
    let notice = world.model.notices.last().unwrap();
    assert!(notice.tone == Tone::Failure && notice.message.contains('a') && notice.message.contains('c'), "{notice:?}");
}

#[test]
fn a_written_kernelspec_is_answered_once_the_list_has_it() {
    let mut world = World::new();
    let (reply, mut answer) = ask();
    let effects = answered(world.take(Event::KernelspecsWritten { reply }));
    assert!(answer.try_recv().is_err());
    let Some(Effect::ReadKernelspecs { dir, install: false, then, .. }) = effects.into_iter().next() else {
        panic!("the kernelspecs are read")
    };
    let read = Box::new(KernelspecsRead { dir, usable: Vec::new(), ..kernelspecs() });
    answered(world.take(Event::KernelspecsRead { read, then }));
    assert!(answer.try_recv().is_ok() && world.model.kernelspecs.is_empty());
}

#[test]
fn another_kernels_directory_is_answered_with_its_kernelspecs() {
    let mut world = World::new();
    let (reply, mut answer) = ask();
    let change = Change::KernelsDir(Some("/elsewhere".into()));
    world.take(Event::Choose { change: change.clone(), reply: ask().0 });
    let mut settings = world.model.settings.clone();
    settings.choose(&change).unwrap();
    let outcome = Ok((settings, Vec::new()));
    let effects = answered(world.take(Event::SettingsEdited { outcome, then: AfterEdit::Reply(reply) }));
    assert!(answer.try_recv().is_err());
    let then = effects.into_iter().find_map(|effect| match effect {
        Effect::ReadKernelspecs { dir, install: true, then, .. } => Some((dir, then)),
        _ => None,
    });
    let (dir, then) = then.unwrap();
    assert_eq!(dir, PathBuf::from("/elsewhere"));
    let early = Box::new(KernelspecsRead { usable: Vec::new(), ..kernelspecs() });
    world.take(Event::KernelspecsRead { read: early, then: None });
    assert_eq!(world.model.kernelspecs.len(), 1, "what was read of the directory before counts nothing");
    let read = Box::new(KernelspecsRead { dir, usable: Vec::new(), ..kernelspecs() });
    answered(world.take(Event::KernelspecsRead { read, then }));
    assert!(answer.try_recv().is_ok());
    assert!(world.model.kernelspecs.is_empty());
}

#[test]
fn a_window_that_closes_asks_once_and_only_if_something_runs() {
    let close = |world: &mut World| {
        let (reply, mut answer) = oneshot::channel();
        answered(world.take(Event::Close { restart: false, reply }));
        answer.try_recv().unwrap()
    };
    let mut world = World::new();
    assert_eq!(close(&mut world), Closing::Now);
    world.lists(of_other(whole("a1")));
    assert_eq!(close(&mut world), Closing::Asked);
    assert_eq!(close(&mut world), Closing::Now, "nobody is kept from leaving");
    for (choice, wanted) in [(OnClose::Keep, Closing::Now), (OnClose::Stop, Closing::StopFirst)] {
        world.model.settings.on_close = Some(choice);
        assert_eq!(close(&mut world), wanted);
    }
}

#[test]
fn what_is_wrong_in_the_settings_file_is_shown_for_as_long_as_it_is() {
    use crate::settings::schema;
    let mut world = World::new();
    let wrong = || vec![schema::check("zoom", &serde_json::json!(99)).unwrap_err()];
    let settings = world.model.settings.clone();
    for _ in 0..2 {
        world.take(Event::SettingsRead(Ok((settings.clone(), wrong()))));
        assert_eq!(world.model.notices.len(), 1);
    }
    let id = world.model.notices[0].id;
    world.take(Event::SettingsRead(Ok((settings.clone(), wrong()))));
    assert_eq!(world.model.notices[0].id, id, "it is not shown as new");
    world.take(Event::SettingsRead(Ok((settings, Vec::new()))));
    assert!(world.model.notices.is_empty());
}

#[test]
fn a_kernels_image_is_prepared_once_for_all_that_wait_and_its_requests_end() {
    use crate::contract::snapshot::Stage;
    use crate::launch::stage::StageEvent;
    use crate::state::image_requests::Going;
    let mut world = World::new();
    let requests = || [whole("a1"), vec![image_request("r1"), image_request("r2")]].concat();
    let claims =
        |effects: Vec<Effect>| effects.into_iter().filter(|effect| matches!(effect, Effect::ClaimRequest(_))).count();
    assert_eq!(claims(world.lists(requests())), 2);
    assert_eq!(claims(world.lists(requests())), 0, "they are claimed once");
    let prepares = |effects: &[Effect]| effects.iter().any(|effect| matches!(effect, Effect::PrepareImages { .. }));
    let claimed = |container: &str, ours| Event::RequestClaimed { container: container.to_owned(), ours };
    assert!(prepares(&world.take(claimed("r1", true))));
    assert!(!prepares(&world.take(claimed("r2", false))), "another process was quicker");
    let shown = |effects: Vec<Effect>| {
        let shown = effects.into_iter().filter_map(|effect| match effect {
            Effect::ShowRequest { container, going } => Some((container, going)),
            _ => None,
        });
        shown.collect::<Vec<_>>()
    };
    let image = || "orchest/kernel-python:0".to_owned();
    let goes_on = |image| {
        let event = StageEvent::Doing(Stage::Images, "a step".to_owned());
        Event::Preparing { image, progress: None, event }
    };
    assert_eq!(shown(world.take(goes_on("another:1".to_owned()))), []);
    let step = world.take(goes_on(image()));
    assert_eq!(shown(step), [("r1".to_owned(), Going::On(None))]);
    let tried = world.take(Event::ImageTried { image: image(), failed: true });
    assert_eq!(shown(tried), [("r1".to_owned(), Going::Failed)]);
    world.take(Event::Prepared { outcome: Err(failure("no such image")) });
    assert_eq!(world.model.notices.last().unwrap().message, "no such image", "nobody else shows the reason");
}

#[test]
fn a_question_for_other_images_is_answered_after_those_that_are_being_prepared() {
    let mut world = World::new();
    let (reply, mut first) = ask();
    answered(world.take(Event::Prepare { kernelspecs: vec!["python_docker".to_owned()], reply }));
    let (reply, mut all) = ask();
    answered(world.take(Event::Prepare { kernelspecs: Vec::new(), reply }));
    let effects = answered(world.take(Event::Prepared { outcome: Ok(()) }));
    assert!(first.try_recv().unwrap().is_ok() && all.try_recv().is_err());
    assert!(effects.iter().any(|effect| matches!(effect, Effect::PrepareImages { names, .. } if names.len() == 3)));
    answered(world.take(Event::Prepared { outcome: Ok(()) }));
    assert!(all.try_recv().unwrap().is_ok());
    let (reply, mut unknown) = ask();
    answered(world.take(Event::Prepare { kernelspecs: vec!["julia".to_owned()], reply }));
    assert!(unknown.try_recv().unwrap().is_err());
}

#[test]
fn images_come_from_a_dropped_file_only_after_a_yes() {
    let mut world = World::new();
    let asked = |world: &World| crate::state::view::snapshot(&world.model, NOW).offered_images;
    let answer = |file: &str, take| Event::AnswerImages { file: file.to_owned(), take };
    let imports = |effects: &[Effect]| effects.iter().any(|effect| matches!(effect, Effect::ImportImages(_)));
    let (one, other) = ("/stick/one.orchest-images", "/stick/other.orchest-images");
    assert!(!imports(&world.take(Event::Dropped(vec![one.into(), other.into()]))));
    world.take(Event::OfferImages(one.into()));
    assert_eq!(asked(&world).as_deref(), Some(one));
    assert!(!imports(&world.take(answer(other, true))), "the page asks about the first");
    assert!(!imports(&answered(world.take(answer(one, false)))));
    assert_eq!(asked(&world).as_deref(), Some(other), "the one that was brought twice is asked about once");
    assert!(imports(&answered(world.take(answer(other, true)))));
    assert_eq!(asked(&world), None);
    assert!(!imports(&world.take(answer(other, true))), "an answer counts once");
}

#[test]
fn images_of_a_dropped_file_wait_for_the_engine_and_for_those_that_are_being_prepared() {
    let mut world = World::new();
    let yes = |file: &str| Event::AnswerImages { file: file.to_owned(), take: true };
    let imports = |effects: &[Effect]| effects.iter().any(|effect| matches!(effect, Effect::ImportImages(_)));
    let checks = |effects: &[Effect]| effects.iter().any(|effect| matches!(effect, Effect::CheckFolders { .. }));
    world.model.engine = None;
    world.model.engine_state = crate::contract::snapshot::EngineState::Looking;
    let dropped = world.take(Event::Dropped(vec!["/bees".into(), "/stick/all.orchest-images".into()]));
    let taken = world.take(yes("/stick/all.orchest-images"));
    assert!(checks(&dropped) && !imports(&taken), "the engine is being looked for");
    assert!(imports(&world.take(Event::EngineFound(facts()))));
    let shown = crate::state::view::snapshot(&world.model, NOW);
    assert!(shown.importing && shown.preparing.is_some());
    let dropped = world.take(Event::Dropped(vec!["/stick/More.ORCHEST-IMAGES".into()]));
    let taken = world.take(yes("/stick/More.ORCHEST-IMAGES"));
    assert!(!imports(&taken) && !checks(&dropped), "one after the other, and it is no folder");
    let (reply, mut prepared) = ask();
    answered(world.take(Event::Prepare { kernelspecs: Vec::new(), reply }));
    let ended = answered(world.take(Event::Imported { outcome: Ok(imported()) }));
    assert!(imports(&ended));
    let notice = world.model.notices.last().unwrap();
    assert_eq!((notice.tone, notice.message.as_str()), (Tone::Good, "Imported 1 image from all.orchest-images"));
    let ended = answered(world.take(Event::Imported { outcome: Err(failure("It is damaged.")) }));
    assert_eq!(world.model.notices.last().unwrap().message, "It is damaged.");
    assert!(ended.iter().any(|effect| matches!(effect, Effect::PrepareImages { .. })) && prepared.try_recv().is_err());
}

#[test]
fn an_import_without_an_engine_fails_and_one_that_is_cancelled_says_nothing() {
    let mut world = World::new();
    let import = |reply| Event::Import(Import { file: "/stick/all.orchest-images".into(), reply });
    answered(world.take(import(None)));
    let (reply, mut quit) = oneshot::channel();
    let effects = answered(world.take(Event::Quit { reply }));
    assert!(effects.iter().any(|effect| matches!(effect, Effect::CancelPreparing)) && quit.try_recv().is_err());
    answered(world.take(Event::Imported { outcome: Err(Error::Cancelled.failure()) }));
    assert!(world.model.notices.is_empty() && quit.try_recv().is_ok());

    world.take(Event::EngineMissing(failure("away"), None));
    let (reply, mut refused) = ask();
    answered(world.take(import(Some(reply))));
    assert_eq!(refused.try_recv().unwrap().unwrap_err().message, "away");
}
