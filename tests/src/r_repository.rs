//! A repository of R packages, made of files that are written here, on the engine's own bridge: containers reach it
//! there.
//!
//! Its paths are those of CRAN: <https://cran.r-project.org/doc/manuals/r-release/R-admin.html>, "Setting up a package
//! repository".

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use bytes::Bytes;
use http_body_util::Full;
use hyper::{Response, StatusCode};

use crate::served::{Served, bridge, serve};

/// A repository; dropping it ends it.
pub struct RRepository {
    /// Its address, as a container reaches it.
    pub url: String,
    asked: Arc<AtomicUsize>,
    // Ends with it.
    _server: Served,
}

#[allow(clippy::expect_used, clippy::missing_panics_doc)]
impl RRepository {
    /// Serves `birdsong` 1.2.0, and its older version 1.0.0; `birdwatch`, which needs it and has a C file; and
    /// `brokenwing`, which cannot be compiled.
    pub async fn start() -> RRepository {
        let (files, asked) = (Arc::new(files()), Arc::new(AtomicUsize::new(0)));
        let count = asked.clone();
        let server = serve(bridge(), move |request| {
            count.fetch_add(1, Ordering::Relaxed);
            answer(files.get(request.uri().path()).cloned())
        });
        let server = server.await;
        RRepository { url: format!("http://{}", server.at), asked, _server: server }
    }

    /// How often it was asked for something.
    pub fn asked(&self) -> usize {
        self.asked.load(Ordering::Relaxed)
    }
}

fn answer(found: Option<Bytes>) -> Response<Full<Bytes>> {
    let mut answer = Response::new(Full::new(found.clone().unwrap_or_default()));
    if found.is_none() {
        *answer.status_mut() = StatusCode::NOT_FOUND;
    }
    answer
}

fn files() -> HashMap<String, Bytes> {
    let sing = |version: &str| format!("sing <- function() 'chirp {version}'\n");
    let song =
        |version: &str| package("birdsong", version, "", &[("NAMESPACE", "export(sing)\n"), ("R/a.R", &sing(version))]);
    let watch = package(
        "birdwatch",
        "0.3.0",
        "birdsong (>= 1.0)",
        &[
            ("NAMESPACE", "export(watch)\nimportFrom(birdsong, sing)\nuseDynLib(birdwatch, twice)\n"),
            ("R/a.R", "watch <- function() paste(sing(), .Call(twice, 21))\n"),
            ("src/a.c", "#include <Rinternals.h>\nSEXP twice(SEXP x) { return ScalarReal(2 * asReal(x)); }\n"),
        ],
    );
    let wing = package(
        "brokenwing",
        "1.0",
        "",
        &[("NAMESPACE", "useDynLib(brokenwing)\n"), ("src/a.c", "#include <no-such-feather.h>\n")],
    );
    let index = "Package: birdsong\nVersion: 1.2.0\n\n\
                 Package: birdwatch\nVersion: 0.3.0\nImports: birdsong (>= 1.0)\n\n\
                 Package: brokenwing\nVersion: 1.0\n";
    let files = [
        ("PACKAGES", Bytes::from_static(index.as_bytes())),
        ("birdsong_1.2.0.tar.gz", song("1.2.0")),
        ("Archive/birdsong/birdsong_1.0.0.tar.gz", song("1.0.0")),
        ("birdwatch_0.3.0.tar.gz", watch),
        ("brokenwing_1.0.tar.gz", wing),
    ];
    files.into_iter().map(|(path, contents)| (format!("/src/contrib/{path}"), contents)).collect()
}

/// The sources of a package, in a plain tar: R reads one by this name, too.
#[allow(clippy::expect_used)]
fn package(name: &str, version: &str, imports: &str, files: &[(&str, &str)]) -> Bytes {
    let imports = if imports.is_empty() { String::new() } else { format!("Imports: {imports}\n") };
    let description = format!(
        "Package: {name}\nVersion: {version}\nTitle: Birds\nDescription: Birds.\nLicense: GPL-3\nAuthor: Ada\n\
         Maintainer: Ada <ada@example.org>\n{imports}"
    );
    let mut archive = tar::Builder::new(Vec::new());
    for (path, text) in std::iter::once(("DESCRIPTION", description.as_str())).chain(files.iter().copied()) {
        let mut header = tar::Header::new_gnu();
        // R wants the type to be written out.
        header.set_entry_type(tar::EntryType::Regular);
        header.set_size(text.len() as u64);
        header.set_mode(0o644);
        header.set_mtime(1);
        archive.append_data(&mut header, format!("{name}/{path}"), text.as_bytes()).expect("an archive");
    }
    Bytes::from(archive.into_inner().expect("an archive"))
}
