//! A file of any kind is no whole archive of images, or only what an engine knows comes out of it, and not without bound.
#![no_main]

use std::io::Cursor;

use libfuzzer_sys::fuzz_target;
use orchest_core::images::archive::{Fault, Image, Manifest, pack};

fuzz_target!(|input: (bool, &[u8])| {
    // What follows a right digest is reached only if the bytes are packed.
    let (is_file, bytes) = input;
    if is_file {
        assert!(unpacked(bytes).is_none(), "no bytes of this kind have a right digest");
        return;
    }
    let mut file = Vec::new();
    let tar = [image(), bytes.to_vec()].concat();
    match pack::write(&mut file, &manifest(), tar.as_slice()) {
        Err(fault) => assert!(!matches!(fault, Fault::Io(_)), "{fault:?}"),
        Ok(size) => {
            assert_eq!(size, file.len() as u64);
            let tar = unpacked(&file).expect("a file that was written is read");
            // Nothing but plain entries comes out: what is packed again is the same.
            let mut again = Vec::new();
            pack::write(&mut again, &manifest(), tar.as_slice()).expect("what was read is written");
            assert_eq!(unpacked(&again), Some(tar));
        }
    }
});

fn unpacked(file: &[u8]) -> Option<Vec<u8>> {
    let mut tar = Vec::new();
    pack::open(Cursor::new(file)).ok()?.unpack(&mut tar, |_| Ok(())).ok()?;
    Some(tar)
}

/// The entries of an image, as Docker writes them. Others may follow.
fn image() -> Vec<u8> {
    let (layer, config) = (format!("{}/layer.tar", "1".repeat(64)), format!("{}.json", "2".repeat(64)));
    let list = format!(r#"[{{"Config":"{config}","RepoTags":null,"Layers":["{layer}"]}}]"#);
    let mut archive = tar::Builder::new(Vec::new());
    for (path, contents) in [(layer.as_str(), "layer"), (&config, "{}"), ("manifest.json", &list)] {
        let mut header = tar::Header::new_ustar();
        header.set_size(contents.len() as u64);
        header.set_mode(0o644);
        archive.append_data(&mut header, path, contents.as_bytes()).expect("a vector takes it");
    }
    let mut tar = archive.into_inner().expect("a vector takes it");
    tar.truncate(tar.len() - 1024);
    tar
}

fn manifest() -> Manifest {
    let digest = format!("sha256:{}", "2".repeat(64));
    let image = Image {
        name: "orchest/gateway:0.1.0".to_owned(),
        id: digest.clone(),
        size: 5,
        layers: vec![digest],
        definition: None,
        base: None,
    };
    Manifest { program: "0.1.0".to_owned(), architecture: "amd64".to_owned(), images: vec![image] }
}
