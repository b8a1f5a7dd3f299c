//! `vaxloom predict`: scores for people who only want scores.
//!
//! Peptides come in batches from a list, FASTA, a table or Parquet, are scored in as large pieces, and leave in the order in
//! which they came, one row for each peptide and allele: nothing is dropped, what cannot be scored says why. While a
//! batch is scored, another thread writes the one before it, so memory does not grow with the input.

mod input;
mod output;
mod score;

use std::sync::Arc;
use std::sync::mpsc::sync_channel;

use anyhow::{Context, bail};
use vaxloom_immune::hla::HlaAllele;
use vaxloom_immune::molecule::ClassTwoMolecule;
use vaxloom_models::encoding::Class;
use vaxloom_models::{Immunogenicity, MhcPredictor};

use crate::args::PredictArgs;
use crate::exit::{self, Exit};
use crate::predictor;
use input::Source;
use output::Writer;
use score::Scoring;

/// Peptides that a batch holds.
const BATCH: usize = 16_384;
/// Scored batches that may wait to be written.
const WAITING: usize = 2;

/// Scores every peptide for every allele.
pub(crate) fn predict(args: &PredictArgs, threads: usize) -> anyhow::Result<Exit> {
    exit::runtime(threads)?;
    let model = predictor::load(args.task.into(), args.model.as_deref(), &args.device, threads)?;
    let class = model.config().architecture.class;
    let asked = args
        .alleles
        .iter()
        .map(|text| molecule(text, class))
        .collect::<anyhow::Result<Vec<_>>>()?;
    for name in &asked {
        model.molecules().resolve(name).with_context(|| format!("--alleles {name}"))?;
    }
    let mut source = Source::open(&args.peptides, lengths(args, class)?)?;
    match (asked.is_empty(), source.names_alleles()) {
        (true, false) => {
            bail!("no alleles: name them with --alleles, or in a column allele or alleles")
        }
        (false, true) => {
            bail!("alleles are named both by --alleles and in {}: leave one out", source.name())
        }
        _ => (),
    }
    let scoring = Scoring::new(&model, asked, args.best, flanks(args, &model, &source))
        .with_immunogenicity(immunogenicity(args, &model)?);
    let schema = scoring.schema(&source);
    let mut writer = Writer::create(args.output.as_deref(), &schema)?;
    let rows = std::thread::scope(|scope| {
        let (sender, scored) = sync_channel(WAITING);
        let writing = scope.spawn(move || {
            for batch in scored {
                writer.write(&batch)?;
            }
            writer.close()
        });
        let mut rows = 0;
        while let Some(batch) = source.next_batch(BATCH)? {
            rows += batch.len();
            // The writer hangs up when it has failed, and says why below.
            if sender.send(scoring.score(&batch, &schema)?).is_err() {
                break;
            }
        }
        drop(sender);
        let written = writing.join().map_err(|_| anyhow::anyhow!("the writing thread panicked"))?;
        written.map(|()| rows)
    })?;
    if rows == 0 {
        bail!(
            "{}: no peptides; expected one a line, FASTA, or a table with a column peptide",
            source.name()
        );
    }
    Ok(Exit::Done)
}

/// An allele, or a class II molecule, in normal form.
fn molecule(text: &str, class: Class) -> anyhow::Result<String> {
    Ok(match class {
        Class::One => {
            let allele = HlaAllele::parse(text).with_context(|| format!("allele '{text}'"))?;
            if !allele.is_class_one() {
                bail!(
                    "allele '{text}' is of class II: expected class I, or --task mhc2-presentation"
                );
            }
            allele.two_field()
        }
        Class::Two => {
            ClassTwoMolecule::parse(text).with_context(|| format!("molecule '{text}'"))?.to_string()
        }
    })
}

/// Lengths of the windows of FASTA records.
fn lengths(args: &PredictArgs, class: Class) -> anyhow::Result<[usize; 2]> {
    let Some(text) = &args.lengths else {
        return Ok(match class {
            Class::One => [8, 11],
            Class::Two => [15, 15],
        });
    };
    let (from, to) = text.split_once('-').unwrap_or((text, text));
    let parsed = from.trim().parse().ok().zip(to.trim().parse().ok());
    let (shortest, longest) = class.lengths();
    match parsed {
        Some((from, to)) if shortest <= from && from <= to && to <= longest => Ok([from, to]),
        _ => bail!(
            "--lengths {text}: expected a length or a range such as 8-11, within {shortest} to {longest}"
        ),
    }
}

/// The immunogenicity model, where it is asked for.
fn immunogenicity(
    args: &PredictArgs,
    model: &Arc<MhcPredictor>,
) -> anyhow::Result<Option<Immunogenicity>> {
    if !args.immunogenicity {
        return Ok(None);
    }
    let immunogenicity = Immunogenicity::built_in()?;
    if !immunogenicity.was_trained_on(model.as_ref()) {
        bail!(
            "--immunogenicity stands on the built-in class I model: leave out --model and --task"
        );
    }
    Ok(Some(immunogenicity))
}

/// Whether the residues beside the peptides are looked at.
fn flanks(args: &PredictArgs, model: &Arc<MhcPredictor>, source: &Source) -> bool {
    !args.no_flanks && model.config().architecture.flank > 0 && source.has_flanks()
}
