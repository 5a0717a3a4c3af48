//! A list of newer versions that nobody signed is refused; one that is read names files that can be asked for; an
//! archive is unpacked into its own folder alone.
#![no_main]

use libfuzzer_sys::fuzz_target;
use orchest_core::updates::{archive, fetch, judge, manifest};

fuzz_target!(|input: (Vec<u8>, String, Vec<u8>, String)| {
    let (text, signature, packed, location) = input;
    let key = "RWQ1G9hS9KvCZ3zl+3eKTcQzrtHsIh/aBrePAKvQPoT/5aPytid3kork";
    assert!(manifest::read(&text, &signature, key).is_err(), "nobody signed it");
    let list = "https://orchest.example/updates.json".parse().unwrap();
    if let Ok(read) = manifest::parse(&text) {
        let _ = judge::is_newer(&read.version, &read.version, Some(&read.version));
        for file in &read.files {
            if let Ok(address) = manifest::address_of(file, &list) {
                assert!(fetch::allowed(&address).is_ok());
            }
            assert!(!file.name().contains(['/', ' ', '\'']));
        }
    }
    if let Ok(to) = fetch::redirected(&list, &location) {
        assert_eq!(to.scheme(), "https");
    }
    let folder = tempfile::tempdir().unwrap();
    let into = folder.path().join("into");
    std::fs::create_dir(&into).unwrap();
    let _ = archive::unpack(packed.as_slice(), &"0.2.0".parse().unwrap(), &into);
    let around = std::fs::read_dir(folder.path()).unwrap().count();
    assert_eq!(around, 1, "nothing lies outside");
});
