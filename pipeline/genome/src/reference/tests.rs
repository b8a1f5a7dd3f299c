//! Sequences laid onto transcripts, and what they translate to.
#![allow(clippy::unwrap_used)]

use std::collections::HashMap;
use std::sync::Arc;

use super::*;

fn interval((start, end): (u32, u32)) -> Interval {
    Interval { start, end }
}

/// A transcript of the contig `1` whose first coding part has `phase`.
fn transcript(
    id: &str,
    strand: Strand,
    exons: &[(u32, u32)],
    coding: &[(u32, u32)],
    phase: u8,
) -> Transcript {
    let exons: Vec<Interval> = exons.iter().copied().map(interval).collect();
    let mut coding: Vec<CodingPart> =
        coding.iter().map(|ends| CodingPart { interval: interval(*ends), phase: None }).collect();
    let first = if strand == Strand::Forward { coding.first_mut() } else { coding.last_mut() };
    if let Some(first) = first {
        first.phase = Some(phase);
    }
    Transcript {
        id: id.to_owned(),
        version: Some("1".to_owned()),
        gene_id: "g".to_owned(),
        gene: "G".to_owned(),
        biotype: "protein_coding".to_owned(),
        contig: "1".to_owned(),
        strand,
        interval: Interval { start: exons[0].start, end: exons[exons.len() - 1].end },
        exons,
        coding,
        utrs: Vec::new(),
        protein_id: Some(id.replace("ENST", "ENSP")),
        mane_select: false,
        mane_plus_clinical: false,
        canonical: false,
        tsl: None,
        appris: None,
        cds_start_not_found: false,
        cds_end_not_found: false,
        selenocysteines: Vec::new(),
        mitochondrial: false,
    }
}

fn record(id: &str, description: &str, sequence: &str) -> FastaRecord {
    let sequence = sequence.as_bytes().to_vec();
    FastaRecord { id: id.to_owned(), description: description.to_owned(), line: 1, sequence }
}

#[test]
fn sequences_are_laid_onto_exons() {
    let transcripts = [
        transcript("ENST1", Strand::Forward, &[(3, 5), (9, 11)], &[(4, 5), (9, 9)], 0),
        transcript("ENST2", Strand::Reverse, &[(4, 5), (9, 12)], &[(5, 5), (9, 10)], 0),
        transcript("ENST3", Strand::Reverse, &[(20, 30)], &[(22, 24), (26, 28)], 0),
        transcript("ENST4", Strand::Forward, &[(40, 45)], &[], 0),
        transcript("ENST5", Strand::Forward, &[(50, 55)], &[], 0),
        transcript("ENST000006", Strand::Forward, &[(60, 62)], &[], 0),
    ];
    let cdna = [
        record("ENST1", "", "ACGtga"),
        // On the contig: CG at 4, TGCC at 9; ENST1 has TGA there.
        record("ENST2", "", "GGCACG"),
        record("ENST3", "cds", "AACCGG"),
        record("ENST5", "", "ACG"),
        record("ENST000006.2", "", "ACG"),
        record("ENST9", "", "ACG"),
    ];
    let contigs = [("1".to_owned(), Some(70))];
    let laid = lay_cdna(&transcripts, &contigs, cdna, "cdna.fa");
    let contig = &laid.contigs["1"];
    assert_eq!(contig.bases(1, 31), b"NNACGNNNTGACNNNNNNNNNCCGNGTTNNN");
    assert_eq!(contig.length(), Some(70));
    assert_eq!((laid.on_exons, laid.on_coding, laid.missing, laid.unknown), (2, 1, 1, 1));
    assert_eq!(laid.known, [true, true, true, false, false, false]);
    assert_eq!(laid.conflicts, 1);
    let refused: Vec<&str> = laid.refused.iter().map(|row| row.message.as_str()).collect();
    let expected = [
        "ENST5.1: 3 bases; expected 6, as the exons have, or 0, as the coding sequence has",
        "ENST000006.1: the sequence is of version 2",
    ];
    assert_eq!(refused, expected);
}

#[test]
fn proteins_of_every_kind() {
    let check = |edit: fn(&mut Transcript), strand, phase, bases: &str, expected: &str| {
        let length = bases.len() as u32;
        let mut made = transcript("ENST1", strand, &[(1, length)], &[(1, 4), (5, length)], phase);
        edit(&mut made);
        let contig = ContigSequence::whole(bases.as_bytes().to_vec());
        assert_eq!(protein(&made, &contig).as_deref(), Some(expected), "{bases}");
    };
    check(|_| (), Strand::Forward, 0, "ATGTGAAAATAA", "M*K");
    check(|made| made.selenocysteines = vec![4], Strand::Forward, 0, "ATGTGAAAATAA", "MUK");
    check(|made| made.selenocysteines = vec![9], Strand::Reverse, 0, "TTATTTTCACAT", "MUK");
    // Neither a codon's first base, nor a stop.
    check(|made| made.selenocysteines = vec![5, 7], Strand::Forward, 0, "ATGTGAAAATAA", "M*K");
    check(|made| made.mitochondrial = true, Strand::Forward, 0, "ATGTGAATATA", "MWM");
    check(|_| (), Strand::Forward, 2, "GGATGAAACC", "XMK");
    check(|made| made.selenocysteines = vec![5], Strand::Forward, 1, "GATGTGAAAA", "XMUK");
    // Less than the rest of a codon.
    let bare = transcript("ENST1", Strand::Forward, &[(1, 1)], &[(1, 1)], 2);
    assert_eq!(protein(&bare, &ContigSequence::whole(b"A".to_vec())).as_deref(), Some("X"));
    let noncoding = transcript("ENST1", Strand::Forward, &[(1, 9)], &[], 0);
    assert_eq!(protein(&noncoding, &ContigSequence::whole(b"ATGATGATG".to_vec())), None);
}

#[test]
fn proteins_are_compared() {
    // CTG AAA GC: leucine or the initiator's methionine, lysine, and an incomplete alanine.
    let bases = ContigSequence::whole(b"CTGAAAGCTAA".to_vec());
    let sequences = MemorySequences(HashMap::from([("1".to_owned(), Arc::new(bases))]));
    let transcripts = [
        transcript("ENST1", Strand::Forward, &[(1, 8)], &[(1, 8)], 0),
        transcript("ENST2", Strand::Forward, &[(1, 6)], &[(1, 6)], 0),
        transcript("ENST3", Strand::Forward, &[(1, 6)], &[(1, 6)], 0),
        transcript("ENST4", Strand::Forward, &[(1, 6)], &[(1, 6)], 0),
        transcript("ENST5", Strand::Forward, &[(1, 6)], &[(1, 6)], 0),
        transcript("ENST6", Strand::Forward, &[(1, 6)], &[], 0),
    ];
    let proteins = [
        record("ENSP1", "", "LKA"),
        record("x", "pep transcript:ENST2 y", "MK*"),
        record("ENST3", "", "LKA"),
        record("ENSP4", "", "LR"),
        record("ENSP9", "", "LR"),
    ];
    let check = check_proteins(&transcripts, &sequences, &proteins).unwrap();
    let counts = (check.same, check.other_start, check.missing, check.unknown);
    assert_eq!(counts, (2, 1, 1, 1));
    let found: Vec<_> = check
        .differing
        .iter()
        .map(|found| (found.transcript.as_str(), found.position, found.translated, found.expected))
        .collect();
    let expected = [("ENST3.1", 3, None, Some('A')), ("ENST4.1", 2, Some('K'), Some('R'))];
    assert_eq!(found, expected);
}
