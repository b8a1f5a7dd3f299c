//! `consequence(chrom, pos, ref, alt)` in a session that was given a reference.
#![allow(clippy::unwrap_used, missing_docs)]

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;

use vaxloom_genome::reference::{
    ContigSequence, MemorySequences, Reference, read_annotation, reverse_complement,
};
use vaxloom_immune::Predictor;
use vaxloom_immune::motif::MotifPredictor;
use vaxloom_lake::query::{Format, query, write};
use vaxloom_lake::{Resources, give, session};

/// Hemoglobin beta, of which only the first exon has its bases: those of codons 1 to 9 and what is before them unknown.
fn hemoglobin() -> Reference {
    let gff = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/scan/hbb.gff3");
    let annotation = read_annotation(&gff, "hbb.gff3").unwrap();
    let codons = b"ATGGTGCATCTGACTCCTGAGGAGAAG";
    let start = 5_227_021 - codons.len() as u32 + 1;
    let pieces = vec![(start, reverse_complement(codons))];
    let contig = ContigSequence::from_pieces(Some(135_086_622), pieces);
    let sequences = MemorySequences(HashMap::from([("11".to_owned(), Arc::new(contig))]));
    let contigs = vec![("11".to_owned(), Some(135_086_622))];
    Reference::new(annotation.transcripts, contigs, Box::new(sequences))
}

/// Rows of a query as CSV without header.
async fn check(sql: &str, expected: &str) {
    let predictor: Arc<dyn Predictor> = Arc::new(MotifPredictor::new().unwrap());
    let session = session(1, &predictor);
    let reference = Some(Arc::new(hemoglobin()));
    give(&session, &predictor, &Resources { reference, ..Resources::default() });
    let mut csv = Vec::new();
    write(&query(&session, sql).await.unwrap(), Format::Csv, &mut csv).unwrap();
    let text = String::from_utf8(csv).unwrap();
    assert_eq!(text.split_once('\n').unwrap().1.trim_end(), expected, "{sql}");
}

/// The sickle cell allele, rs334: GAG to GTG in codon 7.
#[tokio::test]
async fn an_allele_alone() {
    let columns = "c['gene'], c['transcript'], c['consequence'], c['hgvs_c'], c['protein_position'], c['amino_acids']";
    let of =
        |call: &str| format!("SELECT {columns} FROM (SELECT unnest(consequence({call})) AS c)");
    let sickle = "HBB,ENST00000335295.4,missense_variant,ENST00000335295.4:c.20A>T,7,E/V";
    check(&of("'chr11', 5227002, 'T', 'A'"), sickle).await;
    check(&of("NULL, 5227002, 'T', 'A'"), "").await;
    for (alleles, rule) in [("'G', 'A'", "reference"), ("'T', '<DEL>'", "alleles")] {
        let refused = format!(
            "SELECT c['rule'] FROM (SELECT unnest(consequence('11', 5227002, {alleles})) AS c)"
        );
        check(&refused, &format!("consequence.{rule}")).await;
    }
}
