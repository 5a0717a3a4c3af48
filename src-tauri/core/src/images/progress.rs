//! The progress of a pull or a build, folded from the engine's messages. Pure: the time is an argument.

use std::collections::{HashMap, VecDeque};

use crate::contract::snapshot::{Progress, ProgressUnit};
use crate::engine::StreamLine;
use crate::words::{image as words, plain_text};

/// The number of a build's log lines that are shown.
pub(super) const SHOWN: usize = 8;
/// The number of lines that a failure shows.
const TAIL: usize = 40;
/// The time over which a rate is measured, milliseconds.
const WINDOW: u64 = 3_000;
/// The longest line that is kept, characters.
const LONGEST: usize = 400;

/// A pull, as its messages report it.
#[derive(Clone, Debug, Default)]
pub struct Pull {
    layers: HashMap<String, (u64, Option<u64>)>,
    marks: Marks,
    status: String,
}

impl Pull {
    /// Folds a message that arrived at `now` (milliseconds).
    pub fn fold(&mut self, line: &StreamLine, now: u64) {
        if let Some(layer) = line.layer.as_ref().filter(|_| line.text != "Verifying Checksum") {
            match (line.text.as_str(), line.current) {
                ("Downloading", Some(current)) => {
                    let known = self.layers.entry(layer.clone()).or_default();
                    *known = (current.max(known.0), line.total.or(known.1));
                }
                ("Download complete" | "Pull complete" | "Extracting", _) => {
                    if let Some((done, total)) = self.layers.get_mut(layer) {
                        *done = total.unwrap_or(*done).max(*done);
                    }
                }
                _ => {}
            }
        }
        if !line.text.is_empty() {
            self.status.clone_from(&line.text);
        }
        let done = self.done();
        self.marks.add(now, done);
    }

    fn done(&self) -> u64 {
        self.layers.values().fold(0, |sum, (done, _)| sum.saturating_add(*done))
    }

    /// The bytes done, the bytes known so far, and the rate.
    pub fn progress(&self) -> Option<Progress> {
        if self.layers.is_empty() {
            return None;
        }
        let whole = |(done, total): &(u64, Option<u64>)| total.unwrap_or(*done).max(*done);
        let total = self.layers.values().map(whole).fold(0, u64::saturating_add);
        Some(Progress { unit: ProgressUnit::Bytes, done: self.done(), total: Some(total), rate: self.marks.rate() })
    }

    /// The current status.
    pub fn status(&self) -> &str {
        &self.status
    }
}

/// How much was done at the newest moments, for a rate.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Marks {
    marks: VecDeque<(u64, u64)>,
}

impl Marks {
    /// So many bytes are done at `now`, milliseconds.
    pub fn add(&mut self, now: u64, done: u64) {
        self.marks.push_back((now, done));
        while self.marks.front().is_some_and(|(at, _)| now.saturating_sub(*at) > WINDOW) && self.marks.len() > 2 {
            self.marks.pop_front();
        }
    }

    /// Bytes in a second; none while no time has passed.
    pub fn rate(&self) -> Option<f64> {
        let ((began, from), (ended, to)) = (self.marks.front()?, self.marks.back()?);
        let passed = ended.checked_sub(*began).filter(|passed| *passed > 0)?;
        Some(to.saturating_sub(*from) as f64 * 1000.0 / passed as f64)
    }
}

/// A build, as its log reports it.
#[derive(Clone, Debug, Default)]
pub struct Build {
    step: u64,
    of: Option<u64>,
    whole: Option<u64>,
    instruction: String,
    log: VecDeque<String>,
    partial: String,
}

impl Build {
    /// A build that has so many steps, of which its log may count only the first ones.
    pub fn with_steps(of: Option<u64>) -> Build {
        Build { whole: of, ..Build::default() }
    }

    /// Folds a message.
    pub fn fold(&mut self, line: &StreamLine) {
        self.partial.push_str(&line.text);
        while let Some(end) = self.partial.find('\n') {
            let text: String = self.partial.drain(..=end).collect();
            self.line(&text);
        }
        // A line without an end is shown as it is.
        if self.partial.chars().count() > LONGEST {
            let text = std::mem::take(&mut self.partial);
            self.line(&text);
        }
    }

    fn line(&mut self, text: &str) {
        let text = plain(text);
        if text.is_empty() {
            return;
        }
        if let Some((step, of, instruction)) = step_of(&text) {
            (self.step, self.of) = (step, self.whole.or(Some(of)));
            self.instruction = instruction.to_owned();
        }
        self.log.push_back(text);
        if self.log.len() > TAIL {
            self.log.pop_front();
        }
    }

    /// The instructions done, and how many there are.
    pub fn progress(&self) -> Option<Progress> {
        let done = self.step.saturating_sub(1);
        self.of.map(|of| Progress { unit: ProgressUnit::Steps, done, total: Some(of), rate: None })
    }

    /// The current instruction: `step 3 of 9: RUN pip install …`.
    pub fn status(&self) -> String {
        match self.of {
            Some(of) => words::instruction(self.step, of, &shortened(&self.instruction, 60)),
            None => words::SENDING.to_owned(),
        }
    }

    /// The newest lines.
    pub fn shown(&self) -> Vec<String> {
        self.log.iter().skip(self.log.len().saturating_sub(SHOWN)).cloned().collect()
    }

    /// The lines that a failure shows.
    pub fn tail(&self) -> Vec<String> {
        self.log.iter().cloned().chain((!self.partial.trim().is_empty()).then(|| plain(&self.partial))).collect()
    }
}

/// `Step 3/9 : RUN …`, as the classic builder writes it, or `STEP 3/9: RUN …`, as Buildah does.
fn step_of(text: &str) -> Option<(u64, u64, &str)> {
    let rest = text.strip_prefix("Step ").or_else(|| text.strip_prefix("STEP "))?;
    let (numbers, instruction) = rest.split_once(": ")?;
    let (step, of) = numbers.split_once('/')?;
    let (step, of): (u64, u64) = (step.trim().parse().ok()?, of.trim().parse().ok()?);
    // The output of a script may look like an instruction of the build.
    (step <= of).then_some((step, of, instruction))
}

fn shortened(text: &str, longest: usize) -> String {
    let one_line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if one_line.chars().count() <= longest {
        return one_line;
    }
    one_line.chars().take(longest - 1).chain(['…']).collect()
}

/// A log line without colours and carriage returns, shortened to a readable length.
pub fn plain(text: &str) -> String {
    let plain = plain_text::of_terminal(text);
    if plain.chars().count() > LONGEST { plain.chars().take(LONGEST).collect() } else { plain }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn layer(id: &str, text: &str, current: Option<u64>, total: Option<u64>) -> StreamLine {
        StreamLine { layer: Some(id.into()), text: text.into(), current, total }
    }

    fn text(text: &str) -> StreamLine {
        StreamLine { text: text.into(), ..StreamLine::default() }
    }

    #[test]
    fn a_pull_adds_its_layers_up() {
        let mut pull = Pull::default();
        assert_eq!(pull.progress(), None);
        pull.fold(&layer("a", "Downloading", Some(50), Some(100)), 0);
        pull.fold(&layer("b", "Downloading", Some(10), Some(100)), 1000);
        let progress = pull.progress().unwrap();
        assert_eq!((progress.done, progress.total), (60, Some(200)));
        assert_eq!(progress.rate, Some(10.0));
        pull.fold(&layer("a", "Download complete", None, None), 2000);
        pull.fold(&layer("c", "Already exists", None, None), 2000);
        assert_eq!(pull.progress().unwrap().done, 110);
    }

    #[test]
    fn odd_messages_of_a_pull_do_no_harm() {
        let mut pull = Pull::default();
        for line in [
            layer("a", "Extracting", Some(5), Some(10)),
            layer("a", "Downloading", Some(9), None),
            layer("a", "Downloading", Some(3), Some(5)),
            layer("", "", None, None),
            text("Status: done"),
        ] {
            pull.fold(&line, 7);
        }
        let progress = pull.progress().unwrap();
        assert_eq!((progress.done, progress.total), (9, Some(9)), "never back, never over");
        assert_eq!(progress.rate, None, "no time has passed");
    }

    #[test]
    fn a_build_shows_its_step_and_its_newest_lines() {
        let mut build = Build::default();
        assert_eq!(build.status(), "sending the files");
        build.fold(&text("Step 2/9 : RUN pip in"));
        build.fold(&text("stall\nCollecting numpy\n"));
        assert_eq!(build.status(), "step 2 of 9: RUN pip install");
        assert_eq!((build.progress().unwrap().done, build.progress().unwrap().total), (1, Some(9)));
        for n in 0..100 {
            build.fold(&text(&format!("line {n}\n")));
        }
        assert_eq!(build.shown().len(), 8);
        assert_eq!(build.tail().len(), 40);
        assert_eq!(build.shown().last().unwrap(), "line 99");
    }

    #[test]
    fn a_line_is_shown_without_colours_and_carriage_returns() {
        assert_eq!(plain("\u{1b}[31mred\u{1b}[0m"), "red");
        assert_eq!(plain("10 %\r50 %\r\n"), "50 %");
        assert_eq!(plain(&"x".repeat(1000)).chars().count(), 400);
        assert_eq!(step_of("Step x/9 : RUN"), None);
        assert_eq!(step_of("STEP 3/14: RUN pip install"), Some((3, 14, "RUN pip install")));
    }
}
