//! Settling: when everything is read, each resource finds its patient, and is kept, held or ignored.

use std::collections::{BTreeMap, HashMap, HashSet};

use crate::{
    collect::{Collected, Pending},
    content::Content,
    element::Coding,
    hla::{self, Typing},
    records::Records,
    row::HlaReport,
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
    let Tables { mut conditions, stages, typings, .. } = tables;
    stage::attach(&mut conditions, stages, records);
    records.conditions.extend(conditions.into_iter().map(|diagnosis| diagnosis.row));
    report_hla(typings, records);
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
    typings: BTreeMap<String, Vec<Typed>>,
}

/// A typing, and whether its observation has rows already.
struct Typed {
    source: Source,
    id: String,
    typing: Typing,
    kept: bool,
}

impl Tables {
    fn add(&mut self, resource: Pending, records: &mut Records) {
        let (key, patient_id) =
            (resource.key(), resource.patient_id().unwrap_or_default().to_owned());
        let Pending { source, id, content, .. } = resource;
        let Some(content) = content else { return };
        let Content {
            patient,
            conditions,
            specimens,
            treatments,
            observations,
            typing,
            stage,
            links,
        } = content;
        let kept = patient.is_some()
            || !(conditions.is_empty()
                && specimens.is_empty()
                && treatments.is_empty()
                && observations.is_empty());
        let place = Place { patient_id, source, id, key };
        if let Some(mut row) = patient {
            place.write(&mut row.patient_id, &mut row.source_file, &mut row.source_line);
            records.patients.push(row);
        }
        for (number, mut row) in conditions.into_iter().enumerate() {
            place.write(&mut row.patient_id, &mut row.source_file, &mut row.source_line);
            row.condition_id = numbered(&place.id, number);
            self.conditions.push(Diagnosis { row, assessments: links.assessments.clone() });
        }
        for (number, mut row) in specimens.into_iter().enumerate() {
            place.write(&mut row.patient_id, &mut row.source_file, &mut row.source_line);
            row.specimen_id = numbered(&place.id, number);
            row.parent_id = of_type(links.specimen.as_deref(), "Specimen/");
            records.specimens.push(row);
        }
        for (number, mut row) in treatments.into_iter().enumerate() {
            place.write(&mut row.patient_id, &mut row.source_file, &mut row.source_line);
            row.treatment_id = numbered(&place.key, number);
            row.condition_id = of_type(links.reason.as_deref(), "Condition/");
            let medication = links.medication.as_ref().filter(|_| row.code.is_none());
            if let Some(coding) = medication.and_then(|key| self.medications.get(key)) {
                let Coding { code, system, display } = coding.clone();
                (row.code, row.code_system, row.display) = (code, system, display);
            }
            records.treatments.push(row);
        }
        let results = observations.into_iter().map(|mut row| {
            place.write(&mut row.patient_id, &mut row.source_file, &mut row.source_line);
            row.observation_id.clone_from(&place.id);
            row.specimen_id = of_type(links.specimen.as_deref(), "Specimen/");
            row
        });
        if let Some(stage) = stage {
            let Place { patient_id, key, source, .. } = &place;
            let (patient_id, key, source) = (patient_id.clone(), key.clone(), source.clone());
            self.stages.push(Staged { patient_id, key, source, stage, rows: results.collect() });
            return;
        }
        records.observations.extend(results);
        records.kept += usize::from(kept);
        if let Some(typing) = typing {
            let typed = Typed { source: place.source, id: place.id, typing, kept };
            self.typings.entry(place.patient_id).or_default().push(typed);
        }
    }
}

/// What all rows of a resource share.
struct Place {
    patient_id: String,
    source: Source,
    id: String,
    /// `TYPE/id`.
    key: String,
}

impl Place {
    fn write(&self, patient_id: &mut String, file: &mut String, line: &mut i64) {
        patient_id.clone_from(&self.patient_id);
        file.clone_from(&self.source.file);
        *line = self.source.line;
    }
}

/// A view that unrolls a resource gives it several rows: the second is `id#2`.
fn numbered(id: &str, number: usize) -> String {
    if number == 0 { id.to_owned() } else { format!("{id}#{}", number + 1) }
}

fn of_type(reference: Option<&str>, kind: &str) -> Option<String> {
    reference?.strip_prefix(kind).map(str::to_owned)
}

/// One row an allele text; an observation that adds none, and no other row, is ignored.
fn report_hla(typings: BTreeMap<String, Vec<Typed>>, records: &mut Records) {
    for (patient_id, typings) in typings {
        let given: Vec<&Typing> = typings.iter().map(|typed| &typed.typing).collect();
        for (place, rule) in hla::faults(&given) {
            let finding = Finding::new("Observation.value", rule);
            records.note(&typings[place].source, Some(&patient_id), &finding);
        }
        let merged = hla::merge(&given);
        for (Typed { source, id, kept, .. }, texts) in typings.iter().zip(merged) {
            if !kept {
                *if texts.is_empty() { &mut records.ignored } else { &mut records.kept } += 1;
            }
            records.hla_reports.extend(texts.into_iter().map(|reported| HlaReport {
                patient_id: patient_id.clone(),
                reported,
                resource_id: Some(id.clone()),
                source_file: source.file.clone(),
                source_line: source.line,
            }));
        }
    }
}
