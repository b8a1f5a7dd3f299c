//! What a name says, done to the bases, gives the mutant; for thousands of random changes.

use std::collections::{BTreeMap, HashMap};

use super::super::{CodingChange, CodingEdit, GenomicChange, coding, genomic, parse_coding};
use super::Random;
use super::dna::transcript;
use crate::reference::{ContigSequence, Strand, Transcript};

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
    let first_part = match transcript.strand {
        Strand::Forward => transcript.coding.first(),
        Strand::Reverse => transcript.coding.last(),
    };
    let missing = first_part.map_or(0, |part| [0, 2, 1][usize::from(part.phase.unwrap())]);
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
