use std::collections::{BTreeMap, HashMap};

use super::super::{CodingChange, CodingEdit, GenomicChange, coding, genomic, parse_coding};
use super::Random;
use crate::reference::{CodingPart, ContigSequence, Interval, Strand, Transcript};

fn change(position: u32, reference: &str, alternative: &str) -> GenomicChange {
    GenomicChange::from_vcf(position, reference.as_bytes(), alternative.as_bytes()).unwrap()
}

/// Sequences and changes of the recommendations on DNA, placed on contigs of their own.
#[test]
fn genomic_names() {
    let check = |bases: &str, position, reference, alternative, expected: &str| {
        let sequence = ContigSequence::whole(bases.as_bytes().to_vec());
        let name = genomic(&change(position, reference, alternative), &sequence, "NC_1.1");
        assert_eq!(name, format!("NC_1.1:g.{expected}"));
    };
    check("TGTGATTCT", 4, "G", "A", "4G>A");
    check("TGTGATTCT", 5, "ATT", "AT", "7del");
    check("GTGTGATTCTG", 4, "TGAT", "T", "5_7del");
    check("ATTGAAAAAAAATTAG", 4, "GA", "G", "12del");
    check("ACTTACTGCC", 6, "C", "CT", "7dup");
    check("ACAATTGCC", 5, "T", "TTGC", "6_8dup");
    check("ACATTGCC", 3, "A", "ATTG", "4_6dup");
    check("AGAAGTCC", 4, "A", "AC", "4_5insC");
    check("AGAAGTCC", 4, "AG", "TTC", "4_5delinsTTC");
    check("CTCCGAGC", 3, "CCGA", "TCGG", "3_6inv");
    check("CTCAGAGC", 4, "A", "T", "4A>T");
    // Not beyond the contig's end, where nothing has a name.
    check("GGCA", 3, "C", "CAG", "3_4insAG");
    check("GGCA", 3, "C", "CA", "4dup");
    check("GGCANNAA", 3, "C", "CA", "4dup");
    check("GGTANNAA", 4, "AN", "A", "5del");
}

#[test]
fn normal_forms() {
    let check = |bases: &str, record: (u32, &str, &str), left: (u32, &str, &str), right: u32| {
        let sequence = ContigSequence::whole(bases.as_bytes().to_vec());
        let change = change(record.0, record.1, record.2);
        let (position, reference, alternative) =
            change.clone().left_aligned(&sequence).to_vcf(&sequence);
        let text = |allele| String::from_utf8(allele).unwrap();
        assert_eq!((position, &*text(reference), &*text(alternative)), left);
        let right_aligned = change.right_aligned(&sequence);
        assert_eq!(right_aligned.position, right);
        let (position, reference, alternative) =
            right_aligned.left_aligned(&sequence).to_vcf(&sequence);
        assert_eq!((position, &*text(reference), &*text(alternative)), left);
    };
    // The CA repeat of Tan et al. 2015, figure 1.
    check("GGGCACACACAGGG", (8, "CAC", "C"), (3, "GCA", "G"), 10);
    check("GGGCACACACAGGG", (6, "cac", "c"), (3, "GCA", "G"), 10);
    check("AAAAT", (3, "AA", "A"), (1, "AA", "A"), 4);
    check("AAAAT", (3, "A", "AA"), (1, "A", "AA"), 5);
    check("TAANAAC", (6, "AA", "A"), (4, "NA", "N"), 6);
    check("TACGT", (3, "CGT", "CT"), (3, "CG", "C"), 4);
    check("TACGT", (2, "ACG", "ATT"), (3, "CG", "TT"), 3);
    assert_eq!(GenomicChange::from_vcf(5, b"AC", b"ac"), None);
}

/// Exons, coding parts (with the phase of the first) and strand; everything else does not matter here.
fn transcript(
    exons: &[(u32, u32)],
    coding: &[(u32, u32)],
    phase: u8,
    strand: Strand,
) -> Transcript {
    let interval = |&(start, end): &(u32, u32)| Interval { start, end };
    let part = |span| CodingPart { interval: interval(span), phase: Some(phase) };
    Transcript {
        id: "T".to_owned(),
        version: Some("1".to_owned()),
        gene_id: "G".to_owned(),
        gene: "G".to_owned(),
        biotype: "protein_coding".to_owned(),
        contig: "1".to_owned(),
        strand,
        interval: Interval { start: exons[0].0, end: exons[exons.len() - 1].1 },
        exons: exons.iter().map(interval).collect(),
        coding: coding.iter().map(part).collect(),
        utrs: Vec::new(),
        protein_id: None,
        mane_select: false,
        mane_plus_clinical: false,
        canonical: false,
        tsl: None,
        appris: None,
        cds_start_not_found: phase > 0,
        cds_end_not_found: false,
        selenocysteines: Vec::new(),
        mitochondrial: false,
    }
}

/// Three exons on the forward strand: UTR of 5, start codon cut by the first intron (7 bases), stop codon by the
/// second (8), UTR of 4.
const BASES: &str = "TTTTTTTTTGCAGCATgtaccagGCAGGAAAACCTTgtcttcagAGCTTGGGGGG";
const EXONS: [(u32, u32); 3] = [(10, 16), (24, 36), (45, 50)];
const CODING: [(u32, u32); 3] = [(15, 16), (24, 36), (45, 46)];

#[test]
fn coding_names() {
    let sequence = ContigSequence::whole(BASES.as_bytes().to_vec());
    let check = |transcript: &Transcript, position, reference, alternative, expected: &str| {
        let name = coding(transcript, &change(position, reference, alternative), &sequence);
        assert_eq!(name.as_deref(), Some(expected), "{position} {reference} {alternative}");
    };
    let forward = transcript(&EXONS, &CODING, 0, Strand::Forward);
    check(&forward, 15, "A", "G", "T.1:c.1A>G");
    check(&forward, 24, "G", "T", "T.1:c.3G>T");
    check(&forward, 14, "C", "G", "T.1:c.-1C>G");
    check(&forward, 10, "G", "A", "T.1:c.-5G>A");
    check(&forward, 46, "G", "C", "T.1:c.17G>C");
    check(&forward, 47, "C", "G", "T.1:c.*1C>G");
    check(&forward, 50, "G", "C", "T.1:c.*4G>C");
    // An intron of 7 bases: the fourth is as far from both exons.
    check(&forward, 20, "C", "T", "T.1:c.2+4C>T");
    check(&forward, 21, "C", "T", "T.1:c.3-3C>T");
    check(&forward, 40, "T", "A", "T.1:c.15+4T>A");
    check(&forward, 41, "T", "A", "T.1:c.16-4T>A");
    check(&forward, 27, "GGAA", "G", "T.1:c.7_9del");
    check(&forward, 29, "A", "AA", "T.1:c.11dup");
    check(&forward, 33, "C", "CGG", "T.1:c.12_13insGG");
    check(&forward, 35, "TTG", "GCC", "T.1:c.14_15+1delinsGCC");
    check(&forward, 25, "CA", "TG", "T.1:c.4_5inv");
    check(&forward, 14, "CATG", "C", "T.1:c.1_2+1del");
    // HGVS, deletion: ag|G is named in the exon, T|gt is not moved into the next exon.
    check(&forward, 22, "AG", "A", "T.1:c.3del");
    check(&forward, 35, "TT", "T", "T.1:c.15del");
    // Not beyond the last base.
    check(&forward, 48, "TTGG", "TTG", "T.1:c.*4del");
    check(&forward, 50, "G", "GG", "T.1:c.*4dup");

    let reverse = transcript(&EXONS, &CODING, 0, Strand::Reverse);
    check(&reverse, 46, "G", "C", "T.1:c.1C>G");
    check(&reverse, 47, "C", "G", "T.1:c.-1G>C");
    check(&reverse, 14, "C", "G", "T.1:c.*1G>C");
    check(&reverse, 20, "C", "T", "T.1:c.15+4G>A");
    check(&reverse, 29, "A", "AA", "T.1:c.10dup");
    check(&reverse, 27, "GGAA", "G", "T.1:c.9_11del");
    check(&reverse, 33, "C", "CGA", "T.1:c.5_6insTC");

    let noncoding = transcript(&EXONS, &[], 0, Strand::Forward);
    check(&noncoding, 24, "G", "T", "T.1:n.8G>T");
    check(&noncoding, 17, "G", "T", "T.1:n.7+1G>T");
    // Two of three bases of the first codon are known, then one.
    let cut = transcript(&EXONS, &[(10, 16), (24, 36), (45, 50)], 2, Strand::Forward);
    check(&cut, 10, "G", "A", "T.1:c.2G>A");
    let cut = transcript(&EXONS, &[(10, 16), (24, 36), (45, 50)], 1, Strand::Forward);
    check(&cut, 10, "G", "A", "T.1:c.3G>A");

    for outside in [change(9, "T", "G"), change(51, "G", "C"), change(8, "TTG", "T")] {
        assert_eq!(coding(&forward, &outside, &sequence), None);
    }
}

/// Bases of a transcript in the order of reading, introns included, each with its name: walked base by base.
fn named_bases(transcript: &Transcript, bases: &[u8]) -> Vec<(String, u8)> {
    let (start, end) = (transcript.interval.start, transcript.interval.end);
    let mut places: Vec<u32> = (start..=end).collect();
    if transcript.strand == Strand::Reverse {
        places.reverse();
    }
    let exonic = |at: u32| transcript.exons.iter().any(|exon| exon.contains(at));
    let coding = |at: u32| transcript.coding.iter().any(|part| part.interval.contains(at));
    let spliced: Vec<u32> = places.iter().copied().filter(|&at| exonic(at)).collect();
    let first_coding = spliced.iter().position(|&at| coding(at));
    let last_coding = spliced.iter().rposition(|&at| coding(at));
    let missing =
        transcript.coding.first().map_or(0, |part| [0, 2, 1][usize::from(part.phase.unwrap())]);
    let names: BTreeMap<u32, String> = spliced
        .iter()
        .enumerate()
        .map(|(index, &at)| {
            let name = match (first_coding, last_coding) {
                (Some(first), _) if index < first => format!("-{}", first - index),
                (_, Some(last)) if index > last => format!("*{}", index - last),
                (Some(first), _) => (index - first + 1 + missing).to_string(),
                _ => (index + 1).to_string(),
            };
            (at, name)
        })
        .collect();
    let name = |index: usize| {
        if let Some(name) = names.get(&places[index]) {
            return name.clone();
        }
        let behind = (1..=index).find(|step| exonic(places[index - step])).unwrap();
        let ahead = (1..places.len()).find(|step| exonic(places[index + step])).unwrap();
        if behind <= ahead {
            format!("{}+{behind}", names[&places[index - behind]])
        } else {
            format!("{}-{ahead}", names[&places[index + ahead]])
        }
    };
    let base = |at: u32| read(bases[at as usize - 1], transcript.strand);
    (0..places.len()).map(|index| (name(index), base(places[index]))).collect()
}

fn read(base: u8, strand: Strand) -> u8 {
    match (strand, base) {
        (Strand::Forward, base) => base,
        (Strand::Reverse, b'A') => b'T',
        (Strand::Reverse, b'C') => b'G',
        (Strand::Reverse, b'G') => b'C',
        (Strand::Reverse, _) => b'A',
    }
}

/// What `described` makes of `bases`, and checks of its form: no other place further on, no repeat as insertion.
fn apply(described: &CodingChange, index: &HashMap<String, usize>, bases: &[u8]) -> Vec<u8> {
    let first = index[&described.first.to_string()];
    let last = described.last.map_or(first, |last| index[&last.to_string()]);
    assert!(first < last || described.last.is_none());
    let with = |from: usize, to: usize, new: &[u8]| [&bases[..from], new, &bases[to..]].concat();
    let touched = &bases[first..=last];
    match &described.edit {
        CodingEdit::Substitution(old, new) => {
            assert_eq!(touched, [*old as u8]);
            with(first, first + 1, &[*new as u8])
        }
        CodingEdit::Deletion => {
            assert_ne!(bases.get(last + 1), Some(&bases[first]));
            with(first, last + 1, b"")
        }
        CodingEdit::Duplication => {
            assert_ne!(bases.get(last + 1), Some(&bases[first]));
            with(last + 1, last + 1, touched)
        }
        CodingEdit::Insertion(new) => {
            assert_eq!(last, first + 1);
            assert!(!bases[..last].ends_with(new.as_bytes()));
            // At the end an insertion can be unable to move on for want of a neighbour there.
            assert!(new.as_bytes()[0] != bases[last] || last + 1 == bases.len());
            with(last, last, new.as_bytes())
        }
        CodingEdit::DelIns(new) => with(first, last + 1, new.as_bytes()),
        CodingEdit::Inversion => {
            assert!(first < last);
            let turned: Vec<u8> =
                touched.iter().rev().map(|&base| read(base, Strand::Reverse)).collect();
            with(first, last + 1, &turned)
        }
        CodingEdit::Same => bases.to_vec(),
    }
}

/// A contig of few words, so that changes can move, and a random change of it.
fn random_change(random: &mut Random, bases: &[u8]) -> Option<GenomicChange> {
    let at = random.below(bases.len());
    let length = random.below(5).min(bases.len() - at);
    let new_length = if random.below(3) == 0 { length } else { random.below(5) };
    let new = random.text(b"AACG", new_length);
    GenomicChange::from_vcf(at as u32 + 1, &bases[at..at + length], &new)
}

fn mutant(bases: &[u8], change: &GenomicChange) -> Vec<u8> {
    let start = change.position as usize - 1;
    let end = start + change.reference.len();
    assert_eq!(bases[start..end], change.reference);
    [&bases[..start], &change.alternative, &bases[end..]].concat()
}

#[test]
fn genomic_names_give_the_mutant() {
    let mut random = Random::new();
    let index: HashMap<String, usize> = (0..40).map(|at| ((at + 1).to_string(), at)).collect();
    let mut described = 0;
    for _ in 0..20_000 {
        let bases = random.text(b"AAACG", 40);
        let sequence = ContigSequence::whole(bases.clone());
        let Some(change) = random_change(&mut random, &bases) else { continue };
        let expected = mutant(&bases, &change);
        let name = genomic(&change, &sequence, "NC_1.1");
        for moved in
            [change.clone().left_aligned(&sequence), change.clone().right_aligned(&sequence)]
        {
            assert_eq!(mutant(&bases, &moved), expected);
            assert_eq!(genomic(&moved, &sequence, "NC_1.1"), name);
            let (position, reference, alternative) = moved.to_vcf(&sequence);
            let record = GenomicChange::from_vcf(position, &reference, &alternative).unwrap();
            assert_eq!(mutant(&bases, &record), expected);
            assert_eq!(record.left_aligned(&sequence), moved.left_aligned(&sequence));
        }
        // New bases before the first and behind the last base have no neighbour to name.
        if name.contains("g.0_1ins") || name.contains("g.40_41ins") {
            continue;
        }
        let parsed = parse_coding(&name).unwrap();
        assert_eq!(apply(&parsed, &index, &bases), expected, "{name}");
        assert_eq!(parsed.to_string(), name);
        described += 1;
    }
    assert!(described > 16_000, "{described}");
}

#[test]
fn coding_names_give_the_mutant() {
    let mut random = Random::new();
    let exons = [(6, 20), (28, 39), (48, 63)];
    let layouts: [(&[(u32, u32)], u8); 4] = [
        (&[(12, 20), (28, 39), (48, 55)], 0),
        (&[(19, 20), (28, 39), (48, 48)], 0),
        (&[(6, 20), (28, 39), (48, 63)], 1),
        (&[], 0),
    ];
    let mut described = 0;
    for round in 0..24_000 {
        let (parts, phase) = layouts[round % 4];
        let strand = if round % 8 < 4 { Strand::Forward } else { Strand::Reverse };
        let transcript = transcript(&exons, parts, phase, strand);
        let bases = random.text(b"AAACG", 70);
        let sequence = ContigSequence::whole(bases.clone());
        let Some(change) = random_change(&mut random, &bases) else { continue };
        let name = coding(&transcript, &change, &sequence);
        for moved in
            [change.clone().left_aligned(&sequence), change.clone().right_aligned(&sequence)]
        {
            assert_eq!(coding(&transcript, &moved, &sequence), name);
        }
        let inside = |change: &GenomicChange| {
            let (length, end) = (change.reference.len() as u32, change.position - 1);
            change.position > transcript.interval.start - u32::from(length > 0)
                && end + length <= transcript.interval.end - u32::from(length == 0)
        };
        let Some(name) = name else {
            assert!(!inside(&change), "{change:?}");
            continue;
        };
        let named = named_bases(&transcript, &bases);
        let index = named.iter().enumerate().map(|(at, (name, _))| (name.clone(), at)).collect();
        let read_bases: Vec<u8> = named.iter().map(|(_, base)| *base).collect();
        let parsed = parse_coding(&name).unwrap();
        let found = apply(&parsed, &index, &read_bases);
        assert_eq!(found, expected_bases(&transcript, &bases, &change), "{name} {change:?}");
        assert_eq!(parsed.to_string(), name);
        described += 1;
    }
    assert!(described > 15_000, "{described}");
}

/// The changed transcript, introns included: what lies outside of it stays.
fn expected_bases(transcript: &Transcript, bases: &[u8], change: &GenomicChange) -> Vec<u8> {
    let whole = mutant(bases, change);
    let before = transcript.interval.start as usize - 1;
    let after = bases.len() - transcript.interval.end as usize;
    let mut cut: Vec<u8> = whole[before..whole.len() - after]
        .iter()
        .map(|&base| read(base, transcript.strand))
        .collect();
    if transcript.strand == Strand::Reverse {
        cut.reverse();
    }
    cut
}
