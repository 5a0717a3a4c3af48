//! Cells, through a launch and with a local kernel.

use std::time::{Duration, Instant};

use orchest_tests::engine::docker;
use orchest_tests::home::Home;
use orchest_tests::jupyter::{Kernel, Server};

const VERSION: &str = env!("CARGO_PKG_VERSION");
const NAME: &str = "orchest-bench-plain";
/// How many cells are timed at once.
const CELLS: u32 = 100;
/// How many prints are counted at once.
const PRINTS: usize = 3000;

/// A plain Jupyter server with a local kernel; removed, with its image, when dropped.
pub struct Plain {
    /// How it is reached.
    pub server: Server,
}

impl Drop for Plain {
    fn drop(&mut self) {
        docker(&["rm", "-f", NAME]);
        docker(&["rmi", &plain_name()]);
    }
}

/// A plain server from the Python kernel's own image and the server's packages, so that both sides run the same
/// versions, behind a published port.
pub async fn plain_server(home: &Home) -> Plain {
    docker(&["rm", "-f", NAME]);
    let image = plain_image(home);
    docker(&["run", "-d", "--name", NAME, "-p", "127.0.0.1::8888", "-u", "0:0", &image]);
    let port = docker(&["port", NAME, "8888/tcp"]);
    let server = Server::new(&format!("http://{}", port.first().unwrap()), "bench");
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    for _ in 0..600 {
        if client.get(format!("{}/api", server.base)).send().await.is_ok_and(|answer| answer.status() == 200) {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    Plain { server }
}

fn plain_name() -> String {
    format!("orchest-bench/plain:{VERSION}")
}

fn plain_image(home: &Home) -> String {
    let image = plain_name();
    let dockerfile = format!(
        "FROM orchest/kernel-python:{VERSION}\n\
         COPY --from=orchest/server:{VERSION} /opt/venv /opt/server\n\
         USER 0\n\
         ENV PYTHONPATH=/opt/server/lib/python3.11/site-packages\n\
         RUN python -m ipykernel install --name python3 --prefix /usr/local\n\
         WORKDIR /tmp\n\
         ENTRYPOINT [\"python\", \"-m\", \"jupyter_server\", \"--allow-root\", \"--ip=0.0.0.0\", \"--port=8888\", \
         \"--no-browser\", \"--IdentityProvider.token=bench\", \
         \"--ZMQChannelsWebsocketConnection.limit_rate=False\"]\n"
    );
    let folder = home.path().join("plain");
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join("Dockerfile"), dockerfile).unwrap();
    docker(&["build", "-q", "-t", &image, folder.to_str().unwrap()]);
    image
}

/// The time of an empty cell, the mean of many.
pub async fn round_trip(kernel: &mut Kernel) -> Duration {
    kernel.execute("").await;
    let began = Instant::now();
    for _ in 0..CELLS {
        kernel.execute("pass").await;
    }
    began.elapsed() / CELLS
}

/// How many output messages arrive in a second from a loop of flushed prints.
pub async fn messages_a_second(kernel: &mut Kernel) -> f64 {
    let code = format!("for n in range({PRINTS}): print(n, flush=True)");
    let began = Instant::now();
    let output = kernel.execute(&code).await;
    assert_eq!(output.text.lines().count(), PRINTS);
    output.messages as f64 / began.elapsed().as_secs_f64()
}
