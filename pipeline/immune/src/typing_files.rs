//! Reported alleles from the files of HLA typers.
//!
//! The format is seen from the content: OptiType's `_result.tsv` (class I), arcasHLA's `genotype.json` and
//! `partial_genotype.json`, HLA-HD's `_final.result.txt`, and a plain list. The texts are as reported, a homozygous
//! gene twice; [`crate::hla::normalize`] brings them into normal form. The typers also report genes that present
//! nothing, or not by groove (MICA, pseudogenes): only [`GENES`] are read from their files.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::{fs, io};

use crate::hla::{GENES, HlaAllele, HlaError, split_gl_string};

/// Why a typing file gave no alleles.
#[derive(Debug, thiserror::Error)]
pub enum TypingError {
    /// The file cannot be read.
    #[error("HLA typing file {}: {source}: check the path and the permissions", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// No alleles in it.
    #[error("HLA typing file {} names no allele: type the sample again, or leave the cell empty", path.display())]
    Empty {
        /// The file.
        path: PathBuf,
    },
    /// None of the formats.
    #[error(
        "HLA typing file {}: unknown format: expected OptiType _result.tsv, arcasHLA genotype.json, HLA-HD \
         final.result.txt or one allele a line", path.display()
    )]
    Unknown {
        /// The file.
        path: PathBuf,
    },
    /// The format is known, the content is not as it should be.
    #[error("HLA typing file {}: {reason}", path.display())]
    Malformed {
        /// The file.
        path: PathBuf,
        /// What was found, and what was expected.
        reason: String,
    },
}

/// The reported alleles of a typing file, in file order; those of arcasHLA by gene.
pub fn read_typing(path: &Path) -> Result<Vec<String>, TypingError> {
    let path_buf = || path.to_path_buf();
    let text = fs::read_to_string(path)
        .map_err(|source| TypingError::Read { path: path_buf(), source })?;
    let alleles = alleles(&text).map_err(|refusal| match refusal {
        Refusal::Unknown => TypingError::Unknown { path: path_buf() },
        Refusal::Malformed(reason) => TypingError::Malformed { path: path_buf(), reason },
    })?;
    if alleles.is_empty() { Err(TypingError::Empty { path: path_buf() }) } else { Ok(alleles) }
}

/// The alleles of a sample sheet's cell: `HLA-A*02:01;HLA-A*24:02`, also with commas and blanks.
pub fn parse_list(text: &str) -> Vec<String> {
    let separated = text.split(|c: char| c == ';' || c == ',' || c.is_whitespace());
    separated
        .map(|part| part.trim_matches('"'))
        .filter(|part| !part.is_empty())
        .map(str::to_owned)
        .collect()
}

enum Refusal {
    Unknown,
    Malformed(String),
}

fn alleles(text: &str) -> Result<Vec<String>, Refusal> {
    let text = text.trim_start_matches('\u{feff}');
    let first =
        text.lines().map(str::trim_end).find(|line| !line.trim().is_empty()).unwrap_or_default();
    if first.starts_with('{') {
        return arcas_hla(text);
    }
    let cells: Vec<&str> = first.split('\t').collect();
    if OPTITYPE_COLUMNS.iter().all(|column| cells.contains(column)) {
        return optitype(text, &cells);
    }
    if cells.len() >= 3 && (cells[1].starts_with("HLA-") || cells[1] == "Not typed") {
        return hla_hd(text);
    }
    plain(text)
}

const OPTITYPE_COLUMNS: [&str; 6] = ["A1", "A2", "B1", "B2", "C1", "C2"];

/// The first row is the best solution; the others, where asked for, are weaker ones.
fn optitype(text: &str, columns: &[&str]) -> Result<Vec<String>, Refusal> {
    let Some(best) = text.lines().filter(|line| !line.trim().is_empty()).nth(1) else {
        return Err(Refusal::Malformed("OptiType header without a row of results".to_owned()));
    };
    let cells: Vec<&str> = best.split('\t').map(str::trim).collect();
    if cells.len() != columns.len() {
        let (found, expected) = (cells.len(), columns.len());
        return Err(Refusal::Malformed(format!(
            "line 2 has {found} columns, expected {expected} as in the header"
        )));
    }
    let alleles = columns.iter().zip(cells).filter(|(column, _)| OPTITYPE_COLUMNS.contains(column));
    Ok(alleles.map(|(_, cell)| cell).filter(|cell| cell.contains('*')).map(str::to_owned).collect())
}

/// A gene and its one or two alleles: `{"A": ["A*01:01:01", "A*03:01:01"]}`.
fn arcas_hla(text: &str) -> Result<Vec<String>, Refusal> {
    let genotype: BTreeMap<String, Vec<String>> = serde_json::from_str(text).map_err(|error| {
        let place = format!("line {}, column {}", error.line(), error.column());
        Refusal::Malformed(format!(
            "{place}: expected arcasHLA's genotype.json, a JSON object of genes with lists of alleles (an em.json, a \
             merged table or a FHIR resource is something else)"
        ))
    })?;
    Ok(genotype
        .into_iter()
        .filter(|(gene, _)| GENES.contains(&gene.as_str()))
        .flat_map(|(_, pair)| pair)
        .collect())
}

/// Gene, first and second allele between tabs; `-` repeats the first, `Not typed` is nothing.
fn hla_hd(text: &str) -> Result<Vec<String>, Refusal> {
    let mut alleles = Vec::new();
    for (index, line) in text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
        let cells: Vec<&str> = line.split('\t').map(str::trim).collect();
        let [gene, first, second, ..] = cells[..] else {
            let reason = format!(
                "line {} has {} columns, expected gene and two alleles",
                index + 1,
                cells.len()
            );
            return Err(Refusal::Malformed(reason));
        };
        let second = if second == "-" { first } else { second };
        if GENES.contains(&gene) {
            alleles.extend(
                [first, second].into_iter().filter(|cell| cell.contains('*')).map(str::to_owned),
            );
        }
    }
    Ok(alleles)
}

/// One allele, list or GL String a line; `#` begins a comment line. The first must look like HLA.
fn plain(text: &str) -> Result<Vec<String>, Refusal> {
    let lines = text.lines().map(str::trim).filter(|line| !line.starts_with('#'));
    let alleles: Vec<String> = lines.flat_map(parse_list).collect();
    let like_hla = |text: &String| {
        let part = split_gl_string(text).into_iter().next().unwrap_or_default();
        !matches!(HlaAllele::parse(&part), Err(HlaError::NotAnAllele { .. } | HlaError::Empty))
    };
    match alleles.first() {
        Some(first) if !like_hla(first) => Err(Refusal::Unknown),
        _ => Ok(alleles),
    }
}

#[cfg(test)]
mod tests;
