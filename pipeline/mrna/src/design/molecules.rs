//! One molecule or two for a patient, as the profile says.

use super::taken::Taken;
use super::{Design, DesignError, DesignInput, Tools, design_with};
use crate::construct::Candidate;
use crate::joint::shortest_antigen;
use crate::order::MOST_PEPTIDES;
use crate::split::{Piece, mass_shares, split};

/// The candidates for one of a patient's molecules.
#[derive(Debug, Clone, PartialEq)]
pub struct Molecule {
    /// Rank 1 first. Where a patient gets two molecules, those of the first are named `PATIENT-A`, of the second `PATIENT-B`.
    pub designs: Vec<Design>,
    /// Share of the total mass of the first-ranked molecules at which every antigen has the same dose.
    pub mass_share: f64,
}

/// What a patient gets.
#[derive(Debug, Clone, PartialEq)]
pub struct Molecules {
    /// One or two.
    pub molecules: Vec<Molecule>,
    /// What was left out before the antigens were split, in words.
    pub left_out: String,
}

/// The candidates for each molecule of a patient: one, or, where the profile says two and there are antigens for both, two
/// among which each clone's antigens are split evenly ([`crate::split`]). `clones`: for each antigen offered the clone that
/// its mutation arose in; antigens beyond the list's end are of clone 0.
pub fn design_molecules(
    input: &DesignInput<'_>,
    clones: &[usize],
    tools: Tools<'_>,
) -> Result<Molecules, DesignError> {
    let shortest = shortest_antigen(&input.scorer.lengths());
    let most = input.profile.molecules * input.profile.max_peptides.min(MOST_PEPTIDES);
    let taken = Taken::new(&input.peptides, most, shortest)?;
    if input.profile.molecules < 2 || taken.antigens.len() < 2 {
        let designs = design_with(input, tools)?;
        let molecules = vec![Molecule { designs, mass_share: 1.0 }];
        return Ok(Molecules { molecules, left_out: taken.left_out() });
    }
    let pieces: Vec<Piece> =
        taken.antigens.iter().map(|antigen| piece(antigen, input, clones)).collect();
    let mut molecules = Vec::new();
    for (places, letter) in split(&pieces).iter().zip(["A", "B"]) {
        let patient_id = format!("{}-{letter}", input.patient_id);
        let peptides = places.iter().map(|&place| taken.antigens[place].clone()).collect();
        let input = DesignInput { patient_id: &patient_id, peptides, ..*input };
        molecules.push(Molecule { designs: design_with(&input, tools)?, mass_share: 0.0 });
    }
    let length = |molecule: &Molecule| {
        molecule.designs.first().map_or(0, |design| design.construct.length_nt as usize)
    };
    let shares = mass_shares(&molecules.iter().map(length).collect::<Vec<_>>());
    for (molecule, share) in molecules.iter_mut().zip(shares) {
        molecule.mass_share = share;
    }
    Ok(Molecules { molecules, left_out: taken.left_out() })
}

fn piece(antigen: &Candidate, input: &DesignInput<'_>, clones: &[usize]) -> Piece {
    let place = input.peptides.iter().position(|offered| offered.peptide == antigen.peptide);
    let clone = place.and_then(|place| clones.get(place)).copied().unwrap_or(0);
    Piece { residues: antigen.peptide.len(), weight: antigen.weight, clone }
}
