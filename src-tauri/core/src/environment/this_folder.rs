//! The kernelspec of a folder's environment, as its gateway offers it: an ordinary `kernel.json`, in a folder of its own.

use std::io;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::contract::environment::Language;
use crate::engine::spec::Mount;
use crate::images;
use crate::kernelspec::copy::{self, Files};
use crate::kernelspec::{AskedLimits, KERNEL_JSON, Kernelspec, shipped};

/// Its name in Jupyter.
pub const THIS_FOLDER: &str = "this_folder";
/// The folder of these kernelspecs inside the gateway: the second one that Jupyter looks into.
pub const KERNELS_OF_FOLDER: &str = "/usr/share/jupyter/kernels";
/// The launch script below a kernelspec's folder.
const SCRIPT: &str = "scripts/launch_docker.py";

/// The kernelspec of a folder's environment: its packages are of this language.
pub fn kernelspec(folder: &str, language: Language, image: &str) -> Kernelspec {
    let language = match language {
        Language::Python => "python",
        Language::R => "R",
    };
    Kernelspec {
        name: THIS_FOLDER.to_owned(),
        display_name: folder.to_owned(),
        language: language.to_owned(),
        image: image.to_owned(),
        lacks_public_key: false,
        gpus: false,
        limits: AskedLimits::default(),
    }
}

/// The same, with the shipped image for that language.
pub fn of_language(language: Language, folder: &str) -> Kernelspec {
    let image = match language {
        Language::Python => images::kernel_python(),
        Language::R => images::kernel_r(),
    };
    kernelspec(folder, language, &image)
}

/// Has a folder's gateway offer the kernelspec with these mounts and, if there are any, GPUs.
pub fn write(dir: &Path, spec: &Kernelspec, mounts: &[Mount], gpus: Option<Value>) -> io::Result<()> {
    let mut files = Files::default();
    let inside = PathBuf::from(THIS_FOLDER);
    files.add(inside.join(SCRIPT), shipped::SCRIPT_TEXT.to_vec());
    files.add(inside.join(KERNEL_JSON), text(spec, mounts, gpus).into_bytes());
    copy::bring_up_to_date(dir, &files)
}

/// Has a folder's gateway offer nothing more than the kernels directory has.
pub fn clear(dir: &Path) -> io::Result<()> {
    copy::bring_up_to_date(dir, &Files::default())
}

/// The `kernel.json`. The gateway adds the mounts and GPUs to each kernel's container.
fn text(spec: &Kernelspec, mounts: &[Mount], gpus: Option<Value>) -> String {
    let script = format!("{KERNELS_OF_FOLDER}/{THIS_FOLDER}/{SCRIPT}");
    let argv: Vec<&str> = ["python", &script]
        .into_iter()
        .chain(["--kernel-id", "{kernel_id}", "--port-range", "{port_range}"])
        .chain(["--response-address", "{response_address}", "--public-key", "{public_key}"])
        .chain(["--spark-context-initialization-mode", "none"])
        .collect();
    let mut orchest = json!({ "mounts": mounts.iter().map(Mount::as_json).collect::<Vec<_>>() });
    if let Some(gpus) = gpus {
        orchest["gpus"] = gpus;
    }
    let spec = json!({
        "display_name": spec.display_name,
        "language": spec.language,
        "argv": argv,
        "metadata": {
            "process_proxy": {
                "class_name": "enterprise_gateway.services.processproxies.docker_swarm.DockerProcessProxy",
                "config": { "image_name": spec.image },
            },
            "debugger": spec.language == "python",
            "orchest": orchest,
        },
    });
    serde_json::to_string_pretty(&spec).unwrap_or_default()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn it_is_a_kernelspec_as_any_other_with_the_mounts_of_its_environment() {
        let dir = tempfile::tempdir().unwrap();
        let mount = Mount {
            source: "store".into(),
            target: "/environment".into(),
            read_only: true,
            follows: false,
            volume: Some([].into()),
            subpath: Some("environments/k".into()),
        };
        let spec = kernelspec("sales \"2026\"", Language::Python, "orchest/kernel-python:1");
        let dir = dir.path().join("closed/kernels");
        write(&dir, &spec, &[mount], None).unwrap();
        let text = std::fs::read_to_string(dir.join(THIS_FOLDER).join(KERNEL_JSON)).unwrap();
        let parsed = crate::kernelspec::parse(THIS_FOLDER, &text, |_| true).unwrap();
        assert_eq!(parsed, spec);
        let json: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(json["metadata"]["orchest"]["mounts"][0]["VolumeOptions"]["Subpath"], "environments/k");
        assert_eq!(json["metadata"]["orchest"].get("gpus"), None);
        assert!(dir.join(THIS_FOLDER).join(SCRIPT).exists());
        for gpus in [Value::from("all"), 2.into()] {
            write(&dir, &spec, &[], Some(gpus.clone())).unwrap();
            let text = std::fs::read_to_string(dir.join(THIS_FOLDER).join(KERNEL_JSON)).unwrap();
            assert!(crate::kernelspec::parse(THIS_FOLDER, &text, |_| true).unwrap().gpus);
            assert_eq!(serde_json::from_str::<Value>(&text).unwrap()["metadata"]["orchest"]["gpus"], gpus);
        }
        let of_r = of_language(Language::R, "birds");
        write(&dir, &of_r, &[], None).unwrap();
        let text = std::fs::read_to_string(dir.join(THIS_FOLDER).join(KERNEL_JSON)).unwrap();
        let parsed = crate::kernelspec::parse(THIS_FOLDER, &text, |_| true).unwrap();
        assert_eq!((parsed.language.as_str(), parsed.image), ("R", images::kernel_r()));
        assert_eq!(of_language(Language::Python, "birds").image, images::kernel_python());
        clear(&dir).unwrap();
        assert_eq!(std::fs::read_dir(&dir).unwrap().count(), 0);
    }
}
