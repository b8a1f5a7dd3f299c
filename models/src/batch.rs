//! Examples as the network takes them.
//!
//! An example is a bag of candidates: the rows of its peptide (the binding cores of class II) with each molecule of its
//! genotype. Its logit is that of its best candidate, so that core and presenting molecule are found, not given
//! (multiple-instance learning, as for genotypes in Alvarez et al. 2019, Molecular & Cellular Proteomics 18:2459).

use crate::architecture::{Head, Network};
use crate::calibrate::floats;
use crate::data::{Bound, Measured};
use crate::encoding::{Encoding, Flanks, Peptide};
use tch::{TchError, Tensor};

/// What an example's logit should become.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Target {
    Ligand,
    Decoy,
    Affinity { target: f32, bound: Bound },
}

impl Target {
    pub(crate) fn head(self) -> Head {
        match self {
            Self::Ligand | Self::Decoy => Head::Presentation,
            Self::Affinity { .. } => Head::Affinity,
        }
    }
}

impl From<Measured> for Target {
    fn from(measured: Measured) -> Self {
        match measured {
            Measured::Ligand => Self::Ligand,
            Measured::Affinity { target, bound } => Self::Affinity { target, bound },
        }
    }
}

/// Examples, their candidates one after the other.
#[derive(Debug, Default)]
pub(crate) struct Batch {
    /// Encoded peptide rows.
    pub(crate) peptides: Vec<u8>,
    /// By candidate: row among the peptide rows.
    rows: Vec<i64>,
    /// By candidate: index among the training molecules.
    molecules: Vec<i64>,
    /// By example: where its candidates end.
    ends: Vec<usize>,
    pub(crate) targets: Vec<Target>,
}

impl Batch {
    pub(crate) fn push(
        &mut self,
        encoding: &Encoding,
        (peptide, flanks): (&Peptide, &Flanks),
        molecules: &[u16],
        target: Target,
    ) {
        let first = (self.peptides.len() / encoding.width()) as i64;
        encoding.encode(peptide, flanks, &mut self.peptides);
        let rows = encoding.rows(peptide) as i64;
        for &molecule in molecules {
            self.rows.extend(first..first + rows);
            self.molecules.extend(std::iter::repeat_n(i64::from(molecule), rows as usize));
        }
        self.ends.push(self.rows.len());
        self.targets.push(target);
    }

    pub(crate) fn len(&self) -> usize {
        self.targets.len()
    }

    /// The best candidate of every example, `[n]`: row and molecule. The network decides without dropout, by the head
    /// of the example's target.
    pub(crate) fn best(
        &self,
        network: &Network,
        molecule_parts: &Tensor,
    ) -> Result<Chosen, TchError> {
        if self.ends.len() == self.rows.len() {
            return Ok(Chosen {
                rows: self.rows.clone(),
                molecules: self.molecules.clone(),
                logits: None,
            });
        }
        let logits = self.candidate_logits(network, molecule_parts)?;
        let heads = network.architecture().heads.len();
        let mut chosen = Chosen { logits: Some(Vec::new()), ..Chosen::default() };
        let mut start = 0;
        for (&end, target) in self.ends.iter().zip(&self.targets) {
            let head = network.architecture().head(target.head()).unwrap_or_default();
            let logit = |candidate: usize| logits[candidate * heads + head];
            // Of equals the first; a logit that is no number is told by the loss.
            let best = (start..end).reduce(|a, b| if logit(b) > logit(a) { b } else { a });
            let best = best.unwrap_or(start);
            chosen.rows.push(self.rows[best]);
            chosen.molecules.push(self.molecules[best]);
            if let Some(logits) = &mut chosen.logits {
                logits.push(logit(best));
            }
            start = end;
        }
        Ok(chosen)
    }

    /// The peptide part of the chosen candidates, `[n, members x first]`: only their rows are expanded.
    pub(crate) fn part_of(&self, network: &Network, chosen: &Chosen) -> Result<Tensor, TchError> {
        let width = network.architecture().encoding().width();
        if self.peptides.len() == chosen.rows.len() * width {
            return network.peptide_part(&self.peptides);
        }
        let row = |&row: &i64| &self.peptides[row as usize * width..][..width];
        network.peptide_part(&chosen.rows.iter().flat_map(row).copied().collect::<Vec<u8>>())
    }

    /// The ensemble's logits of every example's best candidate, by the head of its target.
    pub(crate) fn logits(
        &self,
        network: &Network,
        molecule_parts: &Tensor,
    ) -> Result<Vec<f32>, TchError> {
        if let Some(logits) = self.best(network, molecule_parts)?.logits {
            return Ok(logits);
        }
        let logits = self.candidate_logits(network, molecule_parts)?;
        let heads = network.architecture().heads.len();
        let head = |target: &Target| network.architecture().head(target.head()).unwrap_or_default();
        Ok(self.targets.iter().enumerate().map(|(i, t)| logits[i * heads + head(t)]).collect())
    }

    /// `[candidates, heads]`, row after row.
    fn candidate_logits(
        &self,
        network: &Network,
        molecule_parts: &Tensor,
    ) -> Result<Vec<f32>, TchError> {
        let parts = network.peptide_part(&self.peptides)?;
        let mut logits = Vec::new();
        for (rows, molecules) in self.rows.chunks(AT_ONCE).zip(self.molecules.chunks(AT_ONCE)) {
            let peptides = select(&parts, rows)?;
            let molecules = select(molecule_parts, molecules)?;
            logits.extend(floats(&network.logits(&peptides, &molecules)?)?);
        }
        Ok(logits)
    }
}

/// Candidates of one forward: their first layer fits into a core's cache.
const AT_ONCE: usize = 1024;

/// One candidate an example.
#[derive(Debug, Default)]
pub(crate) struct Chosen {
    pub(crate) rows: Vec<i64>,
    pub(crate) molecules: Vec<i64>,
    /// Where there was a choice.
    logits: Option<Vec<f32>>,
}

/// Some rows of a matrix.
pub(crate) fn select(parts: &Tensor, rows: &[i64]) -> Result<Tensor, TchError> {
    parts.f_index_select(0, &Tensor::f_from_slice(rows)?.f_to(parts.device())?)
}

#[cfg(test)]
mod tests;
