//! How wrong the network is.

use crate::architecture::{Architecture, Head};
use crate::batch::Target;
use crate::data::Bound;
use tch::{Kind, Reduction, TchError, Tensor};

/// Cross-entropy of ligands and decoys, and `affinity_weight` times the squared error of affinities, summed over the rows
/// and members of `logits`, `[members, n, heads]`.
pub(crate) fn loss(
    architecture: &Architecture,
    affinity_weight: f64,
    logits: &Tensor,
    targets: &[Target],
) -> Result<Tensor, TchError> {
    let of_head = |head: Head| -> Result<Option<(Tensor, Vec<&Target>)>, TchError> {
        let (rows, targets): (Vec<i64>, Vec<&Target>) =
            (0..).zip(targets).filter(|(_, target)| target.head() == head).unzip();
        let Some(place) = architecture.head(head).filter(|_| !rows.is_empty()) else {
            return Ok(None);
        };
        let rows = Tensor::f_from_slice(&rows)?.f_to(logits.device())?;
        Ok(Some((logits.f_select(2, place as i64)?.f_index_select(1, &rows)?, targets)))
    };
    let mut loss = Tensor::f_zeros([1], (Kind::Float, logits.device()))?;
    if let Some((logits, targets)) = of_head(Head::Presentation)? {
        let labels = targets.iter().map(|t| f32::from(u8::from(**t == Target::Ligand)));
        loss = loss.f_add(&cross_entropy(&logits, &labels.collect::<Vec<_>>())?)?;
    }
    if let Some((logits, targets)) = of_head(Head::Affinity)? {
        let error = censored_error(&logits, &targets)?;
        loss = loss.f_add(&error.f_mul_scalar(affinity_weight)?)?;
    }
    Ok(loss)
}

/// Binary cross-entropy of `[members, n]` logits, summed.
fn cross_entropy(logits: &Tensor, labels: &[f32]) -> Result<Tensor, TchError> {
    let labels = Tensor::f_from_slice(labels)?.f_to(logits.device())?.f_expand_as(logits)?;
    logits.f_binary_cross_entropy_with_logits::<Tensor>(&labels, None, None, Reduction::Sum)
}

/// Squared error of `[members, n]` logits as affinities, summed. An affinity that is known to be above (below) a value
/// is in error only where the prediction is below (above) it (O'Donnell et al. 2018, Cell Systems 7:129).
fn censored_error(logits: &Tensor, targets: &[&Target]) -> Result<Tensor, TchError> {
    let (mut values, mut least, mut most) = (vec![], vec![], vec![]);
    for target in targets {
        if let Target::Affinity { target, bound } = target {
            values.push(*target);
            most.push(if *bound == Bound::Least { 0.0 } else { 1.0_f32 });
            least.push(if *bound == Bound::Most { 0.0 } else { -1.0_f32 });
        }
    }
    let on_device = |values: &[f32]| Tensor::f_from_slice(values)?.f_to(logits.device());
    let error = logits.f_sigmoid()?.f_sub(&on_device(&values)?)?;
    let error = error.f_clamp_tensor(Some(on_device(&least)?), Some(on_device(&most)?))?;
    error.f_square()?.f_sum(Kind::Float)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_bound_is_wrong_on_one_side_only() {
        // The sigmoid of 0 is 0.5: what is measured stronger has a target above it.
        for (bound, target, expected) in [
            (Bound::Exact, 0.7, 0.04),
            (Bound::Exact, 0.3, 0.04),
            (Bound::Least, 0.7, 0.04),
            (Bound::Least, 0.3, 0.0),
            (Bound::Most, 0.7, 0.0),
            (Bound::Most, 0.3, 0.04),
        ] {
            let logits = Tensor::from_slice(&[0.0_f32, 0.0]).view([2, 1]);
            let error = censored_error(&logits, &[&Target::Affinity { target, bound }]).unwrap();
            let found = error.double_value(&[]);
            assert!((found - 2.0 * expected).abs() < 1e-6, "{bound:?} {target}: {found}");
        }
    }

    #[test]
    fn ligands_and_decoys_cost_their_surprise() {
        let logits = Tensor::from_slice(&[0.0_f32, 3.0_f32.ln(), 3.0_f32.ln()]).view([1, 3]);
        let found = cross_entropy(&logits, &[1.0, 1.0, 0.0]).unwrap().double_value(&[]);
        let expected = 2.0_f64.ln() + (4.0_f64 / 3.0).ln() + 4.0_f64.ln();
        assert!((found - expected).abs() < 1e-5, "{found}");
    }
}
