//! What a run is told.

use datafusion::common::ScalarValue;
use vaxloom_immune::policy::Policy;

/// What the stages' plans are told: they see these as `$name`.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Id of the run: every row carries it.
    pub run_id: String,
    /// Predictor (task and name).
    pub model: String,
    /// Version of its weights.
    pub model_version: String,
    /// Tiers and order of the ranking.
    pub policy: Policy,
    /// Name of a built-in construct profile, or the text of one.
    pub profile: String,
    /// Whether peptides of the proteome that the session was given are no neoantigens.
    pub proteome: bool,
    /// Most peptides in one molecule.
    pub max_peptides: i64,
}

impl Settings {
    pub(crate) fn parameters(&self) -> Vec<(String, ScalarValue)> {
        let text = |name: &str, value: &str| (name.to_owned(), ScalarValue::from(value));
        vec![
            text("model", &self.model),
            text("model_version", &self.model_version),
            text("policy", &self.policy.name),
            text("profile", &self.profile),
            ("max_peptides".to_owned(), ScalarValue::from(self.max_peptides)),
        ]
    }
}
