#![allow(clippy::unwrap_used)]

use std::fs;

use super::Loss::{HomozygousDeletion, Kept, LossOfHeterozygosity, Unknown};
use super::*;
use crate::reference::Assembly;

fn read(text: &str) -> Result<CopyNumberContent, TableError> {
    let folder = tempfile::TempDir::new().unwrap();
    let path = folder.path().join("c.tsv");
    fs::write(&path, text).unwrap();
    read_copy_number(&path, "c.tsv")
}

fn spelled(segment: &Segment) -> String {
    let number = |number: Option<f64>| number.map_or("-".to_owned(), |number| number.to_string());
    format!(
        "{}:{}-{} {} {} {}",
        segment.contig,
        segment.interval.start,
        segment.interval.end,
        number(segment.total),
        number(segment.minor),
        number(segment.log2)
    )
}

const CNVKIT: &str =
    "chromosome\tstart\tend\tgene\tlog2\tbaf\tcn\tcn1\tcn2\tdepth\tprobes\tweight\n";
const FACETS: &str =
    "chrom\tseg\tnum.mark\tnhet\tcnlr.median\tmafR\tstart\tend\tcf.em\ttcn.em\tlcn.em\n";
const ASCAT: &str = "sample\tchr\tstartpos\tendpos\tnMajor\tnMinor\n";
const SEQUENZA: &str = "\"chromosome\"\t\"start.pos\"\t\"end.pos\"\t\"Bf\"\t\"depth.ratio\"\t\"CNt\"\t\"A\"\t\"B\"\t\"LPP\"\n";
const PURPLE: &str = "chromosome\tstart\tend\tcopyNumber\tbafCount\tobservedBAF\tbaf\tminorAlleleCopyNumber\tmajorAlleleCopyNumber\n";
const SEG: &str = "ID\tchrom\tloc.start\tloc.end\tnum.mark\tseg.mean\n";
const LOHHLA: &str = "region\tHLA_A_type1\tHLA_A_type2\tHLA_type1copyNum_withBAFBin\tHLA_type2copyNum_withBAFBin\tPVal_unique\tLossAllele\tKeptAllele\n";

#[test]
fn segments_of_every_program() {
    let check = |format: &str, text: &str, words: &str, loss: Loss| {
        let content = read(text).unwrap();
        assert_eq!((content.rows, content.quarantined.len()), (1, 0), "{text}");
        assert_eq!((content.format, spelled(&content.segments[0]).as_str()), (format, words));
        assert_eq!(content.segments[0].loss(), loss, "{text}");
        assert_eq!(content.segments[0].source_line, 2);
    };
    let row = |header: &str, row: &str| format!("{header}{row}\n");
    let cnvkit =
        |cells: &str| row(CNVKIT, &format!("chr6\t99\t200\tG\t-0.5\t0.4\t{cells}\t9\t9\t9"));
    check("CNVkit", &cnvkit("3\t1\t2"), "chr6:100-200 3 1 -0.5", Kept);
    check("CNVkit", &cnvkit("2\t2\t0"), "chr6:100-200 2 0 -0.5", LossOfHeterozygosity);
    check("CNVkit", &cnvkit("0\t\t"), "chr6:100-200 0 - -0.5", HomozygousDeletion);
    check("CNVkit", &cnvkit("1\t\t"), "chr6:100-200 1 - -0.5", LossOfHeterozygosity);
    check("CNVkit", &cnvkit("4\t\t"), "chr6:100-200 4 - -0.5", Unknown);
    let bare = "chromosome\tstart\tend\tgene\tlog2\nchr6\t0\t200\tG\t-0.5\n";
    check("CNVkit", bare, "chr6:1-200 - - -0.5", Unknown);
    let facets =
        |copies: &str| row(FACETS, &format!("6\t1\t9\t9\t0.1\t0.2\t100\t200\t1\t{copies}"));
    check("FACETS", &facets("2\t1"), "6:100-200 2 1 0.1", Kept);
    check("FACETS", &facets("2\tNA"), "6:100-200 2 - 0.1", Unknown);
    check("FACETS", &facets("2\t0").replace('\t', ","), "6:100-200 2 0 0.1", LossOfHeterozygosity);
    check("ASCAT", &row(ASCAT, "S\t6\t100\t2e+05\t3\t1"), "6:100-200000 4 1 -", Kept);
    check("ASCAT", &row(ASCAT, "S\t6\t100\t200\t0\t0"), "6:100-200 0 0 -", HomozygousDeletion);
    let gdc = "GDC_Aliquot\tChromosome\tStart\tEnd\tCopy_Number\tMajor_Copy_Number\tMinor_Copy_Number\nS\tchr6\t100\t200\t3\t2\t1\n";
    check("ASCAT", gdc, "chr6:100-200 3 1 -", Kept);
    let sequenza = row(SEQUENZA, "\"chr6\"\t100\t200\t0.1\t1\t2\t2\t0\t-7");
    check("Sequenza", &sequenza, "chr6:100-200 2 0 -", LossOfHeterozygosity);
    let purple = row(PURPLE, "chr6\t100\t200\t1.93\t50\t0.9\t0.9\t-0.02\t1.95");
    check("PURPLE", &purple, "chr6:100-200 1.93 0 -", LossOfHeterozygosity);
    check("SEG", &row(SEG, "S\t6\t100\t200\t9\t-1.5"), "6:100-200 - - -1.5", Unknown);
    let gdc = "GDC_Aliquot\tChromosome\tStart\tEnd\tNum_Probes\tSegment_Mean\nS\t6\t1\t9\t5\t0.2\n";
    check("SEG", gdc, "6:1-9 - - 0.2", Unknown);
}

#[test]
fn bad_rows_are_quarantined() {
    let check = |text: &str, rule: &str| {
        let content = read(text).unwrap();
        assert_eq!((content.rows, content.segments.len(), content.allele_losses.len()), (1, 0, 0));
        assert_eq!(content.quarantined[0].rule, rule, "{text}");
        assert_eq!((content.quarantined[0].source_line, content.quarantined.len()), (2, 1));
    };
    let ascat = |row: &str| format!("{ASCAT}{row}\n");
    check(&ascat("S\t6\t100\t200\t1"), "copy-number.columns");
    check(&ascat("S\t\t100\t200\t1\t1"), "copy-number.contig");
    check(&ascat("S\t6\t0\t200\t1\t1"), "copy-number.position");
    check(&ascat("S\t6\t-1\t200\t1\t1"), "copy-number.position");
    check(&ascat("S\t6\t201\t200\t1\t1"), "copy-number.position");
    check(&ascat("S\t6\t1.5\t200\t1\t1"), "copy-number.position");
    check(&ascat("S\t6\t1\t9999999999\t1\t1"), "copy-number.position");
    check(&ascat("S\t6\t1\t200\tx\t1"), "copy-number.copies");
    check(&ascat("S\t6\t1\t200\t-1\t1"), "copy-number.copies");
    check(&ascat("S\t6\t1\t200\tinf\t1"), "copy-number.copies");
    check(&format!("{FACETS}6\t1\t9\t9\t0.1\t0.2\t100\t200\t1\t1\t2\n"), "copy-number.copies");
    check(&format!("{SEG}S\t6\t1\t2\t3\tx\n"), "copy-number.log2");
    let lohhla = |row: &str| format!("{LOHHLA}{row}\n");
    check(
        &lohhla("r\thla_a_01_01\thla_a_02_01\t1\t0\t2\thla_a_01_01\thla_a_02_01"),
        "copy-number.lohhla",
    );
    check(
        &lohhla("r\thla_a_01_01\thla_a_02_01\t1\t0\t0\thla_a_03_01\thla_a_02_01"),
        "copy-number.lohhla",
    );
    check(
        &lohhla("r\thla_a_01_01\thla_a_02_01\t1\t0\t0\thla_a_01_01\thla_b_02_01"),
        "copy-number.lohhla",
    );
}

#[test]
fn other_files_are_refused() {
    let check = |text: &str, words: &str| {
        let error = read(text).unwrap_err().to_string();
        assert!(error.starts_with("c.tsv") && error.contains(words), "{error}");
    };
    check("", "not a table that is known here");
    check("chromosome\tstart\tend\n6\t1\t2\n", "not a table that is known here");
    check("gene\tcopies\n", "not a table that is known here");
    check("tcn.em\tlcn.em\tchrom\tstart\n", "no column end or loc.end");
    check("LossAllele\tKeptAllele\n", "no column HLA_A_type1");
    check(
        &format!("{ASCAT}S\t6\t1\t2\t1\t1\nT\t6\t1\t2\t1\t1\n"),
        "line 3: the table has rows of another",
    );
}

#[test]
fn losses_of_alleles() {
    let row = |copies: &str, p: &str| {
        format!(
            "{LOHHLA}r\thla_a_01_01_01_01\thla_a_24_02_01_02l\t1.8\t{copies}\t{p}\thla_a_24_02_01_02l\thla_a_01_01_01_01\n"
        )
    };
    let check = |copies: &str, p: &str, state: Loss| {
        let content = read(&row(copies, p)).unwrap();
        let found = &content.allele_losses[0];
        assert_eq!((content.format, found.gene), ("LOHHLA", PresentationGene::HlaA));
        assert_eq!((found.lost.as_str(), found.state), ("HLA-A*24:02:01:02L", state));
        assert_eq!(found.kept, "HLA-A*01:01:01:01");
    };
    check("-0.1", "1e-9", Loss::LossOfHeterozygosity);
    check("0.7", "1e-9", Loss::Kept);
    check("0.1", "0.2", Loss::Kept);
    check("NA", "NA", Loss::Unknown);
}

#[test]
fn genes_of_presentation() {
    // HLA-B and HLA-C in one segment, HLA-A in another, TAP1 cut by a deletion, class II's transactivator not covered.
    let rows = "S\tchr6\t29000000\t31000000\t1\t1\nS\tchr6\t31000001\t32845300\t2\t0\n\
                S\tchr6\t32845301\t40000000\t0\t0\nS\t15\t1\t90000000\t2\t1\n";
    let segments = read(&format!("{ASCAT}{rows}")).unwrap().segments;
    let losses = hla_loss(&segments, Assembly::Grch38);
    let found: Vec<String> =
        losses.iter().map(|(gene, loss)| format!("{} {loss:?}", gene.symbol())).collect();
    assert_eq!(
        found,
        [
            "HLA-A Kept",
            "HLA-B LossOfHeterozygosity",
            "HLA-C LossOfHeterozygosity",
            "B2M Kept",
            "TAP1 HomozygousDeletion",
            "TAP2 LossOfHeterozygosity",
            "CIITA Unknown"
        ]
    );
    // On GRCh37 TAP1 lies before the deletion.
    assert_eq!(hla_loss(&segments, Assembly::Grch37)[4].1, Loss::LossOfHeterozygosity);
    for gene in PresentationGene::ALL {
        let length = |assembly| gene.place(assembly).1.len();
        assert_eq!(length(Assembly::Grch37), length(Assembly::Grch38), "{gene:?}");
    }

    assert_eq!(at(&segments, "6", 31_000_000).unwrap().minor, Some(1.0));
    assert_eq!(at(&segments, "chr6", 31_000_001).unwrap().minor, Some(0.0));
    assert_eq!(at(&segments, "chr6", 28_000_000), None);
    let nested = format!("{ASCAT}S\t23\t1\t100\t1\t1\nS\t23\t40\t60\t3\t1\n");
    let nested = read(&nested).unwrap().segments;
    assert_eq!(at(&nested, "chrX", 50).unwrap().total, Some(4.0));
}
