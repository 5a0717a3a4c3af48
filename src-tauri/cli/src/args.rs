//! The command line and its help.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueHint};
use clap_complete::Shell;

/// Launch folders of notebooks, each kernel in a container of its own.
#[derive(Parser, Debug)]
#[command(name = "orchest", version, after_help = "Exit codes: 0 done, 1 failed, 2 wrong usage, 130 interrupted.")]
pub struct Arguments {
    /// Do it on another machine, by its name in `orchest places`: folders are there then, by their whole paths
    #[arg(long, global = true, value_name = "MACHINE")]
    pub on: Option<String>,
    #[command(subcommand)]
    pub command: Command,
}

#[derive(Subcommand, Debug)]
pub enum Command {
    /// Launch a folder and print the address of its JupyterLab
    #[command(
        after_help = "Examples:\n  orchest launch ~/notebooks\n  orchest launch . --kernel r_docker --no-open\n  orchest launch ssh://ada@rack/home/ada/notes"
    )]
    Launch(Launch),
    /// Open the window, with this folder or the folder of this notebook in its list
    Open {
        /// The folder or notebook
        path: Option<PathBuf>,
    },
    /// List the window's pipelines and all running launches
    List {
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// List the kernelspecs and their problems; make and change them
    #[command(
        args_conflicts_with_subcommands = true,
        after_help = "Examples:\n  orchest kernels new mine --image python:3.13\n  orchest kernels edit mine --env THREADS=4"
    )]
    Kernels {
        /// Print JSON
        #[arg(long)]
        json: bool,
        #[command(subcommand)]
        action: Option<Kernels>,
    },
    /// Show what a folder asks for and what its kernels have; change it
    #[command(
        args_conflicts_with_subcommands = true,
        long_about = "Show the files of a folder that name packages, the environment that was made from them, and what \
                      was installed by hand in its kernels. A launch makes the environment by itself.",
        after_help = "Examples:\n  orchest env ~/notebooks\n  orchest env add pandas --dir ~/notebooks\n  orchest env clean --dry-run"
    )]
    Env {
        /// The folder; the current one if none is given
        #[arg(value_hint = ValueHint::DirPath)]
        dir: Option<PathBuf>,
        /// Print JSON
        #[arg(long)]
        json: bool,
        #[command(subcommand)]
        action: Option<Env>,
    },
    /// Stop a launch and remove its containers; the folder and its saved state stay
    #[command(after_help = "Examples:\n  orchest stop ~/notebooks\n  orchest stop --all")]
    Stop {
        /// The folder, or its id in `orchest list`
        #[arg(required_unless_present = "all", conflicts_with = "all", value_name = "DIR_OR_ID", value_hint = ValueHint::DirPath)]
        target: Option<String>,
        /// Stop all launches of this user
        #[arg(long)]
        all: bool,
    },
    /// Give an entry of the list the folder's new place, after the folder was moved
    #[command(
        long_about = "Give an entry of the list the folder's new place, after the folder was moved or renamed. The entry \
                      keeps its kernelspec and its pin. Saved state belongs to a place and is not moved: \
                      `orchest forget OLD` removes what is left of it.",
        after_help = "Example:\n  orchest locate ~/notebooks ~/projects/notebooks"
    )]
    Locate {
        /// The entry: the folder's old path, or its id in `orchest list`
        old: String,
        /// The folder's new path
        #[arg(value_hint = ValueHint::DirPath)]
        new: PathBuf,
    },
    /// Forget the saved state of a folder; the folder itself stays as it is
    #[command(
        long_about = "Forget the saved state of a folder: the open tabs, trusted notebooks, checkpoints and terminal \
                      history of its JupyterLab, and the home of its kernels with downloaded models and data, caches \
                      and IPython's history. The folder itself and your JupyterLab settings stay as they are.",
        after_help = "Example:\n  orchest forget ~/notebooks"
    )]
    Forget {
        /// The folder, or its id in `orchest list`; for a folder that is gone, its whole path
        #[arg(value_name = "DIR_OR_ID", value_hint = ValueHint::DirPath)]
        target: String,
    },
    /// Show the logs of a launch: gateway, server and kernels
    Logs {
        /// The folder, or its id in `orchest list`
        #[arg(value_name = "DIR_OR_ID", value_hint = ValueHint::DirPath)]
        target: String,
        /// Keep printing new lines until Ctrl-C
        #[arg(long, short)]
        follow: bool,
        /// Number of lines of each container to start with
        #[arg(long, default_value_t = 200, value_name = "N")]
        tail: usize,
        /// Print one JSON object per line
        #[arg(long)]
        json: bool,
    },
    /// List the images that launches need, and whether the engine has them; write them into a file, or take them from one
    #[command(
        args_conflicts_with_subcommands = true,
        after_help = "Examples:\n  orchest images --prepare\n  orchest images --prepare r_docker\n  orchest images export all.orchest-images\n  orchest images import all.orchest-images"
    )]
    Images {
        /// Pull or build the missing images
        #[arg(long)]
        prepare: bool,
        /// With --prepare: only the images of these kernelspecs
        #[arg(value_name = "KERNELSPEC", requires = "prepare")]
        kernelspecs: Vec<String>,
        /// Print JSON
        #[arg(long)]
        json: bool,
        #[command(subcommand)]
        action: Option<Images>,
    },
    /// List the engines that can be found, and mark the one in use; pick another
    #[command(
        args_conflicts_with_subcommands = true,
        long_about = "List the container engines that can be found on this machine, and mark the one in use. The engine \
                      that you pick is used by the window and the terminal from then on. DOCKER_HOST and \
                      DOCKER_CONTEXT, if they are set, go before it.",
        after_help = "Examples:\n  orchest engine\n  orchest engine use podman\n  orchest engine use unix:///var/run/docker.sock\n  orchest engine forget"
    )]
    Engine {
        /// Print JSON
        #[arg(long)]
        json: bool,
        #[command(subcommand)]
        action: Option<Engine>,
    },
    /// List the places where launches can run other than on this machine alone; add, test or remove one
    #[command(
        args_conflicts_with_subcommands = true,
        long_about = "List the places where launches can run other than on this machine alone. One kind is a Jupyter \
                      Enterprise Gateway that others keep: JupyterLab runs on this machine, and kernels run where the \
                      gateway starts them. The other is an engine on another machine: folder, JupyterLab and kernels are \
                      there.",
        after_help = "Examples:\n  orchest places add team --gateway https://gateway.example --token-stdin\n  orchest places test team\n  orchest places use team ~/notebooks\n  orchest places add rack --engine ssh://ada@rack\n  orchest --on rack launch /home/ada/notes"
    )]
    Places {
        /// Print JSON
        #[arg(long)]
        json: bool,
        #[command(subcommand)]
        action: Option<Places>,
    },
    /// Show whether there is a newer version of this program, and how to get it
    #[command(
        long_about = "Show whether there is a newer version of this program, and how to get it. Without --check nothing is \
                      asked: what the last look found is shown. A window looks once a day after you allowed it.",
        after_help = "Example:\n  orchest updates --check"
    )]
    Updates {
        /// Ask the address for newer versions now
        #[arg(long)]
        check: bool,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Print the licences of the packages in this program, with their texts
    #[command(after_help = "Example:\n  orchest licences | less")]
    Licences,
    /// Print a shell's completions of this command
    #[command(
        long_about = "Print a shell's completions of this command. The packages of the program install those of bash, zsh \
                      and fish.",
        after_help = "Example:\n  orchest completions bash > ~/.local/share/bash-completion/completions/orchest"
    )]
    Completions {
        /// The shell
        shell: Shell,
    },
    /// Have open pages reach a launch on another machine, until it ends
    #[command(hide = true)]
    Carry {
        /// The launch
        id: String,
    },
    /// Write the manual pages of all commands, and the completions of three shells, into a folder
    #[command(hide = true)]
    Manual {
        /// The folder; it is made if it is not there
        #[arg(value_hint = ValueHint::DirPath)]
        dir: PathBuf,
    },
    /// Check everything that a launch needs, with a hint for each failed check
    Doctor {
        /// Remove containers left behind by crashed processes
        #[arg(long)]
        clean: bool,
        /// Print JSON: a list of objects with `name`, `ok`, `finding` and `remedy`
        #[arg(long)]
        json: bool,
    },
}

#[derive(Subcommand, Debug)]
pub enum Engine {
    /// Use another engine from now on; launches on the engine that is left run on there
    Use {
        /// Its address, its name, or the name of its context or of its Podman connection
        #[arg(value_name = "ADDRESS_OR_NAME")]
        engine: String,
    },
    /// Forget which engine was picked, and search one as before
    Forget,
}

#[derive(Subcommand, Debug)]
pub enum Places {
    /// List them, as without an action
    List {
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Add a place, and ask it what it offers
    #[command(
        after_help = "Examples:\n  orchest places add team --gateway https://gateway.example --token-stdin <token.txt\n  orchest places add lab --gateway https://10.0.0.5:8888/lab --token-file ~/.lab-token --ca ~/lab-ca.pem\n  orchest places add cluster --gateway https://gateway.example --shared /data --user ada\n  orchest places add rack --engine ssh://ada@rack"
    )]
    Add(Box<AddPlace>),
    /// Ask a place what a launch asks, from this machine, start a kernel there, and say what is missing
    Test {
        /// The place
        name: String,
        /// Start a kernel of this kernelspec instead of the gateway's default
        #[arg(long, value_name = "NAME")]
        kernel: Option<String>,
        /// Print JSON: a list of objects with `name`, `ok`, `finding` and `remedy`
        #[arg(long)]
        json: bool,
    },
    /// Launch a folder at a place from now on; `this-machine` is this machine
    Use {
        /// The place
        name: String,
        /// The folder; the current one if none is given
        #[arg(value_hint = ValueHint::DirPath)]
        dir: Option<PathBuf>,
    },
    /// Remove a place and its token; its folders are launched on this machine then
    Remove {
        /// The place
        name: String,
    },
}

#[derive(clap::Args, Debug)]
pub struct AddPlace {
    /// A name for it
    pub name: String,
    /// The gateway's address, such as https://gateway.example/team
    #[arg(long, value_name = "URL", required_unless_present = "engine")]
    pub gateway: Option<String>,
    /// The engine of another machine: ssh://HOST, tcp://HOST:PORT, a context of Docker or a connection of Podman
    #[arg(long, value_name = "CONTEXT_OR_HOST", conflicts_with_all = ["gateway", "token_stdin", "token_file", "scheme", "header", "ca", "certificate", "user", "shared"])]
    pub engine: Option<String>,
    /// Read the token from standard input, and keep it in the system's keychain
    #[arg(long, conflicts_with = "token_file")]
    pub token_stdin: bool,
    /// A file with the token, which is read at each launch; only you may read it
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub token_file: Option<PathBuf>,
    /// The scheme of the header Authorization: `token` for Jupyter, `Bearer` for some proxies
    #[arg(long, value_name = "SCHEME")]
    pub scheme: Option<String>,
    /// Send the token alone, in this header
    #[arg(long, value_name = "NAME", conflicts_with = "scheme")]
    pub header: Option<String>,
    /// A file with the certificate authorities of the gateway, if this machine does not know them
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub ca: Option<PathBuf>,
    /// A file with a certificate of yours, if the gateway asks for one
    #[arg(long, value_name = "FILE", requires = "key", value_hint = ValueHint::FilePath)]
    pub certificate: Option<PathBuf>,
    /// A file with its key
    #[arg(long, value_name = "FILE", requires = "certificate", value_hint = ValueHint::FilePath)]
    pub key: Option<PathBuf>,
    /// The user for whom the gateway starts kernels
    #[arg(long, value_name = "NAME")]
    pub user: Option<String>,
    /// A folder that kernels see, too: its path here and its path there, or one if both are the same; can be given several
    /// times
    #[arg(long, value_name = "HERE=THERE")]
    pub shared: Vec<String>,
}

#[derive(Subcommand, Debug)]
pub enum Env {
    /// Make the environment now; kernels that start from then on use it
    Update {
        /// The folder; the current one if none is given
        #[arg(value_hint = ValueHint::DirPath)]
        dir: Option<PathBuf>,
        /// Take the newest versions that the files allow
        #[arg(long)]
        upgrade: bool,
    },
    /// Write a first requirements.txt with what the notebooks and scripts of the folder import, and print its packages
    #[command(after_help = "Examples:\n  orchest env init --dry-run\n  orchest env init --without tensorflow")]
    Init {
        /// Leave out a package; can be given several times
        #[arg(long, value_name = "NAME")]
        without: Vec<String>,
        /// Only print the packages
        #[arg(long)]
        dry_run: bool,
        #[command(flatten)]
        folder: EnvFolder,
    },
    /// Add packages to the folder's file, and make the environment
    #[command(
        long_about = "Add packages to the folder's file, and make the environment. The file is the one that \
                      `orchest env` shows as used: requirements.txt, pyproject.toml, environment.yml, pixi.toml, \
                      DESCRIPTION or install.R; a folder without one gets a requirements.txt. A package that the file \
                      names already gets the new version. If the packages cannot be installed, the file is left as it \
                      was.",
        after_help = "Examples:\n  orchest env add \"pandas>=2\"\n  orchest env add conda-forge::gdal\n  orchest env add --pip \"rich>=14\"\n  orchest env add \"dplyr>=1.1\""
    )]
    Add {
        /// A package, such as pandas or "numpy>=2"
        #[arg(required = true, value_name = "NAME")]
        packages: Vec<String>,
        /// Take the packages from PyPI, also in a file of conda, whose other packages come from its channels
        #[arg(long)]
        pip: bool,
        #[command(flatten)]
        folder: EnvFolder,
    },
    /// Remove packages from the folder's file, and make the environment
    Remove {
        /// A package
        #[arg(required = true, value_name = "NAME")]
        packages: Vec<String>,
        #[command(flatten)]
        folder: EnvFolder,
    },
    /// Set a variable of the folder's kernels; kernels that start from then on have it
    #[command(
        long_about = "Set a variable of the folder's kernels. Kernels that start from then on have it. The value is in \
                      the settings file, or with --secret in the system's keychain.",
        after_help = "Examples:\n  orchest env set THREADS=4\n  orchest env set API_KEY --secret\n  pass show key | orchest env set API_KEY --secret --value-stdin"
    )]
    Set {
        /// The variable and its value. Without a value, the terminal asks for it
        #[arg(value_name = "NAME[=VALUE]")]
        variable: String,
        /// Keep the value in the system's keychain, and show it nowhere
        #[arg(long)]
        secret: bool,
        /// Read the value from standard input, to its end; one line break at the end does not count
        #[arg(long)]
        value_stdin: bool,
        #[command(flatten)]
        folder: EnvFolder,
    },
    /// Take a variable away from the folder's kernels
    Unset {
        /// The variable
        #[arg(value_name = "NAME")]
        variable: String,
        #[command(flatten)]
        folder: EnvFolder,
    },
    /// Let kernels have the variables of the folder's .env as it is now
    UseEnvFile {
        /// Let them not have these variables any more
        #[arg(long)]
        no: bool,
        #[command(flatten)]
        folder: EnvFolder,
    },
    /// Take the packages from another file of the folder, or from another environment of pixi: pixi.toml:test
    Use {
        /// The file, as the command without an action names it
        file: String,
        #[command(flatten)]
        folder: EnvFolder,
    },
    /// Let launches run the folder's postBuild as it is now, once for each environment
    RunPostBuild {
        /// Let no launch run it any more
        #[arg(long)]
        no: bool,
        #[command(flatten)]
        folder: EnvFolder,
    },
    /// Remove the environments that no folder uses
    Clean {
        /// Only say what that would free
        #[arg(long)]
        dry_run: bool,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
}

#[derive(Subcommand, Debug)]
pub enum Images {
    /// Write the images that launches need into one file, for a machine that reaches no registry
    #[command(
        long_about = "Write the images that launches need into one file, for a machine that reaches no registry: those of \
                      the gateway, the server and the shipped kernelspecs, those that build packages if they are on the \
                      engine, and the base image. `orchest images --prepare` gets what is missing first.",
        after_help = "Examples:\n  orchest images export all.orchest-images\n  orchest images export all.orchest-images mine"
    )]
    Export {
        /// The file; its name should end in .orchest-images, so that the window takes it
        file: PathBuf,
        /// Kernelspecs whose images are written, too
        #[arg(value_name = "KERNELSPEC")]
        kernelspecs: Vec<String>,
        /// Replace a file that is there
        #[arg(long)]
        force: bool,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Take the images from a file that `export` wrote
    #[command(
        long_about = "Take the images from a file that `export` wrote. The file is checked as a whole first, and if \
                      anything fails, the engine has what it had before. Import only files from people you trust: \
                      launches run what is in these images.",
        after_help = "Example:\n  orchest images import all.orchest-images"
    )]
    Import {
        /// The file
        file: PathBuf,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
}

/// The folder of a change.
#[derive(Args, Debug)]
pub struct EnvFolder {
    /// The folder; the current one if none is given
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub dir: Option<PathBuf>,
}

#[derive(Subcommand, Debug)]
pub enum Kernels {
    /// Make a kernelspec for an image, or from another kernelspec, and print its file
    New {
        /// Its name in Jupyter: letters, digits, `.`, `_` and `-`
        name: String,
        /// The kernelspec that it begins as a copy of
        #[arg(long, value_name = "KERNELSPEC", required_unless_present = "image")]
        from: Option<String>,
        #[command(flatten)]
        fields: Fields,
    },
    /// Change a kernelspec; without options, open its file in $EDITOR and report what is wrong with it afterwards
    Edit {
        /// The kernelspec
        name: String,
        #[command(flatten)]
        fields: Fields,
    },
    /// Copy a kernelspec with its files
    Duplicate {
        /// The kernelspec
        name: String,
        /// The name of the copy
        new: String,
    },
    /// Rename a kernelspec; folders of the list that use it use it on
    Rename {
        /// The kernelspec
        name: String,
        /// Its new name
        new: String,
    },
    /// Move a kernelspec to the desktop's trash
    Delete {
        /// The kernelspec
        name: String,
    },
    /// Start a kernel, run 1+1 in it, and print how long each step took
    Test {
        /// The kernelspec
        name: String,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
}

/// The fields of a kernelspec.
#[derive(Args, Debug, Default, PartialEq)]
pub struct Fields {
    /// The image of its kernels
    #[arg(long)]
    pub image: Option<String>,
    /// Its name for people
    #[arg(long, value_name = "NAME")]
    pub display_name: Option<String>,
    /// The language, such as python or R
    #[arg(long)]
    pub language: Option<String>,
    /// A variable of its kernels; can be given several times
    #[arg(long, value_name = "NAME=VALUE")]
    pub env: Vec<String>,
    /// Remove a variable; can be given several times
    #[arg(long, value_name = "NAME")]
    pub no_env: Vec<String>,
    /// The memory of a kernel, MB; "" for no limit of its own
    #[arg(long, value_name = "MB")]
    pub memory_mb: Option<String>,
    /// The cores of a kernel, such as 1.5; "" for no limit of its own
    #[arg(long, value_name = "CORES")]
    pub cpus: Option<String>,
    /// The shared memory of a kernel, MB; "" for no limit of its own
    #[arg(long, value_name = "MB")]
    pub shm_mb: Option<String>,
    /// The GPUs of a kernel: all, a number, or "" for none
    #[arg(long, value_name = "GPUS")]
    pub gpus: Option<String>,
}

#[derive(Args, Debug)]
pub struct Launch {
    /// The folder
    #[arg(value_hint = ValueHint::DirPath)]
    pub dir: PathBuf,
    /// The kernelspec of new notebooks; `orchest kernels` lists them
    #[arg(long, value_name = "NAME")]
    pub kernel: Option<String>,
    /// The place where its kernels run, this time; `orchest places` lists them, and `this-machine` is this machine
    #[arg(long, value_name = "NAME")]
    pub place: Option<String>,
    /// Do not open the browser
    #[arg(long)]
    pub no_open: bool,
    /// Print one JSON object instead of the address
    #[arg(long)]
    pub json: bool,
    /// Seconds that JupyterLab has to answer after its containers have started
    #[arg(long, value_name = "S", value_parser = clap::value_parser!(u64).range(1..=86_400))]
    pub timeout: Option<u64>,
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn clap_accepts_the_definition() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn kernelspecs_are_named_only_to_prepare_their_images() {
        let parsed = |words: &str| Arguments::try_parse_from(words.split(' '));
        assert!(parsed("orchest images r_docker").is_err());
        let Ok(Command::Images { prepare: true, kernelspecs, .. }) =
            parsed("orchest images --prepare r_docker mine").map(|parsed| parsed.command)
        else {
            panic!("it is not parsed");
        };
        assert_eq!(kernelspecs, ["r_docker", "mine"]);
    }

    #[test]
    fn images_go_into_a_file_and_come_from_one() {
        let parses = |words: &str| Arguments::try_parse_from(words.split(' ')).is_ok();
        assert!(parses("orchest images export a --force --json") && parses("orchest images export a r_docker mine"));
        assert!(parses("orchest images import a --json") && parses("orchest images --json"));
        for wrong in ["export", "import", "import a b", "--json import a"] {
            assert!(!parses(&format!("orchest images {wrong}")), "{wrong}");
        }
    }

    #[test]
    fn a_kernelspec_is_made_for_an_image_or_from_another_one() {
        let parses = |words: &str| Arguments::try_parse_from(words.split(' ')).is_ok();
        assert!(parses("orchest kernels") && parses("orchest kernels --json"));
        assert!(parses("orchest kernels new mine --image a:1 --env A=1 --env B="));
        assert!(parses("orchest kernels new mine --from python_docker"));
        for wrong in ["new mine", "new --image a", "--json edit mine", "rename mine", "delete"] {
            assert!(!parses(&format!("orchest kernels {wrong}")), "{wrong}");
        }
    }

    #[test]
    fn stop_needs_a_target_or_all() {
        assert!(Arguments::try_parse_from(["orchest", "stop"]).is_err());
        assert!(Arguments::try_parse_from(["orchest", "stop", "--all", "x"]).is_err());
        assert!(Arguments::try_parse_from(["orchest", "stop", "--all"]).is_ok());
    }
}
