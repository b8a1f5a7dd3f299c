//! Collects proteins, merges those with the same residues, and sorts their suffixes.

use std::collections::HashMap;

use thiserror::Error;

use super::parts::{ProteinName, ProteomeParts};
use super::{END, Proteome, suffixes};

/// Proteins on their way to a [`Proteome`].
#[derive(Debug, Default)]
pub struct ProteomeBuilder {
    /// All residues so far, as in [`ProteomeParts`].
    pub(super) text: String,
    starts: Vec<u32>,
    names: Vec<ProteinName>,
    /// The number of the protein with these residues.
    known: HashMap<String, u32>,
    /// The proteins with this identifier.
    identifiers: HashMap<String, Vec<u32>>,
}

/// What became of a protein that was added.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Added {
    /// Its residues are new.
    New,
    /// A protein with the same residues was there, and has this name as well now.
    Merged,
    /// The same identifier with the same residues was there: nothing to do.
    Repeated,
}

/// Why a protein cannot be added.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum ProteinError {
    /// Its identifier is empty.
    #[error("a protein without an identifier")]
    NoIdentifier,
    /// It has no residue, or nothing but stops.
    #[error("a protein without residues")]
    NoResidues,
    /// Some character is neither a letter nor a stop.
    #[error("a residue that is not a letter, at position {position}")]
    NotALetter {
        /// 1-based position in the given residues.
        position: usize,
    },
    /// Positions no longer fit 32 bits.
    #[error("more than {} residues together", u32::MAX)]
    Full,
}

impl ProteomeBuilder {
    /// Adds a protein of one-letter `residues`, in upper or lower case; `*` at the end is taken off, and within it
    /// matches nothing.
    ///
    /// One identifier may come with different residues. Both proteins are then kept under it, since a peptide of
    /// either is a normal one; [`ProteomeBuilder::ambiguous`] names it.
    pub fn add(
        &mut self,
        identifier: &str,
        gene: Option<&str>,
        residues: &str,
    ) -> Result<Added, ProteinError> {
        if identifier.is_empty() {
            return Err(ProteinError::NoIdentifier);
        }
        let (protein, added) = self.protein(checked(residues)?)?;
        let proteins = self.identifiers.entry(identifier.to_owned()).or_default();
        if proteins.contains(&protein) {
            return Ok(Added::Repeated);
        }
        proteins.push(protein);
        let (identifier, gene) = (identifier.to_owned(), gene.map(str::to_owned));
        self.names.push(ProteinName { protein, identifier, gene });
        Ok(added)
    }

    /// Identifiers of more than one protein, sorted.
    pub fn ambiguous(&self) -> Vec<String> {
        let several = self.identifiers.iter().filter(|(_, proteins)| proteins.len() > 1);
        let mut identifiers: Vec<_> = several.map(|(identifier, _)| identifier.clone()).collect();
        identifiers.sort_unstable();
        identifiers
    }

    /// Sorts the suffixes, on all threads of the rayon pool.
    pub fn build(self) -> Proteome {
        drop((self.known, self.identifiers));
        let (residues, starts, mut names) = (self.text, self.starts, self.names);
        names.sort_unstable();
        let buckets = suffixes::buckets(residues.as_bytes());
        let suffixes = suffixes::sorted(residues.as_bytes(), &buckets);
        Proteome { parts: ProteomeParts { residues, starts, names, suffixes }, buckets }
    }

    /// The number of the protein with these residues, and whether it is new or gets one more name.
    fn protein(&mut self, residues: String) -> Result<(u32, Added), ProteinError> {
        if let Some(&protein) = self.known.get(&residues) {
            return Ok((protein, Added::Merged));
        }
        if self.text.len() + residues.len() >= u32::MAX as usize {
            return Err(ProteinError::Full);
        }
        let protein = self.starts.len() as u32;
        self.starts.push(self.text.len() as u32);
        self.text.push_str(&residues);
        self.text.push(char::from(END));
        self.known.insert(residues, protein);
        Ok((protein, Added::New))
    }
}

/// Upper-case residues without stops at the end.
fn checked(residues: &str) -> Result<String, ProteinError> {
    let residues = residues.trim_end_matches(char::from(END));
    let strange = |byte: u8| !byte.is_ascii_alphabetic() && byte != END;
    if let Some(at) = residues.bytes().position(strange) {
        return Err(ProteinError::NotALetter { position: at + 1 });
    }
    if residues.is_empty() {
        return Err(ProteinError::NoResidues);
    }
    Ok(residues.to_ascii_uppercase())
}
