//! Folders with unusual names.

use orchest_tests::engine::{created_since, left_of, moment, podman};
use orchest_tests::home::{Home, launched, stopped};
use orchest_tests::jupyter::Server;

async fn works_in(name: &str) {
    let home = Home::new();
    let folder = home.pipeline(name);
    let app = home.app().await;
    let id = launched(&app, &folder, None).await.unwrap_or_else(|failure| panic!("{name:?}: {failure:?}"));
    let server = Server::at(&app.url(&id).await.unwrap());
    let mut kernel = server.start("python_docker", "first.ipynb").await.unwrap();
    let listed = kernel.execute("import os; print(sorted(os.listdir()))").await;
    assert_eq!(listed.text, "['first.ipynb']\n", "{name:?}: {listed:?}");
    stopped(&app, &id).await;
    assert_eq!(left_of(&id), Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_with_spaces_quotes_and_commas_works() {
    works_in("it's a \"test\" one, two; $HOME `x` \\ #5").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_with_colons_works() {
    works_in("C: 10:30 :").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_with_colons_and_commas_works_or_is_refused_before_anything_is_made() {
    let name = "one: two, \"three\"";
    if podman().is_none() {
        return works_in(name).await;
    }
    let home = Home::new();
    let app = home.app().await;
    let folder = home.pipeline(name);
    let id = app.add_pipeline(folder.clone()).await.unwrap();
    let before = moment();
    let failure = launched(&app, &folder, None).await.unwrap_err();
    assert!(failure.message.contains("Podman cannot mount") && failure.hint.contains("colon"), "{failure:?}");
    assert_eq!(created_since(&before, &id), Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_with_newlines_and_unicode_works() {
    works_in("zwei\nZeilen ü 数据 🌻").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_of_two_hundred_characters_works() {
    works_in(&"n".repeat(200)).await;
}
