//! From a folder to resources: Bundles, single resources and NDJSON, told apart by their content.

use std::{
    collections::HashSet,
    fs::{self, File},
    io::{self, BufRead, BufReader, Read},
    path::{Path, PathBuf},
};

use serde_json::Value;

use crate::{
    check::{Entry, Read as Streamed, stream_file},
    collect::collect,
    deid::{Gate, Verdict},
    element::items,
    records::Records,
    rule::{Finding, JSON, NOT_FHIR, Rule, Source, UTF8},
};

const BYTE_ORDER_MARK: &[u8] = b"\xEF\xBB\xBF";

/// The folder of records cannot be read. What is wrong inside a file goes to quarantine instead.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// No such folder.
    #[error("{}: no such folder of records; give the folder that holds the FHIR export", .0.display())]
    NoFolder(PathBuf),
    /// Nothing to read in the folder.
    #[error(
        "{}: no FHIR resource found; expected *.json (a Bundle or one resource), *.ndjson or *.jsonl with FHIR R4 resources",
        .0.display()
    )]
    NoFhir(PathBuf),
    /// The operating system refused.
    #[error("{}: cannot be read; check the path and its permissions", .path.display())]
    Io {
        /// File or folder.
        path: PathBuf,
        /// Cause.
        #[source]
        source: io::Error,
    },
}

impl ReadError {
    pub(crate) fn io(path: &Path) -> impl FnOnce(io::Error) -> Self {
        move |source| Self::Io { path: path.to_owned(), source }
    }
}

/// Reads all FHIR files of a folder and its subfolders, in the order of their relative paths.
///
/// Hidden files, `log.ndjson` and the manifests of bulk exports are passed over.
pub fn read_dir(dir: &Path) -> Result<Records, ReadError> {
    let files = files(dir)?;
    let mut records = Records::default();
    for (name, path) in files {
        read_file(&path, &name, &mut records)?;
    }
    records.settle();
    let foreign = records.quarantined.iter().filter(|row| row.rule == NOT_FHIR.id).count();
    if records.read == foreign {
        return Err(ReadError::NoFhir(dir.to_owned()));
    }
    Ok(records)
}

/// Reads a folder as [`read_dir`] does, with every resource taken through a gate first: what identifies a person is removed or
/// reduced, and with a project key the rows have pseudonyms. What the gate holds back is in quarantine under its rules.
///
/// Files of people are read first, so that their names are known when the texts of others are searched. A resource at a time is in
/// memory, and the rows.
pub fn read_dir_gated(dir: &Path, gate: &mut Gate) -> Result<Records, ReadError> {
    let mut files = files(dir)?;
    files.sort_by_key(|(name, _)| (!is_of_people(name), name.clone()));
    let mut records = Records::default();
    for (name, path) in files {
        gate.forget_urls();
        stream_file(&path, |read| {
            match read {
                Streamed::Entry(entry) => take_gated(entry, &name, gate, &mut records),
                Streamed::Fault(fault) => {
                    records.read += 1;
                    let source = Source { file: name.clone(), line: fault.line };
                    records.hold(&source, None, &[Finding::new("$", fault.rule)]);
                }
            }
            true
        })
        .map_err(ReadError::io(&path))?;
    }
    records.settle();
    Ok(records)
}

fn take_gated(mut entry: Entry, name: &str, gate: &mut Gate, records: &mut Records) {
    let source = Source { file: name.to_owned(), line: entry.line };
    let kind = entry.resource["resourceType"].as_str().unwrap_or_default();
    if !gate.takes(kind) {
        // A type that no table takes, as in an ungated folder.
        records.read += 1;
        records.ignored += 1;
        return;
    }
    // The reader resolves references itself, whatever their order; dates need to know the patient before.
    let full_url = entry.full_url.as_deref().and_then(|url| gate.reference(url));
    if let Some(url) = &entry.full_url {
        gate.learn_url(url, &entry.resource);
    }
    let outcome = gate.pass(&mut entry.resource);
    if outcome.verdict == Verdict::Quarantined {
        records.read += 1;
        records.hold(&source, None, &outcome.findings);
        return;
    }
    collect(records, &entry.resource, full_url.as_deref(), source);
}

/// Whether a file is of people by its name, such as `Patient.000.ndjson`.
pub(crate) fn is_of_people(name: &str) -> bool {
    let file = name.rsplit('/').next().unwrap_or(name);
    ["Patient", "Practitioner", "RelatedPerson", "Person"].iter().any(|kind| file.starts_with(kind))
}

/// `(relative path, path)` of the FHIR files of a folder and its subfolders, in the order of the first; a file is itself.
pub(crate) fn files(dir: &Path) -> Result<Vec<(String, PathBuf)>, ReadError> {
    let mut files = all_files(dir)?;
    if dir.is_dir() {
        files.retain(|(name, _)| is_wanted(name));
    }
    Ok(files)
}

/// All files but hidden ones.
pub(crate) fn all_files(dir: &Path) -> Result<Vec<(String, PathBuf)>, ReadError> {
    if dir.is_file() {
        let name = dir.file_name().unwrap_or_default().to_string_lossy().into_owned();
        return Ok(vec![(name, dir.to_owned())]);
    }
    if !dir.is_dir() {
        return Err(ReadError::NoFolder(dir.to_owned()));
    }
    let mut files = Vec::new();
    list(dir, "", &mut HashSet::new(), &mut files)?;
    files.sort();
    Ok(files)
}

/// Reads one file into `records`; `name` is its path relative to the folder of records, kept as lineage.
///
/// After the last file [`Records::settle`] makes the rows.
pub fn read_file(path: &Path, name: &str, records: &mut Records) -> Result<(), ReadError> {
    let mut reader = BufReader::new(File::open(path).map_err(ReadError::io(path))?);
    let mut sink = Sink { name, records };
    if is_lines(name) {
        read_lines(&mut reader, &mut sink)
    } else {
        read_document(Vec::new(), &mut reader, &mut sink)
    }
    .map_err(ReadError::io(path))
}

/// Collects `(relative path, path)` of the files to read. `visited` guards against circular links.
fn list(
    dir: &Path,
    prefix: &str,
    visited: &mut HashSet<PathBuf>,
    files: &mut Vec<(String, PathBuf)>,
) -> Result<(), ReadError> {
    if !visited.insert(dir.canonicalize().map_err(ReadError::io(dir))?) {
        return Ok(());
    }
    for entry in fs::read_dir(dir).map_err(ReadError::io(dir))? {
        let path = entry.map_err(ReadError::io(dir))?.path();
        let file_name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let name = format!("{prefix}{file_name}");
        if file_name.starts_with('.') {
            continue;
        }
        if path.is_dir() {
            list(&path, &format!("{name}/"), visited, files)?;
        } else {
            files.push((name, path));
        }
    }
    Ok(())
}

/// Whether a file is one of FHIR resources by its name, and not the log or manifest of an export.
pub(crate) fn is_wanted(name: &str) -> bool {
    let name = name.rsplit('/').next().unwrap_or(name).to_lowercase();
    let fhir = has_ending(&name, &["json", "ndjson", "jsonl"]);
    fhir && name != "log.ndjson" && !name.starts_with("manifest.")
}

fn is_lines(name: &str) -> bool {
    has_ending(name, &["ndjson", "jsonl"])
}

fn has_ending(name: &str, endings: &[&str]) -> bool {
    let ending = name.rsplit_once('.').map(|(_, ending)| ending.to_lowercase());
    ending.is_some_and(|ending| endings.contains(&ending.as_str()))
}

/// NDJSON, one line at a time. A file whose first line is a lone `{` is a printed document under a wrong name.
fn read_lines(reader: &mut impl BufRead, sink: &mut Sink) -> io::Result<()> {
    let mut line = Vec::new();
    for number in 1.. {
        line.clear();
        if reader.read_until(b'\n', &mut line)? == 0 {
            break;
        }
        if number == 1 && without_mark(&line).trim_ascii() == b"{" {
            return read_document(line, reader, sink);
        }
        sink.line(&line, number);
    }
    Ok(())
}

/// A whole file. When it does not parse as one value but its first line does, it is NDJSON under a wrong name.
fn read_document(start: Vec<u8>, reader: &mut impl Read, sink: &mut Sink) -> io::Result<()> {
    let mut bytes = start;
    reader.read_to_end(&mut bytes)?;
    let document = without_mark(&bytes);
    match parse(document) {
        Ok(value) => sink.document(&value),
        Err(_) if starts_with_resource(document) => {
            for (index, line) in document.split(|&b| b == b'\n').enumerate() {
                sink.line(line, index as i64 + 1);
            }
        }
        Err((rule, line)) => sink.hold(rule, line),
    }
    Ok(())
}

fn starts_with_resource(document: &[u8]) -> bool {
    let first = document.split(|&b| b == b'\n').next().unwrap_or_default();
    parse(first).is_ok_and(|value| value.is_object())
}

fn without_mark(bytes: &[u8]) -> &[u8] {
    bytes.strip_prefix(BYTE_ORDER_MARK).unwrap_or(bytes)
}

/// Parses JSON; on failure the rule that is broken and the line of the error. The parser's own words are dropped:
/// they could quote the record.
fn parse(bytes: &[u8]) -> Result<Value, (&'static Rule, i64)> {
    let text = str::from_utf8(bytes).map_err(|error| {
        let before = &bytes[..error.valid_up_to()];
        (&UTF8, before.split(|&b| b == b'\n').count() as i64)
    })?;
    serde_json::from_str(text).map_err(|error| (&JSON, error.line() as i64))
}

/// Takes the values of one file.
struct Sink<'a> {
    name: &'a str,
    records: &'a mut Records,
}

impl Sink<'_> {
    fn line(&mut self, line: &[u8], number: i64) {
        let line = without_mark(line).trim_ascii();
        if line.is_empty() {
            return;
        }
        match parse(line) {
            Ok(value) => self.value(&value, number, |_| number),
            Err((rule, _)) => self.hold(rule, number),
        }
    }

    /// In a Bundle, the place of a resource is the 1-based index of its entry: exports often stand on one line.
    fn document(&mut self, value: &Value) {
        self.value(value, 1, |entry| entry as i64 + 1);
    }

    fn value(&mut self, value: &Value, line: i64, line_of_entry: impl Fn(usize) -> i64) {
        match value["resourceType"].as_str() {
            Some("Bundle") => {
                for (index, entry) in items(&value["entry"]).enumerate() {
                    self.entry(entry, line_of_entry(index));
                }
            }
            Some(_) => collect(self.records, value, None, self.source(line)),
            // The manifest of a bulk export is no resource.
            None if value["transactionTime"].is_string() => {}
            None => self.hold(&NOT_FHIR, line),
        }
    }

    /// An entry may hold a request or response without a resource: nothing to read then.
    fn entry(&mut self, entry: &Value, line: i64) {
        let resource = &entry["resource"];
        if resource["resourceType"].is_string() {
            collect(self.records, resource, entry["fullUrl"].as_str(), self.source(line));
        } else if !resource.is_null() {
            self.hold(&NOT_FHIR, line);
        }
    }

    fn hold(&mut self, rule: &'static Rule, line: i64) {
        self.records.read += 1;
        self.records.hold(&self.source(line), None, &[Finding::new("$", rule)]);
    }

    fn source(&self, line: i64) -> Source {
        Source { file: self.name.to_owned(), line }
    }
}
