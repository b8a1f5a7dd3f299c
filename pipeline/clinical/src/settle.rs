//! Settling: when everything is read, each resource finds its patient, and is kept, held or ignored.

use std::collections::{BTreeMap, HashMap, HashSet};

use crate::{
    collect::{Collected, Pending},
    content::Content,
    element::Coding,
    hla::{self, Typing},
    records::{HlaReport, Records},
    rule::{DANGLING, DUPLICATE, Finding, MISSING_SUBJECT, PATIENT_QUARANTINED, Source},
    stage::{self, Diagnosis, Staged},
};

/// Settles all that was collected, in the order of files and lines.
pub(crate) fn settle(records: &mut Records) {
    let Collected { index, mut pending, medications } = std::mem::take(&mut records.collected);
    pending.sort_by(|a, b| a.source.cmp(&b.source));
    for resource in &mut pending {
        resource.normalise(&index);
    }
    let people = People::new(&pending);
    let mut tables = Tables { medications, ..Tables::default() };
    for resource in accept(pending, &people, records) {
        tables.add(resource, records);
    }
    stage::attach(&mut tables.conditions, tables.stages, records);
    records.conditions.extend(tables.conditions.into_iter().map(|diagnosis| diagnosis.row));
    report_hla(tables.typings, records);
}

/// Patients by the verdict on their Patient resources. One bad resource is enough.
struct People {
    held: HashSet<String>,
    known: HashSet<String>,
    /// `(file, id)` where another file has the id for a different Patient: what this file tells of the id may be about
    /// another person.
    disputed: HashSet<(String, String)>,
}

impl People {
    fn new(pending: &[Pending]) -> Self {
        let patients = || pending.iter().filter(|resource| resource.is_patient());
        let held = patients().filter(|patient| !patient.findings.is_empty());
        let clean = || patients().filter(|patient| patient.findings.is_empty());
        let mut first = HashMap::new();
        let disputed = clean().filter(|&patient| {
            let first: &Pending = first.entry(&patient.id).or_insert(patient);
            first.source.file != patient.source.file && !patient.repeats(first)
        });
        Self {
            disputed: disputed.map(|p| (p.source.file.clone(), p.id.clone())).collect(),
            held: held.filter_map(|p| p.patient_id().map(str::to_owned)).collect(),
            known: clean().map(|p| p.id.clone()).collect(),
        }
    }

    /// What the resource's patient says against it.
    fn objection(&self, resource: &Pending) -> Option<Finding> {
        if resource.is_patient() {
            let good_copy = resource.findings.is_empty() && self.held.contains(&resource.id);
            return good_copy.then(|| Finding::new("Patient", &PATIENT_QUARANTINED));
        }
        let disputed =
            |id: &str| self.disputed.contains(&(resource.source.file.clone(), id.to_owned()));
        let rule = match resource.patient_id() {
            Some(id) if self.held.contains(id) || disputed(id) => &PATIENT_QUARANTINED,
            Some(id) if self.known.contains(id) => return None,
            None if resource.subject.is_none() => &MISSING_SUBJECT,
            _ => &DANGLING,
        };
        Some(Finding::new(format!("{}.subject", resource.kind), rule))
    }

    /// The patient's pseudonym, where it is one of this folder's.
    fn pseudonym<'a>(&self, resource: &'a Pending) -> Option<&'a str> {
        resource.patient_id().filter(|&id| self.held.contains(id) || self.known.contains(id))
    }
}

/// Puts resources with findings into quarantine and repeats aside; the rest may enter.
fn accept(pending: Vec<Pending>, people: &People, records: &mut Records) -> Vec<Pending> {
    let mut accepted: Vec<Pending> = Vec::new();
    let mut first = HashMap::new();
    for mut resource in pending {
        resource.findings.extend(people.objection(&resource));
        let place = first.get(&resource.key()).copied();
        match place {
            _ if !resource.findings.is_empty() => {}
            Some(place) if resource.repeats(&accepted[place]) => {
                records.ignored += 1;
                continue;
            }
            Some(_) => resource.findings.push(Finding::new(resource.kind.clone(), &DUPLICATE)),
            None => {
                first.insert(resource.key(), accepted.len());
                accepted.push(resource);
                continue;
            }
        }
        records.hold(&resource.source, people.pseudonym(&resource), &resource.findings);
    }
    accepted
}

/// What cannot be written row by row.
#[derive(Default)]
struct Tables {
    medications: HashMap<String, Coding>,
    conditions: Vec<Diagnosis>,
    stages: Vec<Staged>,
    typings: BTreeMap<String, Vec<(Source, Typing)>>,
}

impl Tables {
    fn add(&mut self, resource: Pending, records: &mut Records) {
        let (key, patient_id) =
            (resource.key(), resource.patient_id().unwrap_or_default().to_owned());
        let Pending { source, id, content, .. } = resource;
        let Some(content) = content else { return };
        records.kept += usize::from(!matches!(content, Content::Hla(_) | Content::Stage(_)));
        let Source { file: source_file, line: source_line } = source.clone();
        match content {
            Content::Patient(row) => {
                records.patients.push(crate::Patient {
                    patient_id,
                    source_file,
                    source_line,
                    ..row
                });
            }
            Content::Condition { row, assessments } => {
                let row = crate::Condition {
                    patient_id,
                    condition_id: id,
                    source_file,
                    source_line,
                    ..row
                };
                self.conditions.push(Diagnosis { row, assessments });
            }
            Content::Specimen(row) => records.specimens.push(crate::Specimen {
                patient_id,
                specimen_id: id,
                source_file,
                source_line,
                ..row
            }),
            Content::Treatment { mut row, medication } => {
                if let Some(coding) = medication.and_then(|key| self.medications.get(&key)) {
                    let Coding { code, system, display } = coding.clone();
                    row = crate::Treatment { code, code_system: system, display, ..row };
                }
                let treatment_id = key;
                records.treatments.push(crate::Treatment {
                    patient_id,
                    treatment_id,
                    source_file,
                    source_line,
                    ..row
                });
            }
            Content::Hla(typing) => {
                self.typings.entry(patient_id).or_default().push((source, typing));
            }
            Content::Stage(stage) => self.stages.push(Staged { patient_id, key, source, stage }),
        }
    }
}

/// One row an allele text; an observation that adds none is ignored.
fn report_hla(typings: BTreeMap<String, Vec<(Source, Typing)>>, records: &mut Records) {
    for (patient_id, typings) in typings {
        let given: Vec<&Typing> = typings.iter().map(|(_, typing)| typing).collect();
        for (place, rule) in hla::faults(&given) {
            records.note(&typings[place].0, &patient_id, &Finding::new("Observation.value", rule));
        }
        let merged = hla::merge(&given);
        for ((source, _), texts) in typings.iter().zip(merged) {
            let total = if texts.is_empty() { &mut records.ignored } else { &mut records.kept };
            *total += 1;
            records.hla_reports.extend(texts.into_iter().map(|reported| HlaReport {
                patient_id: patient_id.clone(),
                reported,
                source_file: source.file.clone(),
                source_line: source.line,
            }));
        }
    }
}
