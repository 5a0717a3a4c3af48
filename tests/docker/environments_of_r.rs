//! Folders whose files name packages of R: real packages from a repository of the test, built, installed and loaded.

use orchest_core::App;
use orchest_core::contract::environment::{EnvironmentState, Language, PackageChange};
use orchest_tests::home::{Home, launched, server_of, stop_all};
use orchest_tests::r_repository::RRepository;
use serde_json::json;

use super::environments::{folder, printed, write};

/// A script that ends with what it sees of the person and of others, and with its user.
const PRYING: &str =
    "seen <- Filter(file.exists, c('/store', '/var/run/docker.sock', '/notebooks/first.ipynb', '/environment'))
seen <- c(seen, grep('TOKEN', names(Sys.getenv()), value = TRUE))
stop('no birds today: ', seen, system('id -u', intern = TRUE))
";

/// A core whose packages of R come from this repository.
async fn app(home: &Home, repository: &RRepository) -> App {
    home.app_amid(&[("RSPM", &repository.url)]).await
}

fn lock(repository: &str, version: &str) -> String {
    let package = |name: &str, version: &str, needs: &[&str]| json!({ "Package": name, "Version": version, "Source": "Repository", "Repository": "CRAN", "Requirements": needs });
    let packages = json!({
        "birdsong": package("birdsong", version, &["R"]),
        "birdwatch": package("birdwatch", "0.3.0", &["R", "birdsong"]),
    });
    let repositories = json!([{ "Name": "CRAN", "URL": repository }]);
    json!({ "R": { "Version": "4.2.2", "Repositories": repositories }, "Packages": packages }).to_string()
}

/// Makes the environment. The builder's image is built first, which takes as long as it takes.
async fn made(app: &App, folder: &std::path::Path) -> Result<String, orchest_core::Failure> {
    let id = app.look_at(folder.to_owned()).await?;
    app.update_environment(&id, false, true).await.map(|()| id)
}

#[tokio::test(flavor = "multi_thread")]
async fn each_kind_of_file_for_r_gives_a_kernel_of_r_that_loads_what_it_names() {
    let (home, repository) = (Home::new(), RRepository::start().await);
    let app = app(&home, &repository).await;
    let kinds = [
        (
            "description",
            "DESCRIPTION",
            "Package: mine\nImports:\n    birdwatch (>= 0.2),\n    stringr\n".to_owned(),
            "chirp 1.2.0 42",
        ),
        ("script", "install.R", "install.packages('birdwatch')\n".to_owned(), "chirp 1.2.0 42"),
        ("lock", "renv.lock", lock(&repository.url, "1.0.0"), "chirp 1.0.0 42"),
    ];
    for (name, file, text, wanted) in kinds {
        let folder = folder(&home, name, file, &text);
        // As renv has it: a library of its own takes the place of all others, unless that is switched off.
        let activate = "if (Sys.getenv('RENV_CONFIG_AUTOLOADER_ENABLED') != 'FALSE') .libPaths('/notebooks')\n";
        write(&folder, ".Rprofile", activate);
        made(&app, &folder).await.unwrap_or_else(|failure| panic!("{name}: {failure:?}"));
        let id = launched(&app, &folder, None).await.unwrap_or_else(|failure| panic!("{name}: {failure:?}"));
        let server = server_of(&app, &id).await;
        let (_, specs) = server.get("/api/kernelspecs").await;
        let spec = &specs["kernelspecs"]["this_folder"]["spec"];
        assert_eq!((&spec["language"], &spec["display_name"]), (&json!("R"), &json!(name)));
        let said =
            printed(&server, "library(birdwatch); library(stringr); cat(watch(), find.package('birdwatch'))").await;
        assert_eq!(said.trim(), format!("{wanted} /environment/birdwatch"), "{name}");
        let closed =
            printed(&server, "cat(suppressWarnings(dir.create('/environment/x')), dir.exists('/store'))").await;
        assert_eq!(closed.trim(), "FALSE FALSE", "{name}");

        let view = app.environment(&id).await.unwrap().unwrap();
        assert_eq!((view.language, view.files[0].script), (Language::R, file == "install.R"), "{name}");
        let packages = app.environment_packages(&id).await.unwrap().installed;
        let asked: Vec<&str> = packages.iter().filter(|one| one.asked).map(|one| one.name.as_str()).collect();
        assert!(asked.contains(&"birdwatch") && packages.iter().any(|one| one.name == "birdsong"), "{packages:?}");
        stop_all(&app, &[&id]).await;
    }

    // Another folder that asks for the same takes what is there: nothing is fetched or built.
    let before = repository.asked();
    let text = "Depends: R (>= 4.0)\nImports: stringr, birdwatch  (>= 0.2)\n";
    let second = folder(&home, "second", "binder/DESCRIPTION", text);
    let id = launched(&app, &second, None).await.unwrap();
    let server = server_of(&app, &id).await;
    assert_eq!(printed(&server, "cat(birdwatch::watch())").await.trim(), "chirp 1.2.0 42");
    assert_eq!(repository.asked(), before);
    stop_all(&app, &[&id]).await;

    // What no folder uses is removed, the others stay.
    std::fs::remove_dir_all(home.pipeline("script")).unwrap();
    assert_eq!(app.clean_environments(false).await.unwrap().environments.len(), 1);
    made(&app, &second).await.unwrap();
    assert_eq!(repository.asked(), before);
}

#[tokio::test(flavor = "multi_thread")]
async fn packages_of_r_that_cannot_be_had_are_named_with_the_reason() {
    let (home, repository) = (Home::new(), RRepository::start().await);
    let app = app(&home, &repository).await;
    let nowhere = "http://127.0.0.1:9";
    for (name, file, text, wanted) in [
        ("unknown", "DESCRIPTION", "Imports: nosuchbird\n".to_owned(), "`nosuchbird`"),
        ("in-script", "install.R", "install.packages(c('birdsong', 'nosuchbird'))\n".to_owned(), "`nosuchbird`"),
        ("newer", "DESCRIPTION", "Imports: birdsong (>= 9)\n".to_owned(), "the repository has 1.2.0"),
        ("version", "renv.lock", lock(&repository.url, "7.0.0"), "`birdsong` 7.0.0"),
        ("network", "renv.lock", lock(nowhere, "1.2.0"), "could not be fetched"),
        // It looks for everything that it must not see, and says what it finds.
        ("error", "install.R", PRYING.to_owned(), "no birds today: 65500"),
    ] {
        let failure = made(&app, &folder(&home, name, file, &text)).await.unwrap_err();
        assert!(failure.message.contains(wanted) && failure.message.contains(file), "{failure:?}");
        assert!(failure.hint.contains("another kernelspec"), "{failure:?}");
    }
    let broken = folder(&home, "broken", "DESCRIPTION", "Imports: brokenwing, birdsong\n");
    let failure = made(&app, &broken).await.unwrap_err();
    assert!(failure.message.contains("`brokenwing` could not be built"), "{failure:?}");
    assert!(failure.log.iter().any(|line| line.contains("no-such-feather.h: No such file")), "{failure:?}");
    // Another kernelspec goes on without the environment.
    let id = launched(&app, &broken, Some("r_docker")).await.unwrap();
    stop_all(&app, &[&id]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_notebook_of_r_installs_is_there_in_the_next_launch() {
    let (home, repository) = (Home::new(), RRepository::start().await);
    let app = app(&home, &repository).await;
    let folder = home.pipeline("birds");
    let id = launched(&app, &folder, Some("r_docker")).await.unwrap();
    let mut kernel = server_of(&app, &id).await.start("r_docker", "first.ipynb").await.unwrap();
    let install = format!("install.packages('birdsong', repos = '{}')", repository.url);
    assert_eq!(kernel.execute(&install).await.error, None);
    stop_all(&app, &[&id]).await;

    launched(&app, &folder, Some("r_docker")).await.unwrap();
    let mut kernel = server_of(&app, &id).await.start("r_docker", "first.ipynb").await.unwrap();
    let output = kernel.execute("cat(birdsong::sing(), startsWith(find.package('birdsong'), path.expand('~')))").await;
    assert_eq!((output.error, output.text.trim()), (None, "chirp 1.2.0 TRUE"));
    stop_all(&app, &[&id]).await;

    // It is listed, and goes again; the folder's own file can name it instead.
    let by_hand = async || app.environment_packages(&id).await.unwrap().by_hand;
    let listed = by_hand().await;
    let [one] = &listed[..] else { panic!("{listed:?}") };
    assert_eq!((one.name.as_str(), one.version.as_str(), one.language), ("birdsong", "1.2.0", Language::R));
    assert!(one.requested && one.size > 100, "{one:?}");
    app.remove_by_hand(&id, Language::Python, &["birdsong".to_owned()]).await.unwrap();
    assert_eq!(by_hand().await.len(), 1, "it is no package of Python");
    app.remove_by_hand(&id, Language::R, &["birdsong".to_owned()]).await.unwrap();
    assert_eq!(by_hand().await, []);
    write(&folder, "DESCRIPTION", "Imports: stringr\n");
    app.look_at(folder.clone()).await.unwrap();
    let add = PackageChange { add: vec!["birdsong>=1.2.0".to_owned()], ..PackageChange::default() };
    app.change_packages(&id, add, true).await.unwrap();
    assert_eq!(std::fs::read_to_string(folder.join("DESCRIPTION")).unwrap(), "Imports: stringr, birdsong (>= 1.2.0)\n");
    app.look_at(folder).await.unwrap();
    let view = app.environment(&id).await.unwrap().unwrap();
    assert_eq!((view.state, &view.files[0].asks[1][..]), (EnvironmentState::Ready, "birdsong (>= 1.2.0)"));
    app.forget(&id).await.unwrap();
}
