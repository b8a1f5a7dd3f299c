//! Search of text for what identifies a person.
//!
//! Order of the search: cheap looks first, then patterns for digits, marks and names (`patterns`). Names of genes, alleles, sequences and
//! variants are known by their shape and left alone: a position on a chromosome is no record number. What is written in a script that the
//! search cannot read does not pass.

use std::{
    borrow::Cow,
    collections::{HashMap, HashSet},
};

use regex::{Regex, RegexSet};

use super::{
    patterns::{DIGITS, DOSES, EMAIL, GENOMIC, INITIAL, RESULTS, SPECIES, WORDS},
    rules,
};
use crate::rule::Rule;

/// Common given names.
const GIVEN: &str = include_str!("names.txt");

/// Longest text that the memory of verdicts keeps, and how many of them.
const REMEMBERED: (usize, usize) = (200, 50_000);

/// The search, with a memory of what it has seen: labels repeat.
#[derive(Debug)]
pub(crate) struct Scanner {
    digits: RegexSet,
    words: RegexSet,
    email: Regex,
    initial: Regex,
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
            words: RegexSet::new(WORDS.iter().map(|(pattern, _)| pattern))?,
            email: Regex::new(EMAIL)?,
            initial: Regex::new(INITIAL)?,
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
        let text = &*plain(text);
        if text.contains('@') && self.email.is_match(text) {
            return Some(&rules::TEXT_EMAIL);
        }
        if text.bytes().any(|b| b.is_ascii_digit()) {
            let joined = text.contains('_');
            let found = if joined || self.digits.is_match(text) {
                first(&self.digits, DIGITS, &self.without_measures(text))
            } else {
                None
            };
            if found.is_some() {
                return found;
            }
        }
        if let Some(rule) = first(&self.words, WORDS, text) {
            return Some(rule);
        }
        if text.chars().any(char::is_uppercase)
            && (self.has_given_name(text) || self.has_initial(text))
        {
            return Some(&rules::TEXT_NAME);
        }
        if !text.chars().all(is_readable) {
            return Some(&rules::TEXT_SCRIPT);
        }
        text.split(|c: char| c.is_whitespace() || ",;:".contains(c))
            .any(is_blob)
            .then_some(&rules::TEXT_BLOB)
    }

    /// An initial and a family name: `J. Quux`. `E. Coli` is none.
    fn has_initial(&self, text: &str) -> bool {
        self.initial.captures_iter(text).any(|found| {
            found
                .get(1)
                .is_some_and(|word| !SPECIES.contains(&word.as_str().to_lowercase().as_str()))
        })
    }

    /// A common given name with another word beside it that is written as a name, or alone: `Mary Quux`, `QUUX, MARY`, `QUUX^MARY`.
    pub(super) fn has_given_name(&self, text: &str) -> bool {
        let mut words = text
            .split(|c: char| c.is_whitespace() || ",;:^_/()\"".contains(c))
            .filter(|word| !word.is_empty())
            .peekable();
        let (mut before, mut count) = (false, 0);
        while let Some(word) = words.next() {
            let name = is_name(word);
            count += 1;
            if name && self.is_given(word) {
                let after = words.peek().is_some_and(|next| is_name(next));
                if before || after || (count == 1 && words.peek().is_none() && !shouted(word)) {
                    return true;
                }
            }
            before = name;
        }
        false
    }

    /// Whether a word is a common given name, or `Jean-Luc` whose first part is one.
    fn is_given(&self, word: &str) -> bool {
        let word = word.trim_matches('.').to_lowercase();
        let first = word.split_once('-').map_or(word.as_str(), |(first, _)| first);
        self.given.contains(word.as_str()) || self.given.contains(first)
    }

    /// The text without doses and the names of genomics, its words apart: `MRN_123` is two.
    fn without_measures(&self, text: &str) -> String {
        let without = self.doses.replace_all(text, "");
        let words = without.split(|c: char| c.is_whitespace() || ",;".contains(c));
        words
            .filter(|word| !self.genomic.is_match(word.trim_matches(['(', ')', '"', '\''])))
            .collect::<Vec<_>>()
            .join(" ")
            .replace('_', " ")
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

/// The rule of the first pattern that is found.
fn first(set: &RegexSet, patterns: &[(&str, &'static Rule)], text: &str) -> Option<&'static Rule> {
    set.matches(text).iter().next().and_then(|at| patterns.get(at)).map(|(_, rule)| *rule)
}

/// The text with digits, dashes, spaces and full-width letters as ASCII has them, and without what is not seen.
fn plain(text: &str) -> Cow<'_, str> {
    if text.is_ascii() {
        return Cow::Borrowed(text);
    }
    let plain = |c: char| match c {
        '\u{FF01}'..='\u{FF5E}' => char::from_u32(c as u32 - 0xFEE0),
        // Zeros of the Arabic, Persian and Devanagari digits.
        '\u{660}'..='\u{669}' => char::from_digit(c as u32 - 0x660, 10),
        '\u{6F0}'..='\u{6F9}' => char::from_digit(c as u32 - 0x6F0, 10),
        '\u{966}'..='\u{96F}' => char::from_digit(c as u32 - 0x966, 10),
        '\u{2010}'..='\u{2015}' | '\u{2212}' => Some('-'),
        '\u{AD}' | '\u{200B}'..='\u{200F}' | '\u{2060}' | '\u{FEFF}' => None,
        c if c.is_whitespace() => Some(' '),
        c => Some(c),
    };
    Cow::Owned(text.chars().filter_map(plain).collect())
}

/// Latin letters, Greek ones (which stand for units and chains), and all that is no letter.
fn is_readable(c: char) -> bool {
    let letters = matches!(c, '\u{0}'..='\u{24F}' | '\u{2B0}'..='\u{3FF}' | '\u{1D00}'..='\u{1EFF}' | '\u{2070}'..='\u{218F}');
    letters || !c.is_alphabetic()
}

/// A word as names are written: `Quux`, `QUUX`, `O'Brien`, `McDonald`, `Jean-Luc`.
fn is_name(word: &str) -> bool {
    let shaped = word.chars().count() >= 2
        && word.starts_with(char::is_uppercase)
        && word.chars().all(|c| c.is_alphabetic() || "-.'’".contains(c));
    let word = word.strip_prefix("Mc").or_else(|| word.strip_prefix("Mac")).unwrap_or(word);
    let is_part = |part: &str| {
        part.chars().skip(1).all(|c| !c.is_uppercase()) || part.chars().all(|c| !c.is_lowercase())
    };
    shaped && word.split(['-', '\'', '’']).all(is_part)
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

/// The words of a name of a file, as names are written: `johnSmith-2_notes` is `John Smith Notes`.
pub(super) fn words_apart(name: &str) -> String {
    let mut words = String::with_capacity(name.len() + 8);
    let mut before = ' ';
    for c in name.chars() {
        if !c.is_alphabetic() {
            words.push(' ');
        } else if before.is_alphabetic() && !(before.is_lowercase() && c.is_uppercase()) {
            words.push(c);
        } else {
            words.push(' ');
            words.extend(c.to_uppercase());
        }
        before = c;
    }
    words
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
