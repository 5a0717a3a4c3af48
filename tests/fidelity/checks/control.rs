//! Interrupt, restart, shut-down and death.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::client::Message;
use crate::kernels::{Page, Run, cell};
use crate::sides::Side;

async fn interrupt(side: &Side, page: &Page) {
    let answer = side.post(&format!("/api/kernels/{}/interrupt", page.kernel), &json!({})).await;
    assert_eq!(answer.status, 204, "{}", answer.body);
}

async fn restart(side: &Side, page: &Page) -> Value {
    let answer = side.post(&format!("/api/kernels/{}/restart", page.kernel), &json!({})).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    json!([answer.body["id"] == page.kernel.as_str(), answer.body["name"]])
}

/// Interrupts a cell once it has printed `begun`. The cell has to end soon, and the kernel goes on.
async fn interrupted(side: &Side, page: &mut Page, code: &str) -> Run {
    let id = page.begin(code, "begun").await;
    tokio::time::sleep(Duration::from_millis(300)).await;
    let asked = Instant::now();
    interrupt(side, page).await;
    let run = page.outcome(&id).await;
    assert!(asked.elapsed() < Duration::from_secs(10), "it ended after {:?}", asked.elapsed());
    assert_eq!(page.run("print('on')").await.text("stdout"), "on\n");
    run
}

fn error_of(run: &Run) -> Value {
    run.of("error").first().map_or(Value::Null, |error| error.content["ename"].clone())
}

async fn of_interrupted(side: Side, code: &str) -> Value {
    let mut page = side.own_page().await;
    let run = interrupted(&side, &mut page, code).await;
    json!([error_of(&run), run.reply().content["status"], run.text("stdout")])
}

pub async fn interrupt_of_a_loop(side: Side) -> Value {
    let seen = of_interrupted(side, "print('begun', flush=True)\nwhile True: pass").await;
    assert_eq!(seen[0], "KeyboardInterrupt");
    seen
}

pub async fn interrupt_of_a_sleep(side: Side) -> Value {
    of_interrupted(side, "import time\nprint('begun', flush=True)\ntime.sleep(300)").await
}

pub async fn interrupt_runs_finally(side: Side) -> Value {
    let code = "import time\ntry:\n    print('begun', flush=True)\n    time.sleep(300)\nexcept KeyboardInterrupt:\n    print('caught')\nfinally:\n    print('finally')";
    of_interrupted(side, code).await
}

pub async fn interrupt_of_a_child(side: Side) -> Value {
    let code = "import subprocess\np = subprocess.Popen(['sleep', '300'])\nprint('begun', flush=True)\np.wait()";
    let mut page = side.own_page().await;
    let run = interrupted(&side, &mut page, code).await;
    let child = page.run("import time\ntime.sleep(0.3)\nprint(p.poll() is not None)").await;
    json!([error_of(&run), child.text("stdout")])
}

pub async fn interrupt_of_bash(side: Side) -> Value {
    let mut page = side.own_page().await;
    let first = interrupted(&side, &mut page, "%%bash\necho begun; sleep 301; echo not so").await;
    json!([error_of(&first), left(&mut page, "sleep 301").await])
}

pub async fn interrupt_of_a_shell_command(side: Side) -> Value {
    let mut page = side.own_page().await;
    let run = interrupted(&side, &mut page, "!echo begun; sleep 302").await;
    json!([error_of(&run), left(&mut page, "sleep 302").await])
}

pub async fn interrupt_of_a_pool(side: Side) -> Value {
    let code = "import multiprocessing as m, time\npool = m.get_context('fork').Pool(2)\nprint('begun', flush=True)\npool.map(time.sleep, [303, 303])";
    let mut page = side.own_page().await;
    let id = page.begin(code, "begun").await;
    tokio::time::sleep(Duration::from_millis(500)).await;
    interrupt(&side, &page).await;
    let run = page.outcome(&id).await;
    error_of(&run)
}

/// How many processes with exactly these words run on the kernel's side.
async fn left(page: &mut Page, words: &str) -> Value {
    let code = format!(
        "import glob, time\ntime.sleep(0.5)\nwords, found = '{words}', 0\nfor f in glob.glob('/proc/[0-9]*/cmdline'):\n    try: found += open(f, 'rb').read().replace(b'\\0', b' ').strip() == words.encode()\n    except OSError: pass\nprint(found)"
    );
    page.run(&code).await.text("stdout").trim().into()
}

pub async fn interrupt_of_nothing(side: Side) -> Value {
    let mut page = side.own_page().await;
    interrupt(&side, &page).await;
    interrupt(&side, &page).await;
    tokio::time::sleep(Duration::from_millis(300)).await;
    let run = page.run("print('on')").await;
    assert_eq!(run.text("stdout"), "on\n");
    json!([error_of(&run), run.text("stdout")])
}

pub async fn interrupt_drops_waiting_cells(side: Side) -> Value {
    let mut page = side.own_page().await;
    let running = page.begin("import time\nprint('begun', flush=True)\ntime.sleep(300)", "begun").await;
    let waiting = page.send("shell", "execute_request", cell("print('not run')")).await;
    interrupt(&side, &page).await;
    let heard = page.until(|message| message.answers(&waiting) && message.kind() == "execute_reply").await;
    let replies = heard.iter().filter(|message| message.kind() == "execute_reply");
    let replies: Vec<Value> =
        replies.map(|message| json!([message.answers(&running), message.content["status"]])).collect();
    assert_eq!(json!(replies), json!([[true, "error"], [false, "aborted"]]));
    json!(replies)
}

pub async fn interrupt_by_a_message(side: Side) -> Value {
    let mut page = side.own_page().await;
    let id = page.begin("import time\nprint('begun', flush=True)\ntime.sleep(300)", "begun").await;
    page.send("control", "interrupt_request", json!({})).await;
    let run = page.outcome(&id).await;
    assert_eq!(error_of(&run), "KeyboardInterrupt");
    error_of(&run)
}

pub async fn a_restart_forgets_variables(side: Side) -> Value {
    let mut page = side.own_page().await;
    page.run("kept = 1").await;
    let answer = restart(&side, &page).await;
    // JupyterLab keeps its connection.
    page.ask("shell", "kernel_info_request", json!({})).await;
    let run = page.run("print('kept' in globals())").await;
    assert_eq!(run.text("stdout"), "False\n");
    json!([answer, run.text("stdout")])
}

pub async fn a_restart_counts_from_one(side: Side) -> Value {
    let mut page = side.own_page().await;
    let mut counted = cell("1");
    counted["store_history"] = true.into();
    for _ in 0..3 {
        page.ask("shell", "execute_request", counted.clone()).await;
    }
    restart(&side, &page).await;
    page.ask("shell", "kernel_info_request", json!({})).await;
    let run = page.ask("shell", "execute_request", counted).await;
    assert_eq!(run.reply().content["execution_count"], 1);
    run.reply().content["execution_count"].clone()
}

pub async fn a_restart_while_busy(side: Side) -> Value {
    let mut page = side.own_page().await;
    page.begin("print('begun', flush=True)\nwhile True: pass", "begun").await;
    let answer = restart(&side, &page).await;
    page.ask("shell", "kernel_info_request", json!({})).await;
    let run = page.run("print('on')").await;
    assert_eq!(run.text("stdout"), "on\n");
    json!([answer, run.text("stdout")])
}

pub async fn a_restart_ends_children(side: Side) -> Value {
    let mut page = side.own_page().await;
    page.run("import subprocess\np = subprocess.Popen(['sleep', '304'])").await;
    restart(&side, &page).await;
    page.ask("shell", "kernel_info_request", json!({})).await;
    left(&mut page, "sleep 304").await
}

pub async fn three_restarts_in_a_row(side: Side) -> Value {
    let mut page = side.own_page().await;
    for _ in 0..3 {
        restart(&side, &page).await;
    }
    answered(&mut page).await;
    page.run("print('on')").await.text("stdout").into()
}

/// Asks for the kernel's facts until it answers, as pages do after a restart: a server, also the plain one, may lose what
/// it gets while it connects to the new kernel, and it may miss the new kernel's own first status.
async fn answered(page: &mut Page) {
    for _ in 0..12 {
        let id = page.send("shell", "kernel_info_request", json!({})).await;
        let until = Instant::now() + Duration::from_secs(5);
        while let Some(message) = page.next_within(until.saturating_duration_since(Instant::now())).await {
            if message.answers(&id) && message.kind() == "kernel_info_reply" {
                return;
            }
        }
    }
    panic!("the kernel does not answer");
}

/// The states that the page gets after the cell that ends the kernel.
async fn states_after(page: &mut Page, code: &str) -> Vec<String> {
    page.send("shell", "execute_request", cell(code)).await;
    let over = |message: &Message| ["restarting", "dead", "autorestarting"].iter().any(|state| message.tells(state));
    let heard = page.until(over).await;
    let states = heard.iter().filter(|message| over(message));
    states.map(|message| message.content["execution_state"].as_str().unwrap().to_owned()).collect()
}

/// The kernel ends at once and is restarted, and the page's connection goes on.
async fn of_death(side: Side, code: &str) -> Value {
    let mut page = side.own_page().await;
    page.run("kept = 1").await;
    let states = states_after(&mut page, code).await;
    answered(&mut page).await;
    let mut again = None;
    for _ in 0..40 {
        let answer = side.get(&format!("/api/kernels/{}", page.kernel)).await;
        if matches!(answer.body["execution_state"].as_str(), Some("idle" | "starting")) {
            again = Some(answer.status);
            break;
        }
        tokio::time::sleep(Duration::from_millis(250)).await;
    }
    let run = page.run("print('kept' in globals())").await;
    assert_eq!(run.text("stdout"), "False\n");
    json!([states, again, run.text("stdout")])
}

pub async fn a_kernel_that_exits_is_restarted(side: Side) -> Value {
    of_death(side, "import os\nos._exit(1)").await
}

pub async fn a_killed_kernel_is_restarted(side: Side) -> Value {
    of_death(side, "import os, signal\nos.kill(os.getpid(), signal.SIGKILL)").await
}

pub async fn a_crashed_kernel_is_restarted(side: Side) -> Value {
    of_death(side, "import ctypes\nctypes.string_at(0)").await
}

pub async fn quit_in_a_cell(side: Side) -> Value {
    let mut page = side.own_page().await;
    let id = page.send("shell", "execute_request", cell("quit()")).await;
    let heard = page.until(|message| message.answers(&id) && message.kind() == "execute_reply").await;
    let reply = heard.last().unwrap().content.clone();
    json!([reply["status"], reply["payload"]])
}

pub async fn a_kernel_is_shut_down(side: Side) -> Value {
    let page = side.own_page().await;
    let path = format!("/api/kernels/{}", page.kernel);
    let ended = side.delete(&path).await;
    let after = side.get(&path).await;
    assert_eq!((ended.status, after.status), (204, 404));
    json!([ended.status, ended.body, after.seen()])
}

pub async fn shut_down_by_a_message(side: Side) -> Value {
    let mut page = side.own_page().await;
    let id = page.send("control", "shutdown_request", json!({ "restart": false })).await;
    let heard = page.until(|message| message.answers(&id) && message.kind() == "shutdown_reply").await;
    heard.last().unwrap().content.clone()
}
