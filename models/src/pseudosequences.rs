//! Tables of pseudo-sequences: the 34 residues of a molecule that face a peptide.

use crate::data::{DataError, read_checked};
use crate::encoding::{Class, encode_pseudosequence};
use crate::molecules::normal_form;
use crate::recipe::{Format, Table};
use crate::rows::{Column, for_each_row};
use std::collections::BTreeMap;
use std::path::Path;
use vaxloom_immune::encoding::PSEUDOSEQUENCE;

/// Residues of a class II pseudo-sequence that are the alpha chain's; the others are the beta chain's (Karosiene et al.
/// 2013, Immunogenetics 65:711).
const ALPHA: usize = 15;

/// By normal form: the pseudo-sequences of every molecule of the class, of class II all pairs of chains.
pub fn read_pseudosequences(
    root: &Path,
    tables: &[Table],
    class: Class,
) -> Result<BTreeMap<String, String>, DataError> {
    let format = match class {
        Class::One => Format::Pseudosequences,
        Class::Two => Format::ChainPseudosequences,
    };
    if let Some(other) = tables.iter().find(|table| table.format != format) {
        let (path, found) = (other.path.clone(), other.format);
        let expected = "pseudo-sequences of the recipe's class";
        return Err(DataError::Format { path, found, expected });
    }
    let mut molecules = BTreeMap::new();
    match class {
        Class::One => {
            for table in tables {
                class_one(root, table, &mut molecules)?;
            }
        }
        Class::Two => {
            let mut chains = BTreeMap::new();
            for table in tables {
                read_chains(root, table, &mut chains)?;
            }
            molecules = pairs(&chains);
        }
    }
    Ok(molecules)
}

/// Where the table has an allele twice, with and without a colon in its name, the newer form with the colon is taken.
fn class_one(
    root: &Path,
    table: &Table,
    alleles: &mut BTreeMap<String, String>,
) -> Result<(), DataError> {
    let path = &table.path;
    let bytes = read_checked(root, table)?;
    let columns = ["allele", "pseudosequence"].map(Column::Needed);
    for_each_row(path, &bytes, b',', &columns, |line, fields| {
        let (name, sequence) = (fields[0], fields[1]);
        // Other species have no normal form.
        let Some(allele) = normal_form(name, Class::One, None) else {
            return Ok(());
        };
        if encode_pseudosequence(sequence).is_none() {
            let expected = format!("a pseudo-sequence of {PSEUDOSEQUENCE} standard residues");
            return Err(DataError::Line { path: path.clone(), line, expected });
        }
        if name.contains(':') {
            alleles.insert(allele, sequence.to_owned());
        } else {
            alleles.entry(allele).or_insert_with(|| sequence.to_owned());
        }
        Ok(())
    })
}

/// FASTA of chains, by two-field name (`DRB1*01:01`).
fn read_chains(
    root: &Path,
    table: &Table,
    chains: &mut BTreeMap<String, String>,
) -> Result<(), DataError> {
    let path = &table.path;
    let bytes = read_checked(root, table)?;
    let text = String::from_utf8_lossy(&bytes);
    let mut name = None;
    for (line, text) in text.lines().enumerate().map(|(i, text)| (i + 1, text.trim())) {
        let wrong = |expected: String| DataError::Line { path: path.clone(), line, expected };
        if let Some(header) = text.strip_prefix('>') {
            let fields: Vec<&str> = header.split(':').take(2).collect();
            name = Some(fields.join(":"));
        } else if !text.is_empty() {
            let name = name.take().ok_or_else(|| wrong("a name before the sequence".to_owned()))?;
            let wanted = if is_alpha(&name) { ALPHA } else { PSEUDOSEQUENCE - ALPHA };
            let padded = format!("{text:A<PSEUDOSEQUENCE$}");
            if text.len() != wanted || encode_pseudosequence(&padded).is_none() {
                return Err(wrong(format!("{wanted} standard residues")));
            }
            chains.entry(name).or_insert_with(|| text.to_owned());
        }
    }
    Ok(())
}

fn is_alpha(name: &str) -> bool {
    name.starts_with("DRA") || name.starts_with("DPA") || name.starts_with("DQA")
}

/// Every alpha chain with every beta chain of its kind (DR, DP, DQ).
fn pairs(chains: &BTreeMap<String, String>) -> BTreeMap<String, String> {
    let (alphas, betas): (Vec<_>, Vec<_>) = chains.iter().partition(|(name, _)| is_alpha(name));
    let mut molecules = BTreeMap::new();
    for (alpha, alpha_residues) in &alphas {
        for (beta, beta_residues) in
            betas.iter().filter(|(beta, _)| beta.get(..2) == alpha.get(..2))
        {
            let name =
                if alpha.starts_with("DR") { (*beta).clone() } else { format!("{alpha}-{beta}") };
            if let Some(name) = normal_form(&name, Class::Two, None) {
                molecules.insert(name, format!("{alpha_residues}{beta_residues}"));
            }
        }
    }
    molecules
}

#[cfg(test)]
mod tests;
