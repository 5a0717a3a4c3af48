//! The outputs of a cell and their order.

use serde_json::{Value, json};

use crate::kernels::Run;
use crate::sides::Side;

async fn run(side: &Side, code: &str) -> Run {
    side.page().await.run(code).await
}

/// The outputs only, without the cell's number.
fn outputs(run: &Run) -> Value {
    let mut seen = run.seen()["iopub"].take();
    for item in seen.as_array_mut().unwrap() {
        item["content"].as_object_mut().unwrap().remove("execution_count");
    }
    seen
}

pub async fn order_of_both_streams(side: Side) -> Value {
    let code = "import sys\nfor n in range(20):\n    print(n, file=sys.stderr if n % 2 else sys.stdout, flush=True)";
    let run = run(&side, code).await;
    assert_eq!(run.of("stream").len(), 20);
    outputs(&run)
}

pub async fn many_prints_in_order(side: Side) -> Value {
    let run = run(&side, "for n in range(3000): print(n)").await;
    assert_eq!(run.text("stdout").lines().count(), 3000);
    run.text("stdout").into()
}

pub async fn unicode_of_all_planes(side: Side) -> Value {
    let code = "print(''.join(chr(c) for c in range(0x20, 0x30000, 97) if not 0xD800 <= c < 0xE000))\nprint('e\\u0301 👩🏽‍🔬 \\U0010FFFF \\ufeff \\u202e')\n'ü👩🏽‍🔬'";
    let run = run(&side, code).await;
    assert!(run.text("stdout").contains("👩🏽‍🔬"));
    outputs(&run)
}

pub async fn nul_and_control_characters(side: Side) -> Value {
    let run =
        run(&side, "print('a\\x00b' + ''.join(map(chr, range(32))) + '\\x7f\\x85\\u2028\\u2029')\n'a\\x00b'").await;
    assert!(run.text("stdout").starts_with("a\0b"));
    outputs(&run)
}

pub async fn lone_surrogates(side: Side) -> Value {
    let mut page = side.page().await;
    // The outputs differ: the plain server's kernel fails to send this, with a long error.
    page.run("print('a\\udcffb'); print('\\ud800')").await;
    let shown = page.run("from IPython.display import display\ndisplay({'text/plain': 'x\\udcffy'}, raw=True)").await;
    let raised = page.run("raise ValueError('p\\udcffq')").await;
    let after = page.run("print('on')").await;
    assert_eq!(after.text("stdout"), "on\n");
    let raised = raised.of("error").first().map(|error| error.content["evalue"].clone());
    // Half a pair becomes one replacement character, or three as it has three bytes.
    let seen =
        json!([outputs(&shown), raised, outputs(&after)]).to_string().replace("\u{fffd}\u{fffd}\u{fffd}", "\u{fffd}");
    assert!(seen.contains("x\u{fffd}y"), "{seen}");
    seen.into()
}

pub async fn bytes_to_the_underlying_stream(side: Side) -> Value {
    let code = "import sys, os\nsys.stdout.buffer.write(b'raw\\n') if hasattr(sys.stdout, 'buffer') else print('no buffer')\nsys.stdout.flush()\nos.write(1, b'to the descriptor\\n')\nimport time; time.sleep(0.3)\nprint('end')";
    let run = run(&side, code).await;
    assert!(run.text("stdout").contains("end"));
    run.text("stdout").into()
}

pub async fn display_of_many_types(side: Side) -> Value {
    let code = "from IPython.display import display, HTML, Markdown, Latex, SVG, JSON, Javascript, Image, Math, GeoJSON, Video, Audio, IFrame, Code, Pretty\n\
        import base64\n\
        png = base64.b64decode('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==')\n\
        display(HTML('<b>ü</b>'), Markdown('**m**'), Latex('$x$'), SVG('<svg xmlns=\"http://www.w3.org/2000/svg\"/>'), JSON({'a': [1, None, 'ü']}))\n\
        display(Javascript('1'), Image(png), Math('x^2'), GeoJSON({'type': 'Point', 'coordinates': [1, 2]}), Audio(b'RIFF', rate=8000), IFrame('https://x.org', 1, 2), Pretty('p'))\n\
        display({'application/vnd.custom.v1+json': {'deep': {'er': [1.5, True]}}, 'text/plain': 'custom'}, raw=True)";
    let run = run(&side, code).await;
    assert_eq!(run.of("display_data").len(), 13, "{:?}", run.messages);
    outputs(&run)
}

pub async fn rich_metadata(side: Side) -> Value {
    let code = "from IPython.display import display, Image\n\
        display({'text/plain': 'a', 'image/svg+xml': '<svg/>'}, metadata={'image/svg+xml': {'isolated': True}, 'width': 3}, raw=True)\n\
        display({'text/plain': 'b'}, raw=True, transient={'display_id': 'fixed', 'own': 1})\n\
        display({}, raw=True)";
    let run = run(&side, code).await;
    assert_eq!(run.of("display_data").len(), 3);
    let transient: Vec<Value> = run.of("display_data").iter().map(|one| one.content["transient"].clone()).collect();
    json!([outputs(&run), transient])
}

pub async fn update_of_a_display(side: Side) -> Value {
    let mut page = side.page().await;
    let first = page.run("from IPython.display import display\nh = display('first', display_id='here')").await;
    let second = page.run("h.update('second')\nfrom IPython.display import update_display\nupdate_display('third', display_id='here')").await;
    assert_eq!(second.of("update_display_data").len(), 2);
    json!([outputs(&first), outputs(&second)])
}

pub async fn clear_of_an_output(side: Side) -> Value {
    let code = "from IPython.display import clear_output\nprint(1)\nclear_output()\nprint(2)\nclear_output(wait=True)\nprint(3)";
    let run = run(&side, code).await;
    assert_eq!(run.of("clear_output").len(), 2);
    outputs(&run)
}

pub async fn carriage_returns(side: Side) -> Value {
    let code = "import sys\nfor n in range(5):\n    print(f'\\r{n * 20} %', end='', flush=True)\nprint('\\b\\b\\x1b[31mred\\x1b[0m')";
    let run = run(&side, code).await;
    assert!(run.text("stdout").contains("\r80 %"));
    outputs(&run)
}

pub async fn prints_of_threads_and_children(side: Side) -> Value {
    let code = "import threading, subprocess, sys, os\n\
        t = threading.Thread(target=lambda: print('from a thread')); t.start(); t.join()\n\
        sys.stdout.flush()\n\
        subprocess.run([sys.executable, '-c', 'print(\"from a child\")'])\n\
        import multiprocessing as m\n\
        p = m.get_context('fork').Process(target=print, args=('from a fork',)); p.start(); p.join()\n\
        import time; time.sleep(0.5)\n\
        print('end')";
    let mut page = side.own_page().await;
    let run = page.run(code).await;
    let mut lines: Vec<String> = run.text("stdout").lines().map(str::to_owned).collect();
    lines.sort();
    // The forked kernel may print its inherited buffer once more; that happens with a plain server, too.
    lines.dedup();
    assert!(lines.contains(&"from a thread".to_owned()), "{lines:?}");
    json!(lines)
}

pub async fn logging_and_warnings(side: Side) -> Value {
    let code = "import logging, warnings\nlogging.getLogger('own').warning('a warning of a log')\nwarnings.warn('a warning', UserWarning, stacklevel=1)\nlogging.getLogger('own').info('not shown')";
    let run = side.own_page().await.run(code).await;
    assert!(run.text("stderr").contains("UserWarning: a warning"));
    run.text("stderr").into()
}

/// In bursts: a kernel's own socket drops messages that are more than a thousand ahead of its server, and a plain
/// server has the same limit.
pub async fn ten_thousand_messages(side: Side) -> Value {
    let code = "from IPython.display import display\nimport time\nfor n in range(10000):\n    display({'text/plain': str(n)}, raw=True)\n    if n % 250 == 249: time.sleep(0.2)";
    let run = run(&side, code).await;
    let numbers: Vec<String> = run
        .of("display_data")
        .iter()
        .map(|one| one.content["data"]["text/plain"].as_str().unwrap().to_owned())
        .collect();
    let right: Vec<String> = (0..10_000).map(|number| number.to_string()).collect();
    assert!(numbers == right, "{} came", numbers.len());
    numbers.len().into()
}

pub async fn a_value_of_many_types(side: Side) -> Value {
    let code = "class Rich:\n    def _repr_html_(self): return '<i>h</i>'\n    def _repr_json_(self): return {'n': 1}, {'expanded': True}\n    def _repr_latex_(self): return '$l$'\n    def _repr_mimebundle_(self, **kw): return {'application/x-own': 'own', 'text/plain': 'plain'}, {'application/x-own': {'m': 1}}\nRich()";
    let run = run(&side, code).await;
    assert_eq!(run.first("execute_result").content["data"]["application/x-own"], "own");
    outputs(&run)
}

pub async fn a_repr_that_raises(side: Side) -> Value {
    let code = "class Bad:\n    def __repr__(self): raise RuntimeError('no repr')\nBad()";
    let run = run(&side, code).await;
    let kinds: Vec<&str> = run.messages.iter().filter(|one| one.channel == "iopub").map(|one| one.kind()).collect();
    assert!(kinds.contains(&"error") || kinds.contains(&"stream"), "{kinds:?}");
    json!([kinds, run.reply().content["status"]])
}

pub async fn a_plot(side: Side) -> Value {
    let code = "%matplotlib inline\nimport matplotlib.pyplot as plt\nplt.plot([1, 2, 3])\nplt.show()";
    let run = run(&side, code).await;
    let shown = &run.first("display_data").content;
    assert!(shown["data"]["image/png"].as_str().is_some_and(|png| png.starts_with("iVBOR")));
    outputs(&run)
}

pub async fn an_empty_print(side: Side) -> Value {
    let run = run(&side, "print('', end='')\nprint()\nfrom IPython.display import display\ndisplay('')\n''").await;
    assert_eq!(run.text("stdout"), "\n");
    outputs(&run)
}
