//! `vaxloom simulate`: a synthetic cohort, and a reference where none is given.

use std::fs;
use std::path::Path;
use std::time::Instant;

use anyhow::Context;
use vaxloom_lake::reference::{self, Sources};
use vaxloom_simulate::{Cohort, Genes, MadeUp, cohort};

use crate::args::{Shared, SimulateArgs};
use crate::exit::{self, Exit};
use crate::progress::{Progress, thousands};

/// Writes the cohort, and says how it is run.
pub(crate) fn simulate(
    args: &SimulateArgs,
    shared: &Shared,
    threads: usize,
) -> anyhow::Result<Exit> {
    exit::pool(threads);
    let (clock, patients) = (Instant::now(), args.patients as usize);
    let made = Cohort {
        patients,
        seed: args.seed,
        cancer: args.cancer.clone(),
        population: args.population.clone(),
        load: args.load,
    };
    made.check()?;
    let given = args.reference.as_deref().map(reference::open).transpose()?;
    cohort::new_folder(&args.out)?;
    let genes = match given {
        Some(reference) => Genes::of(&reference)?,
        None => made_up(&args.out)?,
    };
    let mut progress = Progress::new(shared);
    let bar = progress.counted("cohort", patients, "patients");
    let written = cohort::write(&made, &genes, &args.out, || bar.inc(1))?;
    progress.end(patients, 0, clock.elapsed());
    if written.unplaced > 0 {
        tracing::warn!(
            "{} mutations had no free site left in their context and were left out; a genome with more genes has more",
            thousands(written.unplaced)
        );
    }
    let out = args.out.display();
    let reference = args.reference.clone().unwrap_or_else(|| args.out.join("reference"));
    tracing::info!(
        "{out}: {} patients with {} mutations in {} genes; run it with: vaxloom run --samples {out}/samples.csv --records {out}/records --reference {} --lake LAKE",
        thousands(written.patients),
        thousands(written.mutations),
        thousands(genes.list.len()),
        reference.display()
    );
    Ok(Exit::Done)
}

/// The made-up genome: its files, a reference of them, and its genes.
fn made_up(out: &Path) -> anyhow::Result<Genes> {
    let genome = MadeUp::new();
    let folder = out.join("genome");
    fs::create_dir_all(&folder).with_context(|| format!("{}: cannot be made", folder.display()))?;
    let (fasta, annotation) = (folder.join("genome.fa"), folder.join("genes.gff3"));
    for (path, text) in [(&fasta, genome.fasta()), (&annotation, genome.gff())] {
        fs::write(path, text).with_context(|| format!("{}: cannot be written", path.display()))?;
    }
    let sources = Sources {
        annotation,
        fasta: Some(fasta),
        cdna: Vec::new(),
        proteins: None,
        proteome: None,
    };
    reference::build(&sources, &out.join("reference"), false)?;
    Ok(Genes::of(&genome.reference())?)
}
