//! Every source of a folder, told apart by content, through the gate and into rows.
//!
//! FHIR resources are read a resource at a time, tables a table at a time. Where two sources tell of one person, their rows meet under one
//! id: under a project key the same id is the same pseudonym, whatever source it stands in.

use std::{
    collections::{BTreeMap, BTreeSet, HashSet},
    fs::File,
    io::Read as _,
    path::{Path, PathBuf},
};

use serde_json::Value;

use crate::{
    check::{self, Entry, NOT_CHECKED, Read as Streamed, stream_file},
    collect::{collect, collect_held},
    deid::{self, Column, Gate, Verdict},
    omop,
    pseudonym::ProjectKey,
    read::{self, ReadError},
    records::Records,
    row::Patient,
    rule::{Finding, PATIENT_DIFFERS, Source},
    study,
    table_view::Views,
    tabular::{self, ClinicalTable, OpenTable},
};

/// How much of a file is looked at to tell what it is.
const FIRST_LOOK: u64 = 1 << 16;

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

enum Kind {
    Fhir,
    /// The log or the manifest of an export.
    Log,
    Meta,
    Omop,
    Table,
    Other,
}

fn sort_out(dir: &Path) -> Result<Sources, ReadError> {
    let mut sources = Sources { root: dir.to_owned(), ..Sources::default() };
    let mut kinds = Vec::new();
    for (name, path) in read::all_files(dir)? {
        let kind = kind_of(&name, &path).map_err(ReadError::io(&path))?;
        let folder = path.parent().unwrap_or(dir).to_owned();
        match kind {
            Kind::Meta => drop(sources.studies.insert(folder)),
            Kind::Omop => drop(sources.omop.insert(folder)),
            _ => {}
        }
        sources.names.push(name.clone());
        kinds.push((kind, name, path));
    }
    for (kind, name, path) in kinds {
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

fn kind_of(name: &str, path: &Path) -> std::io::Result<Kind> {
    let mut start = Vec::new();
    File::open(path)?.take(FIRST_LOOK).read_to_end(&mut start)?;
    let text = start.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(&start).trim_ascii_start();
    let last = name.rsplit('/').next().unwrap_or(name);
    if last.eq_ignore_ascii_case("log.ndjson") || last.to_lowercase().starts_with("manifest.") {
        return Ok(Kind::Log);
    }
    if text.starts_with(b"{") || text.starts_with(b"[") || read::is_wanted(name) {
        return Ok(Kind::Fhir);
    }
    if omop::table_of(path).is_some() {
        let person = |id: &String| id.eq_ignore_ascii_case("person_id");
        if text.starts_with(b"PAR1") || tabular::header(text).iter().any(person) {
            return Ok(Kind::Omop);
        }
    }
    let meta = ["cancer_study_identifier:", "genetic_alteration_type:"];
    if last.starts_with("meta")
        && String::from_utf8_lossy(text)
            .lines()
            .any(|line| meta.iter().any(|key| line.starts_with(key)))
    {
        return Ok(Kind::Meta);
    }
    let header = tabular::header(text);
    let variants = header.iter().any(|id| id.eq_ignore_ascii_case("Hugo_Symbol"));
    let has = |ids: &[&str]| {
        header.iter().any(|id| {
            let last = id.rsplit('.').next().unwrap_or(id);
            ids.iter().any(|wanted| last.eq_ignore_ascii_case(wanted))
        })
    };
    let table =
        header.len() > 1 && !variants && (has(&study::PATIENT_ID) || has(&study::SAMPLE_ID));
    Ok(if table { Kind::Table } else { Kind::Other })
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
        findings.iter().for_each(|finding| records.gated.count(finding.rule));
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
        outcome.findings.iter().for_each(|finding| records.gated.count(finding.rule));
        return collect_held(
            records,
            &entry.resource,
            full_url.as_deref(),
            source,
            outcome.findings,
        );
    }
    outcome.findings.iter().for_each(|finding| records.gated.count(finding.rule));
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
    let mut add = |mut records: Records, prefix: &str, gate: &Gate| {
        records.each_file(|file| *file = format!("{prefix}{file}"));
        people.extend(records.patients.iter().map(|row| row.patient_id.to_lowercase()));
        people.extend(records.specimens.iter().map(|row| row.specimen_id.to_lowercase()));
        if let Some(key) = gate.key() {
            records.pseudonymise(key);
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

impl Records {
    /// Counts the rows of a table that could not be read.
    pub(crate) fn take_faults(&mut self, table: &ClinicalTable, file: &str) {
        for (line, finding) in &table.faults {
            self.read += 1;
            self.gated.quarantined += 1;
            let source = Source { file: file.to_owned(), line: *line };
            self.hold(&source, None, std::slice::from_ref(finding));
        }
    }

    /// Takes a table through the gate; rows that must not be used are held, and what was removed is noted by column.
    pub(crate) fn take_table(
        &mut self,
        gate: &mut Gate,
        table: &mut ClinicalTable,
        file: &str,
        kind: impl Fn(&str) -> Option<Column>,
    ) {
        let outcome = gate.table(table, kind);
        for (line, finding) in &outcome.quarantined {
            self.read += 1;
            self.gated.quarantined += 1;
            self.gated.count(finding.rule);
            let source = Source { file: file.to_owned(), line: *line };
            self.hold(&source, None, std::slice::from_ref(finding));
        }
        self.gated.transformed += outcome.transformed.len();
        self.gated.passed += table.rows.len() - outcome.transformed.len();
        for (column, rule, count, line) in outcome.findings {
            *self.gated.rules.entry(rule.id).or_default() += count;
            let source = Source { file: file.to_owned(), line };
            self.note(&source, None, &Finding::new(column, rule));
        }
    }

    /// Replaces the ids of rows that have none of a gate's pseudonyms yet: those of tables.
    pub fn pseudonymise(&mut self, key: &ProjectKey) {
        let of = |kind: &str, id: &mut String| *id = key.pseudonym(kind, id);
        let maybe = |kind: &str, id: &mut Option<String>| {
            if let Some(id) = id {
                of(kind, id);
            }
        };
        self.patients.iter_mut().for_each(|row| of("Patient", &mut row.patient_id));
        for row in &mut self.specimens {
            of("Patient", &mut row.patient_id);
            of("Specimen", &mut row.specimen_id);
            maybe("Specimen", &mut row.parent_id);
        }
        for row in &mut self.conditions {
            of("Patient", &mut row.patient_id);
            of("Condition", &mut row.condition_id);
        }
        for row in &mut self.treatments {
            of("Patient", &mut row.patient_id);
            of("Treatment", &mut row.treatment_id);
            maybe("Condition", &mut row.condition_id);
        }
        for row in &mut self.observations {
            of("Patient", &mut row.patient_id);
            of("Observation", &mut row.observation_id);
            maybe("Specimen", &mut row.specimen_id);
        }
        let told = self.quarantined.iter_mut().chain(&mut self.noted);
        told.for_each(|row| maybe("Patient", &mut row.patient_id));
    }

    /// Every place where a row names its file.
    fn each_file(&mut self, mut change: impl FnMut(&mut String)) {
        self.patients.iter_mut().for_each(|row| change(&mut row.source_file));
        self.conditions.iter_mut().for_each(|row| change(&mut row.source_file));
        self.specimens.iter_mut().for_each(|row| change(&mut row.source_file));
        self.treatments.iter_mut().for_each(|row| change(&mut row.source_file));
        self.observations.iter_mut().for_each(|row| change(&mut row.source_file));
        self.hla_reports.iter_mut().for_each(|row| change(&mut row.source_file));
        let told = self.quarantined.iter_mut().chain(&mut self.noted);
        told.for_each(|row| change(&mut row.source_file));
    }

    fn append(&mut self, other: Self) {
        self.patients.extend(other.patients);
        self.conditions.extend(other.conditions);
        self.specimens.extend(other.specimens);
        self.treatments.extend(other.treatments);
        self.observations.extend(other.observations);
        self.hla_reports.extend(other.hla_reports);
        self.quarantined.extend(other.quarantined);
        self.noted.extend(other.noted);
        self.read += other.read;
        self.kept += other.kept;
        self.held += other.held;
        self.ignored += other.ignored;
        self.gated.passed += other.gated.passed;
        self.gated.transformed += other.gated.transformed;
        self.gated.quarantined += other.gated.quarantined;
        for (rule, count) in other.gated.rules {
            *self.gated.rules.entry(rule).or_default() += count;
        }
    }

    /// Sorts all rows; rows of one patient from several sources become one, and rows that share an id are told apart.
    fn meet(&mut self) {
        self.sort();
        let mut met: Vec<Patient> = Vec::with_capacity(self.patients.len());
        let mut differ = Vec::new();
        for row in std::mem::take(&mut self.patients) {
            match met.last_mut().filter(|first| first.patient_id == row.patient_id) {
                Some(first) => {
                    if !first.take(&row) {
                        differ.push(row);
                    }
                }
                None => met.push(row),
            }
        }
        self.patients = met;
        for row in differ {
            let source = Source { file: row.source_file, line: row.source_line };
            self.note(&source, Some(&row.patient_id), &Finding::new("patient", &PATIENT_DIFFERS));
        }
        tell_apart(&mut self.conditions, |row| (row.patient_id.clone(), &mut row.condition_id));
        tell_apart(&mut self.specimens, |row| (row.patient_id.clone(), &mut row.specimen_id));
        tell_apart(&mut self.treatments, |row| (row.patient_id.clone(), &mut row.treatment_id));
        tell_apart(&mut self.observations, |row| {
            (format!("{}/{}", row.patient_id, row.component), &mut row.observation_id)
        });
        self.sort();
    }
}

/// The second row of an id is `id#2`.
fn tell_apart<R>(rows: &mut [R], id: impl Fn(&mut R) -> (String, &mut String)) {
    let mut seen: std::collections::HashMap<(String, String), usize> =
        std::collections::HashMap::new();
    for row in rows {
        let (owner, id) = id(row);
        let count = seen.entry((owner, id.clone())).or_default();
        *count += 1;
        if *count > 1 {
            *id = format!("{id}#{count}");
        }
    }
}

impl Patient {
    /// Takes what another source knows of the same person; false where the two do not agree.
    fn take(&mut self, other: &Self) -> bool {
        fn one<T: Clone + PartialEq>(own: &mut Option<T>, other: &Option<T>) -> bool {
            match (&own, other) {
                (Some(own), Some(other)) => own == other,
                (None, _) => {
                    own.clone_from(other);
                    true
                }
                _ => true,
            }
        }
        // A later source may know of a death that an earlier one does not.
        if other.deceased == Some(true) {
            self.deceased = other.deceased;
        }
        let same = [
            one(&mut self.birth_year, &other.birth_year),
            one(&mut self.sex, &other.sex),
            one(&mut self.death_year, &other.death_year),
        ];
        one(&mut self.deceased, &other.deceased);
        same.iter().all(|same| *same)
    }
}
