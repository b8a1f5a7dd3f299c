//! ViewDefinitions through the public door: the official suite, the specification's examples, and what a faulty view is told.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout)]

mod faults;
mod official;
mod ours;

use std::path::{Path, PathBuf};

/// The official suite, where it is at hand.
pub(crate) fn suite() -> Option<PathBuf> {
    let path = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../../shared/acceptance/clinical/sql-on-fhir-tests/official-144"
    );
    let path = Path::new(path);
    if path.is_dir() {
        return Some(path.to_owned());
    }
    println!("skipped: the SQL on FHIR test suite is not there");
    None
}
