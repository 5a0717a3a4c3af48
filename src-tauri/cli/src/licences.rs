//! `orchest licences`: prints the texts of the licences that ship with the program.

use orchest_core::platform::paths;
use orchest_core::{Error, Failure};

use crate::output::{self, Outcome};

pub fn run() -> Outcome {
    let path = paths::licences_file().map_err(Failure::from)?;
    let text = std::fs::read(&path)
        .map_err(|source| Failure::from(Error::Io { what: "read".to_owned(), path: path.clone(), source }))?;
    // Some texts have line ends of Windows, and page breaks for printers.
    output::print(String::from_utf8_lossy(&text).replace(['\r', '\x0c'], "").trim_end())
}
