use super::super::{GenomicChange, coding, genomic};
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
    check("GGNA", 4, "A", "NA", "3_4insN");
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

/// Exons, coding parts (with the phase of the one that is read first) and strand; all else does not matter here.
pub(super) fn transcript(
    exons: &[(u32, u32)],
    coding: &[(u32, u32)],
    phase: u8,
    strand: Strand,
) -> Transcript {
    let interval = |&(start, end): &(u32, u32)| Interval { start, end };
    let read_first = if strand == Strand::Forward { coding.first() } else { coding.last() };
    let part = |span| CodingPart {
        interval: interval(span),
        phase: Some(if Some(span) == read_first { phase } else { (phase + 1) % 3 }),
    };
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
