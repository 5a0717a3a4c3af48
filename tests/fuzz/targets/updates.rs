//! A list of newer versions that nobody signed is refused; one that is read names files that can be asked for; an
//! archive is unpacked into its own folder alone.
#![no_main]

use arbitrary::Arbitrary;
use libfuzzer_sys::fuzz_target;
use orchest_core::updates::{archive, fetch, judge, manifest};

#[derive(Arbitrary, Debug)]
struct Input {
    text: Vec<u8>,
    signature: String,
    archive: Vec<u8>,
    location: String,
}

fuzz_target!(|input: Input| {
    let key = "RWQ1G9hS9KvCZ3zl+3eKTcQzrtHsIh/aBrePAKvQPoT/5aPytid3kork";
    assert!(manifest::read(&input.text, &input.signature, key).is_err(), "nobody signed it");
    let list = "https://orchest.example/updates.json".parse().unwrap();
    if let Ok(read) = manifest::parse(&input.text) {
        let _ = judge::is_newer(&read.version, &read.version, Some(&read.version));
        for file in &read.files {
            if let Ok(address) = manifest::address_of(file, &list) {
                assert!(fetch::allowed(&address).is_ok());
            }
            assert!(!file.name().contains(['/', ' ', '\'']));
        }
    }
    if let Ok(to) = fetch::redirected(&list, &input.location) {
        assert_eq!(to.scheme(), "https");
    }
    let folder = tempfile::tempdir().unwrap();
    let into = folder.path().join("into");
    std::fs::create_dir(&into).unwrap();
    let _ = archive::unpack(input.archive.as_slice(), &"0.2.0".parse().unwrap(), &into);
    let around = std::fs::read_dir(folder.path()).unwrap().count();
    assert_eq!(around, 1, "nothing lies outside");
});
