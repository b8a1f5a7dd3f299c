//! Peptides and pseudo-sequences as bytes.
//!
//! A peptide is given to the network as one row or several. A row has places, each place a letter: a residue, the
//! gap where there is none, a length. One byte a place goes to the device and is expanded there.
//!
//! - Class I: one row. The peptide is written twice, from its first residue and from its last, so that both anchors of
//!   the groove (position 2 and the C terminus) have fixed places whatever the length; then the length, and the
//!   residues before and after it in its protein where they are known.
//! - Class II: the groove is open at both ends, so there is a row for every start of the nine residues that may lie
//!   in it (the binding core): the core, which residues are beside it, and the peptide's ends and length. The places on one
//!   side of the core have one block of embeddings in common: if the network could tell them apart, it could as well put
//!   the core some residues aside and still see every anchor.

use serde::{Deserialize, Serialize};
use vaxloom_immune::Unscorable;
use vaxloom_immune::encoding::{AMINO_ACIDS, PADDING, PSEUDOSEQUENCE, index};

/// Residues of a binding core, and of each of the two alignments of a class I peptide.
pub const CORE: usize = 9;
/// Longest peptide of both classes.
pub const LONGEST: usize = 30;
/// Letters at a place of residues: the residues, and the gap.
const LETTERS: u8 = AMINO_ACIDS.len() as u8 + 1;
/// Residues on each side of a class II core that are seen, in no order.
const BESIDE: usize = 3;
/// Residues at each end of a class II peptide that are seen whatever the core.
const ENDS: usize = 2;
/// Residues outside a class II core, on one side, that are told apart.
const MOST_OUTSIDE: u8 = 8;

/// The two classes of MHC molecules whose peptides are predicted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Class {
    /// HLA-A, -B, -C, -E, -G: a groove closed at both ends.
    One,
    /// HLA-DR, -DQ, -DP: an open one.
    Two,
}

impl Class {
    /// Shortest and longest peptide, residues.
    pub fn lengths(self) -> (usize, usize) {
        match self {
            Self::One => (8, 14),
            Self::Two => (CORE, LONGEST),
        }
    }
}

/// A peptide of standard residues, as residue codes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Peptide {
    codes: [u8; LONGEST],
    length: u8,
}

impl Peptide {
    /// Reads one-letter codes, upper case only, of a length of the class.
    pub fn parse(text: &str, class: Class) -> Result<Self, Unscorable> {
        let (min, max) = class.lengths();
        let found = text.chars().count();
        if !(min..=max).contains(&found) {
            return Err(Unscorable::Length { found, min, max });
        }
        let mut codes = [PADDING; LONGEST];
        for (place, residue) in text.chars().enumerate() {
            let unknown = Unscorable::Residue { residue, position: place + 1 };
            codes[place] = index(residue).ok_or(unknown)?;
        }
        Ok(Self { codes, length: found as u8 })
    }

    /// Takes residue codes; `None` where one is no residue or there are more than [`LONGEST`].
    pub fn from_codes(residues: &[u8]) -> Option<Self> {
        if residues.len() > LONGEST || residues.iter().any(|&code| code >= PADDING) {
            return None;
        }
        let mut codes = [PADDING; LONGEST];
        codes[..residues.len()].copy_from_slice(residues);
        Some(Self { codes, length: residues.len() as u8 })
    }

    /// The residue codes.
    pub fn residues(&self) -> &[u8] {
        &self.codes[..usize::from(self.length)]
    }
}

/// Residues before and after a peptide in its protein, as residue codes, nearest to the peptide first; a gap where
/// the residue is unknown or the protein has ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Flanks {
    before: [u8; Flanks::LONGEST],
    after: [u8; Flanks::LONGEST],
}

impl Flanks {
    /// Residues on each side at most.
    pub const LONGEST: usize = 15;
    /// Nothing is known.
    pub const UNKNOWN: Self = Self { before: [PADDING; 15], after: [PADDING; 15] };

    /// From the residue codes before and after the peptide, both in the order of the protein; what is no residue is a gap.
    pub fn from_codes(before: &[u8], after: &[u8]) -> Self {
        let mut flanks = Self::UNKNOWN;
        for (place, &code) in flanks.before.iter_mut().zip(before.iter().rev()) {
            *place = code.min(PADDING);
        }
        for (place, &code) in flanks.after.iter_mut().zip(after) {
            *place = code.min(PADDING);
        }
        flanks
    }

    /// From one-letter codes.
    pub fn parse(before: &str, after: &str) -> Self {
        let codes =
            |text: &str| text.chars().map(|c| index(c).unwrap_or(PADDING)).collect::<Vec<_>>();
        Self::from_codes(&codes(before), &codes(after))
    }
}

/// How peptides become rows of bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Encoding {
    class: Class,
    flank: usize,
    /// By place: first row of its block of embeddings.
    starts: Vec<i64>,
    /// Rows of all blocks.
    embeddings: usize,
}

impl Encoding {
    /// The encoding of a class, with this many residues of flank on each side (class I; 0 without).
    pub fn new(class: Class, flank: usize) -> Self {
        let (shortest, longest) = class.lengths();
        let lengths = (longest - shortest + 1) as u8;
        // Letters of a block, and how many places have it in common.
        let single = |places| std::iter::repeat_n((LETTERS, 1), places);
        let blocks: Vec<(u8, usize)> = match class {
            Class::One => single(2 * CORE + 2 * flank).chain([(lengths, 1)]).collect(),
            Class::Two => {
                let beside = [(LETTERS, BESIDE); 2];
                let outside = [(lengths, 1), (MOST_OUTSIDE + 1, 1), (MOST_OUTSIDE + 1, 1)];
                single(CORE).chain(beside).chain(single(2 * ENDS)).chain(outside).collect()
            }
        };
        let (mut starts, mut embeddings) = (Vec::new(), 0);
        for (letters, places) in blocks {
            starts.extend(std::iter::repeat_n(embeddings as i64, places));
            embeddings += usize::from(letters);
        }
        Self { class, flank, starts, embeddings }
    }

    /// By place: the first row of its block of embeddings. A letter is a row of its place's block.
    pub fn starts(&self) -> &[i64] {
        &self.starts
    }

    /// Rows of the table of embeddings.
    pub fn embeddings(&self) -> usize {
        self.embeddings
    }

    /// Bytes of a row.
    pub fn width(&self) -> usize {
        self.starts.len()
    }

    /// Rows of a peptide.
    pub fn rows(&self, peptide: &Peptide) -> usize {
        match self.class {
            Class::One => 1,
            Class::Two => peptide.residues().len() - CORE + 1,
        }
    }

    /// Appends the peptide's rows. The peptide has a length of the class.
    pub fn encode(&self, peptide: &Peptide, flanks: &Flanks, out: &mut Vec<u8>) {
        match self.class {
            Class::One => self.class_one(peptide.residues(), flanks, out),
            Class::Two => {
                for core in 0..self.rows(peptide) {
                    class_two(peptide.residues(), core, out);
                }
            }
        }
    }

    fn class_one(&self, residues: &[u8], flanks: &Flanks, out: &mut Vec<u8>) {
        let seen = residues.len().min(CORE);
        let gaps = std::iter::repeat_n(PADDING, CORE - seen);
        out.extend_from_slice(&residues[..seen]);
        out.extend(gaps.clone());
        out.extend(gaps);
        out.extend_from_slice(&residues[residues.len() - seen..]);
        out.extend_from_slice(&flanks.before[..self.flank]);
        out.extend_from_slice(&flanks.after[..self.flank]);
        out.push((residues.len() - self.class.lengths().0) as u8);
    }
}

/// One row: the core that starts at `core`, its neighbours, the peptide's ends, its length, what lies outside.
fn class_two(residues: &[u8], core: usize, out: &mut Vec<u8>) {
    let at = |place: Option<usize>| place.and_then(|p| residues.get(p)).copied().unwrap_or(PADDING);
    let after = core + CORE;
    out.extend_from_slice(&residues[core..after]);
    out.extend((1..=BESIDE).map(|i| at(core.checked_sub(i))));
    out.extend((0..BESIDE).map(|i| at(Some(after + i))));
    out.extend_from_slice(&residues[..ENDS]);
    out.extend_from_slice(&residues[residues.len() - ENDS..]);
    out.push((residues.len() - Class::Two.lengths().0) as u8);
    out.push((core as u8).min(MOST_OUTSIDE));
    out.push(((residues.len() - after) as u8).min(MOST_OUTSIDE));
}

/// The codes of a pseudo-sequence; `None` unless it has 34 standard residues (the network has no row for X).
pub fn encode_pseudosequence(text: &str) -> Option<[u8; PSEUDOSEQUENCE]> {
    let codes: Option<Vec<u8>> = text.chars().map(index).collect();
    codes?.try_into().ok()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn rows(class: Class, flank: usize, peptide: &str, flanks: &Flanks) -> Vec<Vec<u8>> {
        let encoding = Encoding::new(class, flank);
        let peptide = Peptide::parse(peptide, class).unwrap();
        let mut bytes = Vec::new();
        encoding.encode(&peptide, flanks, &mut bytes);
        let rows: Vec<Vec<u8>> = bytes.chunks(encoding.width()).map(<[u8]>::to_vec).collect();
        assert_eq!(rows.len(), encoding.rows(&peptide));
        for row in &rows {
            for (place, (&code, &start)) in row.iter().zip(encoding.starts()).enumerate() {
                let next = encoding.starts()[place..].iter().find(|&&next| next > start);
                let end = next.map_or(encoding.embeddings(), |&next| next as usize);
                assert!(start as usize + usize::from(code) < end, "place {place} of {row:?}");
            }
        }
        rows
    }

    fn codes(text: &str) -> Vec<u8> {
        text.chars().map(|c| index(c).unwrap_or(PADDING)).collect()
    }

    #[test]
    fn both_ends_of_class_one_are_aligned() {
        for (peptide, left, right, length) in [
            ("ACDEFGHI", "ACDEFGHI-", "-ACDEFGHI", 0),
            ("ACDEFGHIK", "ACDEFGHIK", "ACDEFGHIK", 1),
            ("ACDEFGHIKLM", "ACDEFGHIK", "DEFGHIKLM", 3),
        ] {
            let flanks = Flanks::parse("WY", "V");
            let expected =
                [codes(left), codes(right), codes("YW-"), codes("V--"), vec![length]].concat();
            assert_eq!(rows(Class::One, 3, peptide, &flanks), [expected], "{peptide}");
        }
    }

    #[test]
    fn class_two_has_a_row_for_every_core() {
        let rows = rows(Class::Two, 0, "ACDEFGHIKLMN", &Flanks::UNKNOWN);
        let expected = |core, before, after, outside: [u8; 2]| {
            [codes(core), codes(before), codes(after), codes("ACMN"), vec![3], outside.to_vec()]
                .concat()
        };
        assert_eq!(
            rows,
            [
                expected("ACDEFGHIK", "---", "LMN", [0, 3]),
                expected("CDEFGHIKL", "A--", "MN-", [1, 2]),
                expected("DEFGHIKLM", "CA-", "N--", [2, 1]),
                expected("EFGHIKLMN", "DCA", "---", [3, 0]),
            ]
        );
    }

    #[test]
    fn what_is_no_peptide_is_refused() {
        let length = |found| Unscorable::Length { found, min: 8, max: 14 };
        let residue = |residue, position| Unscorable::Residue { residue, position };
        for (text, expected) in [
            ("", length(0)),
            ("ACDEFGH", length(7)),
            ("ACDEFGHIKLMNPQR", length(15)),
            ("ACDEFGHIX", residue('X', 9)),
            ("UCDEFGHI", residue('U', 1)),
            ("acdefghi", residue('a', 1)),
            ("ACDEFGH*", residue('*', 8)),
            ("ACDEFGHé", residue('é', 8)),
        ] {
            assert_eq!(Peptide::parse(text, Class::One), Err(expected), "{text}");
        }
        let short = Unscorable::Length { found: 8, min: 9, max: 30 };
        assert_eq!(Peptide::parse("ACDEFGHI", Class::Two), Err(short));
    }

    #[test]
    fn pseudosequences_have_34_residues() {
        assert!(encode_pseudosequence("YFAMYQENMAHTDANTLYIIYRDYTWVARVYRGY").is_some());
        assert!(encode_pseudosequence("YFAMYQENMAHTDANTLYIIYRDYTWVARVYRG").is_none());
        assert!(encode_pseudosequence("YFAMYQENMAHTDANTLYIIYRDYTWVARVYRGX").is_none());
    }
}
