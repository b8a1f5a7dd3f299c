//! Search of text for what identifies a person.
//!
//! Order of the search: cheap looks first, then patterns for digits, marks and names (`patterns`). Names of genes, alleles, sequences and
//! variants are known by their shape and left alone: a position on a chromosome is no record number. What is written in a script that the
//! search cannot read does not pass.

use std::{borrow::Cow, sync::LazyLock};

use foldhash::{HashMap, HashMapExt as _, HashSet, HashSetExt as _};
use regex::{Regex, RegexSet};

use super::{
    fraction::has_month_and_day,
    names::has_given_name,
    patterns::{DIGITS, DOSES, EMAIL, GENOMIC, RESULTS, WORDS},
    rules,
    words::{Unknown, Words, is_given, is_surname},
};
use crate::rule::Rule;

/// Longest text that the memory of verdicts keeps, and how many of them.
const REMEMBERED: (usize, usize) = (200, 50_000);

/// What the search says of a text.
#[derive(Clone, Copy, Debug)]
struct Seen {
    rule: Option<&'static Rule>,
    unknown: Unknown,
}

/// The patterns, compiled once.
#[derive(Debug)]
struct Patterns {
    digits: RegexSet,
    words: RegexSet,
    email: Regex,
    doses: Regex,
    genomic: Regex,
}

static PATTERNS: LazyLock<Result<Patterns, regex::Error>> = LazyLock::new(|| {
    Ok(Patterns {
        digits: RegexSet::new(DIGITS.iter().map(|(pattern, _)| pattern))?,
        words: RegexSet::new(WORDS.iter().map(|(pattern, _)| pattern))?,
        email: Regex::new(EMAIL)?,
        doses: Regex::new(DOSES)?,
        genomic: Regex::new(GENOMIC)?,
    })
});

/// The search, with a memory of what it has seen: labels repeat.
#[derive(Debug)]
pub(crate) struct Scanner {
    patterns: &'static Patterns,
    known: Words,
    seen: HashMap<Box<str>, Seen>,
    /// The same with the names that the records give.
    seen_with_names: HashMap<Box<str>, Seen>,
    /// Words of the names that the records give, in lower case.
    names: HashSet<Box<str>>,
}

impl Scanner {
    /// `known` are the words that a text may hold.
    pub(crate) fn new(known: Words) -> Result<Self, regex::Error> {
        Ok(Self {
            patterns: PATTERNS.as_ref().map_err(Clone::clone)?,
            known,
            seen: HashMap::new(),
            seen_with_names: HashMap::new(),
            names: HashSet::new(),
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
        self.look(text).rule
    }

    /// The same, and whether all its words are known. Where no code of a public system stands beside a label, a word in small letters
    /// counts as well; where one does, terms say it, and only what is written as a name.
    pub(crate) fn scan_label(&mut self, text: &str, coded: bool) -> Option<&'static Rule> {
        let Seen { rule, unknown } = self.look(text);
        let least = if coded { Unknown::Name } else { Unknown::Small };
        rule.or_else(|| (unknown >= least).then_some(&rules::TEXT_WORD))
    }

    /// Whether the words of a file's name are known. It abbreviates where a label does not, so three letters are a word unless they are a
    /// name.
    pub(crate) fn words_of_a_file_are_known(&self, words: &str) -> bool {
        let mut words = words.split_whitespace();
        words.all(|word| {
            let short = word.chars().count() == 3 && !is_given(word) && !is_surname(word);
            short || self.known.unknown(word) == Unknown::None
        })
    }

    fn look(&mut self, text: &str) -> Seen {
        if let Some(known) = self.seen_with_names.get(text) {
            return *known;
        }
        let mut seen = self.look_for_patterns(text);
        if seen.rule.is_none() && self.names_a_person(text) {
            seen.rule = Some(&rules::TEXT_NAME);
        }
        remember(&mut self.seen_with_names, text, seen);
        seen
    }

    /// What [`Scanner::scan`] says, without the names that records give.
    pub(crate) fn scan_patterns(&mut self, text: &str) -> Option<&'static Rule> {
        self.look_for_patterns(text).rule
    }

    fn look_for_patterns(&mut self, text: &str) -> Seen {
        if let Some(known) = self.seen.get(text) {
            return *known;
        }
        let seen = Seen {
            rule: self.search(text),
            unknown: self.known.unknown(&self.without_genomics(text)),
        };
        remember(&mut self.seen, text, seen);
        seen
    }

    /// Whether a code is written as a name, or has one in it: `Quux`, but `PRN`, `active` and `C50.911`.
    pub(crate) fn is_name(&self, code: &str) -> bool {
        let several = code.contains([' ', ',']);
        let word = code.bytes().all(|b| b.is_ascii_alphabetic() || b"'-".contains(&b));
        (several || (word && code.bytes().any(|b| b.is_ascii_lowercase())))
            && self.known.unknown(&self.without_genomics(code)) == Unknown::Name
    }

    /// Whether a code is a name of genomics: an accession, variant, allele or term.
    pub(crate) fn is_genomic(&self, code: &str) -> bool {
        self.patterns.genomic.is_match(code)
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
                || self.patterns.genomic.is_match(word)
                || RESULTS.contains(&word.to_lowercase().as_str())
        })
    }

    fn search(&self, text: &str) -> Option<&'static Rule> {
        let text = &*plain(text);
        if text.contains('@') && self.patterns.email.is_match(text) {
            return Some(&rules::TEXT_EMAIL);
        }
        if text.bytes().any(|b| b.is_ascii_digit()) {
            let joined = text.contains('_');
            let found = if joined || self.patterns.digits.is_match(text) {
                first(&self.patterns.digits, DIGITS, &self.without_measures(text))
            } else {
                None
            };
            if found.is_some() {
                return found;
            }
            if text.contains('/') && has_month_and_day(text) {
                return Some(&rules::TEXT_DATE);
            }
        }
        if let Some(rule) = first(&self.patterns.words, WORDS, text) {
            return Some(rule);
        }
        if !text.chars().all(is_readable) {
            return Some(&rules::TEXT_SCRIPT);
        }
        if text.chars().any(char::is_uppercase)
            && (has_given_name(text) || self.known.has_name_by_form(&self.without_genomics(text)))
        {
            return Some(&rules::TEXT_NAME);
        }
        text.split(|c: char| c.is_whitespace() || ",;:".contains(c))
            .any(is_blob)
            .then_some(&rules::TEXT_BLOB)
    }

    /// The text without the names of genomics: parts of them look like words.
    fn without_genomics<'t>(&self, text: &'t str) -> Cow<'t, str> {
        if !text.bytes().any(|b| b.is_ascii_digit() || b".*:".contains(&b)) {
            return Cow::Borrowed(text);
        }
        let words = text.split_inclusive(|c: char| c.is_whitespace() || ",;".contains(c));
        let bare = |word: &&str| {
            let word = word.trim_end_matches(|c: char| c.is_whitespace() || ",;".contains(c));
            let word = word.trim_matches(['(', ')', '"', '\'']);
            !(word.bytes().any(|b| b.is_ascii_digit() || b"*:".contains(&b))
                && self.patterns.genomic.is_match(word))
        };
        Cow::Owned(words.filter(bare).collect())
    }

    /// The text without doses and the names of genomics, its words apart: `MRN_123` is two.
    fn without_measures(&self, text: &str) -> String {
        let without = self.patterns.doses.replace_all(text, "");
        let words = without.split(|c: char| c.is_whitespace() || ",;".contains(c));
        words
            .filter(|word| {
                !self.patterns.genomic.is_match(word.trim_matches(['(', ')', '"', '\'']))
            })
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

fn remember(memory: &mut HashMap<Box<str>, Seen>, text: &str, found: Seen) {
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

/// A long word of mixed case and digits is encoded data.
fn is_blob(word: &str) -> bool {
    let has = |wanted: fn(&u8) -> bool| word.as_bytes().iter().any(wanted);
    word.len() >= 40
        && word.bytes().all(|b| b.is_ascii_alphanumeric() || b"+/=_-".contains(&b))
        && has(u8::is_ascii_lowercase)
        && has(u8::is_ascii_digit)
        && (has(u8::is_ascii_uppercase) || word.len() >= 64)
}
