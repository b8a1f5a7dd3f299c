//! The de-identification gate: every element of a resource is looked at, and only what is on the list passes.
//!
//! [`Gate::pass`] walks a resource with everything in it: contained resources, extensions, the `_name` beside primitives. What is on the
//! list (`allow.txt`, FHIR R4) stays, is reduced (dates to years, postal codes to three digits, ages over 89 to 90) or, where it is text,
//! is searched; everything else goes. With a project key, ids and references become pseudonyms.
//!
//! | verdict | |
//! |---|---|
//! | pass | nothing had to be removed or reduced |
//! | transformed | something was; what is left may be used |
//! | quarantined | the resource cannot be made safe by removing parts of it; nothing of it may be used |
//!
//! Findings say path and rule, and never what stood there.
//!
//! Nobody can list all names, so a short text (`display`, the text of a concept, the name of a file) stays only where its words are known
//! terms (`words`). Beside a code of a public system only what is written as a name must be one; elsewhere every word.
//!
//! **What it cannot do**: a name in small letters beside a public code, or one that is a word of medicine as well (`Young`, `Crohn`) and
//! that no record of the batch gives as a name, is not found. A custom profile with `labels = "remove"` has no such text.
//!
//! Sources: 45 CFR 164.514(b)(2) (Safe Harbor) and 164.514(e) (limited dataset); HL7 FHIR R4 (4.0.1).

mod codes;
mod dates;
mod fraction;
mod leaf;
mod names;
mod patterns;
mod profile;
mod reference;
pub(crate) mod rules;
mod schema;
mod table;
mod text;
mod walk;
mod words;

pub use profile::{Dates, PostalCodes, Profile, ProfileError, SMALL_AREAS, Text};
pub(crate) use table::Column;

use foldhash::{HashMap, HashMapExt as _};
use serde_json::Value;

use crate::{
    element::items,
    pseudonym::{ProjectKey, PseudonymMap},
    rule::{Finding, Rule},
};
use reference::Lately;
use schema::Schema;
use text::Scanner;
use words::{Words, words_apart};

/// The program's own lists or patterns are wrong: a defect, which tests find.
#[derive(Debug, thiserror::Error)]
#[error("the gate cannot be built: {0}; report this as a defect")]
pub struct GateError(String);

/// What became of a resource.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Verdict {
    /// Nothing had to be removed or reduced.
    Pass,
    /// Something was removed or reduced.
    Transformed,
    /// The resource must not be used.
    Quarantined,
}

impl Verdict {
    /// Its name in reports.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Transformed => "transformed",
            Self::Quarantined => "quarantined",
        }
    }
}

/// One breach of a rule.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Breach<'f> {
    /// Path of the element, such as `Patient.name[0]`.
    pub path: &'f str,
    /// Stable name of the rule.
    pub rule: &'static str,
    /// What is wrong.
    pub message: &'static str,
    /// What to do about it.
    pub remedy: &'static str,
}

/// Verdict and reasons.
#[derive(Clone, Debug, PartialEq)]
pub struct Outcome {
    /// The verdict.
    pub verdict: Verdict,
    pub(crate) findings: Vec<Finding>,
}

impl Outcome {
    /// Every breach, in the order of the elements.
    pub fn breaches(&self) -> impl Iterator<Item = Breach<'_>> {
        self.findings.iter().map(|finding| Breach {
            path: &finding.path,
            rule: finding.rule.id,
            message: finding.rule.message,
            remedy: finding.rule.remedy,
        })
    }
}

/// A gate with its profile, its key, and what it has learnt of the batch.
#[derive(Debug)]
pub struct Gate {
    schema: Schema,
    profile: Profile,
    key: Option<ProjectKey>,
    /// Year from which ages are counted.
    year: i32,
    scanner: Scanner,
    /// URLs of extensions that may pass, or their beginnings with a `*`.
    extensions: Vec<String>,
    /// Beginnings of URIs that may pass.
    systems: Vec<String>,
    /// URIs seen, and whether they may pass.
    uris: HashMap<Box<str>, bool>,
    /// `fullUrl`s of the current file and the `TYPE/id` that they name.
    urls: HashMap<String, String>,
    lately: Lately,
    map: Option<PseudonymMap>,
}

const EXTENSIONS: &str = include_str!("deid/extensions.txt");
const SYSTEMS: &str = include_str!("deid/systems.txt");

fn lines(text: &'static str) -> impl Iterator<Item = String> {
    text.lines().filter(|line| !line.starts_with('#') && !line.is_empty()).map(str::to_owned)
}

/// Whether so many of what was judged are in quarantine that none of the batch may be used. One resource does not condemn the others,
/// unless the profile allows none.
pub(crate) fn is_refused(profile: &Profile, judged: usize, quarantined: usize) -> bool {
    let most = profile.max_quarantined * judged as f64;
    let alone = quarantined == 1 && judged > 1 && profile.max_quarantined > 0.0;
    quarantined as f64 > most && !alone
}

/// Resources whose names are those of people.
const PERSONS: [&str; 4] = ["Patient", "Person", "Practitioner", "RelatedPerson"];

impl Gate {
    /// A gate. `year` is the current one: a birth year tells an age over 89 by it. Without a key, ids stay and are only searched for
    /// what is plainly an identifier, and dates cannot be shifted: they become years.
    pub fn new(profile: Profile, key: Option<ProjectKey>, year: i32) -> Result<Self, GateError> {
        Ok(Self {
            schema: Schema::new().map_err(|error| GateError(error.to_string()))?,
            scanner: Scanner::new(Words::new(profile.terms.iter()))
                .map_err(|error| GateError(error.to_string()))?,
            extensions: lines(EXTENSIONS).chain(profile.extensions.iter().cloned()).collect(),
            systems: lines(SYSTEMS).chain(profile.systems.iter().cloned()).collect(),
            profile,
            key,
            year,
            uris: HashMap::new(),
            urls: HashMap::new(),
            lately: Lately::default(),
            map: None,
        })
    }

    /// Keeps the way back from pseudonyms from here on: [`Gate::take_map`].
    pub fn keep_map(&mut self) {
        self.map.get_or_insert_default();
    }

    /// The way back from all pseudonyms given since [`Gate::keep_map`].
    pub fn take_map(&mut self) -> Option<PseudonymMap> {
        self.map.take()
    }

    /// The profile.
    pub fn profile(&self) -> &Profile {
        &self.profile
    }

    /// The key, where there is one.
    pub fn key(&self) -> Option<&ProjectKey> {
        self.key.as_ref()
    }

    /// Remembers the names of people in a resource, to find them in the texts of others. [`Gate::pass`] does this for its own resource.
    pub fn learn(&mut self, resource: &Value) {
        if resource["resourceType"].as_str().is_some_and(|kind| PERSONS.contains(&kind)) {
            let names = items(&resource["name"])
                .chain(items(&resource["contact"]).map(|contact| &contact["name"]));
            for name in names {
                let parts = items(&name["given"]).chain([&name["family"], &name["text"]]);
                parts.filter_map(Value::as_str).for_each(|part| self.scanner.learn(part));
            }
        }
        items(&resource["contained"]).for_each(|contained| self.learn(contained));
    }

    /// Remembers which resource a Bundle's `urn:` fullUrl names, so that references to it become its `TYPE/id`, and its patient's dates
    /// move with those of the patient. References that come before the entry stay `urn:`, and their dates become years.
    pub fn learn_url(&mut self, full_url: &str, resource: &Value) {
        let id = resource["id"].as_str();
        if let (Some(uuid), Some(kind), Some(id)) =
            (full_url.strip_prefix("urn:"), resource["resourceType"].as_str(), id)
        {
            let same = uuid.strip_prefix("uuid:") == Some(id);
            if !same || kind == "Patient" {
                self.urls.insert(full_url.to_owned(), format!("{kind}/{id}"));
            }
        }
    }

    /// Forgets the URLs of a file: those of another may name other resources.
    pub fn forget_urls(&mut self) {
        self.urls.clear();
    }

    /// Takes a resource through the gate, in place. What is left of a quarantined one must not be used.
    pub fn pass(&mut self, resource: &mut Value) -> Outcome {
        self.learn(resource);
        walk::walk(self, resource)
    }

    /// Whether anything of a resource of this type can pass.
    pub fn takes(&self, resource_type: &str) -> bool {
        self.schema.resource(resource_type).is_some()
    }

    /// Whether a URI begins as those of public systems do.
    fn is_public(&self, uri: &str) -> bool {
        let known = self.uris.get(uri).copied();
        known.unwrap_or_else(|| codes::is_allowed_uri(uri, self.systems.iter().map(String::as_str)))
    }

    /// Why a text must go, if it must. `coded` where a code of a public system stands beside it.
    fn search_text(&mut self, fate: Text, text: &str, coded: bool) -> Option<&'static Rule> {
        match fate {
            Text::Remove => Some(&rules::NOTE),
            Text::Scan => self.scanner.scan(text),
            Text::Known => self.scanner.scan_label(text, coded),
        }
    }

    /// Whether a name of a file or folder may stand in reports and in the lake: all its words are known, which those of
    /// `JohnSmith_notes.json` and `mary.json` are not, and nothing in it identifies.
    pub fn file_name_is_safe(&mut self, name: &str) -> bool {
        // `Patient.000.ndjson` is the first part of an export.
        let part = |part: &&str| part.len() > 4 || !part.bytes().all(|b| b.is_ascii_digit());
        let name = name.split('.').filter(part).collect::<Vec<_>>().join(".");
        let words = words_apart(&name);
        !self.scanner.has_name(&words)
            && !names::has_given_name(&words)
            && self.scanner.words_of_a_file_are_known(&words)
            && self.scanner.scan(&name.replace(['_', '/', '\\'], " ")).is_none()
            && self.scanner.scan_patterns(&name).is_none()
    }
}

#[cfg(test)]
mod tests;
