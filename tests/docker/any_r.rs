//! Kernels of R in images that were not made for them: Debian's R without anything of Jupyter's.

use std::process::Command;
use std::time::Duration;

use orchest_core::contract::environment::Language;
use orchest_tests::engine::{created_since, docker, moment};
use orchest_tests::home::{Home, launched, server_of, stop_all};
use orchest_tests::r_repository::RRepository;
use tokio::sync::OnceCell;

use crate::any_image::build;
use crate::conda::OF_R;
use crate::environments::{printed, write};

/// Debian with its R, without Python.
const R: &str = "orchest-test/r:bookworm";
const PROGRAM: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/python/r_binaries.py");

/// Has the image, which all tests share and the engine keeps.
async fn r() -> &'static str {
    static MADE: OnceCell<()> = OnceCell::const_new();
    let make = || {
        let install = "apt-get update && apt-get install -y --no-install-recommends r-base-core";
        let text = format!("FROM orchest/base:bookworm\nRUN {install}\nUSER nobody\nENTRYPOINT [\"/bin/false\"]\n");
        build(R, &text);
    };
    MADE.get_or_init(async || tokio::task::spawn_blocking(make).await.unwrap()).await;
    R
}

/// A repository with IRkernel, compiled. It ends with the test.
struct Repository(String);

impl Repository {
    async fn serve() -> (Repository, String) {
        let name = format!("orchest-tests-r-binaries-{}", std::process::id());
        let program = format!("{PROGRAM}:/serve.py:ro");
        let image = orchest_core::images::kernel_r();
        let run = ["run", "-d", "--name", &name, "-v", &program, "--entrypoint", "/opt/venv/bin/python"];
        docker(&[&run[..], &[&image, "/serve.py", "/tmp/repository", "8000"]].concat());
        let repository = Repository(name);
        for _ in 0..600 {
            if let Some(address) = docker(&["logs", &repository.0]).first() {
                return (repository, address.clone());
            }
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
        panic!("the repository is not served");
    }
}

impl Drop for Repository {
    fn drop(&mut self) {
        let _ = Command::new("docker").args(["rm", "-f", &self.0]).output();
    }
}

/// Removes what was laid over images for a home, and returns how many there were.
fn remove_layers(home: &Home) -> usize {
    let owner = orchest_core::platform::user::of_this_process("");
    let store = orchest_core::launch::kept::environments(&owner, &home.places().environment_records()).source;
    let label = format!("label=org.orchest.folder-image={store}");
    let found = docker(&["images", "--filter", &label, "--format", "{{.Repository}}:{{.Tag}}"]);
    let layers: Vec<&String> = found.iter().filter(|name| name.starts_with("orchest/folder:r-")).collect();
    layers.iter().for_each(|name| drop(docker(&["rmi", name])));
    layers.len()
}

fn kernelspec(home: &Home, name: &str, image: &str) {
    home.kernelspec(name, image);
    let file = home.places().kernels_dir().join(name).join("kernel.json");
    let text = std::fs::read_to_string(&file).unwrap();
    std::fs::write(&file, text.replace("\"language\": \"python\"", "\"language\": \"R\"")).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn the_r_of_any_image_runs_a_kernel_that_keeps_what_it_installs() {
    let (home, repository) = (Home::new(), RRepository::start().await);
    kernelspec(&home, "plain", r().await);
    let app = home.app().await;
    let folder = home.pipeline("finches");
    let id = launched(&app, &folder, Some("plain")).await.unwrap_or_else(|failure| panic!("{failure:?}"));
    let server = server_of(&app, &id).await;
    let said = server.printed("plain", "cat(as.character(getRversion()), R.home(), Sys.getenv('HOME'))").await;
    assert_eq!(said.trim(), "4.2.2 /usr/lib/R /home/orchest");
    let install = format!("install.packages('birdsong', repos = '{}', quiet = TRUE); cat('done')", repository.url);
    assert!(server.printed("plain", &install).await.ends_with("done"));
    stop_all(&app, &[&id]).await;

    // The layer over the image is there: the next launch builds nothing.
    let before = moment();
    launched(&app, &folder, Some("plain")).await.unwrap();
    assert_eq!(created_since(&before, &id), ["gateway", "server"]);
    let kept = "cat(birdsong::sing(), startsWith(find.package('birdsong'), path.expand('~')))";
    assert_eq!(server_of(&app, &id).await.printed("plain", kept).await.trim(), "chirp 1.2.0 TRUE");
    stop_all(&app, &[&id]).await;
    app.forget(&id).await.unwrap();
    assert_eq!(app.clean_environments(true).await.unwrap().environments, Vec::<String>::new(), "it is in use");
    assert_eq!(remove_layers(&home), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dockerfile_with_r_gives_kernels_of_r_from_a_repository() {
    let (home, (repository, url)) = (Home::new(), Repository::serve().await);
    let image = r().await;
    // It has no repository of Debian's, as an image whose R is not Debian's has no package for that.
    let add =
        "apt-get update && apt-get install -y --no-install-recommends python3 libzmq5 && rm /etc/apt/sources.list";
    let text = format!("FROM {image}\nUSER 0\nRUN {add}\nENV NEST=high\n");
    let folder = home.pipeline_of("nests", &[("Dockerfile", &text)]);
    write(&folder, "first.ipynb", OF_R);
    let app = home.app_amid(&[("RSPM", &url)]).await;
    let id = launched(&app, &folder, None).await.unwrap_or_else(|failure| panic!("{failure:?}"));
    let server = server_of(&app, &id).await;
    let there = "cat(R.home(), Sys.getenv('NEST'), find.package('IRkernel'))";
    assert_eq!(printed(&server, there).await.trim(), "/usr/lib/R high /usr/local/lib/R/site-library/IRkernel");
    assert_eq!(app.environment(&id).await.unwrap().unwrap().language, Language::R);
    stop_all(&app, &[&id]).await;
    app.forget(&id).await.unwrap();
    drop(repository);
    assert_eq!(remove_layers(&home), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_image_without_r_is_refused_with_the_reason() {
    let home = Home::new();
    kernelspec(&home, "none", "orchest/base:bookworm");
    let app = home.app().await;
    let failure = launched(&app, &home.pipeline("none"), Some("none")).await.unwrap_err();
    let wanted = "`orchest/base:bookworm` could not be made ready for kernels of R: it has no R on its PATH";
    assert!(failure.message.contains(wanted), "{failure:?}");
}
