//! Local alignment of peptides: Smith and Waterman 1981 (J Mol Biol 147:195) with affine gaps (Gotoh 1982, J Mol Biol 162:705)
//! and BLOSUM62 (Henikoff and Henikoff 1992, PNAS 89:10915).

use crate::encoding::index;

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

/// In the order of [`AMINO_ACIDS`](crate::encoding::AMINO_ACIDS).
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

/// A peptide that is aligned with many others.
#[derive(Debug, Clone)]
pub struct Query {
    /// For each of its residues, the score of every letter (a byte).
    profile: Vec<[i32; 256]>,
    gaps: Gaps,
}

impl Query {
    /// Prepares a peptide.
    pub fn new(peptide: &str, gaps: Gaps) -> Self {
        let row = |residue: char| {
            let scores = index(residue).map(|place| &BLOSUM62[usize::from(place)]);
            std::array::from_fn(|letter| {
                let place = index(letter as u8 as char).map(usize::from);
                scores.zip(place).map_or(OTHER, |(scores, place)| scores[place])
            })
        };
        Self { profile: peptide.chars().map(row).collect(), gaps }
    }

    /// Score of the best local alignment, 0 where nothing is alike.
    pub fn score(&self, other: &str) -> i32 {
        let length = self.profile.len();
        // Of the column before: best score that ends at a residue, and that which ends in a gap of this peptide.
        let (mut ends, mut gapped) = (vec![0; length + 1], vec![i32::MIN / 2; length + 1]);
        let mut best = 0;
        for letter in other.bytes() {
            let column = usize::from(letter);
            let (mut diagonal, mut gap_in_other) = (0, i32::MIN / 2);
            for (place, scores) in self.profile.iter().enumerate() {
                let here = place + 1;
                gapped[here] = (gapped[here] - self.gaps.extend).max(ends[here] - self.gaps.open);
                gap_in_other = (gap_in_other - self.gaps.extend).max(ends[place] - self.gaps.open);
                let matched = diagonal + scores[column];
                diagonal = ends[here];
                ends[here] = matched.max(gapped[here]).max(gap_in_other).max(0);
                best = best.max(ends[here]);
            }
        }
        best
    }
}

impl Query {
    /// [`Query::score`] where it is at least `least`, else nothing, which for long sequences is known much sooner.
    pub fn score_from(&self, least: i32, other: &str) -> Option<i32> {
        let segment = self.segment_of(least);
        self.has_segment(segment, other.as_bytes())
            .then(|| self.score(other))
            .filter(|score| *score >= least)
    }

    /// What at least one stretch without a gap scores in every alignment that scores `least`: with g gaps there are g + 1
    /// stretches, which score as much more together as the gaps cost, and no more than the peptide with itself.
    fn segment_of(&self, least: i32) -> i32 {
        let itself: i32 = self.profile.iter().filter_map(|row| row.iter().max()).sum();
        let gaps = 0..=(itself - least).max(0) / self.gaps.open.max(1);
        let share = |gaps: i32| (least + self.gaps.open * gaps) / (gaps + 1);
        gaps.map(share).min().unwrap_or(least)
    }

    fn has_segment(&self, least: i32, other: &[u8]) -> bool {
        let rows = self.profile.as_slice();
        let along = |rows: &[[i32; 256]], others: &[u8]| {
            let mut run = 0;
            rows.iter().zip(others).any(|(row, letter)| {
                run = (run + row[usize::from(*letter)]).max(0);
                run >= least
            })
        };
        (0..other.len()).any(|start| along(rows, &other[start..]))
            || (1..rows.len()).any(|start| along(&rows[start..], other))
    }
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
    use crate::encoding::AMINO_ACIDS;

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
        for round in 0..400 {
            let peptide: String = (0..8 + round % 17).map(|_| letter()).collect();
            // Its residues with a gap and a change somewhere, among others.
            let (front, back) = peptide.split_at(peptide.len() / 2);
            let pieces =
                [front.to_owned(), (0..round % 3).map(|_| letter()).collect(), back.to_owned()];
            let other: String = (0..20).map(|_| letter()).chain(pieces.concat().chars()).collect();
            let query = Query::new(&peptide, BLAST_GAPS);
            let score = query.score(&other);
            for least in [10, 20, 26, 35, score, score + 1] {
                let expected = (score >= least).then_some(score);
                assert_eq!(query.score_from(least, &other), expected, "{peptide} {other} {least}");
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
