//! The stages of a launch on standard error: a live line in a terminal, plain lines elsewhere.

use std::collections::HashMap;
use std::io::IsTerminal;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};
use orchest_core::contract::snapshot::{Progress, ProgressUnit, Stage, StageState, StageView};
use orchest_core::words::plain_text;

use crate::output;
use crate::words::progress as words;

/// How often a plain line reports a stage that continues.
const EVERY: Duration = Duration::from_secs(5);

/// The stages shown so far.
pub struct Shown {
    bar: Option<ProgressBar>,
    states: HashMap<Stage, StageState>,
    last_line: Instant,
    last_detail: String,
}

impl Shown {
    /// Nothing yet.
    pub fn new() -> Shown {
        let live = std::io::stderr().is_terminal();
        let bar = live.then(|| {
            let bar = ProgressBar::new_spinner();
            bar.set_style(ProgressStyle::default_spinner());
            bar.enable_steady_tick(Duration::from_millis(100));
            bar
        });
        Shown { bar, states: HashMap::new(), last_line: Instant::now(), last_detail: String::new() }
    }

    /// Shows the changes.
    pub fn show(&mut self, stages: &[StageView]) {
        for stage in stages {
            let before = self.states.insert(stage.stage, stage.state);
            if stage.state == StageState::Active {
                self.active(stage);
            } else if before != Some(stage.state) && stage.state != StageState::Waiting {
                self.line(&ended(stage));
            }
        }
    }

    fn active(&mut self, stage: &StageView) {
        let text = going_on(stage);
        match &self.bar {
            Some(bar) => bar.set_message(plain_text::name(&text).into_owned()),
            None if text != self.last_detail && self.last_line.elapsed() >= EVERY => {
                self.last_line = Instant::now();
                self.line(&text);
                self.last_detail = text;
            }
            None => {}
        }
    }

    fn line(&self, text: &str) {
        match &self.bar {
            Some(bar) => bar.suspend(|| output::say(text)),
            None => output::say(text),
        }
    }

    /// Removes the live line.
    pub fn end(self) {
        if let Some(bar) = self.bar {
            bar.finish_and_clear();
        }
    }
}

fn ended(stage: &StageView) -> String {
    let took = stage.took.map(|took| format!("{:.2} s", took as f64 / 1000.0)).unwrap_or_default();
    let mark = words::ended(stage.state);
    format!("{:<11} {mark:<9} {took:>9}  {}", stage.stage.title(), stage.detail).trim_end().to_owned()
}

fn going_on(stage: &StageView) -> String {
    let progress = stage.progress.map(amount).unwrap_or_default();
    format!("{:<11} {}{progress}", stage.stage.title(), stage.detail)
}

fn amount(progress: Progress) -> String {
    match (progress.unit, progress.total) {
        (ProgressUnit::Bytes, Some(total)) => {
            let rate = progress.rate.map(|rate| output::size(rate as u64));
            let percent = progress.done.saturating_mul(100).checked_div(total).unwrap_or(100).min(100);
            words::amount(&output::size(progress.done), &output::size(total), percent, rate.as_deref())
        }
        // The detail of a build names its stage already.
        _ => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stage_that_ended_shows_its_time() {
        let stage = |took| StageView {
            stage: Stage::Images,
            state: StageState::Done,
            started_at: Some(0),
            took,
            detail: "here".into(),
            progress: None,
            log: Vec::new(),
        };
        assert_eq!(ended(&stage(Some(1250))), "Images      ok           1.25 s  here");
        assert_eq!(ended(&stage(None)), "Images      ok                   here", "an unknown time is not 0");
    }

    #[test]
    fn a_download_has_the_units_of_all_other_sizes() {
        let of =
            |rate| amount(Progress { unit: ProgressUnit::Bytes, done: 41_300_000, total: Some(1_200_000_000), rate });
        assert_eq!(of(Some(5_500_000.0)), " (41 MB of 1.2 GB, 3 %, 5 MB/s)");
        assert_eq!(of(None), " (41 MB of 1.2 GB, 3 %)");
    }
}
