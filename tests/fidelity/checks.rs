//! The list of checks, by topic.

mod access;
mod asking;
mod checkpoints;
mod comms;
mod contents;
mod control;
mod debugger;
mod execute;
mod exports;
mod files;
mod folders;
mod kernels;
mod lab;
mod large;
mod output;
mod pages;
mod sessions;
mod stdin;
mod terminals;

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
            a_cell_with_a_value a_cell_that_prints an_empty_cell a_cell_of_comments
            silent_says_nothing store_history_counts user_expressions_are_evaluated
            user_expressions_that_fail an_error_has_its_traceback a_syntax_error
            system_exit_ends_the_cell_alone stop_on_error_aborts_what_waits
            without_stop_on_error_what_waits_runs a_queue_of_fifty_cells large_code a_magic
            a_shell_command a_cell_with_await exit_status_of_a_script metadata_of_a_cell;
        output true:
            order_of_both_streams many_prints_in_order unicode_of_all_planes
            nul_and_control_characters lone_surrogates bytes_to_the_stream_itself
            display_of_many_types rich_metadata update_of_a_display clear_of_an_output
            carriage_returns prints_of_threads_and_children logging_and_warnings
            ten_thousand_messages a_value_of_many_types a_repr_that_raises a_plot an_empty_print;
        large true:
            twenty_megabytes_of_text eighteen_megabytes_of_text_in_lines
            a_picture_of_twelve_megabytes html_of_twelve_megabytes a_value_of_twelve_megabytes
            a_traceback_of_twelve_megabytes json_that_is_deep_and_wide an_update_of_eleven_megabytes
            a_completion_of_eleven_megabytes a_hundred_outputs_of_a_megabyte code_of_nine_megabytes
            code_of_25_megabytes;
        comms true:
            the_kernel_opens_sends_and_closes a_buffer_from_the_kernel
            many_and_empty_buffers_from_the_kernel ten_megabytes_from_the_kernel
            a_thousand_buffers_in_order the_page_opens_and_closes buffers_from_the_page
            a_comm_opened_with_a_buffer nine_megabytes_from_the_page an_unknown_target
            messages_to_an_unknown_comm what_comms_are_open a_widgets_state comms_while_a_cell_runs;
        stdin true:
            a_line a_password several_lines a_long_line where_none_can_be_asked
            interrupted_while_it_asks the_debuggers_prompt;
        asking true:
            what_it_is what_it_is_by_the_control_channel completions completion_of_files inspections
            whether_code_is_complete history how_it_is_connected what_it_uses what_it_does_not_know
            asked_while_it_is_busy;
        control true:
            interrupt_of_a_loop interrupt_of_a_sleep interrupt_runs_finally interrupt_of_a_child
            interrupt_of_bash interrupt_of_a_shell_command interrupt_of_a_pool interrupt_of_nothing
            interrupt_drops_what_waits interrupt_by_a_message a_restart_forgets
            a_restart_counts_anew a_restart_while_busy a_restart_ends_children
            three_restarts_in_a_row a_kernel_that_exits_comes_again
            a_kernel_that_is_killed_comes_again a_kernel_that_crashes_comes_again
            a_kernel_that_is_quit a_kernel_that_is_ended shut_down_by_a_message;
        pages true:
            two_pages_hear_each_others_outputs both_protocols_at_one_kernel
            an_answer_goes_to_who_was_asked a_page_that_comes_again_has_missed_nothing
            another_session_gets_nothing_of_it a_cell_ends_without_its_page
            two_connections_of_one_session a_page_that_reads_slowly five_kernels_at_once
            each_kernel_has_its_own_state the_first_messages_of_a_page without_a_session
            an_unknown_kernel a_kernel_that_ends_while_its_page_is_open frames_that_are_no_messages;
        debugger true:
            whether_it_can_be what_it_can a_stop_at_a_breakpoint steps variables_without_a_stop
            a_debugger_after_a_restart;
        kernels false:
            the_model_of_a_new_kernel the_model_of_an_idle_kernel the_state_while_a_cell_runs
            how_many_pages_it_has it_is_in_the_list where_it_works one_without_a_body
            one_with_an_environment one_of_no_such_kernelspec one_of_a_wrong_body
            one_that_is_not_there ids_that_are_none kernelspecs one_kernelspec no_such_kernelspec
            the_pictures_of_a_kernelspec;
        sessions false:
            of_a_notebook of_a_console_and_a_file a_second_one_of_the_same_path renamed
            of_another_type with_another_kernel_by_name with_another_kernel_by_id
            of_a_kernel_that_runs ended whose_kernel_is_ended whose_kernel_is_restarted
            it_is_in_the_list one_that_is_not_there what_is_no_session
            of_a_kernelspec_that_is_not_here;
        contents false:
            a_text_file a_binary_file an_empty_file a_notebook_saved_and_read
            a_notebook_that_is_not_valid notebooks_of_older_formats a_notebook_with_large_outputs
            a_text_saved bytes_saved an_upload_in_chunks an_upload_of_thirty_megabytes
            what_may_not_be_read_or_written paths_that_lead_out what_is_not_there
            of_another_type_than_asked bodies_that_are_wrong times_change_with_the_file trust
            a_kernel_sees_what_the_page_saves;
        folders false:
            a_folder a_folder_without_its_content new_and_untitled odd_names renamed_and_moved
            copied deleted hidden_files links an_absolute_link_into_the_folder
            a_folder_of_a_thousand_files;
        files false:
            of_each_type a_download a_large_download a_part its_head what_cannot_be
            views_and_redirects;
        checkpoints false:
            made_and_listed restored of_two_files_of_one_name that_follow_a_rename deleted
            that_are_not_there;
        exports false:
            what_is_offered each_that_is_offered_works to_html to_markdown to_a_script to_python
            to_a_notebook to_latex to_rst to_asciidoc to_slides of_what_is_posted that_cannot_be;
        terminals false:
            made_listed_and_ended what_is_typed_runs where_it_works its_size an_interrupt
            much_output its_variables a_page_that_comes_again its_shell_ends one_that_is_not_there;
        lab false:
            the_page its_extensions its_switches its_scripts addresses_of_files settings
            a_setting_kept a_setting_of_nothing workspaces themes translations listings_and_licenses
            extensions_api plugins_api news_and_build language_servers the_server_itself
            configuration_sections metrics_and_events;
        access false:
            without_a_token with_a_wrong_token each_way_to_show_it a_cookie_alone_changes_nothing
            from_another_origin a_websocket_without_a_token a_websocket_from_another_origin
            methods_that_are_not_there addresses_that_are_not_there headers_of_a_page;
    }
}
