//! Tables of RNA quantifiers and read counts, and what VAtools joins of them to VCFs (griffithlab/VAtools, test data).

use vaxloom_genome::bam_readcount::{Counted, StrandReads};
use vaxloom_genome::vcf::{RawVcf, Samples};
use vaxloom_genome::{
    BamReadcounts, Expression, ExpressionError, SampleNames, VcfError, read_bam_readcount,
    read_expression, read_vcf,
};

use crate::callers::{list, rows, rules};
use crate::shared;

fn spelled(row: &Expression) -> String {
    let symbol = row.symbol.as_deref().unwrap_or("-");
    format!("{} {} {symbol} {} {}", row.feature_type, row.feature_id, row.tpm, row.source)
}

fn table(file: &str) -> Option<Vec<Expression>> {
    Some(read_expression(&shared(&format!("expression/{file}"))?, file).unwrap())
}

#[test]
fn quantifiers() {
    let check = |file: &str, rows: usize, first: &str, last: &str| {
        let Some(found) = table(file) else { return };
        assert_eq!(found.len(), rows, "{file}");
        assert_eq!([spelled(&found[0]), spelled(&found[rows - 1])], [first, last], "{file}");
    };
    check(
        "expression/salmon_quant.sf",
        4,
        "gene ENSG00000157764 - 42.5 salmon",
        "gene ENSG00000133703 - 0.5 salmon",
    );
    check(
        "expression/kallisto_abundance.tsv",
        3,
        "transcript ENST00000288602 - 25.3 kallisto",
        "transcript ENST00000275493 - 6.8 kallisto",
    );
    check(
        "expression/B16-StringTie-chr1-subset.gtf",
        3,
        "transcript ENSMUST00000192505 Sox17 0.255858 stringtie",
        "transcript ENSMUST00000182774 Gm6085 0.110476 stringtie",
    );
    check(
        "vatools-expression/kallisto.genes",
        10,
        "gene ENSG00000121410 A1BG 9.5072780253347 kallisto",
        "gene ENSG00000184979 USP18 18.4008276190378 kallisto",
    );
    check(
        "vatools-expression/kallisto.transcripts",
        10,
        "transcript ENST00000415118 - 0 kallisto",
        "transcript ENST00000215794 - 4 kallisto",
    );
    check(
        "vatools-expression/kallisto.transcript_version.transcripts",
        1,
        "transcript ENST00000215794.1 - 4 kallisto",
        "transcript ENST00000215794.1 - 4 kallisto",
    );
}

/// Cufflinks' FPKM are not TPM.
#[test]
fn cufflinks_is_refused() {
    for file in ["genes.fpkm_tracking", "isoforms.fpkm_tracking"] {
        let Some(path) = shared(&format!("expression/expression/{file}")) else { return };
        let error = read_expression(&path, file).unwrap_err();
        assert!(matches!(error, ExpressionError::Fpkm { .. }), "{error}");
    }
}

/// File; tumour; records, variants, alleles that the tumour lacks; rows of the quarantine; depth, alternative reads and
/// fraction of each variant in DNA, and in RNA where there is any; expression.
///
/// Where there is no AD, the reads are Strelka's counts (106 C and 6 T). The CSQ of `multiple_samples` has no entry for
/// the second allele.
const ANNOTATED: &str = "\
complex_indel.readcount.vcf.gz | TUMOR | 2 2 0 | - | 77 23 0.29870, 93 39 0.41935 | -
indel_mode.bam_readcount.vcf | - | 4 4 0 | - | 76 52 0.68421, 0 0 0.00000, 7 5 0.71429, - 6 0.05357 | -
info2_input.vcf | - | 1 1 0 | - | - 6 0.05357 | -
input.complex_indel.vcf.gz | TUMOR | 2 2 0 | - | 82 23 0.28049, 93 39 0.41935 | -
input.cufflinks.gx.vcf | - | 1 1 0 | - | - 6 0.05357 | gene ENSG00000184979 USP18 2.35912 vcf:GX
input.cufflinks.tx.vcf | - | 1 1 0 | - | - 6 0.05357 | transcript ENST00000215794 - 2.35912 vcf:TX
input.ensr_transcript.gx.vcf | - | 1 1 0 | - | - 6 0.05357 | -
input.ensr_transcript.tx.vcf | - | 1 1 0 | - | - 6 0.05357 | -
input.gx.vcf | - | 0 0 0 | - | - | -
input.kallisto.gx.vcf | - | 1 1 0 | - | - 6 0.05357 | gene ENSG00000184979 USP18 18.4008276190378 vcf:GX
input.kallisto.tx.vcf | - | 1 1 0 | - | - 6 0.05357 | transcript ENST00000215794 - 4 vcf:TX
input.kallisto.with_version.tx.vcf | - | 1 1 0 | - | - 6 0.05357 | transcript ENST00000215794.1 - 4 vcf:TX
input.mnp.vcf.gz | TUMOR | 2 2 0 | - | 82 23 0.28049, 93 39 0.41935 | -
input.multiallelic.vcf.gz | - | 1 1 1 | - | 95 0 0.00000 | -
input.readcount.vcf | - | 1 1 0 | - | 113 6 0.05310 | -
input.stringtie.gx.vcf | - | 1 1 0 | - | - 6 0.05357 | gene ENSG00000184979 USP18 2.629013 vcf:GX
input.stringtie.tx.vcf | - | 1 1 0 | - | - 6 0.05357 | transcript ENST00000215794 - 0.233563 vcf:TX
input.transcript_version.vcf | - | 1 1 0 | - | - 6 0.05357 | -
input.tx.vcf | - | 1 1 0 | - | 113 6 0.05310 | transcript ENST00000215794 - 2.35912 vcf:TX, transcript ENST00000215795 - 0 vcf:TX
input.vcf | - | 1 1 0 | - | - 6 0.05357 | -
mnp.readcount.vcf.gz | TUMOR | 2 2 0 | - | 77 23 0.29870, 93 39 0.41935 | -
multiple_samples.gx.vcf | H_NJ-HCC1395-HCC1395 | 1 1 1 | - | - 4 0.25000 | gene ENSG00000225255 LA16c-83F12.6 0 vcf:GX
multiple_samples.gx.vcf | H_NJ-HCC1395-HCC1396 | 1 0 1 | 83 ALT[2] csq.allele | - | -
multiple_samples.readcount.vcf | H_NJ-HCC1395-HCC1395 | 1 1 1 | - | 16 6 0.37500 | -
multiple_samples.readcount.vcf | H_NJ-HCC1395-HCC1396 | 1 0 1 | 87 ALT[2] csq.allele | - | -
multiple_samples_second_alt.readcount.vcf | H_NJ-HCC1395-HCC1395 | 1 1 1 | - | 16 6 0.37500 | -
multiple_samples_second_alt.readcount.vcf | H_NJ-HCC1395-HCC1396 | 1 0 1 | 87 ALT[2] csq.allele | - | -
multiple_transcripts.gx.vcf | - | 1 1 0 | - | 12 3 0.25000 | gene ENSG00000225255 LA16c-83F12.6 0 vcf:GX, gene ENSG00000235992 GRAMD4P2 0.0229311 vcf:GX
multiple_transcripts_one_missing_gene.gx.vcf | - | 1 1 0 | - | 12 3 0.25000 | gene ENSG00000225255 LA16c-83F12.6 0 vcf:GX
no_matching_expression.gx.vcf | - | 1 1 0 | - | 101 90 0.89109 | gene ENSG99999999999 IGFBP2 0 vcf:GX
no_matching_readcount.readcount.vcf | - | 1 1 0 | - | 0 0 0.00000 | -
no_matching_readcount.vcf | - | 1 1 0 | - | - 6 0.05357 | -
single_sample.dna.readcount.vcf | - | 1 1 0 | - | 107 5 0.04673 | -
single_sample.rna.readcount.vcf | - | 1 1 0 | - | - 6 0.05357; RNA 107 5 0.04673 | -
single_sample_with_existing_readcount_annotations.readcount.vcf | - | 1 1 0 | - | 107 5 0.04673 | -
snv_mode.bam_readcount.vcf | - | 4 4 0 | - | 76 12 0.15789, 200 56 0.28000, 0 0 0.00000, 107 5 0.04673 | -
";

fn reads(depth: Option<i32>, reads: Option<i32>, fraction: Option<f64>) -> String {
    let number = |count: Option<i32>| count.map_or("-".to_owned(), |count| count.to_string());
    let fraction = fraction.map_or("-".to_owned(), |fraction| format!("{fraction:.5}"));
    format!("{} {} {fraction}", number(depth), number(reads))
}

#[test]
fn joined_by_vatools() {
    for expected in rows(ANNOTATED) {
        let (file, tumor) = (expected[0], expected[1]);
        let Some(path) = shared(&format!("expression/vatools-expression/{file}")) else { return };
        let samples =
            SampleNames { tumor: Some(tumor.to_owned()).filter(|name| name != "-"), normal: None };
        let content = read_vcf(&path, file, &samples).unwrap();
        let evidence = content.variants.iter().map(|v| {
            let dna = reads(v.dna_depth, v.dna_alt_reads, v.dna_vaf);
            let rna = reads(v.rna_depth, v.rna_alt_reads, v.rna_vaf);
            if rna == "- - -" { dna } else { format!("{dna}; RNA {rna}") }
        });
        let found = [
            file.to_owned(),
            tumor.to_owned(),
            format!("{} {} {}", content.records, content.variants.len(), content.not_in_tumor),
            rules(&content.quarantined),
            list(evidence),
            list(content.expression.iter().map(spelled)),
        ];
        assert_eq!(found.as_slice(), expected);
    }
    for file in ["duplicate_entries_discrepant_depths", "duplicate_entries_same_depths"] {
        let file = format!("expression/vatools-expression/{file}.bam_readcount.vcf");
        let Some(path) = shared(&file) else { return };
        let refused = read_vcf(&path, &file, &SampleNames::default()).unwrap_err();
        assert!(matches!(refused, VcfError::NoCsq { .. }), "{refused}");
    }
}

/// The abundance of a quantifier's table is the one that VAtools writes into the VCF.
#[test]
fn tables_agree_with_the_joined_vcf() {
    for (table_file, vcf) in [
        ("kallisto.genes", "input.kallisto.gx.vcf"),
        ("kallisto.transcripts", "input.kallisto.tx.vcf"),
        ("kallisto.transcript_version.transcripts", "input.kallisto.with_version.tx.vcf"),
    ] {
        let Some(rows) = table(&format!("vatools-expression/{table_file}")) else { return };
        let path = shared(&format!("expression/vatools-expression/{vcf}")).unwrap();
        let joined = read_vcf(&path, vcf, &SampleNames::default()).unwrap().expression;
        assert_eq!(joined.len(), 1, "{vcf}");
        let key = |row: &Expression| (row.feature_type.clone(), row.feature_id.clone());
        let found = rows.iter().find(|row| key(row) == key(&joined[0])).unwrap();
        assert!((found.tpm - joined[0].tpm).abs() < 1e-12, "{vcf}");
    }
}

fn counts(file: &str) -> Option<BamReadcounts> {
    let path = shared(&format!("expression/vatools-expression/{file}"))?;
    Some(read_bam_readcount(&path, file).unwrap())
}

/// File; places, lines that repeat one, rows of the quarantine.
#[test]
fn files_of_bam_readcount() {
    for (file, expected) in [
        ("af_number_1.bam-readcount.tsv", (1, 0, 0)),
        ("complex_indel.bam_readcount", (1, 0, 0)),
        ("duplicate.bam_readcount", (2, 1, 0)),
        ("duplicate_entries_discrepant_depths.bam_readcount", (1, 0, 1)),
        ("duplicate_entries_same_depths.bam_readcount", (1, 1, 0)),
        ("hom_ref.bam_readcount", (1, 0, 0)),
        ("indels.bam_readcount", (1, 0, 0)),
        ("indels.bam_readcount.gz", (1, 0, 0)),
        ("snvs.bam_readcount", (2, 0, 0)),
        ("snvs.bam_readcount.gz", (2, 0, 0)),
    ] {
        let Some(found) = counts(file) else { return };
        assert_eq!((found.places(), found.repeated, found.quarantined.len()), expected, "{file}");
    }
}

/// DP, AF, AD, ADF and ADR of an allele, as vcf-readcount-annotator writes them.
fn annotation(counted: Counted) -> String {
    match counted {
        Counted::Reads(reads) => {
            let StrandReads { total, plus, minus } = reads.reference;
            let alt = reads.alternative;
            let fraction = reads.fraction().unwrap_or_default();
            format!(
                "{} {fraction:.5} {total},{} {plus},{} {minus},{}",
                reads.depth, alt.total, alt.plus, alt.minus
            )
        }
        other => format!("{other:?}"),
    }
}

#[test]
fn read_counts_agree_with_vatools() {
    let check = |file: &str, contig, pos, reference, alternative, expected: &str| {
        let Some(found) = counts(file) else { return };
        let found = annotation(found.of(contig, pos, reference, alternative));
        assert_eq!(found, expected, "{file} {pos} {reference} {alternative}");
    };
    // single_sample.dna.readcount.vcf, and the same as RNA.
    check("snvs.bam_readcount", "22", 18_644_673, "C", "T", "107 0.04673 102,5 43,3 59,2");
    check("snvs.bam_readcount.gz", "22", 18_644_673, "C", "T", "107 0.04673 102,5 43,3 59,2");
    // multiple_samples.readcount.vcf.
    check("snvs.bam_readcount", "22", 16_202_096, "C", "A", "16 0.37500 10,6 6,5 4,1");
    check("snvs.bam_readcount", "22", 16_202_096, "C", "T", "16 0.00000 10,0 6,0 4,0");
    check("duplicate.bam_readcount", "22", 16_202_096, "C", "A", "16 0.37500 10,6 6,5 4,1");
    // no_matching_readcount.readcount.vcf, where VAtools writes zeros.
    check("snvs.bam_readcount", "22", 18_644_674, "C", "T", "NotInFile");
    // indel_mode.bam_readcount.vcf.
    check("indels.bam_readcount", "6", 41_754_573, "C", "CCTT", "76 0.68421 22,52 13,26 9,26");
    check("indels.bam_readcount.gz", "6", 43_250_725, "GGAA", "G", "NotInFile");
    // complex_indel.readcount.vcf and mnp.readcount.vcf: the deletion is counted, the other records are left alone.
    let complex = "complex_indel.bam_readcount";
    check(complex, "chr15", 44_767_434, "AAATGGACAGTTGGAGTTG", "A", "77 0.29870 54,23 22,7 32,16");
    check(complex, "chr15", 44_767_435, "AATGGACAGTTGGAGTTGT", "TC", "NotCountable");
    check(complex, "chr15", 44_767_435, "AA", "TC", "NotCountable");
    // Files that VAtools refuses or takes the first entry of, by their depths.
    let discrepant = "duplicate_entries_discrepant_depths.bam_readcount";
    check(discrepant, "chr16", 78_108_411, "G", "T", "Contradictory");
    check(discrepant, "chr16", 78_108_410, "TG", "T", "Contradictory");
    let same = "duplicate_entries_same_depths.bam_readcount";
    check(same, "chr16", 78_108_411, "G", "T", "334 0.51497 0,172 0,89 0,83");
    check(same, "chr16", 78_108_410, "TG", "T", "334 0.47904 0,160 0,89 0,71");
    // hom_ref and af_number_1 by their own lines.
    check("hom_ref.bam_readcount", "chr22", 36_265_781, "T", "G", "212 0.02358 207,5 108,0 99,5");
    check(
        "af_number_1.bam-readcount.tsv",
        "chr1",
        1_738_993,
        "T",
        "C",
        "546 0.05128 516,28 251,24 265,4",
    );
}

/// Every VCF of the folder is read without annotation too.
#[test]
fn the_same_files_without_annotation() {
    let annotated = rows(ANNOTATED).map(|row| (row[0], row[2].split(' ').next().unwrap()));
    let duplicates = [
        ("duplicate_entries_discrepant_depths.bam_readcount.vcf", "2"),
        ("duplicate_entries_same_depths.bam_readcount.vcf", "2"),
    ];
    for (file, records) in annotated.chain(duplicates) {
        let Some(path) = shared(&format!("expression/vatools-expression/{file}")) else { return };
        let mut vcf = RawVcf::open(&path, file, Samples::All).unwrap();
        let batches: Vec<_> = vcf.by_ref().map(Result::unwrap).collect();
        assert!(batches.iter().all(|batch| batch.quarantined.is_empty()), "{file}");
        assert_eq!(
            (vcf.totals().records, vcf.totals().refused),
            (records.parse().unwrap(), 0),
            "{file}"
        );
    }
}
