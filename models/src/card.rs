//! The parts of a model card that are made from the model and from its figures. They stand between marks, so that the
//! prose around them is a person's:
//!
//! ```text
//! <!-- training -->
//! ...
//! <!-- /training -->
//! ```

use crate::molecules::{Molecule, MoleculeTable};
use crate::recipe::{Removes, Table};
use crate::weights::{Config, Training};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

/// Why a card cannot be brought up to date.
#[derive(Debug, thiserror::Error)]
pub enum CardError {
    /// The file cannot be read or written.
    #[error("{path}: {source}")]
    File {
        /// The card.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// It has no place for a part.
    #[error(
        "{path}: no lines <!-- {part} --> and <!-- /{part} -->, in this order: add them where the part belongs"
    )]
    Marks {
        /// The card.
        path: PathBuf,
        /// The part.
        part: String,
    },
}

/// Puts texts into the named parts of a card, in place of what was there.
pub fn update_card(path: &Path, parts: &[(&str, String)]) -> Result<(), CardError> {
    let failed = |source| CardError::File { path: path.to_owned(), source };
    let mut card = std::fs::read_to_string(path).map_err(failed)?;
    for (part, text) in parts {
        let missing = || CardError::Marks { path: path.to_owned(), part: (*part).to_owned() };
        card = replace(&card, part, text).ok_or_else(missing)?;
    }
    std::fs::write(path, card).map_err(failed)
}

fn replace(card: &str, part: &str, text: &str) -> Option<String> {
    let (open, close) = (format!("<!-- {part} -->"), format!("<!-- /{part} -->"));
    let start = card.find(&open)? + open.len();
    let end = start + card[start..].find(&close)?;
    Some(format!("{}\n\n{}\n\n{}", &card[..start], text.trim(), &card[end..]))
}

/// Version, tables with licence and SHA-256, rows removed and why, held-out figures.
pub fn training_part(config: &Config) -> String {
    let training = &config.training;
    let mut text = format!(
        "Version {}: {} ligands and {} affinities of {} molecules trained on, {} rows held out. {} epochs, {} s; the \
         weights are those of epoch {} (held out: {}).\n\n",
        config.version,
        training.ligands,
        training.affinities,
        training.molecules,
        training.held_out,
        training.held_out_figures.len(),
        training.seconds,
        training.best_epoch,
        best_figures(training),
    );
    text.push_str("| table | used as | licence | source | SHA-256 |\n|---|---|---|---|---|\n");
    for table in &training.tables {
        table_row(&mut text, table, "training");
    }
    for table in &training.excluded {
        table_row(
            &mut text,
            table,
            match table.removes {
                Some(Removes::Peptides) => "test set; its peptides are removed from training",
                _ => "test set; its pairs are removed from training",
            },
        );
    }
    text.push_str("\n| rows that were not used, because | rows |\n|---|---|\n");
    for (reason, rows) in &training.removed {
        let _ = writeln!(text, "| {reason} | {rows} |");
    }
    if !training.held_out_molecules.is_empty() {
        text.push_str("\n| molecule without training rows | ligands | AUROC | AP | PPVn |\n|---|---|---|---|---|\n");
    }
    for m in &training.held_out_molecules {
        let _ = writeln!(
            text,
            "| {} | {} | {:.4} | {:.4} | {:.4} |",
            m.name, m.ligands, m.auroc, m.average_precision, m.ppv_n
        );
    }
    text
}

fn best_figures(training: &Training) -> String {
    let best = training
        .best_epoch
        .checked_sub(1)
        .and_then(|at| training.held_out_figures.get(at as usize));
    best.map(ToString::to_string).unwrap_or_default()
}

fn table_row(text: &mut String, table: &Table, used: &str) {
    let Table { path, licence, source, sha256, .. } = table;
    // Writing to a String cannot fail.
    let _ = writeln!(text, "| {} | {used} | {licence} | {source} | {sha256} |", path.display());
}

/// How many rows of training each molecule has, gene by gene, and which groups have none.
pub fn coverage_part(molecules: &MoleculeTable) -> String {
    let mut text = String::new();
    for (title, count) in [
        (
            "Training ligands by molecule; of a genotype's ligands those that it presents best:",
            ligands as fn(&Molecule) -> usize,
        ),
        ("Training affinities by molecule:", affinities),
    ] {
        let mut genes: BTreeMap<&str, Vec<String>> = BTreeMap::new();
        for molecule in molecules.molecules().iter().filter(|m| count(m) > 0) {
            let (gene, rest) = molecule.name.split_once('*').unwrap_or((&molecule.name, ""));
            genes.entry(gene).or_default().push(format!("{rest} {}", count(molecule)));
        }
        if !genes.is_empty() {
            let _ = writeln!(text, "{title}\n");
        }
        for (gene, rows) in &genes {
            let _ = writeln!(text, "- {gene} ({}): {}", rows.len(), rows.join(", "));
        }
        text.push('\n');
    }
    let covered: Vec<usize> = molecules
        .molecules()
        .iter()
        .filter(|m| m.ligands + m.affinities > 0)
        .map(|m| m.pseudosequence)
        .collect();
    let same = molecules.molecules().iter().filter(|m| covered.contains(&m.pseudosequence)).count();
    let _ = write!(
        text,
        "{same} of the {} molecules have the pseudo-sequence of one of these; the others' scores are extrapolated.",
        molecules.molecules().len()
    );
    text
}

fn ligands(molecule: &Molecule) -> usize {
    molecule.ligands
}

fn affinities(molecule: &Molecule) -> usize {
    molecule.affinities
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_part_is_replaced_and_the_rest_is_left() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("card.md");
        std::fs::write(&path, "before\n<!-- a -->\nold\n<!-- /a -->\nafter\n").unwrap();
        update_card(&path, &[("a", "new\n".to_owned())]).unwrap();
        let card = std::fs::read_to_string(&path).unwrap();
        assert_eq!(card, "before\n<!-- a -->\n\nnew\n\n<!-- /a -->\nafter\n");
        let error = update_card(&path, &[("b", String::new())]).unwrap_err().to_string();
        assert!(error.contains("card.md: no lines <!-- b --> and <!-- /b -->"), "{error}");
    }
}
