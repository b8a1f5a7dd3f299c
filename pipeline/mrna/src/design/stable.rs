//! Codons that make the molecule stable as well.

mod helix;
mod within;

use super::build::{Coded, Coder, CodingRequest, HighestAdaptation};
use crate::coding::{Coding, CodonError};
use crate::lattice::{CodingTask, CodonTable};
use within::solve_within;

/// Bases of the fixed parts that fold along with the coding sequence, on either side. Folding the whole molecule is left to
/// the checks: its length counts to the third power.
const BEFORE: usize = 60;
/// Behind the last codon: the stop codon and what follows.
const BEHIND: usize = 60;

/// The least joint cost of energy and codon usage under each weight, beside the codons of highest adaptation:
/// [`crate::lattice`]. Where the least leaves the profile's limits on G and C or on helices, it is solved again with what offends
/// made dearer; what that costs is said in [`Coded::name`].
#[derive(Debug, Clone)]
pub struct LeastCost {
    /// Weights of codon usage, kcal/mol for each unit of -ln w.
    pub lambdas: Vec<f64>,
    /// Stretches that stay for each last base; nothing for the exact optimum.
    pub beam: Option<usize>,
}

impl Coder for LeastCost {
    fn code(&self, request: &CodingRequest<'_>) -> Result<Vec<Coded>, CodonError> {
        let table = CodonTable::human();
        let before = &request.left[request.left.len().saturating_sub(BEFORE)..];
        let transcribed = request.left.len() - request.untranscribed;
        let before = &before[before.len().saturating_sub(transcribed)..];
        let behind = &request.right[..request.right.len().min(BEHIND)];
        let mut coded = Vec::new();
        for &lambda in &self.lambdas {
            let task = CodingTask {
                lambda,
                beam: self.beam,
                before,
                behind,
                forbidden: request.forbidden,
                ..CodingTask::new("the construct", request.protein, &table)
            };
            let coder = |error: &dyn ToString| CodonError::Coder(error.to_string());
            let found = solve_within(&task, request).map_err(|error| coder(&error))?;
            let sequence = found.coding();
            let coding =
                Coding { cai: crate::cai(&sequence).unwrap_or(found.design.cai), sequence };
            coded.push(Coded { name: format!("lambda {lambda}{}", found.note()), coding });
        }
        coded.extend(HighestAdaptation.code(request)?);
        // Two weights may come to the same codons.
        let mut known = std::collections::BTreeSet::new();
        coded.retain(|one| known.insert(one.coding.sequence.clone()));
        Ok(coded)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::fold::{FoldSettings, Rna, mfe};
    use crate::profile::{Profile, joined};

    #[test]
    fn stable_codons_fold_lower_and_keep_motifs_out() {
        let profile = Profile::built_in("inest").unwrap();
        let (left, right) = (joined(&profile.left_parts()), joined(&profile.right_parts()));
        let request = CodingRequest {
            protein: "MRVMAPRTLILLLSGALALTETWAGSKLVVVGADGVGKSALTIQLIQNHFVDE",
            left: &left,
            untranscribed: profile.untranscribed(),
            right: &right,
            forbidden: &profile.motifs(),
            limits: profile.limits,
        };
        let coder = LeastCost { lambdas: vec![0.0, 3.0], beam: None };
        let coded = coder.code(&request).unwrap();
        let names: Vec<&str> = coded.iter().map(|one| one.name.as_str()).collect();
        assert_eq!(names, ["lambda 0", "lambda 3", "highest codon adaptation"]);
        let energies: Vec<i32> = coded
            .iter()
            .map(|one| {
                let rna = Rna::parse(&one.coding.sequence).unwrap();
                mfe(&rna, FoldSettings::default()).energy
            })
            .collect();
        assert!(energies[0] < energies[2] && energies[1] < energies[2], "{energies:?}");
        assert!(coded.windows(2).all(|pair| pair[0].coding.cai < pair[1].coding.cai));
        for one in &coded {
            let whole = format!("{left}{}{right}", one.coding.sequence);
            assert!(crate::motif::occurrences(&whole, &profile.motifs()).iter().all(|found| {
                found.start < left.len() - 8
                    || found.start >= left.len() + one.coding.sequence.len()
            }));
        }
    }
}
