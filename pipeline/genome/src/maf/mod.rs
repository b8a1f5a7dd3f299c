//! Somatic calls from Mutation Annotation Format: GDC and TCGA MAF 2.x
//! (<https://docs.gdc.cancer.gov/Data/File_Formats/MAF_Format/>) and cBioPortal's `data_mutations.txt`
//! (<https://docs.cbioportal.org/file-formats/#mutation-data>), plain, gzip or bgzip.
//!
//! One row of the file is one call. Columns may come in any order, and those that are not known are passed over. A row that
//! cannot be used is quarantined; a file without the required columns is a [`TableError`]. No message names a sample.

mod alleles;
mod columns;
mod row;

use std::collections::{BTreeSet, HashSet};
use std::path::Path;

use serde::Serialize;

pub use alleles::VariantType;

use crate::Quarantined;
use crate::table::{Lines, Refusal, TableError};
use columns::Columns;

/// One call in one tumour sample. What the file lacks is `None`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct MafCall {
    /// `Tumor_Sample_Barcode`: names a patient's sample, keep it out of messages. Missing where the file is of one sample.
    pub sample: Option<String>,
    /// `NCBI_Build` as in the file: `GRCh37`, `hg19`, `37`, `GRCh38` ...
    pub build: Option<String>,
    /// `Chromosome` as in the file, with or without `chr`; older files write 23 and 24 for X and Y.
    pub chrom: String,
    /// 1-based first base of the reference allele; of an insertion, the base before it.
    pub start: u32,
    /// 1-based last base of the reference allele; of an insertion, the base after it.
    pub end: u32,
    /// Bases on the forward strand, upper case; empty for an insertion (`-` in the file).
    pub ref_allele: String,
    /// The tumour's allele; empty for a deletion.
    pub alt_allele: String,
    /// What the alleles say; the file's `Variant_Type` agrees, where it has one.
    pub variant_type: VariantType,
    /// `Hugo_Symbol`.
    pub gene: Option<String>,
    /// `Entrez_Gene_Id`.
    pub entrez_gene_id: Option<u32>,
    /// `Variant_Classification`, e.g. `Missense_Mutation`.
    pub classification: Option<String>,
    /// `Consequence`: terms of the Sequence Ontology.
    pub consequence: Option<String>,
    /// `Transcript_ID`.
    pub transcript_id: Option<String>,
    /// `HGVSc`.
    pub hgvsc: Option<String>,
    /// `HGVSp`.
    pub hgvsp: Option<String>,
    /// `HGVSp_Short`, or `Protein_Change` of Oncotator.
    pub hgvsp_short: Option<String>,
    /// `Protein_position`.
    pub protein_position: Option<String>,
    /// `Codons`.
    pub codons: Option<String>,
    /// `dbSNP_RS`.
    pub dbsnp: Option<String>,
    /// `FILTER`.
    pub filter: Option<String>,
    /// `Mutation_Status`; never `Germline`.
    pub mutation_status: Option<String>,
    /// Reads in the tumour: `t_depth`.
    pub tumor_depth: Option<u32>,
    /// Reads in the tumour with the reference allele: `t_ref_count`.
    pub tumor_ref_reads: Option<u32>,
    /// Reads in the tumour with the tumour's allele: `t_alt_count`.
    pub tumor_alt_reads: Option<u32>,
    /// Reads in the normal: `n_depth`.
    pub normal_depth: Option<u32>,
    /// Reads in the normal with the tumour's allele: `n_alt_count`.
    pub normal_alt_reads: Option<u32>,
    /// Name of the input file.
    pub source_file: String,
    /// 1-based line in it.
    pub source_line: i64,
}

/// What a file holds: `rows` = calls + quarantined + germline.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MafContent {
    /// In the order of the file.
    pub calls: Vec<MafCall>,
    /// Rows that could not be used.
    pub quarantined: Vec<Quarantined>,
    /// Rows of data.
    pub rows: usize,
    /// Rows whose `Mutation_Status` is `Germline`, whatever else they say: they are no call of the tumour.
    pub germline: usize,
    /// Of the quarantined: rows that repeat sample, place and alleles of an earlier one.
    pub duplicates: usize,
    /// Of the calls: `Tumor_Seq_Allele1` is a third allele, which is not used.
    pub third_alleles: usize,
    /// `NCBI_Build` of the calls.
    pub builds: BTreeSet<String>,
    /// The version of a line `#version 2.4`.
    pub version: Option<String>,
}

/// Reads the MAF at `path`, which messages and rows call `name`.
pub fn read_maf(path: &Path, name: &str) -> Result<MafContent, TableError> {
    let mut lines = Lines::open(path, name)?;
    let mut content = MafContent::default();
    let columns = header(&mut lines, name, &mut content.version)?;
    let mut seen = HashSet::new();
    while let Some(text) = lines.next()? {
        if !text.trim().is_empty() && !text.starts_with('#') {
            content.rows += 1;
            content.add(row::read(&columns, &text), &mut seen, name, lines.line);
        }
    }
    Ok(content)
}

/// The header is the first line that is no comment.
fn header(
    lines: &mut Lines<'_>,
    name: &str,
    version: &mut Option<String>,
) -> Result<Columns, TableError> {
    while let Some(text) = lines.next()? {
        if let Some(found) = text.strip_prefix("#version") {
            *version = Some(found.trim().to_owned());
        } else if !text.trim().is_empty() && !text.starts_with('#') {
            return Columns::of(&text, name, lines.line);
        }
    }
    Err(TableError::Unknown { file: name.to_owned(), expected: columns::EXPECTED })
}

const DUPLICATE: Refusal = Refusal {
    path: "row",
    rule: "maf.duplicate",
    message: "sample, place and alleles are those of an earlier row; the first one is used",
    remedy: "keep one row for each call",
};

impl MafContent {
    fn add(
        &mut self,
        row: Result<row::Row, Refusal>,
        seen: &mut HashSet<Key>,
        name: &str,
        line: i64,
    ) {
        let refusal = match row {
            Ok(row::Row::Germline) => {
                self.germline += 1;
                return;
            }
            Ok(row::Row::Call { mut call, third_allele }) => {
                if seen.insert(key(&call)) {
                    name.clone_into(&mut call.source_file);
                    call.source_line = line;
                    self.third_alleles += usize::from(third_allele);
                    self.builds.extend(call.build.clone());
                    self.calls.push(*call);
                    return;
                }
                self.duplicates += 1;
                DUPLICATE
            }
            Err(refusal) => refusal,
        };
        self.quarantined.push(refusal.of("variants", name, line));
    }
}

/// Sample, contig, start, alleles.
type Key = (Option<String>, String, u32, String, String);

fn key(call: &MafCall) -> Key {
    let contig = call.chrom.strip_prefix("chr").unwrap_or(&call.chrom);
    let (reference, alternative) = (call.ref_allele.clone(), call.alt_allele.clone());
    (call.sample.clone(), contig.to_owned(), call.start, reference, alternative)
}

#[cfg(test)]
mod tests;
