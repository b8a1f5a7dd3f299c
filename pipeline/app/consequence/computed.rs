//! Consequences computed from a reference, in memory that does not depend on the file.

use std::error::Error;
use std::path::Path;

use anyhow::bail;
use vaxloom_genome::annotate::{
    AnnotateError, Annotated, AnnotatedRow, Options, Phasing, Totals, annotate,
};
use vaxloom_lake::reference;

use super::disagreements::Disagreements;
use super::output::{Output, Row};
use super::{Warnings, file_name, samples, wanted};
use crate::args::{ConsequenceArgs, Haplotypes, Rows};
use crate::exit::Exit;
use crate::progress::thousands;

/// Rows that are written together.
const ROWS: usize = 1 << 13;
/// Warnings that are shown one by one.
const SHOWN: usize = 20;

pub(super) fn consequence(args: &ConsequenceArgs, reference: &Path) -> anyhow::Result<Exit> {
    let name = file_name(&args.vcf);
    let reference = reference::open(reference)?;
    let mut sink = Sink {
        kind: args.rows.unwrap_or(Rows::All),
        output: Output::create(&args.output, args.flank)?,
        waiting: Vec::new(),
        warnings: Warnings::new(SHOWN),
        disagreements: Disagreements::open(args, &name)?,
    };
    let options = Options {
        samples: samples(args),
        phasing: match args.haplotypes {
            Haplotypes::Genotypes => Phasing::Genotypes,
            Haplotypes::Alone => Phasing::Alone,
        },
        phased_vcf: args.phased_vcf.as_deref(),
    };
    let totals = annotate(&args.vcf, &name, &reference, &options, |annotated| {
        sink.take(annotated).map_err(Into::<Box<dyn Error + Send + Sync>>::into)
    })
    .map_err(unwrapped)?;
    check(&totals)?;
    sink.flush()?;
    sink.output.finish()?;
    sink.warnings.end();
    tracing::info!("{}", summary(&totals));
    if let Some(disagreements) = sink.disagreements {
        disagreements.finish()?;
    }
    Ok(if sink.warnings.count > 0 { Exit::Quarantined } else { Exit::Done })
}

/// What the caller itself could not do is told in its own words.
fn unwrapped(error: AnnotateError) -> anyhow::Error {
    match error {
        AnnotateError::Sink(source) => anyhow::Error::from_boxed(source),
        other => other.into(),
    }
}

/// Where the rows go.
struct Sink {
    kind: Rows,
    output: Output,
    waiting: Vec<AnnotatedRow>,
    warnings: Warnings,
    disagreements: Option<Disagreements>,
}

impl Sink {
    fn take(&mut self, annotated: Annotated) -> anyhow::Result<()> {
        for row in &annotated.quarantined {
            self.warnings.add(row);
        }
        if let Some(disagreements) = &mut self.disagreements {
            disagreements.take(&annotated.rows)?;
        }
        let kind = self.kind;
        self.waiting
            .extend(annotated.rows.into_iter().filter(|row| wanted(kind, &row.consequence)));
        if self.waiting.len() >= ROWS { self.flush() } else { Ok(()) }
    }

    fn flush(&mut self) -> anyhow::Result<()> {
        let rows = std::mem::take(&mut self.waiting);
        if rows.is_empty() {
            return Ok(());
        }
        self.output.write(&rows.iter().map(borrowed).collect::<Vec<_>>())
    }
}

fn borrowed(row: &AnnotatedRow) -> Row<'_> {
    Row {
        chrom: &row.chrom,
        pos: row.pos,
        ref_allele: &row.ref_allele,
        alt: &row.alt,
        consequence: &row.consequence,
    }
}

/// No allele may get lost.
fn check(totals: &Totals) -> anyhow::Result<()> {
    let out = totals.told + totals.quarantined_alleles + totals.absent + totals.without_allele;
    if out == totals.alleles {
        return Ok(());
    }
    bail!(
        "{} alleles in, but {} told, {} in quarantine, {} not in the sample and {} without allele; nothing was written. This is a mistake in vaxloom: please report it",
        totals.alleles,
        totals.told,
        totals.quarantined_alleles,
        totals.absent,
        totals.without_allele
    )
}

fn summary(totals: &Totals) -> String {
    let always = [
        (totals.records, "records"),
        (totals.alleles, "alleles"),
        (totals.told, "told"),
        (totals.rows, "rows"),
    ];
    let sometimes = [
        (totals.refused, "records refused"),
        (totals.quarantined_alleles, "alleles refused"),
        (totals.absent, "not in the sample"),
        (totals.without_allele, "without allele"),
        (totals.overlapping, "rows of overlapping calls, not applied"),
        (totals.unphased_neighbours, "with neighbours of unknown phase"),
        (totals.polyploid, "of more than two copies, taken alone"),
        (totals.background, "germline calls beside them"),
    ];
    let sometimes = sometimes.into_iter().filter(|(count, _)| *count > 0);
    let parts = always.into_iter().chain(sometimes);
    let parts = parts.map(|(count, words)| format!("{} {words}", thousands(count as usize)));
    parts.collect::<Vec<_>>().join(", ")
}
