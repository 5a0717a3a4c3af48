//! What can be typed.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

/// Launch folders of notebooks, each kernel in a container of its own.
#[derive(Parser, Debug)]
#[command(name = "orchest", version, after_help = "Exit codes: 0 done, 1 failed, 2 wrong usage, 130 interrupted.")]
pub struct Arguments {
    #[command(subcommand)]
    pub command: Command,
}

#[derive(Subcommand, Debug)]
pub enum Command {
    /// Launch a folder and print the address of its JupyterLab
    #[command(after_help = "Examples:\n  orchest launch ~/notebooks\n  orchest launch . --kernel r_docker --no-open")]
    Launch(Launch),
    /// Open the window, with this folder in its list
    Open {
        /// The folder
        #[arg(value_name = "DIR")]
        folder: Option<PathBuf>,
    },
    /// List what runs, and the folders of the window's list
    List {
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// List the kernelspecs, and what is wrong with those that cannot be used
    Kernels {
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Stop a launch and remove all that runs of it; the folder, and what is kept of it, stay
    #[command(after_help = "Examples:\n  orchest stop ~/notebooks\n  orchest stop --all")]
    Stop {
        /// The folder, or the id that `orchest list` shows
        #[arg(required_unless_present = "all", conflicts_with = "all", value_name = "DIR_OR_ID")]
        target: Option<String>,
        /// Stop all launches of this user
        #[arg(long)]
        all: bool,
    },
    /// Remove what is kept of a folder from one launch to the next; the folder stays as it is
    #[command(
        long_about = "Remove what is kept of a folder from one launch to the next: open tabs, trusted notebooks, \
                      checkpoints and terminal history of its JupyterLab, and the home of its kernels with downloaded \
                      models and data, caches and IPython's history. The folder and your settings of JupyterLab stay.",
        after_help = "Example:\n  orchest forget ~/notebooks"
    )]
    Forget {
        /// The folder, or the id that `orchest list` shows; one that is gone by its whole path
        #[arg(value_name = "DIR_OR_ID")]
        target: String,
    },
    /// Show the logs of a launch: gateway, server and kernels
    Logs {
        /// The folder, or the id that `orchest list` shows
        #[arg(value_name = "DIR_OR_ID")]
        target: String,
        /// Go on with new lines as they come, until Ctrl-C
        #[arg(long, short)]
        follow: bool,
        /// How many lines of each container to begin with
        #[arg(long, default_value_t = 200, value_name = "N")]
        tail: usize,
        /// Print a JSON object a line
        #[arg(long)]
        json: bool,
    },
    /// List the images that launches need, and whether they are here
    Images {
        /// Pull or build those that are missing
        #[arg(long)]
        prepare: bool,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Check all that a launch needs, with a remedy for each that fails
    Doctor {
        /// Remove what dead processes left of launches that cannot be whole any more
        #[arg(long)]
        clean: bool,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
}

#[derive(Args, Debug)]
pub struct Launch {
    /// The folder
    pub dir: PathBuf,
    /// The kernelspec that new notebooks get; `orchest kernels` lists them
    #[arg(long, value_name = "NAME")]
    pub kernel: Option<String>,
    /// Do not open the browser
    #[arg(long)]
    pub no_open: bool,
    /// Print one JSON object instead of the address
    #[arg(long)]
    pub json: bool,
    /// How long JupyterLab has to answer once its containers run, seconds
    #[arg(long, value_name = "S", value_parser = clap::value_parser!(u64).range(1..=86_400))]
    pub timeout: Option<u64>,
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_arguments_are_sound() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn stop_wants_a_target_or_all() {
        assert!(Arguments::try_parse_from(["orchest", "stop"]).is_err());
        assert!(Arguments::try_parse_from(["orchest", "stop", "--all", "x"]).is_err());
        assert!(Arguments::try_parse_from(["orchest", "stop", "--all"]).is_ok());
    }
}
