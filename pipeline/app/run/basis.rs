//! What a patient's results rest on, and which of them another basis makes stale.

use serde::{Deserialize, Serialize};
use serde_json::json;
use vaxloom_lake::pipeline::Part;
use vaxloom_lake::reference::Manifest;
use vaxloom_lake::{Ranking, Resources, Settings};
use vaxloom_mrna::Profile;

use super::class_two;
use crate::ingest::{RecordsFolder, sha256_of};

/// Fingerprints: a row of the table `basis`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Basis {
    pub(crate) inputs: String,
    pub(crate) program: String,
    pub(crate) reference: String,
    pub(crate) model: String,
    pub(crate) best_peptide: String,
    pub(crate) policy: String,
    pub(crate) profile: String,
}

impl Basis {
    /// Of a run's settings; the inputs are each patient's own.
    pub(crate) fn of(
        settings: &Settings,
        profile: &Profile,
        reference: Option<&Manifest>,
        resources: &Resources,
        records: &RecordsFolder,
    ) -> Self {
        let schemas: Vec<(&str, u32)> =
            vaxloom_tables::all().iter().map(|t| (t.name.as_str(), t.version)).collect();
        Self {
            inputs: String::new(),
            program: sha256_of(
                &json!({ "program": env!("CARGO_PKG_VERSION"), "schemas": schemas, "records": records.fingerprint() }),
            ),
            reference: sha256_of(&json!([reference, resources.epitopes])),
            model: sha256_of(&json!([
                settings.model,
                settings.model_version,
                class_two(resources)
            ])),
            best_peptide: sha256_of(&json!(settings.ranking.best())),
            policy: of_ranking(&settings.ranking),
            profile: sha256_of(&json!([format!("{profile:?}"), settings.design])),
        }
    }

    /// The same for a patient with these inputs.
    pub(crate) fn with(&self, inputs: &str) -> Self {
        Self { inputs: inputs.to_owned(), ..self.clone() }
    }

    /// One hash over all of it.
    pub(crate) fn hash(&self) -> String {
        sha256_of(&json!(self))
    }

    /// The first part that has to be made anew where results rest on `before`, and the names of what is another; `None` where
    /// nothing is.
    pub(crate) fn stale(&self, before: &Self) -> Option<(Part, Vec<&'static str>)> {
        let parts = [
            ("inputs", Part::Inputs, self.inputs != before.inputs),
            ("program", Part::Inputs, self.program != before.program),
            ("reference", Part::Inputs, self.reference != before.reference),
            // The model says also which alleles it knows: HLA is told anew. Scores that the lake has of it stay.
            ("model", Part::Inputs, self.model != before.model),
            ("best_peptide", Part::Inputs, self.best_peptide != before.best_peptide),
            ("policy", Part::Ranking, self.policy != before.policy),
            ("profile", Part::Constructs, self.profile != before.profile),
        ];
        let others = || parts.iter().filter(|(_, _, another)| *another);
        let first = others().map(|(_, part, _)| *part).min()?;
        Some((first, others().map(|(name, _, _)| *name).collect()))
    }
}

/// A policy is what its rules say, not how its file is laid out.
pub(crate) fn of_ranking(ranking: &Ranking) -> String {
    sha256_of(&json!([ranking.name, ranking.sql()]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_another_makes_stale_what_comes_after_it() {
        let text = str::to_owned;
        let basis = Basis {
            inputs: text("i"),
            program: text("p"),
            reference: text("r"),
            model: text("m"),
            best_peptide: text("b"),
            policy: text("o"),
            profile: text("f"),
        };
        assert_eq!(basis.stale(&basis), None);
        let other = || text("other");
        let cases = [
            (basis.with("other"), Part::Inputs, vec!["inputs"]),
            (Basis { program: other(), ..basis.clone() }, Part::Inputs, vec!["program"]),
            (Basis { reference: other(), ..basis.clone() }, Part::Inputs, vec!["reference"]),
            (Basis { model: other(), ..basis.clone() }, Part::Inputs, vec!["model"]),
            (Basis { best_peptide: other(), ..basis.clone() }, Part::Inputs, vec!["best_peptide"]),
            (Basis { policy: other(), ..basis.clone() }, Part::Ranking, vec!["policy"]),
            (Basis { profile: other(), ..basis.clone() }, Part::Constructs, vec!["profile"]),
            (
                Basis { policy: other(), profile: other(), ..basis.clone() },
                Part::Ranking,
                vec!["policy", "profile"],
            ),
        ];
        for (now, part, names) in cases {
            assert_eq!(now.stale(&basis), Some((part, names)));
            assert_ne!(now.hash(), basis.hash());
        }
    }
}
