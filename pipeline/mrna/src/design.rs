//! From ranked antigens to ranked candidate molecules.
//!
//! Take the antigens that fit the profile, score every joint once, compose at least three different molecules, choose
//! the codons of each in every way asked for, check each molecule, and rank them. Deterministic; ties are broken by
//! content.
//!
//! What the crate cannot do by itself is injected: binding ([`JunctionScorer`]), codons other than those of highest
//! adaptation ([`Coder`]), folding ([`Folding`]). Without a folding the molecules have no structure, and no check that needs
//! one.

mod build;
mod chosen;
mod folded;
mod molecules;
mod rank;
mod stable;
mod taken;

pub use build::{Coded, Coder, CodingRequest, HighestAdaptation};
pub use chosen::{
    Chosen, HAPLOTYPE_LOST, HlaCopies, MOST_OFFERS, Offer, Offered, RESPONSES, design_chosen,
};
pub use molecules::{Molecule, Molecules, design_molecules};
pub use rank::{OBJECTIVE_LAMBDA, score};
pub use stable::LeastCost;

use build::Bench;
use taken::Taken;

use crate::arrange::Composer;
use crate::coding::CodonError;
use crate::construct::{Candidate, Construct};
use crate::joint::{JointError, JunctionScorer, Parts, joints, shortest_antigen};
use crate::order::{MOST_PEPTIDES, Proof};
use crate::profile::Profile;
use crate::select::SelectError;
use crate::shape::{Folding, Shape};
use crate::verify::{Binder, Rescan, binders, verify};

/// What a patient's constructs are designed from.
pub struct DesignInput<'a> {
    /// Pseudonym; the constructs are named after it.
    pub patient_id: &'a str,
    /// Antigens, the best first.
    pub peptides: Vec<Candidate>,
    /// The fixed side of the molecule.
    pub profile: &'a Profile,
    /// Predicts binding to the patient's own alleles.
    pub scorer: &'a dyn JunctionScorer,
    /// Whether a peptide occurs in the normal proteome: such a junctional peptide does not count.
    pub known_self: &'a dyn Fn(&str) -> bool,
}

/// The parts of a design that other code does.
#[derive(Clone, Copy)]
pub struct Tools<'a> {
    /// Chooses codons, in one way or several.
    pub coder: &'a dyn Coder,
    /// How many of the arrangements the coder writes, the highest [`score`] first; the others get the codons of highest
    /// adaptation. A coder that folds takes its time.
    pub most_coded: usize,
    /// Folds the finished molecules.
    pub folding: Option<&'a dyn Folding>,
    /// How many of the molecules are folded, the best first; more where none of these passes the checks of its shape. The others
    /// come behind them, and say in their checks that they were not folded.
    pub most_folded: usize,
}

impl Default for Tools<'_> {
    /// The codons of highest adaptation, and no folding.
    fn default() -> Self {
        let most = usize::MAX;
        Self { coder: &HighestAdaptation, most_coded: most, folding: None, most_folded: most }
    }
}

/// A candidate molecule with everything that is known about it.
#[derive(Debug, Clone, PartialEq)]
pub struct Design {
    /// The molecule.
    pub construct: Construct,
    /// How its codons were chosen.
    pub codons: String,
    /// What an order of these antigens with these linkers could cost at the least.
    pub proof: Proof,
    /// Whether every order of its antigens has a strong junctional binder, even with a linker wherever one helps.
    pub unavoidable: bool,
    /// Its junctional binders, by their place.
    pub binders: Vec<Binder>,
    /// The folded molecule, where there is a folding.
    pub shape: Option<Shape>,
    /// Whether it passed its checks and no other molecule that did is at least as good in all of these and better in one:
    /// expected value, strong binders, weak binders, linker residues, codon adaptation, energy per nt.
    pub on_front: bool,
    /// What it gives and takes beside the first.
    pub traded: String,
}

/// Why there is no construct.
#[derive(Debug, thiserror::Error)]
pub enum DesignError {
    /// Nothing to build from.
    #[error(
        "no antigen of at least {shortest} standard residues was offered; nothing can be built"
    )]
    NoPeptides {
        /// The fewest residues of an antigen.
        shortest: usize,
    },
    /// A weight that cannot be compared.
    #[error("antigen {place}: its weight is {found}; expected a finite number, zero or more")]
    Weight {
        /// 1-based place in the list.
        place: usize,
        /// The weight.
        found: f64,
    },
    /// A share that is none.
    #[error("antigen {place}: its {what} is {found}; expected 0 to 1")]
    Share {
        /// 1-based place in the list.
        place: usize,
        /// Which share.
        what: &'static str,
        /// Its value.
        found: f64,
    },
    /// The antigens could not be chosen.
    #[error(transparent)]
    Select(#[from] SelectError),
    /// Joints could not be scored.
    #[error(transparent)]
    Joint(#[from] JointError),
    /// A protein has no coding sequence under the profile's motifs.
    #[error(transparent)]
    Codon(#[from] CodonError),
    /// A molecule could not be folded.
    #[error("the finished molecule could not be folded: {0}")]
    Folding(String),
    /// No molecule passed.
    #[error("no construct passed the checks of the final molecule; the first failed: {0}")]
    Checks(String),
}

/// The candidate constructs of one patient, rank 1 first: at least three different molecules (with a profile that has
/// no linker and a single antigen there is one). Antigens that are repeated, too short (less than ten residues, or 14 where
/// class II alleles count) or beyond the profile's `max_peptides` are left out, and every reason says how many.
pub fn design(input: &DesignInput<'_>) -> Result<Vec<Construct>, DesignError> {
    let designs = design_with(input, Tools::default())?;
    Ok(designs.into_iter().map(|design| design.construct).collect())
}

/// [`design`] with other code for codons and folding, and with all that is known about each molecule.
pub fn design_with(input: &DesignInput<'_>, tools: Tools<'_>) -> Result<Vec<Design>, DesignError> {
    let shortest = shortest_antigen(&input.scorer.lengths());
    let most = input.profile.max_peptides.min(MOST_PEPTIDES);
    let taken = Taken::new(&input.peptides, most, shortest)?;
    let composer = compose(input, &taken)?;
    let scorer = composer.table.remembering(input.scorer);
    let rescan = Rescan { scorer: &scorer, known_self: input.known_self };
    let bench = Bench { profile: input.profile, composer: &composer, antigens: &taken.antigens };
    let mut designs: Vec<Design> = Vec::new();
    let mut unwritten: Vec<CodonError> = Vec::new();
    for (place, arrangement) in bench.by_score(composer.arrangements()).into_iter().enumerate() {
        let coder = if place < tools.most_coded { tools.coder } else { &HighestAdaptation };
        let expected = arrangement.peptides(&composer.parts);
        let built = bench.build(&arrangement, coder).map_err(|error| unwritten.push(error));
        for mut new in built.unwrap_or_default() {
            let same = |known: &&mut Design| known.construct.mrna == new.construct.mrna;
            if let Some(known) = designs.iter_mut().find(same) {
                known.codons = format!("{}; {}", known.codons, new.codons);
                continue;
            }
            check(&mut new, input.profile, &expected, &rescan)?;
            designs.push(new);
        }
    }
    folded::fold(&mut designs, input.profile, &tools)?;
    let left_out = taken.left_out() + &not_written(&unwritten);
    rank::rank(&mut designs, input.patient_id, taken.offered, &left_out);
    match (designs.first(), unwritten.into_iter().next()) {
        (Some(best), _) if best.construct.checks_passed => Ok(designs),
        (Some(best), _) => Err(DesignError::Checks(rank::failures(&best.construct))),
        (None, Some(error)) => Err(error.into()),
        (None, None) => Err(DesignError::NoPeptides { shortest }),
    }
}

/// What is said of arrangements that the profile's motifs leave no codons for.
fn not_written(errors: &[CodonError]) -> String {
    let count = errors.len();
    let first = errors.first();
    first.map_or(String::new(), |first| format!("; not written: {count} arrangements ({first})"))
}

fn compose<'a>(input: &'a DesignInput<'_>, taken: &'a Taken) -> Result<Composer<'a>, DesignError> {
    let profile = input.profile;
    let linkers: Vec<&str> = profile.linkers.iter().map(|part| part.sequence.as_str()).collect();
    let parts = Parts {
        head: profile.head(),
        peptides: taken.antigens.iter().map(|antigen| antigen.peptide.as_str()).collect(),
        tail: profile.tail(),
    };
    let table = joints(&parts, &linkers, input.scorer, input.known_self)?;
    let linker_names = profile.linkers.iter().map(|part| part.name.as_str()).collect();
    let names = taken.antigens.iter().map(|antigen| antigen.id.as_str()).collect();
    Ok(Composer { parts, names, linkers, linker_names, table })
}

fn check(
    design: &mut Design,
    profile: &Profile,
    expected: &[&str],
    rescan: &Rescan<'_>,
) -> Result<(), DesignError> {
    let construct = &mut design.construct;
    let checks = verify(construct, profile, expected, rescan);
    construct.checks_passed = checks.iter().all(|check| check.passed);
    construct.checks = checks.iter().map(ToString::to_string).collect();
    design.binders = binders(construct, profile, rescan)?;
    Ok(())
}

#[cfg(test)]
pub(crate) mod tests;
