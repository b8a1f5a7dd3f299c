//! Why the gate does not let a query through.

/// A query that a researcher is not answered: which rule it breaks, and what would be answered instead.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("refused by the privacy gate ({rule}): {message}; {remedy}")]
pub struct Refusal {
    /// Stable name of the rule.
    pub rule: &'static str,
    /// What was found. Never a value of a row.
    pub message: String,
    /// What to ask instead.
    pub remedy: &'static str,
}

impl Refusal {
    pub(super) fn new(
        rule: &'static str,
        message: impl Into<String>,
        remedy: &'static str,
    ) -> Self {
        Self { rule, message: message.into(), remedy }
    }
}
