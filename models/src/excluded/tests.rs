#![allow(clippy::unwrap_used)]

use super::*;
use crate::data::Measured;
use crate::data::tests::{peptide, table};
use crate::encoding::Flanks;

const KIM: &str = "species\tmhc\tsequence\tinequality\tmeas\n\
    human\tHLA-A*02:01\tGILGFVFTL\t=\t5\nmouse\tH-2-Kb\tSIINFEKL\t=\t5\nhuman\tHLA-A*02:01\tGILX\t=\t5\n";

fn reason(
    excluded: &Excluded,
    class: Class,
    text: &str,
    molecules: &[&str],
) -> Option<&'static str> {
    excluded.reason(&Row {
        peptide: peptide(text, class),
        flanks: Flanks::UNKNOWN,
        molecules: molecules.iter().map(|&name| name.to_owned()).collect(),
        measured: Measured::Ligand,
    })
}

#[test]
fn pairs_are_of_one_molecule_or_one_genotype() {
    let root = tempfile::tempdir().unwrap();
    let kim = table(root.path(), Format::KimBlind, "kim.txt", KIM.as_bytes());
    let [genotypes, sample] =
        ["Filename\tHLAs\ns.csv\tB0702,A0201,B0702\n", "Sequence\nNLVPMVATV\n"];
    std::fs::write(root.path().join("s.csv"), sample).unwrap();
    let mut benchmark =
        table(root.path(), Format::PresentationBenchmark, "g.tsv", genotypes.as_bytes());
    benchmark.sha256 = sha256(format!("{genotypes}{sample}").as_bytes());
    let excluded = Excluded::read(root.path(), &[kim, benchmark], Class::One).unwrap();
    let (a, b, pair) = ("HLA-A*02:01", "HLA-B*07:02", Some("pair of a test set"));
    for (text, molecules, expected) in [
        ("GILGFVFTL", &[a][..], pair),
        ("GILGFVFTL", &[b], None),
        ("GILGFVFTL", &[a, b], None),
        ("NLVPMVATV", &[a, b], pair),
        ("NLVPMVATV", &[a], None),
        ("NLVPMVATV", &[a, "HLA-C*07:02"], None),
        ("SIINFEKL", &[a], None),
    ] {
        assert_eq!(
            reason(&excluded, Class::One, text, molecules),
            expected,
            "{text} {molecules:?}"
        );
    }
}

#[test]
fn peptides_are_kept_out_whatever_the_molecule() {
    let root = tempfile::tempdir().unwrap();
    let text = "HLA,peptide,label\nDRB1_0101,PKYVKQNTLKLAT,0\nDRB1_0101,PKYVKQ,1\n";
    let mut table = table(root.path(), Format::ClassTwoBenchmark, "t.csv", text.as_bytes());
    for (removes, same, other) in [
        (None, Some("pair of a test set"), None),
        (Some(Removes::Pairs), Some("pair of a test set"), None),
        (Some(Removes::Peptides), Some("peptide of a test set"), Some("peptide of a test set")),
    ] {
        table.removes = removes;
        let excluded = Excluded::read(root.path(), &[table.clone()], Class::Two).unwrap();
        for (name, expected) in [("HLA-DRB1*01:01", same), ("HLA-DRB1*04:01", other)] {
            let found = reason(&excluded, Class::Two, "PKYVKQNTLKLAT", &[name]);
            assert_eq!(found, expected, "{removes:?} {name}");
        }
        assert_eq!(reason(&excluded, Class::Two, "PKYVKQNTLKLAA", &["HLA-DRB1*01:01"]), None);
    }
}

#[test]
fn what_is_no_test_set_is_refused() {
    let root = tempfile::tempdir().unwrap();
    let genotypes = "Filename\tHLAs\ns.csv\tA0201,Z\n";
    for (table, said) in [
        (table(root.path(), Format::Hlathena, "h", b""), "h: format Hlathena holds no test set"),
        (
            table(root.path(), Format::KimBlind, "k", b"species\tmhc\n"),
            "k, line 1: expected a column sequence",
        ),
        (
            table(root.path(), Format::PresentationBenchmark, "g.tsv", genotypes.as_bytes()),
            "g.tsv, line 2: expected a class I allele such as A0201 or HLA-A*02:01, separated by commas",
        ),
        (
            table(
                root.path(),
                Format::PresentationBenchmark,
                "f.tsv",
                b"Filename\tHLAs\nnone.csv\tA0201\n",
            ),
            "none.csv: No such file",
        ),
    ] {
        let error = Excluded::read(root.path(), &[table], Class::One).unwrap_err().to_string();
        assert!(error.contains(said), "{error}");
    }
    let mut other = table(root.path(), Format::KimBlind, "kim.txt", KIM.as_bytes());
    other.sha256 = sha256(b"");
    let error = Excluded::read(root.path(), &[other], Class::One).unwrap_err().to_string();
    assert!(error.contains("kim.txt: SHA-256 is"), "{error}");
}
