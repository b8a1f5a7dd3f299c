#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout)]

use super::*;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

#[test]
fn names_are_brought_into_one_form() {
    let (dr, dp) = ("HLA-DRB1*01:01", "HLA-DPA1*01:03-DPB1*04:01");
    let (dq, trans) = ("HLA-DQA1*05:01-DQB1*02:01", "HLA-DQA1*03:01-DQB1*04:01");
    for (text, expected) in [
        ("HLA-DRB1*01:01", dr),
        ("DRB1_0101", dr),
        ("DRB1_01_01", dr),
        ("DRB10101", dr),
        (" hla-drb1*01:01 ", dr),
        ("DRB1*01:01:01", dr),
        ("DRB1*01:01:01/DRB1*01:01:02", dr),
        ("HLA-DRA*01:01/DRB1*01:01", dr),
        ("HLA-DRA*01:01:01:01-DRB1*01:01", dr),
        ("HLA-DRA1*01:01-DRB1*01:01", dr),
        ("HLA-DRA10101-DRB10101", dr),
        ("HLA-DRB1*01:01-DRA*01:01", dr),
        ("DRA*01:02/DRB1*01:01", "HLA-DRA*01:02-DRB1*01:01"),
        ("DRB1*14:02", "HLA-DRB1*14:02"),
        ("DRB3*02:02", "HLA-DRB3*02:02"),
        ("DRB4_0103", "HLA-DRB4*01:03"),
        ("HLA-DRB5*01:01", "HLA-DRB5*01:01"),
        ("HLA-DPA10103-DPB10401", dp),
        ("DPA1*01:03-DPB1*04:01", dp),
        ("HLA-DPA1*01:03/DPB1*04:01", dp),
        ("HLA-DPA1*01:03/HLA-DPB1*04:01", dp),
        ("HLA-DPA1*01:03-HLA-DPB1*04:01", dp),
        ("HLA-DPA101:03-DPB104:01", dp),
        ("DPA1_01_03__DPB1_04_01", dp),
        ("DPA1*01:03:01:01 / DPB1*04:01:01:01", dp),
        ("DPB1*04:01/DPA1*01:03", dp),
        ("DPA1*02:01-DPB1*105:01", "HLA-DPA1*02:01-DPB1*105:01"),
        ("HLA-DQA1*05:01-DQB1*02:01", dq),
        ("HLA-DQA10501-DQB10201", dq),
        ("DQA1*03:01-DQB1*04:01", trans),
        ("DQA1*01:07Q-DQB1*05:01", "HLA-DQA1*01:07-DQB1*05:01"),
    ] {
        let molecule = ClassTwoMolecule::parse(text).unwrap_or_else(|e| panic!("{text}: {e}"));
        assert_eq!(molecule.to_string(), expected, "{text}");
        assert_eq!(expected.parse(), Ok(molecule), "display and parse are inverse");
    }
    let dr = ClassTwoMolecule::parse(dr).unwrap();
    assert_eq!((dr.alpha(), dr.beta(), dr.isotype()), ("DRA*01:01", "DRB1*01:01", "DR"));
    let dp = ClassTwoMolecule::parse(dp).unwrap();
    assert_eq!((dp.alpha(), dp.beta(), dp.isotype()), ("DPA1*01:03", "DPB1*04:01", "DP"));
}

#[test]
fn what_is_no_molecule_is_refused() {
    for (text, said) in [
        ("HLA-DPB1*06:01", "HLA-DPB1*06:01 is a beta chain alone: name the alpha chain"),
        ("HLA-DQB1*06:04", "HLA-DQB1*06:04 is a beta chain alone: name the alpha chain"),
        ("DPA1*01:03", "HLA-DPA1*01:03 is an alpha chain alone: name the beta chain"),
        ("DRA*01:01", "HLA-DRA*01:01 is an alpha chain alone"),
        ("DPA1*01:03-DQB1*02:01", "HLA-DPA1*01:03 and HLA-DQB1*02:01 form no molecule"),
        ("DPA1*01:03-DRB1*01:01", "form no molecule: expected DRA with DRB1"),
        ("DRB1*01:01/DRB1*03:01", "HLA-DRB1*01:01 and HLA-DRB1*03:01 are both beta chains"),
        ("DPA1*01:03/DPA1*02:01/DPB1*04:01", "are both alpha chains"),
        ("HLA-A*02:01", "HLA-A*02:01 is of class I"),
        ("DRB4*01:03:01:02N", "HLA-DRB4*01:03:01:02N is not expressed"),
        ("DRB2*01:01", "not expressed"),
        ("DPA1*01:03-DPB1*61:01N", "HLA-DPB1*61:01N is not expressed"),
        ("HLA-DR1", "serological antigen"),
        ("DRB1*01", "one field"),
        ("DRB1_01", "one field"),
        ("DPA1*01:03-", "empty HLA allele"),
        ("HLA-", "empty HLA allele"),
        ("HLA", "empty HLA allele"),
        ("", "empty HLA allele"),
        ("H2-IAb", "a text of 2 characters is no HLA allele"),
    ] {
        let error = ClassTwoMolecule::parse(text).expect_err(text).to_string();
        assert!(error.contains(said), "{text}: {error}");
    }
}

#[test]
fn a_caller_may_know_the_alpha_chain() {
    let allele = |text: &str| HlaAllele::parse(text).unwrap();
    let with = |text, alpha: Option<&str>| {
        ClassTwoMolecule::parse_with_alpha(text, |_| alpha.map(allele)).map(|m| m.to_string())
    };
    let found = with("HLA-DPB1*06:01", Some("DPA1*01:03"));
    assert_eq!(found.as_deref(), Ok("HLA-DPA1*01:03-DPB1*06:01"));
    // Not asked where the name says it.
    let found = with("DPA1*02:01-DPB1*06:01", Some("DPA1*01:03"));
    assert_eq!(found.as_deref(), Ok("HLA-DPA1*02:01-DPB1*06:01"));
    assert_eq!(with("DRB1*01:01", Some("DPA1*01:03")).as_deref(), Ok("HLA-DRB1*01:01"));
    let beta = "HLA-DPB1*06:01".to_owned();
    assert_eq!(with("DPB1*06:01", None), Err(MoleculeError::BetaAlone { beta: beta.clone() }));
    let alpha = "HLA-DQA1*01:02".to_owned();
    assert_eq!(
        with("DPB1*06:01", Some("DQA1*01:02")),
        Err(MoleculeError::Unpaired { alpha, beta })
    );
}

#[test]
fn molecules_of_a_genotype() {
    let molecules = |alleles: &[&str]| {
        let alleles: Vec<_> = alleles.iter().map(|text| HlaAllele::parse(text).unwrap()).collect();
        let found = ClassTwoMolecule::of_genotype(&alleles);
        found.iter().map(ToString::to_string).collect::<Vec<_>>()
    };
    let found = molecules(&[
        "A*02:01",
        "DRB1*15:01",
        "DRB1*04:01:01",
        "DRB5*01:01",
        "DRB4*01:03:01:02N",
        "DRB3*02:02",
        "DQB1*06:02",
        "DQB1*03:02",
        "DQA1*01:02",
        "DQA1*03:01",
        "DPA1*01:03",
        "DPA1*01:03:02",
        "DPB1*04:01",
        "DPB1*02:01",
        "DRA*01:01",
    ]);
    assert_eq!(
        found,
        [
            "HLA-DRB1*15:01",
            "HLA-DRB1*04:01",
            "HLA-DRB5*01:01",
            "HLA-DRB3*02:02",
            "HLA-DQA1*01:02-DQB1*06:02",
            "HLA-DQA1*01:02-DQB1*03:02",
            "HLA-DQA1*03:01-DQB1*06:02",
            "HLA-DQA1*03:01-DQB1*03:02",
            "HLA-DPA1*01:03-DPB1*04:01",
            "HLA-DPA1*01:03-DPB1*02:01",
        ]
    );
    assert_eq!(molecules(&["DRB1*01:01", "DRB1*01:01"]), ["HLA-DRB1*01:01"]);
    // A chain without its partner makes no molecule.
    assert!(molecules(&["DQB1*06:02", "DPA1*01:03", "B*07:02"]).is_empty());
}

fn shared(path: &str) -> Option<PathBuf> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data").join(path);
    if path.exists() {
        return Some(path);
    }
    println!("skipped: {} is not there", path.display());
    None
}

/// Distinct values of a column of a CSV file without quotes.
fn column(path: &Path, name: &str) -> BTreeSet<String> {
    let text = std::fs::read_to_string(path).unwrap();
    let mut lines = text.lines().map(|line| line.split(',').collect::<Vec<_>>());
    let place = lines.next().unwrap().iter().position(|title| *title == name).unwrap();
    lines.map(|line| line[place].to_owned()).collect()
}

/// How many names are read, by isotype; all of them must be, and no two names are one molecule.
fn isotypes(names: &BTreeSet<String>) -> BTreeMap<&'static str, usize> {
    let molecules: BTreeSet<_> = names
        .iter()
        .map(|name| ClassTwoMolecule::parse(name).unwrap_or_else(|e| panic!("{name}: {e}")))
        .collect();
    assert_eq!(molecules.len(), names.len(), "{molecules:?}");
    let mut counts = BTreeMap::new();
    for molecule in &molecules {
        *counts.entry(molecule.isotype()).or_default() += 1;
    }
    counts
}

#[test]
fn names_of_the_benchmarks() {
    for (path, title, expected) in [
        ("class2-benchmark/test_data.csv", "HLA", [("DP", 13), ("DQ", 25), ("DR", 46)]),
        (
            "hlaiipred/strazar_hlaiipred_benchmark.csv",
            "allele",
            [("DP", 13), ("DQ", 20), ("DR", 9)],
        ),
    ] {
        let Some(path) = shared(path) else { continue };
        let found = isotypes(&column(&path, title));
        assert_eq!(found, BTreeMap::from(expected), "{}", path.display());
    }
    let Some(path) = shared("class2-benchmark/hla_sequnence_dict.csv") else { return };
    let text = std::fs::read_to_string(path).unwrap();
    let names = text.lines().filter_map(|line| line.split('"').nth(1).map(str::to_owned));
    let found: usize = isotypes(&names.collect()).values().sum();
    assert_eq!(found, 95);
}

/// These tables name the beta chain of DP and DQ only.
#[test]
fn names_of_the_monoallelic_tables() {
    let Some(path) = shared("maptac/abelin_2019_maptac_class2.csv") else { return };
    let names = column(&path, "mhc_restriction");
    let (alone, whole): (BTreeSet<_>, _) = names.into_iter().partition(|name| {
        matches!(name.parse(), Err::<ClassTwoMolecule, _>(MoleculeError::BetaAlone { .. }))
    });
    assert_eq!(alone.iter().collect::<Vec<_>>(), ["HLA-DPB1*06:01", "HLA-DQB1*06:04"]);
    assert_eq!(isotypes(&whole), BTreeMap::from([("DR", 8)]));
    let alpha = |beta: &HlaAllele| {
        let alpha = if beta.locus() == "DPB1" { "DPA1*01:03" } else { "DQA1*01:02" };
        HlaAllele::parse(alpha).ok()
    };
    for name in alone {
        ClassTwoMolecule::parse_with_alpha(&name, alpha).unwrap();
    }
    let Some(path) = shared("maptac/abelin_2019_maptac_class1.csv") else { return };
    for name in column(&path, "mhc_restriction") {
        let error = ClassTwoMolecule::parse(&name).expect_err(&name);
        assert!(matches!(error, MoleculeError::ClassOne { .. }), "{error}");
    }
}

/// Every chain of the tables of pseudo-sequences is a chain of a molecule.
#[test]
fn chains_of_the_pseudosequences() {
    for (file, expected) in
        [("DRA_DPA_DQA_pseudosequence.fasta", 45), ("DRB_DPB_DQB_pseudosequence.fasta", 424)]
    {
        let Some(path) = shared(&format!("hlaiipred/{file}")) else { return };
        let text = std::fs::read_to_string(path).unwrap();
        let mut count = 0;
        for name in text.lines().filter_map(|line| line.strip_prefix('>')) {
            let alone = match ClassTwoMolecule::parse(name) {
                Ok(molecule) => molecule.isotype() == "DR" && name.starts_with("DRB"),
                Err(MoleculeError::AlphaAlone { alpha }) => alpha.contains('A'),
                Err(MoleculeError::BetaAlone { beta }) => beta.contains("B1"),
                Err(error) => panic!("{name}: {error}"),
            };
            assert!(alone, "{name}");
            count += 1;
        }
        assert_eq!(count, expected, "{file}");
    }
}
