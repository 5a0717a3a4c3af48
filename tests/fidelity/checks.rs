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

/// A check's function: acts on a side, and answers with its observation.
pub type Look = fn(Side) -> Pin<Box<dyn Future<Output = Value> + Send>>;

/// One check.
pub struct Check {
    pub name: &'static str,
    /// Whether it uses a kernel's websocket, and so runs in each protocol.
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
            a_silent_cell_shows_nothing store_history_counts user_expressions_are_evaluated
            user_expressions_that_fail an_error_has_its_traceback a_syntax_error
            system_exit_ends_only_the_cell stop_on_error_aborts_waiting_cells
            without_stop_on_error_waiting_cells_run a_queue_of_fifty_cells large_code a_magic
            a_shell_command a_cell_with_await exit_status_of_a_script metadata_of_a_cell;
        output true:
            order_of_both_streams many_prints_in_order unicode_of_all_planes
            nul_and_control_characters lone_surrogates bytes_to_the_underlying_stream
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
            messages_to_an_unknown_comm the_list_of_open_comms a_widgets_state
            comms_while_a_cell_runs;
        stdin true:
            an_answer_of_one_line a_password several_answers a_long_answer
            a_question_that_is_not_allowed an_interrupt_during_a_question the_debuggers_prompt;
        asking true:
            kernel_info kernel_info_by_the_control_channel completions completion_of_files
            inspections whether_code_is_complete history connect_info usage_of_resources
            unknown_requests requests_to_a_busy_kernel;
        control true:
            interrupt_of_a_loop interrupt_of_a_sleep interrupt_runs_finally interrupt_of_a_child
            interrupt_of_bash interrupt_of_a_shell_command interrupt_of_a_pool interrupt_of_nothing
            interrupt_drops_waiting_cells interrupt_by_a_message a_restart_forgets_variables
            a_restart_counts_from_one a_restart_while_busy a_restart_ends_children
            three_restarts_in_a_row a_kernel_that_exits_is_restarted a_killed_kernel_is_restarted
            a_crashed_kernel_is_restarted quit_in_a_cell a_kernel_is_shut_down
            shut_down_by_a_message;
        pages true:
            two_pages_hear_each_others_outputs both_protocols_at_one_kernel
            a_question_goes_to_the_asking_page a_page_that_reconnects_has_missed_nothing
            another_session_gets_no_missed_output a_cell_ends_without_its_page
            two_connections_of_one_session a_page_that_reads_slowly five_kernels_at_once
            each_kernel_has_its_own_state the_first_messages_of_a_page a_page_without_a_session
            an_unknown_kernel a_kernel_ends_while_its_page_is_open frames_that_are_no_messages;
        debugger true:
            support_of_the_debugger capabilities a_stop_at_a_breakpoint steps
            variables_without_a_stop a_debugger_after_a_restart;
        kernels false:
            the_model_of_a_new_kernel the_model_of_an_idle_kernel the_state_while_a_cell_runs
            the_number_of_its_pages a_kernel_is_in_the_list the_working_folder
            a_start_without_a_body a_start_with_an_environment a_start_of_an_unknown_kernelspec
            a_start_with_a_wrong_body an_unknown_kernel invalid_ids kernelspecs one_kernelspec
            an_unknown_kernelspec the_pictures_of_a_kernelspec;
        sessions false:
            a_session_of_a_notebook sessions_of_a_console_and_a_file
            a_second_session_of_the_same_path a_session_is_renamed a_session_gets_another_type
            a_session_gets_another_kernel_by_name a_session_gets_another_kernel_by_id
            a_session_of_a_running_kernel a_session_is_ended a_session_without_its_kernel
            a_session_with_a_restarted_kernel a_session_is_in_the_list an_unknown_session
            invalid_sessions a_session_of_an_unknown_kernelspec;
        contents false:
            a_text_file a_binary_file an_empty_file a_notebook_saved_and_read an_invalid_notebook
            notebooks_of_older_formats a_notebook_with_large_outputs a_text_is_saved bytes_are_saved
            an_upload_in_chunks an_upload_of_thirty_megabytes files_without_permission
            paths_that_lead_out missing_files files_of_another_type_than_asked wrong_bodies
            times_change_with_the_file trust a_kernel_sees_what_the_page_saves;
        folders false:
            a_folder a_folder_without_its_content new_and_untitled odd_names
            files_are_renamed_and_moved files_are_copied files_are_deleted hidden_files links
            an_absolute_link_into_the_folder a_folder_of_a_thousand_files;
        files false:
            files_of_each_type a_download a_large_download a_part_of_a_file the_head_of_a_file
            downloads_that_are_refused views_and_redirects;
        checkpoints false:
            a_checkpoint_is_made_and_listed a_checkpoint_is_restored
            checkpoints_of_two_files_with_one_name checkpoints_follow_a_rename
            a_checkpoint_is_deleted missing_checkpoints;
        exports false:
            the_list_of_exports each_offered_export_works to_html to_markdown to_a_script to_python
            to_a_notebook to_latex to_rst to_asciidoc to_slides a_posted_notebook
            exports_that_are_refused;
        terminals false:
            a_terminal_is_made_listed_and_ended a_typed_command_runs the_working_folder
            the_size_of_a_terminal an_interrupt much_output the_environment_of_a_terminal
            a_page_that_reconnects the_shell_of_a_terminal_ends an_unknown_terminal;
        lab false:
            the_page the_extensions_of_the_page the_switches_of_the_page the_scripts_of_the_page
            addresses_of_files settings a_setting_is_kept an_unknown_setting workspaces themes
            translations listings_and_licenses extensions_api plugins_api news_and_build
            language_servers the_server_itself configuration_sections metrics_and_events;
        access false:
            without_a_token with_a_wrong_token each_way_to_show_the_token
            a_cookie_alone_changes_nothing from_another_origin a_websocket_without_a_token
            a_websocket_from_another_origin unknown_methods unknown_addresses headers_of_a_page;
    }
}
