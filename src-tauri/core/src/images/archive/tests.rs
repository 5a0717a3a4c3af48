//! The format: what is written is read, and what was changed, cut off or made to do harm is refused.

use std::io::{self, Cursor, Read, Write};
use std::path::Path;

use sha2::{Digest, Sha256};
use tar::{EntryType, Header};

use super::manifest::{DIGEST, FOOT};
use super::*;

const LAYER: &str = "1111111111111111111111111111111111111111111111111111111111111111";
const CONFIG: &str = "2222222222222222222222222222222222222222222222222222222222222222";

fn manifest() -> Manifest {
    let image = Image {
        name: "orchest/gateway:0.1.0".to_owned(),
        id: format!("sha256:{CONFIG}"),
        size: 5,
        layers: vec![format!("sha256:{LAYER}")],
        definition: Some("0123456789abcdef".to_owned()),
        base: None,
    };
    Manifest { program: "0.1.0".to_owned(), architecture: "amd64".to_owned(), images: vec![image] }
}

/// The path, the kind and the contents of an entry.
type Entry<'a> = (&'a str, EntryType, &'a [u8]);

/// An archive as Docker exports it, with these further entries.
fn tar(others: &[Entry<'_>]) -> Vec<u8> {
    let (layer, config) = (format!("{LAYER}/layer.tar"), format!("{CONFIG}.json"));
    let list = format!(r#"[{{"Config":"{config}","RepoTags":["debian:12"],"Layers":["{layer}"]}}]"#);
    let mut archive = tar::Builder::new(Vec::new());
    let own: [Entry<'_>; 3] = [
        (&layer, EntryType::Regular, b"layer"),
        (&config, EntryType::Regular, b"{}"),
        ("manifest.json", EntryType::Regular, list.as_bytes()),
    ];
    for (path, kind, contents) in own.iter().chain(others) {
        let mut header = Header::new_gnu();
        header.as_old_mut().name[..path.len()].copy_from_slice(path.as_bytes());
        header.set_entry_type(*kind);
        header.set_mode(0o644);
        if *kind == EntryType::Symlink {
            header.set_link_name(std::str::from_utf8(contents).unwrap()).unwrap();
        }
        let contents = if kind.is_file() { *contents } else { b"" };
        header.set_size(contents.len() as u64);
        header.set_cksum();
        archive.append(&header, contents).unwrap();
    }
    archive.into_inner().unwrap()
}

fn written(tar: &[u8]) -> Vec<u8> {
    let mut file = Vec::new();
    let size = pack::write(&mut file, &manifest(), tar).unwrap();
    assert_eq!(size, file.len() as u64);
    file
}

fn read(file: &[u8]) -> Result<Vec<u8>, Fault> {
    let mut tar = Vec::new();
    pack::open(Cursor::new(file))?.unpack(&mut tar, |_| Ok(()))?;
    Ok(tar)
}

/// A file whose foot fits what is before it.
fn with_foot(mut file: Vec<u8>, unpacked: u64) -> Vec<u8> {
    file.extend(manifest::foot(unpacked));
    let digest = Sha256::digest(&file);
    file.extend(&digest);
    file
}

/// A file with this tar archive as it is, which no program of ours writes.
fn packed(tar: &[u8]) -> Vec<u8> {
    let mut file = manifest::head(&manifest()).unwrap();
    file.extend(zstd::stream::encode_all(tar, 1).unwrap());
    with_foot(file, tar.len() as u64)
}

fn entries_of(tar: &[u8]) -> Vec<(String, Vec<u8>)> {
    let mut archive = tar::Archive::new(tar);
    let entries = archive.entries().unwrap().map(|entry| {
        let mut entry = entry.unwrap();
        let mut contents = Vec::new();
        entry.read_to_end(&mut contents).unwrap();
        (entry.path().unwrap().display().to_string(), contents)
    });
    entries.collect()
}

#[test]
fn an_archive_is_read_as_it_was_written_without_the_names_of_its_images() {
    let file = written(&tar(&[]));
    assert_eq!(pack::open(Cursor::new(&file)).unwrap().manifest, manifest());
    let entries = entries_of(&read(&file).unwrap());
    let paths: Vec<_> = entries.iter().map(|(path, _)| path.clone()).collect();
    assert_eq!(paths, [format!("{LAYER}/layer.tar"), format!("{CONFIG}.json"), "manifest.json".to_owned()]);
    assert_eq!(entries[0].1, b"layer");
    let list: serde_json::Value = serde_json::from_slice(&entries[2].1).unwrap();
    assert!(list[0]["RepoTags"].is_null() && list[0]["Config"] == format!("{CONFIG}.json"), "{list}");
    assert_eq!(
        zstd::stream::decode_all(file.as_slice()).unwrap(),
        read(&file).unwrap(),
        "zstd reads the file as it is"
    );
}

#[test]
fn a_file_that_is_cut_off_anywhere_is_refused() {
    let file = written(&tar(&[]));
    for length in 0..file.len() {
        let fault = read(&file[..length]).unwrap_err();
        match fault {
            Fault::NotOurs => assert!(length < 23, "{length}"),
            Fault::Damaged | Fault::Unsound(_) => assert!(length >= 23, "{length}"),
            other => panic!("{length}: {other:?}"),
        }
    }
}

#[test]
fn a_file_with_one_changed_byte_is_refused_and_nothing_ends_well() {
    let file = written(&tar(&[]));
    for at in 0..file.len() {
        for change in [1, 0x80, 0xff] {
            let mut changed = file.clone();
            changed[at] ^= change;
            let mut tar = Vec::new();
            let opened = pack::open(Cursor::new(&changed));
            let outcome = opened.and_then(|mut opened| opened.unpack(&mut tar, |_| Ok(())));
            let fault = outcome.expect_err("a changed file");
            assert!(!matches!(fault, Fault::Io(_)), "{at}: {fault:?}");
            assert!(!tar.ends_with(&[0; 1024]), "{at}: an engine would take it");
        }
    }
}

#[test]
fn bytes_behind_the_end_are_refused() {
    let file = [written(&tar(&[])), vec![0]].concat();
    assert!(matches!(read(&file), Err(Fault::Damaged)));
}

#[test]
fn another_format_is_named_and_anything_else_is_no_archive() {
    let file = written(&tar(&[]));
    let newer = [&file[..8], b"orchest-images 2 {}\n", &file[28..]].concat();
    assert!(matches!(read(&newer), Err(Fault::Format(2))));
    for other in
        [&b""[..], b"PK\x03\x04 a zip of any kind, long enough", &zstd::stream::encode_all(&[0; 9][..], 1).unwrap()]
    {
        assert!(matches!(read(other), Err(Fault::NotOurs)), "{other:?}");
    }
}

#[test]
fn unknown_entries_are_left_out() {
    let others: [Entry<'_>; 5] = [
        ("../../etc/passwd", EntryType::Regular, b"root"),
        ("/etc/cron.d/x", EntryType::Regular, b"root"),
        ("repositories", EntryType::Regular, br#"{"debian":{"12":"x"}}"#),
        ("a-later-version/of-something", EntryType::Regular, b"x"),
        ("index.json", EntryType::Char, b""),
    ];
    let known = entries_of(&read(&written(&tar(&[]))).unwrap());
    assert_eq!(entries_of(&read(&written(&tar(&others))).unwrap()), known);
    assert_eq!(entries_of(&read(&packed(&tar(&others))).unwrap()), known);
}

#[test]
fn names_in_the_list_of_oci_are_left_out() {
    let index = br#"{"manifests":[{"digest":"x","annotations":{"io.containerd.image.name":"debian:12"}}]}"#;
    let entries = entries_of(&read(&packed(&tar(&[("index.json", EntryType::Regular, index)]))).unwrap());
    assert_eq!(entries[3].1, br#"{"manifests":[{"digest":"x"}]}"#);
}

#[test]
fn what_would_do_harm_is_refused() {
    let inside = format!("{CONFIG}/layer.tar");
    let config = format!("{CONFIG}.json");
    let table: [(&[Entry<'_>], &str); 5] = [
        (&[(&inside, EntryType::Symlink, b"/etc/shadow")], "link"),
        (&[(&inside, EntryType::Symlink, b"../../../etc/shadow")], "link"),
        (&[(&config, EntryType::Regular, b"other")], "twice"),
        (&[("manifest.json", EntryType::Regular, b"[]")], "twice"),
        (&[("index.json", EntryType::Regular, &[b' '; 5 << 20])], "too long"),
    ];
    for (others, why) in table {
        let fault = read(&packed(&tar(others))).unwrap_err();
        assert!(matches!(fault, Fault::Unsound(reason) if reason.contains(why)), "{fault:?}");
    }
    let link = format!("../{LAYER}/layer.tar");
    let shared: [Entry<'_>; 1] = [(&inside, EntryType::Symlink, link.as_bytes())];
    assert!(read(&packed(&tar(&shared))).is_ok(), "Docker writes a layer that two images share as a link");
}

#[test]
fn an_archive_without_an_image_that_it_names_is_refused() {
    let whole = tar(&[]);
    let empty = tar::Builder::new(Vec::new()).into_inner().unwrap();
    // Without the layer, which is the first entry.
    let lacking = whole[1024..].to_vec();
    for tar in [empty, lacking] {
        assert!(matches!(read(&packed(&tar)), Err(Fault::Unsound(_))));
        assert!(matches!(pack::write(io::sink(), &manifest(), tar.as_slice()), Err(Fault::Unsound(_))));
    }
}

#[test]
fn a_bomb_is_refused_before_it_is_unpacked() {
    let zeros = io::repeat(0).take(1 << 30);
    let bomb = zstd::stream::encode_all(zeros, 1).unwrap();
    let mut file = manifest::head(&manifest()).unwrap();
    file.extend(&bomb);
    let told = with_foot(file.clone(), 1 << 31);
    assert!(matches!(pack::open(Cursor::new(&told)).map(drop), Err(Fault::Unsound(_))));
    // One that says less than it becomes is read no further than that.
    let mut written = Limited(2 << 20);
    let untold = with_foot(file, 1 << 20);
    assert!(pack::open(Cursor::new(&untold)).unwrap().unpack(&mut written, |_| Ok(())).is_err());
    // A head that says that it is huge is not read.
    let huge = [&told[..4], &u32::MAX.to_le_bytes(), &told[8..]].concat();
    assert!(matches!(read(&huge), Err(Fault::Damaged)));
}

#[test]
fn a_manifest_with_odd_names_or_ids_is_refused() {
    let changes: [fn(&mut Manifest); 8] = [
        |manifest| manifest.images[0].name = "../../x:1".to_owned(),
        |manifest| manifest.images[0].name = "no-tag".to_owned(),
        |manifest| manifest.images[0].name = "a b:1".to_owned(),
        |manifest| manifest.images[0].name = "-a:1".to_owned(),
        |manifest| manifest.images[0].id = "gateway".to_owned(),
        |manifest| manifest.images.clear(),
        |manifest| manifest.images.push(manifest.images[0].clone()),
        |manifest| manifest.architecture = "amd64\u{1b}[31m".to_owned(),
    ];
    for change in changes {
        let mut odd = manifest();
        change(&mut odd);
        assert!(matches!(manifest::head(&odd), Err(Fault::Unsound(_))), "{odd:?}");
    }
}

#[test]
fn a_digest_over_a_changed_size_does_not_fit() {
    let mut file = written(&tar(&[]));
    let at = file.len() - FOOT + 8;
    file[at] ^= 1;
    let end = file.len() - DIGEST;
    let digest = Sha256::digest(&file[..end]);
    file[end..].copy_from_slice(&digest);
    assert!(matches!(read(&file), Err(Fault::Damaged)));
}

#[test]
fn archives_are_known_by_their_names() {
    assert!(is_archive(Path::new("/stick/all.orchest-images")) && is_archive(Path::new("B.Orchest-Images")));
    assert!(!is_archive(Path::new("/stick/orchest-images")) && !is_archive(Path::new("a.tar")));
}

/// Takes so many bytes.
struct Limited(usize);

impl Write for Limited {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0 = self.0.checked_sub(bytes.len()).expect("a bomb went off");
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// What arrives of an archive without some layers, and how many bytes were left out.
fn without(tar: &[u8], layers: &[&str]) -> (Vec<String>, u64) {
    let (mut to, mut left_out) = (Vec::new(), 0);
    let layers = layers.iter().map(|digest| (*digest).to_owned()).collect();
    entries::copy_without(tar, &mut to, 1, layers, |size| left_out += size).unwrap();
    entries::end(&mut to).unwrap();
    let mut archive = tar::Archive::new(to.as_slice());
    let entries = archive.entries().unwrap().map(|entry| {
        let mut text = String::new();
        let mut entry = entry.unwrap();
        entry.read_to_string(&mut text).unwrap();
        let path = entry.path().unwrap().display().to_string();
        if path == "manifest.json" { path } else { format!("{path}={text}") }
    });
    (entries.collect(), left_out)
}

#[test]
fn layers_that_the_receiver_has_are_left_out_by_the_digest_of_what_is_in_them() {
    let digest = hex::encode(Sha256::digest(b"layer"));
    let (layer, config) = (format!("{LAYER}/layer.tar=layer"), format!("{CONFIG}.json={{}}"));
    let all = vec![layer, config, "manifest.json".to_owned()];
    assert_eq!(without(&tar(&[]), &[]), (all.clone(), 0));
    assert_eq!(without(&tar(&[]), &[LAYER]), (all.clone(), 0), "the name of its folder is not its digest");
    assert_eq!(without(&tar(&[]), &[LAYER, &digest]), (all[1..].to_vec(), 5));
    // Newer engines name an entry by the digest of what is in it.
    let blob = format!("blobs/sha256/{LAYER}");
    let newer = tar(&[(&blob, EntryType::Regular, b"a layer")]);
    assert_eq!(without(&newer, &[LAYER]), (all.clone(), 7));
    let kept = [all, vec![format!("{blob}=a layer")]].concat();
    assert_eq!(without(&newer, &[CONFIG]), (kept, 0));
}
