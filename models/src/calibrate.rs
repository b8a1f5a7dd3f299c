//! From logits to percentile ranks.
//!
//! Every distinct pseudo-sequence scores the same random natural peptides; the table keeps the
//! logit at a grid of ranks, dense where binders are. A peptide's percentile is the share of random
//! peptides that score as high.

use crate::architecture::Network;
use crate::encoding::{Flanks, Peptide};
use crate::tensors::{Entry, TensorFileError, read_floats, serialize};
use crate::workers::share_out;
use safetensors::SafeTensors;
use tch::{Kind, TchError, Tensor};
use vaxloom_immune::encoding::PSEUDOSEQUENCE;
use vaxloom_immune::percentile::PercentileTable;

/// Ranks of the grid.
const GRID: usize = 120;
/// Peptide rows of one forward.
const ROWS: i64 = 1024;
/// Pseudo-sequences between two words of progress.
const ROUND: usize = 128;

/// What random natural peptides score with each distinct pseudo-sequence, head by head.
#[derive(Debug, Clone, PartialEq)]
pub struct Calibration {
    tables: Vec<PercentileTable>,
    heads: usize,
}

impl Calibration {
    /// The percentile of a head's logit, linear between the ranks of the grid; never below that of the best random
    /// peptide. `pseudosequence` is one of those that the table was read for.
    pub fn percentile(&self, pseudosequence: usize, head: usize, logit: f32) -> f32 {
        self.tables[pseudosequence * self.heads + head].percentile(logit)
    }

    /// Reads `calibration.safetensors` for so many pseudo-sequences and heads.
    pub(crate) fn parse(
        bytes: &[u8],
        pseudosequences: usize,
        heads: usize,
    ) -> Result<Self, TensorFileError> {
        let file = SafeTensors::deserialize(bytes)?;
        let grid = file.tensor("percentiles")?.shape().iter().product();
        let percentiles = floats(&read_floats(&file, "percentiles", &[grid])?)?;
        let logits = floats(&read_floats(&file, "logits", &[pseudosequences, heads, grid])?)?;
        let table = |logits: &[f32]| PercentileTable::new(logits.to_vec(), percentiles.clone());
        let tables = logits.chunks(grid.max(1)).map(table).collect::<Result<_, _>>()?;
        Ok(Self { tables, heads })
    }
}

/// Scores `peptides` (distinct, random) with every pseudo-sequence and makes `calibration.safetensors` of it; `progress`
/// gets how many are done.
pub(crate) fn calibrate(
    network: &Network,
    pseudosequences: &[[u8; PSEUDOSEQUENCE]],
    peptides: &[Peptide],
    mut progress: impl FnMut(usize),
) -> Result<Vec<u8>, TensorFileError> {
    let encoding = network.architecture().encoding();
    let (mut bytes, mut ends) = (Vec::new(), Vec::new());
    for peptide in peptides {
        encoding.encode(peptide, &Flanks::UNKNOWN, &mut bytes);
        ends.push(bytes.len() / encoding.width());
    }
    let ranks = ranks(peptides.len());
    let heads = network.architecture().heads.len();
    let mut logits: Vec<f32> = Vec::with_capacity(pseudosequences.len() * heads * ranks.len());
    for (round, sequences) in pseudosequences.chunks(ROUND).enumerate() {
        logits.extend(share_out(network, sequences, 1, |network, sequences| {
            let peptides = network.peptide_part(&bytes)?;
            let mut at_ranks = Vec::new();
            for sequence in sequences {
                let molecule = network.molecule_part(sequence)?;
                let logits = row_logits(network, &peptides, &molecule)?;
                for head in 0..heads {
                    let sorted = sorted_best(&logits[head..], heads, &ends);
                    at_ranks.extend(ranks.iter().map(|&rank| sorted[rank - 1]));
                }
            }
            Ok(at_ranks)
        })?);
        progress(round * ROUND + sequences.len());
    }
    let percentiles: Vec<f32> =
        ranks.iter().map(|&r| 100.0 * r as f32 / peptides.len() as f32).collect();
    serialize_table(&percentiles, heads, &logits)
}

fn serialize_table(
    percentiles: &[f32],
    heads: usize,
    logits: &[f32],
) -> Result<Vec<u8>, TensorFileError> {
    let grid = percentiles.len() as i64;
    let logits = Tensor::f_from_slice(logits)?.f_view([-1, heads as i64, grid])?;
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

/// Logits of every peptide row with one molecule, `[rows, heads]`, row after row.
fn row_logits(
    network: &Network,
    peptides: &Tensor,
    molecule: &Tensor,
) -> Result<Vec<f32>, TchError> {
    let mut logits = Vec::new();
    for part in peptides.f_split(ROWS, 0)? {
        logits.extend(floats(&network.logits(&part, molecule)?)?);
    }
    Ok(logits)
}

/// Each peptide's best row of one head, best peptide first. `logits` starts at the head, `heads` apart; `ends` says where
/// the peptides' rows end.
fn sorted_best(logits: &[f32], heads: usize, ends: &[usize]) -> Vec<f32> {
    let mut start = 0;
    let best = ends.iter().map(|&end| {
        let rows = (start..end).map(|row| logits[row * heads]);
        start = end;
        rows.fold(f32::NEG_INFINITY, f32::max)
    });
    let mut best: Vec<f32> = best.collect();
    best.sort_unstable_by(|a, b| b.total_cmp(a));
    best
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
    use crate::architecture::{Architecture, Head, initialise};
    use crate::encoding::Class;
    use crate::sampling::NaturalPeptides;
    use rand::{RngExt, SeedableRng};
    use rand_chacha::ChaCha8Rng;
    use tch::Device;

    #[test]
    fn a_table_is_read_as_it_was_written() {
        let bytes = serialize_table(&[100.0, 1.0], 2, &[-4.0, 4.0, 0.0, 2.0]).unwrap();
        let table = Calibration::parse(&bytes, 1, 2).unwrap();
        for (head, logit, expected) in
            [(0, 4.0, 1.0), (0, 0.0, 50.5), (1, 0.0, 100.0), (1, 9.0, 1.0)]
        {
            assert!((table.percentile(0, head, logit) - expected).abs() < 1e-4, "{logit}");
        }
        assert!(Calibration::parse(&bytes, 2, 1).is_err());
        assert!(Calibration::parse(&bytes[..bytes.len() - 1], 1, 2).is_err());
    }

    /// Of a network, the k-th best of n peptides has a percentile of 100 k / n, for each molecule and head.
    #[test]
    fn the_peptides_themselves_have_their_ranks() {
        let architecture = Architecture {
            class: Class::Two,
            heads: vec![Head::Presentation, Head::Affinity],
            members: 1,
            first: 8,
            second: 4,
            flank: 0,
        };
        let mut rng = ChaCha8Rng::seed_from_u64(1);
        let network = initialise(&architecture, &mut rng).unwrap();
        let network = Network::new(&architecture, &network, Device::Cpu).unwrap();
        let window = (0..400).map(|_| rng.random_range(0..20)).collect();
        let natural = NaturalPeptides::new(vec![window], [9, 15]).unwrap();
        let peptides = natural.distinct(50, [9, 15], &mut rng);
        let sequences = [[0; PSEUDOSEQUENCE], [1; PSEUDOSEQUENCE]];
        let mut told = 0;
        let bytes = calibrate(&network, &sequences, &peptides, |done| told = done).unwrap();
        assert_eq!(told, 2);
        let table = Calibration::parse(&bytes, 2, 2).unwrap();
        let encoding = architecture.encoding();
        for (place, sequence) in sequences.iter().enumerate() {
            for head in 0..2 {
                let mut logits: Vec<f32> = (peptides.iter())
                    .map(|peptide| {
                        let mut rows = Vec::new();
                        encoding.encode(peptide, &Flanks::UNKNOWN, &mut rows);
                        let rows = network.peptide_part(&rows).unwrap();
                        let molecule = network.molecule_part(sequence).unwrap();
                        let logits = row_logits(&network, &rows, &molecule).unwrap();
                        logits.chunks(2).map(|row| row[head]).fold(f32::NEG_INFINITY, f32::max)
                    })
                    .collect();
                logits.sort_unstable_by(|a, b| b.total_cmp(a));
                for rank in ranks(50) {
                    let found = table.percentile(place, head, logits[rank - 1]);
                    let expected = 2.0 * rank as f32;
                    assert!((found - expected).abs() < 0.05, "rank {rank} is at {found}");
                }
            }
        }
    }

    #[test]
    fn a_table_out_of_order_is_refused() {
        let bytes = serialize_table(&[100.0, 1.0], 1, &[1.0, 0.0]).unwrap();
        let error = Calibration::parse(&bytes, 1, 1).unwrap_err();
        assert!(matches!(error, TensorFileError::Calibration(_)), "{error}");
    }

    #[test]
    fn a_peptide_is_as_good_as_its_best_row() {
        // Two heads, rows of two peptides: 2 and 3.
        let logits = [1.0, 9.0, 3.0, 9.0, -2.0, 9.0, 5.0, 9.0, 4.0, 9.0];
        assert_eq!(sorted_best(&logits, 2, &[2, 5]), [5.0, 3.0]);
    }

    #[test]
    fn ranks_reach_from_last_to_first() {
        let ranks = ranks(20_000);
        assert_eq!((ranks[0], *ranks.last().unwrap()), (20_000, 1));
        assert!(ranks.is_sorted_by(|a, b| a > b));
    }
}
