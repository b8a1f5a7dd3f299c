//! Blocks of rows through the network.
//!
//! Every forward has as many rows, the last one filled up, so that a pair's arithmetic does not depend on how many
//! others there are.

use crate::architecture::Network;
use crate::batch::select;
use crate::calibrate::floats;
use crate::encoding::Class;
use std::cell::Cell;
use std::ops::Range;
use tch::{Device, TchError, Tensor};

/// Rows of one forward on the CPU: their first layer fits into a core's cache.
const BLOCK: usize = 128;
/// The same on a GPU, where a forward must be large to be worth its start.
const GPU_BLOCK: usize = 65_536;

/// The best row of a peptide with a molecule.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Best {
    /// Of each head; there are two at most.
    pub(crate) logits: [f32; 2],
    /// Standard deviation over the members of the first head's.
    pub(crate) spread: f32,
    /// The row, where there are several: the start of the binding core.
    pub(crate) core: Option<u8>,
}

/// Scores on behalf of one worker.
pub(crate) struct Scorer<'a> {
    network: &'a Network,
    heads: usize,
    /// Numbers of a row: the heads' logits and the spread.
    width: usize,
    several_rows: bool,
    /// Halved when the device runs out of memory.
    block: Cell<usize>,
}

impl<'a> Scorer<'a> {
    pub(crate) fn new(network: &'a Network) -> Self {
        let architecture = network.architecture();
        Self {
            network,
            heads: architecture.heads.len(),
            width: architecture.heads.len() + 1,
            several_rows: architecture.class == Class::Two,
            block: Cell::new(if network.device() == Device::Cpu { BLOCK } else { GPU_BLOCK }),
        }
    }

    /// First-layer parts of encoded peptide rows.
    pub(crate) fn peptides(&self, bytes: &[u8]) -> Result<Tensor, TchError> {
        self.network.peptide_part(bytes)
    }

    /// First-layer parts of encoded molecules.
    pub(crate) fn molecules(&self, bytes: &[u8]) -> Result<Tensor, TchError> {
        self.network.molecule_part(bytes)
    }

    /// Every peptide's best row with one molecule; `ends` says where the peptides' rows end.
    pub(crate) fn column(
        &self,
        peptides: &Tensor,
        molecules: &Tensor,
        molecule: usize,
        ends: &[usize],
    ) -> Result<Vec<Best>, TchError> {
        let molecule = molecules.f_narrow(0, molecule as i64, 1)?;
        let rows = ends.last().copied().unwrap_or_default();
        let mut logits = Vec::with_capacity(rows * self.width);
        let mut start = 0;
        while start < rows {
            let of_block = self.with_room(|block| {
                let taken = block.min(rows - start);
                let part = peptides.f_narrow(0, start as i64, taken as i64)?;
                let part = if taken < block { fill_up(&part, block)? } else { part };
                let logits = floats(&self.network.logits_with_spread(&part, &molecule)?)?;
                Ok(logits[..taken * self.width].to_vec())
            })?;
            start += of_block.len() / self.width;
            logits.extend(of_block);
        }
        let starts = std::iter::once(0).chain(ends.iter().copied());
        Ok(starts.zip(ends).map(|(start, &end)| self.best(&logits, start..end)).collect())
    }

    /// The best row of each pair of a range of peptide rows and a molecule.
    pub(crate) fn pairs(
        &self,
        peptides: &Tensor,
        molecules: &Tensor,
        pairs: &[(Range<usize>, usize)],
    ) -> Result<Vec<Best>, TchError> {
        let candidates = || {
            pairs.iter().flat_map(|(rows, m)| rows.clone().map(move |row| (row as i64, *m as i64)))
        };
        let (rows, of): (Vec<i64>, Vec<i64>) = candidates().unzip();
        let mut logits = Vec::with_capacity(rows.len() * self.width);
        let mut start = 0;
        while start < rows.len() {
            let of_block = self.with_room(|block| {
                let end = (start + block).min(rows.len());
                let gather = |parts: &Tensor, index: &[i64]| {
                    let mut index = index[start..end].to_vec();
                    index.resize(block, 0);
                    select(parts, &index)
                };
                let (peptides, molecules) = (gather(peptides, &rows)?, gather(molecules, &of)?);
                let logits = floats(&self.network.logits_with_spread(&peptides, &molecules)?)?;
                Ok(logits[..(end - start) * self.width].to_vec())
            })?;
            start += of_block.len() / self.width;
            logits.extend(of_block);
        }
        let mut start = 0;
        let best = pairs.iter().map(|(rows, _)| {
            let candidates = start..start + rows.len();
            start = candidates.end;
            self.best(&logits, candidates)
        });
        Ok(best.collect())
    }

    /// The row with the highest logit of the first head, the first of equals.
    fn best(&self, logits: &[f32], rows: Range<usize>) -> Best {
        let first = rows.start;
        let logit = |row: usize| logits[row * self.width];
        let row = rows.reduce(|a, b| if logit(b) > logit(a) { b } else { a }).unwrap_or(first);
        let mut best = [0.0; 2];
        let numbers = &logits[row * self.width..][..self.width];
        best[..self.heads].copy_from_slice(&numbers[..self.heads]);
        Best {
            logits: best,
            spread: numbers[self.heads],
            core: self.several_rows.then_some((row - first) as u8),
        }
    }

    /// Does a block's work; where the device runs out of memory, again with half as many rows, which it stays with.
    fn with_room<T>(&self, work: impl Fn(usize) -> Result<T, TchError>) -> Result<T, TchError> {
        loop {
            let block = self.block.get();
            match work(block) {
                Err(error) if block > 1 && is_out_of_memory(&error) => {
                    tracing::warn!(
                        "the device is out of memory at {block} rows a forward: going on with half"
                    );
                    self.block.set(block / 2);
                }
                done => return done,
            }
        }
    }
}

/// libtorch says so in words only.
fn is_out_of_memory(error: &TchError) -> bool {
    let text = error.to_string();
    text.contains("out of memory") || text.contains("not enough memory")
}

/// The rows, and zeros up to `block` of them.
fn fill_up(part: &Tensor, block: usize) -> Result<Tensor, TchError> {
    let missing = block as i64 - part.size()[0];
    part.f_constant_pad_nd([0, 0, 0, missing])
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::architecture::{Architecture, Head, initialise};
    use rand::SeedableRng;
    use rand_chacha::ChaCha8Rng;

    #[test]
    fn a_device_without_room_is_asked_for_less() {
        let architecture = Architecture {
            class: Class::One,
            heads: vec![Head::Presentation],
            members: 1,
            first: 8,
            second: 4,
            flank: 0,
        };
        let parameters = initialise(&architecture, &mut ChaCha8Rng::seed_from_u64(1)).unwrap();
        let network = Network::new(&architecture, &parameters, Device::Cpu).unwrap();
        let scorer = Scorer::new(&network);
        let out_of_memory = || TchError::Torch("CUDA out of memory. Tried to allocate".to_owned());
        let work =
            |room: usize| move |block| if block > room { Err(out_of_memory()) } else { Ok(block) };
        assert_eq!(scorer.with_room(work(100)).unwrap(), 64);
        assert_eq!(scorer.with_room(work(1000)).unwrap(), 64, "it stays with what went well");
        assert!(scorer.with_room(work(0)).is_err(), "one row is the least");
        let broken = |_| -> Result<(), _> { Err(TchError::Torch("a device assert".to_owned())) };
        assert!(scorer.with_room(broken).is_err());
    }
}
