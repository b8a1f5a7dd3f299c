//! Consequences computed from a reference, in memory that does not depend on the file.

use std::borrow::Cow;
use std::path::Path;

use anyhow::bail;
use vaxloom_genome::annotate::{
    AnnotateError, AnnotatedRow, Options, Phasing, RegionRows, Totals, annotate,
};
use vaxloom_genome::{Consequence, Quarantined};
use vaxloom_lake::reference;

use super::disagreements::Disagreements;
use super::output::Output;
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
        output: Output::create(&args.output, args.flank)?,
        waiting: Vec::new(),
        warnings: Warnings::new(SHOWN),
        disagreements: Disagreements::open(args, &name)?,
    };
    let kind = args.rows.unwrap_or(Rows::All);
    let lines_only = sink.output.takes_lines() && sink.disagreements.is_none();
    let render = |rows: &mut RegionRows<'_>| rendered(rows, kind, lines_only);
    let options = Options {
        samples: samples(args),
        phasing: match args.haplotypes {
            Haplotypes::Genotypes => Phasing::Genotypes,
            Haplotypes::Alone => Phasing::Alone,
        },
        phased_vcf: args.phased_vcf.as_deref(),
    };
    let totals = annotate(&args.vcf, &name, &reference, &options, render, |rows, quarantined| {
        sink.take(rows, &quarantined).map_err(Into::into)
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
        // Its words hold those of what it came of.
        other => anyhow::Error::msg(other.to_string()),
    }
}

/// What is made of a region's rows, a region to a thread.
enum Rendered {
    /// Lines of TSV.
    Lines(Vec<u8>),
    /// The rows to write, and all others where they are compared: `true` stands for those to write.
    Rows(Vec<(bool, OwnRow)>),
}

/// A row that outlives its region.
struct OwnRow {
    chrom: String,
    pos: i64,
    ref_allele: String,
    alt: String,
    consequence: Consequence<'static>,
    line: i64,
}

fn rendered(rows: &mut RegionRows<'_>, kind: Rows, lines_only: bool) -> Rendered {
    if lines_only {
        let mut lines = Vec::new();
        rows.for_each(|row| {
            if wanted(kind, &row.consequence) {
                row.write_tsv(&mut lines);
            }
        });
        return Rendered::Lines(lines);
    }
    let mut own = Vec::new();
    rows.for_each(|row| {
        let row_of_its_own = OwnRow {
            chrom: row.chrom.to_owned(),
            pos: row.pos,
            ref_allele: row.ref_allele.clone().into_owned(),
            alt: row.alt.clone().into_owned(),
            consequence: row.consequence.clone().into_owned(),
            line: row.line,
        };
        own.push((wanted(kind, &row.consequence), row_of_its_own));
    });
    Rendered::Rows(own)
}

impl OwnRow {
    fn borrowed(&self) -> AnnotatedRow<'_> {
        AnnotatedRow {
            chrom: &self.chrom,
            pos: self.pos,
            ref_allele: Cow::Borrowed(&self.ref_allele),
            alt: Cow::Borrowed(&self.alt),
            consequence: self.consequence.clone(),
            line: self.line,
        }
    }
}

/// Where the rows go.
struct Sink {
    output: Output,
    waiting: Vec<OwnRow>,
    warnings: Warnings,
    disagreements: Option<Disagreements>,
}

impl Sink {
    fn take(&mut self, rendered: Rendered, quarantined: &[Quarantined]) -> anyhow::Result<()> {
        for row in quarantined {
            self.warnings.add(row);
        }
        match rendered {
            Rendered::Lines(lines) => self.output.write_lines(&lines),
            Rendered::Rows(rows) => {
                if let Some(disagreements) = &mut self.disagreements {
                    let all: Vec<_> = rows.iter().map(|(_, row)| row.borrowed()).collect();
                    disagreements.take(&all)?;
                }
                let wanted = rows.into_iter().filter(|(wanted, _)| *wanted);
                self.waiting.extend(wanted.map(|(_, row)| row));
                if self.waiting.len() >= ROWS { self.flush() } else { Ok(()) }
            }
        }
    }

    fn flush(&mut self) -> anyhow::Result<()> {
        let rows = std::mem::take(&mut self.waiting);
        if rows.is_empty() {
            return Ok(());
        }
        self.output.write(&rows.iter().map(OwnRow::borrowed).collect::<Vec<_>>())
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
