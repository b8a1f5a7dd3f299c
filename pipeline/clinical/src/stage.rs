//! Stage observations, and the condition that each belongs to.
//!
//! Sources: mCODE 4.0.0 (TNM Stage Group Staging Type value sets, Cancer Stage profiles).

use std::collections::HashMap;

use serde_json::Value;

use crate::{
    element::{Coding, LOINC, SNOMED, date, has_code, items, reference},
    records::Records,
    row::{Condition, Observation},
    rule::{Finding, STAGE_CONDITION, STAGE_VALUE, Source},
};

/// TNM stage grouping: any, clinical, pathologic.
const SNOMED_STAGE: [&str; 3] = ["399390009", "399537006", "399588009"];
/// Stage group: clinical, pathology, other (mCODE before STU3).
const LOINC_STAGE: [&str; 3] = ["21908-9", "21902-2", "21914-7"];

/// Categories: SNOMED CT and LOINC codes of any, clinical and pathologic ones, and the end of mCODE's profile.
const CATEGORIES: [(Aspect, [&str; 3], [&str; 2], &str); 3] = [
    (
        Aspect::T,
        ["78873005", "399504009", "384625004"],
        ["21905-5", "21899-0"],
        "primary-tumor-category",
    ),
    (
        Aspect::N,
        ["277206009", "399534004", "371494008"],
        ["21906-3", "21900-6"],
        "regional-nodes-category",
    ),
    (
        Aspect::M,
        ["277208005", "399387003", "371497001"],
        ["21907-1", "21901-4"],
        "distant-metastases-category",
    ),
];

/// What of a cancer an observation stages.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub(crate) enum Aspect {
    /// The stage as a whole.
    Group,
    /// Primary tumour.
    T,
    /// Regional lymph nodes.
    N,
    /// Distant metastases.
    M,
}

/// What a stage observation says.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Stage {
    pub(crate) focus: Vec<String>,
    pub(crate) aspect: Aspect,
    /// As the record has it, to find the latest; only the stage goes into the table.
    date: Option<String>,
    /// A TNM stage group; else one of the other systems, some of which are rather grades (Gleason, Clark).
    tnm: bool,
    kind: Option<&'static str>,
    group: Option<String>,
    code: Option<String>,
    code_system: Option<String>,
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
    /// Its rows of the table `observation`.
    pub(crate) rows: Vec<Observation>,
}

/// Whether an Observation gives the stage of a cancer, or one of its categories: by its code, or by an mCODE stage profile (FIGO,
/// Binet, lymphoma and so on, whose codes are many).
pub(crate) fn is_stage(observation: &Value) -> bool {
    aspect(observation).is_some()
}

fn aspect(observation: &Value) -> Option<Aspect> {
    let code = &observation["code"];
    let of = |ending: &str| profiles(observation).any(|name| name.ends_with(ending));
    let category = CATEGORIES.iter().find(|(_, snomed, loinc, profile)| {
        has_code(code, SNOMED, snomed) || has_code(code, LOINC, loinc) || of(profile)
    });
    let group = || is_tnm(code) || profiles(observation).any(|name| name.contains("-stage"));
    category.map(|(aspect, ..)| *aspect).or_else(|| group().then_some(Aspect::Group))
}

fn is_tnm(code: &Value) -> bool {
    has_code(code, SNOMED, &SNOMED_STAGE) || has_code(code, LOINC, &LOINC_STAGE)
}

/// Names of the mCODE profiles that a resource says it follows.
fn profiles(observation: &Value) -> impl Iterator<Item = &str> {
    items(&observation["meta"]["profile"])
        .filter_map(Value::as_str)
        .map(|url| url.rsplit('/').next().unwrap_or(url))
        .map(|name| name.split('|').next().unwrap_or(name))
        .filter(|name| name.starts_with("mcode-"))
}

/// Reads a stage Observation; `None` when it says that there is no result.
pub(crate) fn read(observation: &Value) -> Result<Option<Stage>, Finding> {
    let aspect = aspect(observation).unwrap_or(Aspect::Group);
    let value = Coding::first(&observation["valueCodeableConcept"]);
    if value.code.is_none() {
        // A category without a code is a result like others.
        let absent = observation["dataAbsentReason"].is_object() || aspect != Aspect::Group;
        return if absent {
            Ok(None)
        } else {
            Err(Finding::new("Observation.value", &STAGE_VALUE))
        };
    }
    Ok(Some(Stage {
        focus: items(&observation["focus"]).filter_map(reference).collect(),
        aspect,
        date: date(observation, "effective").map(str::to_owned),
        tnm: is_tnm(&observation["code"]) || aspect != Aspect::Group,
        kind: kind(&observation["code"]),
        group: value.label(),
        system: Coding::first(&observation["method"]).label().or(value.system.clone()),
        code: value.code,
        code_system: value.system,
    }))
}

fn kind(code: &Value) -> Option<&'static str> {
    let coded = |snomed: &[&str], loinc: &[&str]| {
        has_code(code, SNOMED, snomed) || has_code(code, LOINC, loinc)
    };
    if coded(
        &["399588009", "384625004", "371494008", "371497001"],
        &["21902-2", "21899-0", "21900-6", "21901-4"],
    ) {
        Some("pathologic")
    } else if coded(
        &["399537006", "399504009", "399534004", "399387003"],
        &["21908-9", "21905-5", "21906-3", "21907-1"],
    ) {
        Some("clinical")
    } else {
        None
    }
}

/// Gives each condition its best stage observation: TNM before other systems, then the latest; on one date the
/// pathologic stage, then the last id. Another system than TNM does not replace the condition's own stage. T, N and M are found in the
/// same way.
///
/// A stage group that leads to no condition goes to quarantine.
pub(crate) fn attach(
    conditions: &mut [Diagnosis],
    mut observations: Vec<Staged>,
    records: &mut Records,
) {
    observations.sort_by(|a, b| rank(a).cmp(&rank(b)));
    let targets = Targets::new(conditions);
    let found: Vec<Option<usize>> = observations.iter().map(|o| targets.of(o)).collect();
    let mut best = HashMap::new();
    for (place, (observation, condition)) in observations.iter().zip(&found).enumerate() {
        if let Some(condition) = condition {
            best.insert((*condition, observation.stage.aspect), place);
        }
    }
    let mut used = vec![false; observations.len()];
    for ((condition, _), place) in best {
        used[place] = observations[place].stage.write(&mut conditions[condition].row);
    }
    for (place, observation) in observations.into_iter().enumerate() {
        if found[place].is_none() && observation.stage.aspect == Aspect::Group {
            let finding = Finding::new("Observation.focus", &STAGE_CONDITION);
            records.hold(&observation.source, Some(&observation.patient_id), &[finding]);
            continue;
        }
        let kept = used[place] || !observation.rows.is_empty();
        *if kept { &mut records.kept } else { &mut records.ignored } += 1;
        records.observations.extend(observation.rows);
    }
}

impl Stage {
    /// Writes the stage into its condition; false where the condition's own is better.
    fn write(&self, row: &mut Condition) -> bool {
        let category = match self.aspect {
            Aspect::T => &mut row.t_category,
            Aspect::N => &mut row.n_category,
            Aspect::M => &mut row.m_category,
            Aspect::Group if !self.tnm && row.stage_code.is_some() => return false,
            Aspect::Group => {
                row.stage_code.clone_from(&self.code);
                row.stage_code_system.clone_from(&self.code_system);
                row.stage_system.clone_from(&self.system);
                row.stage_kind = self.kind.map(str::to_owned);
                &mut row.stage_group
            }
        };
        category.clone_from(&self.group);
        true
    }
}

fn rank(observation: &Staged) -> (bool, &Option<String>, bool, &str) {
    let Stage { tnm, date, kind, .. } = &observation.stage;
    (*tnm, date, *kind == Some("pathologic"), &observation.key)
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
            (by_code(SNOMED, "399504009"), true),
            (by_code(SNOMED, "254837009"), false),
            (by_profile("mcode-cancer-stage"), true),
            (by_profile("mcode-tnm-stage-group|4.0.0"), true),
            (by_profile("mcode-tnm-primary-tumor-category"), true),
            (by_profile("mcode-tumor-marker-test"), false),
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
