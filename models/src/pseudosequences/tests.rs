#![allow(clippy::unwrap_used)]

use super::*;
use crate::data::tests::table;

const A2: &str = "YFAMYGEKVAHTHVDTLYVRYHYYTWAVLAYTWY";
const B7: &str = "YYSEYRNIYAQTDESNLYLSYDYYTWAERAYEWY";
const ALPHA_CHAIN: &str = "QEFFIASGAAVDAIM";
const BETA_CHAIN: &str = "WLFLECYDLQRATYHVGFT";

fn read(class: Class, files: &[(Format, &str)]) -> Result<BTreeMap<String, String>, DataError> {
    let root = tempfile::tempdir().unwrap();
    let names = ["first", "second"];
    let tables: Vec<Table> = (files.iter().zip(names))
        .map(|((format, text), name)| table(root.path(), *format, name, text.as_bytes()))
        .collect();
    read_pseudosequences(root.path(), &tables, class)
}

#[test]
fn the_newer_of_two_names_counts() {
    for rows in
        [format!("HLA-A0201,{B7}\nHLA-A02:01,{A2}"), format!("HLA-A02:01,{A2}\nHLA-A0201,{B7}")]
    {
        let text = format!(
            "allele,pseudosequence\n{rows}\nHLA-B0702,{B7}\nH-2-Kb,XX\nBoLA-1:00901,{A2}\n"
        );
        let found = read(Class::One, &[(Format::Pseudosequences, &text)]).unwrap();
        let expected = [("HLA-A*02:01", A2), ("HLA-B*07:02", B7)];
        assert_eq!(found, expected.map(|(name, s)| (name.to_owned(), s.to_owned())).into());
    }
}

#[test]
fn every_pair_of_chains_of_a_kind_is_a_molecule() {
    let alphas = [">DRA*01:01:01:01", ">DPA1*01:03", ">DPA1*02:01", ">DQA1*01:02"];
    let alphas = alphas.map(|name| format!("{name}\n{ALPHA_CHAIN}\n")).concat();
    let betas = [">DRB1*01:01:01", ">DRB5*01:01", ">DPB1*04:01", ">DQB1*06:02"];
    let betas = betas.map(|name| format!("{name}\n\n{BETA_CHAIN}\n")).concat();
    let format = Format::ChainPseudosequences;
    let found = read(Class::Two, &[(format, &alphas), (format, &betas)]).unwrap();
    let names: Vec<&str> = found.keys().map(String::as_str).collect();
    assert_eq!(
        names,
        [
            "HLA-DPA1*01:03-DPB1*04:01",
            "HLA-DPA1*02:01-DPB1*04:01",
            "HLA-DQA1*01:02-DQB1*06:02",
            "HLA-DRB1*01:01",
            "HLA-DRB5*01:01",
        ]
    );
    assert!(found.values().all(|sequence| *sequence == format!("{ALPHA_CHAIN}{BETA_CHAIN}")));
}

#[test]
fn the_first_of_equal_proteins_counts() {
    let alphas = format!(">DRA*01:01\n{ALPHA_CHAIN}\n");
    let other = BETA_CHAIN.replace('W', "A");
    let betas = format!(">DRB1*01:01:01\n{BETA_CHAIN}\n>DRB1*01:01:02\n{other}\n");
    let format = Format::ChainPseudosequences;
    let found = read(Class::Two, &[(format, &alphas), (format, &betas)]).unwrap();
    assert_eq!(found["HLA-DRB1*01:01"], format!("{ALPHA_CHAIN}{BETA_CHAIN}"));
}

#[test]
fn what_is_no_pseudo_sequence_is_refused() {
    let (one, two) = (Format::Pseudosequences, Format::ChainPseudosequences);
    let short = &A2[1..];
    for (class, files, said) in [
        (
            Class::One,
            vec![(one, format!("allele,pseudosequence\nHLA-A02:01,{short}\n"))],
            "first, line 2: expected a pseudo-sequence of 34",
        ),
        (
            Class::One,
            vec![(one, format!("allele,pseudosequence\nHLA-A02:01,X{short}\n"))],
            "first, line 2: expected a pseudo-sequence of 34",
        ),
        (
            Class::One,
            vec![(one, "allele,pseudosequence\n".to_owned()), (two, String::new())],
            "second: format ChainPseudosequences",
        ),
        (
            Class::Two,
            vec![(two, String::new()), (one, String::new())],
            "second: format Pseudosequences holds no pseudo-sequences of the recipe's class",
        ),
        (
            Class::Two,
            vec![(two, format!(">DRB1*01:01\n{ALPHA_CHAIN}\n"))],
            "first, line 2: expected 19 standard residues",
        ),
        (
            Class::Two,
            vec![(two, format!(">DPA1*01:03\n{BETA_CHAIN}\n"))],
            "first, line 2: expected 15 standard residues",
        ),
        (
            Class::Two,
            vec![(two, format!(">DRB1*01:01\n{}\n", BETA_CHAIN.replace('W', "X")))],
            "expected 19 standard residues",
        ),
        (
            Class::Two,
            vec![(two, format!("\n{ALPHA_CHAIN}\n"))],
            "first, line 2: expected a name before the sequence",
        ),
    ] {
        let files: Vec<(Format, &str)> =
            files.iter().map(|(f, text)| (*f, text.as_str())).collect();
        let error = read(class, &files).unwrap_err().to_string();
        assert!(error.contains(said), "{error}");
    }
}
