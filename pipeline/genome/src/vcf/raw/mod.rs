//! VCF without annotation, for consequences that are computed from a reference: every record with its alleles and
//! genotypes, in batches, in memory that does not depend on the file's size.
//!
//! What the VCF specification allows and callers write is read: symbolic alleles and breakends (kept as such), files
//! without samples, without `##fileformat`, even without a line of column names. Of what cannot be used, a record or an
//! allele, there is a [`Quarantined`] row.

mod allele;
mod genotype;
mod header;
mod line;
mod order;

use std::path::Path;
use std::sync::Arc;

use rayon::prelude::*;

pub use allele::{Allele, Structural};
pub use genotype::{Called, Genotype, PhaseSet};
pub use header::RawHeader;

use super::{SampleNames, VcfError};
use crate::Quarantined;
use crate::text::{Chunks, pieces};
use line::Lines;
use order::Order;

/// One data line.
#[derive(Clone, Debug, PartialEq)]
pub struct RawRecord {
    /// 1-based line of the file.
    pub line: i64,
    /// Name of the contig, as in the file.
    pub contig: Arc<str>,
    /// 1-based position of the first base of `reference`; 0, or one past the contig's end, is a telomere, where only
    /// symbolic alleles and breakends can be.
    pub pos: u32,
    /// ID; none where it is `.`.
    pub id: Option<Box<str>>,
    /// REF, upper case: A, C, G, T and N.
    pub reference: Box<[u8]>,
    /// The ALT column, allele by allele: the allele `n` of a genotype is `alternatives[n - 1]`.
    pub alternatives: Vec<Allele>,
    /// FILTER as in the file.
    pub filter: Arc<str>,
    /// What INFO says of alleles without sequence; none where every allele has one.
    pub structural: Option<Box<Structural>>,
    /// One of each of [`RawHeader::samples`].
    pub genotypes: Vec<Genotype>,
    /// One of each allele of `alternatives`, where a tumour was asked for and the file has samples.
    pub evidence: Vec<RawEvidence>,
}

/// What the samples' reads say of one allele.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct RawEvidence {
    /// DNA of the tumour.
    pub tumor: Reads,
    /// DNA of the normal.
    pub normal: Reads,
    /// RNA of the tumour (RDP, RAD, RAF).
    pub rna: Reads,
}

/// Reads of one sample at one place.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Reads {
    /// All.
    pub depth: Option<i32>,
    /// Those that carry the allele.
    pub alt: Option<i32>,
    /// Fraction of those that carry the allele, 0 to 1.
    pub vaf: Option<f64>,
}

/// Which samples' genotypes are read.
#[derive(Clone, Copy, Debug)]
pub enum Samples<'a> {
    /// All, without evidence.
    All,
    /// The tumour and, where there is one, the normal, with their evidence.
    Tumor(&'a SampleNames),
}

/// Some records, in the order of the file.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RawBatch {
    /// Those that can be used.
    pub records: Vec<RawRecord>,
    /// Records and alleles that cannot; an allele's record is in `records`.
    pub quarantined: Vec<Quarantined>,
}

/// What was read so far: `lines = records + refused`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RawTotals {
    /// Data lines.
    pub lines: u64,
    /// Lines that gave a record.
    pub records: u64,
    /// Lines in quarantine.
    pub refused: u64,
    /// ALT alleles of the records.
    pub alleles: u64,
    /// Those of them in quarantine: [`Allele::Refused`].
    pub refused_alleles: u64,
    /// Records that come before the one above them, or that begin a contig again.
    pub out_of_order: u64,
    /// 1-based line of the first of these.
    pub first_out_of_order: Option<i64>,
}

impl RawTotals {
    /// Whether the records were in order: each contig in one run, positions rising.
    pub fn sorted(&self) -> bool {
        self.first_out_of_order.is_none()
    }
}

/// A VCF that is being read; an iterator over its batches, which ends after the first error.
pub struct RawVcf {
    name: String,
    header: RawHeader,
    input: Chunks,
    /// Lines that were read.
    lines: i64,
    order: Order,
    totals: RawTotals,
    ended: bool,
}

impl RawVcf {
    /// Opens the VCF at `path`, which messages and rows call `name`, and reads its header.
    pub fn open(path: &Path, name: &str, samples: Samples<'_>) -> Result<Self, VcfError> {
        let mut input = Chunks::open(path).map_err(|source| VcfError::from_io(name, 1, source))?;
        let header = RawHeader::read(&mut input, name, samples)?;
        Ok(Self {
            name: name.to_owned(),
            lines: header.lines,
            header,
            input,
            order: Order::default(),
            totals: RawTotals::default(),
            ended: false,
        })
    }

    /// What the file says of itself.
    pub fn header(&self) -> &RawHeader {
        &self.header
    }

    /// Counts over the batches that were given so far.
    pub fn totals(&self) -> RawTotals {
        self.totals
    }

    fn batch(&mut self, chunk: &[u8]) -> RawBatch {
        let pieces = pieces(chunk).into_par_iter();
        let pieces: Vec<_> =
            pieces.map(|piece| Lines::new(&self.header, &self.name).read(piece)).collect();
        let mut batch = RawBatch::default();
        for piece in pieces {
            self.totals.lines += piece.data_lines;
            let refused = piece.data_lines - piece.records.len() as u64;
            self.totals.refused += refused;
            batch.quarantined.extend(piece.quarantined.into_iter().map(|mut row| {
                row.source_line += self.lines;
                row
            }));
            for mut record in piece.records {
                record.line += self.lines;
                self.order.add(record, &mut batch, &self.name, &mut self.totals);
            }
            self.lines += piece.lines;
        }
        self.order.end_batch(&batch);
        batch.quarantined.sort_by_key(|row| row.source_line);
        batch
    }
}

impl Iterator for RawVcf {
    type Item = Result<RawBatch, VcfError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.ended {
            return None;
        }
        match self.input.next_chunk() {
            Ok(Some(chunk)) => Some(Ok(self.batch(&chunk))),
            Ok(None) => {
                self.ended = true;
                None
            }
            Err(source) => {
                self.ended = true;
                Some(Err(VcfError::from_io(&self.name, self.lines + 1, source)))
            }
        }
    }
}

#[cfg(test)]
mod tests;
