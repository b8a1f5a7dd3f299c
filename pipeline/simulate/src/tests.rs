//! What is made is what was asked for, and always the same.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod distributions;
mod files;
mod truth;

use std::sync::OnceLock;

use vaxloom_genome::reference::Reference;

use crate::{Cohort, Genes, MadeUp};

/// The genome that nobody has, and its genes; made once.
fn made_up() -> &'static (MadeUp, Reference, Genes) {
    static WORLD: OnceLock<(MadeUp, Reference, Genes)> = OnceLock::new();
    WORLD.get_or_init(|| {
        let genome = MadeUp::new();
        let reference = genome.reference();
        let genes = Genes::of(&reference).unwrap();
        (genome, reference, genes)
    })
}

fn cohort(patients: usize, cancer: &str) -> Cohort {
    Cohort { patients, seed: 7, cancer: cancer.to_owned(), population: "mix".to_owned(), load: 1.0 }
}
