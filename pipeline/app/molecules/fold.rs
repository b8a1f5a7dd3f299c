//! `vaxloom fold`.

use std::io::Write;

use anyhow::bail;
use rayon::prelude::*;
use serde::Serialize;
use vaxloom_mrna::energy::Dangles;
use vaxloom_mrna::fold::beam::{BEAM, LONG};
use vaxloom_mrna::fold::{self, FoldSettings, Rna, beam, mfe, partition};

use super::input::{Sequence, sequences};
use crate::args::{FoldArgs, MoleculeFormat};
use crate::exit::{self, Exit};
use crate::written::Written;

/// One molecule. Energies are in kcal/mol.
#[derive(Serialize)]
struct Answer<'a> {
    name: &'a str,
    sequence: String,
    structure: String,
    energy: f64,
    ensemble_energy: Option<f64>,
    /// Of the structure in the ensemble.
    frequency: Option<f64>,
    dangles: u8,
    /// None where the energy is the least.
    beam: Option<usize>,
}

pub(crate) fn fold(args: &FoldArgs, threads: usize) -> anyhow::Result<Exit> {
    exit::pool(threads);
    let dangles = match args.dangles {
        0 => Dangles::None,
        2 => Dangles::Both,
        other => bail!("--dangles: found {other}, expected 0 or 2"),
    };
    let settings = FoldSettings { dangles, max_interior_loop: args.max_interior_loop.into() };
    let mut out = Written::to(args.output.as_deref())?;
    let mut refused = 0;
    let all = sequences(&args.rna)?;
    for some in all.chunks(threads) {
        let answers: Vec<_> = some.par_iter().map(|one| answer(args, settings, one)).collect();
        for (one, answer) in some.iter().zip(answers) {
            match answer {
                Ok(text) => out.write_all(text.as_bytes())?,
                Err(error) => {
                    refused += 1;
                    let (file, line) = (args.rna.display(), one.line);
                    tracing::warn!("{file}, line {line}: {}: {error}", one.name);
                }
            }
        }
    }
    out.finish()?;
    Ok(if refused > 0 { Exit::Quarantined } else { Exit::Done })
}

fn answer(args: &FoldArgs, settings: FoldSettings, one: &Sequence) -> anyhow::Result<String> {
    let rna = Rna::parse(&one.letters)?;
    let width = args.beam.or_else(|| (rna.len() > LONG).then_some(BEAM));
    let folded = match width {
        Some(width) => beam(&rna, settings, width),
        None => mfe(&rna, settings),
    };
    let json = args.format == MoleculeFormat::Json;
    let wanted = args.partition || (json && width.is_none());
    let ensemble = wanted.then(|| partition(&rna, settings)).transpose()?;
    if !json {
        return Ok(fold::text::lines(&one.name, &rna, &folded, ensemble.as_ref()));
    }
    let energy = f64::from(folded.energy) / 100.0;
    let answer = Answer {
        name: &one.name,
        sequence: rna.to_string(),
        structure: folded.structure.to_string(),
        energy,
        ensemble_energy: ensemble.as_ref().map(|ensemble| ensemble.energy),
        frequency: ensemble.as_ref().map(|ensemble| ensemble.frequency(energy)),
        dangles: args.dangles,
        beam: width,
    };
    Ok(serde_json::to_string(&answer)? + "\n")
}
