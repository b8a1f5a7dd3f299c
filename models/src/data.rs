//! The published tables, read as they were published.
//!
//! A table is read whole, checked against the recipe's SHA-256 and then parsed. Rows that a model
//! cannot use are counted by reason, never dropped in silence.

use crate::alleles::normal_form;
use crate::encoding::Peptide;
use crate::recipe::{Format, Table};
use crate::rows::for_each_row;
use bzip2::read::MultiBzDecoder;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::io::Read;
use std::path::{Path, PathBuf};
use vaxloom_immune::Unscorable;
use vaxloom_immune::encoding::index;

/// A peptide that was eluted from cells with one class I allele.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Ligand {
    /// Normal form, `HLA-A*02:01`.
    pub allele: String,
    /// The peptide.
    pub peptide: Peptide,
}

/// The ligands of a table, and what became of its other rows.
#[derive(Debug, Default)]
pub struct Ligands {
    /// Usable rows, in the order of the file; duplicates included.
    pub rows: Vec<Ligand>,
    /// Rows of the file that are not among them, by reason.
    pub removed: BTreeMap<String, usize>,
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

/// Reads a table of ligands.
pub fn read_ligands(root: &Path, table: &Table) -> Result<Ligands, DataError> {
    let bytes = read_checked(root, table)?;
    let path = &table.path;
    let (separator, allele, peptide) = match table.format {
        Format::Hlathena => (b' ', "allele", "seq"),
        Format::Maptac => (b',', "mhc_restriction", "peptide"),
        found => {
            return Err(DataError::Format { path: path.clone(), found, expected: "ligands" });
        }
    };
    let mut ligands = Ligands::default();
    for_each_row(path, &bytes, separator, &[allele, peptide], |line, fields| {
        let [allele, peptide] = fields else {
            return Ok(());
        };
        let allele = normal_form(allele).ok_or_else(|| DataError::Line {
            path: path.clone(),
            line,
            expected: "a class I allele such as A0201 or HLA-A*02:01".to_owned(),
        })?;
        match Peptide::parse(peptide) {
            Ok(peptide) => ligands.rows.push(Ligand { allele, peptide }),
            Err(reason) => {
                let removed = &mut ligands.removed;
                *removed.entry(removal(&reason).to_owned()).or_default() += 1;
            }
        }
        Ok(())
    })?;
    Ok(ligands)
}

fn removal(reason: &Unscorable) -> &'static str {
    match reason {
        Unscorable::Length { .. } => "length outside 8 to 11",
        Unscorable::Residue { .. } => "non-standard residue",
        Unscorable::Allele { .. } => "allele without pseudo-sequence",
    }
}

/// Reads natural human windows: a peptide with the residues before and after it in its protein.
pub fn read_windows(root: &Path, table: &Table) -> Result<Vec<Window>, DataError> {
    let path = &table.path;
    if table.format != Format::MhcflurryWindows {
        return Err(DataError::Format {
            path: path.clone(),
            found: table.format,
            expected: "windows",
        });
    }
    let compressed = read_checked(root, table)?;
    let mut bytes = Vec::new();
    MultiBzDecoder::new(compressed.as_slice())
        .read_to_end(&mut bytes)
        .map_err(|source| DataError::Read { path: path.clone(), source })?;
    let mut windows = Vec::new();
    for_each_row(path, &bytes, b',', &["n_flank", "peptide", "c_flank"], |_, fields| {
        windows.push(
            fields.iter().flat_map(|f| f.chars()).map(|c| index(c).unwrap_or(u8::MAX)).collect(),
        );
        Ok(())
    })?;
    Ok(windows)
}

/// Reads human class I pseudo-sequences by allele, normal form. Where the table has an allele
/// twice, with and without a colon in its name, the newer form with the colon is taken.
pub fn read_pseudosequences(
    root: &Path,
    table: &Table,
) -> Result<BTreeMap<String, String>, DataError> {
    let path = &table.path;
    if table.format != Format::Pseudosequences {
        let (found, expected) = (table.format, "pseudo-sequences");
        return Err(DataError::Format { path: path.clone(), found, expected });
    }
    let bytes = read_checked(root, table)?;
    let mut alleles = BTreeMap::new();
    for_each_row(path, &bytes, b',', &["allele", "pseudosequence"], |line, fields| {
        let [name, sequence] = fields else {
            return Ok(());
        };
        let Some(allele) = normal_form(name) else {
            return Ok(());
        };
        crate::encoding::encode_pseudosequence(sequence).ok_or_else(|| DataError::Line {
            path: path.clone(),
            line,
            expected: "a pseudo-sequence of 34 standard residues".to_owned(),
        })?;
        if name.contains(':') {
            alleles.insert(allele, (*sequence).to_owned());
        } else {
            alleles.entry(allele).or_insert_with(|| (*sequence).to_owned());
        }
        Ok(())
    })?;
    Ok(alleles)
}

fn read_checked(root: &Path, table: &Table) -> Result<Vec<u8>, DataError> {
    let path = root.join(&table.path);
    let bytes =
        std::fs::read(&path).map_err(|source| DataError::Read { path: path.clone(), source })?;
    let found = sha256(&bytes);
    if found == table.sha256 {
        return Ok(bytes);
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
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn table(folder: &Path, format: Format, content: &[u8]) -> Table {
        std::fs::write(folder.join("table"), content).unwrap();
        Table {
            format,
            path: "table".into(),
            sha256: sha256(content),
            licence: "MIT".to_owned(),
            source: "test".to_owned(),
        }
    }

    #[test]
    fn ligands_of_both_layouts() {
        let folder = tempfile::tempdir().unwrap();
        for (format, content) in [
            (
                Format::Hlathena,
                "allele len seq\nA0201 9 GILGFVFTL\nA0201 7 GILGFVF\nB0702 9 GILGXVFTL\n",
            ),
            (
                Format::Maptac,
                "peptide,mhc_class,mhc_restriction\nGILGFVFTL,I,HLA-A*02:01\nGILGFVF,I,HLA-A*02:01\nGILGXVFTL,I,HLA-B*07:02\n",
            ),
        ] {
            let table = table(folder.path(), format, content.as_bytes());
            let ligands = read_ligands(folder.path(), &table).unwrap();
            let peptide = Peptide::parse("GILGFVFTL").unwrap();
            assert_eq!(ligands.rows, [Ligand { allele: "HLA-A*02:01".to_owned(), peptide }]);
            assert_eq!(ligands.removed.len(), 2, "{:?}", ligands.removed);
        }
    }

    #[test]
    fn what_is_wrong_with_a_table_is_said() {
        let folder = tempfile::tempdir().unwrap();
        let check = |format, content: &str, said: &str| {
            let table = table(folder.path(), format, content.as_bytes());
            let error = read_ligands(folder.path(), &table).unwrap_err().to_string();
            assert!(error.contains(said), "{error}");
        };
        check(Format::Hlathena, "allele len\nA0201 9\n", "a column seq");
        check(Format::Hlathena, "allele len seq\nA0201 9\n", "line 2");
        check(
            Format::Hlathena,
            "allele len seq\nDRB1 9 GILGFVFTL\n",
            "line 2: expected a class I allele",
        );
        check(Format::Pseudosequences, "allele,pseudosequence\n", "holds no ligands");
        let mut other = table(folder.path(), Format::Hlathena, b"allele len seq\n");
        other.sha256 = "0".repeat(64);
        let error = read_ligands(folder.path(), &other).unwrap_err();
        assert!(matches!(error, DataError::Checksum { .. }));
    }
}
