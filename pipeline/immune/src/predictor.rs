//! What the rest of the pipeline knows of a predictor: pairs in, scores out.
//!
//! The trait lives here, free of any tensor library, so that the lake and its tests can be given a
//! predictor without linking one; `models` implements it.

use std::fmt::Debug;

/// How a predictor knows an allele.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AlleleMatch {
    /// The allele whose pseudo-sequence is used, two-field normal form (`HLA-A*02:01`).
    pub scored_as: String,
    /// Whether that is the allele that was asked for; otherwise it is the nearest of its group.
    pub exact: bool,
    /// Whether ligands of that allele, or of one with the same pseudo-sequence, were trained on; otherwise its scores
    /// are extrapolated from the pseudo-sequence.
    pub trained: bool,
}

/// Presentation of one peptide by one MHC molecule.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Presentation {
    /// Probability-like score in 0..=1; higher means more likely to be presented.
    pub score: f32,
    /// Percentile rank among random human peptides for this molecule, in 0..=100; lower is stronger.
    pub percentile: f32,
    /// How far the members of an ensemble are apart: standard deviation of the logarithm (base 10) of the percentile rank;
    /// none of a predictor that is not an ensemble.
    pub spread: Option<f32>,
    /// Binding, where the model predicts it.
    pub affinity: Option<Affinity>,
    /// Where the nine residues of the binding core start, 0-based; class II only.
    pub core: Option<u8>,
}

/// How strongly a peptide binds a molecule in a competition assay.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Affinity {
    /// Concentration of half inhibition (IC50) in nM; lower is stronger, and 500 nM the usual limit of a binder
    /// (Sette et al. 1994, Journal of Immunology 153:5586).
    pub nanomolar: f32,
    /// Percentile rank among random human peptides for this molecule, in 0..=100; lower is stronger.
    pub percentile: f32,
}

/// Why one pair has no score. The other pairs of the batch have theirs.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unscorable {
    /// The peptide's length is outside the model's range.
    #[error("peptide of {found} residues: the model scores {min} to {max}")]
    Length {
        /// Residues found.
        found: usize,
        /// Shortest length of the model.
        min: usize,
        /// Longest length of the model.
        max: usize,
    },
    /// A letter that is none of the 20 standard amino acids.
    #[error(
        "residue '{residue}' at position {position}: expected one of the 20 standard amino acids"
    )]
    Residue {
        /// The letter found.
        residue: char,
        /// 1-based position in the peptide.
        position: usize,
    },
    /// The allele is unknown to the model and has no relative in it.
    #[error(
        "allele {allele} is unknown to the model: expected a name such as HLA-A*02:01 or HLA-DRB1*01:01"
    )]
    Allele {
        /// The allele as it was asked for.
        allele: String,
    },
}

/// The model itself failed: nothing of the batch was scored.
#[derive(Debug, thiserror::Error)]
#[error("predictor {model}: {message}")]
pub struct PredictError {
    /// Model name.
    pub model: String,
    /// What failed, and the remedy.
    pub message: String,
}

/// A pan-allele predictor of class I presentation, callable from many threads.
pub trait Predictor: Send + Sync + Debug {
    /// Task and name, such as `mhc1-presentation/base`.
    fn model(&self) -> &str;

    /// Version of the weights: changes whenever a score could.
    fn version(&self) -> &str;

    /// The allele that would be scored when `allele` (normal form, `HLA-A*02:01`) is asked for.
    fn resolve(&self, allele: &str) -> Result<AlleleMatch, Unscorable>;

    /// Scores pairs of peptide and allele (normal form). The answer has the length and order of
    /// `pairs`, and a pair's result depends on no other pair.
    fn predict(
        &self,
        pairs: &[(&str, &str)],
    ) -> Result<Vec<Result<Presentation, Unscorable>>, PredictError>;
}
