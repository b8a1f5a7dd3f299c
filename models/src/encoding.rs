//! Peptides and pseudo-sequences as bytes.
//!
//! A peptide is given to the network twice, aligned to its first and to its last residue, so that
//! both anchors of the groove (position 2 and the C terminus) have fixed places whatever the
//! length. One byte a place goes to the device and is expanded there.

use vaxloom_immune::Unscorable;
use vaxloom_immune::encoding::{
    AMINO_ACIDS, MIN_PEPTIDE, PADDING, PSEUDOSEQUENCE, encode_peptide, index,
};

/// Shortest peptide.
pub const MIN_LENGTH: usize = MIN_PEPTIDE;
/// Longest peptide.
pub const MAX_LENGTH: usize = 11;
/// Bytes of an encoded peptide: places from the left, places from the right, length.
pub const PEPTIDE_BYTES: usize = 2 * MAX_LENGTH + 1;
/// Letters at a place of a peptide: the residues, and the gap of a peptide that is shorter.
pub const LETTERS: usize = AMINO_ACIDS.len() + 1;

/// A peptide of standard residues and of 8 to 11 of them, as residue codes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Peptide {
    codes: [u8; MAX_LENGTH],
    length: u8,
}

impl Peptide {
    /// Reads one-letter codes; upper case only.
    pub fn parse(text: &str) -> Result<Self, Unscorable> {
        let mut codes = [PADDING; MAX_LENGTH];
        encode_peptide(text, &mut codes)?;
        // Standard residues only, so that bytes are residues.
        Ok(Self { codes, length: text.len() as u8 })
    }

    /// Takes residue codes; `None` where a code or the length is outside its range.
    pub fn from_codes(residues: &[u8]) -> Option<Self> {
        let standard = residues.iter().all(|&c| c < PADDING);
        if !standard || !(MIN_LENGTH..=MAX_LENGTH).contains(&residues.len()) {
            return None;
        }
        let mut codes = [PADDING; MAX_LENGTH];
        codes[..residues.len()].copy_from_slice(residues);
        Some(Self { codes, length: residues.len() as u8 })
    }

    /// Appends the encoding, [`PEPTIDE_BYTES`] bytes.
    pub fn encode(&self, out: &mut Vec<u8>) {
        let length = usize::from(self.length);
        out.extend_from_slice(&self.codes);
        out.extend(std::iter::repeat_n(PADDING, MAX_LENGTH - length));
        out.extend_from_slice(&self.codes[..length]);
        out.push(self.length - MIN_LENGTH as u8);
    }
}

/// The codes of a pseudo-sequence; `None` unless it has 34 standard residues (the network has no
/// row for X).
pub fn encode_pseudosequence(text: &str) -> Option<[u8; PSEUDOSEQUENCE]> {
    let codes: Option<Vec<u8>> = text.chars().map(index).collect();
    codes?.try_into().ok()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn both_ends_are_aligned() {
        let mut bytes = Vec::new();
        Peptide::parse("ACDEFGHIK").unwrap().encode(&mut bytes);
        let (a, k, gap) = (0, 8, PADDING);
        assert_eq!(bytes.len(), PEPTIDE_BYTES);
        assert_eq!((bytes[0], bytes[8], bytes[9], bytes[10]), (a, k, gap, gap));
        assert_eq!((bytes[11], bytes[12], bytes[13], bytes[21]), (gap, gap, a, k));
        assert_eq!(bytes[22], 1);
    }

    #[test]
    fn what_is_no_peptide_is_refused() {
        let length = |found| Unscorable::Length { found, min: 8, max: 11 };
        let residue = |residue, position| Unscorable::Residue { residue, position };
        for (text, expected) in [
            ("", length(0)),
            ("ACDEFGH", length(7)),
            ("ACDEFGHIKLMN", length(12)),
            ("ACDEFGHIX", residue('X', 9)),
            ("UCDEFGHI", residue('U', 1)),
            ("acdefghi", residue('a', 1)),
            ("ACDEFGH*", residue('*', 8)),
            ("ACDEFGHé", residue('é', 8)),
        ] {
            assert_eq!(Peptide::parse(text), Err(expected), "{text}");
        }
    }

    #[test]
    fn pseudosequences_have_34_residues() {
        assert!(encode_pseudosequence("YFAMYQENMAHTDANTLYIIYRDYTWVARVYRGY").is_some());
        assert!(encode_pseudosequence("YFAMYQENMAHTDANTLYIIYRDYTWVARVYRG").is_none());
        assert!(encode_pseudosequence("YFAMYQENMAHTDANTLYIIYRDYTWVARVYRGX").is_none());
    }
}
