//! What the tables keep of one resource.

use serde_json::Value;

use crate::{
    element::{Coding, codings, items, reference},
    hla::{self, Typing},
    row::{Condition, Observation, Patient, Specimen, Treatment},
    rule::{Finding, GENDER, VIEW},
    stage::{self, Stage},
    table_view::{Table, Views},
};

/// A resource taken apart. Rows lack their patient and source until references are resolved.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Content {
    pub(crate) patient: Option<Patient>,
    pub(crate) conditions: Vec<Condition>,
    pub(crate) specimens: Vec<Specimen>,
    pub(crate) treatments: Vec<Treatment>,
    pub(crate) observations: Vec<Observation>,
    pub(crate) typing: Option<Typing>,
    pub(crate) stage: Option<Stage>,
    pub(crate) links: Links,
}

/// References to other resources than the patient.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Links {
    /// Observations that `Condition.stage.assessment` names.
    pub(crate) assessments: Vec<String>,
    /// The Medication resource that holds the code.
    pub(crate) medication: Option<String>,
    /// The condition that a treatment is for.
    pub(crate) reason: Option<String>,
    /// The specimen of an observation, or the parent of a specimen.
    pub(crate) specimen: Option<String>,
}

impl Links {
    pub(crate) fn iter_mut(&mut self) -> impl Iterator<Item = &mut String> {
        let single = [&mut self.medication, &mut self.reason, &mut self.specimen];
        self.assessments.iter_mut().chain(single.into_iter().flatten())
    }
}

/// Reads a resource; `None` when nothing of it is kept.
pub(crate) fn read(
    views: &Views,
    kind: &str,
    resource: &Value,
) -> Result<Option<Content>, Finding> {
    if is_withdrawn(resource) {
        return Ok(None);
    }
    let mut content = Content { links: links(kind, resource), ..Content::default() };
    let rows = views.rows(kind, resource).map_err(|_| Finding::new(kind, &VIEW))?;
    let mut kept = false;
    for (table, row) in rows {
        kept = true;
        match table {
            Table::Patient => content.patient = Some(patient(row.patient())?),
            Table::Condition => content.conditions.push(row.condition()),
            Table::Specimen => content.specimens.push(row.specimen()),
            Table::Procedure => content.treatments.push(row.treatment("procedure")),
            Table::Medication => {
                let mut treatment = row.treatment("medication");
                if treatment.code.is_none() {
                    contained_medication(resource, &mut treatment);
                }
                content.treatments.push(treatment);
            }
            Table::Observation => content.observations.push(row.observation()),
        }
    }
    if kind == "Observation" {
        if hla::is_hla(resource) {
            content.typing = hla::read(resource)?;
        } else if stage::is_stage(resource) {
            content.stage = stage::read(resource)?;
        }
        kept |= content.typing.is_some() || content.stage.is_some();
    }
    Ok(kept.then_some(content))
}

/// Whether the source itself says that the record does not hold.
fn is_withdrawn(resource: &Value) -> bool {
    let refuted =
        |coding: &Value| coding["code"] == "entered-in-error" || coding["code"] == "refuted";
    resource["status"] == "entered-in-error"
        || (resource["status"] == "cancelled" && resource["resourceType"] == "Observation")
        || codings(&resource["verificationStatus"]).any(refuted)
}

fn patient(row: Patient) -> Result<Patient, Finding> {
    let known = ["male", "female", "other", "unknown"];
    if row.sex.as_deref().is_some_and(|sex| !known.contains(&sex)) {
        return Err(Finding::new("Patient.gender", &GENDER));
    }
    Ok(row)
}

fn links(kind: &str, resource: &Value) -> Links {
    let stages = items(&resource["stage"]);
    let specimen = if kind == "Specimen" { &resource["parent"][0] } else { &resource["specimen"] };
    Links {
        assessments: stages.flat_map(|s| items(&s["assessment"])).filter_map(reference).collect(),
        medication: reference(&resource["medicationReference"]),
        reason: items(&resource["reasonReference"]).find_map(reference),
        specimen: reference(specimen),
    }
}

/// The code of a medication that is contained in the resource.
fn contained_medication(resource: &Value, row: &mut Treatment) {
    let reference = resource["medicationReference"]["reference"].as_str().unwrap_or_default();
    let found = items(&resource["contained"]).find(|contained| {
        let id = contained["id"].as_str();
        contained["resourceType"] == "Medication"
            && reference.strip_prefix('#').is_some_and(|r| Some(r) == id)
    });
    if let Some(medication) = found {
        let Coding { code, system, display } = Coding::first(&medication["code"]);
        (row.code, row.code_system, row.display) = (code, system, display);
    }
}
