//! What the run of a part leaves for `vaxloom lake gather`.

use std::collections::BTreeMap;

use anyhow::bail;
use serde::{Deserialize, Serialize};
use serde_json::json;
use vaxloom_cluster::distributed::Identity;
use vaxloom_lake::Lake;

use super::{Basis, Done, Job};
use crate::executor;
use crate::ingest::{Content, Refusal, sha256_of};
use crate::part::{Part, PartFile};

/// A part that was run to its end.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct PartDone {
    /// Name of the sheet.
    pub(crate) sheet: String,
    /// SHA-256 over the names of all patients of the sheet, of whichever part.
    pub(crate) everyone: String,
    /// Those of this part, with what their inputs hold.
    pub(crate) patients: BTreeMap<String, Content>,
    /// What was kept out of the records, and why patients were.
    pub(crate) kept_out: Vec<Refusal>,
    /// The same with all else that is in quarantine.
    pub(crate) refusals: Vec<Refusal>,
    pub(crate) made: Made,
}

/// What results were made with.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Made {
    pub(crate) identity: Identity,
    pub(crate) basis: Basis,
    pub(crate) model: String,
    pub(crate) model_version: String,
    pub(crate) policy: String,
    pub(crate) profile: String,
    pub(crate) deid_profile: String,
    pub(crate) key_id: Option<String>,
    /// As the row of a run has them.
    pub(crate) settings: String,
}

impl Made {
    /// What is another in `other`, each with both sides named.
    pub(crate) fn differences(&self, here: &str, other: &Self, there: &str) -> Option<String> {
        let key = |made: &Self| made.key_id.clone().unwrap_or_else(|| "none".to_owned());
        let named = |name: &str, hash: &str| format!("{name} ({hash:.12})");
        let of = |made: &Self| {
            [
                ("project key", key(made)),
                ("records, as they are read,", named(&made.deid_profile, &made.basis.program)),
                ("choice of the best peptide", named("SHA-256", &made.basis.best_peptide)),
                ("policy", named(&made.policy, &made.basis.policy)),
                ("construct profile", named(&made.profile, &made.basis.profile)),
            ]
        };
        let identity = self.identity.differences(here, &other.identity, there);
        let mut told: Vec<String> = identity.into_iter().collect();
        // Another version of the program reads and ranks otherwise of itself.
        if told.is_empty() {
            let pairs = of(self).into_iter().zip(of(other)).filter(|(own, others)| own != others);
            told.extend(pairs.map(|((what, own), (_, others))| {
                format!("{what}: {own} {here}, {others} {there}")
            }));
        }
        (!told.is_empty()).then(|| told.join("; "))
    }
}

impl Job<'_> {
    /// Sees to it that a part goes into its own folder and everything else into none of a part, and lets the part count as not
    /// run from here on.
    pub(super) fn begin_part(&self, lake: &Lake) -> anyhow::Result<()> {
        let folder = &self.args.lake;
        let there = PartFile::read(folder)?.map(|file| file.part);
        let place = folder.display();
        match (self.args.part, there) {
            (None, None) => Ok(()),
            (None, Some(there)) => bail!(
                "{place}: this is {there} of a run, and the lake of no other; give another --lake, or --part {}/{}",
                there.number,
                there.of
            ),
            (Some(asked), Some(there)) if asked != there => bail!(
                "{place}: this is {there}, and {asked} was asked for; give {asked} a folder of its own"
            ),
            (Some(asked), None) if !lake.versions().is_empty() => bail!(
                "{place}: this is a lake, and {asked} needs a folder of its own; vaxloom lake gather joins the parts into the lake"
            ),
            (Some(part), _) => PartFile { part, done: None }.write(folder),
        }
    }

    /// Remembers that a part was run to its end.
    pub(super) fn end_part(
        &self,
        part: Part,
        patients: BTreeMap<String, Content>,
        kept_out: Vec<Refusal>,
        done: &Done,
    ) -> anyhow::Result<()> {
        let sheet = &self.sheet;
        let mut everyone: Vec<&String> = sheet.patients.keys().chain(&sheet.elsewhere).collect();
        everyone.sort_unstable();
        let done = PartDone {
            sheet: sheet.name.clone(),
            everyone: sha256_of(&json!(everyone)),
            patients,
            kept_out,
            refusals: done.summary.refusals().to_vec(),
            made: self.made(),
        };
        PartFile { part, done: Some(serde_json::to_value(done)?) }.write(&self.args.lake)
    }

    fn made(&self) -> Made {
        let (predictor, reference) = (self.predictor.as_ref(), self.reference.as_ref());
        Made {
            identity: executor::identity(predictor, &self.resources, reference),
            basis: self.basis.clone(),
            model: self.settings.model.clone(),
            model_version: self.settings.model_version.clone(),
            policy: self.settings.ranking.name.clone(),
            profile: self.profile.name.clone(),
            deid_profile: self.records.profile().to_owned(),
            key_id: self.records.key_id().map(str::to_owned),
            settings: self.settings_row(),
        }
    }
}
