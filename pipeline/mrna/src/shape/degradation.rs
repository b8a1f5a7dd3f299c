//! DegScore: how fast the bases of an RNA are hydrolysed, predicted from sequence and structure.
//!
//! A ridge regression over windows of 25 bases, each as its letter and the loop that it stands in, fitted to in-line
//! probing of short RNAs by Leppek et al. (Combinatorial optimization of mRNA structure, stability, and translation for
//! RNA-based therapeutics, Nature Communications 13:1536, 2022). Coefficients and intercept of version 2.1 as deposited with
//! the program (DegScore, doi 10.5281/zenodo.7130659). Fitted to uridine, without modified nucleosides. Lower is more stable.

use super::Loop;

const INTERCEPT: f64 = 1.122;
/// Bases of the window on each side.
const REACH: usize = 12;
/// Row: place in the window, from 12 bases before to 12 behind. Column: A, U, G, C, hairpin, exterior, interior, multiloop,
/// bulge, stem. Thousandths.
#[rustfmt::skip]
const COEFFICIENTS: [[i16; 10]; 2 * REACH + 1] = [
    [-20, -27, -26, -17, 5, 0, 5, -6, -11, 6],
    [31, 21, 36, 34, 26, -24, -5, 28, -22, -15],
    [-43, -43, -29, -26, 16, -77, -1, -16, 31, -1],
    [64, 65, 64, 69, 29, 44, -3, 12, -6, -4],
    [-72, -66, -61, -65, 14, 37, 51, 17, 54, 37],
    [-65, -68, -58, -41, -14, 75, -7, 5, -10, -6],
    [9, 14, 19, 37, 5, -97, 13, -5, 1, 2],
    [-26, -26, -36, -8, 41, 67, 17, 7, 34, 28],
    [-77, -79, -92, -64, 12, 22, 41, 41, 57, 38],
    [10, 17, -4, 50, -18, -144, -1, 9, 13, -17],
    [-12, -19, -47, -32, 124, 164, 89, 63, 76, 55],
    [12, 21, -38, -50, 14, -44, -23, -15, -37, -59],
    [-27, 42, 3, -17, -90, -57, -140, -5, -31, -256],
    [-353, -178, -503, -506, -90, -58, -32, -35, 15, -70],
    [48, 2, -71, 5, -2, 24, 0, -7, -14, -29],
    [33, 11, 6, -39, -23, 46, 9, 9, 3, -2],
    [15, 22, 7, 15, -3, -121, -14, -21, -16, -10],
    [-46, -59, -31, -13, 5, 51, -6, 3, 9, -6],
    [1, 21, 25, 17, 12, 33, -3, -30, 2, 8],
    [-3, -1, 3, 7, 4, -99, -3, 6, -18, -2],
    [-18, -23, -16, -8, -13, -27, -6, 5, 11, -1],
    [35, 24, 42, 40, -10, 270, 6, -40, -1, -12],
    [-42, -40, -15, -21, 8, -294, -5, -8, 1, -14],
    [-37, -47, -34, -28, 25, 144, 16, 23, 26, 15],
    [14, 9, 20, 31, 26, -96, 2, -12, 30, 0],
];

/// The sum over all bases of `rna` (letters `ACGU`; others weigh nothing), whose loops are given.
pub fn degradation(rna: &str, loops: &[Loop]) -> f64 {
    degradation_by_base(rna, loops).iter().sum()
}

/// The score of each base.
pub fn degradation_by_base(rna: &str, loops: &[Loop]) -> Vec<f64> {
    let features: Vec<(Option<usize>, usize)> = rna
        .bytes()
        .zip(loops)
        .map(|(base, &kind)| (b"AUGC".iter().position(|&known| known == base), column(kind)))
        .collect();
    let score = |at: usize| {
        let first = at.saturating_sub(REACH);
        let last = (at + REACH).min(features.len() - 1);
        let weigh = |place: usize| {
            let row = &COEFFICIENTS[place + REACH - at];
            let (base, kind) = features[place];
            base.map_or(0, |base| i32::from(row[base])) + i32::from(row[kind])
        };
        let thousandths: i32 = (first..=last).map(weigh).sum();
        INTERCEPT + f64::from(thousandths) / 1000.0
    };
    (0..features.len()).map(score).collect()
}

fn column(kind: Loop) -> usize {
    match kind {
        Loop::Hairpin => 4,
        Loop::Exterior => 5,
        Loop::Interior => 6,
        Loop::Multi => 7,
        Loop::Bulge => 8,
        Loop::Stem => 9,
    }
}
