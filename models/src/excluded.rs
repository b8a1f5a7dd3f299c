//! Test sets, read only to keep their rows out of training.

use crate::data::{DataError, Row, check, expected_name, read, read_checked, sha256};
use crate::encoding::{Class, Peptide};
use crate::molecules::normal_form;
use crate::recipe::{Format, Removes, Table};
use crate::rows::{Column, for_each_row};
use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};

/// A benchmark's file of genotypes names the samples' files in these columns.
const GENOTYPES: [Column; 2] = [Column::Needed("Filename"), Column::Needed("HLAs")];

/// What may not be trained on.
#[derive(Debug, Default)]
pub struct Excluded {
    /// By peptide: the molecule or the genotype that a test set has it with, sorted.
    pairs: HashMap<Peptide, HashSet<Vec<String>>>,
    /// Whatever the molecule.
    peptides: HashSet<Peptide>,
}

impl Excluded {
    /// Reads the recipe's test sets.
    pub fn read(root: &Path, tables: &[Table], class: Class) -> Result<Self, DataError> {
        let mut excluded = Self::default();
        for table in tables {
            let removes = table.removes.unwrap_or(Removes::Pairs);
            for (peptide, mut molecules) in test_rows(root, table, class)? {
                molecules.sort_unstable();
                molecules.dedup();
                match removes {
                    Removes::Pairs => {
                        excluded.pairs.entry(peptide).or_default().insert(molecules);
                    }
                    Removes::Peptides => {
                        excluded.peptides.insert(peptide);
                    }
                }
            }
        }
        Ok(excluded)
    }

    /// Why a row may not be trained on.
    pub fn reason(&self, row: &Row) -> Option<&'static str> {
        if self.peptides.contains(&row.peptide) {
            return Some("peptide of a test set");
        }
        let molecules = self.pairs.get(&row.peptide)?;
        molecules.contains(&row.molecules).then_some("pair of a test set")
    }
}

/// A test set's peptides that a model of the class could be trained on, with their molecules.
fn test_rows(
    root: &Path,
    table: &Table,
    class: Class,
) -> Result<Vec<(Peptide, Vec<String>)>, DataError> {
    let (separator, peptide, molecule) = match table.format {
        Format::PresentationBenchmark => return benchmark_rows(root, table, class),
        Format::KimBlind => (b'\t', "sequence", "mhc"),
        Format::ClassTwoBenchmark => (b',', "peptide", "HLA"),
        found => {
            let expected = "test set";
            return Err(DataError::Format { path: table.path.clone(), found, expected });
        }
    };
    let columns = [peptide, molecule].map(Column::Needed);
    let mut rows = Vec::new();
    for_each_row(&table.path, &read_checked(root, table)?, separator, &columns, |_, fields| {
        // A molecule that has no normal form is of another species, and in no training row.
        let molecule = normal_form(fields[1], class, None);
        if let (Ok(peptide), Some(molecule)) = (Peptide::parse(fields[0], class), molecule) {
            rows.push((peptide, vec![molecule]));
        }
        Ok(())
    })?;
    Ok(rows)
}

fn benchmark_rows(
    root: &Path,
    table: &Table,
    class: Class,
) -> Result<Vec<(Peptide, Vec<String>)>, DataError> {
    let genotypes = root.join(&table.path);
    let samples = genotypes_of(&genotypes)?;
    let mut all = read(&genotypes)?;
    let mut rows = Vec::new();
    for (path, molecules) in samples {
        let bytes = read(&path)?;
        for_each_row(&path, &bytes, b',', &[Column::Needed("Sequence")], |_, fields| {
            if let Ok(peptide) = Peptide::parse(fields[0], class) {
                rows.push((peptide, molecules.clone()));
            }
            Ok(())
        })?;
        all.extend(bytes);
    }
    check(table, genotypes, sha256(&all))?;
    Ok(rows)
}

/// A presentation benchmark's sample files, beside its file of genotypes, with their alleles in normal form.
pub(crate) fn genotypes_of(path: &Path) -> Result<Vec<(PathBuf, Vec<String>)>, DataError> {
    let mut samples = Vec::new();
    for_each_row(path, &read(path)?, b'\t', &GENOTYPES, |line, fields| {
        let alleles = fields[1].split(',').map(|name| normal_form(name, Class::One, None));
        let alleles: Option<Vec<String>> = alleles.collect();
        let alleles = alleles.ok_or_else(|| DataError::Line {
            path: path.to_owned(),
            line,
            expected: format!("{}, separated by commas", expected_name(Class::One)),
        })?;
        samples.push((path.with_file_name(fields[0]), alleles));
        Ok(())
    })?;
    Ok(samples)
}

#[cfg(test)]
mod tests;
