//! HLA texts in each of their forms.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
use serde_json::json;

use super::*;

fn observation(code: &str, value: &Value) -> Value {
    let mut observation = json!({"resourceType": "Observation", "code": {"coding": [{"system": LOINC, "code": code}]}});
    for (key, value) in value.as_object().unwrap() {
        observation[key] = value.clone();
    }
    observation
}

fn concept(system: &str, code: &str, display: &str) -> Value {
    json!({"valueCodeableConcept": {"coding": [{"system": system, "code": code, "display": display}]}})
}

#[test]
fn texts_of_each_form_of_value() {
    let gl = "http://glstring.org";
    let imgt = "http://www.ebi.ac.uk/ipd/imgt/hla";
    for (value, expected) in [
        (
            concept(gl, "hla#3.23.0#HLA-A:01:01G+HLA-A*01:02", ""),
            vec!["HLA-A:01:01G", "HLA-A*01:02"],
        ),
        (
            concept(gl, "hla#3.23.0#HLA-A*02:01+HLA-A*02:01^HLA-B*07:02+HLA-B*08:01", ""),
            vec!["HLA-A*02:01", "HLA-A*02:01", "HLA-B*07:02", "HLA-B*08:01"],
        ),
        (
            concept(gl, "hla#3.23.0#HLA-A*02:01/HLA-A*02:09+HLA-A*03:01", ""),
            vec!["HLA-A*02:01/HLA-A*02:09", "HLA-A*03:01"],
        ),
        (
            concept(gl, "hla#3.23.0#HLA-A*02:01+HLA-A*03:01|HLA-A*02:09+HLA-A*03:05", ""),
            vec!["HLA-A*02:01+HLA-A*03:01|HLA-A*02:09+HLA-A*03:05"],
        ),
        (
            concept(gl, "hla#3.23.0#HLA-DRB3*01:01~HLA-DRB1*03:01", ""),
            vec!["HLA-DRB3*01:01~HLA-DRB1*03:01"],
        ),
        (concept(imgt, "HGG00041", "HLA-B*15:01:01G"), vec!["HLA-B*15:01:01G"]),
        (concept(imgt, "A*24:02", "HLA-A*24:02"), vec!["A*24:02"]),
        (
            concept("http://www.ncbi.nlm.nih.gov/clinvar", "14909", "HLA-B*15:02"),
            vec!["HLA-B*15:02"],
        ),
        (
            json!({"valueString": "HLA-A*02:01, A*24:02:01:02L"}),
            vec!["HLA-A*02:01", "A*24:02:01:02L"],
        ),
        (json!({"valueString": "A*02:01 + A*24:02"}), vec!["A*02:01", "A*24:02"]),
        (json!({"valueCodeableConcept": {"text": "HLA-C*07:02"}}), vec!["HLA-C*07:02"]),
        (json!({"valueString": "B44"}), vec!["B44"]),
        (
            json!({"component": [
            {"code": {"coding": [{"system": LOINC, "code": "57290-9"}]}, "valueString": "A*02:01"},
            {"code": {"coding": [{"system": LOINC, "code": "57290-9"}]}, "valueString": "A*02:01"},
            {"code": {"coding": [{"system": LOINC, "code": GENE_STUDIED}]}, "valueString": "HLA-A"}]}),
            vec!["A*02:01", "A*02:01"],
        ),
    ] {
        let typing = read(&observation("57290-9", &value)).unwrap().unwrap();
        assert_eq!(typing.texts, expected, "{value}");
    }
}

#[test]
fn free_text_is_refused_and_an_absent_result_is_none() {
    for (value, rule) in [
        (json!({"valueString": "Jenny M"}), &HLA_TEXT),
        (json!({"valueString": "MRN1234"}), &HLA_TEXT),
        (json!({"valueString": "A12345678"}), &HLA_TEXT),
        (json!({"valueString": "HLA-A*02:01 Jenny"}), &HLA_TEXT),
        (json!({"valueString": ""}), &HLA_TEXT),
        (concept("http://www.ebi.ac.uk/ipd/imgt/hla", "*2", ""), &HLA_TEXT),
        (json!({"valueInteger": 7}), &HLA_VALUE),
    ] {
        assert_eq!(read(&observation("57290-9", &value)).unwrap_err().rule, rule, "{value}");
    }
    assert_eq!(read(&observation("57290-9", &json!({"dataAbsentReason": {}}))), Ok(None));
}

#[test]
fn genotypes_of_other_genes_are_not_hla() {
    let gene = |code: &str| {
        json!({"component": [{"code": {"coding": [{"system": LOINC, "code": GENE_STUDIED}]},
            "valueCodeableConcept": {"coding": [{"code": code}]}}]})
    };
    for (code, value, expected) in [
        (GENOTYPE, gene("HGNC:4931"), true),
        (GENOTYPE, gene("HGNC:2621"), false),
        (GENOTYPE, json!({"valueString": "hla#3.23.0#HLA-A*01:01"}), true),
        (HAPLOTYPE, concept("http://www.ebi.ac.uk/ipd/imgt/hla", "HGG00041", ""), true),
        (HAPLOTYPE, json!({"valueString": "CYP2C19*2"}), false),
        ("77636-9", json!({}), true),
        ("69548-6", gene("HGNC:4931"), false),
    ] {
        assert_eq!(is_hla(&observation(code, &value)), expected, "{code} {value}");
    }
}

#[test]
fn repeated_reports_of_one_patient() {
    let typing = |kind, texts: &[&str]| Typing {
        kind,
        texts: texts.iter().map(|&t| t.to_owned()).collect(),
    };
    let haplotype = |text| typing(Kind::Haplotype, &[text]);
    let genotype = |a, b| typing(Kind::Genotype, &[a, b]);
    for (name, typings, expected) in [
        ("homozygous genotype", vec![genotype("A1", "A1")], vec![vec!["A1", "A1"]]),
        (
            "typed twice",
            vec![genotype("A1", "A2"), genotype("A1", "A2")],
            vec![vec!["A1", "A2"], vec![]],
        ),
        (
            "genotypes that differ",
            vec![genotype("A1", "A2"), genotype("A2", "A2")],
            vec![vec!["A1", "A2"], vec!["A2"]],
        ),
        (
            "haplotypes of a genotype",
            vec![haplotype("A1"), haplotype("A2"), genotype("A1", "A2")],
            vec![vec![], vec![], vec!["A1", "A2"]],
        ),
        (
            "haplotype that differs",
            vec![haplotype("A3"), genotype("A1", "A2")],
            vec![vec!["A3"], vec!["A1", "A2"]],
        ),
        ("equal haplotypes", vec![haplotype("A1"), haplotype("A1")], vec![vec!["A1"], vec![]]),
    ] {
        assert_eq!(merge(&typings.iter().collect::<Vec<_>>()), expected, "{name}");
    }
}
