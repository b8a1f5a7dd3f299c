//! A small reference: one message on both strands, and VCFs written by tests.

use std::collections::HashMap;
use std::io::Write;
use std::sync::Arc;

use super::super::{AnnotateError, Options, Totals, annotate};
use crate::reference::{
    CodingPart, ContigSequence, Interval, MemorySequences, Reference, Strand, Transcript, Utr,
    reverse_complement,
};
use crate::{Consequence, Quarantined};

/// Bases 1-30: 10 that are not transcribed, then a 5' UTR of 10 that ends at 20; coding from 21.
pub(crate) const EXON_1: &str = "ATGGCTAGCAAACTGGGTGACGAAGTTCCA";
pub(crate) const EXON_2: &str = "CGTACCCAGTTTTGGTACTGCAATCACTAA";
const UTR_5: &str = "CCTTGGCCTT";
const UTR_3: &str = "GCTCGATAGACCTTGACCAA";
const INTRON: &str = "GTAAGTCCATTGACCTTAGGCATTCAACTTTCTCCTACAG";
/// `M A S K L G D E V P | R T Q F W Y C N H *`, then `A R *` in the 3' UTR.
pub(crate) const PROTEIN: &str = "MASKLGDEVPRTQFWYCNH";

/// The contig of the forward gene; the other contig is its reverse complement.
pub(crate) fn forward() -> String {
    format!("TTGACCATGA{UTR_5}{EXON_1}{INTRON}{EXON_2}{UTR_3}ACCATTGACA")
}

/// Positions on the forward contig: exons 11-50 and 91-140, coding 21-50 and 91-120.
pub(crate) fn reference() -> Reference {
    reference_with(|_| ())
}

/// The same, with transcripts changed.
pub(crate) fn reference_with(change: impl Fn(&mut Transcript)) -> Reference {
    let forward = forward().into_bytes();
    let reverse = reverse_complement(&forward);
    let length = forward.len() as u32;
    let turned = |(start, end): (u32, u32)| (length + 1 - end, length + 1 - start);
    let spans = |strand, all: &[(u32, u32)]| {
        let mut spans: Vec<Interval> = all
            .iter()
            .map(|&span| if strand == Strand::Forward { span } else { turned(span) })
            .map(|(start, end)| Interval { start, end })
            .collect();
        spans.sort_unstable();
        spans
    };
    let transcript = |contig: &str, strand| Transcript {
        id: format!("T{contig}"),
        version: Some("1".to_owned()),
        gene_id: format!("G{contig}"),
        gene: "GENE".to_owned(),
        biotype: "protein_coding".to_owned(),
        contig: contig.to_owned(),
        strand,
        interval: spans(strand, &[(11, 140)])[0],
        exons: spans(strand, &[(11, 50), (91, 140)]),
        coding: spans(strand, &[(21, 50), (91, 120)])
            .into_iter()
            .map(|interval| CodingPart { interval, phase: Some(0) })
            .collect(),
        utrs: spans(strand, &[(11, 20), (121, 140)])
            .into_iter()
            .map(|interval| Utr { interval, five_prime: interval.len() == 10, derived: false })
            .collect(),
        protein_id: Some(format!("P{contig}.1")),
        mane_select: true,
        mane_plus_clinical: false,
        canonical: true,
        tsl: Some(1),
        appris: None,
        cds_start_not_found: false,
        cds_end_not_found: false,
        selenocysteines: Vec::new(),
        mitochondrial: false,
    };
    let contigs = [("F", forward), ("R", reverse)];
    let lengths =
        contigs.iter().map(|(name, bases)| ((*name).to_owned(), Some(bases.len() as u32)));
    let lengths = lengths.collect();
    let sequences =
        contigs.map(|(name, bases)| (name.to_owned(), Arc::new(ContigSequence::whole(bases))));
    let mut transcripts = vec![transcript("F", Strand::Forward), transcript("R", Strand::Reverse)];
    transcripts.iter_mut().for_each(change);
    Reference::new(transcripts, lengths, Box::new(MemorySequences(HashMap::from(sequences))))
}

/// What came of a VCF: each row with its place, `chrom:pos:ref:alt`.
pub(crate) struct Outcome {
    pub(crate) rows: Vec<(String, Consequence<'static>)>,
    pub(crate) quarantined: Vec<Quarantined>,
    pub(crate) totals: Totals,
}

/// Annotates the records of `body`, whose columns are set apart by spaces. A sample column needs a name in `samples`.
pub(crate) fn annotated(samples: &str, body: &str, options: &Options<'_>) -> Outcome {
    let file = vcf(samples, body);
    try_annotated(file.path(), options).unwrap()
}

pub(crate) fn try_annotated(
    path: &std::path::Path,
    options: &Options<'_>,
) -> Result<Outcome, AnnotateError> {
    let (mut rows, mut quarantined) = (Vec::new(), Vec::new());
    let render = |region: &mut super::super::RegionRows<'_>| {
        let mut found = Vec::new();
        region.for_each(|row| {
            let place = format!("{}:{}:{}:{}", row.chrom, row.pos, row.ref_allele, row.alt);
            found.push((place, row.consequence.clone().into_owned()));
        });
        found
    };
    let totals = annotate(path, "calls.vcf", &reference(), options, render, |found, refused| {
        rows.extend(found);
        quarantined.extend(refused);
        Ok(())
    })?;
    let accounted =
        totals.told + totals.quarantined_alleles + totals.absent + totals.without_allele;
    assert_eq!(totals.alleles, accounted, "{totals:?}");
    assert_eq!(totals.rows, rows.len() as u64);
    Ok(Outcome { rows, quarantined, totals })
}

pub(crate) fn vcf(samples: &str, body: &str) -> tempfile::NamedTempFile {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    let columns = format!("#CHROM POS ID REF ALT QUAL FILTER INFO {samples}");
    let lines = body.lines().map(str::trim).filter(|line| !line.is_empty());
    let text: Vec<String> = std::iter::once(columns.trim().to_owned())
        .chain(lines.map(str::to_owned))
        .map(|line| line.split_whitespace().collect::<Vec<_>>().join("\t"))
        .collect();
    write!(file, "##fileformat=VCFv4.2\n{}\n", text.join("\n")).unwrap();
    file
}
