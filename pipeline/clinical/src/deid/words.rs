//! Words that labels may hold. What is none of them may be a name: nobody can list all names, but the words of medicine are listed.

use std::{borrow::Cow, sync::LazyLock};

use foldhash::HashSet;

/// Words of published terminologies, and those that they lack.
const KNOWN: [&str; 2] = [include_str!("words.txt"), include_str!("labels.txt")];
const EPONYMS: &str = include_str!("eponyms.txt");
const SURNAMES: &str = include_str!("surnames.txt");
const GIVEN: &str = include_str!("names.txt");
/// What the program's own lists and tables call things: types and elements of FHIR, columns of tables.
const PROGRAM: [&str; 2] = [include_str!("allow.txt"), include_str!("columns.txt")];

/// What a surname is put before that is called by it: `Ewing sarcoma`, `Gleason score`.
const CALLED: &str = "anaemia anemia anomaly area ataxia band block body carcinoma catheter cell cells chorea classification contracture criteria cyst \
    deficiency deformity disease disorder duct dystrophy encephalopathy equation esophagus formula fracture ganglion gland grade \
    grading hernia index lesion leukemia level ligament loop lymphoma malformation melanoma method murmur nerve neuroma nevus node \
    nodes oesophagus operation palsy pattern phenomenon pouch procedure purpura reaction reflex sarcoma scale score sign stage staging \
    stain syndrome system test tetralogy thyroiditis tube tumor tumour ulcer virus";

/// Endings of words that medicine makes of its own, where they are long enough to be no names: `Rhinoconjunctivitis`.
const ENDINGS: &str = "aemia algia ation azole carcinoma ciclib cillin cycline cytosis ectomy emia estrel genesis graphy itis logic logy \
    lysis mab metry mycin ogram oscopy osis ostomy otomy oxacin parib pathy penia plasia plasty sarcoma sartan statin therapy tinib trophy uria";
const LONG: usize = 8;

/// Letters that an abbreviation has at most: longer ones in capitals are words.
const ABBREVIATION: usize = 5;

struct Lists {
    known: HashSet<Cow<'static, str>>,
    eponyms: HashSet<&'static str>,
    surnames: HashSet<&'static str>,
    given: HashSet<&'static str>,
}

static LISTS: LazyLock<Lists> = LazyLock::new(|| {
    let parts = PROGRAM.iter().flat_map(|text| {
        let words = words_apart(text);
        words.split_whitespace().map(|word| Cow::Owned(word.to_lowercase())).collect::<Vec<_>>()
    });
    Lists {
        known: KNOWN.into_iter().flat_map(list).map(Cow::Borrowed).chain(parts).collect(),
        eponyms: list(EPONYMS).collect(),
        surnames: list(SURNAMES).collect(),
        given: list(GIVEN).collect(),
    }
});

fn list(text: &'static str) -> impl Iterator<Item = &'static str> {
    text.lines().filter(|line| !line.starts_with('#')).flat_map(str::split_whitespace)
}

/// How the unknown words of a text are written.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(crate) enum Unknown {
    /// There are none.
    None,
    /// With small letters, as words are.
    Small,
    /// With a capital, as names are.
    Name,
}

/// The words that are known, with those of a profile.
#[derive(Debug, Default)]
pub(crate) struct Words {
    own: HashSet<String>,
}

impl Words {
    /// `own` are words of a profile.
    pub(crate) fn new<'w>(own: impl Iterator<Item = &'w String>) -> Self {
        Self {
            own: own.flat_map(|words| words.split_whitespace()).map(str::to_lowercase).collect(),
        }
    }

    /// The worst of the text's words. Names of genomics are no words, and have been taken out of the text.
    pub(crate) fn unknown(&self, text: &str) -> Unknown {
        let mut words = letters(text).peekable();
        let mut worst = Unknown::None;
        while let Some(word) = words.next() {
            let mut next = words.peek().copied();
            if next == Some("s") {
                next = words.clone().nth(1);
            }
            worst = worst.max(self.judge(word, next));
        }
        worst
    }

    pub(super) fn judge(&self, word: &str, next: Option<&str>) -> Unknown {
        let length = word.chars().count();
        if length < 3 {
            return Unknown::None;
        }
        let lower = word.to_lowercase();
        let capitals = word.chars().filter(|c| c.is_uppercase()).count();
        if capitals == length && length <= ABBREVIATION {
            return if is_only_surname(&lower) { Unknown::Name } else { Unknown::None };
        }
        if self.is_known(&lower)
            || (LISTS.eponyms.contains(lower.as_str()) && next.is_some_and(is_called))
        {
            return Unknown::None;
        }
        match (capitals, word.starts_with(char::is_uppercase)) {
            (0, _) => Unknown::Small,
            (1, true) => Unknown::Name,
            (all, _) if all == length => Unknown::Name,
            // `McQuux` is a name; `LumA`, `dsDNA` and `MacBook` are judged by their parts.
            _ if word
                .strip_prefix("Mc")
                .or_else(|| word.strip_prefix("Mac"))
                .is_some_and(is_capitalised) =>
            {
                Unknown::Name
            }
            _ => self.judge_parts(word, length),
        }
    }

    /// `LumA` and `dsDNA`, part by part.
    fn judge_parts(&self, word: &str, length: usize) -> Unknown {
        let parts = words_apart(word);
        let mut parts = parts.split_whitespace().peekable();
        let first = parts.next();
        let unknown = if parts.peek().is_none() {
            length > ABBREVIATION
        } else {
            first.into_iter().chain(parts).any(|part| self.judge(part, None) != Unknown::None)
        };
        if unknown { Unknown::Small } else { Unknown::None }
    }

    /// Whether a word in small letters is known, is the plural of one that is, or is made as medicine makes words.
    pub(super) fn is_known(&self, lower: &str) -> bool {
        let lists = &*LISTS;
        let has = |word: &str| lists.known.contains(word) || self.own.contains(word);
        let plural = |word: &str| word.len() >= 4 && has(word) && !lists.surnames.contains(lower);
        has(lower)
            || lower.strip_suffix('s').is_some_and(plural)
            || (lower.len() >= LONG
                && ENDINGS.split_whitespace().any(|ending| lower.ends_with(ending)))
    }
}

/// Whether a word is a common given name, or `Jean-Luc` whose first part is one.
pub(crate) fn is_given(word: &str) -> bool {
    let word = word.trim_matches('.').to_lowercase();
    let first = word.split_once('-').map_or(word.as_str(), |(first, _)| first);
    LISTS.given.contains(word.as_str()) || LISTS.given.contains(first)
}

/// Whether a word is a common surname.
pub(crate) fn is_surname(word: &str) -> bool {
    LISTS.surnames.contains(word.to_lowercase().as_str())
}

pub(super) fn is_only_surname(lower: &str) -> bool {
    LISTS.surnames.contains(lower) && !LISTS.known.contains(lower)
}

pub(super) fn is_called(next: &str) -> bool {
    CALLED.split_whitespace().any(|called| called.eq_ignore_ascii_case(next))
}

pub(super) fn is_capitalised(word: &str) -> bool {
    let mut letters = word.chars();
    letters.next().is_some_and(char::is_uppercase)
        && letters.clone().next().is_some()
        && letters.all(char::is_lowercase)
}

/// Runs of letters.
pub(super) fn letters(text: &str) -> impl Iterator<Item = &str> + Clone {
    text.split(|c: char| !c.is_alphabetic()).filter(|word| !word.is_empty())
}

/// The words of a name of a file, as names are written: `johnSmith-2_notes` is `John Smith Notes`.
pub(crate) fn words_apart(name: &str) -> String {
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
