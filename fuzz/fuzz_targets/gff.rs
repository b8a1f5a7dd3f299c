//! GFF3 and GTF: transcripts that hold together, with proteins and effects that can be computed.
#![no_main]

use libfuzzer_sys::fuzz_target;
use vaxloom_fuzz::{Slot, contig, one_thread, written};
use vaxloom_genome::effect::{Copies, Variant, effects};
use vaxloom_genome::hgvs::{GenomicChange, coding, parse_coding};
use vaxloom_genome::reference::{
    CodingPart, Strand, Transcript, coding_bases, protein, read_annotation,
};

/// Bases of a transcript whose sequence is read here; an input can claim billions.
const LONGEST: u32 = 5_000;

fuzz_target!(init: one_thread(), |data: &[u8]| {
    let path = written(Slot::First, data);
    let Ok(annotation) = read_annotation(&path, "t.gff") else { return };
    assert_eq!(annotation.counts.transcripts, annotation.transcripts.len());
    assert_eq!(annotation.counts.refused, annotation.refused.len());
    assert!(annotation.refused.is_sorted_by_key(|row| row.source_line));
    for transcript in &annotation.transcripts {
        assert!(annotation.contigs.iter().any(|(name, _)| *name == transcript.contig));
        check_shape(transcript);
        if transcript.interval.len() <= LONGEST {
            check_sequence(transcript);
        }
    }
});

/// Exons apart from each other, coding parts within them, phases that follow, all within the transcript.
fn check_shape(transcript: &Transcript) {
    let (interval, exons) = (transcript.interval, &transcript.exons);
    assert!(1 <= interval.start && interval.start <= interval.end);
    assert!(!exons.is_empty() && exons.iter().all(|exon| exon.start <= exon.end));
    assert!(exons.windows(2).all(|pair| pair[0].end < pair[1].start));
    let within = |start, end| interval.start <= start && end <= interval.end;
    assert!(exons.iter().all(|exon| within(exon.start, exon.end)));
    let mut parts: Vec<&CodingPart> = transcript.coding.iter().collect();
    assert!(parts.is_sorted_by_key(|part| part.interval));
    for part in &parts {
        let (start, end) = (part.interval.start, part.interval.end);
        assert!(start <= end && exons.iter().any(|exon| exon.start <= start && end <= exon.end));
    }
    for utr in &transcript.utrs {
        assert!(within(utr.interval.start, utr.interval.end));
        let apart = |part: &&CodingPart| {
            part.interval.end < utr.interval.start || utr.interval.end < part.interval.start
        };
        assert!(parts.iter().all(apart));
    }
    if transcript.strand == Strand::Reverse {
        parts.reverse();
    }
    for pair in parts.windows(2) {
        if let (Some(before), Some(phase)) = (pair[0].phase, pair[1].phase) {
            let over = i64::from(before) - i64::from(pair[0].interval.len());
            assert_eq!(i64::from(phase), over.rem_euclid(3));
        }
    }
}

/// The protein, and the effect and the name of a change at each end of every coding part.
fn check_sequence(transcript: &Transcript) {
    let contig = contig("1");
    let bases = coding_bases(transcript, contig);
    let length: u32 = transcript.coding.iter().map(|part| part.interval.len()).sum();
    assert_eq!(bases.len(), length as usize);
    assert_eq!(protein(transcript, contig).is_some(), !transcript.coding.is_empty());
    let ends = transcript.coding.iter().flat_map(|part| [part.interval.start, part.interval.end]);
    let variants: Vec<Variant> = ends.flat_map(|at| changes(at, contig.base(at))).collect();
    for effect in effects(contig, &[transcript], &variants).effects {
        let product = effect.protein.and_then(|protein| protein.mutant);
        assert!(product.is_none_or(|mutant| !mutant.product.residues.contains('*')));
    }
    for variant in &variants {
        let (position, reference, alternative) =
            (variant.position, &variant.reference, &variant.alternative);
        let change = GenomicChange::from_vcf(position, reference, alternative);
        let name = change.and_then(|change| coding(transcript, &change, contig));
        // Of other identifiers, blanks, colons and escapes are not read as they are written.
        let plain = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c);
        if let Some(name) = name.filter(|_| transcript.versioned_id().chars().all(plain)) {
            assert_eq!(parse_coding(&name).map(|read| read.to_string()).ok(), Some(name));
        }
    }
}

/// An exchange and an insertion.
fn changes(position: u32, base: u8) -> [Variant; 2] {
    let other = if base == b'A' { b'C' } else { b'A' };
    [vec![other], vec![base, b'G', b'T']].map(|alternative| Variant {
        position,
        reference: vec![base],
        alternative,
        aligned: None,
        copies: Copies::All,
        background: false,
    })
}
