//! What the model sees of a peptide, its wild type and its allele.
//!
//! The residues that face the T cell are those from position 4 to the one before the C terminus; position 2 and the C
//! terminus are anchors (Calis et al. 2013, PLoS Comput Biol 9:e1003266). They count by how many of each amino acid
//! there are: means of any scale of residues (hydropathy, bulk, charge, aromatic rings) are sums of these shares, and
//! position by position nothing was gained in cross-validation. Lengths count as 9 or less against 10 or more, because
//! assays are of 9 and 10 residues.

use vaxloom_immune::Unscorable;
use vaxloom_immune::encoding::{AMINO_ACIDS, MIN_PEPTIDE, index};

/// Number of features.
pub const FEATURES: usize = 3 + AMINO_ACIDS.len();
/// Place of the agretopicity among the features.
pub const AGRETOPICITY: usize = 1;
/// Percentiles below are taken for it: presentation models do not tell them apart.
const LOWEST_PERCENTILE: f64 = 0.01;
/// First residue that faces the T cell, 0-based.
const FIRST_FACING: usize = 3;

/// Mean GC content of the codons of each amino acid in the standard genetic code, in the order of [`AMINO_ACIDS`].
const CODON_GC: [f64; 20] = [
    5.0 / 6.0,
    0.5,
    0.5,
    0.5,
    1.0 / 6.0,
    5.0 / 6.0,
    0.5,
    1.0 / 9.0,
    1.0 / 6.0,
    7.0 / 18.0,
    1.0 / 3.0,
    1.0 / 6.0,
    5.0 / 6.0,
    0.5,
    13.0 / 18.0,
    0.5,
    0.5,
    0.5,
    2.0 / 3.0,
    1.0 / 6.0,
];

/// The features of one row; `None` where there is no value.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Features(pub [Option<f64>; FEATURES]);

/// Names of the features, in order.
pub fn names() -> Vec<String> {
    let shares = AMINO_ACIDS.iter().map(|&code| format!("facing_{}", char::from(code)));
    let first = ["log10_percentile", "log10_agretopicity", "ten_or_longer"];
    first.iter().map(|&name| name.to_owned()).chain(shares).collect()
}

impl Features {
    /// Of a peptide, its percentile rank and, where there is one, that of its wild type.
    pub fn new(peptide: &str, percentile: f32, wild_type: Option<f32>) -> Result<Self, Unscorable> {
        let residues = residues(peptide)?;
        let mutant = log_percentile(percentile);
        let mut values = [Some(0.0); FEATURES];
        values[0] = Some(mutant);
        values[AGRETOPICITY] = wild_type.map(|wild_type| log_percentile(wild_type) - mutant);
        values[2] = Some(f64::from(residues.len() >= 10));
        let facing = &residues[FIRST_FACING..residues.len() - 1];
        let shares = &mut values[3..];
        for &residue in facing {
            if let Some(share) = &mut shares[usize::from(residue)] {
                *share += 1.0 / facing.len() as f64;
            }
        }
        Ok(Self(values))
    }
}

fn log_percentile(percentile: f32) -> f64 {
    f64::from(percentile).clamp(LOWEST_PERCENTILE, 100.0).log10()
}

/// Mean GC content of the codons that a peptide could have, 0 to 1: follows the base composition of the source genome.
pub fn codon_gc(peptide: &str) -> Result<f64, Unscorable> {
    let residues = residues(peptide)?;
    let sum: f64 = residues.iter().map(|&residue| CODON_GC[usize::from(residue)]).sum();
    Ok(sum / residues.len() as f64)
}

/// Indices of the residues; a presentation model has refused what is too long.
fn residues(peptide: &str) -> Result<Vec<u8>, Unscorable> {
    let found = peptide.chars().count();
    if found < MIN_PEPTIDE {
        let max = vaxloom_immune::encoding::MAX_PEPTIDE;
        return Err(Unscorable::Length { found, min: MIN_PEPTIDE, max });
    }
    let residue = |(place, residue): (usize, char)| {
        index(residue).ok_or(Unscorable::Residue { residue, position: place + 1 })
    };
    peptide.chars().enumerate().map(residue).collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn share(features: &Features, code: u8) -> f64 {
        features.0[3 + usize::from(index(char::from(code)).unwrap())].unwrap()
    }

    #[test]
    fn anchors_and_the_first_three_do_not_count() {
        // Facing: GFVFT of GILGFVFTL.
        let features = Features::new("GILGFVFTL", 0.1, None).unwrap();
        for (code, expected) in [(b'G', 0.2), (b'F', 0.4), (b'V', 0.2), (b'T', 0.2), (b'L', 0.0)] {
            assert!((share(&features, code) - expected).abs() < 1e-12, "{}", char::from(code));
        }
        assert_eq!(names().len(), FEATURES);
    }

    #[test]
    fn percentiles_are_logarithms_with_a_floor() {
        for (mutant, wild_type, expected) in [
            (1.0, Some(10.0), [Some(0.0), Some(1.0)]),
            (0.0, Some(100.0), [Some(-2.0), Some(4.0)]),
            (100.0, None, [Some(2.0), None]),
        ] {
            let features = Features::new("GILGFVFTLA", mutant, wild_type).unwrap();
            assert_eq!(features.0[..2], expected);
            assert_eq!(features.0[2], Some(1.0));
        }
    }

    /// Against the standard code, written out (NCBI translation table 1).
    #[test]
    fn gc_of_the_codons_is_that_of_the_standard_code() {
        let code = b"FFLLSSSSYY**CC*WLLLLPPPPHHQQRRRRIIIMTTTTNNKKSSRRVVVVAAAADDEEGGGG";
        for (&amino_acid, given) in AMINO_ACIDS.iter().zip(CODON_GC) {
            let (mut sum, mut codons) = (0.0, 0.0);
            for (place, _) in code.iter().enumerate().filter(|(_, letter)| **letter == amino_acid) {
                // Bases in the order TCAG: 1 is C, 3 is G.
                sum +=
                    [place / 16, place / 4 % 4, place % 4].iter().filter(|b| **b % 2 == 1).count()
                        as f64;
                codons += 3.0;
            }
            assert!((sum / codons - given).abs() < 1e-12, "{}", char::from(amino_acid));
        }
    }

    #[test]
    fn what_is_no_peptide_is_refused() {
        let refused = |peptide| Features::new(peptide, 1.0, None).unwrap_err();
        assert_eq!(refused("GILGFVX"), Unscorable::Length { found: 7, min: 8, max: 14 });
        assert_eq!(refused("GILGFVXL"), Unscorable::Residue { residue: 'X', position: 7 });
    }
}
