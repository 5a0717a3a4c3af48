//! The progress of several images that are prepared at the same time, as one. Pure.

use super::progress::SHOWN;
use super::{ImageProgress, beginnings, definition};
use crate::contract::snapshot::{Progress, ProgressUnit};
use crate::words::image as words;

/// Images that are prepared at the same time, in order.
#[derive(Clone, Debug, Default)]
pub struct Together {
    parts: Vec<Part>,
}

#[derive(Clone, Debug)]
struct Part {
    name: String,
    /// The steps of its build; a pull counts as one.
    weight: u64,
    now: Option<ImageProgress>,
    ended: bool,
}

impl Together {
    /// These images, none of which has begun.
    pub fn of(names: &[String]) -> Together {
        Together { parts: names.iter().map(|name| part(name)).collect() }
    }

    /// An image is so far. Returns what is shown of all.
    pub fn fold(&mut self, name: &str, progress: ImageProgress) -> ImageProgress {
        let index = self.parts.iter().position(|part| part.name == name).unwrap_or_else(|| {
            self.parts.push(part(name));
            self.parts.len() - 1
        });
        if let Some(part) = self.parts.get_mut(index) {
            part.now = Some(progress.clone());
        }
        if self.parts.len() == 1 { progress } else { self.shown() }
    }

    /// An image has ended, well or not.
    pub fn end(&mut self, name: &str) {
        self.parts.iter_mut().filter(|part| part.name == name).for_each(|part| part.ended = true);
    }

    fn shown(&self) -> ImageProgress {
        let active: Vec<(&Part, &ImageProgress)> =
            self.parts.iter().filter(|part| !part.ended).filter_map(|part| Some((part, part.now.as_ref()?))).collect();
        let detail = match active.as_slice() {
            [(_, one)] => one.detail.clone(),
            several => {
                let each = several.iter().map(|(part, now)| words::one_of_several(&part.name, now.progress));
                each.collect::<Vec<_>>().join(", ")
            }
        };
        // Each has as many lines as the others, or more if the others have fewer.
        let with_log = active.iter().filter(|(_, now)| !now.log.is_empty()).count();
        let each = SHOWN / with_log.max(1);
        let alone = active.len() == 1;
        let lines = active.iter().flat_map(|(part, now)| {
            let newest = now.log.iter().skip(now.log.len().saturating_sub(each));
            newest.map(|line| if alone { line.clone() } else { words::line_of(&part.name, line) })
        });
        ImageProgress { detail, progress: self.progress(), log: lines.collect() }
    }

    /// Bytes if all are pulled; otherwise steps.
    fn progress(&self) -> Option<Progress> {
        let of = |part: &Part| part.now.as_ref().and_then(|now| now.progress);
        let in_bytes = |part: &Part| of(part).is_some_and(|progress| progress.unit == ProgressUnit::Bytes);
        if self.parts.iter().all(in_bytes) {
            let parts = self.parts.iter().filter_map(of);
            let zero = Progress { unit: ProgressUnit::Bytes, done: 0, total: Some(0), rate: None };
            return Some(parts.fold(zero, |sum, part| Progress {
                unit: sum.unit,
                done: sum.done.saturating_add(part.done),
                total: sum.total.zip(part.total).map(|(sum, part)| sum.saturating_add(part)),
                rate: match (sum.rate, part.rate) {
                    (Some(sum), Some(part)) => Some(sum + part),
                    (sum, part) => sum.or(part),
                },
            }));
        }
        let total = self.parts.iter().map(|part| part.weight).fold(0, u64::saturating_add);
        let done = self.parts.iter().map(|part| if part.ended { part.weight } else { share(part.weight, of(part)) });
        let done = done.fold(0, u64::saturating_add);
        Some(Progress { unit: ProgressUnit::Steps, done, total: Some(total), rate: None })
    }
}

fn part(name: &str) -> Part {
    Part { name: name.to_owned(), weight: definition::of(name).map_or(1, beginnings::steps), now: None, ended: false }
}

/// How much of a weight is done.
fn share(weight: u64, progress: Option<Progress>) -> u64 {
    let Some((done, total)) = progress.and_then(|progress| Some((progress.done, progress.total?))) else { return 0 };
    let part = u128::from(weight) * u128::from(done.min(total)) / u128::from(total.max(1));
    u64::try_from(part).unwrap_or(weight)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn so_far(unit: ProgressUnit, done: u64, total: u64) -> ImageProgress {
        let progress = Some(Progress { unit, done, total: Some(total), rate: Some(1.0) });
        ImageProgress { detail: "the detail".to_owned(), progress, log: (0..8).map(|n| format!("line {n}")).collect() }
    }

    fn amount(shown: &ImageProgress) -> (ProgressUnit, u64, u64) {
        let progress = shown.progress.unwrap();
        (progress.unit, progress.done, progress.total.unwrap())
    }

    #[test]
    fn one_image_is_shown_as_it_is() {
        let mut together = Together::of(&["a:1".to_owned()]);
        let alone = so_far(ProgressUnit::Bytes, 3, 9);
        assert_eq!(together.fold("a:1", alone.clone()), alone);
    }

    #[test]
    fn builds_add_their_steps_up_also_those_that_have_not_begun() {
        let (gateway, server) = (definition::gateway(), definition::server());
        let steps = |name: &str| beginnings::steps(definition::of(name).unwrap());
        let mut together = Together::of(&[gateway.clone(), server.clone()]);
        let shown = together.fold(&gateway, so_far(ProgressUnit::Steps, 4, steps(&gateway)));
        assert_eq!(amount(&shown), (ProgressUnit::Steps, 4, steps(&gateway) + steps(&server)));
        assert_eq!(shown.detail, "the detail", "one is at work");
        let shown = together.fold(&server, so_far(ProgressUnit::Steps, 2, steps(&server)));
        assert_eq!(amount(&shown).1, 6);
        assert_eq!(shown.detail, "orchest/gateway: step 5 of 17, orchest/server: step 3 of 21");
        assert_eq!((shown.log.len(), shown.log[0].as_str()), (8, "orchest/gateway: line 4"));
        together.end(&gateway);
        let shown = together.fold(&server, so_far(ProgressUnit::Steps, 3, steps(&server)));
        assert_eq!(amount(&shown).1, steps(&gateway) + 3, "what has ended counts");
        assert_eq!((shown.detail.as_str(), shown.log[0].as_str()), ("the detail", "line 0"));
    }

    #[test]
    fn pulls_add_their_bytes_up_and_count_as_one_step_among_builds() {
        let names = ["a:1".to_owned(), "b:1".to_owned()];
        let mut together = Together::of(&names);
        let shown = together.fold("a:1", so_far(ProgressUnit::Bytes, 50, 100));
        assert_eq!(amount(&shown), (ProgressUnit::Steps, 0, 2), "the size of the other one is not known");
        let shown = together.fold("b:1", so_far(ProgressUnit::Bytes, 10, 20));
        assert_eq!(amount(&shown), (ProgressUnit::Bytes, 60, 120));
        assert_eq!(shown.progress.unwrap().rate, Some(2.0));
        let gateway = definition::gateway();
        let mut together = Together::of(&[gateway, "b:1".to_owned()]);
        let shown = together.fold("b:1", so_far(ProgressUnit::Bytes, 20, 20));
        assert_eq!(amount(&shown), (ProgressUnit::Steps, 1, 18));
    }
}
