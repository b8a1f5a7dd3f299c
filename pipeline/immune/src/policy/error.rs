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
    /// A word that the rules do not know.
    #[error("policy {file}, line {line}: there is no {kind} {found:?}: expected one of {expected}")]
    Unknown {
        /// The file.
        file: String,
        /// 1-based line.
        line: usize,
        /// What it should be.
        kind: &'static str,
        /// What was found.
        found: String,
        /// What is there.
        expected: String,
    },
    /// Parts that cannot both hold.
    #[error("policy {file}, line {line}: {message}")]
    Contradiction {
        /// The file.
        file: String,
        /// 1-based line.
        line: usize,
        /// Which.
        message: String,
    },
    /// The last tier has conditions, or one before it has none.
    #[error(
        "policy {file}, line {line}: tier {tier}: the last tier, and only that, must be without `pass` and `fail`, so that no variant is left without a tier"
    )]
    Leftover {
        /// The file.
        file: String,
        /// 1-based line of the tier's name.
        line: usize,
        /// Name of the tier.
        tier: String,
    },
}
