//! The row that this room produces: one candidate molecule.

use serde::{Deserialize, Serialize};

/// An antigen offered to the design.
#[derive(Debug, Clone, PartialEq)]
pub struct Candidate {
    /// Short name for people, such as `KRAS G12D`.
    pub id: String,
    /// Gene symbol.
    pub gene: String,
    /// The long peptide, about 27 residues with the change in the middle; at least ten.
    pub peptide: String,
    /// What it is worth, such as its probability of a response; finite, not negative.
    pub weight: f64,
}

impl From<crate::peptides::Peptide> for Candidate {
    /// A peptide of which no more is known: its name stands for the gene, and all are worth the same.
    fn from(peptide: crate::peptides::Peptide) -> Self {
        Self {
            id: peptide.name.clone(),
            gene: peptide.name,
            peptide: peptide.sequence,
            weight: 1.0,
        }
    }
}

/// A candidate mRNA, ranked among those of its patient.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Construct {
    /// `PATIENT-C1` for rank 1, and so on.
    pub construct_id: String,
    /// 1 is best.
    pub rank: i32,
    /// How it was composed; several where different ways came to the same molecule.
    pub strategy: String,
    /// Why it has this rank, with the numbers.
    pub reason: String,
    /// Name of the profile.
    pub profile: String,
    /// Antigens in it.
    pub peptide_count: i32,
    /// Genes of the antigens, in the order of the molecule.
    pub genes: Vec<String>,
    /// Antigens, in the order of the molecule.
    pub peptides: Vec<String>,
    /// Linker of each joint (protein), from that before the first antigen to that behind the last; empty: none.
    pub linkers: Vec<String>,
    /// The whole protein.
    pub protein: String,
    /// DNA letters, start codon to stop codon(s).
    pub coding_sequence: String,
    /// RNA letters, first transcribed base to the poly(A)'s end.
    pub mrna: String,
    /// DNA letters, promoter to the poly(A)'s end.
    pub template: Option<String>,
    /// Length of the mRNA, nt.
    pub length_nt: i32,
    /// Codon adaptation index of the coding sequence (Kazusa human), 0 to 1.
    pub cai: f64,
    /// G and C in the whole mRNA, percent.
    pub gc_percent: f64,
    /// U in the whole mRNA, percent.
    pub uridine_percent: f64,
    /// Junctional peptides below percentile 0.5.
    pub junction_strong: i32,
    /// Junctional peptides from percentile 0.5 to below 2.
    pub junction_weak: i32,
    /// Percentile of the strongest junctional peptide.
    pub worst_junction_percentile: Option<f64>,
    /// Sum of the antigens' weights.
    pub expected_value: f64,
    /// Expected value discounted for junctional binders and linkers; see [`crate::design::score`].
    pub score: f64,
    /// Whether every check of the final molecule passed.
    pub checks_passed: bool,
    /// The checks, a line each.
    pub checks: Vec<String>,
}

impl Construct {
    /// Residues of all linkers.
    pub fn linker_residues(&self) -> usize {
        self.linkers.iter().map(String::len).sum()
    }
}
