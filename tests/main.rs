//! The real program, end to end.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stderr,
    missing_docs
)]

mod architecture;
mod best_peptides;
mod broken;
mod cluster;
mod cohort;
mod commands;
mod features;
mod harness;
mod hcc1395;
mod lake;
mod molecules;
mod nightly;
mod parts;
mod predict;
mod prompt;
mod rank;
mod records;
mod reference;
mod s3;
mod serve;
mod simulate;
mod sql;
mod stored;
