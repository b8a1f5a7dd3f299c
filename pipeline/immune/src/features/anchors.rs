//! Which positions of a peptide an allele holds it by, told by a predictor.
//!
//! Every position of some peptides is changed to every other residue; the more a position's changes move the scores, the
//! more binding depends on it (as in Xia et al. 2023, Sci Immunol 8:eabg2200, with a predictor of the caller's).

use crate::encoding::AMINO_ACIDS;
use crate::predictor::{PredictError, Predictor, Unscorable};

/// Why there are no weights.
#[derive(Debug, thiserror::Error)]
pub enum AnchorError {
    /// No peptide, or peptides of several lengths.
    #[error("weights of anchors need peptides of one length: found lengths {found:?}")]
    Lengths {
        /// Residues of the peptides.
        found: Vec<usize>,
    },
    /// A peptide or the allele.
    #[error(transparent)]
    Unscorable(#[from] Unscorable),
    /// The predictor.
    #[error(transparent)]
    Predictor(#[from] PredictError),
}

/// Weight of each position of peptides like `peptides` (of one length) for an allele in normal form: the mean change of
/// the logarithm of the percentile rank, over all other residues and all peptides, divided by the sum over the positions.
/// Take peptides that the allele presents: of others there is little to lose. Equal weights where no change moves any score.
pub fn anchor_weights(
    predictor: &dyn Predictor,
    allele: &str,
    peptides: &[&str],
) -> Result<Vec<f64>, AnchorError> {
    let mut found: Vec<usize> = peptides.iter().map(|peptide| peptide.len()).collect();
    found.sort_unstable();
    found.dedup();
    let [length] = found[..] else {
        return Err(AnchorError::Lengths { found });
    };
    let mut sums = vec![0.0; length];
    for peptide in peptides {
        let variants: Vec<(usize, String)> = changed(peptide).collect();
        let pairs: Vec<(&str, &str)> = std::iter::once((*peptide, allele))
            .chain(variants.iter().map(|(_, variant)| (variant.as_str(), allele)))
            .collect();
        let ranks = predictor
            .predict(&pairs)?
            .into_iter()
            .map(|answer| answer.map(|a| logarithm(a.percentile)));
        let ranks: Vec<f64> = ranks.collect::<Result<_, _>>()?;
        for ((position, _), rank) in variants.iter().zip(&ranks[1..]) {
            sums[*position] += (rank - ranks[0]).abs();
        }
    }
    let total: f64 = sums.iter().sum();
    let weight = |sum: &f64| if total > 0.0 { sum / total } else { 1.0 / length as f64 };
    Ok(sums.iter().map(weight).collect())
}

/// The positions, 1-based and ascending, of the heaviest weights that together have at least `share` of all.
pub fn heaviest(weights: &[f64], share: f64) -> Vec<usize> {
    let mut places: Vec<usize> = (0..weights.len()).collect();
    places.sort_by(|a, b| weights[*b].total_cmp(&weights[*a]).then(a.cmp(b)));
    let (mut sum, total) = (0.0, weights.iter().sum::<f64>());
    let mut taken: Vec<usize> = places
        .into_iter()
        .take_while(|place| {
            let before = sum;
            sum += weights[*place];
            before < share * total
        })
        .map(|place| place + 1)
        .collect();
    taken.sort_unstable();
    taken
}

/// Ranks below a hundredth of a percent are taken for it.
fn logarithm(percentile: f32) -> f64 {
    f64::from(percentile).max(0.01).ln()
}

/// All peptides with one residue changed, with its 0-based position.
fn changed(peptide: &str) -> impl Iterator<Item = (usize, String)> {
    (0..peptide.len()).flat_map(move |position| {
        let others =
            AMINO_ACIDS.iter().filter(move |other| **other != peptide.as_bytes()[position]);
        others.filter_map(move |other| {
            let (before, after) = (peptide.get(..position)?, peptide.get(position + 1..)?);
            Some((position, format!("{before}{}{after}", char::from(*other))))
        })
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use crate::motif::MotifPredictor;
    use crate::pvacseq::AnchorWeights;

    /// The motif predictor asks for positions 2 and 9, and for little else.
    #[test]
    fn positions_that_the_predictor_asks_for_are_anchors() {
        let predictor = MotifPredictor::new().unwrap();
        let weights =
            anchor_weights(&predictor, "HLA-A*02:01", &["GILGFVFTL", "NLVPMVATV", "GLCTLVAML"])
                .unwrap();
        assert!((weights.iter().sum::<f64>() - 1.0).abs() < 1e-12);
        let mut table = AnchorWeights::default();
        table.insert("HLA-A*02:01", &weights);
        let mut anchors = table.anchors("HLA-A*02:01", 9, 0.5).unwrap();
        anchors.truncate(2);
        anchors.sort_unstable();
        assert_eq!(anchors, [2, 9], "{weights:?}");
    }

    #[test]
    fn what_has_no_weights_is_refused() {
        let predictor = MotifPredictor::new().unwrap();
        let error = |allele, peptides: &[&str]| {
            anchor_weights(&predictor, allele, peptides).unwrap_err().to_string()
        };
        assert!(error("HLA-A*02:01", &[]).contains("lengths []"));
        assert!(error("HLA-A*02:01", &["GILGFVFTL", "GILGFVFT"]).contains("[8, 9]"));
        assert!(error("HLA-Z*02:01", &["GILGFVFTL"]).contains("HLA-Z*02:01"));
    }

    #[test]
    fn the_heaviest_are_taken_until_they_have_their_share() {
        for (weights, share, expected) in [
            (vec![0.1, 0.5, 0.05, 0.35], 0.8, vec![2, 4]),
            (vec![0.1, 0.5, 0.05, 0.35], 0.9, vec![1, 2, 4]),
            (vec![0.25; 4], 0.5, vec![1, 2]),
            (vec![], 0.8, vec![]),
        ] {
            assert_eq!(heaviest(&weights, share), expected);
        }
    }
}
