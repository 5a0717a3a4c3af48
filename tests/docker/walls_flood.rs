//! A kernel, or a user of the machine without a token, sends the gateway and the server too much or something
//! unexpected: no other kernel of the launch is affected.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use serde_json::json;

use orchest_tests::engine::{docker, left_of};
use orchest_tests::home::{Home, launched, stopped};
use orchest_tests::jupyter::Server;
use orchest_tests::page::Page;

/// The memory that a container's processes hold now, bytes (`proc(5)`, `status`, `VmRSS`).
fn holds(container: &str) -> u64 {
    let processes = docker(&["top", container, "-o", "pid"]);
    let held = processes.iter().skip(1).map(|process| {
        let status = std::fs::read_to_string(format!("/proc/{}/status", process.trim())).unwrap_or_default();
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap_or_default();
        line.trim().trim_end_matches(" kB").parse::<u64>().unwrap_or_default() * 1024
    });
    held.sum()
}

/// Sends the head of a request, then as much of its body as the server takes. Answers with the megabytes taken and with
/// the response.
fn send(port: u16, head: &str, megabytes: usize) -> (usize, String) {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
    stream.set_write_timeout(Some(Duration::from_secs(5))).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(5))).unwrap();
    stream.write_all(head.as_bytes()).unwrap();
    let part = vec![b'a'; 1 << 20];
    let taken = (0..megabytes).take_while(|_| stream.write_all(&part).is_ok()).count();
    let mut answer = vec![0; 4096];
    let length = stream.read(&mut answer).unwrap_or_default();
    (taken, String::from_utf8_lossy(&answer[..length]).into_owned())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stranger_cannot_fill_the_servers_memory_and_the_person_can_save_large_files() {
    let home = Home::new();
    let app = home.app().await;
    let id = launched(&app, &home.pipeline("long bodies"), None).await.unwrap();
    let url = reqwest::Url::parse(&app.url(&id).await.unwrap()).unwrap();
    let (port, server) = (url.port().unwrap(), Server::at(url.as_str()));
    let path = url.path().trim_end_matches("lab").to_owned();
    let before = holds(&format!("orchest-{id}-server"));
    for (path, login) in [
        ("/", ""),
        (path.as_str(), ""),
        (&format!("{path}api/contents/x"), ""),
        (&format!("{path}api/contents/x"), "Authorization: token wrong\r\n"),
        (&format!("{path}login"), "Cookie: orchest-login=\"2|1:0|10:1700000000|13:orchest-login|4:eHg=|00\"\r\n"),
        (&format!("{path}api/kernels?token=wrong"), ""),
    ] {
        for length in
            [format!("Content-Length: {}", 300 << 20), "Transfer-Encoding: chunked\r\n\r\n12c00000".to_owned()]
        {
            let head = format!("POST {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n{login}{length}\r\n\r\n");
            let (taken, answer) = tokio::task::spawn_blocking(move || send(port, &head, 100)).await.unwrap();
            assert!(taken < 30, "{taken} MB were taken at {path}");
            assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 400"), "{answer}");
        }
    }
    let grown = holds(&format!("orchest-{id}-server")).saturating_sub(before);
    assert!(grown < 40 << 20, "{} MB", grown >> 20);
    // With the token, a large notebook can be saved.
    let text = "x".repeat(40 << 20);
    let body = json!({ "type": "file", "format": "text", "content": text });
    let (status, answer) = server.put("/api/contents/large.txt", &body).await;
    assert_eq!(status, 201, "{answer}");
    // The person's browser, which sends cookies, can save one too.
    let client = reqwest::Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none()).build().unwrap();
    let came = client.get(url.clone()).header("Accept", "text/html").send().await.unwrap();
    let set: Vec<&str> = came.headers().get_all("set-cookie").iter().map(|one| one.to_str().unwrap()).collect();
    let cookies: Vec<&str> = set.iter().map(|one| one.split(';').next().unwrap()).collect();
    let form_token = cookies.iter().find_map(|one| one.strip_prefix("_xsrf=")).unwrap();
    let saved = client
        .put(url.join("api/contents/large.txt").unwrap())
        .header("Cookie", cookies.join("; "))
        .header("X-XSRFToken", form_token)
        .json(&body)
        .send()
        .await
        .unwrap();
    assert_eq!(saved.status(), 200);
    stopped(&app, &id).await;
    assert_eq!(left_of(&id), Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_kernel_breaking_zeromqs_rules_can_be_restarted_and_ended_and_others_run_on() {
    let home = Home::new();
    let app = home.app().await;
    let id = launched(&app, &home.pipeline("rules"), None).await.unwrap();
    let server = Server::at(&app.url(&id).await.unwrap());
    let mut other = server.start("python_docker", "other.ipynb").await.unwrap();
    // Writes to each end of a control channel's connection: the start of a frame of 2^62 bytes.
    let breaks = "import os, socket, struct\n\
                  for fd in map(int, os.listdir('/proc/self/fd')):\n    \
                      try:\n        one = socket.socket(fileno=os.dup(fd))\n        name = one.getsockname()\n    \
                      except OSError:\n        continue\n    \
                      if 'kernel-4' in str(name):\n        \
                          try: one.send(b'\\x02' + struct.pack('>Q', 1 << 62) + b'abc'); print('broken')\n        \
                          except OSError: pass\n";
    for end in ["restart", "delete"] {
        let mut kernel = server.start("python_docker", &format!("{end}.ipynb")).await.unwrap();
        let said = kernel.execute(breaks).await;
        assert!(said.text.contains("broken"), "{said:?}");
        tokio::time::sleep(Duration::from_millis(500)).await;
        let began = Instant::now();
        let asked = async {
            match end {
                "restart" => server.post(&format!("/api/kernels/{}/restart", kernel.id), &json!({})).await.0,
                _ => server.delete(&format!("/api/kernels/{}", kernel.id)).await,
            }
        };
        let (status, cell) = tokio::join!(asked, other.execute("print(6 * 7)"));
        assert_eq!((status, cell.text.as_str()), (if end == "restart" { 200 } else { 204 }, "42\n"));
        assert!(began.elapsed() < Duration::from_secs(30), "{:?}", began.elapsed());
    }
    stopped(&app, &id).await;
    assert_eq!(left_of(&id), Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn deeply_nested_folders_of_a_kernel_are_removed_with_it() {
    let home = Home::new();
    let app = home.app().await;
    let id = launched(&app, &home.pipeline("deep"), None).await.unwrap();
    let server = Server::at(&app.url(&id).await.unwrap());
    let kernel = server.start_unheard("python_docker", "first.ipynb").await.unwrap();
    let mut page = Page::open(&server, &kernel).await;
    let deep = "import os\n\
                mine = dict(one.split('=', 1) for one in open('/proc/1/environ').read().split('\\0') if one)\n\
                os.chdir(mine['KERNEL_CHANNELS'])\n\
                for _ in range(1600):\n    os.mkdir('d'); os.chdir('d')\n\
                print('deep')";
    assert_eq!(page.run(deep).await.text, "deep\n");
    let (status, answer) = server.post(&format!("/api/kernels/{kernel}/restart"), &json!({})).await;
    assert_eq!(status, 200, "{answer}");
    assert_eq!(Page::open(&server, &kernel).await.run(deep).await.text, "deep\n");
    assert_eq!(server.delete(&format!("/api/kernels/{kernel}")).await, 204);
    stopped(&app, &id).await;
    assert_eq!(left_of(&id), Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn messages_for_an_absent_page_take_bounded_memory() {
    let home = Home::new();
    let app = home.app().await;
    let id = launched(&app, &home.pipeline("left"), None).await.unwrap();
    let server = Server::at(&app.url(&id).await.unwrap());
    let mut kernel = server.start("python_docker", "first.ipynb").await.unwrap();
    let says = "import time\n\
                from ipykernel.kernelbase import Kernel\n\
                kernel = get_ipython().kernel\n\
                print('at work', flush=True)\n\
                time.sleep(2)\n\
                for _ in range(50):\n    \
                    kernel.send_response(kernel.iopub_socket, 'error', \
                        {'ename': 'x', 'evalue': 'y' * (20 << 20), 'traceback': []})\n\
                kernel.send_response(kernel.iopub_socket, 'status', {'execution_state': 'z' * (30 << 20)})\n\
                open('said', 'w').close()";
    kernel.begin(says).await;
    drop(kernel);
    let said = home.path().join("folders/left/said");
    let began = Instant::now();
    while !said.exists() {
        assert!(began.elapsed() < Duration::from_secs(120), "the cell does not end");
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    tokio::time::sleep(Duration::from_secs(3)).await;
    let held = holds(&format!("orchest-{id}-gateway"));
    assert!(held < 700 << 20, "{} MB", held >> 20);
    let (status, kernels) = server.get("/api/kernels").await;
    let state = kernels[0]["execution_state"].as_str().unwrap();
    assert!(status == 200 && ["busy", "idle"].contains(&state), "{}", &state[..20.min(state.len())]);
    stopped(&app, &id).await;
    assert_eq!(left_of(&id), Vec::<String>::new());
}
