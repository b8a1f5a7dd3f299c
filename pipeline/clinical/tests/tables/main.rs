//! Sources and outputs that are tables: cBioPortal, GDC, plain clinical tables, OMOP.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout)]

mod omop;
mod studies;

use std::{
    fs,
    path::{Path, PathBuf},
};

pub(crate) fn examples(name: &str) -> Option<PathBuf> {
    let path =
        Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/acceptance/clinical"))
            .join(name);
    if path.is_dir() {
        return Some(path);
    }
    println!("skipped: {name} is not there");
    None
}

pub(crate) fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    for (name, content) in files {
        fs::write(dir.path().join(name), content).unwrap();
    }
    dir
}
