#![allow(clippy::unwrap_used)]

use super::Clonality::{Clonal, Subclonal};
use super::*;

/// SplitMix64 (Steele et al. 2014): the same numbers on every machine.
struct Random(u64);

impl Random {
    fn uniform(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) >> 11) as f64 / (1_u64 << 53) as f64
    }

    fn binomial(&mut self, trials: u32, chance: f64) -> u32 {
        (0..trials).filter(|_| self.uniform() < chance).count() as u32
    }
}

fn locus(alt_reads: u32, depth: u32, copies: Option<(f64, f64)>) -> Locus {
    let (total, minor) = copies.unzip();
    Locus { alt_reads, depth, total, minor, normal: 2 }
}

#[test]
fn fractions_of_known_samples() {
    let check = |locus: Locus, purity, ccf: f64, clonality, multiplicity| {
        let found = cancer_cell_fraction(&locus, purity).unwrap();
        assert!((found.ccf - ccf).abs() < 1e-9, "{locus:?}: {found:?}");
        assert_eq!((found.clonality, found.multiplicity), (clonality, multiplicity), "{found:?}");
        assert!(found.lower <= found.ccf && found.ccf <= found.upper, "{found:?}");
        assert_eq!(found.assumed_copy_number, locus.total.is_none());
        found
    };
    // Half of the reads of a pure diploid sample: all cells. A tenth: a fifth of them.
    check(locus(50, 100, None), 1.0, 1.0, Clonal, 1);
    let fifth = check(locus(100, 1000, None), 1.0, 0.2, Subclonal, 1);
    assert!(fifth.lower > 0.15 && fifth.upper < 0.25 && fifth.probability_clonal < 1e-6);
    check(locus(30, 100, Some((2.0, 1.0))), 0.6, 1.0, Clonal, 1);
    // Three copies, two of them before the gain: 0.6 * 2 / (0.6 * 3 + 0.4 * 2) = 0.46.
    check(locus(46, 100, Some((3.0, 1.0))), 0.6, 1.0, Clonal, 2);
    check(locus(12, 100, Some((3.0, 1.0))), 0.6, 0.52, Subclonal, 1);
    // Copy-neutral loss of heterozygosity, on both copies.
    check(locus(80, 100, Some((2.0, 0.0))), 0.8, 1.0, Clonal, 2);
    check(locus(40, 100, Some((2.0, 0.0))), 0.8, 1.0, Clonal, 1);
    // One copy of two is left, and the only X of a man; a read of the reference does not refute that all cells have it.
    check(locus(67, 100, Some((1.0, 0.0))), 0.8, 1.0, Clonal, 1);
    check(Locus { normal: 1, ..locus(100, 100, Some((1.0, 0.0))) }, 1.0, 1.0, Clonal, 1);
    check(Locus { normal: 1, ..locus(99, 100, Some((1.0, 0.0))) }, 1.0, 0.99, Clonal, 1);
    let assumed = Locus { normal: 1, ..locus(30, 100, None) };
    check(assumed, 0.6, 0.5, Subclonal, 1);
    // Without reads of the variant, and with one: the least fraction, not none.
    check(locus(0, 500, None), 0.8, 0.01, Subclonal, 1);
    check(locus(1, 1, None), 0.8, 1.0, Clonal, 1);
    // More reads than all cells give.
    check(locus(90, 100, None), 0.5, 1.0, Clonal, 1);
}

#[test]
fn impossible_loci_are_errors() {
    let check = |locus: Locus, purity: f64, error: ClonalityError| {
        assert_eq!(cancer_cell_fraction(&locus, purity), Err(error), "{locus:?}");
    };
    check(locus(0, 0, None), 0.5, ClonalityError::NoReads);
    check(locus(5, 4, None), 0.5, ClonalityError::TooManyAlt);
    for purity in [0.0, -0.1, 1.01, f64::NAN] {
        check(locus(1, 4, None), purity, ClonalityError::Purity);
    }
    check(locus(1, 4, Some((0.0, 0.0))), 0.5, ClonalityError::NoCopies);
    for copies in [(2.0, 1.8), (-1.0, 0.0), (f64::INFINITY, 0.0), (f64::NAN, 0.0), (2.0, f64::NAN)]
    {
        check(locus(1, 4, Some(copies)), 0.5, ClonalityError::CopyNumber);
    }
}

const COPIES: [Option<(f64, f64)>; 8] = [
    None,
    Some((2.0, 1.0)),
    Some((1.0, 0.0)),
    Some((2.0, 0.0)),
    Some((3.0, 1.0)),
    Some((4.0, 2.0)),
    Some((5.3, 0.9)),
    Some((8.0, 0.0)),
];

#[test]
fn the_fraction_does_not_fall_with_the_share_of_reads() {
    for copies in COPIES {
        for purity in [0.1, 0.35, 0.6, 0.95, 1.0] {
            for depth in [7, 60, 401] {
                let found: Vec<_> = (0..=depth)
                    .map(|alt| cancer_cell_fraction(&locus(alt, depth, copies), purity).unwrap())
                    .collect();
                for pair in found.windows(2) {
                    assert!(pair[0].ccf <= pair[1].ccf, "{copies:?} {purity} {depth}: {pair:?}");
                    let probabilities = (pair[0].probability_clonal, pair[1].probability_clonal);
                    assert!(probabilities.0 <= probabilities.1 + 1e-12, "{pair:?}");
                }
            }
        }
    }
}

#[test]
fn intervals_hold_the_truth_at_their_rate() {
    let mut random = Random(4);
    for copies in COPIES {
        let mut held = 0_u32;
        for _ in 0..2000 {
            let purity = 0.3 + 0.7 * random.uniform();
            let depth = 40 + (400.0 * random.uniform()) as u32;
            let state = Copies::of(&locus(0, depth, copies), purity).unwrap();
            let multiplicity = 1 + (random.uniform() * f64::from(state.major)) as u32;
            let point = 1 + (random.uniform() * POINTS as f64) as usize;
            let truth = if multiplicity == 1 { fraction(point) } else { 1.0 };
            let alt = random.binomial(depth, state.share(truth, multiplicity));
            let found = cancer_cell_fraction(&locus(alt, depth, copies), purity).unwrap();
            held += u32::from((found.lower..=found.upper).contains(&truth));
        }
        // Where a gain makes most variants clonal, whose interval nearly always reaches 1, it is more than 95 %.
        let rate = f64::from(held) / 2000.0;
        let highest =
            if Copies::of(&locus(0, 1, copies), 1.0).unwrap().major == 1 { 0.97 } else { 1.0 };
        assert!((0.94..=highest).contains(&rate), "{copies:?}: {rate}");
    }
}

#[test]
fn purity_is_estimated_from_the_clonal_cluster() {
    let mut random = Random(9);
    // Of three variants one or two are in 30 % of the cells, the others clonal.
    for (purity, subclonal) in
        [(0.2, 1), (0.4, 1), (0.6, 1), (0.8, 1), (1.0, 1), (0.6, 2), (0.9, 2)]
    {
        let mut loci = Vec::new();
        for variant in 0..300 {
            let ccf = if variant % 3 < subclonal { 0.3 } else { 1.0 };
            let depth = 80 + (120.0 * random.uniform()) as u32;
            loci.push(locus(random.binomial(depth, purity * ccf / 2.0), depth, None));
        }
        // Lost and gained loci, and those of other numbers in normal cells, take no part.
        loci.extend([locus(90, 100, Some((1.0, 0.0))); 200]);
        loci.extend([Locus { normal: 1, ..locus(90, 100, None) }; 200]);
        let found = estimate_purity(&loci).unwrap();
        assert!((found.purity - purity).abs() < 0.03, "{purity}: {found:?}");
        assert!(found.lower - 0.02 <= purity && purity <= found.upper + 0.02, "{found:?}");
        let clonal = 300 - 100 * subclonal;
        assert!(found.estimated && found.variants.abs_diff(clonal) < 40, "{clonal}: {found:?}");
    }
    let few = estimate_purity(&[locus(10, 50, None); 9]).unwrap_err();
    assert_eq!(few, PurityError::TooFew { found: 9 });
}
