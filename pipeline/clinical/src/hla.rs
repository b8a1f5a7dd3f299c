//! HLA observations: which ones they are, the allele texts that they report, and one report a patient.
//!
//! Sources: LOINC; Genomics Reporting IG 3.0.0 (genotype and haplotype profiles); GL String grammar of
//! Milius et al., Tissue Antigens 82 (2013) 106-112, in which `^` joins loci and `+` the two copies of one,
//! while `|`, `/` and `~` bind what cannot be told apart or stands together.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::{
    element::{LOINC, codings, has_code, items},
    rule::{Finding, HLA_CONFLICT, HLA_SPELLING, HLA_TEXT, HLA_VALUE, Rule},
};

const GENOTYPE: &str = "84413-4";
const HAPLOTYPE: &str = "84414-2";
const GENE_STUDIED: &str = "48018-6";

/// `HLA-x [Type] by High resolution`, for A, B, C (57297-4 is NMDP's code for C), DRB1, DRB3-5, DQB1, DPB1, DPA1, DQA1.
const LOCUS_TYPING: [&str; 12] = [
    "57290-9", "57291-7", "77636-9", "57297-4", "57293-3", "57294-1", "57295-8", "57296-6",
    "57299-0", "59017-4", "59018-2", "59019-0",
];

/// Loci as they stand in allele names and serological antigens.
const LOCI: [&str; 24] = [
    "A", "B", "C", "Cw", "DM", "DMA", "DMB", "DO", "DOA", "DOB", "DP", "DPA1", "DPB1", "DQ",
    "DQA1", "DQB1", "DR", "DRA", "DRB1", "DRB3", "DRB4", "DRB5", "MICA", "MICB",
];

/// A genotype lists both copies of a locus, a haplotype one.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(crate) enum Kind {
    Genotype,
    Haplotype,
}

/// The allele texts of one observation, as reported; homozygous ones twice.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Typing {
    pub(crate) kind: Kind,
    pub(crate) texts: Vec<String>,
}

/// Whether an Observation reports HLA alleles.
pub(crate) fn is_hla(observation: &Value) -> bool {
    let named = |owner: &Value| has_code(&owner["code"], LOINC, &LOCUS_TYPING);
    let genetic = has_code(&observation["code"], LOINC, &[GENOTYPE, HAPLOTYPE]);
    named(observation)
        || items(&observation["component"]).any(named)
        || genetic && (studies_hla_gene(observation) || names_hla(observation))
}

/// Reads the typing of an HLA Observation; `None` when it says that there is no result.
pub(crate) fn read(observation: &Value) -> Result<Option<Typing>, Finding> {
    let kind = if has_code(&observation["code"], LOINC, &[HAPLOTYPE]) {
        Kind::Haplotype
    } else {
        Kind::Genotype
    };
    let mut texts = value_texts(observation, "Observation")?;
    let mut in_components = Vec::new();
    for (index, component) in items(&observation["component"]).enumerate() {
        if reports_alleles(component) {
            let path = format!("Observation.component[{index}]");
            in_components.extend(value_texts(component, &path)?);
        }
    }
    add_missing(&mut texts, &in_components);
    match (texts.is_empty(), observation["dataAbsentReason"].is_object()) {
        (false, _) => Ok(Some(Typing { kind, texts })),
        (true, true) => Ok(None),
        (true, false) => Err(Finding::new("Observation.value", &HLA_VALUE)),
    }
}

/// What each typing of one patient adds to the report, in the order given.
///
/// Genotypes come first. A text is reported as often as the genotype says that has it most often; a haplotype
/// adds a text once, and only where no genotype and no haplotype before it has reported that text.
pub(crate) fn merge(typings: &[&Typing]) -> Vec<Vec<String>> {
    let mut report = Vec::new();
    let mut added = vec![Vec::new(); typings.len()];
    for wanted in [Kind::Genotype, Kind::Haplotype] {
        for (typing, added) in typings.iter().zip(&mut added) {
            if typing.kind == wanted {
                *added = add_missing(&mut report, &typing.texts);
            }
        }
    }
    added
}

/// Adds texts until `report` has each as often as `texts` has; gives back what was added.
fn add_missing(report: &mut Vec<String>, texts: &[String]) -> Vec<String> {
    let mut reported = BTreeMap::new();
    for text in report.iter() {
        *reported.entry(text.clone()).or_insert(0_usize) += 1;
    }
    let mut added = texts.to_vec();
    added.retain(|text| match reported.get_mut(text) {
        Some(left @ 1..) => {
            *left -= 1;
            false
        }
        _ => true,
    });
    report.extend(added.iter().cloned());
    added
}

/// What a patient's typings disagree on, or write wrongly: the place of the typing in the list, and the rule.
///
/// Two haplotypes of a locus have to be the two copies of its genotype, as far as the less precise names go.
pub(crate) fn faults(typings: &[&Typing]) -> Vec<(usize, &'static Rule)> {
    let mut faults = Vec::new();
    for (place, typing) in typings.iter().enumerate() {
        if typing.texts.iter().any(|text| allele(text).is_some_and(|(_, _, spelling)| !spelling)) {
            faults.push((place, &HLA_SPELLING));
        }
        let loci: BTreeSet<&str> =
            typing.texts.iter().filter_map(|text| allele(text)).map(|(locus, ..)| locus).collect();
        let of = |kind: Kind, locus: &str| -> Vec<Vec<&str>> {
            let given = typings
                .iter()
                .filter(|typing| typing.kind == kind)
                .flat_map(|typing| &typing.texts);
            given
                .filter_map(|text| allele(text))
                .filter(|(of, ..)| *of == locus)
                .map(|(_, fields, _)| fields)
                .collect()
        };
        let disagrees = |locus: &&str| {
            let own: Vec<_> = typing
                .texts
                .iter()
                .filter_map(|text| allele(text))
                .filter(|(of, ..)| of == locus)
                .map(|(_, fields, _)| fields)
                .collect();
            let haplotypes = of(Kind::Haplotype, locus);
            match (own.as_slice(), haplotypes.as_slice()) {
                ([a, b], [c, d]) => !(agree(a, c) && agree(b, d) || agree(a, d) && agree(b, c)),
                _ => false,
            }
        };
        if typing.kind == Kind::Genotype && loci.iter().any(disagrees) {
            faults.push((place, &HLA_CONFLICT));
        }
    }
    faults
}

/// Locus and fields of a single allele, and whether it is spelt with its `*`. `None` for ambiguities, which are not compared.
fn allele(text: &str) -> Option<(&str, Vec<&str>, bool)> {
    let name = text.strip_prefix("HLA-").unwrap_or(text);
    if name.contains(['/', '|', '~', '+']) {
        return None;
    }
    let end = name.find(['*', ':'])?;
    let (locus, rest) = name.split_at(end);
    let fields = rest[1..]
        .split(':')
        .map(|field| field.trim_end_matches(|c: char| c.is_ascii_uppercase()))
        .collect();
    Some((locus, fields, rest.starts_with('*')))
}

fn agree(a: &[&str], b: &[&str]) -> bool {
    a.iter().zip(b).all(|(a, b)| a == b)
}

fn studies_hla_gene(observation: &Value) -> bool {
    items(&observation["component"])
        .filter(|component| has_code(&component["code"], LOINC, &[GENE_STUDIED]))
        .flat_map(|component| codings(&component["valueCodeableConcept"]))
        .any(|gene| {
            gene["display"].as_str().is_some_and(|d| d.starts_with("HLA-")) || is_hgnc_hla(gene)
        })
}

/// HGNC:4931-4933 are HLA-A, -B and -C; 4938-4953 hold DPA1, DPB1, DQA1, DQB1, DRA and DRB1-DRB5.
fn is_hgnc_hla(gene: &Value) -> bool {
    let number = gene["code"].as_str().and_then(|code| code.strip_prefix("HGNC:")?.parse().ok());
    matches!(number, Some(4931..=4933 | 4938 | 4940 | 4942 | 4944 | 4947 | 4948 | 4951..=4953))
}

/// Whether the value itself speaks of HLA, where the gene is not named.
fn names_hla(observation: &Value) -> bool {
    let hla_system = |coding: &Value| {
        coding["system"]
            .as_str()
            .is_some_and(|system| system.trim_end_matches('/').ends_with("imgt/hla"))
    };
    codings(&observation["valueCodeableConcept"]).any(hla_system)
        || candidates(observation).any(|text| text.starts_with("hla#") || text.starts_with("HLA-"))
}

fn reports_alleles(component: &Value) -> bool {
    has_code(&component["code"], LOINC, &LOCUS_TYPING)
        || has_code(&component["code"], LOINC, &[GENOTYPE, HAPLOTYPE])
}

/// The allele texts of a value: its first form that reads as alleles. No value, no texts.
fn value_texts(owner: &Value, path: &str) -> Result<Vec<String>, Finding> {
    let mut given = false;
    for candidate in candidates(owner) {
        given = true;
        let texts = split(candidate);
        if !texts.is_empty() && texts.iter().all(|text| is_reported(text)) {
            return Ok(texts);
        }
    }
    if given { Err(Finding::new(format!("{path}.value"), &HLA_TEXT)) } else { Ok(Vec::new()) }
}

/// Forms of one value, best first: GL String, codes, displays (opaque codes such as HGG00041 have the allele only
/// there), text.
fn candidates(owner: &Value) -> impl Iterator<Item = &str> {
    let concept = &owner["valueCodeableConcept"];
    let is_gl = |coding: &&Value| {
        coding["system"].as_str().is_some_and(|system| system.contains("glstring.org"))
    };
    codings(concept)
        .filter(is_gl)
        .map(|coding| &coding["code"])
        .chain(codings(concept).map(|coding| &coding["code"]))
        .chain(codings(concept).map(|coding| &coding["display"]))
        .chain([&concept["text"], &owner["valueString"]])
        .filter_map(Value::as_str)
}

/// Cuts a GL String, or a plain list, into the texts of single alleles. A locus with genotype ambiguity (`|`)
/// stays whole, since its `+` belong to the alternatives.
fn split(value: &str) -> Vec<String> {
    value_of_gl_code(value)
        .split(|c: char| "^,;".contains(c) || c.is_whitespace())
        .flat_map(
            |locus| {
                if locus.contains('|') { vec![locus] } else { locus.split('+').collect() }
            },
        )
        .filter(|text| !text.is_empty())
        .map(str::to_owned)
        .collect()
}

/// `hla#3.23.0#GL` is a GL String Code: namespace, version, GL String.
fn value_of_gl_code(value: &str) -> &str {
    let mut parts = value.splitn(3, '#');
    match (parts.next(), parts.next(), parts.next()) {
        (Some("hla"), Some(_), Some(gl)) => gl,
        _ => value,
    }
}

/// Whether a text has the shape of an allele or of an ambiguity among alleles. What the name is worth is for the
/// nomenclature to say; here free text, which may identify a person, is kept out.
fn is_reported(text: &str) -> bool {
    let mut parts = text.split(['/', '|', '~', '+']);
    parts.next().is_some_and(is_allele) && parts.all(|part| is_allele(part) || is_fields(part))
}

fn is_allele(text: &str) -> bool {
    let name = text.strip_prefix("HLA-").unwrap_or(text);
    LOCI.iter().filter_map(|locus| name.strip_prefix(locus)).any(|rest| {
        // Laboratories do write `:` where the `*` belongs.
        let fields = rest.strip_prefix(['*', ':']).unwrap_or(rest);
        is_fields(fields)
    })
}

/// Up to four fields, the first of digits: `02:01:01:02L`, `02:01:01G`, `02:DJBX`, or a serological `44`.
fn is_fields(text: &str) -> bool {
    let fields: Vec<&str> = text.split(':').collect();
    let short = |field: &&str| {
        (1..=6).contains(&field.len())
            && field.bytes().all(|b| b.is_ascii_digit() || b.is_ascii_uppercase())
    };
    let first = fields[0].trim_end_matches(|c: char| c.is_ascii_uppercase());
    fields.len() <= 4
        && fields.iter().all(short)
        && (1..=4).contains(&first.len())
        && first.bytes().all(|b| b.is_ascii_digit())
}

#[cfg(test)]
mod tests;
