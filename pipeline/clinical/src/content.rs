//! What the tables keep of one resource.

use serde_json::Value;

use crate::{
    element::{Coding, codings, date, items, reference, year},
    hla::{self, Typing},
    records::{Condition, Patient, Specimen, Treatment},
    rule::{Finding, GENDER},
    stage::{self, Stage},
};

/// A resource taken apart. Rows lack their patient and source until references are resolved.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Content {
    Patient(Patient),
    Condition {
        row: Condition,
        assessments: Vec<String>,
    },
    Specimen(Specimen),
    /// `medication` refers to the Medication resource that holds the code.
    Treatment {
        row: Treatment,
        medication: Option<String>,
    },
    Hla(Typing),
    Stage(Stage),
}

/// Reads a resource; `None` when nothing of it is kept.
pub(crate) fn read(kind: &str, resource: &Value) -> Result<Option<Content>, Finding> {
    if is_withdrawn(resource) {
        return Ok(None);
    }
    match kind {
        "Patient" => patient(resource).map(Some),
        "Condition" => Ok(Some(condition(resource))),
        "Specimen" => Ok(Some(specimen(resource))),
        "Procedure" | "MedicationRequest" | "MedicationAdministration" | "MedicationStatement" => {
            Ok(Some(treatment(kind, resource)))
        }
        "Observation" if hla::is_hla(resource) => Ok(hla::read(resource)?.map(Content::Hla)),
        "Observation" if stage::is_stage(resource) => {
            Ok(stage::read(resource)?.map(Content::Stage))
        }
        _ => Ok(None),
    }
}

/// Whether the source itself says that the record does not hold.
fn is_withdrawn(resource: &Value) -> bool {
    let refuted =
        |coding: &Value| coding["code"] == "entered-in-error" || coding["code"] == "refuted";
    resource["status"] == "entered-in-error"
        || (resource["status"] == "cancelled" && resource["resourceType"] == "Observation")
        || codings(&resource["verificationStatus"]).any(refuted)
}

fn text(owner: &Value, name: &str) -> Option<String> {
    owner[name].as_str().map(str::to_owned)
}

fn patient(resource: &Value) -> Result<Content, Finding> {
    let sex = text(resource, "gender");
    let known = ["male", "female", "other", "unknown"];
    if sex.as_deref().is_some_and(|sex| !known.contains(&sex)) {
        return Err(Finding::new("Patient.gender", &GENDER));
    }
    let died_in = resource["deceasedDateTime"].is_string().then_some(true);
    Ok(Content::Patient(Patient {
        patient_id: String::new(),
        birth_year: resource["birthDate"].as_str().and_then(year),
        sex,
        deceased: resource["deceasedBoolean"].as_bool().or(died_in),
        source_file: String::new(),
        source_line: 0,
    }))
}

fn condition(resource: &Value) -> Content {
    let Coding { code, system, display } = Coding::first(&resource["code"]);
    let mut row = Condition {
        patient_id: String::new(),
        condition_id: String::new(),
        code,
        code_system: system,
        display,
        onset_year: date(resource, "onset").and_then(year),
        stage_group: None,
        stage_code: None,
        stage_system: None,
        source_file: String::new(),
        source_line: 0,
    };
    stage::of_condition(resource, &mut row);
    let stages = items(&resource["stage"]);
    let assessments = stages.flat_map(|s| items(&s["assessment"])).filter_map(reference).collect();
    Content::Condition { row, assessments }
}

fn specimen(resource: &Value) -> Content {
    let collection = &resource["collection"];
    Content::Specimen(Specimen {
        patient_id: String::new(),
        specimen_id: String::new(),
        specimen_type: Coding::first(&resource["type"]).label(),
        body_site: Coding::first(&collection["bodySite"]).label(),
        collected_year: date(collection, "collected").and_then(year),
        source_file: String::new(),
        source_line: 0,
    })
}

fn treatment(kind: &str, resource: &Value) -> Content {
    let procedure = kind == "Procedure";
    let concept = if procedure { &resource["code"] } else { medication_code(resource) };
    let Coding { code, system, display } = Coding::first(concept);
    let started = match kind {
        "Procedure" => date(resource, "performed"),
        "MedicationRequest" => resource["authoredOn"].as_str(),
        _ => date(resource, "effective"),
    };
    let row = Treatment {
        patient_id: String::new(),
        treatment_id: String::new(),
        kind: if procedure { "procedure" } else { "medication" }.to_owned(),
        code,
        code_system: system,
        display,
        status: text(resource, "status"),
        start_year: started.and_then(year),
        source_file: String::new(),
        source_line: 0,
    };
    Content::Treatment { row, medication: reference(&resource["medicationReference"]) }
}

/// The coded medication, in the resource or in the Medication contained in it.
fn medication_code(resource: &Value) -> &Value {
    let reference = resource["medicationReference"]["reference"].as_str().unwrap_or_default();
    items(&resource["contained"])
        .find(|contained| {
            let id = contained["id"].as_str();
            contained["resourceType"] == "Medication"
                && reference.strip_prefix('#').is_some_and(|r| Some(r) == id)
        })
        .map_or(&resource["medicationCodeableConcept"], |medication| &medication["code"])
}
