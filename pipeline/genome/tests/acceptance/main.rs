//! Agreement with other programs' answers, on files beside the tree; skipped with a word where they are not there.
#![allow(clippy::unwrap_used, clippy::print_stdout)]

mod bcftools_csq;
mod callers;
mod dialects;
mod expression;
mod hcc1395;
mod hgvs;
mod maf;
mod proteome;
mod reference;
mod rna;
mod windows;

use std::path::{Path, PathBuf};

/// A file of the shared acceptance cases on variants, or `None` where there are none.
fn shared(path: &str) -> Option<PathBuf> {
    let root =
        Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/acceptance/variants"));
    if !root.exists() {
        println!("skipped: ../shared is not there");
        return None;
    }
    Some(root.join(path))
}
