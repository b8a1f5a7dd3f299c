//! The counts of a check, and the verdict on the batch.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::rule::Rule;

/// What a check found. It serialises to the last line of the report.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Summary {
    /// Name of the folder or file, as reports may tell it.
    pub folder: String,
    /// Profile of the gate.
    pub profile: String,
    /// Id of the project key, where there was one.
    pub key_id: Option<String>,
    /// Version of the program.
    pub version: String,
    /// Files read.
    pub files: usize,
    /// Tables among them: their rows count as resources. They are looked through, and not written.
    pub tables: usize,
    /// Files of other kinds, which were not looked into. The logs and manifests of exports are among them.
    pub other_files: usize,
    /// Bytes read.
    pub bytes: u64,
    /// Resources read; a line or document that is not JSON counts as one.
    pub resources: usize,
    /// Resources with nothing to remove or reduce.
    pub passed: usize,
    /// Resources of which something was removed or reduced.
    pub transformed: usize,
    /// Resources that must not be used.
    pub quarantined: usize,
    /// Resources of types of which nothing is taken.
    pub aside: usize,
    /// Resources that say again what another has said under the same id.
    pub repeats: usize,
    /// Patients that are referred to and are in no file.
    pub dangling: usize,
    /// More of the batch is in quarantine than the profile allows: none of it may be used.
    pub refused: bool,
    /// Resources by type; those of unknown types under `?`.
    pub types: BTreeMap<String, usize>,
    /// Breaches by rule.
    pub rules: BTreeMap<&'static str, usize>,
}

/// Resources were lost or counted twice: a defect of the program.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
#[error("{read} resources read, but {accounted} accounted for; report this as a defect")]
pub struct Unbalanced {
    read: usize,
    accounted: usize,
}

impl Summary {
    pub(crate) fn new(profile: &str, key_id: Option<&str>) -> Self {
        Self {
            profile: profile.to_owned(),
            key_id: key_id.map(str::to_owned),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            ..Self::default()
        }
    }

    /// `pass`, `transformed`, `quarantined` (some of it) or `refused` (all of it).
    pub fn verdict(&self) -> &'static str {
        match (self.refused, self.quarantined, self.transformed) {
            (true, ..) => "refused",
            (_, 1.., _) => "quarantined",
            (_, _, 1..) => "transformed",
            _ => "pass",
        }
    }

    /// Exit code of the command: 0, 3 with records in quarantine, 4 for a batch that is refused.
    pub fn exit_code(&self) -> u8 {
        match self.verdict() {
            "refused" => 4,
            "quarantined" => 3,
            _ => 0,
        }
    }

    /// Checks that every resource read is counted once.
    pub fn check_balance(&self) -> Result<(), Unbalanced> {
        let accounted =
            self.passed + self.transformed + self.quarantined + self.aside + self.repeats;
        if accounted == self.resources {
            Ok(())
        } else {
            Err(Unbalanced { read: self.resources, accounted })
        }
    }

    pub(crate) fn rule(&mut self, rule: &'static Rule) {
        *self.rules.entry(rule.id).or_default() += 1;
    }

    pub(crate) fn count_type(&mut self, kind: &str) {
        if let Some(count) = self.types.get_mut(kind) {
            *count += 1;
        } else {
            self.types.insert(kind.to_owned(), 1);
        }
    }
}
