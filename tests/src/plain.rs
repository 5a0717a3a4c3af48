//! A plain JupyterLab with local kernels, of the same versions as a launch's, to compare a launch with.

use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::time::Duration;

use crate::engine::{docker, is_rootless};
use crate::jupyter::Server;

const VERSION: &str = env!("CARGO_PKG_VERSION");
/// Its token.
const TOKEN: &str = "plain-token-of-the-tests";

/// The variable with the name of an image for it, which is built if it is not there and stays: for several engines it is
/// built on one.
const KEPT: &str = "ORCHEST_TEST_PLAIN";

/// A plain JupyterLab and its kernels in one container; dropping it removes the container, and its image unless that is
/// kept.
pub struct Plain {
    /// The server.
    pub server: Server,
    /// The container.
    pub name: String,
}

impl Drop for Plain {
    fn drop(&mut self) {
        docker(&["rm", "-f", &self.name]);
        if std::env::var_os(KEPT).is_none() {
            docker(&["rmi", &self.image()]);
        }
    }
}

fn image_of(name: &str) -> String {
    std::env::var(KEPT).unwrap_or_else(|_| format!("orchest-tests/{name}:{VERSION}"))
}

impl Plain {
    /// Starts a server for a folder as the folder's owner, behind a published port and without capabilities, as a
    /// launch does.
    ///
    /// # Panics
    /// If the engine refuses, or no server answers in time.
    pub async fn start(folder: &Path) -> Plain {
        let name = format!("orchest-plain-{}", std::process::id());
        let image = build(&name);
        let owner = folder_owner(folder);
        let mount = format!("type=bind,source={},target=/notebooks", folder.display());
        // The owner of the folder is this machine's user, also on an engine that gives containers users of their own.
        let remaps = docker(&["info", "--format", "{{.SecurityOptions}}"]).concat().contains("name=userns");
        let userns = if remaps { &["--userns", "host"][..] } else { &[] };
        let run = ["run", "-d", "--init", "--name", &name, "-p", "127.0.0.1::8888", "-u", &owner, "--mount", &mount];
        let least = ["--cap-drop", "ALL", "--security-opt", "no-new-privileges", &image];
        docker(&[&run[..], userns, &least[..]].concat());
        let port = docker(&["port", &name, "8888/tcp"]);
        let server = Server::new(&format!("http://{}", port.first().map_or("", String::as_str)), TOKEN);
        let plain = Plain { server, name };
        for _ in 0..1200 {
            if plain.answers().await {
                return plain;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("the plain server does not answer: {:?}", docker(&["logs", &plain.name]));
    }

    /// The image of its container.
    pub fn image(&self) -> String {
        image_of(&self.name)
    }

    async fn answers(&self) -> bool {
        let client = reqwest::Client::builder().no_proxy().build();
        let Ok(client) = client else { return false };
        client.get(format!("{}/api", self.server.base)).send().await.is_ok_and(|answer| answer.status() == 200)
    }
}

/// `uid:gid` of a folder, as a container sees it: a rootless engine's root is the person.
fn folder_owner(folder: &Path) -> String {
    if is_rootless() {
        return "0:0".to_owned();
    }
    std::fs::metadata(folder).map_or("0:0".to_owned(), |of| format!("{}:{}", of.uid(), of.gid()))
}

/// The Python kernel's own image with the server's packages, without our configuration. Enterprise Gateway drops no
/// fast output, so the plain server must not either.
#[allow(clippy::expect_used)]
fn build(name: &str) -> String {
    let image = image_of(name);
    if !docker(&["images", "-q", &image]).is_empty() {
        return image;
    }
    let dockerfile = format!(
        "FROM orchest/kernel-python:{VERSION}\n\
         USER 0\n\
         COPY --from=orchest/server:{VERSION} /opt/venv/lib /opt/server/lib\n\
         COPY --from=orchest/server:{VERSION} /opt/venv/share /opt/venv/share\n\
         COPY --from=orchest/server:{VERSION} /opt/venv/etc/jupyter/ /opt/venv/etc/jupyter/\n\
         ENV PYTHONPATH=/opt/server/lib/python3.11/site-packages\n\
         RUN rm -rf /opt/server/lib/python3.11/site-packages/IPython /opt/venv/etc/jupyter/jupyter_server_config.py /opt/venv/share/jupyter/lab/settings/overrides.json \
             && pip install -q httpx==0.28.1 requests==2.32.5 && python -m ipykernel install --name python3 --prefix /opt/venv\n\
         WORKDIR /notebooks\n\
         ENTRYPOINT [\"python\", \"-m\", \"jupyterlab\", \"--allow-root\", \"--ip=0.0.0.0\", \"--port=8888\", \
         \"--no-browser\", \"--IdentityProvider.token={TOKEN}\", \"--ServerApp.root_dir=/notebooks\", \
         \"--ZMQChannelsWebsocketConnection.limit_rate=False\"]\n"
    );
    let folder = tempfile::tempdir().expect("a temporary folder");
    std::fs::write(folder.path().join("Dockerfile"), dockerfile).expect("a Dockerfile");
    docker(&["build", "-q", "-t", &image, &folder.path().display().to_string()]);
    image
}
