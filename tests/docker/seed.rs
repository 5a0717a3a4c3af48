//! The kernelspec of the first orchest-api, unchanged.

use orchest_tests::engine::docker;
use orchest_tests::home::{Home, launched, stopped};
use orchest_tests::jupyter::Server;

const SEED: &str = r#"{
  "language": "python",
  "display_name": "Python on Docker",
  "metadata": {
    "process_proxy": {
      "class_name": "enterprise_gateway.services.processproxies.docker_swarm.DockerProcessProxy",
      "config": { "image_name": "elyra/kernel-py:2.0.0" }
    }
  },
  "env": {},
  "argv": [
    "python",
    "/usr/local/share/jupyter/kernels/python_docker/scripts/launch_docker.py",
    "--RemoteProcessProxy.kernel-id",
    "{kernel_id}",
    "--RemoteProcessProxy.response-address",
    "{response_address}",
    "--RemoteProcessProxy.spark-context-initialization-mode",
    "none"
  ]
}"#;

#[tokio::test(flavor = "multi_thread")]
async fn the_first_kernelspec_can_be_picked_and_its_kernel_starts() {
    // A current kernel image under the name that the kernelspec wants. An existing image of that name is left alone.
    let here = docker(&["images", "-q", "elyra/kernel-py:2.0.0"]);
    if here.is_empty() {
        docker(&["tag", "orchest/kernel-python:0.1.0", "elyra/kernel-py:2.0.0"]);
    }
    let home = Home::new();
    let spec = home.places().kernels_dir().join("seed");
    std::fs::create_dir_all(&spec).unwrap();
    std::fs::write(spec.join("kernel.json"), SEED).unwrap();
    let app = home.app().await;
    let shown = app.snapshots().borrow().kernelspecs.iter().find(|shown| shown.name == "seed").cloned().unwrap();
    assert_eq!((shown.display_name.as_str(), shown.image.as_str()), ("Python on Docker", "elyra/kernel-py:2.0.0"));
    assert!(shown.remark.is_some(), "the list mentions the missing argument");
    let id = launched(&app, &home.pipeline("seed"), Some("seed")).await.unwrap();
    let server = Server::at(&app.url(&id).await.unwrap());
    let mut kernel = server.start("seed", "first.ipynb").await.unwrap();
    assert_eq!(kernel.execute("print(6 * 7)").await.text, "42\n");
    stopped(&app, &id).await;
    if here.is_empty() {
        docker(&["rmi", "elyra/kernel-py:2.0.0"]);
    }
}
