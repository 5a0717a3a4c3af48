//! The list of checks, by topic.

mod execute;
mod output;

use std::pin::Pin;

use serde_json::Value;

use crate::sides::Side;

/// What a check does with a side, and what it saw.
pub type Look = fn(Side) -> Pin<Box<dyn Future<Output = Value> + Send>>;

/// One check.
pub struct Check {
    pub name: &'static str,
    /// Whether it speaks over a kernel's websocket, and so in each of its protocols.
    pub speaks: bool,
    pub look: Look,
}

macro_rules! checks {
    ($($topic:ident $speaks:literal: $($name:ident)*;)*) => {
        vec![$($(Check {
            name: concat!(stringify!($topic), "::", stringify!($name)),
            speaks: $speaks,
            look: |side| Box::pin($topic::$name(side)),
        },)*)*]
    };
}

/// All of them; `true` marks a topic whose checks speak over a kernel's websocket.
pub fn all() -> Vec<Check> {
    checks! {
        execute true:
            a_cell_with_a_value a_cell_that_prints an_empty_cell a_cell_of_comments silent_says_nothing
            store_history_counts user_expressions_are_evaluated user_expressions_that_fail an_error_has_its_traceback
            a_syntax_error system_exit_ends_the_cell_alone stop_on_error_aborts_what_waits
            without_stop_on_error_what_waits_runs a_queue_of_fifty_cells large_code a_magic a_shell_command
            a_cell_with_await exit_status_of_a_script metadata_of_a_cell;
        output true:
            order_of_both_streams many_prints_in_order unicode_of_all_planes nul_and_control_characters
            lone_surrogates bytes_to_the_stream_itself display_of_many_types rich_metadata update_of_a_display
            clear_of_an_output carriage_returns prints_of_threads_and_children logging_and_warnings
            ten_thousand_messages a_value_of_many_types a_repr_that_raises a_plot an_empty_print;
    }
}
