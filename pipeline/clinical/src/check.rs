//! `vaxloom check`: a folder of records through the gate, in one pass and bounded memory.
//!
//! Files are told apart by what is in them: NDJSON is read a line at a time, a Bundle an entry at a time, whatever its size; tables are
//! looked through whole, and not written. What is
//! kept of a resource once it has passed is 16 bytes: the hash of its type and id, and that of what is left of it, so that a second
//! resource under the same id is noticed wherever it stands.
//!
//! The report is JSON lines: one a reason with file, line, path, rule, message and remedy, and never a value. A reason that a file has
//! again and again is told [`Options::places`] times and then counted.
//!
//! Resources read = passed + transformed + quarantined + set aside + repeats: [`Summary::check_balance`].

mod fingerprint;
mod output;
mod report;
mod stream;
mod summary;
mod table;
mod version;

pub(crate) use report::NOT_CHECKED;
pub use stream::{Entry, Fault, Read, Streamed, stream_file};
pub use summary::{Summary, Unbalanced};
pub(crate) use version::{known_types, other_version};

use std::{
    collections::HashSet,
    io::{self, Write},
    path::Path,
};

use foldhash::{HashMap, HashMapExt as _};
use serde_json::Value;

use crate::{
    deid::{self, Gate, GateError, Profile, Verdict},
    pseudonym::ProjectKey,
    read::{self, ReadError},
    rule::{DANGLING, DUPLICATE, Finding, MISSING_ID, Rule},
    sources::{self, Kind},
    tabular::ClinicalTable,
};
use fingerprint::{fingerprint, hash};
use output::Output;
use report::Report;

/// How a folder is checked.
#[derive(Clone, Debug)]
pub struct Options {
    /// What the gate does.
    pub profile: Profile,
    /// Key of the pseudonyms. Without one, ids stay.
    pub key: Option<ProjectKey>,
    /// Current year, from which ages are counted.
    pub year: i32,
    /// How often one reason is told for a file before it is only counted.
    pub places: usize,
    /// What opens Parquet files.
    pub parquet: fn(&Path) -> Result<ClinicalTable, ReadError>,
}

/// The folder cannot be checked. What is wrong inside of files is in the report instead.
#[derive(Debug, thiserror::Error)]
pub enum CheckError {
    /// The folder or a file cannot be read.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// The gate cannot be built.
    #[error(transparent)]
    Gate(#[from] GateError),
    /// The report or the output cannot be written.
    #[error("{place}: cannot be written ({kind}); give a folder with room that can be written to")]
    Write {
        /// What was written.
        place: String,
        /// Why not.
        kind: io::ErrorKind,
    },
    /// Records were lost or counted twice: a defect.
    #[error(transparent)]
    Unbalanced(#[from] Unbalanced),
}

/// Checks every file of a folder and its subfolders; `report` gets the JSON lines. With `out`, what passed is written there as NDJSON,
/// one file for each that was read, unless the batch is refused: then nothing stays there.
pub fn check_dir(
    dir: &Path,
    options: Options,
    report: &mut dyn Write,
    out: Option<&Path>,
) -> Result<Summary, CheckError> {
    let mut files = sources::kinds(dir)?;
    // Files of people come first: the names in them are then known when the texts of others are searched.
    files.sort_by_key(|(name, _, kind)| {
        (*kind != Kind::Fhir, !read::is_of_people(name), name.clone())
    });
    let parquet = options.parquet;
    let named = dir.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let mut check = Check {
        named,
        summary: Summary::new(&options.profile.name, options.key.as_ref().map(ProjectKey::id)),
        gate: Gate::new(options.profile, options.key, options.year)?,
        report: Report::new(report, options.places),
        output: out.map(Output::new),
        seen: HashMap::new(),
        wanted: HashMap::new(),
        names: Vec::new(),
        types: version::known_types(),
        buffer: Vec::new(),
    };
    for (name, path, kind) in files {
        match kind {
            Kind::Fhir => check.file(&name, &path)?,
            Kind::Omop | Kind::Table => {
                check.table(&name, &path, kind == Kind::Omop, &parquet)?;
            }
            Kind::Log | Kind::Meta | Kind::Other => check.other_file(&name)?,
        }
    }
    check.finish()
}

/// How many resources of a file are looked at for the names of people before the file's own name is told.
const FIRST: usize = 10;

/// Where a resource stands: place of the file in the list, and line.
type Place = (u32, u32);

struct Check<'w> {
    gate: Gate,
    summary: Summary,
    report: Report<'w>,
    output: Option<Output>,
    /// Hash of type and id, or of a Bundle's fullUrl, to the hash of the content.
    seen: HashMap<u64, u64>,
    /// Patients that were referred to, and where first.
    wanted: HashMap<u64, Place>,
    /// Name of the folder.
    named: String,
    /// Names of files, as reports may tell them.
    names: Vec<String>,
    /// Resource types of R4.
    types: HashSet<&'static str>,
    buffer: Vec<u8>,
}

impl Check<'_> {
    /// A file that is not looked into, such as a scan or a letter: the steward must.
    fn other_file(&mut self, name: &str) -> Result<(), CheckError> {
        self.begin(name)?;
        self.summary.other_files += 1;
        self.summary.rule(&report::NOT_CHECKED);
        self.report
            .tell(0, "file", &report::NOT_CHECKED, Verdict::Quarantined)
            .map_err(write_fault("the report"))?;
        self.report.end().map_err(write_fault("the report"))
    }

    /// The name under which reports speak of a file.
    fn begin(&mut self, name: &str) -> Result<String, CheckError> {
        let safe = self.gate.file_name_is_safe(name);
        let told = if safe { name.to_owned() } else { format!("file-{}", self.names.len() + 1) };
        self.names.push(told.clone());
        self.report.begin(&told);
        self.gate.forget_urls();
        if !safe {
            self.report
                .tell(0, "file name", &report::FILE_NAME, Verdict::Transformed)
                .map_err(write_fault("the report"))?;
            self.summary.rule(&report::FILE_NAME);
        }
        Ok(told)
    }

    /// A file of one patient is often called by the patient, who stands among its first resources: the name must be known before it is
    /// told. A file that is called by a type of resources is not.
    fn learn_first(&mut self, name: &str, path: &Path) -> Result<(), CheckError> {
        let file = name.rsplit('/').next().unwrap_or(name);
        let first = file.split(|c: char| !c.is_ascii_alphabetic()).next().unwrap_or_default();
        if self.types.contains(first) && first != "Bundle" {
            return Ok(());
        }
        let mut left = FIRST;
        stream_file(path, |read| {
            if let Read::Entry(entry) = &read {
                self.gate.learn(&entry.resource);
            }
            left -= 1;
            left > 0
        })
        .map_err(ReadError::io(path))?;
        Ok(())
    }

    fn file(&mut self, name: &str, path: &Path) -> Result<(), CheckError> {
        self.learn_first(name, path)?;
        self.begin(name)?;
        self.summary.files += 1;
        let mut fault = None;
        let streamed = stream_file(path, |read| match self.read(read) {
            Ok(()) => true,
            Err(error) => {
                fault = Some(error);
                false
            }
        });
        if let Some(error) = fault {
            return Err(error);
        }
        self.summary.bytes += streamed.map_err(ReadError::io(path))?.bytes;
        if let Some(output) = &mut self.output {
            output.close().map_err(write_fault("the output folder"))?;
        }
        self.report.end().map_err(write_fault("the report"))
    }

    fn read(&mut self, read: Read) -> Result<(), CheckError> {
        self.summary.resources += 1;
        match read {
            Read::Fault(Fault { line, rule }) => self.hold(line, "$", rule),
            Read::Entry(entry) => self.entry(entry),
        }
    }

    fn hold(&mut self, line: i64, path: &str, rule: &'static Rule) -> Result<(), CheckError> {
        self.summary.quarantined += 1;
        self.summary.rule(rule);
        self.report.tell(line, path, rule, Verdict::Quarantined).map_err(write_fault("the report"))
    }

    fn entry(&mut self, entry: Entry) -> Result<(), CheckError> {
        let Entry { line, full_url, mut resource } = entry;
        let kind = resource["resourceType"].as_str().unwrap_or_default();
        let known = self.types.contains(kind);
        self.summary.count_type(if known { kind } else { "?" });
        if let Some(rule) = version::other_version(&resource) {
            return self.hold(line, "$", rule);
        }
        if !self.gate.takes(kind) {
            // Nothing of it can pass; it is no fault of the batch.
            self.summary.aside += 1;
            let rule = if known { &version::TYPE_NOT_TAKEN } else { &version::UNKNOWN_TYPE };
            self.summary.rule(rule);
            return self
                .report
                .tell(line, "$", rule, Verdict::Quarantined)
                .map_err(write_fault("the report"));
        }
        let Some(id) =
            resource["id"].as_str().or_else(|| full_url.as_deref()?.strip_prefix("urn:uuid:"))
        else {
            return self.hold(line, &format!("{kind}.id"), &MISSING_ID);
        };
        let key = hash(&format!("{kind}/{id}"));
        self.want_patient(&resource, line);
        if let Some(url) = &full_url {
            self.gate.learn_url(url, &resource);
        }
        let outcome = self.gate.pass(&mut resource);
        // What is left is compared: narrative and the time of the export are no difference.
        let content = fingerprint(&resource);
        match self.seen.get(&key) {
            Some(before) if *before == content => {
                self.summary.repeats += 1;
                return Ok(());
            }
            Some(_) => return self.hold(line, "id", &DUPLICATE),
            None => self.seen.insert(key, content),
        };
        if let Some(url) = &full_url {
            self.seen.insert(hash(url), content);
        }
        match outcome.verdict {
            Verdict::Pass => self.summary.passed += 1,
            Verdict::Transformed => self.summary.transformed += 1,
            Verdict::Quarantined => self.summary.quarantined += 1,
        }
        for Finding { path, rule } in &outcome.findings {
            self.summary.rule(rule);
            self.report
                .tell(line, path, rule, outcome.verdict)
                .map_err(write_fault("the report"))?;
        }
        if let (Some(output), true) = (&mut self.output, outcome.verdict != Verdict::Quarantined) {
            self.buffer.clear();
            let name = self.names.last().map_or("", String::as_str);
            let written =
                serde_json::to_writer(&mut self.buffer, &resource).map_err(io::Error::from);
            written
                .and_then(|()| output.line(name, &self.buffer))
                .map_err(write_fault("the output folder"))?;
        }
        Ok(())
    }

    /// Remembers the patient that a resource is about.
    fn want_patient(&mut self, resource: &Value, line: i64) {
        let of = |name: &str| resource[name]["reference"].as_str();
        let Some(reference) = of("subject").or_else(|| of("patient")) else { return };
        let current = reference.split_once("/_history/").map_or(reference, |(current, _)| current);
        // References to groups and devices are not asked for.
        if !current.starts_with("Patient/") && !current.contains(':') {
            return;
        }
        let file = self.names.len().saturating_sub(1) as u32;
        self.wanted.entry(hash(current)).or_insert((file, line as u32));
    }

    fn finish(mut self) -> Result<Summary, CheckError> {
        let mut dangling: Vec<Place> = self
            .wanted
            .iter()
            .filter(|(target, _)| !self.seen.contains_key(target))
            .map(|(_, place)| *place)
            .collect();
        dangling.sort_unstable();
        for (file, line) in dangling {
            self.summary.dangling += 1;
            self.summary.rule(&DANGLING);
            let name = self.names.get(file as usize).map_or("", String::as_str);
            self.report
                .tell_in(name, i64::from(line), "subject", &DANGLING)
                .map_err(write_fault("the report"))?;
        }
        let summary = self.summary;
        summary.check_balance()?;
        let judged = summary.passed + summary.transformed + summary.quarantined;
        let refused = deid::is_refused(self.gate.profile(), judged, summary.quarantined);
        let safe = self.gate.file_name_is_safe(&self.named);
        let folder = if safe { self.named } else { "folder".to_owned() };
        let summary = Summary { folder, refused, ..summary };
        if let Some(output) = self.output {
            output.finish(!refused).map_err(write_fault("the output folder"))?;
        }
        self.report.summary(&summary).map_err(write_fault("the report"))?;
        Ok(summary)
    }
}

fn write_fault(place: &str) -> impl FnOnce(io::Error) -> CheckError {
    let place = place.to_owned();
    move |error| CheckError::Write { place, kind: error.kind() }
}
