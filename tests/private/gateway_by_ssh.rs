//! A launch at a gateway that starts its kernels on another machine by ssh: that machine is a network of its own, with an ssh
//! server.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use orchest_core::App;
use orchest_core::contract::live::KernelAction;
use orchest_core::settings::Place;
use orchest_core::settings::place::{GatewayPlace, KeptSecret, SharedFolder};
use orchest_tests::home::{Home, launched, server_of, stopped};
use orchest_tests::private::{Own, PrivateEngine, here};
use orchest_tests::stock_gateway::{KERNELSPEC, SSH_PORT, StockGateway};

const HERE: &str = "10.77.0.1";
const THERE: &str = "10.77.0.2";

/// The other machine: a network with an ssh server, which has the files of this one.
struct Machine {
    sshd: Child,
}

impl Drop for Machine {
    fn drop(&mut self) {
        let _ = self.sshd.kill();
        let _ = self.sshd.wait();
        let _ = Command::new("ip").args(["netns", "del", "there"]).status();
    }
}

fn sh(script: &str) {
    let ran = Command::new("sh").args(["-ec", script]).output().unwrap();
    assert!(ran.status.success(), "{script}: {}", String::from_utf8_lossy(&ran.stderr));
}

fn machine(folder: &Path) -> Machine {
    sh(&format!(
        "mkdir -p /run/sshd
         ip netns add there
         ip link add here type veth peer name there netns there
         ip addr add {HERE}/24 dev here && ip link set here up
         ip -n there addr add {THERE}/24 dev there && ip -n there link set there up && ip -n there link set lo up"
    ));
    let ssh = folder.join(".ssh");
    fs::create_dir(&ssh).unwrap();
    fs::set_permissions(&ssh, Permissions::from_mode(0o700)).unwrap();
    sh(&format!(
        "cd {}
         ssh-keygen -q -t ed25519 -N '' -f host
         ssh-keygen -q -t ed25519 -N '' -f id_ed25519
         cp id_ed25519.pub authorized
         printf '[%s]:%s %s\\n' {THERE} {SSH_PORT} \"$(cut -d' ' -f1,2 host.pub)\" >known_hosts",
        ssh.display()
    ));
    let config = ssh.join("sshd_config");
    let lines = format!(
        "Port {SSH_PORT}\nListenAddress {THERE}\nHostKey {0}/host\nAuthorizedKeysFile {0}/authorized\nPidFile none\n\
         StrictModes no\nPermitRootLogin prohibit-password\nUsePAM no\n",
        ssh.display()
    );
    fs::write(&config, lines).unwrap();
    let mut sshd = Command::new("ip");
    sshd.args(["netns", "exec", "there", "/usr/sbin/sshd", "-D", "-e", "-f"]).arg(&config);
    let log = fs::File::create(ssh.join("log")).unwrap();
    let sshd = sshd.stdin(Stdio::null()).stdout(Stdio::null()).stderr(log).spawn().unwrap();
    let began = Instant::now();
    while std::net::TcpStream::connect((THERE, SSH_PORT)).is_err() {
        let said = || fs::read_to_string(ssh.join("log")).unwrap_or_default();
        assert!(began.elapsed() < Duration::from_secs(20), "sshd does not listen: {}", said());
        std::thread::sleep(Duration::from_millis(50));
    }
    Machine { sshd }
}

#[tokio::test(flavor = "multi_thread")]
async fn kernels_on_another_machine_work_and_end_with_the_launch() {
    const TEST: &str = "gateway_by_ssh::kernels_on_another_machine_work_and_end_with_the_launch";
    if !here(TEST, Own::Networks) {
        return;
    }
    let home = Home::new();
    let engine = PrivateEngine::start_in(home.path(), &[]);
    engine.take_images();
    let files = home.path().join("gateway");
    fs::create_dir(&files).unwrap();
    let _there = machine(&files);
    let gateway = StockGateway::with_ssh(&files, HERE, THERE);
    let app = App::start_amid(home.places(), engine.around());
    app.settled().await;
    let folder = home.pipeline("on a rack");
    let id = app.add_pipeline(folder.clone()).await.unwrap();
    let shared = SharedFolder { here: folder.clone(), there: folder.to_str().unwrap().to_owned() };
    let token = Some(KeptSecret::File(gateway.token_file()));
    let place: Place =
        GatewayPlace { gateway: gateway.url(), token, shared: vec![shared], ..GatewayPlace::default() }.into();
    app.add_place("rack", place, None).await.unwrap();
    let checks = app.test_place("rack", None).await.unwrap();
    assert!(checks.iter().all(|check| check.ok), "{checks:?}");
    assert!(checks.last().unwrap().finding.contains("by DistributedProcessProxy"), "{checks:?}");
    app.pick_place(&id, Some("rack".to_owned())).await.unwrap();
    let id = launched(&app, &folder, None).await.unwrap();

    let mut kernel = server_of(&app, &id).await.start(KERNELSPEC, "first.ipynb").await.unwrap();
    let address =
        "import subprocess; print(subprocess.run(['ip', '-4', '-br', 'addr'], capture_output=True, text=True).stdout)";
    let told = kernel.execute(address).await.text;
    assert!(told.contains(THERE) && !told.contains(HERE), "{told}");
    let pid: i32 = kernel.execute("import os; print(os.getpid())").await.text.trim().parse().unwrap();
    let sleep = "import time\ntry:\n    print('begun', flush=True); time.sleep(60)\nexcept KeyboardInterrupt: print('interrupted')";
    let sent = kernel.begin(sleep).await;
    app.act_on_kernel(&id, &kernel.id, KernelAction::Interrupt).await.unwrap();
    assert!(kernel.outcome(&sent).await.text.contains("interrupted"));
    kernel.execute("x = 1").await;
    let mut kernel = kernel.restart().await;
    assert!(
        kernel.execute("print(x)").await.error.is_some_and(|error| error.contains("NameError")),
        "it is another one"
    );
    stopped(&app, &id).await;
    let began = Instant::now();
    let alive = |pid: i32| Path::new(&format!("/proc/{pid}")).exists();
    while alive(pid) {
        assert!(began.elapsed() < Duration::from_secs(20), "the kernel still runs");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    assert_eq!(engine.docker(&["ps", "-aq"]), Vec::<String>::new());
}
