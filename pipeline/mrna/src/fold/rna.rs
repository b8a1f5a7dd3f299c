//! RNA text, checked.

use std::fmt;

use crate::energy::{Base, LETTERS};

/// An RNA molecule. T is read as U, lower case as upper; N is a base that pairs with nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rna {
    bases: Vec<Base>,
}

/// Why a text is no RNA. Positions are 1-based.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RnaError {
    /// Nothing there.
    #[error("an empty sequence; give one base or more")]
    Empty,
    /// A letter that is no base.
    #[error("position {position}: found '{found}', expected A, C, G, U (or T), or N")]
    Letter {
        /// Where.
        position: usize,
        /// What.
        found: char,
    },
    /// DNA and RNA letters together.
    #[error(
        "position {position}: found '{found}' after '{before}' at position {first}; a sequence is written with U or with T, not with both"
    )]
    Mixed {
        /// Where the second kind begins.
        position: usize,
        /// The letter there.
        found: char,
        /// The letter of the first kind.
        before: char,
        /// Where it was first seen.
        first: usize,
    },
}

impl Rna {
    /// Reads a sequence without blanks.
    pub fn parse(text: &str) -> Result<Self, RnaError> {
        let mut bases = Vec::with_capacity(text.len());
        let mut kind: Option<(char, usize)> = None;
        for (at, found) in text.chars().enumerate() {
            let position = at + 1;
            let letter = found.to_ascii_uppercase();
            bases.push(match letter {
                'N' => 0,
                'A' => 1,
                'C' => 2,
                'G' => 3,
                'U' | 'T' => 4,
                _ => return Err(RnaError::Letter { position, found }),
            });
            if matches!(letter, 'U' | 'T') {
                let (before, first) = *kind.get_or_insert((found, position));
                if !before.eq_ignore_ascii_case(&found) {
                    return Err(RnaError::Mixed { position, found, before, first });
                }
            }
        }
        if bases.is_empty() { Err(RnaError::Empty) } else { Ok(Self { bases }) }
    }

    /// From base codes; the caller's are in range.
    pub(crate) fn from_bases(bases: Vec<Base>) -> Self {
        Self { bases }
    }

    /// The bases, 5' to 3', as the energy model reads them.
    pub fn bases(&self) -> &[Base] {
        &self.bases
    }

    /// How many bases.
    pub fn len(&self) -> usize {
        self.bases.len()
    }

    /// Never: a molecule has a base.
    pub fn is_empty(&self) -> bool {
        self.bases.is_empty()
    }
}

impl fmt::Display for Rna {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.bases
            .iter()
            .try_for_each(|&base| fmt::Write::write_char(f, char::from(LETTERS[usize::from(base)])))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn letters_are_read_as_rna_or_refused_with_their_place() {
        assert_eq!(Rna::parse("acgtN").unwrap().to_string(), "ACGUN");
        assert_eq!(Rna::parse("ACGU").unwrap().bases(), [1, 2, 3, 4]);
        assert_eq!(Rna::parse(""), Err(RnaError::Empty));
        assert_eq!(Rna::parse("AC-U"), Err(RnaError::Letter { position: 3, found: '-' }));
        assert_eq!(Rna::parse("ACR"), Err(RnaError::Letter { position: 3, found: 'R' }));
        let mixed = RnaError::Mixed { position: 4, found: 'T', before: 'u', first: 2 };
        assert_eq!(Rna::parse("AuGT"), Err(mixed));
    }
}
