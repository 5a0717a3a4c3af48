//! The layers that images of this project have in common: the instructions with which their Dockerfiles begin. Pure.
//!
//! The classic builder finds a layer again by its parent and its instruction. Two builds that are at the same instruction
//! at the same time would both carry it out, so what several images begin with is built first, and once.

use std::path::Path;

use include_dir::Dir;

use super::definition;

/// The Dockerfiles of the layers that an image shares with others, the fewest instructions first. Each of them begins
/// with the one before.
pub(super) fn of(definition: &Dir<'_>) -> Vec<String> {
    let own = instructions(definition);
    let others = definition::all().filter(|other| other.path() != definition.path());
    let mut lengths: Vec<usize> = others.map(|other| in_common(&own, &instructions(other))).collect();
    lengths.retain(|length| own.iter().take(*length).any(|instruction| instruction.starts_with("RUN ")));
    lengths.sort_unstable();
    lengths.dedup();
    lengths.into_iter().filter_map(|length| own.get(..length)).map(|part| part.join("\n")).collect()
}

/// How many steps the builder says that a build has: the instructions, and one for the label.
pub(super) fn steps(definition: &Dir<'_>) -> u64 {
    u64::try_from(instructions(definition).len()).unwrap_or_default().saturating_add(1)
}

/// The number of the first instructions that are alike. Files of the same name may differ, so it ends before those that
/// take some.
fn in_common(one: &[String], other: &[String]) -> usize {
    let alike = one.iter().zip(other).take_while(|(one, other)| one == other).count();
    let takes_files = |text: &String| ["ARG ", "COPY ", "ADD "].iter().any(|start| text.starts_with(start));
    let kept = one.iter().take(alike).rposition(|text| !takes_files(text));
    kept.map_or(0, |last| last + 1)
}

/// The instructions of a Dockerfile, without comments.
fn instructions(definition: &Dir<'_>) -> Vec<String> {
    let file = definition.get_file(definition.path().join(Path::new("Dockerfile")));
    let text = file.and_then(|file| file.contents_utf8()).unwrap_or_default();
    let mut found = Vec::new();
    let mut current = String::new();
    for line in text.lines().filter(|line| !line.trim().is_empty() && !line.trim_start().starts_with('#')) {
        current.push_str(line);
        if line.ends_with('\\') {
            current.push('\n');
        } else {
            found.push(std::mem::take(&mut current));
        }
    }
    found
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn beginnings(name: &str) -> Vec<String> {
        of(definition::of(&definition::ours(name)).unwrap())
    }

    #[test]
    fn all_images_begin_with_the_same_layers_and_those_with_r_have_more_in_common() {
        let first = beginnings("gateway");
        assert_eq!(first.len(), 1, "{first:?}");
        assert!(first[0].contains("prepare.sh") && first[0].contains("ENV PATH="), "{first:?}");
        assert!(!first[0].contains("requirements.txt") && !first[0].contains('#'), "{first:?}");
        for name in ["server", "kernel-python", "builder"] {
            assert_eq!(beginnings(name), first, "{name}");
        }
        let of_r = beginnings("kernel-r");
        assert_eq!((of_r.len(), &of_r[0]), (2, &first[0]));
        assert!(of_r[1].starts_with(&first[0]) && of_r[1].contains("r-base-core"), "{of_r:?}");
        assert_eq!(beginnings("builder-r"), of_r);
        assert!(beginnings("over-r").is_empty(), "it is laid over another image");
    }

    #[test]
    fn a_script_in_an_instruction_is_one_step_whatever_its_comments() {
        let gateway = definition::of(&definition::gateway()).unwrap();
        let found = instructions(gateway);
        assert_eq!(steps(gateway), 17, "as the builder counts: {found:?}");
        assert!(found.iter().all(|text| text.starts_with(|letter: char| letter.is_ascii_uppercase())), "{found:?}");
    }

    #[test]
    fn what_takes_files_is_not_in_common_unless_something_alike_follows() {
        let texts = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>();
        let one = texts(&["FROM a", "RUN b", "ARG c", "COPY d /d", "RUN e"]);
        assert_eq!(in_common(&one, &texts(&["FROM a", "RUN b", "ARG c", "COPY d /d", "RUN f"])), 2);
        assert_eq!(in_common(&one, &one), 5);
        assert_eq!(in_common(&one, &texts(&["FROM b"])), 0);
    }
}
