//! `orchest completions`, and what the packages of the program install: the manual's pages and the completions of three
//! shells. All are made from the definition of the command line in `args`.

use std::fs;
use std::io;
use std::path::Path;

use clap::{Arg, CommandFactory};
use clap_complete::{Shell, generate};
use clap_mangen::Man;
use orchest_core::{Error, Failure};

use crate::args::Arguments;
use crate::output::{self, Outcome};
use crate::words::manual as words;

/// Prints the completions of a shell.
pub fn completions(shell: Shell) -> Outcome {
    output::print(String::from_utf8_lossy(&completions_of(shell)).trim_end())
}

/// Writes `man1/*.1`, `bash/orchest`, `zsh/_orchest` and `fish/orchest.fish` into a folder.
pub fn write(dir: &Path) -> Outcome {
    let failed = |source| Failure::from(Error::Io { what: words::WRITE.to_owned(), path: dir.to_owned(), source });
    write_all(dir).map_err(failed)?;
    Ok(())
}

fn write_all(dir: &Path) -> io::Result<()> {
    for (folder, name, shell) in
        [("bash", "orchest", Shell::Bash), ("zsh", "_orchest", Shell::Zsh), ("fish", "orchest.fish", Shell::Fish)]
    {
        let folder = dir.join(folder);
        fs::create_dir_all(&folder)?;
        fs::write(folder.join(name), completions_of(shell))?;
    }
    let pages = dir.join("man1");
    fs::create_dir_all(&pages)?;
    page_of_each(named(Arguments::command(), "orchest"), &pages)?;
    page_of_each(window(), &pages)
}

/// The command line of the window's program, which reads its paths by itself.
fn window() -> clap::Command {
    let paths = Arg::new("PATH").num_args(0..).help(words::PATHS);
    let command = clap::Command::new("orchest-desktop").about(words::WINDOW).arg(paths).after_help(words::TERMINAL);
    named(command.disable_help_flag(true), "orchest-desktop")
}

fn completions_of(shell: Shell) -> Vec<u8> {
    let mut text = Vec::new();
    generate(shell, &mut Arguments::command(), "orchest", &mut text);
    text
}

/// The definition with the name of its page: `orchest-env-add` for `orchest env add`.
fn named(mut command: clap::Command, name: &str) -> clap::Command {
    command.build();
    command.display_name(name.to_owned())
}

/// Writes the page of a command and of each command in it, except those that no help shows.
fn page_of_each(command: clap::Command, pages: &Path) -> io::Result<()> {
    let name = command.get_display_name().unwrap_or_else(|| command.get_name()).to_owned();
    for inner in command.get_subcommands().filter(|inner| !inner.is_hide_set() && inner.get_name() != "help") {
        let inner = inner.clone().display_name(format!("{name}-{}", inner.get_name()));
        page_of_each(inner, pages)?;
    }
    let mut page = Vec::new();
    // The time of the build is left out: the same sources make the same pages.
    let man = Man::new(command).title(name.to_uppercase()).date("").source(words::SOURCE).manual(words::MANUAL);
    man.render(&mut page)?;
    fs::write(pages.join(format!("{name}.1")), page)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn each_command_has_a_page_and_three_shells_complete_it() {
        let dir = tempfile::tempdir().unwrap();
        write_all(dir.path()).unwrap();
        let read = |name: &str| fs::read_to_string(dir.path().join(name)).unwrap();
        for page in ["orchest", "orchest-desktop", "orchest-launch", "orchest-env-add", "orchest-kernels-test"] {
            let text = read(&format!("man1/{page}.1"));
            assert!(text.contains(&page.replace('-', "\\-")), "{page}: {text}");
        }
        assert!(!dir.path().join("man1/orchest-manual.1").exists() && !dir.path().join("man1/orchest-help.1").exists());
        assert!(read("man1/orchest.1").contains("launch"));
        for file in ["bash/orchest", "zsh/_orchest", "fish/orchest.fish"] {
            let text = read(file);
            assert!(text.contains("launch") && text.contains("use-env-file") && text.contains("no-open"), "{file}");
        }
    }
}
