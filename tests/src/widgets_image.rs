//! An image of a kernel with the widget packages, made once from the shipped one.

use std::io::Write;
use std::process::{Command, Stdio};

use crate::engine::{digest, docker};

/// The newest versions that fit the shipped image; the server's image has the matching front-end parts.
const PACKAGES: &str = "ipywidgets==8.1.9 ipympl==0.10.0 plotly==7.1.0 anywidget==0.11.0 bokeh==3.9.2 \
                        jupyter_bokeh==4.1.0";
const SHIPPED: &str = concat!("orchest/kernel-python:", env!("CARGO_PKG_VERSION"));
const NAME: &str = concat!("orchest-test/kernel-widgets:", env!("CARGO_PKG_VERSION"));
/// Its base image.
const LABEL: &str = "orchest-test.made-from";

/// Its name. The first call builds the image, and so does the first one after a new build of the shipped image. The
/// image stays on the engine.
///
/// # Panics
/// If the shipped image is missing, or the packages cannot be installed.
#[allow(clippy::expect_used)]
pub fn kernel_with_widgets() -> &'static str {
    let shipped = docker(&["image", "inspect", "--format", "{{.Id}}", SHIPPED]).concat();
    let made_from = digest(format!("{shipped} {PACKAGES}").as_bytes());
    let filter = format!("label={LABEL}={made_from}");
    if !docker(&["images", "--quiet", "--filter", &filter, NAME]).is_empty() {
        return NAME;
    }
    let dockerfile = format!("FROM {SHIPPED}\nUSER root\nRUN pip install -q {PACKAGES}\nUSER 1000:1000\n");
    let mut build = Command::new("docker")
        .args(["build", "--quiet", "--label", &format!("{LABEL}={made_from}"), "--tag", NAME, "-"])
        .stdin(Stdio::piped())
        .spawn()
        .expect("the docker command line");
    build.stdin.take().expect("its input").write_all(dockerfile.as_bytes()).expect("the Dockerfile is sent");
    assert!(build.wait().expect("an end").success(), "{NAME} is not built");
    NAME
}
