//! Every source of a folder, told apart by content, through the gate and into rows.
//!
//! FHIR resources are read a resource at a time, tables a table at a time. Where two sources tell of one person, their rows meet under one
//! id: under a project key the same id is the same pseudonym, whatever source it stands in.

mod kind;
mod rows;

use std::{
    collections::{BTreeMap, BTreeSet, HashSet},
    path::{Path, PathBuf},
};

use serde_json::Value;

use crate::{
    check::{self, Entry, NOT_CHECKED, Read as Streamed, stream_file},
    collect::{collect, collect_held},
    deid::{self, Gate, Verdict},
    omop,
    read::{self, ReadError},
    records::Records,
    rule::{Finding, Source},
    study,
    table_view::Views,
    tabular::{ClinicalTable, OpenTable},
};
pub(crate) use kind::{Kind, kinds};

/// What records are read with.
pub struct Reading<'a> {
    /// The gate, with its key where there is one.
    pub gate: &'a mut Gate,
    /// Views that make the rows of FHIR resources.
    pub views: &'a Views,
    /// What opens Parquet files.
    pub parquet: &'a OpenTable<'a>,
}

/// Reads every source of a folder and its subfolders: FHIR R4 (NDJSON, Bundles, single resources), cBioPortal studies, OMOP tables, and
/// clinical tables such as GDC's. Everything goes through the gate: what identifies a person is removed or reduced, and with a project key
/// the rows have pseudonyms. What the gate holds back is in quarantine under its rules; what is no record is noted.
///
/// Files of people are read first, so that their names are known when the texts of others are searched. One resource at a time is in
/// memory, or one table, and the rows.
pub fn read_records(dir: &Path, reading: &mut Reading<'_>) -> Result<Records, ReadError> {
    let mut sources = sort_out(dir)?;
    sources.fhir.sort_by_key(|(name, _)| (!read::is_of_people(name), name.clone()));
    let mut people = HashSet::new();
    let mut records = Records::default();
    let types = check::known_types();
    for (name, path) in &sources.fhir {
        reading.gate.forget_urls();
        stream_file(path, |read| {
            match read {
                Streamed::Entry(entry) => {
                    learn_person(&entry.resource, &mut people);
                    take_entry(entry, name, reading, &types, &mut records);
                }
                Streamed::Fault(fault) => {
                    records.read += 1;
                    records.gated.quarantined += 1;
                    let source = Source { file: name.clone(), line: fault.line };
                    records.hold(&source, None, &[Finding::new("$", fault.rule)]);
                }
            }
            true
        })
        .map_err(ReadError::io(path))?;
    }
    records.settle();
    records.note_removed();
    let tables = read_tables(&sources, reading, &mut people)?;
    let found = records.read > 0 || tables.read > 0;
    records.append(tables);
    for (name, _) in &sources.others {
        let source = Source { file: name.clone(), line: 0 };
        records.note(&source, None, &Finding::new("file", &NOT_CHECKED));
    }
    if !found || records.read == records.not_fhir() {
        return Err(ReadError::NoRecords(dir.to_owned()));
    }
    records.meet();
    hide_file_names(&mut records, &sources, reading.gate, &people);
    let judged = records.gated.passed + records.gated.transformed + records.gated.quarantined;
    records.gated.refused =
        deid::is_refused(reading.gate.profile(), judged, records.gated.quarantined);
    Ok(records)
}

/// Files by what they are, each with its name relative to the folder.
#[derive(Default)]
struct Sources {
    fhir: Vec<(String, PathBuf)>,
    /// Folders of studies.
    studies: BTreeSet<PathBuf>,
    /// Folders of OMOP tables.
    omop: BTreeSet<PathBuf>,
    tables: Vec<(String, PathBuf)>,
    others: Vec<(String, PathBuf)>,
    /// All names.
    names: Vec<String>,
    root: PathBuf,
}

impl Sources {
    /// The name of a file that a reader of a folder calls by its last part.
    fn prefix(&self, folder: &Path) -> String {
        let relative = folder.strip_prefix(&self.root).unwrap_or(Path::new(""));
        match relative.to_string_lossy() {
            path if path.is_empty() => String::new(),
            path => format!("{path}/"),
        }
    }
}

fn sort_out(dir: &Path) -> Result<Sources, ReadError> {
    let mut sources = Sources { root: dir.to_owned(), ..Sources::default() };
    let kinds = kinds(dir)?;
    for (name, path, kind) in &kinds {
        let folder = path.parent().unwrap_or(dir).to_owned();
        match kind {
            Kind::Meta => drop(sources.studies.insert(folder)),
            Kind::Omop => drop(sources.omop.insert(folder)),
            _ => {}
        }
        sources.names.push(name.clone());
    }
    for (name, path, kind) in kinds {
        // What lies in a study's folder is named by its meta files.
        let in_study = path.ancestors().skip(1).any(|folder| sources.studies.contains(folder));
        match kind {
            Kind::Fhir => sources.fhir.push((name, path)),
            Kind::Table if !in_study => sources.tables.push((name, path)),
            Kind::Other if !in_study => sources.others.push((name, path)),
            _ => {}
        }
    }
    Ok(sources)
}

fn learn_person(resource: &Value, people: &mut HashSet<String>) {
    if let ("Patient", Some(id)) =
        (resource["resourceType"].as_str().unwrap_or_default(), resource["id"].as_str())
    {
        people.insert(id.to_lowercase());
    }
}

fn take_entry(
    mut entry: Entry,
    name: &str,
    reading: &mut Reading<'_>,
    types: &HashSet<&'static str>,
    records: &mut Records,
) {
    let source = Source { file: name.to_owned(), line: entry.line };
    let gate = &mut *reading.gate;
    let kind = entry.resource["resourceType"].as_str().unwrap_or_default();
    let hold = |records: &mut Records, findings: &[Finding]| {
        records.read += 1;
        records.gated.quarantined += 1;
        for finding in findings {
            records.gated.count(finding.rule);
        }
        records.hold(&source, None, findings);
    };
    if let Some(rule) = check::other_version(&entry.resource) {
        return hold(records, &[Finding::new("$", rule)]);
    }
    if !gate.takes(kind) {
        // A type that no table takes.
        records.read += 1;
        records.ignored += 1;
        let known = if types.contains(kind) { kind } else { "?" };
        *records.gated.aside.entry(known.to_owned()).or_default() += 1;
        return;
    }
    // The reader resolves references itself, whatever their order; dates need to know the patient before.
    let full_url = entry.full_url.as_deref().and_then(|url| gate.reference(url));
    if let Some(url) = &entry.full_url {
        gate.learn_url(url, &entry.resource);
    }
    let outcome = gate.pass(&mut entry.resource);
    if outcome.verdict == Verdict::Quarantined {
        if entry.resource["resourceType"] != "Patient" || !entry.resource["id"].is_string() {
            return hold(records, &outcome.findings);
        }
        // Nothing of this patient enters: what refers to it has to know.
        records.gated.quarantined += 1;
        for finding in &outcome.findings {
            records.gated.count(finding.rule);
        }
        return collect_held(
            records,
            &entry.resource,
            full_url.as_deref(),
            source,
            outcome.findings,
        );
    }
    for finding in &outcome.findings {
        records.gated.count(finding.rule);
        // Without the places in lists, a file has few paths.
        let path: String = finding.path.split(['[', ']']).step_by(2).collect();
        let key = (name.to_owned(), path, finding.rule.id);
        records.removed.entry(key).or_insert((source.line, 0, finding.rule)).1 += 1;
    }
    match outcome.verdict {
        Verdict::Pass => records.gated.passed += 1,
        _ => records.gated.transformed += 1,
    }
    collect(records, reading.views, &entry.resource, full_url.as_deref(), source);
}

/// Studies, OMOP tables and other clinical tables, under pseudonyms where there is a key.
fn read_tables(
    sources: &Sources,
    reading: &mut Reading<'_>,
    people: &mut HashSet<String>,
) -> Result<Records, ReadError> {
    let mut all = Records::default();
    let mut add = |mut records: Records, prefix: &str, gate: &mut Gate| {
        records.each_file(|file| *file = format!("{prefix}{file}"));
        people.extend(records.patients.iter().map(|row| row.patient_id.to_lowercase()));
        people.extend(records.specimens.iter().map(|row| row.specimen_id.to_lowercase()));
        if gate.key().is_some() {
            let of = |kind: &str, id: &str| gate.pseudonym(kind, id);
            records.replace_ids(of);
        }
        all.append(records);
    };
    for folder in &sources.studies {
        let study = study::read_cbioportal(folder, Some(reading.gate))?;
        add(study.records, &sources.prefix(folder), reading.gate);
    }
    for folder in &sources.omop {
        let records = omop::read_omop(folder, Some(reading.gate), reading.parquet)?;
        add(records, &sources.prefix(folder), reading.gate);
    }
    for (name, path) in &sources.tables {
        let mut table = ClinicalTable::read(path)?;
        let mut records = Records::default();
        study::read_table(&mut table, name, Some(reading.gate), &mut records, &mut HashSet::new());
        add(records, "", reading.gate);
    }
    Ok(all)
}

/// Names of files that identify, or that tell the id behind a pseudonym, do not get into rows: `file-3` is the third of the folder.
fn hide_file_names(
    records: &mut Records,
    sources: &Sources,
    gate: &mut Gate,
    people: &HashSet<String>,
) {
    let mut hidden = BTreeMap::new();
    for (name, place) in sources.names.iter().zip(1..) {
        let lower = name.to_lowercase();
        // A short id stands in many words.
        let tells = || people.iter().any(|id| id.len() >= 4 && lower.contains(id.as_str()));
        if !gate.file_name_is_safe(name) || (gate.key().is_some() && tells()) {
            hidden.insert(name.as_str(), format!("file-{place}"));
        }
    }
    records.each_file(|file| {
        if let Some(alias) = hidden.get(file.as_str()) {
            file.clone_from(alias);
        }
    });
}
