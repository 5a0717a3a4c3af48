//! Large messages: nothing of them is lost, and neither are later messages.

use serde_json::{Value, json};

use crate::kernels::Run;
use crate::sides::Side;

/// A cell, and a second one that shows that the connection still works.
async fn and_on(side: &Side, code: &str) -> Run {
    let mut page = side.page().await;
    let run = page.run(code).await;
    assert_eq!(page.run("print('on')").await.text("stdout"), "on\n");
    run
}

fn digest(text: &str) -> Value {
    crate::client::brief(text.as_bytes())
}

pub async fn twenty_megabytes_of_text(side: Side) -> Value {
    let run = and_on(&side, "print('x' * 20_000_000)").await;
    assert_eq!(run.text("stdout").len(), 20_000_001);
    digest(&run.text("stdout"))
}

pub async fn eighteen_megabytes_of_text_in_lines(side: Side) -> Value {
    let run = and_on(&side, "for n in range(300): print(str(n) * 20_000)").await;
    assert!(run.text("stdout").len() > 15_000_000);
    digest(&run.text("stdout"))
}

pub async fn a_picture_of_twelve_megabytes(side: Side) -> Value {
    let code = "from IPython.display import display, Image\ndisplay(Image(b'\\x89PNG\\r\\n\\x1a\\n' + bytes(range(256)) * 36_000, format='png', width=1, height=1))";
    let run = and_on(&side, code).await;
    let png = run.first("display_data").content["data"]["image/png"].as_str().unwrap().to_owned();
    assert!(png.len() > 12_000_000);
    digest(&png)
}

pub async fn html_of_twelve_megabytes(side: Side) -> Value {
    let run = and_on(&side, "from IPython.display import display, HTML\ndisplay(HTML('<i>ü</i>' * 1_300_000))").await;
    let html = run.first("display_data").content["data"]["text/html"].as_str().unwrap().to_owned();
    assert!(html.len() > 11_000_000);
    digest(&html)
}

pub async fn a_value_of_twelve_megabytes(side: Side) -> Value {
    let run = and_on(&side, "'v' * 12_000_000").await;
    let value = run.first("execute_result").content["data"]["text/plain"].as_str().unwrap().to_owned();
    assert_eq!(value.len(), 12_000_002);
    digest(&value)
}

pub async fn a_traceback_of_twelve_megabytes(side: Side) -> Value {
    let run = and_on(&side, "raise ValueError('e' * 12_000_000)").await;
    let error = &run.first("error").content;
    assert_eq!(error["evalue"].as_str().unwrap().len(), 12_000_000);
    json!([digest(error["evalue"].as_str().unwrap()), error["ename"], run.reply().content["status"]])
}

pub async fn json_that_is_deep_and_wide(side: Side) -> Value {
    let code = "from IPython.display import display\n\
        deep = []\nfor _ in range(100): deep = [deep]\n\
        display({'application/json': {'deep': deep, 'wide': list(range(300_000)), 'float': [0.1, 1e300, -0.0]}}, raw=True)";
    let run = and_on(&side, code).await;
    let shown = run.first("display_data").content["data"]["application/json"].to_string();
    assert!(shown.len() > 1_000_000);
    digest(&shown)
}

pub async fn an_update_of_eleven_megabytes(side: Side) -> Value {
    let code = "from IPython.display import display\nh = display({'text/plain': ''}, raw=True, display_id='large')\nh.update({'text/plain': 'u' * 11_000_000}, raw=True)";
    let run = and_on(&side, code).await;
    digest(run.first("update_display_data").content["data"]["text/plain"].as_str().unwrap())
}

pub async fn a_completion_of_eleven_megabytes(side: Side) -> Value {
    let mut page = side.page().await;
    page.run("documented = lambda: 1\ndocumented.__doc__ = 'd' * 11_000_000").await;
    let asked = json!({ "code": "documented", "cursor_pos": 10, "detail_level": 0 });
    let run = page.ask("shell", "inspect_request", asked).await;
    let text = run.reply().content["data"]["text/plain"].as_str().unwrap().len();
    assert!(text > 11_000_000);
    page.run("del documented").await;
    // The message has the kernel's process number.
    (text > 11_000_000).into()
}

pub async fn a_hundred_outputs_of_a_megabyte(side: Side) -> Value {
    let code = "from IPython.display import display\nfor n in range(60): display({'text/plain': str(n) + 'm' * 1_000_000}, raw=True)";
    let run = and_on(&side, code).await;
    let starts: Vec<String> = run
        .of("display_data")
        .iter()
        .map(|one| one.content["data"]["text/plain"].as_str().unwrap().trim_end_matches('m').to_owned())
        .collect();
    assert_eq!(starts.len(), 60);
    json!(starts)
}

pub async fn code_of_nine_megabytes(side: Side) -> Value {
    let run = and_on(&side, &format!("text = '{}'\nprint(len(text))", "c".repeat(9_000_000))).await;
    assert_eq!(run.text("stdout"), "9000000\n");
    json!([run.text("stdout"), run.of("execute_input").len()])
}

/// Jupyter Server accepts messages of at most 10 MiB from a page, and closes the connection after a larger one.
pub async fn code_of_25_megabytes(side: Side) -> Value {
    let mut page = side.page().await;
    let code = format!("text = '{}'\nprint(len(text))", "c".repeat(25_000_000));
    let ended = tokio::spawn(async move { page.run(&code).await.text("stdout") }).await;
    let after = side.page().await.run("print('on')").await.text("stdout");
    assert_eq!(after, "on\n");
    json!({ "printed": ended.unwrap_or_else(|_| "the connection ended".to_owned()) })
}
