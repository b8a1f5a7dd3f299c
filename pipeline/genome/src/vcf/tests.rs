#![allow(clippy::panic, clippy::unwrap_used)]

use std::fs;
use std::path::PathBuf;

use tempfile::TempDir;

use super::*;

const CSQ: &str = "Allele|Consequence|SYMBOL|Gene|Feature_type|Feature|Protein_position|Amino_acids|FrameshiftSequence|WildtypeProtein";
const COLUMNS: &str = "#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO";

fn csq_header(fields: &str) -> String {
    format!(
        "##INFO=<ID=CSQ,Number=.,Type=String,Description=\"Consequence annotations from Ensembl VEP. Format: {fields}\">"
    )
}

/// An annotated VCF; `records` have blanks for tabs.
fn vcf(meta: &str, samples: &str, records: &str) -> String {
    let columns = if samples.is_empty() { String::new() } else { format!(" FORMAT {samples}") };
    format!("##fileformat=VCFv4.2\n{}\n{meta}{COLUMNS}{columns}\n{records}", csq_header(CSQ))
        .replace(' ', "\t")
        .replace(
            "annotations\tfrom\tEnsembl\tVEP.\tFormat:\t",
            "annotations from Ensembl VEP. Format: ",
        )
}

fn entry(allele: &str, kind: &str, feature: &str) -> String {
    format!("{allele}|missense_variant|KRAS|ENSG01|{kind}|{feature}|12|G/D||MTEYK")
}

fn read_bytes(bytes: &[u8], samples: &SampleNames) -> Result<VcfContent, VcfError> {
    let (_folder, path) = written(bytes);
    read_vcf(&path, "t.vcf", samples)
}

fn written(bytes: &[u8]) -> (TempDir, PathBuf) {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("t.vcf");
    fs::write(&path, bytes).unwrap();
    (folder, path)
}

fn read(text: &str) -> VcfContent {
    read_bytes(text.as_bytes(), &SampleNames::default()).unwrap()
}

fn named(tumor: Option<&str>, normal: Option<&str>) -> SampleNames {
    SampleNames { tumor: tumor.map(str::to_owned), normal: normal.map(str::to_owned) }
}

#[test]
fn calls_need_no_annotation_where_consequences_are_computed() {
    let text = "##fileformat=VCFv4.2\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\tT\n1\t5\t.\tA\tC\t.\tPASS\t.\tGT:DP:AD\t0/1:20:15,5\n";
    let (_folder, path) = written(text.as_bytes());
    let content = read_calls(&path, "t.vcf", &SampleNames::default()).unwrap();
    let call = &content.variants[0];
    assert_eq!((call.variant_id.as_str(), call.dna_vaf), ("1:5:A:C", Some(0.25)));
    assert_eq!((call.annotation.as_str(), content.csq_format.as_str()), ("", ""));
    assert!(content.warnings.is_empty(), "{:?}", content.warnings);
    assert!(matches!(
        read_vcf(&path, "t.vcf", &SampleNames::default()),
        Err(VcfError::NoCsq { .. })
    ));
}

#[test]
fn lines_without_alleles_and_lines_that_cannot_be_read_are_counted() {
    let lines = "1\t5\t.\tA\t.\t.\tPASS\t.\n1\tx\t.\tA\tC,G,T\t.\tPASS\t.\n1\t7\t.\tA\tC,.\t.\tPASS\t.\n1\t8\n";
    let text =
        format!("##fileformat=VCFv4.2\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\n{lines}");
    let (_folder, path) = written(text.as_bytes());
    let content = read_calls(&path, "t.vcf", &SampleNames::default()).unwrap();
    assert_eq!((content.records, content.alleles), (4, 3));
    assert_eq!((content.variants.len(), content.quarantined.len()), (1, 2));
}

#[test]
fn one_row_for_each_allele() {
    let (t, g, deletion) = (
        entry("T", "Transcript", "ENST1"),
        entry("G", "Transcript", "ENST1"),
        entry("-", "Transcript", "ENST2"),
    );
    let regulatory = entry("T", "RegulatoryFeature", "ENSR1");
    let content = read(&vcf(
        "##tumor_sample=TUMOR\n##normal_sample=NORMAL\n",
        "NORMAL TUMOR",
        &format!(
            "chr1 100 . a T,G . PASS CSQ={t},{regulatory},{g};DP=9 GT:AD:AF:DP:RAD:RDP 0/0:30,0,1:0,0.03:31 1|2:10,20,30:0.3,0.5:61:4,6,0:10\n\
             \n\
             chr2 200 . GC G . LowEVS;MAPQ0 DB;CSQ={deletion} GT:AD:DP 0/0:9,0:9 0/1:5,5:10\n"
        ),
    ));
    let spell = |v: &SomaticVariant| {
        format!(
            "{} {} {:?} {:?} {:?} | {:?} {:?} | {:?} {:?} {:?} | {} | {}",
            v.variant_id,
            v.filter,
            v.dna_depth,
            v.dna_alt_reads,
            v.dna_vaf,
            v.normal_depth,
            v.normal_vaf,
            v.rna_depth,
            v.rna_alt_reads,
            v.rna_vaf,
            v.annotation,
            v.source_line
        )
    };
    assert_eq!(
        content.variants.iter().map(spell).collect::<Vec<_>>(),
        [
            format!(
                "chr1:100:A:T PASS Some(61) Some(20) Some(0.3) | Some(31) Some(0.0) | Some(10) Some(6) Some(0.6) | {t} | 6"
            ),
            format!(
                "chr1:100:A:G PASS Some(61) Some(30) Some(0.5) | Some(31) Some(0.03) | Some(10) Some(0) Some(0.0) | {g} | 6"
            ),
            format!(
                "chr2:200:GC:G LowEVS;MAPQ0 Some(10) Some(5) Some(0.5) | Some(9) Some(0.0) | None None None | {deletion} | 8"
            ),
        ]
    );
    assert_eq!((content.records, content.not_in_tumor, content.quarantined.len()), (2, 0, 0));
    assert_eq!(content.csq_format.as_str(), CSQ);
    assert_eq!(content.warnings, [""; 0]);
}

#[test]
fn every_allele_is_accounted_for() {
    let t = entry("T", "Transcript", "ENST1");
    let content = read(&vcf(
        "",
        "TUMOR",
        &format!(
            "1 1 . A T,C . PASS CSQ={t} GT 0/1\n\
             1 2 . A T . PASS CSQ={t} GT 0/0\n\
             1 3 . A T . PASS CSQ={t} GT ./.\n\
             1 4 . A <DEL> . PASS CSQ={t} GT 0/1\n\
             1 5 . A A[2:9[ . PASS CSQ={t} GT 0/1\n\
             1 6 . AC A,* . PASS CSQ=-|x|||Transcript|E|1|A/B||M GT 1/2\n\
             1 7 . A C . PASS CSQ={t} GT 0/1\n\
             1 8 . A T . PASS CSQ={t}|extra GT 0/1\n\
             1 9 . A T . PASS DP=3 GT 0/1\n\
             1 9 . A T . PASS CSQ={t} GT 0/1\n\
             1 nine . A T . PASS CSQ={t} GT 0/1\n\
             1 10 . A T . PASS\n\
             1 11 . 7 T . PASS CSQ={t} GT 0/1\n\
             1 12 . A . . PASS DP=3 GT 0/0\n\
             1 13 . A T, . PASS CSQ={t} GT 0/1\n"
        ),
    ));
    let rules: Vec<_> = content
        .quarantined
        .iter()
        .map(|q| format!("{} {} {}", q.source_line, q.path, q.rule))
        .collect();
    assert_eq!(
        rules,
        [
            "7 ALT[1] vcf.symbolic",
            "8 ALT[1] vcf.breakend",
            "9 ALT[2] vcf.spanning-deletion",
            "10 ALT[1] csq.allele",
            "11 ALT[1] csq.fields",
            "13 record vcf.duplicate",
            "14 record vcf.record",
            "15 record vcf.record",
            "16 record vcf.record",
            "18 record vcf.record",
        ]
    );
    // 1:1 A>C, 1:2 and 1:3 are not in the tumour; 1:12 has no allele.
    assert_eq!((content.records, content.variants.len(), content.not_in_tumor), (15, 3, 3));
    assert!(content.warnings[0].starts_with("1 records have no CSQ"));
    assert!(
        content
            .quarantined
            .iter()
            .all(|q| q.stage == "variants" && !q.message.is_empty() && !q.remedy.is_empty())
    );
}

#[test]
fn expression_names_genes_by_their_identifier() {
    let t = entry("T", "Transcript", "ENST1.2");
    let content = read(&vcf(
        "",
        "TUMOR",
        &format!(
            "1 1 . A T . PASS CSQ={t} GT:GX:TX 0/1:KRAS|12.5:ENST1.2|3.5,ENST9|.\n\
             1 2 . A T . PASS CSQ={t} GT:GX:TX 0/1:ENSG01|12.5,OTHER|1:ENST1.2|4\n"
        ),
    ));
    let rows: Vec<_> = content
        .expression
        .iter()
        .map(|e| {
            format!(
                "{} {} {} {} {}",
                e.feature_type,
                e.feature_id,
                e.symbol.as_deref().unwrap_or("-"),
                e.tpm,
                e.source
            )
        })
        .collect();
    assert_eq!(
        rows,
        [
            "gene ENSG01 KRAS 12.5 vcf:GX",
            "transcript ENST1.2 - 3.5 vcf:TX",
            "gene OTHER - 1 vcf:GX",
        ]
    );
    assert!(content.warnings[0].starts_with("1 GX or TX values differ"));
}

#[test]
fn samples_are_found() {
    let record = format!("1 1 . A T . PASS CSQ={} DP 10 20 30\n", entry("T", "Transcript", "E"));
    let check = |meta: &str,
                 samples: &str,
                 asked: SampleNames,
                 expected: Result<(Option<i32>, Option<i32>), &str>| {
        let count = samples.split(' ').count();
        let cut: Vec<_> = record.trim_end().split(' ').take(9 + count).collect();
        let content = read_bytes(vcf(meta, samples, &cut.join(" ")).as_bytes(), &asked);
        match (content, expected) {
            (Ok(content), Ok(depths)) => {
                assert_eq!(
                    (content.variants[0].dna_depth, content.variants[0].normal_depth),
                    depths
                );
            }
            (Err(error), Err(words)) => assert!(error.to_string().contains(words), "{error}"),
            (found, expected) => panic!("{found:?}, expected {expected:?}"),
        }
    };
    check("", "A", named(None, None), Ok((Some(10), None)));
    check("", "A B", named(Some("B"), None), Ok((Some(20), Some(10))));
    check("", "A B C", named(Some("B"), None), Ok((Some(20), None)));
    check("", "A B C", named(Some("B"), Some("C")), Ok((Some(20), Some(30))));
    check("##tumor_sample=B\n", "A B", named(None, None), Ok((Some(20), Some(10))));
    check(
        "##tumor_sample=C\n##normal_sample=A\n",
        "A B C",
        named(None, None),
        Ok((Some(30), Some(10))),
    );
    check("##tumor_sample=C\n", "A B C", named(Some("A"), None), Ok((Some(10), None)));
    check("", "A B", named(None, None), Err("which sample is the tumour? The VCF has A, B"));
    check(
        "",
        "A B",
        named(Some("X"), None),
        Err("the tumour sample X is not in the VCF; it has A, B"),
    );
    check(
        "",
        "A B",
        named(Some("A"), Some("X")),
        Err("the normal sample X is not in the VCF; it has A, B"),
    );
    check("##tumor_sample=X\n", "A B", named(None, None), Err("which sample is the tumour?"));
}

#[test]
fn a_file_without_samples_has_no_evidence() {
    let content =
        read(&vcf("", "", &format!("1 1 . A T . PASS CSQ={}\n", entry("T", "Transcript", "E"))));
    assert_eq!((content.variants.len(), content.variants[0].dna_depth), (1, None));
    assert!(content.warnings[0].contains("no samples"));
}

#[test]
fn versions_and_line_endings() {
    let text = vcf(
        "",
        "TUMOR",
        &format!("1 1 . A T . PASS CSQ={} GT 0/1\n", entry("T", "Transcript", "E")),
    );
    for (version, warnings) in
        [("VCFv4.1", 0), ("VCFv4.2", 0), ("VCFv4.3", 0), ("VCFv4.0", 1), ("VCFv4.5", 1)]
    {
        let content = read(&text.replace("VCFv4.2", version));
        assert_eq!((content.variants.len(), content.warnings.len()), (1, warnings), "{version}");
    }
    let windows = read(&text.replace('\n', "\r\n"));
    assert_eq!(windows.variants, read(&text).variants);
    let mut latin = text.into_bytes();
    latin.extend(b"1\t2\t\xe9\tA\tT\t.\tPASS\tDP=1\tGT\t0/1\n");
    let content = read_bytes(&latin, &SampleNames::default()).unwrap();
    assert_eq!((content.variants.len(), content.quarantined[0].rule.as_str()), (1, "vcf.record"));
}

#[test]
fn unusable_files_say_why() {
    let good = vcf("", "TUMOR", "");
    let check = |text: String, words: &str| {
        let error = read_bytes(text.as_bytes(), &SampleNames::default()).unwrap_err().to_string();
        assert!(error.starts_with("t.vcf") && error.contains(words), "{error}");
    };
    check(String::new(), "not a VCF: line 1");
    check("##fileformat=VCFv3.3\n".to_owned(), "not a VCF");
    check("gene,tpm\n".to_owned(), "not a VCF");
    check("##fileformat=VCFv4.2\n".to_owned(), "line 2: the line of column names");
    check(good.replace("#CHROM\tPOS", "#CHROM POS"), "line 3: the line of column names");
    check(
        format!("##fileformat=VCFv4.2\n{COLUMNS}\n"),
        "run Ensembl VEP with `--vcf --symbol --terms SO",
    );
    check(
        good.replace("|WildtypeProtein", ""),
        "line 2: CSQ has no field WildtypeProtein; run Ensembl VEP with `--plugin Wildtype`",
    );
    check(good.replace("|Amino_acids", ""), "the CSQ format lacks Amino_acids");
    let missing =
        read_vcf(std::path::Path::new("/nowhere/x.vcf"), "x.vcf", &SampleNames::default());
    assert!(missing.unwrap_err().to_string().starts_with("x.vcf: there is no such file"));
}

#[test]
fn annotation_without_frameshifts_is_a_warning() {
    let content = read(&vcf("", "TUMOR", "").replace("|FrameshiftSequence", ""));
    assert!(content.warnings[0].contains("frameshifts go to quarantine"));
}
