//! What server and kernels alike have of the person. Pure.

use crate::launch::person::Person;

/// The umask, as `umask` of a shell prints it.
pub fn umask(person: &Person) -> String {
    format!("{:04o}", person.umask)
}

/// The variables of their environment.
pub(super) fn surroundings(person: &Person) -> Vec<(String, String)> {
    let zone = person.time_zone.iter().map(|zone| ("TZ".to_owned(), zone.clone()));
    zone.chain(person.proxies.clone()).collect()
}
