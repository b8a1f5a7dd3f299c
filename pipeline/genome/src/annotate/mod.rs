//! Consequences of a whole VCF, computed from a reference, in memory that does not depend on the file's size.
//!
//! Records are gathered until no transcript reaches from them to the next one (`regions`); their alleles are checked
//! against the reference and get their place on the two copies of the chromosome (`calls`); [`crate::effect`] says what
//! they do, and `row` makes a [`Consequence`] of it, which `block` shows. Regions are worked on in parallel and given in the
//! order of the file.

mod alone;
mod background;
mod block;
mod calls;
mod placement;
mod regions;
mod row;
mod structural;
mod tsv;

use std::borrow::Cow;
use std::convert::Infallible;
use std::path::Path;

use rayon::prelude::*;
use serde::Serialize;
use thiserror::Error;

use crate::reference::Reference;
use crate::vcf::{RawVcf, SampleNames, Samples};
use crate::{Consequence, Quarantined, VcfError};
pub use alone::{AloneError, alone};
use background::Background;
pub use block::RegionRows;
use regions::Regions;
pub use tsv::COLUMNS;

/// Which calls are applied to a transcript together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Phasing {
    /// Those whose phase says so: homozygous ones, and those of one phase set. Calls without any genotype, as in a list of
    /// sites, are all on one haplotype, as `bcftools csq` has it.
    #[default]
    Genotypes,
    /// As `Genotypes`, but a call without any genotype is alone: a list of somatic calls says nothing of haplotypes.
    Known,
    /// None: each call alone.
    Alone,
}

/// What to annotate, and how.
#[derive(Clone, Debug, Default)]
pub struct Options<'a> {
    /// The sample whose calls are read; by default as [`SampleNames`] says, and without samples every call.
    pub samples: SampleNames,
    /// Which calls go together.
    pub phasing: Phasing,
    /// A VCF whose genotypes say how calls are phased, and which germline calls lie beside them.
    pub phased_vcf: Option<&'a Path>,
}

/// One allele's consequence for one transcript on one haplotype.
#[derive(Clone, Debug, Serialize)]
pub struct AnnotatedRow<'a> {
    /// Contig as the VCF names it.
    pub chrom: &'a str,
    /// POS of the record, 1-based.
    pub pos: i64,
    /// REF of the record.
    #[serde(rename = "ref")]
    pub ref_allele: Cow<'a, str>,
    /// The one ALT allele.
    pub alt: Cow<'a, str>,
    /// What it does.
    #[serde(flatten)]
    pub consequence: Consequence<'a>,
    /// 1-based line of the record.
    #[serde(skip)]
    pub line: i64,
}

/// What became of the file. `alleles = told + quarantined_alleles + absent + without_allele`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Totals {
    /// Data lines.
    pub records: u64,
    /// ALT alleles of the lines that could be read.
    pub alleles: u64,
    /// Alleles that gave rows.
    pub told: u64,
    /// Rows.
    pub rows: u64,
    /// Lines that could not be read.
    pub refused: u64,
    /// Alleles that cannot be used, of lines that could be read.
    pub quarantined_alleles: u64,
    /// Alleles that the sample does not carry.
    pub absent: u64,
    /// `*` and `.`: no allele of their own.
    pub without_allele: u64,
    /// Rows that overlap an earlier call on their haplotype and were not applied.
    pub overlapping: u64,
    /// Calls of unknown phase with another call within 30 bases.
    pub unphased_neighbours: u64,
    /// Genotypes of more than two copies, whose alleles are taken alone.
    pub polyploid: u64,
    /// Germline calls that were taken as background.
    pub background: u64,
}

/// Why a file could not be annotated.
#[derive(Debug, Error)]
pub enum AnnotateError {
    /// The VCF, or the phased one, cannot be read.
    #[error(transparent)]
    Vcf(#[from] VcfError),
    /// The records are not in order.
    #[error(
        "{file}, line {line}: the record comes before the one above it, or begins its contig again; expected records sorted by contig and position; sort the file (bcftools sort)"
    )]
    Unsorted {
        /// Name of the file.
        file: String,
        /// 1-based line.
        line: i64,
    },
    /// The contigs of the phased VCF come in another order.
    #[error(
        "{file}: contig {contig} comes after a contig that follows it in the VCF of the calls; expected the same order of contigs in both; sort both in the same way (bcftools sort)"
    )]
    ContigOrder {
        /// Name of the file.
        file: String,
        /// Name of the contig.
        contig: String,
    },
    /// The reference's sequence cannot be read.
    #[error(
        "the reference's sequence of contig {contig} cannot be read: {source}; build the reference again"
    )]
    Sequence {
        /// Name of the contig.
        contig: String,
        /// What went wrong.
        source: std::io::Error,
    },
    /// The caller could not take the rows.
    #[error(transparent)]
    Sink(SinkError),
}

/// Why the caller could not take rows.
pub type SinkError = Box<dyn std::error::Error + Send + Sync>;

/// Calls in a set of regions that are worked on at once: enough to keep all threads busy.
const CALLS_AT_ONCE: usize = 1 << 13;

/// Annotates the VCF at `path`, which messages and rows call `name`.
///
/// `render` makes of the rows of some calls what is wanted of them, a region to a thread; `sink` takes that and the lines and
/// alleles that could not be used, in the order of the file.
pub fn annotate<T: Send>(
    path: &Path,
    name: &str,
    reference: &Reference,
    options: &Options<'_>,
    render: impl Fn(&mut RegionRows<'_>) -> T + Sync,
    mut sink: impl FnMut(T, Vec<Quarantined>) -> Result<(), SinkError>,
) -> Result<Totals, AnnotateError> {
    let vcf = RawVcf::open(path, name, samples(path, name, &options.samples)?)?;
    let background = options.phased_vcf.map(|path| Background::open(path, vcf.header()));
    let mut regions = Regions::new(vcf, name, reference, options.phasing, background.transpose()?);
    let mut totals = Totals::default();
    loop {
        let (mut waiting, mut calls) = (Vec::new(), 0);
        while calls < CALLS_AT_ONCE {
            let Some(region) = regions.next()? else { break };
            calls += region.len() + 1;
            waiting.push(region);
        }
        if waiting.is_empty() {
            return Ok(regions.totals(&totals));
        }
        if rayon::current_num_threads() == 1 {
            for region in waiting {
                let counts = region.rendered(&render, &mut sink).map_err(AnnotateError::Sink)?;
                totals.add(&counts);
            }
            continue;
        }
        let worked = waiting.into_par_iter().map(|region| {
            let mut parts = Vec::new();
            let Ok(counts) = region.rendered(&render, &mut |rendered, quarantined| {
                parts.push((rendered, quarantined));
                Ok::<(), Infallible>(())
            });
            (counts, parts)
        });
        for (counts, parts) in worked.collect::<Vec<_>>() {
            totals.add(&counts);
            for (rendered, quarantined) in parts {
                sink(rendered, quarantined).map_err(AnnotateError::Sink)?;
            }
        }
    }
}

/// The tumour, where it was named or there are samples to choose from; all columns of a file without samples.
fn samples<'a>(
    path: &Path,
    name: &str,
    names: &'a SampleNames,
) -> Result<Samples<'a>, AnnotateError> {
    let sites_only = RawVcf::open(path, name, Samples::All)?.header().samples.is_empty();
    Ok(if sites_only && names.tumor.is_none() { Samples::All } else { Samples::Tumor(names) })
}

impl Totals {
    /// Adds what regions count: rows, alleles told, and what they say.
    fn add(&mut self, region: &Self) {
        self.told += region.told;
        self.rows += region.rows;
        self.overlapping += region.overlapping;
        self.unphased_neighbours += region.unphased_neighbours;
    }
}

#[cfg(test)]
mod tests;
