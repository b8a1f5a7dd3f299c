//! How many patients a second are written: `cargo run --release -p vaxloom-simulate --example speed -- 10000 FOLDER`.
#![allow(clippy::print_stdout)]

use std::path::PathBuf;
use std::time::Instant;

use vaxloom_simulate::{Cohort, Genes, MadeUp, SimulateError, write};

fn main() -> Result<(), SimulateError> {
    let mut arguments = std::env::args().skip(1);
    let patients = arguments.next().and_then(|text| text.parse().ok()).unwrap_or(1000);
    let dir = arguments.next().map_or_else(|| PathBuf::from("cohort"), PathBuf::from);
    let clock = Instant::now();
    let genes = Genes::of(&MadeUp::new().reference())?;
    println!("genome: {:.2} s", clock.elapsed().as_secs_f64());
    let cohort = Cohort {
        patients,
        seed: 1,
        cancer: "mix".to_owned(),
        population: "mix".to_owned(),
        load: 1.0,
    };
    let clock = Instant::now();
    let written = write(&cohort, &genes, &dir, || ())?;
    let seconds = clock.elapsed().as_secs_f64();
    println!(
        "{} patients, {} mutations ({} without a free site): {seconds:.2} s, {:.0} patients a second",
        written.patients,
        written.mutations,
        written.unplaced,
        written.patients as f64 / seconds
    );
    Ok(())
}
