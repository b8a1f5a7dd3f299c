#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stderr)]

use super::*;

fn check(content: &str, expected: &[&str]) {
    let Ok(found) = alleles(content) else { panic!("refused: {content}") };
    assert_eq!(found, expected, "{content}");
}

fn check_malformed(content: &str, said: &str) {
    let Err(Refusal::Malformed(reason)) = alleles(content) else {
        panic!("not malformed: {content}")
    };
    assert!(reason.contains(said), "{reason}");
}

const OPTITYPE: &str = "\tA1\tA2\tB1\tB2\tC1\tC2\tReads\tObjective\n\
    0\tA*02:01\tA*24:02\tB*07:02\tB*07:02\tC*07:02\t\t1127.0\t1100.2\n\
    1\tA*02:06\tA*24:02\tB*07:02\tB*07:02\tC*07:02\tC*07:02\t1120.0\t1090.0\n";

#[test]
fn formats_are_seen_from_the_content() {
    check(OPTITYPE, &["A*02:01", "A*24:02", "B*07:02", "B*07:02", "C*07:02"]);
    check(
        "A\tHLA-A*02:01:01\tHLA-A*24:02:01\r\nB\tHLA-B*07:02:01\t-\r\nC\tNot typed\tNot typed\r\n\
         H\tHLA-H*01:01\t-\r\nDRB1\tHLA-DRB1*15:01:01\tHLA-DRB1*04:05:01\r\n",
        &[
            "HLA-A*02:01:01",
            "HLA-A*24:02:01",
            "HLA-B*07:02:01",
            "HLA-B*07:02:01",
            "HLA-DRB1*15:01:01",
            "HLA-DRB1*04:05:01",
        ],
    );
    check(
        "{\"A\": [\"A*01:01:01\", \"A*03:01:01\"], \"MICA\": [\"MICA*008:01\"]}",
        &["A*01:01:01", "A*03:01:01"],
    );
    check(
        "\u{feff}# typed by sequencing\nHLA-A*02:01\n\nA*24:02 , B*07:02\n",
        &["HLA-A*02:01", "A*24:02", "B*07:02"],
    );
    check(
        "hla#3.31.0#HLA-A*03:01:01:01+HLA-A*30:01:01\n",
        &["hla#3.31.0#HLA-A*03:01:01:01+HLA-A*30:01:01"],
    );
    check("", &[]);
    check("# nothing\n", &[]);
}

#[test]
fn other_content_is_refused() {
    for content in ["gene,tpm\nTP53,3\n", "gene_id\tname\ttpm\nENSG1\tTP53\t3\n", "<html>"] {
        assert!(matches!(alleles(content), Err(Refusal::Unknown)), "{content}");
    }
    check_malformed("\tA1\tA2\tB1\tB2\tC1\tC2\tReads\tObjective\n", "without a row");
    check_malformed("\tA1\tA2\tB1\tB2\tC1\tC2\n0\tA*02:01\n", "line 2 has 2 columns, expected 7");
    check_malformed("A\tHLA-A*02:01:01\t-\nB\tHLA-B*07:02:01\n", "line 2 has 2 columns");
    check_malformed("{\"A\": [[\"0\", [\"A*01:01:01:01\"], 0.48]]}", "line 1, column");
}

#[test]
fn files_that_give_nothing_say_so() {
    let folder = std::env::temp_dir().join(format!("vaxloom-typing-{}", std::process::id()));
    fs::create_dir_all(&folder).unwrap();
    let (missing, empty) = (folder.join("missing.tsv"), folder.join("empty.txt"));
    fs::write(&empty, "\n").unwrap();
    assert!(read_typing(&missing).unwrap_err().to_string().contains("missing.tsv"));
    assert!(read_typing(&empty).unwrap_err().to_string().contains("names no allele"));
    fs::remove_dir_all(&folder).unwrap();
}

#[test]
fn arcas_hla_test_output() {
    let folder =
        concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/acceptance/variants/hla-typing");
    let folder = Path::new(folder);
    if !folder.is_dir() {
        eprintln!("skipped: {} is not there", folder.display());
        return;
    }
    for (file, third) in [
        ("arcasHLA.test.genotype.json", "B*39:01:01"),
        ("arcasHLA.test.partial_genotype.json", "B*07:02:01"),
    ] {
        let found = read_typing(&folder.join(file)).unwrap();
        assert_eq!((found.len(), found[2].as_str()), (14, third), "{file}");
        assert!(found.iter().all(|allele| HlaAllele::parse(allele).is_ok()), "{file}");
    }
    let refused = read_typing(&folder.join("arcasHLA.test.em.json")).unwrap_err();
    assert!(matches!(refused, TypingError::Malformed { .. }));
}

#[test]
fn lists_of_the_sample_sheet() {
    let expected = ["HLA-A*02:01", "HLA-A*24:02", "B*07:02"];
    for cell in [
        "HLA-A*02:01;HLA-A*24:02;B*07:02",
        "HLA-A*02:01, HLA-A*24:02 B*07:02;",
        "\"HLA-A*02:01\";HLA-A*24:02;;B*07:02",
    ] {
        assert_eq!(parse_list(cell), expected, "{cell}");
    }
    assert!(parse_list(" ; ").is_empty());
}
