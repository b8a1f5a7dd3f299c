//! From logits to percentile ranks.
//!
//! Every distinct pseudo-sequence scores the same random natural peptides; the table keeps the
//! logit at a grid of ranks, dense where binders are. A peptide's percentile is the share of random
//! peptides that score as high.

use crate::architecture::Network;
use crate::encoding::Peptide;
use crate::tensors::{Entry, TensorFileError, read_floats, serialize};
use crate::workers::share_out;
use safetensors::SafeTensors;
use tch::{Kind, TchError, Tensor};
use vaxloom_immune::encoding::PSEUDOSEQUENCE;
use vaxloom_immune::percentile::PercentileTable;

/// Ranks of the grid.
const GRID: usize = 120;
/// Pairs of one forward.
const ROWS: i64 = 1024;
/// Pseudo-sequences between two words of progress.
const ROUND: usize = 128;

/// What random natural peptides score with each distinct pseudo-sequence.
#[derive(Debug, Clone, PartialEq)]
pub struct Calibration {
    tables: Vec<PercentileTable>,
}

impl Calibration {
    /// The percentile of a logit, linear between the ranks of the grid; never below that of the
    /// best random peptide. `pseudosequence` is one of those that the table was read for.
    pub fn percentile(&self, pseudosequence: usize, logit: f32) -> f32 {
        self.tables[pseudosequence].percentile(logit)
    }

    /// Reads `calibration.safetensors` for so many pseudo-sequences.
    pub(crate) fn parse(bytes: &[u8], pseudosequences: usize) -> Result<Self, TensorFileError> {
        let file = SafeTensors::deserialize(bytes)?;
        let grid = file.tensor("percentiles")?.shape().iter().product();
        let percentiles = floats(&read_floats(&file, "percentiles", &[grid])?)?;
        let logits = floats(&read_floats(&file, "logits", &[pseudosequences, grid])?)?;
        let table = |logits: &[f32]| PercentileTable::new(logits.to_vec(), percentiles.clone());
        let tables = logits.chunks(grid.max(1)).map(table).collect::<Result<_, _>>()?;
        Ok(Self { tables })
    }
}

/// Scores `peptides` (distinct, random) with every pseudo-sequence and makes
/// `calibration.safetensors` of it; `progress` gets how many are done.
pub(crate) fn calibrate(
    network: &Network,
    pseudosequences: &[[u8; PSEUDOSEQUENCE]],
    peptides: &[Peptide],
    mut progress: impl FnMut(usize),
) -> Result<Vec<u8>, TensorFileError> {
    let mut bytes = Vec::new();
    for peptide in peptides {
        peptide.encode(&mut bytes);
    }
    let ranks = ranks(peptides.len());
    let mut logits: Vec<f32> = Vec::with_capacity(pseudosequences.len() * ranks.len());
    for (round, sequences) in pseudosequences.chunks(ROUND).enumerate() {
        logits.extend(share_out(network, sequences, 1, |network, sequences| {
            let peptides = network.peptide_part(&bytes)?;
            let per_allele = sequences.iter().map(|sequence| {
                let sorted = sorted_logits(network, &peptides, &network.allele_part(sequence)?)?;
                Ok(ranks.iter().map(|&rank| sorted[rank - 1]).collect::<Vec<f32>>())
            });
            Ok(per_allele.collect::<Result<Vec<_>, TchError>>()?.concat())
        })?);
        progress(round * ROUND + sequences.len());
    }
    let percentiles: Vec<f32> =
        ranks.iter().map(|&r| 100.0 * r as f32 / peptides.len() as f32).collect();
    serialize_table(&percentiles, &logits)
}

fn serialize_table(percentiles: &[f32], logits: &[f32]) -> Result<Vec<u8>, TensorFileError> {
    let grid = percentiles.len() as i64;
    let logits = Tensor::f_from_slice(logits)?.f_view([-1, grid])?;
    let entries = [
        Entry::floats("percentiles", &Tensor::f_from_slice(percentiles)?, Kind::Float)?,
        Entry::floats("logits", &logits, Kind::Float)?,
    ];
    serialize(&entries, None)
}

/// Ranks from the last to the best (1), about evenly spaced on a logarithmic scale.
fn ranks(peptides: usize) -> Vec<usize> {
    let step = (peptides as f64).ln() / (GRID - 1) as f64;
    let mut ranks: Vec<usize> =
        (0..GRID).map(|i| (step * i as f64).exp().round() as usize).collect();
    ranks.dedup();
    ranks.reverse();
    ranks
}

fn sorted_logits(
    network: &Network,
    peptides: &Tensor,
    allele: &Tensor,
) -> Result<Vec<f32>, TchError> {
    let parts: Result<Vec<Tensor>, TchError> =
        peptides.f_split(ROWS, 0)?.iter().map(|part| network.logits(part, allele, None)).collect();
    let mut logits = floats(&Tensor::f_cat(&parts?, 0)?)?;
    logits.sort_unstable_by(|a, b| b.total_cmp(a));
    Ok(logits)
}

/// The values of a float tensor, row after row.
pub(crate) fn floats(tensor: &Tensor) -> Result<Vec<f32>, TchError> {
    let mut values = vec![0.0; tensor.numel()];
    tensor.f_to(tch::Device::Cpu)?.f_contiguous()?.f_copy_data(&mut values, tensor.numel())?;
    Ok(values)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_table_is_read_as_it_was_written() {
        let bytes = serialize_table(&[100.0, 1.0], &[-4.0, 4.0, 0.0, 2.0]).unwrap();
        let table = Calibration::parse(&bytes, 2).unwrap();
        for (pseudosequence, logit, expected) in
            [(0, 4.0, 1.0), (0, 0.0, 50.5), (1, 0.0, 100.0), (1, 9.0, 1.0)]
        {
            assert!((table.percentile(pseudosequence, logit) - expected).abs() < 1e-4, "{logit}");
        }
        assert!(Calibration::parse(&bytes, 3).is_err());
        assert!(Calibration::parse(&bytes[..bytes.len() - 1], 2).is_err());
    }

    #[test]
    fn a_table_out_of_order_is_refused() {
        let bytes = serialize_table(&[100.0, 1.0], &[1.0, 0.0]).unwrap();
        let error = Calibration::parse(&bytes, 1).unwrap_err();
        assert!(matches!(error, TensorFileError::Calibration(_)), "{error}");
    }

    #[test]
    fn ranks_reach_from_last_to_first() {
        let ranks = ranks(20_000);
        assert_eq!((ranks[0], *ranks.last().unwrap()), (20_000, 1));
        assert!(ranks.is_sorted_by(|a, b| a > b));
    }
}
