//! The short form: one check of each topic, for each engine that the program is run on.

use libtest_mimic::Trial;

/// The variable that asks for it.
pub const ASKED_BY: &str = "ORCHEST_TEST_SHORT";

/// The checks, each with JupyterLab's own protocol.
const CHECKS: &[&str] = &[
    "execute::an_error_has_its_traceback::v1",
    "execute::a_queue_of_fifty_cells::v1",
    "output::many_prints_in_order::v1",
    "output::display_of_many_types::v1",
    "large::twenty_megabytes_of_text::v1",
    "comms::ten_megabytes_from_the_kernel::v1",
    "stdin::an_answer_of_one_line::v1",
    "asking::completions::v1",
    "control::interrupt_of_a_sleep::v1",
    "control::a_restart_forgets_variables::v1",
    "control::a_killed_kernel_is_restarted::v1",
    "pages::two_pages_hear_each_others_outputs::v1",
    "pages::a_page_that_reconnects_has_missed_nothing::v1",
    "debugger::a_stop_at_a_breakpoint::v1",
    "kernels::the_model_of_a_new_kernel",
    "sessions::a_session_of_a_notebook",
    "contents::a_kernel_sees_what_the_page_saves",
    "folders::odd_names",
    "files::a_large_download",
    "terminals::a_typed_command_runs",
    "lab::the_page",
];

/// Those checks of all.
///
/// # Panics
/// If one of them has another name now.
pub fn of(trials: Vec<Trial>) -> Vec<Trial> {
    let short: Vec<Trial> = trials.into_iter().filter(|trial| CHECKS.contains(&trial.name())).collect();
    assert_eq!(short.len(), CHECKS.len(), "each check of the short form exists");
    short
}
