//! The steps of a launch as a person sees them: events folded into `StepView`s.

use crate::contract::snapshot::{Progress, Step, StepState, StepView};

/// Something that happened to a step.
#[derive(Clone, Debug, PartialEq)]
pub enum StepEvent {
    /// It began; all steps before it are done.
    Began(Step),
    /// What is happening changed.
    Doing(Step, String),
    /// How far it is, what is happening, and the newest log lines.
    Progressed(Step, String, Option<Progress>, Vec<String>),
    /// It is done, with what was found.
    Done(Step, String),
}

/// The five steps, all waiting.
pub fn waiting() -> Vec<StepView> {
    Step::ALL.map(new).to_vec()
}

/// One step, waiting.
pub fn new(step: Step) -> StepView {
    StepView {
        step,
        state: StepState::Waiting,
        started_at: None,
        took: None,
        detail: String::new(),
        progress: None,
        log: Vec::new(),
    }
}

/// Folds an event, which happened at `now`, into the steps.
pub fn fold(steps: &mut [StepView], event: StepEvent, now: u64) {
    let (StepEvent::Began(step)
    | StepEvent::Doing(step, _)
    | StepEvent::Progressed(step, ..)
    | StepEvent::Done(step, _)) = &event;
    let Some(view) = steps.iter_mut().find(|view| view.step == *step) else { return };
    // What comes late from a step that has ended changes nothing.
    if !matches!(view.state, StepState::Waiting | StepState::Active) {
        return;
    }
    match event {
        StepEvent::Began(_) => {
            view.state = StepState::Active;
            view.started_at = Some(now);
        }
        StepEvent::Doing(_, detail) => view.detail = detail,
        StepEvent::Progressed(_, detail, progress, log) => {
            view.detail = detail;
            view.progress = progress;
            view.log = log;
        }
        StepEvent::Done(_, detail) => {
            view.detail = detail;
            end(view, StepState::Done, now);
        }
    }
}

/// Ends the step that is going on, as failed or cancelled.
pub fn end_active(steps: &mut [StepView], state: StepState, now: u64) {
    let active = steps.iter().position(|view| view.state == StepState::Active);
    let next = active.or_else(|| steps.iter().position(|view| view.state == StepState::Waiting));
    if let Some(view) = next.and_then(|index| steps.get_mut(index)) {
        end(view, state, now);
    }
}

fn end(view: &mut StepView, state: StepState, now: u64) {
    view.state = state;
    view.took = Some(now.saturating_sub(view.started_at.unwrap_or(now)));
    view.progress = None;
    if state == StepState::Done {
        view.log.clear();
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn a_step_has_its_own_time() {
        let mut steps = waiting();
        fold(&mut steps, StepEvent::Began(Step::Engine), 100);
        fold(&mut steps, StepEvent::Done(Step::Engine, "Docker".into()), 140);
        fold(&mut steps, StepEvent::Began(Step::Images), 140);
        assert_eq!((steps[0].state, steps[0].took), (StepState::Done, Some(40)));
        assert_eq!((steps[1].state, steps[1].took), (StepState::Active, None));
    }

    #[test]
    fn what_comes_late_changes_nothing() {
        let mut steps = waiting();
        fold(&mut steps, StepEvent::Began(Step::Images), 0);
        fold(&mut steps, StepEvent::Done(Step::Images, "here".into()), 5);
        fold(&mut steps, StepEvent::Doing(Step::Images, "building".into()), 6);
        assert_eq!(steps[1].detail, "here");
    }

    #[test]
    fn a_failure_ends_the_step_that_is_going_on_or_the_next() {
        let mut steps = waiting();
        end_active(&mut steps, StepState::Failed, 3);
        assert_eq!(steps[0].state, StepState::Failed);
        let mut steps = waiting();
        fold(&mut steps, StepEvent::Began(Step::Ready), 0);
        end_active(&mut steps, StepState::Cancelled, 9);
        assert_eq!((steps[4].state, steps[4].took), (StepState::Cancelled, Some(9)));
    }

    #[test]
    fn a_clock_set_back_gives_no_negative_time() {
        let mut steps = waiting();
        fold(&mut steps, StepEvent::Began(Step::Engine), 1000);
        fold(&mut steps, StepEvent::Done(Step::Engine, String::new()), 10);
        assert_eq!(steps[0].took, Some(0));
    }
}
