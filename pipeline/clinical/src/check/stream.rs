//! Resources of a file, one after the other, in memory that does not grow with the file.

use std::{
    cell::Cell,
    fmt,
    fs::File,
    io::{self, BufRead, BufReader, Read as _},
    path::Path,
};

use serde::de::{
    DeserializeSeed, Deserializer, Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor,
};
use serde_json::{Map, Value};

use crate::rule::{JSON, NOT_FHIR, Rule, UTF8};

const BYTE_ORDER_MARK: &[u8] = b"\xEF\xBB\xBF";
/// Longest line of NDJSON, and so the largest resource.
const LONGEST_LINE: u64 = 64 << 20;
/// How much of a file is looked at to tell lines from a document.
const FIRST_LOOK: usize = 1 << 20;

pub(crate) const DEPTH: Rule = Rule {
    id: "format.depth",
    message: "JSON nested more than 127 deep",
    remedy: "export the resource again; FHIR does not nest so deeply",
};

pub(crate) const TOO_LONG: Rule = Rule {
    id: "format.line-too-long",
    message: "a line of more than 64 MB, expected one resource on each line",
    remedy: "write one resource on each line, or a Bundle",
};

/// One resource and its place.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// Line of NDJSON; in a Bundle or list the 1-based index of the entry; 1 for a single resource.
    pub line: i64,
    /// `fullUrl` of its Bundle entry.
    pub full_url: Option<String>,
    /// The resource: an object with a `resourceType`.
    pub resource: Value,
}

/// What was read: a resource, or something that is none.
#[derive(Clone, Debug, PartialEq)]
pub enum Read {
    /// A resource.
    Entry(Entry),
    /// A line, entry or document that cannot be read.
    Fault(Fault),
}

/// Something that is no resource, and its place.
#[derive(Clone, Debug, PartialEq)]
pub struct Fault {
    /// As in [`Entry`]; for a document that breaks off, the line of the error.
    pub line: i64,
    pub(crate) rule: &'static Rule,
}

impl Fault {
    /// Stable name of the rule that it breaks.
    pub fn rule(&self) -> &'static str {
        self.rule.id
    }

    /// What is wrong.
    pub fn message(&self) -> &'static str {
        self.rule.message
    }

    /// What to do about it.
    pub fn remedy(&self) -> &'static str {
        self.rule.remedy
    }
}

/// What is known at the end of a file.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Streamed {
    /// Bytes read.
    pub bytes: u64,
}

/// Hands on every resource of a file: NDJSON, a Bundle, a list of resources or a single one, whatever its name. `take` says whether to go on.
///
/// A broken line is handed on as a fault and the next one is read; a broken document is over where it breaks.
pub fn stream_file(path: &Path, take: impl FnMut(Read) -> bool) -> io::Result<Streamed> {
    let file = File::open(path)?;
    let bytes = file.metadata()?.len();
    let mut reader = BufReader::with_capacity(FIRST_LOOK, file);
    // A first look that fills the buffer; short reads do not happen with files but at their end.
    let start = reader.fill_buf()?;
    let mark = if start.starts_with(BYTE_ORDER_MARK) { BYTE_ORDER_MARK.len() } else { 0 };
    let lines = is_lines(start.get(mark..).unwrap_or_default(), bytes);
    reader.consume(mark);
    if lines {
        read_lines(&mut reader, take)?;
    } else {
        read_document(reader, take);
    }
    Ok(Streamed { bytes })
}

/// Whether the first line that is not empty is complete JSON and is not all, or cannot be JSON spread over lines.
fn is_lines(start: &[u8], size: u64) -> bool {
    let begin = start.iter().position(|b| !b.is_ascii_whitespace()).unwrap_or(0);
    let text = &start[begin..];
    let Some(end) = text.iter().position(|b| *b == b'\n') else {
        // One line: a document, read as a stream if it is long.
        return false;
    };
    let rest_is_blank =
        text[end..].iter().all(u8::is_ascii_whitespace) && size <= start.len() as u64;
    let line = text[..end].trim_ascii();
    let complete = serde_json::from_slice::<IgnoredAny>(line).is_ok();
    // A broken first line of NDJSON is longer than the brace or so that a printed document begins with.
    let broken = !complete
        && line.starts_with(b"{")
        && line.len() > 2
        && line.ends_with(b"}")
        && text[end..].trim_ascii().starts_with(b"{");
    (complete && !rest_is_blank) || broken
}

fn read_lines(reader: &mut impl BufRead, mut take: impl FnMut(Read) -> bool) -> io::Result<()> {
    let mut line = Vec::new();
    for number in 1.. {
        line.clear();
        if reader.by_ref().take(LONGEST_LINE).read_until(b'\n', &mut line)? == 0 {
            break;
        }
        let too_long = line.len() as u64 == LONGEST_LINE && !line.ends_with(b"\n");
        if too_long {
            skip_line(reader)?;
        }
        let text = line.strip_prefix(BYTE_ORDER_MARK).unwrap_or(&line).trim_ascii();
        if text.is_empty() {
            continue;
        }
        let read = if too_long { Err(&TOO_LONG) } else { parse(text) };
        let go_on = match read {
            Ok(resource) => take_value(resource, number, &mut take),
            Err(rule) => take(Read::Fault(Fault { line: number, rule })),
        };
        if !go_on {
            break;
        }
    }
    Ok(())
}

fn skip_line(reader: &mut impl BufRead) -> io::Result<()> {
    loop {
        let buffer = reader.fill_buf()?;
        let (length, found) = match buffer.iter().position(|b| *b == b'\n') {
            Some(place) => (place + 1, true),
            None => (buffer.len(), false),
        };
        reader.consume(length);
        if found || length == 0 {
            return Ok(());
        }
    }
}

fn parse(text: &[u8]) -> Result<Value, &'static Rule> {
    serde_json::from_slice(text)
        .map_err(|error| if str::from_utf8(text).is_err() { &UTF8 } else { rule_of(&error) })
}

/// The parser's own words could quote the record: only the kind of error is told.
fn rule_of(error: &serde_json::Error) -> &'static Rule {
    let text = error.to_string();
    if text.starts_with("recursion limit") {
        &DEPTH
    } else if text.contains("invalid unicode code point") {
        &UTF8
    } else {
        &JSON
    }
}

/// One value: a resource, or a Bundle on one line.
fn take_value(mut value: Value, line: i64, take: &mut impl FnMut(Read) -> bool) -> bool {
    match value["resourceType"].as_str() {
        Some("Bundle") => {
            let Value::Array(entries) = value["entry"].take() else { return true };
            entries.into_iter().all(|entry| take_entry(entry, line, take))
        }
        Some(_) => take(Read::Entry(Entry { line, full_url: None, resource: value })),
        // The manifest of a bulk export is no resource.
        None if value["transactionTime"].is_string() => true,
        None => take(Read::Fault(Fault { line, rule: &NOT_FHIR })),
    }
}

/// An entry of a Bundle; one with a request or response only has nothing to read.
fn take_entry(mut entry: Value, line: i64, take: &mut impl FnMut(Read) -> bool) -> bool {
    let full_url = entry["fullUrl"].as_str().map(str::to_owned);
    let resource = entry.get_mut("resource").map(Value::take).unwrap_or_default();
    if resource["resourceType"].is_string() {
        take(Read::Entry(Entry { line, full_url, resource }))
    } else if resource.is_null() && entry.is_object() {
        true
    } else {
        take(Read::Fault(Fault { line, rule: &NOT_FHIR }))
    }
}

/// A document: its entries are handed on while the rest is still to be read.
fn read_document(reader: BufReader<File>, mut take: impl FnMut(Read) -> bool) {
    let stopped = Cell::new(false);
    let mut checked = |read: Read| {
        let go_on = take(read);
        stopped.set(!go_on);
        go_on
    };
    let mut deserializer = serde_json::Deserializer::from_reader(reader);
    let result = Document { take: &mut checked }
        .deserialize(&mut deserializer)
        .and_then(|()| deserializer.end());
    if let (Err(error), false) = (result, stopped.get()) {
        take(Read::Fault(Fault { line: error.line() as i64, rule: rule_of(&error) }));
    }
}

struct Document<'t, F> {
    take: &'t mut F,
}

impl<'de, F: FnMut(Read) -> bool> DeserializeSeed<'de> for Document<'_, F> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de, F: FnMut(Read) -> bool> Visitor<'de> for Document<'_, F> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("a resource, a Bundle or a list of resources")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<(), A::Error> {
        let mut line = 0;
        while let Some(value) = seq.next_element::<Value>()? {
            line += 1;
            if !take_value(value, line, self.take) {
                return Err(A::Error::custom("stopped"));
            }
        }
        Ok(())
    }

    /// Entries of a Bundle are streamed; those of something that has not yet said what it is wait until it has.
    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let mut rest = Map::new();
        let is_bundle = |rest: &Map<String, Value>| {
            rest.get("resourceType").is_some_and(|kind| kind == "Bundle")
        };
        while let Some(key) = map.next_key::<String>()? {
            if key == "entry" && is_bundle(&rest) {
                map.next_value_seed(Entries { take: &mut *self.take })?;
            } else {
                let value = map.next_value::<Value>()?;
                rest.insert(key, value);
            }
        }
        // What else a Bundle says is about the export, not the patients.
        let go_on = if is_bundle(&rest) {
            match rest.remove("entry") {
                Some(Value::Array(entries)) => entries
                    .into_iter()
                    .zip(1..)
                    .all(|(entry, line)| take_entry(entry, line, self.take)),
                _ => true,
            }
        } else {
            take_value(Value::Object(rest), 1, self.take)
        };
        if go_on { Ok(()) } else { Err(A::Error::custom("stopped")) }
    }
}

/// The entries of a Bundle, handed on one by one.
struct Entries<'t, F> {
    take: &'t mut F,
}

impl<'de, F: FnMut(Read) -> bool> DeserializeSeed<'de> for Entries<'_, F> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de, F: FnMut(Read) -> bool> Visitor<'de> for Entries<'_, F> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("the entries of a Bundle")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<(), A::Error> {
        let mut line = 0;
        while let Some(entry) = seq.next_element::<Value>()? {
            line += 1;
            if !take_entry(entry, line, self.take) {
                return Err(A::Error::custom("stopped"));
            }
        }
        Ok(())
    }
}
