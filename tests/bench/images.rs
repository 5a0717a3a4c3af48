//! (k) Images, cold: those of a first launch and of both kernels, built side by side, and one after another; from the same
//! base image, and none of their layers in the engine's cache.

use std::time::{Duration, Instant};

use orchest_core::engine::{Engine, find};
use orchest_core::images::{self, Options};
use orchest_tests::engine::docker;
use orchest_tests::home::Home;
use orchest_tests::proxy::{Fault, Proxy};
use tokio_util::sync::CancellationToken;

use crate::{compare, middle};

pub async fn of_images(rounds: usize) {
    let names = [images::gateway(), images::server(), images::kernel_python(), images::kernel_r()];
    let before: Vec<_> = names.iter().map(|name| docker(&["images", "-q", "--no-trunc", name])).collect();
    let home = Home::new();
    // The engine has the images, and this program does not see them.
    let proxy = Proxy::new(home.path()).await;
    for name in &names {
        for path in [format!("/images/{name}/json"), format!("/images/{}/json", name.replace('/', "%2F"))] {
            proxy.rule("GET", &path, Fault::Refused(404, "no such image"));
        }
    }
    proxy.start();
    let engine = find(&proxy.around()).await.unwrap();
    let (mut together, mut in_turn) = (vec![], vec![]);
    for round in 1..=rounds {
        let mut both = [(&mut together, false), (&mut in_turn, true)];
        // The second of a pair may find more in the caches of mirrors.
        if round % 2 == 0 {
            both.reverse();
        }
        for (times, one_by_one) in both {
            let base = Base::new(&home, &format!("{round}-{one_by_one}"));
            times.push(cold(&engine, &home, &base.0, &names, one_by_one).await.as_secs_f64());
            for (name, before) in names.iter().zip(&before) {
                docker(&["rmi", name]);
                before.first().map(|id| docker(&["tag", id, name]));
            }
        }
        println!("round {round} of {rounds} done");
    }
    let ratio = together.iter().zip(&in_turn).map(|(one, other)| one / other).collect();
    compare("(k) images, cold: side by side, one after another", "s", together, in_turn);
    println!("(k) the median of the rounds' ratios: {:.2}", middle(ratio));
}

async fn cold(engine: &Engine, home: &Home, base: &str, names: &[String], one_by_one: bool) -> Duration {
    let logs_dir = home.path().join("logs");
    let options = Options { base_image: Some(base.to_owned()), logs_dir, ..Options::default() };
    let never = CancellationToken::new();
    let began = Instant::now();
    for part in names.chunks(if one_by_one { 1 } else { names.len() }) {
        images::ensure_all(engine, part, &options, &never, |_| {}).await.unwrap();
    }
    began.elapsed()
}

/// A base image of its own, from which nothing was built yet; dropping it removes it.
pub struct Base(pub String);

impl Base {
    pub fn new(home: &Home, name: &str) -> Base {
        let tag = format!("orchest-bench/base:{}-{name}", std::process::id());
        let local = ["orchest/base:bookworm", "python:3.11.14-slim-bookworm"];
        let from = local.into_iter().find(|name| !docker(&["images", "-q", name]).is_empty());
        let text = format!("FROM {}\nENV UNIQUE={tag}\n", from.expect("a base image"));
        let dockerfile = home.path().join("Dockerfile");
        std::fs::write(&dockerfile, text).unwrap();
        let folder = home.path().join("nothing");
        std::fs::create_dir_all(&folder).unwrap();
        docker(&["build", "-q", "-t", &tag, "-f", dockerfile.to_str().unwrap(), folder.to_str().unwrap()]);
        Base(tag)
    }
}

impl Drop for Base {
    fn drop(&mut self) {
        docker(&["rmi", &self.0]);
    }
}
