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
        reason: "an unknown kernelspec is a 404 that names it and the known ones; the plain server throws an exception",
    },
    Known {
        check: "kernels::an_unknown_kernel",
        at: "/3",
        reason: "a restart of an unknown kernel is a 404; the plain server fails with an exception",
    },
    Known {
        check: "large::code_of_25_megabytes",
        at: "/printed",
        reason: "the plain server accepts no more than 10 MiB from a page, and ends the connection",
    },
    Known {
        check: "folders::hidden_files",
        at: "",
        reason: "a person's `.env` and `.gitignore` can be opened and made; a plain server needs a setting for that",
    },
    Known {
        check: "folders::links",
        at: "/6",
        reason: "a link that leads out of the folder is refused; the plain server follows it",
    },
    Known { check: "files::downloads_that_are_refused", at: "/2/hidden", reason: "hidden files can be opened" },
    Known { check: "lab::the_switches_of_the_page", at: "/allow_hidden_files", reason: "hidden files can be opened" },
    Known {
        check: "folders::an_absolute_link_into_the_folder",
        at: "",
        reason: "the folder is also mounted at its own path; the plain server of the tests has it at another path only",
    },
    Known {
        check: "lab::the_switches_of_the_page",
        at: "/labextensionsPath/0",
        reason: "terminals can write to the home, so Jupyter looks for its code in an empty folder instead",
    },
    Known {
        check: "lab::the_switches_of_the_page",
        at: "/extraLabextensionsPath",
        reason: "extensions can also be in the person's folder for all launches, and in the launch's home",
    },
    Known {
        check: "lab::the_switches_of_the_page",
        at: "/userSettingsDir",
        reason: "Lab's settings apply to all folders of the person, and are in a volume of their own",
    },
    Known {
        check: "kernels::a_start_of_an_unknown_kernelspec",
        at: "/body/traceback",
        reason: "the plain server fails with an exception; a launch gives the reason without a traceback",
    },
    Known {
        check: "kernels::kernelspecs",
        at: "/1/spec/argv",
        reason: "the kernelspec of a launch starts a container",
    },
    Known {
        check: "kernels::kernelspecs",
        at: "/1/spec/metadata/process_proxy",
        reason: "Enterprise Gateway reads the kernel's image there",
    },
    Known {
        check: "kernels::kernelspecs",
        at: "/1/spec/kernel_protocol_version",
        reason: "only ipykernel's own kernelspec has it; no page reads it, because the kernel's answer counts",
    },
    Known {
        check: "kernels::kernelspecs",
        at: "/1/resources/logo-",
        reason: "the shipped kernelspec has its picture only as SVG, which pages prefer",
    },
    Known {
        check: "contents::files_without_permission",
        at: "/4",
        reason: "a launch deletes the file and keeps no trash in the folder; the plain server fails at its trash",
    },
    Known {
        check: "lab::the_switches_of_the_page",
        at: "/delete_to_trash",
        reason: "a trash would be a hidden folder in the person's folder",
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
        reason: "the window stops a launch and everything that belongs to it",
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
