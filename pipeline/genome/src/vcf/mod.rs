//! Somatic variant calls from VCF 4.1-4.3 (<https://samtools.github.io/hts-specs/>), plain, gzip or bgzip, with
//! Ensembl VEP's CSQ.
//!
//! One row for each ALT allele that the tumour carries. A record that cannot be read is quarantined and the
//! rest goes on; a file that cannot be understood as a whole is a [`VcfError`].

mod annotated;
mod error;
mod evidence;
mod header;
mod meta;
mod raw;
mod record;
mod refusal;

use std::collections::{HashMap, HashSet};
use std::path::Path;

use rayon::prelude::*;
use serde::Serialize;

pub use annotated::AnnotatedCalls;
pub use error::VcfError;
pub use meta::VcfContig;
pub use raw::{
    Allele, Called, Genotype, PhaseSet, RawBatch, RawEvidence, RawHeader, RawRecord, RawTotals,
    RawVcf, Reads, Samples, Structural,
};

use crate::csq::CsqFormat;
use crate::text::{Chunks, pieces};
use crate::{Expression, Quarantined};
use header::Header;
use record::{Outcome, Reader};

/// One ALT allele that the tumour carries.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct SomaticVariant {
    /// `chr12:25245350:C:T`; one to a file.
    pub variant_id: String,
    /// Sequence name as in the file.
    pub chrom: String,
    /// 1-based position of the first base of `ref_allele`.
    pub pos: i64,
    /// REF, upper case.
    pub ref_allele: String,
    /// The one ALT allele, upper case.
    pub alt_allele: String,
    /// FILTER as in the file; `PASS`, `.`, or the filters that failed.
    pub filter: String,
    /// Reads in the tumour at this place.
    pub dna_depth: Option<i32>,
    /// Reads in the tumour that carry the allele.
    pub dna_alt_reads: Option<i32>,
    /// Fraction of the tumour's reads that carry the allele, 0 to 1.
    pub dna_vaf: Option<f64>,
    /// Reads in the normal.
    pub normal_depth: Option<i32>,
    /// Fraction of the normal's reads that carry the allele.
    pub normal_vaf: Option<f64>,
    /// Reads in the tumour's RNA.
    pub rna_depth: Option<i32>,
    /// Reads in the tumour's RNA that carry the allele.
    pub rna_alt_reads: Option<i32>,
    /// Fraction of the RNA reads that carry the allele.
    pub rna_vaf: Option<f64>,
    /// The allele's CSQ entries for transcripts, joined by `,`; empty where VEP found no transcript.
    pub annotation: String,
    /// Name of the input file.
    pub source_file: String,
    /// 1-based line in it.
    pub source_line: i64,
}

/// Which sample columns to read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SampleNames {
    /// The tumour; by default the only sample, or the header's `##tumor_sample=`.
    pub tumor: Option<String>,
    /// The normal; by default the header's `##normal_sample=`, or the other of two samples.
    pub normal: Option<String>,
}

/// What a file holds. Each ALT allele is in `variants`, in `quarantined`, or counted by `not_in_tumor`.
#[derive(Clone, Debug, PartialEq)]
pub struct VcfContent {
    /// In the order of the file.
    pub variants: Vec<SomaticVariant>,
    /// GX and TX of the tumour, each gene or transcript once, in the order of the file.
    pub expression: Vec<Expression>,
    /// How to read [`SomaticVariant::annotation`]; no fields where the file has no CSQ.
    pub csq_format: CsqFormat,
    /// Records and alleles that could not be used.
    pub quarantined: Vec<Quarantined>,
    /// Data lines.
    pub records: usize,
    /// ALT alleles of the data lines, and lines that cannot be read: each is a variant, quarantined, or not in the tumour.
    pub alleles: usize,
    /// ALT alleles that the tumour's genotype does not carry.
    pub not_in_tumor: usize,
    /// What the user should know, in words.
    pub warnings: Vec<String>,
}

/// Reads the VCF at `path`, which messages and rows call `name`. Proteins can be made of its CSQ, or it is an error.
pub fn read_vcf(path: &Path, name: &str, samples: &SampleNames) -> Result<VcfContent, VcfError> {
    let mut input = Chunks::open(path).map_err(|source| VcfError::from_io(name, 1, source))?;
    let mut header = Header::read(&mut input, name, samples, true)?;
    header.check_proteins(name)?;
    content(input, &header, name)
}

/// Reads the VCF at `path` as [`read_vcf`] does, whether it is annotated or not: for calls whose consequences are computed.
pub fn read_calls(path: &Path, name: &str, samples: &SampleNames) -> Result<VcfContent, VcfError> {
    let mut input = Chunks::open(path).map_err(|source| VcfError::from_io(name, 1, source))?;
    let header = Header::read(&mut input, name, samples, false)?;
    content(input, &header, name)
}

fn content(mut input: Chunks, header: &Header, name: &str) -> Result<VcfContent, VcfError> {
    let reader = Reader { header, name };
    let mut content = VcfContent {
        variants: Vec::new(),
        expression: Vec::new(),
        csq_format: header.csq.as_ref().map(|csq| csq.format.clone()).unwrap_or_default(),
        quarantined: Vec::new(),
        records: 0,
        alleles: 0,
        not_in_tumor: 0,
        warnings: header.warnings.clone(),
    };
    let mut totals = Totals::default();
    let mut line = header.lines;
    while let Some(chunk) =
        input.next_chunk().map_err(|source| VcfError::from_io(name, line + 1, source))?
    {
        let outcomes = pieces(&chunk).into_par_iter().map(|piece| reader.piece(piece));
        for piece in outcomes.collect::<Vec<_>>() {
            for outcome in piece.outcomes {
                totals.add(&mut content, outcome.at(line));
            }
            line += piece.lines;
        }
    }
    totals.warn(&mut content.warnings);
    Ok(content)
}

/// What is counted over all lines.
#[derive(Default)]
struct Totals {
    seen: HashSet<String>,
    expression: HashMap<(String, String), f64>,
    conflicts: usize,
    unannotated: usize,
    above_one: usize,
}

impl Totals {
    fn add(&mut self, content: &mut VcfContent, outcome: Outcome) {
        content.records += 1;
        content.alleles += outcome.alleles;
        content.quarantined.extend(outcome.quarantined);
        content.not_in_tumor += outcome.not_in_tumor;
        self.unannotated += usize::from(outcome.unannotated);
        self.above_one += outcome.above_one;
        for variant in outcome.variants {
            if self.seen.insert(variant.variant_id.clone()) {
                content.variants.push(variant);
            } else {
                content.quarantined.push(refusal::DUPLICATE.of(
                    &variant.source_file,
                    variant.source_line,
                    "record",
                ));
            }
        }
        outcome.expression.into_iter().for_each(|row| self.add_expression(content, row));
    }

    fn add_expression(&mut self, content: &mut VcfContent, row: Expression) {
        let key = (row.feature_type.clone(), row.feature_id.clone());
        if let Some(&tpm) = self.expression.get(&key) {
            self.conflicts += usize::from(tpm.total_cmp(&row.tpm).is_ne());
        } else {
            self.expression.insert(key, row.tpm);
            content.expression.push(row);
        }
    }

    fn warn(&self, warnings: &mut Vec<String>) {
        for (count, words) in [
            (self.unannotated, "records have no CSQ; they are kept without consequences"),
            (
                self.conflicts,
                "GX or TX values differ from an earlier record's for the same gene or transcript; the first is kept",
            ),
            (
                self.above_one,
                "allele fractions are above 1 (percentages?); they are computed from the read counts instead",
            ),
        ] {
            if count > 0 {
                warnings.push(format!("{count} {words}"));
            }
        }
    }
}

#[cfg(test)]
mod tests;
