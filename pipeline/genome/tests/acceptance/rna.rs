//! RNA reads of a canine tumour at its TP53 call, as isovar counts them.

use std::path::Path;

use vaxloom_genome::consequence::VariantKey;
use vaxloom_genome::rna_evidence::without_chr;
use vaxloom_genome::{EvidenceOptions, RnaEvidence, rna_evidence};

use crate::shared;

fn count(bam: &Path, chrom: &str) -> RnaEvidence {
    let variant = VariantKey { chrom, pos: 32_563_056, ref_allele: "G", alt_allele: "A" };
    let options = EvidenceOptions::default();
    let table = rna_evidence(bam, None, &[variant], options, None, &without_chr).unwrap();
    table.rows[0].clone().unwrap()
}

#[test]
fn tp53_has_isovars_counts() {
    let Some(bam) = shared("wlos0001-tp53/data/wlos0001-tp53.bam") else { return };
    let found = count(&bam, "5");
    assert_eq!((found.alt_reads, found.ref_reads, found.other_reads), (297, 107, 1));
    assert_eq!((found.alt_fragments, found.ref_fragments, found.other_fragments), (289, 102, 1));
    assert_eq!(count(&bam, "chr5"), found);
    let folder = tempfile::TempDir::new().unwrap();
    let without_index = folder.path().join("tumour.bam");
    std::fs::copy(&bam, &without_index).unwrap();
    assert_eq!(count(&without_index, "5"), found);
}
