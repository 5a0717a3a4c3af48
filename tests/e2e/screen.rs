//! The only screen and keyboard, which tests share.

use std::fs::File;
use std::io::BufWriter;
use std::path::PathBuf;
use std::process::Command;
use std::time::{Duration, Instant};

use tokio::sync::{Mutex, MutexGuard};
use x11rb::protocol::xproto::{ClientMessageEvent, ConnectionExt, EventMask, ImageFormat, InputFocus};

static TURN: Mutex<()> = Mutex::const_new(());

/// Waits for this test's turn.
pub async fn turn() -> MutexGuard<'static, ()> {
    let turn = TURN.lock().await;
    assert!(
        std::env::var_os("DISPLAY").is_some(),
        "no screen is here: DISPLAY is not set. hint: `make test` gives the tests one of their own; \
         by hand: `xvfb-run -s '-screen 0 1600x1000x24' cargo test -p orchest-tests --test e2e`"
    );
    turn
}

/// The path of a screenshot with this name.
pub fn shot(name: &str) -> PathBuf {
    let folder = target().join("test-logs/screens");
    std::fs::create_dir_all(&folder).unwrap();
    folder.join(format!("{name}.png"))
}

/// Takes a screenshot of the window with this title.
pub fn keep(title: &str, name: &str) {
    let window: u32 = window_titled(title).expect("a window").parse().unwrap();
    let (screen, _) = x11rb::connect(None).unwrap();
    let size = screen.get_geometry(window).unwrap().reply().unwrap();
    let (width, height) = (size.width, size.height);
    let image = screen.get_image(ImageFormat::Z_PIXMAP, window, 0, 0, width, height, !0).unwrap().reply().unwrap();
    // Each pixel has the bytes blue, green, red, and an unused one.
    let pixels: Vec<u8> = image.data.chunks_exact(4).flat_map(|pixel| [pixel[2], pixel[1], pixel[0]]).collect();
    let file = BufWriter::new(File::create(shot(name)).unwrap());
    let mut picture = png::Encoder::new(file, width.into(), height.into());
    picture.set_color(png::ColorType::Rgb);
    picture.write_header().unwrap().write_image_data(&pixels).unwrap();
}

/// A program that is built together with these tests.
pub fn built(name: &str) -> PathBuf {
    // The tests are in `deps`, beside the programs.
    let program = std::env::current_exe().unwrap().parent().unwrap().parent().unwrap().join(name);
    assert!(program.exists(), "{} is not built. hint: `cargo build -p {name}`", program.display());
    program
}

fn target() -> PathBuf {
    let test = std::env::current_exe().unwrap();
    test.ancestors().nth(3).unwrap().to_owned()
}

/// The output of `xdotool`, if it succeeds.
pub fn xdotool(arguments: &[&str]) -> Option<String> {
    let output = Command::new("xdotool").args(arguments).output().expect("xdotool");
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

/// The number of the visible window with this title.
pub fn window_titled(title: &str) -> Option<String> {
    let found = xdotool(&["search", "--onlyvisible", "--name", &format!("^{title}$")])?;
    found.lines().last().map(str::to_owned).filter(|number| !number.is_empty())
}

/// Gives the keyboard focus to the window with this title, once it is visible.
pub async fn focus(title: &str) {
    let window = until("a window", || window_titled(title)).await;
    // There is no window manager to do it.
    xdotool(&["windowfocus", "--sync", &window]).unwrap();
    pause().await;
}

/// The message that a window manager sends when a person closes the window (ICCCM, section 4.2.8.1); there is no window
/// manager here.
pub async fn request_close(title: &str) {
    let window: u32 = until("the window", || window_titled(title)).await.parse().unwrap();
    let (screen, _) = x11rb::connect(None).unwrap();
    let atom = |name: &str| screen.intern_atom(false, name.as_bytes()).unwrap().reply().unwrap().atom;
    let data = [atom("WM_DELETE_WINDOW"), 0, 0, 0, 0];
    let wish = ClientMessageEvent::new(32, window, atom("WM_PROTOCOLS"), data);
    screen.send_event(false, window, EventMask::NO_EVENT, wish).unwrap();
    // The answer to a later request shows that the message has arrived.
    screen.get_input_focus().unwrap().reply().unwrap();
}

/// Takes the keyboard focus from all windows, as if the person looked elsewhere.
pub async fn look_away() {
    let (screen, _) = x11rb::connect(None).unwrap();
    screen.set_input_focus(InputFocus::NONE, x11rb::NONE, x11rb::CURRENT_TIME).unwrap();
    screen.get_input_focus().unwrap().reply().unwrap();
    pause().await;
}

/// Presses keys, named as in `xdotool`, in the window with the keyboard focus.
pub async fn press(keys: &[&str]) {
    for key in keys {
        xdotool(&["key", "--clearmodifiers", key]).unwrap();
        pause().await;
    }
}

/// The time that GTK needs to follow a key.
pub async fn pause() {
    tokio::time::sleep(Duration::from_millis(400)).await;
}

/// Waits until this gives a value.
pub async fn until<T>(what: &str, mut found: impl FnMut() -> Option<T>) -> T {
    let began = Instant::now();
    loop {
        if let Some(found) = found() {
            return found;
        }
        assert!(began.elapsed() < Duration::from_secs(30), "waited in vain for {what}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}
