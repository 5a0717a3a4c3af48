//! The kernelspec that comes nearest to one that a notebook names and that is not here. Pure.

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

/// The kernelspecs that notebooks name and that are not here, each with the nearest. JupyterLab opens a notebook by itself
/// with the only kernelspec of its language, so such a one is left out.
pub fn unknown<'a>(
    named: &'a [(Asked, Vec<String>)],
    known: &'a [Kernelspec],
) -> impl Iterator<Item = (&'a Asked, &'a [String], Option<&'a Kernelspec>)> {
    let missing = |asked: &Asked| !known.iter().any(|spec| spec.name.eq_ignore_ascii_case(&asked.name));
    let named = named.iter().filter(move |(asked, _)| missing(asked) && of_its_language(asked, known).len() != 1);
    named.map(|(asked, notebooks)| (asked, notebooks.as_slice(), nearest(asked, known)))
}

/// The nearest of the same language: the one that shares the most words with it in its names. Of two that share as many,
/// the first.
pub fn nearest<'a>(asked: &Asked, known: &'a [Kernelspec]) -> Option<&'a Kernelspec> {
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
    for spec in of_its_language(asked, known) {
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
    use super::*;

    fn spec(name: &str, display_name: &str, language: &str) -> Kernelspec {
        Kernelspec {
            name: name.into(),
            display_name: display_name.into(),
            language: language.into(),
            image: "a".into(),
            lacks_public_key: false,
            gpus: false,
        }
    }

    fn asked(name: &str, display_name: &str, language: &str) -> Asked {
        Asked { name: name.into(), display_name: display_name.into(), language: language.into() }
    }

    #[test]
    fn the_nearest_kernelspec_has_the_language_and_the_most_words_of_the_names() {
        let known = [
            spec("this_folder", "birds", "python"),
            spec("python_docker", "Python", "python"),
            spec("torch-gpu", "Deep learning (GPU)", "python"),
            spec("python_spark", "PySpark 3.5", "Python"),
            spec("r_docker", "R", "R"),
        ];
        let table = [
            (asked("python3", "Python 3", "python"), Some("this_folder")),
            (asked("python3", "Python 3 (ipykernel)", ""), Some("this_folder")),
            (asked("conda-env-torch-py", "Python [conda env:torch]", "python"), Some("torch-gpu")),
            (asked("spark", "PySpark", "python"), Some("python_spark")),
            (asked("birds", "Birds (3.10)", "python"), Some("this_folder")),
            (asked("ir", "R", ""), Some("r_docker")),
            (asked("ir43", "R 4.3", "R"), Some("r_docker")),
            (asked("julia-1.9", "Julia 1.9", ""), None),
            (asked("irkernel-fork", "Mine", ""), None),
            (asked("mine", "Mine", ""), None),
        ];
        for (asked, wanted) in table {
            assert_eq!(nearest(&asked, &known).map(|spec| spec.name.as_str()), wanted, "{asked:?}");
        }
    }

    #[test]
    fn a_name_that_is_here_or_that_jupyterlab_resolves_is_not_unknown() {
        let named = ["Python_Docker", "python3", "ir", "julia-1.9"].map(|name| (asked(name, "", ""), vec!["a".into()]));
        let unknown = |known: &[Kernelspec]| {
            let found = unknown(&named, known);
            found.map(|(asked, _, near)| (asked.name.clone(), near.map(|spec| spec.name.clone()))).collect::<Vec<_>>()
        };
        let (python, own, r) =
            (spec("python_docker", "Python", "python"), spec("this_folder", "a", "python"), spec("r", "R", "R"));
        let julia = ("julia-1.9".to_owned(), None);
        let known = [python, r, own];
        assert_eq!(unknown(&known[..2]), std::slice::from_ref(&julia));
        let python3 = ("python3".to_owned(), Some("python_docker".to_owned()));
        assert_eq!(unknown(&known), [python3, julia]);
    }

    #[test]
    fn without_a_kernelspec_of_the_language_there_is_none() {
        assert_eq!(nearest(&asked("python3", "", "python"), &[]), None);
        assert_eq!(of_its_language(&asked("x", "", ""), &[spec("a", "x", "")]).len(), 0);
    }
}
