//! The molecules of an arrangement, not yet checked, ranked or named.

use super::Design;
use super::rank::score;
use crate::arrange::{Arrangement, Composer};
use crate::coding::{Coding, CodonError, optimize_within};
use crate::construct::{Candidate, Construct};
use crate::joint::Joint;
use crate::motif::Motif;
use crate::profile::{Limits, Profile, joined};
use crate::sequence::{percent_of, transcribe};

/// A protein to write in codons.
#[derive(Debug, Clone, Copy)]
pub struct CodingRequest<'a> {
    /// One-letter residues, start to end, without stop.
    pub protein: &'a str,
    /// Fixed DNA before the start codon, from the promoter on.
    pub left: &'a str,
    /// How many bases of `left` are not transcribed.
    pub untranscribed: usize,
    /// Fixed DNA behind the last residue's codon: stop, 3' UTR, poly(A).
    pub right: &'a str,
    /// What must not be completed between the two, nor across their borders.
    pub forbidden: &'a [Motif],
    /// What the checks of the finished molecule will hold it to.
    pub limits: Limits,
}

/// A protein written in codons.
#[derive(Debug, Clone, PartialEq)]
pub struct Coded {
    /// How, such as `lambda 4`.
    pub name: String,
    /// DNA without stop, and its codon adaptation index.
    pub coding: Coding,
}

/// Chooses codons.
pub trait Coder {
    /// One coding sequence or several different ones.
    fn code(&self, request: &CodingRequest<'_>) -> Result<Vec<Coded>, CodonError>;
}

/// The codons of highest adaptation that keep to the request.
#[derive(Debug, Clone, Copy)]
pub struct HighestAdaptation;

impl Coder for HighestAdaptation {
    fn code(&self, request: &CodingRequest<'_>) -> Result<Vec<Coded>, CodonError> {
        let CodingRequest { protein, left, right, forbidden, limits, .. } = *request;
        let coding = optimize_within(protein, left, right, forbidden, limits.gc_window)?;
        Ok(vec![Coded { name: "highest codon adaptation".to_owned(), coding }])
    }
}

/// What every molecule of a patient is built from.
pub(super) struct Bench<'a> {
    pub(super) profile: &'a Profile,
    pub(super) composer: &'a Composer<'a>,
    pub(super) antigens: &'a [Candidate],
}

impl Bench<'_> {
    /// The arrangements, the highest score first.
    pub(super) fn by_score(&self, mut arrangements: Vec<Arrangement>) -> Vec<Arrangement> {
        let of = |arrangement: &Arrangement| {
            let value = arrangement.sequence.iter().map(|&at| self.antigens[at].weight).sum();
            let residues = arrangement.joints.iter().map(|joint| joint.linker_length as usize);
            let tally = arrangement.tally();
            score(value, tally.strong, tally.weak, residues.sum())
        };
        arrangements.sort_by(|a, b| of(b).total_cmp(&of(a)));
        arrangements
    }

    /// One molecule for each way in which the coder writes the protein.
    pub(super) fn build(
        &self,
        arrangement: &Arrangement,
        coder: &dyn Coder,
    ) -> Result<Vec<Design>, CodonError> {
        let profile = self.profile;
        let protein = arrangement.protein(&self.composer.parts, &self.composer.linkers);
        let (left, right) = (joined(&profile.left_parts()), joined(&profile.right_parts()));
        let request = CodingRequest {
            protein: &protein,
            left: &left,
            untranscribed: profile.untranscribed(),
            right: &right,
            forbidden: &profile.motifs(),
            limits: profile.limits,
        };
        let coded = coder.code(&request)?;
        let design = |coded: Coded| {
            let template = format!("{left}{}{right}", coded.coding.sequence);
            Design {
                construct: self.construct(arrangement, &protein, coded.coding, template),
                codons: coded.name,
                proof: arrangement.proof.clone(),
                unavoidable: arrangement.unavoidable(),
                binders: Vec::new(),
                shape: None,
                on_front: false,
                traded: String::new(),
            }
        };
        Ok(coded.into_iter().map(design).collect())
    }

    fn construct(
        &self,
        arrangement: &Arrangement,
        protein: &str,
        coding: Coding,
        template: String,
    ) -> Construct {
        let profile = self.profile;
        let mrna = transcribe(&template[profile.untranscribed()..]);
        let antigens: Vec<&Candidate> =
            arrangement.sequence.iter().map(|&i| &self.antigens[i]).collect();
        let linker = |joint: &Joint| self.composer.linkers[joint.linker].to_owned();
        let tally = arrangement.tally();
        let expected_value = antigens.iter().map(|antigen| antigen.weight).sum();
        let mut construct = Construct {
            strategy: arrangement.strategies.join("; "),
            profile: profile.name.clone(),
            peptide_count: antigens.len() as i32,
            genes: antigens.iter().map(|antigen| antigen.gene.clone()).collect(),
            peptides: antigens.iter().map(|antigen| antigen.peptide.clone()).collect(),
            linkers: arrangement.joints.iter().map(linker).collect(),
            protein: protein.to_owned(),
            cai: coding.cai,
            coding_sequence: coding.sequence + &profile.stop.sequence,
            length_nt: mrna.len() as i32,
            gc_percent: percent_of(&mrna, "GC"),
            uridine_percent: percent_of(&mrna, "U"),
            mrna,
            template: Some(template),
            junction_strong: tally.strong as i32,
            junction_weak: tally.weak as i32,
            worst_junction_percentile: tally.worst,
            expected_value,
            ..Construct::default()
        };
        construct.score =
            score(expected_value, tally.strong, tally.weak, construct.linker_residues());
        construct
    }
}
