//! An image that serves Python 3.13 as uv's mirrors do: an archive of CPython, built once from Debian's source package,
//! and the list that names it with its hash. GitHub, where uv's own archives are, cannot be reached everywhere.

use std::io::Write;
use std::process::{Command, Stdio};
use std::sync::{Mutex, PoisonError};

use crate::engine::{digest, docker};

/// The version of Debian's source package.
pub const VERSION: &str = "3.13.5";
/// The folder that uv gives it.
pub const NAME: &str = "cpython-3.13.5-linux-x86_64-gnu";
const SHIPPED: &str = concat!("orchest/kernel-python:", env!("CARGO_PKG_VERSION"));
const IMAGE: &str = "orchest-test/python-mirror:1";
const LABEL: &str = "orchest-test.made-from";
/// The source is that of the suite after the kernels' own. Its libraries are the kernels' own. It is optimised little,
/// because its compilation takes longer than all that it runs.
const RECIPE: &str = r##"
USER root
RUN set -eu; export DEBIAN_FRONTEND=noninteractive; \
    apt-get update -q; \
    apt-get install -q -y --no-install-recommends gcc make xz-utils libssl-dev zlib1g-dev libffi-dev libbz2-dev \
        liblzma-dev libsqlite3-dev; \
    mkdir -p /build/lists/partial /build/archives/partial /srv; cd /build; \
    mirror=$(cat /etc/apt/sources.list /etc/apt/sources.list.d/* 2>/dev/null | grep -v '^#' \
        | grep -oE 'https?://[^ ]+' | grep -v security | head -n 1); \
    echo "deb-src $mirror trixie main" > trixie.list; \
    trixie="-o Dir::Etc::sourcelist=/build/trixie.list -o Dir::Etc::sourceparts=- -o Dir::State::lists=/build/lists"; \
    apt-get $trixie update -q; \
    apt-get $trixie source -q --download-only python3.13; \
    tar -xf python3.13_*.orig.tar.xz; cd Python-3.13.5; \
    OPT="-DNDEBUG -O1" ./configure -q --prefix=/install --with-ensurepip=install --disable-test-modules; \
    make -s -j2 >/dev/null; make -s install >/dev/null; \
    cp -a /install /srv/python; find /srv/python -name __pycache__ -prune -exec rm -r {} +; \
    tar -czf /srv/python.tar.gz -C /srv python; \
    cd /; rm -rf /build /install /srv/python /var/lib/apt/lists/*
RUN hash=$(sha256sum /srv/python.tar.gz | cut -c 1-64); \
    printf '{"%s": {"name": "cpython", "arch": {"family": "x86_64", "variant": null}, "os": "linux", "libc": "gnu", \
"major": 3, "minor": 13, "patch": 5, "prerelease": "", "url": "http://HERE/python.tar.gz", "sha256": "%s", \
"variant": null, "build": "20260101"}}' cpython-3.13.5-linux-x86_64-gnu "$hash" > /srv/list.template
WORKDIR /srv
CMD sed "s/HERE/$(hostname -i):8000/" list.template > list.json; exec python -m http.server 8000
"##;

/// A container that serves it. Dropping it removes the container.
pub struct Mirror {
    container: String,
    /// The address of the list.
    pub list: String,
}

impl Drop for Mirror {
    fn drop(&mut self) {
        let _ = Command::new("docker").args(["rm", "-f", &self.container]).output();
    }
}

impl Mirror {
    /// Starts one. The first call on an engine builds the image, which takes some minutes.
    ///
    /// # Panics
    /// If the image cannot be built, or the container does not serve.
    #[allow(clippy::expect_used)]
    pub fn start() -> Mirror {
        // The sweep of this run of the tests removes it if the test is killed.
        let label = format!("org.orchest.test={}", std::env::var("ORCHEST_TEST_RUN").unwrap_or_default());
        let container = docker(&["run", "--detach", "--label", &label, image()]).concat();
        let address = docker(&["inspect", "--format", "{{.NetworkSettings.IPAddress}}", &container]).concat();
        let mirror = Mirror { container, list: format!("http://{address}:8000/list.json") };
        let ask = "import urllib.request, sys; urllib.request.urlopen('http://127.0.0.1:8000/list.json')";
        for _ in 0..100 {
            let asked = Command::new("docker").args(["exec", &mirror.container, "python", "-c", ask]).output();
            if asked.expect("the docker command line").status.success() {
                return mirror;
            }
            std::thread::sleep(std::time::Duration::from_millis(100));
        }
        panic!("the mirror does not serve: {}", docker(&["logs", &mirror.container]).join("\n"));
    }
}

impl Mirror {
    /// The requests that it got, and other lines.
    ///
    /// # Panics
    /// If it is gone.
    #[allow(clippy::expect_used)]
    pub fn log(&self) -> Vec<String> {
        let out = Command::new("docker").args(["logs", &self.container]).output().expect("the docker command line");
        String::from_utf8_lossy(&out.stderr).lines().map(str::to_owned).collect()
    }
}

#[allow(clippy::expect_used)]
fn image() -> &'static str {
    // One test builds it, and the others wait.
    static TURN: Mutex<()> = Mutex::new(());
    let _turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    let made_from = digest(RECIPE.as_bytes());
    let filter = format!("label={LABEL}={made_from}");
    if !docker(&["images", "--quiet", "--filter", &filter, IMAGE]).is_empty() {
        return IMAGE;
    }
    let mut build = Command::new("docker")
        .args(["build", "--quiet", "--label", &format!("{LABEL}={made_from}"), "--tag", IMAGE, "-"])
        .stdin(Stdio::piped())
        .spawn()
        .expect("the docker command line");
    let dockerfile = format!("FROM {SHIPPED}{RECIPE}");
    build.stdin.take().expect("its input").write_all(dockerfile.as_bytes()).expect("the Dockerfile is sent");
    assert!(build.wait().expect("an end").success(), "{IMAGE} is not built");
    IMAGE
}
