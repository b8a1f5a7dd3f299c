//! Tests that need a trained model or train one.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout
)]

mod evaluating;
mod predicting;
mod training;
