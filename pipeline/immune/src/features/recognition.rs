//! How like a peptide is to known epitopes, and how unlike to self: published scores over local alignments.
//!
//! Both rest on the chance that a receptor which binds one of the known sequences binds the peptide too, a sum over the
//! sequences' alignment scores (Łuksza et al. 2017, Nature 551:517, equation 3):
//! R = Σ exp(-k (a - s)) / (1 + Σ exp(-k (a - s))).

use super::alignment::{BLAST_GAPS, Finder};

/// Midpoint a (an alignment score in half bits) and steepness k of the chance of recognition.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Curve {
    /// Score at which one sequence alone gives a chance of one half.
    pub midpoint: f64,
    /// How fast the chance rises with the score.
    pub steepness: f64,
}

/// Łuksza et al. 2017: a = 26, k = 4.86936.
pub const LUKSZA_2017: Curve = Curve { midpoint: 26.0, steepness: 4.86936 };
/// Richman et al. 2019 (Cell Syst 9:375), for self: a = 32 and the same k.
pub const RICHMAN_2019: Curve = Curve { midpoint: 32.0, steepness: 4.86936 };

/// Half bits below the midpoint at which a sequence adds no more than 1e-12 to the sum.
const NEGLIGIBLE: i32 = 6;

/// Chance from 0 to 1 that a receptor of one of `known` recognises the peptide. Every sequence counts once, with its best
/// alignment; those too weak to add to the sum are left out, as in the BLAST search of the published programs.
pub fn recognition<'a>(
    peptide: &str,
    known: impl IntoIterator<Item = &'a str>,
    curve: Curve,
) -> f64 {
    let finder = Finder::new(peptide, BLAST_GAPS, curve.midpoint as i32 - NEGLIGIBLE);
    let weight = |sequence: &str| {
        let score = f64::from(finder.score(sequence)?);
        Some((-curve.steepness * (curve.midpoint - score)).exp())
    };
    let sum = known.into_iter().filter_map(weight).fold(0.0, |sum, weight| sum + weight);
    // An exponential beyond the largest number is certainty.
    if sum.is_infinite() { 1.0 } else { sum / (1.0 + sum) }
}

/// Likeness to known epitopes of pathogens, 0 to 1.
pub fn foreignness<'a>(peptide: &str, epitopes: impl IntoIterator<Item = &'a str>) -> f64 {
    recognition(peptide, epitopes, LUKSZA_2017)
}

/// Unlikeness to self, 0 to 1, over the proteins of a proteome. The mutant's own protein counts like any other.
pub fn dissimilarity<'a>(peptide: &str, proteome: impl IntoIterator<Item = &'a str>) -> f64 {
    1.0 - recognition(peptide, proteome, RICHMAN_2019)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_chance_is_that_of_the_formula() {
        // GILGFVFTL with itself scores 45, with one A for G 39.
        let expected = |scores: &[f64]| {
            let sum: f64 = scores.iter().map(|score| (-0.2 * (40.0 - score)).exp()).sum();
            sum / (1.0 + sum)
        };
        let curve = Curve { midpoint: 40.0, steepness: 0.2 };
        // Both are within what counts.
        let found = recognition("GILGFVFTL", ["GILGFVFTL", "GILAFVFTL"], curve);
        assert!((found - expected(&[45.0, 39.0])).abs() < 1e-12);
        assert!(
            (recognition("GILGFVFTL", ["GILAFVFTL"], Curve { midpoint: 39.0, ..curve }) - 0.5)
                .abs()
                < 1e-12
        );
    }

    #[test]
    fn the_same_is_not_foreign_to_itself_and_nothing_is_not_known() {
        assert!(foreignness("GILGFVFTL", ["GILGFVFTL"]) > 0.999_999);
        assert!(foreignness("GILGFVFTL", ["AAAAAAAAA"]) < 1e-12);
        assert!(foreignness("GILGFVFTL", []).abs() < 1e-12);
        assert!(dissimilarity("GILGFVFTL", ["MMGILGFVFTLMM"]) < 1e-6);
        assert!(dissimilarity("GILGFVFTL", ["KKKKKKKKK"]) > 0.999_999);
    }
}
