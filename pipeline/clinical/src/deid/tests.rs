//! What the search finds in text, and what it leaves alone.
#![allow(clippy::unwrap_used, clippy::panic)]

use super::{codes, rules, text::Scanner};

#[test]
fn labels_of_medicine_and_genomics_pass() {
    let mut scanner = Scanner::new().unwrap();
    for text in [
        "Malignant neoplasm of breast (disorder)",
        "24 HR Metoprolol Tartrate 100 MG Oral Tablet",
        "penicillin G benzathine 1200000 UNT/ML",
        "0.3 ML enoxaparin sodium 100 MG/ML Prefilled Syringe",
        "American Joint Committee on Cancer stage IIIC (qualifier value)",
        "NM_000059.3(BRCA2):c.5946del",
        "NC_000017.11:g.43044295A>G",
        "chr17:43044295-43125364",
        "rs121913529",
        "ENST00000357654",
        "p.(Gly12Asp)",
        "HLA-A*02:01:01:02L",
        "hla#3.23.0#HLA-A:01:01G+HLA-A*01:02",
        "HGNC:11117",
        "SO:0001743",
        "MONDO:0012624",
        "NCT04919811",
        "1/1000000",
        "NP_001294869.1:p.(Pro144Ser)",
        "1/1000000{Base}",
        "6-month follow-up",
        "FOLFOX-6, cycle 12 of 12",
        "Ki-67 20-30%",
        "pT1c pN0(sn) cM0",
        "Gleason 3+4=7",
        "1 in 4,000",
        "2020",
        "May be repeated",
        "89 years old",
        "Patient referral for dental care",
        "Stage I",
        "Dr",
        "ACGTACGTACGTACGTACGTACGTACGTACGTACGTACGTACGTACGTACGT",
        "2.16.840.1.113883.6.238",
        "version 1.2.3",
        "Diabetes mellitus type 2",
        "T-lymphocyte CD4+ count < 200 cells/uL",
    ] {
        assert_eq!(scanner.scan(text), None, "{text}");
    }
}

#[test]
fn names_that_records_give_are_found_side_by_side() {
    let mut scanner = Scanner::new().unwrap();
    assert_eq!(scanner.scan("buccal swab from Xylandra Quuxley"), None);
    scanner.learn("Xylandra");
    scanner.learn("Quuxley");
    scanner.learn("Bone");
    for (text, found) in [
        ("buccal swab from Xylandra Quuxley", true),
        ("Quuxley, Xylandra", true),
        ("Quuxley", true),
        ("Bone marrow", false),
        ("Bone", true),
        ("xylandra quuxley", false),
    ] {
        assert_eq!(scanner.scan(text), found.then_some(&rules::TEXT_NAME), "{text}");
    }
}

#[test]
fn codes_by_the_check_digits_of_their_systems() {
    let snomed = Some("http://snomed.info/sct");
    let loinc = Some("http://loinc.org");
    for (system, code, fits) in [
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
        assert_eq!(codes::fits(system, code), fits, "{code}");
    }
}
