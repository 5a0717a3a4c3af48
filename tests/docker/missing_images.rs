//! Kernels whose image is missing: JupyterLab offers them, and the window prepares the image while the page waits.

use std::time::{Duration, Instant};

use orchest_core::App;
use orchest_core::contract::notice::Tone;
use orchest_tests::engine::{docker, left_of};
use orchest_tests::home::{Home, launched, stopped, until};
use orchest_tests::jupyter::Server;
use orchest_tests::registry::{Manner, Registry};
use serde_json::json;

const SIZE: usize = 4 << 20;

/// A registry whose image takes about 6 s to pull. It is no kernel.
async fn slow() -> Registry {
    Registry::start(SIZE, Manner { pause: Duration::from_millis(100), cut_after: None }).await
}

fn is_here(image: &str) -> bool {
    !docker(&["images", "-q", image]).is_empty()
}

/// The names of the requests for an image of a launch.
fn requests(launch: &str) -> Vec<String> {
    let launch = format!("label=org.orchest.launch={launch}");
    let list = ["ps", "-a", "--filter", "label=org.orchest.role=image-request", "--filter", &launch];
    docker(&[&list[..], &["--format", "{{.Names}} {{.State}}"]].concat())
}

/// A launch for Python whose JupyterLab also offers a kernelspec with this image.
async fn offering(home: &Home, image: &str, attends: bool) -> (App, String, Server) {
    home.kernelspec("offered", image);
    let app = home.app().await;
    if attends {
        app.attend();
    }
    let id = launched(&app, &home.pipeline("offered"), Some("python_docker")).await.unwrap();
    let server = Server::at(&app.url(&id).await.unwrap());
    (app, id, server)
}

fn start(server: &Server, notebook: &'static str) -> tokio::task::JoinHandle<String> {
    let server = server.clone();
    tokio::spawn(async move { server.start_unheard("offered", notebook).await.unwrap_err() })
}

async fn some_bytes(app: &App) {
    until(app, "some bytes", |snapshot| {
        let progress = snapshot.preparing.as_ref()?.progress.as_ref()?;
        (progress.done > 0).then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_pages_wait_for_one_image_that_the_window_prepares() {
    let (home, registry) = (Home::new(), slow().await);
    let (app, id, server) = offering(&home, &registry.image, true).await;
    let pages = [start(&server, "first.ipynb"), start(&server, "second.ipynb")];
    some_bytes(&app).await;
    let asked = requests(&id);
    assert_eq!(asked.len(), 1, "{asked:?}");
    assert!(asked[0].contains("-taken-") && asked[0].ends_with(" created"), "{asked:?}");
    assert!(pages.iter().all(|page| !page.is_finished()), "the pages wait");
    for page in pages {
        // The engine has the image now, and refuses to run it: a kernel's image has a command.
        let message = page.await.unwrap();
        assert!(message.contains("/nothing"), "{message}");
    }
    assert!(is_here(&registry.image) && app.snapshots().borrow().preparing.is_none());
    assert_eq!(requests(&id), Vec::<String>::new());
    // The list of images has it as well.
    until(&app, "the image", |snapshot| {
        snapshot.images.iter().find(|image| image.name == registry.image && image.present).map(drop)
    })
    .await;
    stopped(&app, &id).await;
    docker(&["rmi", &registry.image]);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_windows_one_prepares_and_the_other_goes_on_if_that_one_dies() {
    let (home, registry) = (Home::new(), slow().await);
    let (app, id, server) = offering(&home, &registry.image, false).await;
    // Programs that can be ended in the midst of their work.
    let runtimes = [(); 2].map(|()| tokio::runtime::Runtime::new().unwrap());
    let mut windows = Vec::new();
    for runtime in &runtimes {
        let window = runtime.spawn({
            let places = home.places();
            async move {
                let window = App::start(places);
                window.settled().await;
                window.attend();
                window
            }
        });
        windows.push(window.await.unwrap());
    }
    let page = start(&server, "first.ipynb");
    let prepares =
        |window: &App| window.snapshots().borrow().preparing.as_ref().is_some_and(|it| it.progress.is_some());
    let began = Instant::now();
    while !windows.iter().any(prepares) {
        assert!(began.elapsed() < Duration::from_secs(20), "no window prepares the image");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let at_it: Vec<bool> = windows.iter().map(|window| window.snapshots().borrow().preparing.is_some()).collect();
    assert_ne!(at_it[0], at_it[1], "one of the two");
    let [first, second] = runtimes;
    let (dies, stays) = if at_it[0] { (first, second) } else { (second, first) };
    dies.shutdown_background();
    let message = page.await.unwrap();
    assert!(message.contains("/nothing"), "the other one has prepared it: {message}");
    assert_eq!(requests(&id), Vec::<String>::new());
    stays.shutdown_background();
    stopped(&app, &id).await;
    docker(&["rmi", &registry.image]);
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_window_the_failure_names_the_command_that_prepares_the_image() {
    let home = Home::new();
    let registry = Registry::start(SIZE, Manner { pause: Duration::ZERO, cut_after: None }).await;
    let (app, id, server) = offering(&home, &registry.image, false).await;
    let began = Instant::now();
    let message = start(&server, "first.ipynb").await.unwrap();
    assert!(began.elapsed() < Duration::from_secs(30), "after {:?}", began.elapsed());
    let missing =
        format!("The image `{}` of the kernelspec `offered` is not on this machine.\nhint: run ", registry.image);
    assert!(message.starts_with(&missing), "{message}");
    assert_eq!(requests(&id), Vec::<String>::new());
    assert!(!is_here(&registry.image));

    let command = message.split_once("hint: run `orchest ").and_then(|(_, rest)| rest.split_once('`')).unwrap().0;
    let words: Vec<&str> = command.split(' ').collect();
    assert_eq!(words, ["images", "--prepare", "offered"]);
    let done = home.orchest(&words).output().unwrap();
    assert!(done.status.success(), "{done:?}");
    assert!(is_here(&registry.image));
    let unknown = home.orchest(&["images", "--prepare", "unknown"]).output().unwrap();
    let said = String::from_utf8_lossy(&unknown.stderr).into_owned();
    assert!(!unknown.status.success() && said.contains("no kernelspec `unknown`"), "{said}");
    stopped(&app, &id).await;
    docker(&["rmi", &registry.image]);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_image_that_cannot_be_prepared_is_said_in_the_page_and_in_the_window() {
    let home = Home::new();
    let image = "orchest-test/exists-nowhere:2.0";
    let (app, id, server) = offering(&home, image, true).await;
    let message = start(&server, "first.ipynb").await.unwrap();
    assert!(message.contains(image) && message.contains("could not be prepared.\nhint: the window"), "{message}");
    let notice = until(&app, "a notice", |snapshot| {
        snapshot.notices.iter().find(|notice| notice.message.contains(image)).cloned()
    })
    .await;
    assert!(notice.tone == Tone::Failure && !notice.hint.is_empty(), "{notice:?}");
    until(&app, "an end", |snapshot| snapshot.preparing.is_none().then_some(())).await;
    stopped(&app, &id).await;
    assert_eq!(left_of(&id), Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn preparing_that_a_person_cancels_is_said_and_a_request_goes_with_its_launch() {
    let (home, registry) = (Home::new(), slow().await);
    let (app, id, server) = offering(&home, &registry.image, true).await;
    let page = start(&server, "first.ipynb");
    some_bytes(&app).await;
    app.cancel_preparing().await.unwrap();
    let message = page.await.unwrap();
    assert!(message.contains("preparing it was stopped before it was done"), "{message}");
    assert_eq!(requests(&id), Vec::<String>::new());

    let server_again = server.clone();
    let page = tokio::spawn(async move { server_again.start_unheard("offered", "first.ipynb").await });
    some_bytes(&app).await;
    assert_eq!(requests(&id).len(), 1);
    page.abort();
    stopped(&app, &id).await;
    assert_eq!(left_of(&id), Vec::<String>::new());
    app.cancel_preparing().await.unwrap();
    until(&app, "an end", |snapshot| snapshot.preparing.is_none().then_some(())).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_image_that_takes_longer_than_a_kernel_may_says_how_far_it_is() {
    let home = Home::new();
    // 4 MB in 96 s.
    let registry = Registry::start(SIZE, Manner { pause: Duration::from_millis(1500), cut_after: None }).await;
    let (app, id, server) = offering(&home, &registry.image, true).await;
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let body =
        json!({ "name": "first.ipynb", "path": "first.ipynb", "type": "notebook", "kernel": { "name": "offered" } });
    let began = Instant::now();
    let asked = client.post(format!("{}/api/sessions", server.base)).json(&body);
    let answer = asked.header("Authorization", format!("token {}", server.token)).send().await.unwrap();
    assert!((55..110).contains(&began.elapsed().as_secs()), "after {:?}", began.elapsed());
    let answer: serde_json::Value = answer.json().await.unwrap();
    let message = answer["message"].as_str().unwrap();
    let on_its_way = format!("The image `{}` of the kernelspec `offered` is being prepared: ", registry.image);
    assert!(message.starts_with(&on_its_way), "{message}");
    assert!(message.contains(" of 4 MB done.\nhint: start the kernel again in a few minutes."), "{message}");
    // It is still being prepared, so that a later start finds the image.
    assert!(app.snapshots().borrow().preparing.is_some() && requests(&id).len() == 1);
    app.cancel_preparing().await.unwrap();
    until(&app, "an end", |snapshot| snapshot.preparing.is_none().then_some(())).await;
    stopped(&app, &id).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn all_images_are_prepared_also_if_a_kernel_asked_for_one_first() {
    let (home, registry, other) = (Home::new(), slow().await, slow().await);
    home.kernelspec("other", &other.image);
    let (app, id, server) = offering(&home, &registry.image, true).await;
    let page = start(&server, "first.ipynb");
    some_bytes(&app).await;
    app.prepare_images().await.unwrap();
    assert!(is_here(&registry.image) && is_here(&other.image));
    assert!(page.await.unwrap().contains("/nothing"));
    stopped(&app, &id).await;
    docker(&["rmi", &registry.image, &other.image]);
}
