//! The stages of a launch as a person sees them: events change `StageView`s. Pure.

use crate::contract::snapshot::{Progress, Stage, StageState, StageView};

/// Something that happened to a stage.
#[derive(Clone, Debug, PartialEq)]
pub enum StageEvent {
    /// It began. All stages before it are done.
    Began(Stage),
    /// Its current action changed.
    Doing(Stage, String),
    /// Its current action, its progress, and the newest log lines.
    Progressed(Stage, String, Option<Progress>, Vec<String>),
    /// It is done, with this result.
    Done(Stage, String),
}

/// The stages of a launch, all waiting.
pub fn waiting(with_environment: bool, at_a_place: bool) -> Vec<StageView> {
    let has = |stage: &Stage| match stage {
        Stage::Environment => with_environment,
        Stage::Gateway => at_a_place,
        _ => true,
    };
    Stage::ALL.into_iter().filter(has).map(new).collect()
}

/// One stage, waiting.
pub fn new(stage: Stage) -> StageView {
    StageView {
        stage,
        state: StageState::Waiting,
        started_at: None,
        took: None,
        detail: String::new(),
        progress: None,
        log: Vec::new(),
    }
}

/// Folds an event, which happened at `now`, into the stages.
pub fn fold(stages: &mut [StageView], event: StageEvent, now: u64) {
    let (StageEvent::Began(stage)
    | StageEvent::Doing(stage, _)
    | StageEvent::Progressed(stage, ..)
    | StageEvent::Done(stage, _)) = &event;
    let Some(view) = stages.iter_mut().find(|view| view.stage == *stage) else { return };
    // A late event of a stage that has ended changes nothing.
    if !matches!(view.state, StageState::Waiting | StageState::Active) {
        return;
    }
    match event {
        StageEvent::Began(_) => {
            view.state = StageState::Active;
            view.started_at = Some(now);
        }
        StageEvent::Doing(_, detail) => view.detail = detail,
        StageEvent::Progressed(_, detail, progress, log) => {
            view.detail = detail;
            view.progress = progress;
            view.log = log;
        }
        StageEvent::Done(_, detail) => {
            view.detail = detail;
            end(view, StageState::Done, now);
        }
    }
}

/// Ends the active stage, or else the next one, as failed or cancelled.
pub fn end_active(stages: &mut [StageView], state: StageState, now: u64) {
    let active = stages.iter().position(|view| view.state == StageState::Active);
    let next = active.or_else(|| stages.iter().position(|view| view.state == StageState::Waiting));
    if let Some(view) = next.and_then(|index| stages.get_mut(index)) {
        end(view, state, now);
    }
}

fn end(view: &mut StageView, state: StageState, now: u64) {
    view.state = state;
    view.took = Some(now.saturating_sub(view.started_at.unwrap_or(now)));
    view.progress = None;
    if state == StageState::Done {
        view.log.clear();
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn each_stage_has_its_own_time() {
        let mut stages = waiting(false, false);
        fold(&mut stages, StageEvent::Began(Stage::Engine), 100);
        fold(&mut stages, StageEvent::Done(Stage::Engine, "Docker".into()), 140);
        fold(&mut stages, StageEvent::Began(Stage::Images), 140);
        assert_eq!((stages[0].state, stages[0].took), (StageState::Done, Some(40)));
        assert_eq!((stages[1].state, stages[1].took), (StageState::Active, None));
    }

    #[test]
    fn a_late_event_changes_nothing() {
        let mut stages = waiting(false, false);
        fold(&mut stages, StageEvent::Began(Stage::Images), 0);
        fold(&mut stages, StageEvent::Done(Stage::Images, "here".into()), 5);
        fold(&mut stages, StageEvent::Doing(Stage::Images, "building".into()), 6);
        assert_eq!(stages[1].detail, "here");
    }

    #[test]
    fn a_failure_ends_the_active_stage_or_the_next() {
        let mut stages = waiting(false, false);
        end_active(&mut stages, StageState::Failed, 3);
        assert_eq!(stages[0].state, StageState::Failed);
        let mut stages = waiting(false, false);
        fold(&mut stages, StageEvent::Began(Stage::Ready), 0);
        end_active(&mut stages, StageState::Cancelled, 9);
        assert_eq!((stages[4].state, stages[4].took), (StageState::Cancelled, Some(9)));
    }

    #[test]
    fn a_clock_set_back_gives_no_negative_time() {
        let mut stages = waiting(false, false);
        fold(&mut stages, StageEvent::Began(Stage::Engine), 1000);
        fold(&mut stages, StageEvent::Done(Stage::Engine, String::new()), 10);
        assert_eq!(stages[0].took, Some(0));
    }
}
