//! The published tables, read as they were published.
//!
//! A table is read whole, checked against the recipe's SHA-256 and then parsed. Rows that a model cannot use are counted
//! by reason, never dropped in silence.

use crate::encoding::{Class, Flanks, Peptide};
use crate::molecules::normal_form;
use crate::recipe::{Format, Table};
use crate::rows::{Column, for_each_row};
use bzip2::read::MultiBzDecoder;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::io::Read;
use std::path::{Path, PathBuf};
use vaxloom_immune::Unscorable;
use vaxloom_immune::encoding::index;

/// What was found out about a peptide and a molecule, or the molecules of a genotype.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Measured {
    /// It was eluted from cells with these molecules.
    Ligand,
    /// Its affinity to the one molecule.
    Affinity {
        /// 1 - ln(IC50 in nM) / ln(50,000), within 0..=1.
        target: f32,
        /// Which way the true value may differ.
        bound: Bound,
    },
}

/// An affinity may be known only to be above or below a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bound {
    /// `=`
    Exact,
    /// `<`: the IC50 is lower, the target is the least that it may be.
    Least,
    /// `>`: the IC50 is higher, the target is the most that it may be.
    Most,
}

impl Measured {
    /// An affinity from an IC50 in nM and its sign.
    pub fn affinity(nanomolar: f64, sign: &str) -> Option<Self> {
        let bound = match sign {
            "=" => Bound::Exact,
            "<" => Bound::Least,
            ">" => Bound::Most,
            _ => return None,
        };
        // Below 0.1 nM or so an assay measures its own limits.
        let target = 1.0 - nanomolar.max(1e-3).ln() / WEAKEST.ln();
        (nanomolar > 0.0).then_some(Self::Affinity { target: target.clamp(0.0, 1.0) as f32, bound })
    }
}

/// IC50 in nM that stands for no binding.
pub const WEAKEST: f64 = 50_000.0;

/// A row of a training table.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    /// The peptide.
    pub peptide: Peptide,
    /// What lies beside it in its protein.
    pub flanks: Flanks,
    /// Normal forms, sorted: one molecule, or those of a genotype.
    pub molecules: Vec<String>,
    /// The measurement.
    pub measured: Measured,
}

/// The rows of a table that a model of the class can use, and what became of the others.
#[derive(Debug, Default)]
pub struct Rows {
    /// In the order of the file, duplicates included.
    pub rows: Vec<Row>,
    /// Rows of the file that are not among them, by reason.
    pub removed: BTreeMap<String, usize>,
}

impl Rows {
    fn remove(&mut self, reason: &str) {
        *self.removed.entry(reason.to_owned()).or_default() += 1;
    }
}

/// A stretch of a human protein as residue codes; 255 where a letter is no standard residue.
pub type Window = Vec<u8>;

/// Why a table cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum DataError {
    /// The file cannot be read.
    #[error("{path}: {source}")]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// Another file than the recipe's.
    #[error(
        "{path}: SHA-256 is {found}, the recipe expects {expected}; \
         fetch the version that the recipe names, or correct the recipe"
    )]
    Checksum {
        /// The file.
        path: PathBuf,
        /// Of the file.
        found: String,
        /// Of the recipe.
        expected: String,
    },
    /// The recipe gives the table a format that does not fit its use.
    #[error("{path}: format {found:?} holds no {expected}")]
    Format {
        /// The file.
        path: PathBuf,
        /// The recipe's format.
        found: Format,
        /// What is wanted of the table.
        expected: &'static str,
    },
    /// A line that is not of the format.
    #[error("{path}, line {line}: expected {expected}")]
    Line {
        /// The file.
        path: PathBuf,
        /// 1-based line.
        line: usize,
        /// What should be there.
        expected: String,
    },
}

/// Reads a table of ligands or of affinities.
pub fn read_rows(root: &Path, table: &Table, class: Class) -> Result<Rows, DataError> {
    let path = &table.path;
    let bytes = read_text(root, table)?;
    let (separator, columns) = match table.format {
        Format::Hlathena => (b' ', [Column::Needed("seq"), Column::Needed("allele")]),
        Format::Maptac => (b',', [Column::Needed("peptide"), Column::Needed("mhc_restriction")]),
        Format::MhcflurryMultiallelic => (b',', [Column::Needed("peptide"), Column::Needed("hla")]),
        Format::Hlaiipred | Format::CuratedAffinity => {
            (b',', [Column::Needed("peptide"), Column::Needed("allele")])
        }
        found => {
            let expected = "ligands or affinities";
            return Err(DataError::Format { path: path.clone(), found, expected });
        }
    };
    let columns = [columns.as_slice(), &OTHER_COLUMNS].concat();
    let mut rows = Rows::default();
    for_each_row(path, &bytes, separator, &columns, |line, fields| {
        let [peptide, molecules, others @ ..] = fields else {
            return Ok(());
        };
        let wrong = |expected: String| DataError::Line { path: path.clone(), line, expected };
        let Some(measured) = measured(table.format, others).map_err(wrong)? else {
            rows.remove("not presented: decoys are drawn instead");
            return Ok(());
        };
        let Some(molecules) = molecules_of(table, molecules, class).map_err(wrong)? else {
            rows.remove("not a human molecule typed to its protein");
            return Ok(());
        };
        match Peptide::parse(peptide, class) {
            Ok(peptide) => {
                let flanks = Flanks::parse(others[4], others[5]);
                rows.rows.push(Row { peptide, flanks, molecules, measured });
            }
            Err(reason) => rows.remove(&removal(&reason)),
        }
        Ok(())
    })?;
    Ok(rows)
}

/// Columns that only some layouts have.
const OTHER_COLUMNS: [Column; 6] = [
    Column::Optional("hit"),
    Column::Optional("presented"),
    Column::Optional("measurement_value"),
    Column::Optional("measurement_inequality"),
    Column::Optional("n_flank"),
    Column::Optional("c_flank"),
];

/// What the [`OTHER_COLUMNS`] say; `None` of a decoy.
fn measured(format: Format, others: &[&str]) -> Result<Option<Measured>, String> {
    let flag = match format {
        Format::MhcflurryMultiallelic => others[0],
        Format::Hlaiipred => others[1],
        Format::CuratedAffinity => {
            let nanomolar: Option<f64> = others[2].parse().ok();
            let affinity = nanomolar.and_then(|value| Measured::affinity(value, others[3]));
            return affinity
                .map(Some)
                .ok_or_else(|| "an IC50 above 0 nM with =, < or >".to_owned());
        }
        _ => "1",
    };
    match flag {
        "1" => Ok(Some(Measured::Ligand)),
        "0" => Ok(None),
        _ => Err("1 or 0 for presented or not".to_owned()),
    }
}

/// The molecules of a field, sorted; `None` of one that no model knows, which only tables of many species may hold.
fn molecules_of(table: &Table, field: &str, class: Class) -> Result<Option<Vec<String>>, String> {
    let name = |text: &str| {
        let alpha = table.alpha.get(text).map(String::as_str);
        normal_form(text, class, alpha).ok_or_else(|| expected_name(class))
    };
    match table.format {
        Format::CuratedAffinity => Ok(name(field).ok().map(|name| vec![name])),
        Format::MhcflurryMultiallelic => {
            let mut names = field.split_whitespace().map(name).collect::<Result<Vec<_>, _>>()?;
            names.sort_unstable();
            names.dedup();
            if names.is_empty() { Err(expected_name(class)) } else { Ok(Some(names)) }
        }
        _ => Ok(Some(vec![name(field)?])),
    }
}

pub(crate) fn expected_name(class: Class) -> String {
    match class {
        Class::One => "a class I allele such as A0201 or HLA-A*02:01".to_owned(),
        Class::Two => "a class II molecule such as HLA-DRB1*01:01 or HLA-DPA1*01:03-DPB1*04:01; \
                       name the alpha chain of a lone DP or DQ beta chain in the recipe"
            .to_owned(),
    }
}

fn removal(reason: &Unscorable) -> String {
    match reason {
        Unscorable::Length { min, max, .. } => format!("length outside {min} to {max}"),
        Unscorable::Residue { .. } => "non-standard residue".to_owned(),
        Unscorable::Allele { .. } => "molecule without pseudo-sequence".to_owned(),
    }
}

/// Reads natural human windows: a peptide with the residues before and after it in its protein.
pub fn read_windows(root: &Path, table: &Table) -> Result<Vec<Window>, DataError> {
    let path = &table.path;
    if table.format != Format::MhcflurryMultiallelic {
        let (found, expected) = (table.format, "windows");
        return Err(DataError::Format { path: path.clone(), found, expected });
    }
    let bytes = read_text(root, table)?;
    let columns = ["n_flank", "peptide", "c_flank"].map(Column::Needed);
    let mut windows = Vec::new();
    for_each_row(path, &bytes, b',', &columns, |_, fields| {
        let letters = fields.iter().flat_map(|field| field.chars());
        windows.push(letters.map(|c| index(c).unwrap_or(u8::MAX)).collect());
        Ok(())
    })?;
    Ok(windows)
}

/// The checked content of a table, decompressed where its name ends in `.bz2`.
fn read_text(root: &Path, table: &Table) -> Result<Vec<u8>, DataError> {
    let bytes = read_checked(root, table)?;
    if table.path.extension().is_none_or(|extension| extension != "bz2") {
        return Ok(bytes);
    }
    let mut text = Vec::new();
    MultiBzDecoder::new(bytes.as_slice())
        .read_to_end(&mut text)
        .map_err(|source| DataError::Read { path: table.path.clone(), source })?;
    Ok(text)
}

/// The content of a table's file, when it is the one that the recipe means.
pub(crate) fn read_checked(root: &Path, table: &Table) -> Result<Vec<u8>, DataError> {
    let path = root.join(&table.path);
    let bytes = read(&path)?;
    check(table, path, sha256(&bytes))?;
    Ok(bytes)
}

pub(crate) fn read(path: &Path) -> Result<Vec<u8>, DataError> {
    std::fs::read(path).map_err(|source| DataError::Read { path: path.to_owned(), source })
}

pub(crate) fn check(table: &Table, path: PathBuf, found: String) -> Result<(), DataError> {
    if found == table.sha256 {
        return Ok(());
    }
    Err(DataError::Checksum { path, found, expected: table.sha256.clone() })
}

/// SHA-256 in lower-case hexadecimal.
pub fn sha256(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    Sha256::digest(bytes).iter().fold(String::new(), |mut text, byte| {
        // Writing to a String cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
pub(crate) mod tests;
