//! Secondary structures as pair tables, written in dot-bracket notation.

use std::fmt;

/// Which base pairs with which; free of crossings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Structure {
    /// The partner of every base.
    partners: Vec<Option<usize>>,
}

/// Why a text is no structure. Positions are 1-based.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StructureError {
    /// Neither dot nor bracket.
    #[error("position {position}: found '{found}', expected '.', '(' or ')'")]
    Letter {
        /// Where.
        position: usize,
        /// What.
        found: char,
    },
    /// A bracket without its other.
    #[error("position {position}: this bracket has no partner")]
    Unbalanced {
        /// Where.
        position: usize,
    },
    /// Not a structure of this molecule.
    #[error("a structure of {structure} positions for a sequence of {sequence} bases")]
    Length {
        /// Positions of the structure.
        structure: usize,
        /// Bases of the sequence.
        sequence: usize,
    },
    /// A pair that cannot form.
    #[error(
        "positions {five} and {three}: {bases} cannot pair here; pairs are AU, CG and GU with three bases or more between"
    )]
    Pair {
        /// The pair's first position.
        five: usize,
        /// Its second.
        three: usize,
        /// The two letters.
        bases: String,
    },
}

impl Structure {
    /// The open chain of `length` bases.
    pub fn open(length: usize) -> Self {
        Self { partners: vec![None; length] }
    }

    /// Reads dot-bracket notation.
    pub fn parse(text: &str) -> Result<Self, StructureError> {
        let mut partners = vec![None; text.chars().count()];
        let mut open = Vec::new();
        for (at, found) in text.chars().enumerate() {
            match found {
                '.' => {}
                '(' => open.push(at),
                ')' => {
                    let five = open.pop().ok_or(StructureError::Unbalanced { position: at + 1 })?;
                    partners[five] = Some(at);
                    partners[at] = Some(five);
                }
                _ => return Err(StructureError::Letter { position: at + 1, found }),
            }
        }
        match open.pop() {
            Some(at) => Err(StructureError::Unbalanced { position: at + 1 }),
            None => Ok(Self { partners }),
        }
    }

    /// Adds a pair of open positions.
    pub(crate) fn join(&mut self, five: usize, three: usize) {
        self.partners[five] = Some(three);
        self.partners[three] = Some(five);
    }

    /// The partner of a base, 0-based.
    pub fn partner(&self, position: usize) -> Option<usize> {
        self.partners.get(position).copied().flatten()
    }

    /// How many positions.
    pub fn len(&self) -> usize {
        self.partners.len()
    }

    /// Whether there are no positions.
    pub fn is_empty(&self) -> bool {
        self.partners.is_empty()
    }

    /// The pairs, first base ascending, 0-based.
    pub fn pairs(&self) -> impl Iterator<Item = (usize, usize)> + '_ {
        let pair = |(five, &three): (usize, &Option<usize>)| {
            three.filter(|&three| five < three).map(|three| (five, three))
        };
        self.partners.iter().enumerate().filter_map(pair)
    }
}

impl fmt::Display for Structure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = |(at, partner): (usize, &Option<usize>)| match partner {
            None => '.',
            Some(other) if *other > at => '(',
            Some(_) => ')',
        };
        self.partners
            .iter()
            .enumerate()
            .map(sign)
            .try_for_each(|sign| fmt::Write::write_char(f, sign))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn brackets_are_read_and_written() {
        let text = "..((...)(....))";
        let structure = Structure::parse(text).unwrap();
        assert_eq!(structure.to_string(), text);
        assert_eq!(structure.pairs().collect::<Vec<_>>(), [(2, 14), (3, 7), (8, 13)]);
        assert_eq!(structure.partner(14), Some(2));
        assert_eq!(structure.partner(99), None);
    }

    #[test]
    fn what_is_no_structure_is_refused_with_its_place() {
        assert_eq!(Structure::parse("(()"), Err(StructureError::Unbalanced { position: 1 }));
        assert_eq!(Structure::parse("())"), Err(StructureError::Unbalanced { position: 3 }));
        assert_eq!(
            Structure::parse(".[]"),
            Err(StructureError::Letter { position: 2, found: '[' })
        );
    }
}
