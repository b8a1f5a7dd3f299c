//! A real tumour, HCC1395, beside what pVACseq made of it.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use tempfile::TempDir;

use crate::harness::{path, rows, run, shared, vaxloom};

const SAMPLE: &str = "HCC1395_TUMOR_DNA";

#[test]
fn consequences_agree_with_pvacseq() {
    let Some(folder) = shared("acceptance/variants/hcc1395") else {
        return;
    };
    let out = tempfile::tempdir().unwrap();
    let tsv = out.path().join("x.tsv");
    let vcf = folder.join("annotated.expression.vcf.gz");
    vaxloom(["consequence", "--vcf", path(&vcf), "--sample", SAMPLE, "-o", path(&tsv)])
        .ended_with(0);
    let ours = ours(&tsv);
    let expected = expected(&folder.join("expected.consequences.tsv"));
    let missing: Vec<_> = expected.difference(&ours).collect();
    let agreed = expected.len() - missing.len();
    eprintln!("{agreed} of {} rows agree in transcript, change and mutant protein", expected.len());
    for (transcript, change, _) in missing.iter().take(20) {
        eprintln!("  not as pVACseq: {transcript} {change}");
    }
    assert!(agreed >= 930, "{agreed} of {}", expected.len());
}

#[test]
fn windows_agree_with_pvacseq() {
    let Some(folder) = shared("acceptance/variants/hcc1395") else {
        return;
    };
    let out = tempfile::tempdir().unwrap();
    let fasta = out.path().join("x.fasta");
    let vcf = folder.join("annotated.expression.vcf.gz");
    let arguments = [
        "consequence",
        "--vcf",
        path(&vcf),
        "--sample",
        SAMPLE,
        "--flank",
        "8",
        "-o",
        path(&fasta),
    ];
    vaxloom(arguments).ended_with(0);
    let expected = window_pairs(&folder.join("expected.class1.fasta"));
    let ours = window_pairs(&fasta);
    let agreed = expected.intersection(&ours).count();
    eprintln!("{agreed} of {} distinct window pairs agree", expected.len());
    assert!(agreed * 100 >= expected.len() * 97, "{agreed} of {}", expected.len());
}

#[test]
fn a_tumour_runs_from_calls_to_constructs() {
    let Some(lake) = lake() else {
        return;
    };
    let constructs = rows(lake, "SELECT peptide_count, checks_passed FROM construct ORDER BY rank");
    assert!(constructs.len() >= 3, "{constructs:?}");
    assert!(constructs.iter().all(|row| row.ends_with("true")), "{constructs:?}");
    let top = rows(lake, "SELECT gene, best_allele FROM neoantigen WHERE rank <= 10");
    assert_eq!(top.len(), 10);
}

/// The tumour's lake, made once for all tests that only read it.
pub(crate) fn lake() -> Option<&'static Path> {
    static LAKE: OnceLock<Option<(TempDir, PathBuf)>> = OnceLock::new();
    let lake = LAKE.get_or_init(|| {
        let vcf = shared("acceptance/variants/hcc1395/annotated.expression.vcf.gz")?;
        let folder = tempfile::tempdir().unwrap();
        let sheet = folder.path().join("sheet.csv");
        let text = format!(
            "patient,sample,vcf,tumor_sample,normal_sample,hla\n\
             HCC1395,tumour,{},{SAMPLE},HCC1395_NORMAL_DNA,HLA-A*29:02;HLA-B*45:01;HLA-B*82:02\n",
            fs::canonicalize(vcf).unwrap().display()
        );
        fs::write(&sheet, text).unwrap();
        let lake = folder.path().join("lake");
        run(&sheet, None, &lake, &[]).ended_with(0);
        Some((folder, lake))
    });
    lake.as_ref().map(|(_, lake)| lake.as_path())
}

type Row = (String, String, String);

/// Transcript, amino-acid change as `29E/K`, mutant protein.
fn ours(tsv: &Path) -> BTreeSet<Row> {
    let mut reader = csv::ReaderBuilder::new().delimiter(b'\t').from_path(tsv).unwrap();
    let header = reader.headers().unwrap().clone();
    let column = |name: &str| header.iter().position(|h| h == name).unwrap();
    let (transcript, protein, change) =
        (column("transcript"), column("mutant_protein"), column("amino_acids"));
    reader
        .records()
        .map(|record| {
            let record = record.unwrap();
            (record[transcript].to_owned(), record[change].to_owned(), record[protein].to_owned())
        })
        .collect()
}

/// The same of pVACseq's table, whose mutant protein is the change applied to the wild type at its
/// position, or for a frameshift the protein that VEP's plugin wrote.
fn expected(tsv: &Path) -> BTreeSet<Row> {
    let mut reader = csv::ReaderBuilder::new().delimiter(b'\t').from_path(tsv).unwrap();
    let header = reader.headers().unwrap().clone();
    let column = |name: &str| header.iter().position(|h| h == name).unwrap();
    let [transcript, change, kind, position, wildtype, shifted] = [
        "transcript_name",
        "amino_acid_change",
        "variant_type",
        "protein_position",
        "wildtype_amino_acid_sequence",
        "frameshift_amino_acid_sequence",
    ]
    .map(column);
    reader
        .records()
        .map(|record| {
            let record = record.unwrap();
            let protein = if &record[kind] == "FS" {
                record[shifted].to_owned()
            } else {
                applied(&record[wildtype], &record[change], &record[position])
            };
            (record[transcript].to_owned(), record[change].to_owned(), protein)
        })
        .collect()
}

/// `E/K` at `29`, `-/GS` between `28-29`, `VK/V` at `12-13`; cut at a stop.
fn applied(wildtype: &str, change: &str, position: &str) -> String {
    let (before, after) = change.split_once('/').unwrap();
    let first: usize = position.split('-').next().unwrap().parse().unwrap();
    let (start, removed) = if before == "-" { (first, 0) } else { (first - 1, before.len()) };
    let after = if after == "-" { "" } else { after };
    let mutant = format!("{}{after}{}", &wildtype[..start], &wildtype[start + removed..]);
    mutant.split(['*', 'X']).next().unwrap().to_owned()
}

/// Wild-type and mutant window of each pair, which its two records' names tell.
fn window_pairs(fasta: &Path) -> BTreeSet<(String, String)> {
    let text = fs::read_to_string(fasta).unwrap();
    let mut wildtype: BTreeMap<&str, String> = BTreeMap::new();
    let mut mutant = wildtype.clone();
    for record in text.split('>').skip(1) {
        let (name, sequence) = record.split_once('\n').unwrap();
        let (kind, name) = name.split_once('.').unwrap();
        let windows = if kind == "WT" { &mut wildtype } else { &mut mutant };
        windows.insert(name, sequence.replace('\n', ""));
    }
    assert!(wildtype.keys().eq(mutant.keys()));
    wildtype.into_values().zip(mutant.into_values()).collect()
}

#[test]
fn the_ranking_is_lined_up_with_pvacseqs() {
    let (Some(lake), Some(folder)) = (lake(), shared("acceptance/variants/tiers-pvacseq-7.1.5"))
    else {
        return;
    };
    let table = folder.join("HCC1395_TUMOR_DNA.MHC_I.all_epitopes.aggregated.tsv.gz");
    let patient = &rows(lake, "SELECT patient_id FROM patient")[0];
    let words = ["compare", "--pvacseq", path(&table), "--lake", path(lake), "--patient", patient];
    let answer = vaxloom(words).ended_with(0);
    let lines: Vec<Vec<&str>> =
        answer.stdout.lines().skip(1).map(|line| line.split('\t').collect()).collect();
    let count = |kinds: &[&str]| lines.iter().filter(|line| kinds.contains(&line[2])).count();
    let theirs = lines.len() - count(&["added"]);
    assert_eq!(theirs, 358);
    assert!(count(&["same", "other allele", "overlapping"]) * 10 > theirs * 6, "{}", answer.stderr);
    // Everything that is not the same has a reason.
    assert!(lines.iter().all(|line| line[2] == "same" || !line[12].is_empty()));
    let nobody =
        ["compare", "--pvacseq", path(&table), "--lake", path(lake), "--patient", "nobody"];
    assert!(vaxloom(nobody).ended_with(1).stderr.contains("no calls of patient nobody"));
}
