//! The kernelspec that comes nearest to one that a notebook names and that is not here. Pure.
//!
//! Lab's extension `orchest-kernelspecs` has the same rule, because JupyterLab chooses before it asks the server.
//! `nearest.json` holds both to the same cases.

use crate::kernelspec::Kernelspec;

/// Languages by what their kernelspecs are usually called.
const LANGUAGES: [(&str, &str); 8] = [
    ("python", "python"),
    ("conda", "python"),
    ("xeus-python", "python"),
    ("xpython", "python"),
    ("ir", "r"),
    ("xr", "r"),
    ("julia", "julia"),
    ("bash", "bash"),
];

/// A kernelspec that notebooks name, as they describe it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Asked {
    /// Its name in Jupyter.
    pub name: String,
    /// Its name for people.
    pub display_name: String,
    /// Its language; empty if the notebooks do not have it.
    pub language: String,
}

impl Asked {
    /// The language in lower case, from the name if the notebooks do not have it.
    fn language(&self) -> String {
        if !self.language.is_empty() {
            return self.language.to_lowercase();
        }
        let name = self.name.to_lowercase();
        let known = LANGUAGES.iter().filter(|(start, _)| {
            let rest = name.strip_prefix(start);
            rest.is_some_and(|rest| !rest.starts_with(|letter: char| letter.is_ascii_alphabetic()))
        });
        known.max_by_key(|(start, _)| start.len()).map(|(_, language)| (*language).to_owned()).unwrap_or_default()
    }
}

/// The known kernelspecs of the same language.
pub fn of_its_language<'a>(asked: &Asked, known: &'a [Kernelspec]) -> Vec<&'a Kernelspec> {
    let language = asked.language();
    known.iter().filter(|spec| !language.is_empty() && spec.language.to_lowercase() == language).collect()
}

/// The kernelspecs that notebooks name and that are not here, each with the nearest; `own` is the folder's own kernelspec.
/// The only kernelspec of its language is what any JupyterLab takes, so such a one is left out.
pub fn unknown<'a>(
    named: &'a [(Asked, Vec<String>)],
    known: &'a [Kernelspec],
    own: &'a str,
) -> impl Iterator<Item = (&'a Asked, &'a [String], Option<&'a Kernelspec>)> {
    let missing = |asked: &Asked| !known.iter().any(|spec| spec.name.eq_ignore_ascii_case(&asked.name));
    let named = named.iter().filter(move |(asked, _)| missing(asked) && of_its_language(asked, known).len() != 1);
    named.map(move |(asked, notebooks)| (asked, notebooks.as_slice(), nearest(asked, known, own)))
}

/// The nearest of the same language: the folder's own, because it has what the folder's notebooks import, or else the one
/// that shares the most words with it in its names. Of two that share as many, the first.
pub fn nearest<'a>(asked: &Asked, known: &'a [Kernelspec], own: &str) -> Option<&'a Kernelspec> {
    let of_its_language = of_its_language(asked, known);
    if let Some(own) = of_its_language.iter().find(|spec| spec.name == own) {
        return Some(own);
    }
    let wanted = [words(&asked.name), words(&asked.display_name)].concat();
    let likeness = |spec: &Kernelspec| {
        let own = [words(&spec.name), words(&spec.display_name)].concat();
        let shared = |word: &&String| own.contains(*word) && !LANGUAGES.iter().any(|(name, _)| name == word);
        let mut common: Vec<&String> = wanted.iter().filter(shared).collect();
        common.sort();
        common.dedup();
        common.len()
    };
    let mut best: Option<(&Kernelspec, usize)> = None;
    for spec in of_its_language {
        let likeness = likeness(spec);
        if best.is_none_or(|(_, most)| likeness > most) {
            best = Some((spec, likeness));
        }
    }
    best.map(|(spec, _)| spec)
}

/// The words of a name, without bare numbers: `conda-env-py310-py` has `conda`, `env`, `py310` and `py`, `Python 3.11` has
/// `python`.
fn words(name: &str) -> Vec<String> {
    let lower = name.to_lowercase();
    let parts = lower.split(|letter: char| !letter.is_alphanumeric());
    parts.filter(|part| part.contains(|letter: char| letter.is_alphabetic())).map(str::to_owned).collect()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::kernelspec::AskedLimits;

    fn spec(name: &str, display_name: &str, language: &str) -> Kernelspec {
        Kernelspec {
            name: name.into(),
            display_name: display_name.into(),
            language: language.into(),
            image: "a".into(),
            lacks_public_key: false,
            gpus: false,
            limits: AskedLimits::default(),
        }
    }

    fn asked(name: &str, display_name: &str, language: &str) -> Asked {
        Asked { name: name.into(), display_name: display_name.into(), language: language.into() }
    }

    #[test]
    fn the_nearest_kernelspec_is_the_folders_own_or_has_the_most_words_of_the_names() {
        #[derive(serde::Deserialize)]
        struct Cases {
            known: Vec<[String; 3]>,
            nearest: Vec<(String, String, String, Option<String>)>,
        }
        let all: BTreeMap<String, Cases> = serde_json::from_str(include_str!("nearest.json")).unwrap();
        assert_eq!(all.len(), 3);
        for Cases { known, nearest: cases } in all.into_values() {
            let known: Vec<_> = known.iter().map(|[name, shown, language]| spec(name, shown, language)).collect();
            for (name, shown, language, wanted) in cases {
                let found = nearest(&asked(&name, &shown, &language), &known, "this_folder");
                assert_eq!(found.map(|spec| spec.name.clone()), wanted, "{name}");
            }
        }
    }

    #[test]
    fn a_name_that_is_here_or_that_jupyterlab_resolves_is_not_unknown() {
        let named = ["Python_Docker", "python3", "ir", "julia-1.9"].map(|name| (asked(name, "", ""), vec!["a".into()]));
        let unknown = |known: &[Kernelspec]| {
            let found = unknown(&named, known, "this_folder");
            found.map(|(asked, _, near)| (asked.name.clone(), near.map(|spec| spec.name.clone()))).collect::<Vec<_>>()
        };
        let (python, own, r) =
            (spec("python_docker", "Python", "python"), spec("this_folder", "a", "python"), spec("r", "R", "R"));
        let julia = ("julia-1.9".to_owned(), None);
        let known = [python, r, own];
        assert_eq!(unknown(&known[..2]), std::slice::from_ref(&julia));
        let python3 = ("python3".to_owned(), Some("this_folder".to_owned()));
        assert_eq!(unknown(&known), [python3, julia]);
    }

    #[test]
    fn without_a_kernelspec_of_the_language_there_is_none() {
        assert_eq!(nearest(&asked("python3", "", "python"), &[], "this_folder"), None);
        assert_eq!(of_its_language(&asked("x", "", ""), &[spec("a", "x", "")]).len(), 0);
    }
}
