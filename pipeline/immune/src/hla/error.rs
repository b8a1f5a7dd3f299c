//! Why a text is no allele that can be scored.

/// Texts are repeated in messages only where they have the form of an HLA name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum HlaError {
    /// Nothing between separators.
    #[error("empty HLA allele: expected a name such as HLA-A*02:01")]
    Empty,
    /// An antigen, seen by antibodies: many proteins.
    #[error(
        "{found} is a serological antigen, which stands for many proteins: type at two fields, such as HLA-A*02:01"
    )]
    Serology {
        /// The antigen.
        found: String,
    },
    /// An allele group.
    #[error("{found} has one field and is ambiguous: type at two fields, such as HLA-A*02:01")]
    OneField {
        /// The group.
        found: String,
    },
    /// A gene outside [`super::GENES`].
    #[error(
        "gene {found} is not known: expected HLA-A, B, C, E, F, G, DRA, DRB1 to DRB5, DQA1, DQB1, DPA1 or DPB1"
    )]
    Gene {
        /// What stands before the `*`.
        found: String,
    },
    /// Two chains in one text.
    #[error("{found} is a pair of class II chains: give each chain as an allele of its own")]
    Pair {
        /// The pair.
        found: String,
    },
    /// Alleles that differ in their proteins.
    #[error(
        "{found} stands for alleles that differ in their first two fields: resolve the ambiguity by typing at two fields"
    )]
    Ambiguous {
        /// The list or code.
        found: String,
    },
    /// Old names of families that were renamed.
    #[error(
        "{found} is a name from before 2010 whose family was renamed (A*92 to A*02:1.., B*95 to B*15:1..): report it with colons"
    )]
    RollOver {
        /// The old name.
        found: String,
    },
    /// The gene is known, the rest is malformed.
    #[error(
        "{found} is malformed, {reason}: expected a name such as HLA-A*02:01 or HLA-A*02:01:01:02L"
    )]
    Form {
        /// The name.
        found: String,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// Any other text; it is not repeated.
    #[error("a text of {length} characters is no HLA allele: expected a name such as HLA-A*02:01")]
    NotAnAllele {
        /// Characters found.
        length: usize,
    },
}
