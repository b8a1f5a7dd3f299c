//! Codes of systems, ids, and other words that have a shape.

use crate::{pseudonym::is_uuid, rule::Rule};

use super::rules;

/// Characters and digits that a code may have at most.
const LONGEST: usize = 300;

/// Systems whose codes have a shape.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum System {
    Snomed,
    Loinc,
    RxNorm,
    Ndc,
    ClinVar,
    Cvx,
    Ncit,
    NciMetathesaurus,
    Hgnc,
}

impl System {
    /// The system of a URI; `None` for those whose codes are judged by their looks.
    pub(crate) fn of(uri: &str) -> Option<Self> {
        Some(match uri.trim_end_matches('/') {
            "http://snomed.info/sct" => Self::Snomed,
            "http://loinc.org" => Self::Loinc,
            "http://www.nlm.nih.gov/research/umls/rxnorm" => Self::RxNorm,
            "http://hl7.org/fhir/sid/ndc" => Self::Ndc,
            "http://www.ncbi.nlm.nih.gov/clinvar" => Self::ClinVar,
            "http://hl7.org/fhir/sid/cvx" => Self::Cvx,
            "http://ncicb.nci.nih.gov/xml/owl/EVS/Thesaurus.owl"
            | "http://purl.obolibrary.org/obo/ncit.owl" => Self::Ncit,
            "http://ncimeta.nci.nih.gov" => Self::NciMetathesaurus,
            "http://www.genenames.org" | "http://www.genenames.org/geneId" => Self::Hgnc,
            _ => return None,
        })
    }
}

/// Whether a code can be one of its system. Numbers are what an identifier can hide in, so numeric systems have their check digits looked at.
pub(crate) fn fits(system: Option<System>, code: &str) -> Option<bool> {
    let digits = |range: std::ops::RangeInclusive<usize>| {
        range.contains(&code.len()) && code.bytes().all(|b| b.is_ascii_digit())
    };
    Some(match system? {
        System::Snomed => is_snomed(code),
        System::Loinc => is_loinc(code),
        System::RxNorm => digits(1..=7),
        System::Ndc => is_drug_code(code),
        System::ClinVar if digits(1..=8) => true,
        System::Cvx => digits(1..=3),
        System::Ncit => return lettered(code, 'C', 2..=6),
        System::NciMetathesaurus => return lettered(code, 'C', 7..=7),
        System::Hgnc => {
            let number = code.strip_prefix("HGNC:")?;
            number.len() <= 6 && number.bytes().all(|b| b.is_ascii_digit())
        }
        System::ClinVar => return None,
    })
}

/// Whether a code is a letter and so many digits; `None` for other forms, which are judged by their looks.
fn lettered(code: &str, letter: char, digits: std::ops::RangeInclusive<usize>) -> Option<bool> {
    let number = code.strip_prefix(letter)?;
    let sound = digits.contains(&number.len()) && number.bytes().all(|b| b.is_ascii_digit());
    sound.then_some(true)
}

/// An identifier of SNOMED CT: 6 to 18 digits, a partition of concepts or descriptions, and Verhoeff's check digit; or a
/// post-coordinated expression, which is longer.
fn is_snomed(code: &str) -> bool {
    let one = |id: &str| {
        let partition = id.len().checked_sub(3).and_then(|start| id.get(start..start + 2));
        (6..=18).contains(&id.len())
            && id.bytes().all(|b| b.is_ascii_digit())
            && partition
                .is_some_and(|partition| ["00", "01", "02", "10", "11", "12"].contains(&partition))
            && verhoeff(id)
    };
    let parts = code.split(|c: char| !c.is_ascii_digit()).filter(|part| !part.is_empty());
    let (mut all, mut count) = (true, 0);
    for part in parts {
        all &= one(part);
        count += 1;
    }
    all && count > 0 && code.bytes().all(|b| b.is_ascii_digit() || b" :=+,{}()|<".contains(&b))
}

/// J. Verhoeff, "Error detecting decimal codes", 1969: whether the last digit is right.
fn verhoeff(digits: &str) -> bool {
    const PERMUTE: [usize; 10] = [1, 5, 7, 6, 2, 8, 3, 0, 9, 4];
    // The product of the dihedral group D5: rotations 0 to 4, reflections 5 to 9.
    let multiply = |a: usize, b: usize| match (a < 5, b < 5) {
        (true, true) => (a + b) % 5,
        (true, false) => (a + b - 5) % 5 + 5,
        (false, true) => (a - 5 + 5 - b) % 5 + 5,
        (false, false) => (a + 5 - b) % 5,
    };
    let check = digits.bytes().rev().enumerate().fold(0, |check, (place, digit)| {
        let digit = (0..place % 8)
            .fold(usize::from(digit.wrapping_sub(b'0')) % 10, |digit, _| PERMUTE[digit]);
        multiply(check, digit)
    });
    check == 0
}

/// A National Drug Code: labeler, product and package.
fn is_drug_code(code: &str) -> bool {
    let parts: Vec<usize> = code
        .split('-')
        .filter(|part| part.bytes().all(|b| b.is_ascii_digit()))
        .map(str::len)
        .collect();
    matches!(parts.as_slice(), [4 | 5, 3 | 4, 1 | 2] | [4 | 5, 3 | 4])
}

/// A LOINC number with its check digit (mod 10 of Luhn), or an answer, part, list or group.
fn is_loinc(code: &str) -> bool {
    let lettered = ["LA", "LP", "LL", "LG"].iter().find_map(|letters| code.strip_prefix(letters));
    let Some((number, check)) = lettered.unwrap_or(code).split_once('-') else { return false };
    if number.len() > 7 || number.is_empty() || !number.bytes().all(|b| b.is_ascii_digit()) {
        return false;
    }
    if lettered.is_some() {
        return check.len() == 1 && check.bytes().all(|b| b.is_ascii_digit());
    }
    let sum: u32 = number
        .bytes()
        .rev()
        .enumerate()
        .map(|(place, digit)| {
            let digit = u32::from(digit - b'0') * if place % 2 == 0 { 2 } else { 1 };
            digit / 10 + digit % 10
        })
        .sum();
    check.parse() == Ok((10 - sum % 10) % 10)
}

/// A code whose system has no shape that is known here.
pub(crate) fn is_plain(code: &str) -> bool {
    let run = longest_run(code);
    code.len() <= LONGEST && run < 7
}

/// A code of one of FHIR's fixed lists, a language, a MIME type, a unit of time, a resource type: never a word with a capital and the
/// rest small, as a name is.
pub(crate) fn is_fixed(code: &str, is_resource_type: bool) -> bool {
    let shape = code.len() <= 64
        && code.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_./+<>=!|*%$&".contains(&b));
    let capital = code.starts_with(|c: char| c.is_ascii_uppercase());
    let all_capitals = code.len() <= 12 && !code.bytes().any(|b| b.is_ascii_lowercase());
    shape
        && longest_run(code) <= 4
        && code.bytes().filter(u8::is_ascii_digit).count() <= 6
        && (!capital || all_capitals || is_resource_type)
}

/// An id that a pseudonym can be: FHIR's characters, and nothing that is an identifier by its looks.
pub(crate) fn is_id(id: &str) -> bool {
    (1..=64).contains(&id.len())
        && id.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'.')
}

/// A social security or phone number as the whole of an id, a marked record number, or a date anywhere in it.
pub(crate) fn is_identifying_id(id: &str) -> bool {
    if is_uuid(id) {
        return false;
    }
    let groups: Vec<&str> = id.split(['-', '.', '_']).collect();
    let numeric = |group: &&str| !group.is_empty() && group.bytes().all(|b| b.is_ascii_digit());
    let lengths: Vec<usize> =
        groups.iter().map(|group| if numeric(group) { group.len() } else { 0 }).collect();
    let whole: [&[usize]; 7] =
        [&[3, 2, 4], &[3, 3, 4], &[3, 4], &[4, 2, 2], &[2, 2, 4], &[9], &[10]];
    let dated = |parts: &[&str]| {
        is_day(parts[0], parts[1], parts[2]) || is_day(parts[2], parts[0], parts[1])
    };
    let marked = id
        .get(..3)
        .is_some_and(|start| ["mrn", "ssn"].contains(&start.to_ascii_lowercase().as_str()));
    whole.contains(&lengths.as_slice())
        || groups.windows(3).any(dated)
        || groups.iter().any(|group| {
            let parts = (group.get(..4), group.get(4..6), group.get(6..8));
            matches!(parts, (Some(y), Some(m), Some(d)) if group.len() == 8 && is_day(y, m, d))
        })
        || (marked && id.bytes().any(|b| b.is_ascii_digit()))
}

/// Year, month and day of someone's life.
fn is_day(year: &str, month: &str, day: &str) -> bool {
    let number = |text: &str, length: usize| -> Option<u32> {
        (text.len() == length && text.bytes().all(|b| b.is_ascii_digit()))
            .then(|| text.parse().ok())
            .flatten()
    };
    matches!(
        (number(year, 4), number(month, 2), number(day, 2)),
        (Some(1900..=2099), Some(1..=12), Some(1..=31))
    )
}

const STATES: &str = include_str!("states.txt");

/// Whether a text is a state of the United States, by its name or its postal code.
pub(crate) fn is_us_state(text: &str) -> bool {
    let states =
        STATES.lines().filter(|line| !line.starts_with('#')).flat_map(|line| line.split(';'));
    states.filter_map(|state| state.split_once(' ')).any(|(code, name)| {
        code.eq_ignore_ascii_case(text.trim()) || name.eq_ignore_ascii_case(text.trim())
    })
}

/// Residues or bases, gaps and stops.
pub(crate) fn is_sequence(text: &str) -> bool {
    text.bytes().all(|b| b.is_ascii_alphabetic() || b"*-.".contains(&b))
        && !text.bytes().any(|b| b"jJ".contains(&b))
        && is_one_case(text)
}

fn is_one_case(text: &str) -> bool {
    !(text.bytes().any(|b| b.is_ascii_lowercase()) && text.bytes().any(|b| b.is_ascii_uppercase()))
}

pub(crate) fn is_time(text: &str) -> bool {
    text.len() >= 5
        && text.len() <= 18
        && text.bytes().enumerate().all(|(place, b)| {
            if [2, 5].contains(&place) { b == b':' } else { b.is_ascii_digit() || b == b'.' }
        })
}

/// Whether a URI begins with one that may pass, at the end of a part of it, and what comes after is no number.
pub(crate) fn is_allowed_uri<'s>(uri: &str, mut allowed: impl Iterator<Item = &'s str>) -> bool {
    allowed.any(|start| {
        uri.strip_prefix(start).is_some_and(|rest| {
            let ended = start.ends_with(['/', ':', '-', '#', '_'])
                || rest.is_empty()
                || rest.starts_with(['/', '#', '|', '-', ':', '?']);
            ended && longest_run(rest) < 9 && !rest.contains(['@', '?', ' '])
        })
    })
}

fn longest_run(text: &str) -> usize {
    text.split(|c: char| !c.is_ascii_digit()).map(str::len).max().unwrap_or(0)
}

/// The rule that a code breaks.
pub(crate) fn check(system: Option<System>, code: &str) -> Option<&'static Rule> {
    match fits(system, code) {
        Some(true) => None,
        Some(false) => Some(&rules::CODE),
        None => (!is_plain(code)).then_some(&rules::CODE),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_by_the_check_digits_of_their_systems() {
        let snomed = Some("http://snomed.info/sct");
        let loinc = Some("http://loinc.org");
        for (system, code, expected) in [
            (snomed, "254837009", Some(true)),
            (snomed, "254837008", Some(false)),
            (snomed, "1222806003", Some(true)),
            (snomed, "999188203", Some(false)),
            (snomed, "128462008:363698007=56873003", Some(false)),
            (snomed, "128462008:363698007=39607008", Some(true)),
            (loinc, "21908-9", Some(true)),
            (loinc, "84413-4", Some(true)),
            (loinc, "84413-3", Some(false)),
            (loinc, "LA6683-2", Some(true)),
            (loinc, "999-18-8203", Some(false)),
            (Some("http://hl7.org/fhir/sid/ndc"), "0409-6531-02", Some(true)),
            (Some("http://hl7.org/fhir/sid/ndc"), "999-18-8203", Some(false)),
            (Some("http://x.example"), "1", None),
        ] {
            assert_eq!(fits(system.and_then(System::of), code), expected, "{code}");
        }
    }
}
