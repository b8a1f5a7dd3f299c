//! Why a policy file cannot be used.

/// Each names the file and, where there is one, the line.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PolicyError {
    /// Not TOML, a key that is missing or unknown, or a value of another type.
    #[error("policy {file}, line {line}: {message}")]
    Toml {
        /// The file.
        file: String,
        /// 1-based line.
        line: usize,
        /// What the reader found, and what it expected.
        message: String,
    },
    /// Nothing to sort into.
    #[error(
        "policy {file} has no tier: expected at least one [[tier]] with name, when and meaning"
    )]
    NoTier {
        /// The file.
        file: String,
    },
    /// A blank name.
    #[error("policy {file}, line {line}: a tier's name is empty")]
    NoName {
        /// The file.
        file: String,
        /// 1-based line.
        line: usize,
    },
    /// Two tiers of one name.
    #[error("policy {file}, line {line}: tier {tier} is there twice: give it another name")]
    DuplicateTier {
        /// The file.
        file: String,
        /// 1-based line of the second.
        line: usize,
        /// The name.
        tier: String,
    },
    /// The rule cannot stand as a condition.
    #[error("policy {file}, line {line}: the rule of tier {tier} {reason}")]
    Rule {
        /// The file.
        file: String,
        /// 1-based line where the rule begins.
        line: usize,
        /// Name of the tier.
        tier: String,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// The last rule is not `TRUE`, or one before it is.
    #[error(
        "policy {file}, line {line}: tier {tier}: the last tier, and only that, must have the rule \"TRUE\""
    )]
    CatchAll {
        /// The file.
        file: String,
        /// 1-based line where the rule begins.
        line: usize,
        /// Name of the tier.
        tier: String,
    },
    /// No construct could ever be made.
    #[error(
        "policy {file}: every tier has candidate = false: leave at least one whose mutations may go into a construct"
    )]
    NoCandidate {
        /// The file.
        file: String,
    },
    /// Not the name of a column.
    #[error(
        "policy {file}, line {line}: cannot sort by {found:?}: expected the name of a column, such as mt_percentile"
    )]
    Column {
        /// The file.
        file: String,
        /// 1-based line.
        line: usize,
        /// What was found.
        found: String,
    },
}
