//! The intended differences, each with its reason. A check fails if a known difference does not exist any more, so the
//! list stays true.

use std::collections::BTreeSet;

/// An intended difference.
#[derive(Debug)]
pub struct Known {
    /// The check, without its protocol.
    check: &'static str,
    /// The place in the check's observation: a JSON pointer, or the start of one.
    pub at: &'static str,
    pub reason: &'static str,
}

const KNOWN: &[Known] = &[
    Known {
        check: "kernels::a_start_of_an_unknown_kernelspec",
        at: "/status",
        reason: "what is not there is a 404 that names it and what is; the plain server fails by an exception",
    },
    Known {
        check: "kernels::an_unknown_kernel",
        at: "/3",
        reason: "a restart of a kernel that is not there is a 404; the plain server fails by an exception",
    },
    Known {
        check: "large::code_of_25_megabytes",
        at: "/printed",
        reason: "the plain server takes no more than 10 MiB from a page, and ends the connection",
    },
    Known {
        check: "folders::hidden_files",
        at: "",
        reason: "a person's `.env` and `.gitignore` can be opened and made, which a plain server has to be told",
    },
    Known {
        check: "folders::links",
        at: "/6",
        reason: "a link that leads out of the folder is refused; the plain server goes where it leads",
    },
    Known { check: "files::downloads_that_are_refused", at: "/2/hidden", reason: "the same" },
    Known { check: "lab::the_switches_of_the_page", at: "/allow_hidden_files", reason: "the same" },
    Known {
        check: "folders::an_absolute_link_into_the_folder",
        at: "",
        reason: "the folder is at its own path, too; the plain server of the tests has it at another place alone",
    },
    Known {
        check: "lab::the_switches_of_the_page",
        at: "/labextensionsPath/0",
        reason: "Jupyter looks for code of its own in no home, which terminals can write: a folder is there instead that is empty",
    },
    Known {
        check: "lab::the_switches_of_the_page",
        at: "/extraLabextensionsPath",
        reason: "extensions are also found in a folder of the person's for all launches, and in the launch's home",
    },
    Known {
        check: "lab::the_switches_of_the_page",
        at: "/userSettingsDir",
        reason: "Lab's settings are the person's in all folders, in a volume of their own",
    },
    Known {
        check: "kernels::a_start_of_an_unknown_kernelspec",
        at: "/body/traceback",
        reason: "the plain server fails by an exception; a launch says what is wrong, without its own code's lines",
    },
    Known {
        check: "kernels::kernelspecs",
        at: "/1/spec/argv",
        reason: "the kernelspec of a launch starts a container",
    },
    Known {
        check: "kernels::kernelspecs",
        at: "/1/spec/metadata/process_proxy",
        reason: "Enterprise Gateway reads there which image a kernel starts from",
    },
    Known {
        check: "kernels::kernelspecs",
        at: "/1/spec/kernel_protocol_version",
        reason: "ipykernel's own kernelspec states it; no page reads it, the kernel's own answer counts",
    },
    Known {
        check: "kernels::kernelspecs",
        at: "/1/resources/logo-",
        reason: "the shipped kernelspec has its picture as SVG alone, which pages prefer",
    },
    Known {
        check: "contents::files_without_permission",
        at: "/4",
        reason: "a launch deletes, as it keeps no trash in the person's folder; the plain server fails at its trash",
    },
    Known {
        check: "lab::the_switches_of_the_page",
        at: "/delete_to_trash",
        reason: "a trash would be a hidden folder in the person's own",
    },
    Known {
        check: "lab::the_switches_of_the_page",
        at: "/extensionManager",
        reason: "a page installs nothing into the server's image",
    },
    Known { check: "lab::the_switches_of_the_page", at: "/news", reason: "nothing is fetched from elsewhere" },
    Known {
        check: "lab::the_switches_of_the_page",
        at: "/quitButton",
        reason: "a launch is stopped in the window, with all that belongs to it",
    },
];

/// The known differences of one check.
pub fn of(name: &str) -> Vec<&'static Known> {
    KNOWN.iter().filter(|known| is_of(known, name)).collect()
}

fn is_of(known: &Known, name: &str) -> bool {
    name == known.check || name.strip_prefix(known.check).is_some_and(|rest| rest == "::legacy" || rest == "::v1")
}

/// Fails if a known difference names an unknown check.
pub fn assert_of(names: &BTreeSet<String>) {
    for known in KNOWN {
        assert!(names.iter().any(|name| is_of(known, name)), "no check is named {:?}", known.check);
    }
}
