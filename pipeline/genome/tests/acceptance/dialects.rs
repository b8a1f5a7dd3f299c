//! What callers and quantifiers really write: each file is read, or refused with the reason.

use std::fs;

use flate2::read::MultiGzDecoder;
use tempfile::TempDir;
use vaxloom_genome::{SampleNames, VcfContent, VcfError, read_vcf};

use crate::shared;

/// The callers' own files are not annotated; an empty CSQ in the header lets their records be read.
fn annotated(file: &str, tumor: &str) -> Option<VcfContent> {
    let bytes = fs::read(shared(&format!("callers/{file}"))?).unwrap();
    let text = String::from_utf8(bytes).unwrap();
    let csq = "##INFO=<ID=CSQ,Number=.,Type=String,Description=\"Format: Allele|Consequence|Feature|Protein_position|Amino_acids|FrameshiftSequence|WildtypeProtein\">\n#CHROM";
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("annotated.vcf");
    fs::write(&path, text.replacen("#CHROM", csq, 1)).unwrap();
    let samples = SampleNames { tumor: Some(tumor.to_owned()), normal: None };
    Some(read_vcf(&path, file, &samples).unwrap())
}

/// Records, variants, quarantined, not in the tumour; then depth, alternative reads and fraction of the first variant.
fn check(
    file: &str,
    tumor: &str,
    counts: [usize; 4],
    first: (Option<i32>, Option<i32>, Option<f64>),
) {
    let Some(content) = annotated(file, tumor) else {
        return;
    };
    let found =
        [content.records, content.variants.len(), content.quarantined.len(), content.not_in_tumor];
    assert_eq!(found, counts, "{file}");
    let evidence = content.variants.first().map(|v| (v.dna_depth, v.dna_alt_reads, v.dna_vaf));
    assert_eq!(evidence.unwrap_or_default(), first, "{file}");
}

#[test]
fn callers() {
    let Some(_) = shared("") else { return };
    check(
        "real_callers/strelka2_somatic_snvs.vcf",
        "TUMOR",
        [3, 3, 0, 0],
        (Some(28), Some(11), Some(11.0 / 28.0)),
    );
    check("spec_examples/vcf43_spec_sv.vcf", "SAMPLE", [3, 0, 3, 0], (None, None, None));
    check("spec_examples/vcf42_spec_trio.vcf", "NA00003", [5, 3, 0, 3], (Some(5), None, None));
    check(
        "real_callers/mutect2_example.vcf",
        "NA12878",
        [7, 11, 0, 0],
        (Some(1559), Some(1556), Some(0.998)),
    );
    check("multiallelic.vcf", "metastasis", [1, 1, 0, 1], (None, None, None));
    check(
        "mutect-example.vcf",
        "SomaticSample",
        [4889, 4889, 0, 0],
        (Some(49), Some(0), Some(0.0)),
    );
    check("strelka-example.vcf", "TUMOR", [20, 20, 0, 0], (Some(94), Some(78), Some(78.0 / 91.0)));
    check(
        "somatic_hg19_14muts.space_in_sample_name.vcf",
        "metastasis foo",
        [14, 14, 0, 0],
        (None, None, None),
    );
}

#[test]
fn a_truncated_tumour_is_refused() {
    let Some(path) = shared("hcc1395/annotated.expression.vcf.gz") else {
        return;
    };
    let bytes = fs::read(path).unwrap();
    let folder = TempDir::new().unwrap();
    let cut = folder.path().join("cut.vcf.gz");
    let mut plain = Vec::new();
    std::io::Read::read_to_end(&mut MultiGzDecoder::new(&bytes[..]), &mut plain).unwrap();
    for end in [bytes.len() / 2, bytes.len() - 28, bytes.len() - 1] {
        fs::write(&cut, &bytes[..end]).unwrap();
        let error = read_vcf(&cut, "cut.vcf.gz", &SampleNames::default()).unwrap_err();
        assert!(matches!(error, VcfError::Truncated { .. }), "{error}");
    }
    // Without compression only the last line shows it.
    fs::write(&cut, &plain[..plain.len() - 500]).unwrap();
    let content = read_vcf(&cut, "cut.vcf", &SampleNames::default()).unwrap();
    assert_eq!((content.variants.len(), content.quarantined.len()), (1469, 1));
}
