//! The header of a VCF, as far as records without annotation need it.

use std::collections::HashMap;

use super::super::meta::{COLUMNS, Meta, VcfContig};
use super::{Samples, VcfError};
use crate::text::Chunks;

/// What a file says of itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RawHeader {
    /// `VCFv4.2`; none in a file that does not say it.
    pub version: Option<String>,
    /// `##reference`, or else `##assembly`: what the positions refer to, in the words of the file.
    pub reference: Option<String>,
    /// The contigs that the header names.
    pub contigs: Vec<VcfContig>,
    /// Names of the samples whose genotypes are read, in the order of [`super::RawRecord::genotypes`]: the tumour
    /// first where it was asked for. A file without column names names its samples by number, from 1 on.
    pub samples: Vec<String>,
    /// What the user should know, in words.
    pub warnings: Vec<String>,
    /// Lines of the header.
    pub(super) lines: i64,
    /// Columns of a record.
    pub(super) columns: usize,
    /// Column of each of `samples`, 0-based.
    pub(super) sample_columns: Vec<usize>,
    /// Whether the evidence of the tumour is read, the first sample; the second, if any, is the normal.
    pub(super) evidence: bool,
    pub(super) lengths: HashMap<String, u32>,
}

impl RawHeader {
    /// Reads up to the first record.
    pub(super) fn read(
        input: &mut Chunks,
        file: &str,
        samples: Samples<'_>,
    ) -> Result<Self, VcfError> {
        let meta = Meta::read(input, file)?;
        if meta.version.is_some() && !meta.is_version_4() {
            return Err(VcfError::NotVcf { file: file.to_owned() });
        }
        let line = input
            .peek_line()
            .map_err(|source| VcfError::from_io(file, meta.lines + 1, source))?
            .map_or(String::new(), |line| String::from_utf8_lossy(line).into_owned());
        let (columns, has_names) = columns(&line, &meta, file)?;
        if has_names {
            input.skip_line();
        }
        Self::new(meta, &columns, has_names, file, samples)
    }

    fn new(
        meta: Meta,
        columns: &[String],
        has_names: bool,
        file: &str,
        samples: Samples<'_>,
    ) -> Result<Self, VcfError> {
        let names: Vec<&str> = columns.iter().skip(9).map(String::as_str).collect();
        let chosen = match samples {
            Samples::All => (0..names.len()).collect(),
            Samples::Tumor(asked) => {
                let (tumor, normal) = meta.samples(&names, asked, file)?;
                tumor.into_iter().chain(normal).collect::<Vec<_>>()
            }
        };
        let mut warnings = meta.warnings;
        if meta.version.is_none() {
            warnings.push(
                "the first line is not `##fileformat=VCFv4.`; the file is read as VCF 4.3"
                    .to_owned(),
            );
        }
        if !has_names {
            warnings.push(
                "the file has no line of column names; its samples are called by number, from 1 on"
                    .to_owned(),
            );
        }
        let lengths = meta.contigs.iter().filter_map(|c| Some((c.name.clone(), c.length?)));
        Ok(Self {
            version: meta.version,
            reference: meta.reference,
            samples: chosen.iter().map(|&at| names[at].to_owned()).collect(),
            warnings,
            lines: meta.lines + i64::from(has_names),
            columns: columns.len(),
            sample_columns: chosen.iter().map(|at| at + 9).collect(),
            evidence: matches!(samples, Samples::Tumor(_)) && !chosen.is_empty(),
            lengths: lengths.collect(),
            contigs: meta.contigs,
        })
    }
}

/// Names of the columns by the line after the `##` lines, and whether it names them or is the first record.
fn columns(line: &str, meta: &Meta, file: &str) -> Result<(Vec<String>, bool), VcfError> {
    // Some programs leave tabs at the end of the line.
    let trimmed = line.trim_end_matches('\t');
    if trimmed.strip_prefix(COLUMNS).is_some_and(|rest| rest.is_empty() || rest.starts_with('\t')) {
        return Ok((trimmed.split('\t').map(str::to_owned).collect(), true));
    }
    let values: Vec<&str> = line.split('\t').collect();
    let is_record = values.len() >= 8
        && !line.starts_with('#')
        && values[1].parse::<u32>().is_ok()
        && values[3].bytes().all(|base| base.is_ascii_alphabetic());
    if is_record {
        let number = |at: usize| at.checked_sub(8).map_or(String::new(), |n| n.to_string());
        return Ok(((0..values.len()).map(number).collect(), false));
    }
    let file = file.to_owned();
    if meta.lines == 0 && !line.starts_with("#CHROM") {
        return Err(VcfError::NotVcf { file });
    }
    Err(VcfError::NoColumns { file, line: meta.lines + 1 })
}
