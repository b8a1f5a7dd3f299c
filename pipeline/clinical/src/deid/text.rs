//! Search of text for what identifies a person.
//!
//! Order of the search: cheap looks first, then patterns for digits, marks and names. Names of genes, alleles, sequences and variants
//! are known by their shape and left alone: a position on a chromosome is no record number.

use std::collections::{HashMap, HashSet};

use regex::{Regex, RegexSet};

use super::rules;
use crate::rule::Rule;

/// Patterns that need a digit, each with its rule.
const DIGITS: &[(&str, &Rule)] = &[
    (r"\b\d{3}[- .]\d{2}[- .]\d{4}\b", &rules::TEXT_SSN),
    (
        r"\b\d{4}-\d{2}(?:-\d{2})?\b|\b\d{4}/\d{1,2}/\d{1,2}\b|\b\d{1,2}/\d{1,2}/(?:\d{4}|\d{2})\b|\b\d{1,2}[.-]\d{1,2}[.-]\d{4}\b",
        &rules::TEXT_DATE,
    ),
    (
        r"(?i)\b(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)\b\.? ?(?:\d{1,2}(?:st|nd|rd|th)?\b|'?\d{4}\b)",
        &rules::TEXT_DATE,
    ),
    (
        r"(?i)\b\d{1,2}(?:st|nd|rd|th|\.)? ?(?:of )?(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)\b",
        &rules::TEXT_DATE,
    ),
    (r"\b\d{1,2}\.? ?\p{L}{3,10}\.?,? \d{4}\b", &rules::TEXT_DATE),
    (
        r"(?:\+\d{1,3}[ .-]?)?(?:\(\d{3}\) ?|\b\d{3}[ .-])\d{3}[ .-]\d{4}\b|\b\d{3}-\d{4}\b|\+\d[\d ()/-]{6,}\d|\(\d{2,5}\) ?\d{4,}|\b0\d{2,4}[ /-]\d{5,}",
        &rules::TEXT_PHONE,
    ),
    (
        r"(?:^|[^.\d])(?:\d{1,3}\.){3}\d{1,3}(?:[^.\d]|\.?$)|(?i:\b(?:[0-9a-f]{1,4}:){7}[0-9a-f]{1,4}\b|\b(?:[0-9a-f]{1,4}:){1,6}:(?:[0-9a-f]{1,4}\b)?|(?:[0-9a-f]{2}:){5}[0-9a-f]{2})",
        &rules::TEXT_IP,
    ),
    (
        r"(?i)\b(?:9\d|1[0-4]\d)[ -]?(?:years?|yrs?|y\.?o)\b|\baged?:? ?(?:9\d|1[0-4]\d)\b|\b(?:9\d|1[0-4]\d)[ -]?y/?o\b",
        &rules::TEXT_AGE,
    ),
    (
        r"(?i)\b(?:mrn|mr|medical record|record|account|acct|policy|member|subscriber|plan|certificate|licen[cs]e|vin|plate|vehicle|serial|s/n|ssn|dob|fax|tel|phone|cell|beneficiary|medicare|medicaid|insurance|passport|patient|pat|chart|case|accession|device|udi|ip|id)\b ?(?:no\.?|number|num\.?|nr\.?|id|#)?\W{0,3}[a-z0-9-]*\d[a-z0-9-]*\d[a-z0-9-]*\d|\bmrn[ #:-]*\d",
        &rules::TEXT_NUMBER,
    ),
    (
        r"\b[A-Z]{1,3}-?\d{6,}[A-Z]?\b|\b\d{7,}\b|\b\d{3,}(?:-\d{2,}){2,}\b|\b[1-9][A-Z][A-Z0-9]\d-?[A-Z][A-Z0-9]\d-?[A-Z]{2}\d{2}\b",
        &rules::TEXT_NUMBER,
    ),
    (r"\b[A-HJ-NPR-Z0-9]{3}[A-HJ-NPR-Z0-9]{5}[0-9X][A-HJ-NPR-Z0-9]{4}\d{4}\b", &rules::TEXT_NUMBER),
    (r"(?i)\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b", &rules::TEXT_NUMBER),
    (
        r"\b[A-Z]{2},? \d{5}\b|\b\d{5}-\d{4}\b|\b(?i:zip|postal)\W{0,3}(?i:code)?\W{0,3}\d{5}\b",
        &rules::TEXT_ADDRESS,
    ),
    (
        r"\b\d{1,5}[A-Z]? (?:[NSEW]\.? )?(?:[A-Z][\w'-]+ ){1,3}(?:Street|St|Avenue|Ave|Road|Rd|Drive|Dr|Lane|Ln|Boulevard|Blvd|Court|Ct|Way|Place|Pl|Square|Sq|Terrace|Gate|Highway|Hwy|Parkway|Pkwy)\b|\b[A-Z][\w-]*(?:stra(?:ß|ss)e|str\.|weg|platz|allee) \d{1,4}\b",
        &rules::TEXT_ADDRESS,
    ),
];

const EMAIL: &str = r"[\w.+%'-]+@[\w-]+(?:\.[\w-]+)*";
const LINK: &str = r"(?i)\b(?:https?|ftps?|file|wss?)://|\bwww\.\w";
const TITLED: &str = r"\b(?:Mr|Mrs|Ms|Miss|Mx|Dr|Prof|Professor|Doctor|Rev|Sr|Sra|Herr|Frau|Mme|Madame|Monsieur|Dott|Mister|Señora?)\b\.? ?(?:[A-Z]\.? ?)*[A-Z\p{Lu}][\p{L}'’-]+|\b[\p{Lu}][\p{L}'’-]+,? (?:M\.D\.|MD|R\.N\.|RN|PhD|Ph\.D\.|D\.O\.|FACP)(?:\W|$)|(?i:\b(?:named|name is|name:|my name|signed by|dictated by)) ?\p{Lu}";
/// A number with a unit is a dose or a size.
const DOSES: &str = r"(?i)\b1/10{3,}\b|\b\d[\d,.]* ?(?:(?:unt|units?|iu|mg|mcg|ug|ml|meq|cells?|copies|bp|kb|pfu|cfu|mmol|bases?)\b|\{)";
/// Accessions, variants, alleles, cytogenetic names and sequences, as one word of a text.
const GENOMIC: &str = r"^(?:[NXAL][CGMRTPW]_\d+(?:\.\d+)?(?:\([A-Za-z0-9-]+\))?(?::[cgmnpr]\.[\w*>_=+?()\[\];:.-]+)?|ENS[A-Z]*\d+(?:\.\d+)?(?::[cgnp]\.\S+)?|LRG_\d+\S*|[rs]s\d+|COS[MVNG]\d+|HGNC:\d+|HGVS\S*|VCV\d{9}(?:\.\d+)?|RCV\d{9}(?:\.\d+)?|(?:SO|MONDO|HP|GO|DOID|UBERON|CL|EFO|OBI|NCIT)[:_]\d{4,7}|NCT\d{8}|GTR\d{9}(?:\.\d{1,2})?|[cgmnpr]\.[\w*>_=+?()\[\];.-]+|chr[\dXYMT]+[:\d_-]*|(?:HLA-)?[A-Z]{1,4}\d?[*:][\dA-Z:]+[GPNLSQC]?\S*|(?:HLA-|hla#)\S+|HGG\d+|[ACGTUN]+|[\dXY]+[pq][\d.]*\S*|LA\d+-\d|LP\d+-\d|MTHU\d+)$";

/// Common given names.
const GIVEN: &str = include_str!("names.txt");

/// Words of results.
const RESULTS: [&str; 34] = [
    "abnormal",
    "absent",
    "amplified",
    "borderline",
    "detected",
    "equivocal",
    "germline",
    "heterozygous",
    "high",
    "homozygous",
    "indeterminate",
    "intermediate",
    "low",
    "moderate",
    "mutant",
    "mutated",
    "negative",
    "no",
    "none",
    "normal",
    "not",
    "pathogenic",
    "positive",
    "present",
    "reactive",
    "somatic",
    "stable",
    "strong",
    "trace",
    "unknown",
    "unmutated",
    "weak",
    "wildtype",
    "yes",
];

/// Longest text that the memory of verdicts keeps, and how many of them.
const REMEMBERED: (usize, usize) = (200, 50_000);

/// The search, with a memory of what it has seen: labels repeat.
#[derive(Debug)]
pub(crate) struct Scanner {
    digits: RegexSet,
    email: Regex,
    link: Regex,
    titled: Regex,
    doses: Regex,
    genomic: Regex,
    seen: HashMap<Box<str>, Option<&'static Rule>>,
    /// The same with the names that are known by now.
    seen_with_names: HashMap<Box<str>, Option<&'static Rule>>,
    /// Words of the names that the records give, in lower case.
    names: HashSet<Box<str>>,
    /// Common given names.
    given: HashSet<&'static str>,
}

impl Scanner {
    pub(crate) fn new() -> Result<Self, regex::Error> {
        Ok(Self {
            digits: RegexSet::new(DIGITS.iter().map(|(pattern, _)| pattern))?,
            email: Regex::new(EMAIL)?,
            link: Regex::new(LINK)?,
            titled: Regex::new(TITLED)?,
            doses: Regex::new(DOSES)?,
            genomic: Regex::new(GENOMIC)?,
            seen: HashMap::new(),
            seen_with_names: HashMap::new(),
            names: HashSet::new(),
            given: GIVEN
                .lines()
                .filter(|line| !line.starts_with('#'))
                .flat_map(str::split_whitespace)
                .collect(),
        })
    }

    /// Remembers the words of a person's name.
    pub(crate) fn learn(&mut self, name: &str) {
        for word in words(name).filter(|word| word.chars().count() >= 3) {
            if self.names.insert(word.to_lowercase().into_boxed_str()) {
                self.seen_with_names.clear();
            }
        }
    }

    /// What identifies a person in the text, if anything does.
    pub(crate) fn scan(&mut self, text: &str) -> Option<&'static Rule> {
        if let Some(known) = self.seen_with_names.get(text) {
            return *known;
        }
        let named = || &rules::TEXT_NAME;
        let found = self.scan_patterns(text).or_else(|| self.names_a_person(text).then(named));
        remember(&mut self.seen_with_names, text, found);
        found
    }

    /// The same without the names that records give.
    pub(crate) fn scan_patterns(&mut self, text: &str) -> Option<&'static Rule> {
        if let Some(known) = self.seen.get(text) {
            return *known;
        }
        let found = self.search(text);
        remember(&mut self.seen, text, found);
        found
    }

    /// Whether a code is a name of genomics: an accession, variant, allele or term.
    pub(crate) fn is_genomic(&self, code: &str) -> bool {
        self.genomic.is_match(code)
    }

    /// Whether every word is a number, a name of genomics, or a word of [`RESULTS`].
    pub(crate) fn is_result(&self, text: &str) -> bool {
        let is_number = |word: &str| {
            word.len() <= 6 && word.bytes().all(|b| b.is_ascii_digit() || b"+-.,/%<>=".contains(&b))
        };
        let mut words = text
            .split(|c: char| c.is_whitespace() || ",;+^/|~".contains(c))
            .filter(|word| !word.is_empty());
        words.all(|word| {
            is_number(word)
                || self.genomic.is_match(word)
                || RESULTS.contains(&word.to_lowercase().as_str())
        })
    }

    fn search(&self, text: &str) -> Option<&'static Rule> {
        if text.contains('@') && self.email.is_match(text) {
            return Some(&rules::TEXT_EMAIL);
        }
        if (text.contains("://") || text.contains("www.") || text.contains("WWW."))
            && self.link.is_match(text)
        {
            return Some(&rules::TEXT_URL);
        }
        if text.bytes().any(|b| b.is_ascii_digit()) {
            let found =
                self.digit_rule(text).and_then(|_| self.digit_rule(&self.without_measures(text)));
            if found.is_some() {
                return found;
            }
        }
        if text.chars().any(char::is_uppercase)
            && (self.titled.is_match(text) || self.has_given_name(text))
        {
            return Some(&rules::TEXT_NAME);
        }
        text.split(|c: char| c.is_whitespace() || ",;:".contains(c))
            .any(is_blob)
            .then_some(&rules::TEXT_BLOB)
    }

    /// A common given name with another word beside it that is written as a name, or alone: `Mary Quux`, `QUUX, MARY`, `QUUX^MARY`.
    fn has_given_name(&self, text: &str) -> bool {
        let is_name = |word: &str| {
            word.chars().count() >= 2
                && word.starts_with(char::is_uppercase)
                && (word.chars().skip(1).all(|c| !c.is_uppercase())
                    || word.chars().all(|c| !c.is_lowercase()))
        };
        let mut words = text
            .split(|c: char| c.is_whitespace() || ",;^".contains(c))
            .filter(|word| !word.is_empty())
            .peekable();
        let (mut before, mut count) = (false, 0);
        while let Some(word) = words.next() {
            let name =
                is_name(word) && word.chars().all(|c| c.is_alphabetic() || "-.'’".contains(c));
            count += 1;
            if name && self.given.contains(word.to_lowercase().as_str()) {
                let after = words.peek().is_some_and(|next| is_name(next));
                if before || after || (count == 1 && words.peek().is_none() && !shouted(word)) {
                    return true;
                }
            }
            before = name;
        }
        false
    }

    fn digit_rule(&self, text: &str) -> Option<&'static Rule> {
        self.digits
            .matches(text)
            .iter()
            .next()
            .and_then(|place| DIGITS.get(place))
            .map(|(_, rule)| *rule)
    }

    /// The text without doses and the names of genomics.
    fn without_measures(&self, text: &str) -> String {
        let without = self.doses.replace_all(text, "");
        let words = without.split(|c: char| c.is_whitespace() || ",;".contains(c));
        words
            .filter(|word| !self.genomic.is_match(word.trim_matches(['(', ')', '"', '\''])))
            .collect::<Vec<_>>()
            .join(" ")
    }

    /// Whether an id is made of a name that the records give. Words that examples call people by are none.
    pub(crate) fn has_name(&self, id: &str) -> bool {
        const NO_NAMES: [&str; 8] =
            ["patient", "test", "example", "person", "sample", "practitioner", "doctor", "nurse"];
        let mut words = id.split(|c: char| !c.is_alphabetic()).filter(|word| word.len() >= 3);
        !self.names.is_empty()
            && words.any(|word| {
                let word = word.to_lowercase();
                self.names.contains(word.as_str()) && !NO_NAMES.contains(&word.as_str())
            })
    }

    /// Two words side by side that the records use in names; or nothing but one.
    fn names_a_person(&self, text: &str) -> bool {
        if self.names.is_empty() {
            return false;
        }
        let capital = |word: &str| word.starts_with(char::is_uppercase);
        let mut before = false;
        let mut count = 0;
        for word in words(text) {
            let known = capital(word) && self.names.contains(word.to_lowercase().as_str());
            if known && before {
                return true;
            }
            before = known;
            count += 1;
        }
        before && count == 1
    }
}

fn remember(
    memory: &mut HashMap<Box<str>, Option<&'static Rule>>,
    text: &str,
    found: Option<&'static Rule>,
) {
    if text.len() <= REMEMBERED.0 {
        if memory.len() >= REMEMBERED.1 {
            memory.clear();
        }
        memory.insert(text.into(), found);
    }
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !c.is_alphabetic() && c != '\'' && c != '-')
        .filter(|word| !word.is_empty())
}

/// A single word in capitals is rather a gene.
fn shouted(word: &str) -> bool {
    word.chars().all(|c| !c.is_lowercase())
}

/// A long word of mixed case and digits is encoded data.
fn is_blob(word: &str) -> bool {
    let has = |wanted: fn(&u8) -> bool| word.as_bytes().iter().any(wanted);
    word.len() >= 40
        && word.bytes().all(|b| b.is_ascii_alphanumeric() || b"+/=_-".contains(&b))
        && has(u8::is_ascii_lowercase)
        && has(u8::is_ascii_digit)
        && (has(u8::is_ascii_uppercase) || word.len() >= 64)
}
