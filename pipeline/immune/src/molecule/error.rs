//! Why a text is no class II molecule.

use crate::hla::HlaError;

/// Names are repeated in normal form only, and texts that are no HLA name not at all.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MoleculeError {
    /// A part of the name is no allele.
    #[error("class II molecule: {0}")]
    Chain(#[from] HlaError),
    /// A DP or DQ molecule of which only one chain is named; the other varies between people.
    #[error(
        "{beta} is a beta chain alone: name the alpha chain, such as HLA-DPA1*01:03-DPB1*04:01"
    )]
    BetaAlone {
        /// Normal form of the chain: `HLA-DPB1*04:01`.
        beta: String,
    },
    /// Only an alpha chain.
    #[error(
        "{alpha} is an alpha chain alone: name the beta chain, such as HLA-DPA1*01:03-DPB1*04:01 or HLA-DRB1*01:01"
    )]
    AlphaAlone {
        /// Normal form of the chain: `HLA-DPA1*01:03`.
        alpha: String,
    },
    /// Two different chains of one kind.
    #[error(
        "{first} and {second} are both {kind} chains: name one molecule, an alpha and a beta chain"
    )]
    Several {
        /// `alpha` or `beta`.
        kind: &'static str,
        /// Normal form of a chain.
        first: String,
        /// Normal form of another.
        second: String,
    },
    /// Chains that form no molecule, such as an alpha chain of DP and a beta chain of DQ.
    #[error(
        "{alpha} and {beta} form no molecule: expected DRA with DRB1, 3, 4 or 5, DQA1 with DQB1, or DPA1 with DPB1"
    )]
    Unpaired {
        /// Normal form of the first chain.
        alpha: String,
        /// Normal form of the second chain.
        beta: String,
    },
    /// An allele of class I.
    #[error("{found} is of class I: expected a class II molecule, such as HLA-DRB1*01:01")]
    ClassOne {
        /// Normal form of the allele.
        found: String,
    },
    /// A null, secreted or cytoplasmic allele, or one of the pseudogene DRB2.
    #[error("{found} is not expressed on the cell surface and presents nothing: leave it out")]
    NotExpressed {
        /// The full name of the allele.
        found: String,
    },
}
