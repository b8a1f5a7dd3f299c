//! Local alignment of peptides: Smith and Waterman 1981 (J Mol Biol 147:195) with affine gaps (Gotoh 1982, J Mol Biol 162:705)
//! and BLOSUM62 (Henikoff and Henikoff 1992, PNAS 89:10915).

use crate::encoding::{AMINO_ACIDS, index};

/// What a gap costs, in the matrix's half bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Gaps {
    /// Its first residue.
    pub open: i32,
    /// Each further residue.
    pub extend: i32,
}

/// The costs that BLAST takes with BLOSUM62 where a gap of n residues costs 10 + n.
pub const BLAST_GAPS: Gaps = Gaps { open: 11, extend: 1 };

/// In the order of [`AMINO_ACIDS`].
#[rustfmt::skip]
const BLOSUM62: [[i32; 20]; 20] = [
    [4, 0, -2, -1, -2, 0, -2, -1, -1, -1, -1, -2, -1, -1, -1, 1, 0, 0, -3, -2],
    [0, 9, -3, -4, -2, -3, -3, -1, -3, -1, -1, -3, -3, -3, -3, -1, -1, -1, -2, -2],
    [-2, -3, 6, 2, -3, -1, -1, -3, -1, -4, -3, 1, -1, 0, -2, 0, -1, -3, -4, -3],
    [-1, -4, 2, 5, -3, -2, 0, -3, 1, -3, -2, 0, -1, 2, 0, 0, -1, -2, -3, -2],
    [-2, -2, -3, -3, 6, -3, -1, 0, -3, 0, 0, -3, -4, -3, -3, -2, -2, -1, 1, 3],
    [0, -3, -1, -2, -3, 6, -2, -4, -2, -4, -3, 0, -2, -2, -2, 0, -2, -3, -2, -3],
    [-2, -3, -1, 0, -1, -2, 8, -3, -1, -3, -2, 1, -2, 0, 0, -1, -2, -3, -2, 2],
    [-1, -1, -3, -3, 0, -4, -3, 4, -3, 2, 1, -3, -3, -3, -3, -2, -1, 3, -3, -1],
    [-1, -3, -1, 1, -3, -2, -1, -3, 5, -2, -1, 0, -1, 1, 2, 0, -1, -2, -3, -2],
    [-1, -1, -4, -3, 0, -4, -3, 2, -2, 4, 2, -3, -3, -2, -2, -2, -1, 1, -2, -1],
    [-1, -1, -3, -2, 0, -3, -2, 1, -1, 2, 5, -2, -2, 0, -1, -1, -1, 1, -1, -1],
    [-2, -3, 1, 0, -3, 0, 1, -3, 0, -3, -2, 6, -2, 0, 0, 1, 0, -3, -4, -2],
    [-1, -3, -1, -1, -4, -2, -2, -3, -1, -3, -2, -2, 7, -1, -2, -1, -1, -2, -4, -3],
    [-1, -3, 0, 2, -3, -2, 0, -3, 1, -2, 0, 0, -1, 5, 1, 0, -1, -2, -2, -1],
    [-1, -3, -2, 0, -3, -2, 0, -3, 2, -2, -1, 0, -2, 1, 5, -1, -1, -3, -3, -2],
    [1, -1, 0, 0, -2, 0, -1, -2, 0, -2, -1, 1, -1, 0, -1, 4, 1, -2, -3, -2],
    [0, -1, -1, -1, -2, -2, -2, -1, -1, -1, -1, 0, -1, -1, -1, 1, 5, 0, -2, -2],
    [0, -1, -3, -2, -1, -3, -3, 3, -2, 1, 1, -3, -2, -2, -3, -2, 0, 4, -3, -1],
    [-3, -2, -4, -3, 1, -2, -2, -3, -3, -2, -1, -4, -4, -2, -3, -3, -2, -3, 11, 2],
    [-2, -2, -3, -2, 3, -3, 2, -1, -2, -1, -1, -2, -3, -1, -2, -2, -2, -1, 2, 7],
];
/// Score of a letter that is no standard amino acid, against any other.
const OTHER: i32 = -4;

/// Letters by their codes: capital letters by their places in the alphabet from 1 on, all that is no capital letter 0.
const LETTERS: usize = 32;

/// The code of a letter.
fn code(letter: u8) -> usize {
    if letter.is_ascii_uppercase() { usize::from(letter & 31) } else { 0 }
}

/// Residues of a peptide that needs no memory of its own to be aligned.
const SHORT: usize = 64;
/// The score of what cannot be.
const NEVER: i32 = i32::MIN / 2;

/// A peptide that is aligned with many others.
#[derive(Debug, Clone)]
pub struct Query {
    /// For each of its residues, the score of every letter.
    profile: Vec<[i32; LETTERS]>,
    gaps: Gaps,
}

impl Query {
    /// Prepares a peptide.
    pub fn new(peptide: &str, gaps: Gaps) -> Self {
        let row = |residue: char| {
            let scores = index(residue).map(|place| &BLOSUM62[usize::from(place)]);
            let mut row = [OTHER; LETTERS];
            if let Some(scores) = scores {
                for (letter, score) in AMINO_ACIDS.iter().zip(scores) {
                    row[code(*letter)] = *score;
                }
            }
            row
        };
        Self { profile: peptide.chars().map(row).collect(), gaps }
    }

    /// Score of the best local alignment, 0 where nothing is alike.
    pub fn score(&self, other: &str) -> i32 {
        let length = self.profile.len();
        if length <= SHORT {
            return self.fill(other, &mut [0; SHORT][..length], &mut [NEVER; SHORT][..length]);
        }
        self.fill(other, &mut vec![0; length], &mut vec![NEVER; length])
    }

    /// The score, given room for the column before: for each residue the best score that ends there, and that which ends in a gap of
    /// this peptide.
    fn fill(&self, other: &str, ends: &mut [i32], gapped: &mut [i32]) -> i32 {
        let mut best = 0;
        for column in other.bytes().map(code) {
            let (mut diagonal, mut above, mut gap_in_other) = (0, 0, NEVER);
            for ((scores, end), gap) in self.profile.iter().zip(&mut *ends).zip(&mut *gapped) {
                *gap = (*gap - self.gaps.extend).max(*end - self.gaps.open);
                gap_in_other = (gap_in_other - self.gaps.extend).max(above - self.gaps.open);
                let matched = diagonal + scores[column];
                diagonal = *end;
                *end = matched.max(*gap).max(gap_in_other).max(0);
                above = *end;
                best = best.max(above);
            }
        }
        best
    }
}

/// Finds in long sequences where a peptide aligns well, much sooner than by aligning all of it, in the way of BLAST (Altschul et al.
/// 1990, J Mol Biol 215:403): three residues in a row that are much alike are looked up, the stretch around them is scored without
/// gaps, and only where that is enough is a neighbourhood aligned.
#[derive(Debug)]
pub struct Finder {
    query: Query,
    least: i32,
    /// What a stretch without a gap must score in some alignment that scores `least`.
    segment: i32,
    /// Residues beside a stretch that gaps can bring in.
    beside: usize,
    /// For each word of three letters (five bits each), where in the peptide it is much alike: a bit a place.
    words: Vec<u64>,
}

/// Letters of a word, and the bits of its code.
const WORD: usize = 3;
const WORDS: usize = 1 << (5 * WORD);

impl Finder {
    /// For alignments that score `least` or more. Peptides of up to 64 residues have words; longer ones are aligned throughout.
    pub fn new(peptide: &str, gaps: Gaps, least: i32) -> Self {
        let query = Query::new(peptide, gaps);
        let length = query.profile.len();
        let itself: i32 = query.profile.iter().filter_map(|row| row.iter().max()).sum();
        // With g gaps there are g + 1 stretches, which score as much more together as the gaps cost, and no more than the
        // peptide with itself.
        let most = (itself - least).max(0) / gaps.open.max(1);
        let share = |gaps_in: i32| (least + gaps.open * gaps_in) / (gaps_in + 1);
        let segment = (0..=most).map(share).min().unwrap_or(least);
        // What a gap may cost is for its first residue and, if that leaves something, for further ones.
        let beside = match itself - least - gaps.open {
            left @ 0.. => 1 + left / gaps.extend.max(1),
            _ => 0,
        };
        // Of the words that a stretch is cut into, one has its share.
        let alike = segment.min(least / length.div_ceil(WORD).max(1) as i32);
        let words = if length <= SHORT { words(&query, alike) } else { Vec::new() };
        Self { query, least, segment, beside: beside as usize, words }
    }

    /// [`Query::score`] where it is at least what was asked for, else nothing.
    pub fn score(&self, other: &str) -> Option<i32> {
        if self.words.is_empty() {
            return Some(self.query.score(other)).filter(|score| *score >= self.least);
        }
        let letters = other.as_bytes();
        let (mut word, mut best, mut aligned) = (0, 0, usize::MAX);
        for (at, letter) in letters.iter().enumerate() {
            word = (word << 5 | usize::from(letter & 31)) & (WORDS - 1);
            let mut places = if at + 1 < WORD { 0 } else { self.words[word] };
            while places != 0 {
                let place = places.trailing_zeros() as usize;
                places &= places - 1;
                // Where the peptide's first residue would lie, counted from one peptide before the sequence.
                let start = at + 1 + self.query.profile.len() - WORD - place;
                if start == aligned {
                    continue;
                }
                let stretch = self.stretch(start, letters);
                if stretch >= self.segment {
                    aligned = start;
                    let gapless = self.beside == 0;
                    best = best.max(if gapless { stretch } else { self.around(start, other) });
                }
            }
        }
        Some(best).filter(|score| *score >= self.least)
    }

    /// The best score without a gap of the peptide laid at `start`.
    fn stretch(&self, start: usize, letters: &[u8]) -> i32 {
        let length = self.query.profile.len();
        let rows = &self.query.profile[length.saturating_sub(start)..];
        let letters = &letters[start.saturating_sub(length)..];
        let (mut run, mut best) = (0, 0);
        for (row, letter) in rows.iter().zip(letters) {
            run = (run + row[code(*letter)]).max(0);
            best = best.max(run);
        }
        best
    }

    /// The best alignment near there.
    fn around(&self, start: usize, other: &str) -> i32 {
        let length = self.query.profile.len();
        let first = start.saturating_sub(length + self.beside);
        let last = (start + self.beside).min(other.len());
        other.get(first..last).map_or(0, |near| self.query.score(near))
    }
}

/// The places of the peptide where each word of the standard residues scores `alike` or more.
fn words(query: &Query, alike: i32) -> Vec<u64> {
    let mut words = vec![0; WORDS];
    for (place, rows) in query.profile.windows(WORD).enumerate() {
        for &a in AMINO_ACIDS {
            let first = rows[0][code(a)];
            for &b in AMINO_ACIDS {
                let second = first + rows[1][code(b)];
                for &c in AMINO_ACIDS {
                    if second + rows[2][code(c)] >= alike {
                        let code = [a, b, c]
                            .iter()
                            .fold(0, |code, letter| code << 5 | usize::from(letter & 31));
                        words[code] |= 1_u64 << place;
                    }
                }
            }
        }
    }
    words
}

/// The longest stretch of residues that two peptides share; empty where they share none. Of equal ones the first of `a`.
pub fn shared_stretch<'a>(a: &'a str, b: &str) -> &'a str {
    let (left, right) = (a.as_bytes(), b.as_bytes());
    let mut lengths = vec![0_usize; right.len() + 1];
    let (mut end, mut longest) = (0, 0);
    for (i, x) in left.iter().enumerate() {
        for j in (0..right.len()).rev() {
            lengths[j + 1] = if *x == right[j] { lengths[j] + 1 } else { 0 };
            if lengths[j + 1] > longest {
                (end, longest) = (i + 1, lengths[j + 1]);
            }
        }
    }
    a.get(end - longest..end).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Scores of Biopython 1.8's local PairwiseAligner with the same matrix and gaps.
    #[test]
    fn scores_are_those_of_another_implementation() {
        for (a, b, expected) in [
            ("GILGFVFTL", "GILGFVFTL", 45),
            ("GILGFVFTL", "GILAFVFTL", 39),
            ("WWWWWCWWWWW", "WWWWWWWWWW", 99),
            ("AAA", "WWW", 0),
            ("IWVFNYSWDYASIWVFNYSWDYAS", "IWVFNKVIYSWDYASIWVFNKVIYSWDYAS", 122),
            ("HSVVSPFIFTPAHSVVSPFIFTPA", "HSVVSDGWPFIFTPAHSVVSDGWPFIFTPA", 100),
            ("CLAKSYPQPWRFCLAKSYPQPWRF", "CLAKSNECYPQPWRFCLAKSNECYPQPWRF", 122),
            ("", "GIL", 0),
            ("GIXL", "GIXL", 10),
        ] {
            assert_eq!(Query::new(a, BLAST_GAPS).score(b), expected, "{a} {b}");
            assert_eq!(Query::new(b, BLAST_GAPS).score(a), expected, "{b} {a}");
        }
    }

    #[test]
    fn what_scores_enough_is_found_without_aligning_the_rest() {
        let mut state = 7_u64;
        let mut letter = || {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            AMINO_ACIDS[(state >> 33) as usize % 20] as char
        };
        let mut reached = 0;
        for round in 0..600 {
            let peptide: String = (0..8 + round % 17).map(|_| letter()).collect();
            // Its residues with a gap and a change somewhere, among others.
            let (front, back) = peptide.split_at(peptide.len() / 2);
            let pieces =
                [front.to_owned(), (0..round % 3).map(|_| letter()).collect(), back.to_owned()];
            let other: String = (0..20).map(|_| letter()).chain(pieces.concat().chars()).collect();
            let score = Query::new(&peptide, BLAST_GAPS).score(&other);
            for least in [20, 26, 35, score.max(20), score.max(20) + 1] {
                let expected = (score >= least).then_some(score);
                let found = Finder::new(&peptide, BLAST_GAPS, least).score(&other);
                assert_eq!(found, expected, "{peptide} {other} {least}");
                reached += usize::from(expected.is_some());
            }
        }
        assert!(reached > 400);
    }

    #[test]
    fn the_matrix_is_symmetric_and_likes_identity_best() {
        for (a, row) in BLOSUM62.iter().enumerate() {
            for (b, score) in row.iter().enumerate() {
                assert_eq!(*score, BLOSUM62[b][a]);
                assert!(a == b || *score < row[a]);
            }
        }
    }

    #[test]
    fn stretches_are_the_longest_and_the_first() {
        for (a, b, expected) in [
            ("ABCDEFG", "XBCDY", "BCD"),
            ("ABXAB", "AB", "AB"),
            ("ABC", "XYZ", ""),
            ("", "A", ""),
            ("SIINFEKL", "SIINFEKL", "SIINFEKL"),
        ] {
            assert_eq!(shared_stretch(a, b), expected, "{a} {b}");
        }
    }
}
