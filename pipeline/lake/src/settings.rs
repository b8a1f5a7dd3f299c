//! What a run is told.

use vaxloom_mrna::design::MOST_OFFERS;

use crate::Ranking;
use datafusion::common::ScalarValue;

/// What the stages' plans are told: they see these as `$name`.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Id of the run: every row carries it.
    pub run_id: String,
    /// Predictor (task and name).
    pub model: String,
    /// Version of its weights.
    pub model_version: String,
    /// Tiers and order of the mutations.
    pub ranking: Ranking,
    /// Name of a built-in construct profile, or the text of one.
    pub profile: String,
    /// How much is done for a molecule: `quick` or `full`, as `design_constructs` takes it.
    pub design: String,
}

impl Settings {
    pub(crate) fn parameters(&self) -> Vec<(String, ScalarValue)> {
        let text = |name: &str, value: &str| (name.to_owned(), ScalarValue::from(value));
        vec![
            text("model", &self.model),
            text("model_version", &self.model_version),
            text("policy", &self.ranking.name),
            text("profile", &self.profile),
            text("design", &self.design),
            ("most_offers".to_owned(), ScalarValue::from(MOST_OFFERS as i64)),
        ]
    }
}
