//! The Flight SQL server over made-up tables, through arrow-flight's own client.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stderr,
    missing_docs
)]

mod catalogue;
mod harness;
mod limits;
mod lookup;
mod roles;
#[allow(dead_code, reason = "the lake's tests use more of it")]
#[path = "../../../lake/tests/gate/world.rs"]
mod world;
