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

/// A candidate mRNA, ranked among those of its patient. What is optional is not known where it is missing: the molecule was not
/// folded, the antigens were not selected, or the row is older than the field.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
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
    /// How its codons were chosen.
    #[serde(default)]
    pub codons: Option<String>,
    /// The mRNA's structure of least free energy with dangles 2, dot-bracket.
    #[serde(default)]
    pub structure: Option<String>,
    /// Free energy of that structure, kcal/mol.
    #[serde(default)]
    pub mfe: Option<f64>,
    /// Mean probability of being unpaired, 0 to 1, over successive stretches of [`OPENNESS_BASES`] of the mRNA, the last one shorter.
    #[serde(default)]
    pub openness: Option<Vec<f32>>,
    /// Mean probability of being unpaired over the whole mRNA, 0 to 1.
    #[serde(default)]
    pub mean_unpaired: Option<f64>,
    /// DegScore a base, see [`crate::shape::degradation()`].
    #[serde(default)]
    pub degradation: Option<f64>,
    /// Whether no other order of its antigens, under its linker policy, has fewer or milder junctional binders: proved.
    #[serde(default)]
    pub order_optimal: Option<bool>,
    /// Junctional binders that another order could spare at the most, strong ones or else weak ones; 0 where its order is proved best.
    #[serde(default)]
    pub order_gap: Option<i64>,
    /// Whether every order of its antigens has a strong junctional binder, even with a linker wherever one helps.
    #[serde(default)]
    pub strong_in_every_order: Option<bool>,
    /// Whether no other candidate of its patient beats it, see [`crate::design::Design::on_front`].
    #[serde(default)]
    pub on_front: Option<bool>,
    /// What it gives and takes beside rank 1, in words.
    #[serde(default)]
    pub traded: Option<String>,
    /// Expected fraction of the tumour hit by the antigens that the patient's molecules were to hold, see [`mod@crate::select`].
    #[serde(default)]
    pub selection_value: Option<f64>,
    /// What no set of the antigens offered exceeds.
    #[serde(default)]
    pub selection_bound: Option<f64>,
    /// Whether that set is proved to be the best.
    #[serde(default)]
    pub selection_optimal: Option<bool>,
    /// What the selected set would lose without each of the peptides, in the order of the molecule.
    #[serde(default)]
    pub marginal_values: Option<Vec<f64>>,
}

/// Bases of a stretch over which [`Construct::openness`] is averaged.
pub const OPENNESS_BASES: usize = 15;

impl Construct {
    /// Residues of all linkers.
    pub fn linker_residues(&self) -> usize {
        self.linkers.iter().map(String::len).sum()
    }
}
