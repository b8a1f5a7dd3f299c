//! Stage observations, and the condition that each belongs to.
//!
//! Sources: mCODE 4.0.0 (TNM Stage Group Staging Type value sets, Cancer Stage profiles).

use std::collections::HashMap;

use serde_json::Value;

use crate::{
    element::{Coding, LOINC, SNOMED, date, has_code, items, reference},
    records::{Condition, Records},
    rule::{Finding, STAGE_CONDITION, STAGE_VALUE, Source},
};

/// TNM stage grouping: any, clinical, pathologic.
const SNOMED_STAGE: [&str; 3] = ["399390009", "399537006", "399588009"];
/// Stage group: clinical, pathology, other (mCODE before STU3).
const LOINC_STAGE: [&str; 3] = ["21908-9", "21902-2", "21914-7"];

/// What a stage observation says.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Stage {
    pub(crate) focus: Vec<String>,
    /// As the record has it, to find the latest; only the stage goes into the table.
    date: Option<String>,
    /// A TNM stage group; else one of the other systems, some of which are rather grades (Gleason, Clark).
    tnm: bool,
    pathologic: bool,
    group: Option<String>,
    code: Option<String>,
    system: Option<String>,
}

/// A condition while its stage is looked for.
#[derive(Debug)]
pub(crate) struct Diagnosis {
    pub(crate) row: Condition,
    /// Observations that `Condition.stage.assessment` names.
    pub(crate) assessments: Vec<String>,
}

/// A stage observation of a known patient.
#[derive(Debug)]
pub(crate) struct Staged {
    pub(crate) patient_id: String,
    /// `Observation/id`.
    pub(crate) key: String,
    pub(crate) source: Source,
    pub(crate) stage: Stage,
}

/// Whether an Observation gives the stage of a cancer: by its code, or by an mCODE stage profile (FIGO, Binet,
/// lymphoma and so on, whose codes are many).
pub(crate) fn is_stage(observation: &Value) -> bool {
    is_tnm(&observation["code"])
        || items(&observation["meta"]["profile"]).filter_map(Value::as_str).any(is_stage_profile)
}

fn is_tnm(code: &Value) -> bool {
    has_code(code, SNOMED, &SNOMED_STAGE) || has_code(code, LOINC, &LOINC_STAGE)
}

fn is_stage_profile(url: &str) -> bool {
    let name = url.rsplit('/').next().unwrap_or(url);
    let name = name.split('|').next().unwrap_or(name);
    name.starts_with("mcode-") && name.contains("-stage")
}

/// Reads a stage Observation; `None` when it says that there is no result.
pub(crate) fn read(observation: &Value) -> Result<Option<Stage>, Finding> {
    let value = Coding::first(&observation["valueCodeableConcept"]);
    if value.code.is_none() {
        let absent = observation["dataAbsentReason"].is_object();
        return if absent {
            Ok(None)
        } else {
            Err(Finding::new("Observation.value", &STAGE_VALUE))
        };
    }
    Ok(Some(Stage {
        focus: items(&observation["focus"]).filter_map(reference).collect(),
        date: date(observation, "effective").map(str::to_owned),
        tnm: is_tnm(&observation["code"]),
        pathologic: is_pathologic(&observation["code"]),
        group: value.label(),
        system: Coding::first(&observation["method"]).label().or(value.system),
        code: value.code,
    }))
}

fn is_pathologic(code: &Value) -> bool {
    has_code(code, SNOMED, &["399588009"]) || has_code(code, LOINC, &["21902-2"])
}

/// Writes the stage that a Condition itself carries into its row; an Observation may replace it.
pub(crate) fn of_condition(condition: &Value, row: &mut Condition) {
    let Some(stage) = items(&condition["stage"]).next() else {
        return;
    };
    let summary = Coding::first(&stage["summary"]);
    row.stage_group = summary.label();
    row.stage_system = Coding::first(&stage["type"]).label().or(summary.system);
    row.stage_code = summary.code;
}

/// Gives each condition its best stage observation: TNM before other systems, then the latest; on one date the
/// pathologic stage, then the last id. Another system than TNM does not replace the condition's own stage.
///
/// Observations that a better one replaces are ignored; those that lead to no condition go to quarantine.
pub(crate) fn attach(
    conditions: &mut [Diagnosis],
    mut observations: Vec<Staged>,
    records: &mut Records,
) {
    observations.sort_by(|a, b| rank(a).cmp(&rank(b)));
    let targets = Targets::new(conditions);
    let mut best = HashMap::new();
    for observation in &observations {
        if let Some(condition) = targets.of(observation) {
            records.ignored += usize::from(best.insert(condition, &observation.stage).is_some());
        } else {
            let finding = Finding::new("Observation.focus", &STAGE_CONDITION);
            records.hold(&observation.source, Some(&observation.patient_id), &[finding]);
        }
    }
    for (condition, stage) in best {
        let row = &mut conditions[condition].row;
        if stage.tnm || row.stage_code.is_none() {
            records.kept += 1;
            row.stage_group.clone_from(&stage.group);
            row.stage_code.clone_from(&stage.code);
            row.stage_system.clone_from(&stage.system);
        } else {
            records.ignored += 1;
        }
    }
}

fn rank(observation: &Staged) -> (bool, &Option<String>, bool, &str) {
    let Stage { tnm, date, pathologic, .. } = &observation.stage;
    (*tnm, date, *pathologic, &observation.key)
}

/// Ways from an observation to the place of its condition. Each starts from the patient, so that no stage
/// can reach another patient's condition.
#[derive(Default)]
struct Targets {
    keys: HashMap<(String, String), usize>,
    assessments: HashMap<(String, String), usize>,
    patients: HashMap<String, Vec<usize>>,
}

impl Targets {
    fn new(conditions: &[Diagnosis]) -> Self {
        let mut targets = Self::default();
        for (place, Diagnosis { row, assessments }) in conditions.iter().enumerate() {
            let patient = &row.patient_id;
            let key = format!("Condition/{}", row.condition_id);
            targets.keys.insert((patient.clone(), key), place);
            targets.patients.entry(patient.clone()).or_default().push(place);
            for assessment in assessments {
                targets.assessments.insert((patient.clone(), assessment.clone()), place);
            }
        }
        targets
    }

    /// The condition in focus; without a focus that should be one, the condition that names the observation as
    /// its assessment, or else the patient's only condition.
    fn of(&self, observation: &Staged) -> Option<usize> {
        let Staged { patient_id, key, stage, .. } = observation;
        let find = |map: &HashMap<_, usize>, key: &str| {
            map.get(&(patient_id.clone(), key.to_owned())).copied()
        };
        let in_focus = stage.focus.iter().find_map(|focus| find(&self.keys, focus));
        let elsewhere = |focus: &String| focus.starts_with("Condition/") || focus.contains(':');
        if in_focus.is_some() || stage.focus.iter().any(elsewhere) {
            return in_focus;
        }
        find(&self.assessments, key).or_else(|| match self.patients.get(patient_id)?.as_slice() {
            [only] => Some(*only),
            _ => None,
        })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use serde_json::json;

    use super::*;

    #[test]
    fn stage_observations_by_code_or_profile() {
        let by_code =
            |system, code| json!({"code": {"coding": [{"system": system, "code": code}]}});
        let by_profile = |name: &str| json!({"meta": {"profile": [format!("http://hl7.org/fhir/us/mcode/StructureDefinition/{name}")]}});
        for (observation, expected) in [
            (by_code(SNOMED, "399537006"), true),
            (by_code(SNOMED, "399588009"), true),
            (by_code(LOINC, "21908-9"), true),
            (by_code(LOINC, "399537006"), false),
            (by_code(SNOMED, "399504009"), false),
            (by_profile("mcode-cancer-stage"), true),
            (by_profile("mcode-tnm-stage-group|4.0.0"), true),
            (by_profile("mcode-tnm-primary-tumor-category"), false),
        ] {
            assert_eq!(is_stage(&observation), expected, "{observation}");
        }
    }

    #[test]
    fn group_code_and_system() {
        let value = |system, code, display: Option<&str>| json!({"coding": [{"system": system, "code": code, "display": display}]});
        let ajcc = "http://cancerstaging.org";
        for (observation, expected) in [
            (
                json!({"valueCodeableConcept": value(SNOMED, "1222806003", Some("AJCC stage IIIC")), "method": value(SNOMED, "897275008", Some("AJCC 8"))}),
                (Some("AJCC stage IIIC"), Some("1222806003"), Some("AJCC 8")),
            ),
            (
                json!({"valueCodeableConcept": value(ajcc, "3C", None)}),
                (Some("3C"), Some("3C"), Some(ajcc)),
            ),
        ] {
            let stage = read(&observation).unwrap().unwrap();
            assert_eq!(
                (stage.group.as_deref(), stage.code.as_deref(), stage.system.as_deref()),
                expected
            );
        }
        assert_eq!(read(&json!({"dataAbsentReason": {}})), Ok(None));
        assert_eq!(read(&json!({"valueString": "IIIC"})).unwrap_err().rule, &STAGE_VALUE);
    }
}
