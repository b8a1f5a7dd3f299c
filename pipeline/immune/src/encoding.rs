//! Peptides and pseudo-sequences as index bytes, ready to be sent to a device.
//!
//! Index 0 to 19 is the place of a residue in [`AMINO_ACIDS`], [`PADDING`] is no residue. A peptide of length L fills
//! the first L bytes of its row; the rest is padding. So byte `i` is the position counted from the N terminus, and with
//! L known byte `L - 1 - i` is the same position counted from the C terminus: both alignments come from one row.

use crate::predictor::Unscorable;

/// One-letter codes in index order.
pub const AMINO_ACIDS: &[u8; 20] = b"ACDEFGHIKLMNPQRSTVWY";
/// Index of a place without a residue.
pub const PADDING: u8 = 20;
/// Shortest peptide of class I.
pub const MIN_PEPTIDE: usize = 8;
/// Longest peptide of class I.
pub const MAX_PEPTIDE: usize = 14;
/// Residues of a pseudo-sequence: those of the groove in contact with a peptide (Hoof et al. 2009, Immunogenetics 61:1).
pub const PSEUDOSEQUENCE: usize = 34;

/// Why a text is no pseudo-sequence.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PseudosequenceError {
    /// Not 34 residues.
    #[error("pseudo-sequence of {found} residues: expected {PSEUDOSEQUENCE}")]
    Length {
        /// Residues found.
        found: usize,
    },
    /// Neither a standard amino acid nor X.
    #[error(
        "residue '{residue}' at position {position} of a pseudo-sequence: expected a standard amino acid or X"
    )]
    Residue {
        /// The letter found.
        residue: char,
        /// 1-based position.
        position: usize,
    },
}

/// Index of an upper-case one-letter code; `None` for any other letter.
pub fn index(residue: char) -> Option<u8> {
    let byte = u8::try_from(residue).ok()?;
    AMINO_ACIDS.binary_search(&byte).ok().map(|place| place as u8)
}

/// Writes the indices of a peptide of [`MIN_PEPTIDE`] to `out.len()` residues into `out`, left-aligned, then padding.
/// After an error the content of `out` is not defined.
pub fn encode_peptide(peptide: &str, out: &mut [u8]) -> Result<(), Unscorable> {
    let found = peptide.chars().count();
    if !(MIN_PEPTIDE..=out.len()).contains(&found) {
        return Err(Unscorable::Length { found, min: MIN_PEPTIDE, max: out.len() });
    }
    for (place, residue) in peptide.chars().enumerate() {
        out[place] = index(residue).ok_or(Unscorable::Residue { residue, position: place + 1 })?;
    }
    out[found..].fill(PADDING);
    Ok(())
}

/// The indices of a pseudo-sequence; `X`, an unknown residue, is [`PADDING`].
pub fn encode_pseudosequence(text: &str) -> Result<[u8; PSEUDOSEQUENCE], PseudosequenceError> {
    let found = text.chars().count();
    if found != PSEUDOSEQUENCE {
        return Err(PseudosequenceError::Length { found });
    }
    let mut indices = [PADDING; PSEUDOSEQUENCE];
    for (place, residue) in text.chars().enumerate().filter(|(_, residue)| *residue != 'X') {
        let position = place + 1;
        indices[place] =
            index(residue).ok_or(PseudosequenceError::Residue { residue, position })?;
    }
    Ok(indices)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

    use super::*;

    fn encoded(peptide: &str) -> Result<Vec<u8>, Unscorable> {
        let mut out = [99; MAX_PEPTIDE];
        encode_peptide(peptide, &mut out).map(|()| out.to_vec())
    }

    #[test]
    fn codes_are_ordered_and_found() {
        assert!(AMINO_ACIDS.is_sorted());
        for (place, code) in AMINO_ACIDS.iter().enumerate() {
            assert_eq!(index(char::from(*code)), Some(place as u8));
        }
    }

    #[test]
    fn peptides_fill_the_left_of_their_row() {
        let p = PADDING;
        assert_eq!(encoded("ACDEFGHI"), Ok(vec![0, 1, 2, 3, 4, 5, 6, 7, p, p, p, p, p, p]));
        assert_eq!(encoded("YWVTSRQPNMLKIH"), Ok((6..20).rev().collect()));
    }

    #[test]
    fn refused_peptides_say_why() {
        let (min, max) = (MIN_PEPTIDE, MAX_PEPTIDE);
        let residue = |residue, position| Unscorable::Residue { residue, position };
        for (peptide, expected) in [
            ("", Unscorable::Length { found: 0, min, max }),
            ("ACDEFGH", Unscorable::Length { found: 7, min, max }),
            ("ACDEFGHIKLMNPQR", Unscorable::Length { found: 15, min, max }),
            ("ACDEFGHX", residue('X', 8)),
            ("UCDEFGHI", residue('U', 1)),
            ("ACdEFGHI", residue('d', 3)),
            ("ACDÉFGHI", residue('É', 4)),
        ] {
            assert_eq!(encoded(peptide), Err(expected), "{peptide}");
        }
    }

    #[test]
    fn pseudosequences_have_34_residues_and_may_hold_x() {
        let indices = encode_pseudosequence("YFAMYGEKVAHTHVDTLYVRYHYYTWAVLAYTWX").unwrap();
        assert_eq!((indices[0], indices[1], indices[33]), (19, 4, PADDING));
        assert_eq!(encode_pseudosequence("YF"), Err(PseudosequenceError::Length { found: 2 }));
        let star = PseudosequenceError::Residue { residue: '*', position: 1 };
        assert_eq!(encode_pseudosequence("*FAMYGEKVAHTHVDTLYVRYHYYTWAVLAYTWY"), Err(star));
    }
}
