//! `vaxloom predict`: every form of input, alleles and genotypes, and what cannot be scored.

use std::io::Write;
use std::path::Path;
use std::process::Stdio;

use crate::harness::{Answer, answer, command, path, vaxloom};

const COLUMNS: [&str; 8] = [
    "peptide",
    "allele",
    "presentation_score",
    "presentation_percentile",
    "affinity_nm",
    "affinity_percentile",
    "scored_as",
    "note",
];

/// Runs `predict` with this on standard input.
fn piped(input: &str, arguments: &[&str]) -> Answer {
    let mut child = command()
        .args(["predict", "--peptides", "-"])
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    answer(&child.wait_with_output().unwrap())
}

/// Header and rows of the answer.
fn cells(answer: &Answer) -> Vec<Vec<&str>> {
    answer.stdout.lines().map(|line| line.split('\t').collect()).collect()
}

/// The named columns of the rows.
fn columns<'a>(answer: &'a Answer, names: &[&str]) -> Vec<Vec<&'a str>> {
    let rows = cells(answer);
    let places: Vec<usize> =
        names.iter().map(|name| rows[0].iter().position(|n| n == name).unwrap()).collect();
    rows[1..].iter().map(|row| places.iter().map(|&place| row[place]).collect()).collect()
}

#[test]
fn a_list_gives_a_row_for_every_peptide_and_allele() {
    let answer = piped(
        "GILGFVFTL\n\nGILGXVFTL\nGILGF\ngilgfvftl\nGILGFVFTU\nGILGFVFT*\n",
        &["--alleles", "HLA-A*02:01,B0702"],
    )
    .ended_with(0);
    let rows = cells(&answer);
    assert_eq!(rows[0], COLUMNS);
    assert_eq!(rows.len(), 1 + 6 * 2);
    let (percentile, affinity): (f32, f32) =
        (rows[1][3].parse().unwrap(), rows[1][4].parse().unwrap());
    assert!(percentile < 0.5 && affinity < 200.0, "influenza M1 58-66 on A*02:01: {:?}", rows[1]);
    assert_eq!(rows[7], rows[1], "lower case and twice the same");
    assert_eq!((rows[2][1], rows[2][6]), ("HLA-B*07:02", "HLA-B*07:02"));
    for (row, said) in [
        (3, "residue 'X' at position 5"),
        (5, "peptide of 5 residues: the model scores 8 to 14"),
        (9, "residue 'U' at position 9"),
        (11, "residue '*' at position 9"),
    ] {
        assert!(rows[row][7].contains(said) && rows[row][2].is_empty(), "{:?}", rows[row]);
    }
}

#[test]
fn every_form_of_input_gives_the_same_scores() {
    let folder = tempfile::tempdir().unwrap();
    let peptides = ["GILGFVFTL", "NLVPMVATV", "KLGGALQAK"];
    let write = |name: &str, text: &str| {
        let path = folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        path
    };
    let list = write("list.txt", &peptides.join("\n"));
    let table = |separator: &str| {
        let rows = peptides.map(|p| format!("x{separator}{p}\n"));
        format!("other{separator}Peptide\n{}", rows.concat())
    };
    let fasta: String = peptides.map(|p| format!(">{p}\n{}\n{}\n", &p[..4], &p[4..])).concat();
    let predict = |input: &Path, more: &[&str]| {
        let arguments =
            ["predict", "--peptides", path(input), "--alleles", "HLA-A*02:01,HLA-A*03:01"];
        vaxloom(arguments.iter().chain(more)).ended_with(0)
    };
    let parquet = folder.path().join("list.parquet");
    predict(&list, &["-o", path(&parquet)]);
    let parquet = {
        // The table of scores names alleles as well, which is one input too many.
        let both =
            vaxloom(["predict", "--peptides", path(&parquet), "--alleles", "A0201"]).ended_with(1);
        assert!(
            both.stderr.contains("alleles are named both by --alleles and in"),
            "{}",
            both.stderr
        );
        vaxloom(["predict", "--peptides", path(&parquet)]).ended_with(0)
    };
    let expected = columns(&predict(&list, &[]), &COLUMNS[..6]).concat().join(" ");
    for answer in [
        predict(&write("table.csv", &table(",")), &[]),
        predict(&write("table.tsv", &table("\t")), &[]),
        predict(&write("proteins.fasta", &fasta), &["--lengths", "9"]),
        parquet,
    ] {
        assert_eq!(columns(&answer, &COLUMNS[..6]).concat().join(" "), expected);
    }
    let csv = folder.path().join("scores.csv");
    predict(&list, &["-o", path(&csv)]);
    let csv = std::fs::read_to_string(csv).unwrap();
    assert_eq!(csv.lines().next().unwrap(), COLUMNS.join(","));
    assert_eq!(csv.lines().count(), 1 + 6);
}

#[test]
fn fasta_gives_every_window_with_its_place_and_flanks() {
    let proteins = ">one first\nGILGFVFTLN\nLV*\n>empty\n>two\nACDEFGHI\n";
    let answer = piped(proteins, &["--alleles", "A0201", "--lengths", "8-9"]).ended_with(0);
    let rows = columns(&answer, &["sequence", "position", "peptide", "n_flank", "c_flank"]);
    assert_eq!(rows.len(), 5 + 4 + 1);
    assert_eq!(rows[1], ["one", "2", "ILGFVFTL", "G", "NLV"]);
    assert_eq!(rows[5], ["one", "1", "GILGFVFTL", "", "NLV"]);
    assert_eq!(rows[9], ["two", "1", "ACDEFGHI", "", ""]);
    let alone =
        piped(proteins, &["--alleles", "A0201", "--lengths", "9", "--no-flanks"]).ended_with(0);
    let list = piped("GILGFVFTL\n", &["--alleles", "A0201"]).ended_with(0);
    assert_eq!(columns(&alone, &COLUMNS[..6])[0], columns(&list, &COLUMNS[..6])[0]);
    let with = columns(&answer, &["presentation_score"])[5][0];
    assert_ne!(with, columns(&alone, &["presentation_score"])[0][0], "flanks are looked at");
}

#[test]
fn rows_name_their_alleles_genotypes_and_wild_types() {
    let table = "name\tpeptide\talleles\twildtype\n\
        a\tNLVPMVATV\tHLA-A*24:02 HLA-A*02:01;HLA-B*07:02\tNLVPMVATD\n\
        b\tRPPIFIRRL\tHLA-B*07:02\t\n\
        c\tGILGFVFTL\tHLA-A*02:01\tGILGFVFTX\n";
    let all = piped(table, &[]).ended_with(0);
    let names = ["name", "allele", "wildtype", "agretopicity", "note"];
    let rows = columns(&all, &names);
    assert_eq!(
        rows.iter().map(|r| r[1]).collect::<Vec<_>>(),
        ["HLA-A*24:02", "HLA-A*02:01", "HLA-B*07:02", "HLA-B*07:02", "HLA-A*02:01"]
    );
    assert!(rows[1][3].parse::<f32>().unwrap() > 5.0, "the wild type has no anchor: {:?}", rows[1]);
    assert_eq!(rows[3][2..], ["", "", ""]);
    assert!(
        rows[4][3].is_empty() && rows[4][4].contains("wild type: residue 'X'"),
        "{:?}",
        rows[4]
    );
    let best = piped(table, &["--best"]).ended_with(0);
    let best: Vec<&str> = columns(&best, &["allele"]).concat();
    assert_eq!(best, ["HLA-A*02:01", "HLA-B*07:02", "HLA-A*02:01"]);
}

#[test]
fn immunogenicity_is_a_column_when_asked_for() {
    let peptides = "GILGFVFTL\nNLVPMVATV\nGILGX\n";
    let plain = piped(peptides, &["--alleles", "A0201"]).ended_with(0);
    assert!(!plain.stdout.contains("immunogenicity"));
    let answer = piped(peptides, &["--alleles", "A0201", "--immunogenicity"]).ended_with(0);
    let rows = columns(&answer, &["immunogenicity", "presentation_score"]);
    for row in &rows[..2] {
        let probability: f32 = row[0].parse().unwrap();
        assert!((0.0..1.0).contains(&probability) && probability > 0.0, "{row:?}");
    }
    assert_eq!(rows[2], ["", ""]);
    let class_two = ["--alleles", "DRB1*01:01", "--task", "mhc2-presentation", "--immunogenicity"];
    let refused = piped("PKYVKQNTLKLAT\n", &class_two).ended_with(1);
    assert!(refused.stderr.contains("stands on the built-in class I model"), "{}", refused.stderr);
}

#[test]
fn class_two_names_its_core() {
    let molecules = "DRB1*01:01,HLA-DPA1*01:03-DPB1*04:01";
    let task = ["--task", "mhc2-presentation", "--alleles", molecules];
    let answer = piped("PKYVKQNTLKLAT\nGGGGGGGG\n", &task).ended_with(0);
    let rows = columns(&answer, &["allele", "core", "presentation_percentile", "note"]);
    // Influenza HA 306-318 lies in DR1 with Y308 in the first pocket (Stern et al. 1994, Nature 368:215).
    assert_eq!(rows[0][..2], ["HLA-DRB1*01:01", "YVKQNTLKL"]);
    assert!(rows[0][2].parse::<f32>().unwrap() < 10.0, "{:?}", rows[0]);
    assert!(rows[2][3].contains("the model scores 9 to 30"), "{:?}", rows[2]);
}

#[test]
fn what_is_wrong_with_the_input_is_said() {
    let folder = tempfile::tempdir().unwrap();
    let broken = folder.path().join("broken.parquet");
    std::fs::write(&broken, b"PAR1 and no more").unwrap();
    let parquet =
        vaxloom(["predict", "--peptides", path(&broken), "--alleles", "A0201"]).ended_with(1);
    assert!(parquet.stderr.contains("not a whole Parquet file"), "{}", parquet.stderr);
    for (input, arguments, said) in [
        ("", &["--alleles", "A0201"][..], "no peptides; expected one a line"),
        ("GILGFVFTL\n", &[], "no alleles: name them with --alleles"),
        ("GILGFVFTL\n", &["--alleles", "HLA-A*99:01"], "HLA-A*99:01 is unknown to the model"),
        ("GILGFVFTL\n", &["--alleles", "A2"], "allele 'A2'"),
        ("GILGFVFTL\n", &["--alleles", "HLA-DRB1*01:01"], "is of class II"),
        ("seq,allele\nGILGFVFTL,A0201\n", &[], "no column peptide among seq, allele"),
        ("peptide,allele\nGILGFVFTL\n", &[], "line: 2"),
        (">p\nACDEFGHIKL\n", &["--alleles", "A0201", "--lengths", "7-9"], "within 8 to 14"),
        ("GILGFVFTL\n", &["--alleles", "A0201", "-o", "x.xlsx"], "ends in .tsv, .csv or .parquet"),
    ] {
        let answer = piped(input, arguments).ended_with(1);
        assert!(answer.stderr.contains(said), "{input}: {}", answer.stderr);
    }
}
