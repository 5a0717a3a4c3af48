//! The shapes that files of public folders have, each written as people write it, and what is found in each.
#![allow(clippy::unwrap_used, missing_docs)]

use std::fs;
use std::path::Path;

use orchest_core::environment::found::{self, Read, SourceKind};

/// A folder with files, by path.
struct Folder(tempfile::TempDir);

impl Folder {
    fn with(files: &[(&str, &[u8])]) -> Self {
        let folder = Folder(tempfile::tempdir().unwrap());
        for (path, bytes) in files {
            let path = folder.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, bytes).unwrap();
        }
        folder
    }

    fn of(files: &[(&str, &str)]) -> Self {
        let files: Vec<_> = files.iter().map(|(path, text)| (*path, text.as_bytes())).collect();
        Folder::with(&files)
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    fn read(&self) -> Read {
        found::read(self.path(), &[])
    }
}

/// The texts of the preferred source, and the places of its problems.
fn preferred(read: &Read) -> (Vec<&str>, Vec<(&str, Option<usize>)>) {
    let source = &read.found.sources[0];
    let problems = source.problems.iter().map(|problem| (problem.file.as_str(), problem.line));
    (source.asks.iter().map(|ask| ask.text.as_str()).collect(), problems.collect())
}

/// Each: a `requirements.txt`, what it asks for, and the lines with problems.
type Shape = (&'static str, &'static [u8], &'static [&'static str], &'static [usize]);

#[test]
fn lists_of_requirements_are_read_as_people_write_them() {
    let shapes: &[Shape] = &[
        ("plain names", b"numpy\npandas\nmatplotlib\n", &["numpy", "pandas", "matplotlib"], &[]),
        ("pins that are old", b"numpy==1.16.4\nscikit-learn==0.20.3\n", &["numpy==1.16.4", "scikit-learn==0.20.3"], &[]),
        ("no line end", b"numpy", &["numpy"], &[]),
        ("nothing", b"", &[], &[]),
        ("only comments", b"# later\n\n   # more\n", &[], &[]),
        ("comments after packages", b"numpy  # arrays\npandas>=1 #tables\n", &["numpy", "pandas>=1"], &[]),
        ("Windows line ends", b"numpy\r\npandas\r\n", &["numpy", "pandas"], &[]),
        ("an old Mac's line ends", b"numpy\rpandas\r", &["numpy", "pandas"], &[]),
        ("a BOM", b"\xef\xbb\xbfnumpy\npandas", &["numpy", "pandas"], &[]),
        ("PowerShell's UTF-16", b"\xff\xfen\0u\0m\0p\0y\0=\0=\0\x31\0\r\0\n\0", &["numpy==1"], &[]),
        ("UTF-16, the other way", b"\xfe\xff\0s\0i\0x\0\n", &["six"], &[]),
        ("Latin-1 that says so", b"# coding: latin-1\n# d\xe9j\xe0\nnumpy\n", &["numpy"], &[]),
        ("Latin-1 that does not", b"numpy\n# d\xe9j\xe0\n", &["numpy"], &[2]),
        ("extras", b"uvicorn[standard]>=0.20\ndask[array, dataframe]\n", &["uvicorn[standard]>=0.20", "dask[array, dataframe]"], &[]),
        ("spaces around signs", b"numpy >= 1.2 , < 2\nscipy ~= 1.0\n", &["numpy >= 1.2 , < 2", "scipy ~= 1.0"], &[]),
        ("brackets", b"numpy (>=1.2,<2)\n", &["numpy (>=1.2,<2)"], &[]),
        ("markers", b"pywin32==306; sys_platform == \"win32\"\n", &["pywin32==306; sys_platform == \"win32\""], &[]),
        ("git", b"git+https://example.org/a/b.git@main#egg=b\n", &["git+https://example.org/a/b.git@main#egg=b"], &[]),
        ("git, with a name", b"b @ git+ssh://git@example.org/a/b.git@v1.2\n", &["b @ git+ssh://git@example.org/a/b.git@v1.2"], &[]),
        ("editable git", b"-e git+https://example.org/b.git#egg=b\n", &["-e git+https://example.org/b.git#egg=b"], &[]),
        ("an archive", b"https://example.org/b/archive/main.zip\n", &["https://example.org/b/archive/main.zip"], &[]),
        ("the folder itself", b".\n-e .\n-e .[dev]\n", &[".", "-e .", "-e .[dev]"], &[]),
        ("links of PyTorch", b"-f https://example.org/torch_stable.html\ntorch==1.9.0+cpu\n", &["torch==1.9.0+cpu"], &[]),
        ("a private index", b"--index-url https://ada:secret@pypi.example.org/simple\n--trusted-host pypi.example.org\nown\n", &["own"], &[]),
        ("one more index", b"--extra-index-url https://example.org/whl/cpu\ntorch\n", &["torch"], &[]),
        ("hashes", b"six==1.16.0 \\\n    --hash=sha256:1e61 \\\n    --hash=sha256:8abb\n    # via a\nidna==3 --hash=sha256:0\n", &["six==1.16.0", "idna==3"], &[]),
        ("pip freeze in conda", b"numpy==1.26\npackaging @ file:///home/conda/feedstock_root/packaging_1\nsix @ file:///C:/ci/six\n", &["numpy==1.26"], &[2, 3]),
        ("pip freeze of a local package", b"-e /home/ada/project\n-e c:\\users\\ada\\x\n# Editable install with no version control (x==1)\n", &[], &[1, 2]),
        ("conda list --export", b"# platform: linux-64\nnumpy=1.26.4=py311h64a7726_0\nscipy\n", &["scipy"], &[2]),
        ("pip list", b"Package    Version\n---------- -------\nnumpy      1.26.4\n", &[], &[1, 2, 3]),
        ("commands", b"pip install numpy\n!pip install pandas\nscipy\n", &["scipy"], &[1, 2]),
        ("a conflict of git", b"<<<<<<< HEAD\nnumpy==1\n=======\nnumpy==2\n>>>>>>> b\n", &["numpy==1", "numpy==2"], &[1, 3, 5]),
        ("commas and quotes", b"\"numpy\",\npandas,\n", &[], &[1, 2]),
        ("a range that ends with a comma", b"numpy>=1.0,\n", &["numpy>=1.0,"], &[]),
        ("a name in a path", b"./vendor/own\n", &["./vendor/own"], &[]),
        ("a path that leads out", b"../shared\n-e ../../x\n", &[], &[1, 2]),
        ("variables", b"--index-url https://${TOKEN}@example.org/simple\nown\n", &["own"], &[]),
        ("a project of Python 2", b"wsgiref==0.1.2\nPIL\n", &["wsgiref==0.1.2", "PIL"], &[]),
        ("an address without a name", b"http://example.org/a.tar.gz\n", &["http://example.org/a.tar.gz"], &[]),
        ("a page of HTML", b"<!DOCTYPE html>\n<html>\n", &[], &[1, 2]),
    ];
    assert!(shapes.len() >= 30);
    for (shape, text, asks, problems) in shapes {
        let folder = Folder::with(&[("requirements.txt", text)]);
        let read = folder.read();
        let lines: Vec<_> = problems.iter().map(|line| ("requirements.txt", Some(*line))).collect();
        assert_eq!(preferred(&read), (asks.to_vec(), lines), "{shape}: {:?}", read.found);
        assert_eq!(read.found.sources[0].kind, SourceKind::Requirements);
        assert_eq!(read.contents["requirements.txt"], *text, "{shape}");
        let said = format!("{:?}", read.found.sources[0].problems);
        assert!(!said.contains("secret"), "{said}");
    }
}

#[test]
fn the_copy_of_a_link_is_named_with_the_file_that_it_leads_to() {
    for (file, text, target) in [
        ("binder/requirements.txt", "../lists/run.txt", "lists/run.txt"),
        (".binder/environment.yml", "../conda/environment.yml\n", "conda/environment.yml"),
    ] {
        let folder = Folder::of(&[(file, text), (target, "numpy\n")]);
        let read = folder.read();
        assert_eq!(preferred(&read), (vec![], vec![(file, None)]));
        let said = &read.found.sources[0].problems[0].message;
        assert!(said.contains(text.trim()) && said.contains("copy that file here"), "{said}");
    }
    // The path of a package is none.
    let folder = Folder::of(&[("requirements.txt", "./own/setup.txt\n")]);
    assert_eq!(preferred(&folder.read()).0, ["./own/setup.txt"]);
}

#[test]
fn a_conda_package_with_the_extras_of_pip_is_named() {
    let text = "channels: [conda-forge]\ndependencies:\n  - python = 3.8\n  - libstdcxx-devel_linux-64=*=*19\n  - pyvista[all]\n\
                \x20 - scipy[version='>=1']\n  - pip:\n    - dask[array]  #- arrays\n";
    let folder = Folder::of(&[(".binder/environment.yml", text)]);
    let read = folder.read();
    let asks =
        ["python = 3.8", "libstdcxx-devel_linux-64=*=*19", "pyvista[all]", "scipy[version='>=1']", "dask[array]"];
    assert_eq!(preferred(&read), (asks.to_vec(), vec![(".binder/environment.yml", Some(5))]));
}

#[test]
fn a_folder_has_each_file_of_its_lists_and_no_other() {
    let folder = Folder::of(&[
        ("requirements.txt", "-r requirements/base.txt\n-c constraints.txt\n./wheels/own-1.0-py3-none-any.whl\n-e .\n"),
        ("requirements/base.txt", "numpy\n-r ../requirements/more.txt\n-r none.txt\n"),
        ("requirements/more.txt", "scipy\n"),
        ("requirements/dev.txt", "pytest\n"),
        ("constraints.txt", "numpy==1.26\n"),
        ("wheels/own-1.0-py3-none-any.whl", "\u{1}"),
        ("setup.py", "from setuptools import setup\nsetup(install_requires=['six'], python_requires='>=3.8')\n"),
        ("data.csv", "1,2"),
    ]);
    let read = folder.read();
    let wheel = "./wheels/own-1.0-py3-none-any.whl";
    assert_eq!(preferred(&read), (vec!["numpy", "scipy", wheel, "-e ."], vec![("requirements/base.txt", Some(3))]));
    let kinds: Vec<_> = read.found.sources.iter().map(|source| (source.kind, source.of_folder)).collect();
    assert_eq!(kinds, [(SourceKind::Requirements, true), (SourceKind::Setup, true)]);
    let files: Vec<_> = read.contents.keys().map(String::as_str).collect();
    assert_eq!(
        files,
        [
            "constraints.txt",
            "requirements.txt",
            "requirements/base.txt",
            "requirements/more.txt",
            "setup.py",
            "wheels/own-1.0-py3-none-any.whl",
        ]
    );
    assert_eq!(read.found.sources[1].python.as_ref().unwrap().wanted, ">=3.8");
}

#[test]
fn the_preferred_kind_is_first_and_of_one_kind_the_nearest() {
    let folder = Folder::of(&[
        ("install.R", "install.packages('dplyr')"),
        ("DESCRIPTION", "Package: a\nImports: R6\n"),
        ("renv.lock", r#"{"Packages": {"R6": {"Version": "2.5"}}}"#),
        ("setup.cfg", "[metadata]\nname = a\n[options]\ninstall_requires = six\n"),
        ("Pipfile", "[packages]\nsix = \"*\"\n"),
        ("Pipfile.lock", "{}"),
        (".binder/requirements.txt", "c\n"),
        ("binder/requirements.txt", "b\n"),
        ("requirements.txt", "a\n"),
        ("pyproject.toml", "[project]\nname = \"a\"\ndependencies = [\"a\"]\n"),
        ("poetry.lock", ""),
        ("uv.lock", ""),
        ("conda-lock.yml", "package: []\n"),
        ("pixi.toml", "[dependencies]\nnumpy = \"*\"\n"),
        ("pixi.lock", ""),
        ("environment.yaml", "dependencies: [numpy]\n"),
        (".devcontainer/devcontainer.json", "{\"build\": {\"dockerfile\": \"Dockerfile\"}}"),
        (".devcontainer/Dockerfile", "FROM python:3.12\n"),
        ("binder/Dockerfile", "FROM python:3.11\n"),
    ]);
    let read = folder.read();
    let found: Vec<_> = read
        .found
        .sources
        .iter()
        .map(|source| {
            assert_eq!((source.problems.as_slice(), source.asks.len() <= 1), (&[][..], true), "{source:?}");
            assert_eq!(source.files[0], source.file);
            (source.kind, source.file.as_str(), source.locked_by.as_deref())
        })
        .collect();
    use SourceKind::*;
    assert_eq!(
        found,
        [
            (Dockerfile, "binder/Dockerfile", None),
            (DevContainer, ".devcontainer/devcontainer.json", None),
            (CondaEnvironment, "environment.yaml", None),
            (Pixi, "pixi.toml", Some("pixi.lock")),
            (CondaLock, "conda-lock.yml", None),
            (Pyproject, "pyproject.toml", Some("uv.lock")),
            (Requirements, "requirements.txt", None),
            (Requirements, "binder/requirements.txt", None),
            (Requirements, ".binder/requirements.txt", None),
            (Pipfile, "Pipfile", Some("Pipfile.lock")),
            (Setup, "setup.cfg", None),
            (Renv, "renv.lock", None),
            (RDescription, "DESCRIPTION", None),
            (RInstall, "install.R", None),
        ]
    );
    for (kind, file, lock) in found {
        assert!(read.contents.contains_key(file), "{kind:?}");
        assert!(lock.is_none_or(|lock| read.contents.contains_key(lock)), "{kind:?}");
    }
    assert!(read.contents.contains_key(".devcontainer/Dockerfile"), "the dev container is built from it");
    assert!(!read.contents.contains_key("poetry.lock"), "uv's lock file is the preferred one");
}

#[test]
fn the_python_is_from_the_file_that_says_it_for_the_folder() {
    let project = ("pyproject.toml", "[project]\nname = \"a\"\nrequires-python = \">=3.9\"\n");
    let version = (".python-version", "3.12\n");
    let runtime = ("binder/runtime.txt", "python-3.11\n");
    for (files, wanted, file) in [
        (vec![project], ">=3.9", "pyproject.toml"),
        (vec![project, version], "3.12", ".python-version"),
        (vec![project, version, runtime], "3.11", "binder/runtime.txt"),
    ] {
        let read = Folder::of(&files).read();
        let python = read.found.python.unwrap();
        assert_eq!((python.wanted.as_str(), python.file.as_str()), (wanted, file));
        assert_eq!(read.contents.keys().collect::<Vec<_>>(), [file], "a project without dependencies is no source");
        assert_eq!(read.found.sources, []);
        assert_eq!(python.allows((3, 11, 9)), Some(wanted != "3.12"));
    }
    assert_eq!(Folder::of(&[("requirements.txt", "a")]).read().found.python, None);
    let lock = ("uv.lock", "version = 1\nrequires-python = \">=3.13\"\n\n[[package]]\nname = \"a\"\n");
    let of_source = |files: &[(&str, &str)]| Folder::of(files).read().found.sources[0].python.clone().unwrap();
    let bare = ("pyproject.toml", "[project]\nname = \"a\"\ndependencies = [\"b\"]\n");
    assert_eq!(of_source(&[bare, lock]).wanted, ">=3.13");
    assert_eq!(of_source(&[bare, lock]).file, "uv.lock");
    let own = ("pyproject.toml", "[project]\nname = \"a\"\nrequires-python = \">=3.9\"\ndependencies = [\"b\"]\n");
    assert_eq!(of_source(&[own, lock]).file, "pyproject.toml", "the project's own range is the first");
    let pipfile = ("Pipfile", "[packages]\na = \"*\"\n[requires]\npython_version = \"3.12\"\n");
    assert_eq!(of_source(&[pipfile]).wanted, "3.12");
}

#[test]
fn a_project_that_is_built_has_the_files_of_its_build() {
    let setup = ("setup.py", "from setuptools import setup\nsetup()\n");
    let project = "[project]\nname = \"a\"\ndynamic = [\"dependencies\"]\n";
    let build = format!("{project}[build-system]\nrequires = [\"setuptools\"]\n");
    for (project, files, of_folder) in [(project, 1, false), (&build, 2, true)] {
        let read = Folder::of(&[("pyproject.toml", project), setup]).read();
        let source = &read.found.sources[0];
        assert_eq!((source.kind, source.files.len(), source.of_folder), (SourceKind::Pyproject, files, of_folder));
    }
}

/// The paths and texts of a folder.
type Files = &'static [(&'static str, &'static str)];

#[test]
fn the_hosts_that_files_name_are_reported_and_those_of_pypi_and_of_channels_are_not() {
    const LOCK: &str = "version = 1\n[[package]]\nname = \"a\"\nsource = { registry = \"https://lock.example/simple\" }\n\
                sdist = { url = \"https://files.pythonhosted.org/a.tar.gz\" }\n";
    let shapes: &[(Files, &[&str])] = &[
        (&[("requirements.txt", "numpy\n# https://no.example\n")], &[]),
        (
            &[
                (
                    "requirements.txt",
                    "-i https://ada:s3cret@corp.example/simple\n-r more.txt\nb @ git+https://git.example/b",
                ),
                ("more.txt", "--find-links https://wheels.example/torch.html\n-r https://lists.example/a.txt\n"),
            ],
            &["corp.example", "wheels.example", "lists.example", "git.example"],
        ),
        (
            &[
                (
                    "pyproject.toml",
                    "[project]\nname = \"a\"\nurls = { home = \"https://no.example\" }\ndependencies = [\"a\"]\n\
                     [[tool.uv.index]]\nurl = \"https://index.example\"\n",
                ),
                ("uv.lock", LOCK),
            ],
            &["index.example", "lock.example"],
        ),
        (
            &[(
                "environment.yml",
                "channels: [conda-forge, \"https://conda.example/birds\"]\ndependencies:\n- pip:\n  - git+ssh://git@git.example/b\n",
            )],
            &["git.example"],
        ),
        (
            &[(
                "renv.lock",
                r#"{"R": {"Repositories": [{"Name": "CRAN", "URL": "https://cloud.r-project.org"}, {"URL": "https://r.example"}]},
                "Packages": {"a": {"Source": "GitHub", "RemoteSha": "1", "URL": "https://no.example"}}}"#,
            )],
            &["r.example", "api.github.com"],
        ),
        (
            &[(
                "install.R",
                "# https://no.example\ninstall.packages('a', repos = 'https://r.example')\ninstall_github('b/c')",
            )],
            &["r.example", "github.com"],
        ),
    ];
    for (files, wanted) in shapes {
        assert_eq!(Folder::of(files).read().found.sources[0].hosts, *wanted, "{files:?}");
    }
}

#[test]
fn debian_packages_and_a_post_build_are_reported() {
    let folder = Folder::of(&[
        ("binder/apt.txt", "ffmpeg\n-oDebug=1\n"),
        ("binder/postBuild", "#!/bin/sh\nrm -r ~\n"),
        ("binder/environment.yml", "name: a\ndependencies:\n  - python=3.10\n  - pip:\n    - rich\n"),
    ]);
    let read = folder.read();
    let apt = read.found.apt.as_ref().unwrap();
    assert_eq!((apt.file.as_str(), apt.packages.as_slice()), ("binder/apt.txt", &["ffmpeg".to_owned()][..]));
    let script = read.found.post_build.as_ref().unwrap();
    assert_eq!((script.file.as_str(), script.text.as_slice()), ("binder/postBuild", &b"#!/bin/sh\nrm -r ~\n"[..]));
    assert_eq!(preferred(&read), (vec!["python=3.10", "rich"], vec![("binder/apt.txt", Some(2))]));
}

#[test]
fn a_script_that_nobody_can_be_expected_to_read_is_a_problem() {
    let long = "true\n".repeat(20_000);
    let read = Folder::of(&[("postBuild", &long), ("requirements.txt", "six\n")]).read();
    assert_eq!((read.found.post_build, read.found.sources[0].problems[0].file.as_str()), (None, "postBuild"));
}

#[test]
fn a_notebooks_own_block_is_a_source() {
    let notebook = |code: &str| {
        serde_json::json!({"cells": [
            {"cell_type": "markdown", "source": ["# A"]},
            {"cell_type": "code", "source": [code]},
        ]})
        .to_string()
    };
    let block =
        notebook("# /// script\n# dependencies = [\"numpy\"]\n# requires-python = \">=3.11\"\n# ///\nimport numpy\n");
    let plain = notebook("print('# /// script')");
    let folder = Folder::of(&[("deep/a.ipynb", &block), ("b.ipynb", &plain), ("c.ipynb", "no JSON # /// script")]);
    let names = ["deep/a.ipynb", "b.ipynb", "c.ipynb", "none.ipynb", "../out.ipynb", "/etc/passwd"].map(str::to_owned);
    let read = found::read(folder.path(), &names);
    assert_eq!(preferred(&read), (vec!["numpy"], vec![]));
    let source = &read.found.sources[0];
    assert_eq!((source.kind, source.asks[0].line), (SourceKind::Notebook, Some(2)));
    assert_eq!(source.python.as_ref().unwrap().wanted, ">=3.11");
    assert_eq!(read.contents.keys().collect::<Vec<_>>(), ["deep/a.ipynb"]);
}

#[test]
fn a_folder_without_such_files_has_nothing() {
    for folder in [Folder::of(&[]), Folder::of(&[("a.ipynb", "{}"), ("pyproject.toml", "[tool.ruff]\n")])] {
        assert_eq!(folder.read(), Read::default());
    }
    assert_eq!(found::read(Path::new("/nowhere/at/all"), &[]), Read::default());
}

#[test]
fn a_file_that_is_too_large_is_a_problem_and_no_content() {
    let large = vec![b'\n'; (4 << 20) + 1];
    let folder = Folder::with(&[("requirements.txt", &large), ("environment.yml", b"dependencies: [numpy]\n")]);
    let read = folder.read();
    let source = read.found.sources.iter().find(|source| source.kind == SourceKind::Requirements).unwrap();
    assert!(source.problems[0].message.contains("4 MB"), "{source:?}");
    assert_eq!((source.files.len(), read.contents.len()), (0, 1));
}

#[test]
fn two_hundred_files_are_read_and_the_next_are_named() {
    let names: Vec<String> = (0..210).map(|at| format!("r{at}.txt")).collect();
    let list: String = names.iter().map(|name| format!("-r {name}\n")).collect();
    let mut files: Vec<(&str, &str)> = names.iter().map(|name| (name.as_str(), "numpy")).collect();
    files.push(("requirements.txt", &list));
    let read = Folder::of(&files).read();
    let source = &read.found.sources[0];
    assert_eq!((source.files.len(), source.problems.len()), (200, 11), "{:?}", source.problems);
    assert!(source.problems[0].message.contains("200"));
}

#[cfg(unix)]
#[test]
fn links_are_followed_inside_the_folder_only_and_a_pipe_is_not_waited_for() {
    use std::os::unix::fs::symlink;
    let outside = Folder::of(&[("secret.txt", "secret")]);
    let folder =
        Folder::of(&[("deps/list.txt", "numpy\n-r out.txt\n-r ../up/secret.txt\n-r pipe\n"), ("binder/x", "")]);
    symlink("deps/list.txt", folder.path().join("requirements.txt")).unwrap();
    symlink(outside.path().join("secret.txt"), folder.path().join("out.txt")).unwrap();
    symlink(outside.path(), folder.path().join("up")).unwrap();
    symlink(outside.path().join("secret.txt"), folder.path().join("environment.yml")).unwrap();
    rustix::fs::mknodat(rustix::fs::CWD, folder.path().join("pipe"), rustix::fs::FileType::Fifo, 0o600.into(), 0)
        .unwrap();
    fs::create_dir(folder.path().join("Dockerfile")).unwrap();
    let began = std::time::Instant::now();
    let read = folder.read();
    assert!(began.elapsed().as_secs() < 5);
    let list = read.found.sources.iter().find(|source| source.kind == SourceKind::Requirements).unwrap();
    assert_eq!(list.asks.len(), 1, "{list:?}");
    let problems: Vec<_> = list.problems.iter().map(|problem| problem.file.as_str()).collect();
    assert_eq!(problems, ["out.txt", "requirements.txt", "pipe"], "{list:?}");
    let conda = read.found.sources.iter().find(|source| source.kind == SourceKind::CondaEnvironment).unwrap();
    assert!(conda.problems[0].message.contains("link"), "{conda:?}");
    let docker = read.found.sources.iter().find(|source| source.kind == SourceKind::Dockerfile).unwrap();
    assert!(docker.problems[0].message.contains("plain file"), "{docker:?}");
    assert_eq!(read.contents.keys().collect::<Vec<_>>(), ["requirements.txt"]);
    assert!(!format!("{read:?}").contains("secret\""), "nothing of another folder is read");
}

/// Large files, each with what would take long if it were read again and again.
#[test]
fn files_that_repeat_themselves_are_read_in_time() {
    const SIZE: usize = 1 << 20;
    let fill = |text: &str| text.repeat(SIZE / text.len());
    let list = |begin: &str, text: &str, end: &str| {
        let room = SIZE - begin.len() - end.len();
        format!("{begin}{}{end}", text.repeat(room / text.len()))
    };
    let large = fill("numpy # a\n");
    for (name, text) in [
        ("requirements.txt", fill("-r large.txt\n")),
        ("requirements.txt", fill("-e ./large\n")),
        ("requirements.txt", fill("a\\\n")),
        ("requirements.txt", fill("--hash ")),
        ("requirements.txt", fill("a b\n")),
        ("requirements.txt", fill("-")),
        (
            "pyproject.toml",
            list(
                "[project]\ndynamic=['dependencies']\n[tool.setuptools.dynamic]\ndependencies.file=[",
                "'large.txt',",
                "]\n",
            ),
        ),
        ("pyproject.toml", list("[project]\ndependencies=[", "'a',", "]\n")),
        (
            "pyproject.toml",
            format!(
                "[project]\ndependencies=[{}]\n[tool.uv.sources]\na=[{}]\n",
                "'a',".repeat(SIZE / 10),
                "{index='b'},".repeat(SIZE / 30)
            ),
        ),
        ("pyproject.toml", list("[tool.poetry.dependencies]\na=\"", "= ", "\"\n")),
        ("environment.yml", list("dependencies:\n- pip:\n", "  - -r large.txt\n", "")),
        ("environment.yml", list("dependencies: [", "a, ", "]")),
        ("environment.yml", fill("&a [")),
        ("environment.yml", list("a: &a ", "x", &format!("\ndependencies: [{}]\n", "*a, ".repeat(20_000)))),
        ("setup.cfg", list("[options]\ninstall_requires=\n", "  file: large.txt\n", "")),
        ("setup.py", fill("install_requires=[")),
        ("install.R", fill("install.packages(")),
        ("install.R", fill("'")),
        ("Dockerfile", fill("ARG A=1\n")),
        ("Dockerfile", fill("RUN <<a<<b<<c \\\n")),
        ("renv.lock", list("{\"Packages\": {\"a\": [", "1,", "1]}}")),
        ("devcontainer.json", fill("/*")),
        (".python-version", fill("= ")),
        ("apt.txt", fill("a ")),
    ] {
        let folder = Folder::of(&[(name, &text), ("large.txt", &large), ("large/pyproject.toml", &large)]);
        let began = std::time::Instant::now();
        let read = folder.read();
        let python = read.found.python.and_then(|python| python.allows((3, 11, 9)));
        assert_eq!(python, None);
        let took = began.elapsed();
        assert!(took.as_secs() < 15, "{name} {}: {took:?}", text.chars().take(40).collect::<String>());
    }
}
