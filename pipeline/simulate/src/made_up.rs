//! A genome that nobody has: random genes with introns on both strands, for cohorts without a reference.
//!
//! Proteins have human composition and length, coding sequences human codon usage, exons and introns the shape of genes; the
//! sequences themselves are random, so no peptide of them means anything. It is always the same genome.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::sync::Arc;

use rand::{Rng, RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rand_distr::weighted::WeightedAliasIndex;
use rand_distr::{Distribution, LogNormal};
use vaxloom_genome::reference::{
    CodingPart, ContigSequence, Interval, MemorySequences, Reference, Strand, Transcript, Utr,
    reverse_complement,
};

/// Genes of the genome.
pub const GENES: usize = 3000;
/// Contigs that they lie on, as many on each.
const CONTIGS: usize = 12;
const SEED: u64 = 0x5EED_0F6E_0000;

/// Residues of a protein: log-normal around the median of human proteins (Brocchieri and Karlin 2005, Nucleic Acids Res 33:3390,
/// who give 375 for human proteins); the spread is a choice.
const RESIDUES: (f64, f64) = (375.0, 0.7);
const RESIDUES_RANGE: (usize, usize) = (80, 3000);
/// Bases of a coding exon: log-normal around 122 (median of human internal exons; International Human Genome Sequencing Consortium
/// 2001, Nature 409:860); the spread is a choice.
const EXON: (f64, f64) = (122.0, 0.5);
const SHORTEST_EXON: usize = 40;
/// Bases of introns, untranslated ends and of what lies between genes: far fewer than in a human genome, on purpose.
const INTRON: std::ops::Range<usize> = 70..300;
const ENDS: std::ops::Range<usize> = 60..400;
const BETWEEN: std::ops::Range<usize> = 300..1500;

/// Per thousand residues of human proteins (UniProtKB/Swiss-Prot), and percent of each codon among its synonyms (Kazusa codon
/// usage database, *Homo sapiens*, 93,487 coding sequences; Nakamura et al. 2000, Nucleic Acids Res 28:292).
const USAGE: [(u32, &[(&str, u32)]); 20] = [
    (70, &[("GCA", 23), ("GCC", 40), ("GCG", 11), ("GCT", 26)]),
    (23, &[("TGC", 55), ("TGT", 45)]),
    (47, &[("GAC", 54), ("GAT", 46)]),
    (71, &[("GAA", 42), ("GAG", 58)]),
    (37, &[("TTC", 55), ("TTT", 45)]),
    (66, &[("GGA", 25), ("GGC", 34), ("GGG", 25), ("GGT", 16)]),
    (26, &[("CAC", 59), ("CAT", 41)]),
    (43, &[("ATA", 16), ("ATC", 48), ("ATT", 36)]),
    (57, &[("AAA", 42), ("AAG", 58)]),
    (100, &[("CTA", 7), ("CTC", 20), ("CTG", 41), ("CTT", 13), ("TTA", 7), ("TTG", 13)]),
    (21, &[("ATG", 100)]),
    (36, &[("AAC", 54), ("AAT", 46)]),
    (63, &[("CCA", 27), ("CCC", 33), ("CCG", 11), ("CCT", 28)]),
    (48, &[("CAA", 25), ("CAG", 75)]),
    (56, &[("AGA", 20), ("AGG", 20), ("CGA", 11), ("CGC", 19), ("CGG", 21), ("CGT", 8)]),
    (83, &[("AGC", 24), ("AGT", 15), ("TCA", 15), ("TCC", 22), ("TCG", 6), ("TCT", 18)]),
    (54, &[("ACA", 28), ("ACC", 36), ("ACG", 12), ("ACT", 24)]),
    (60, &[("GTA", 11), ("GTC", 24), ("GTG", 47), ("GTT", 18)]),
    (12, &[("TGG", 100)]),
    (27, &[("TAC", 57), ("TAT", 43)]),
];
const STOPS: [&str; 3] = ["TAA", "TAG", "TGA"];

/// Contigs with their bases, and the transcripts on them.
#[derive(Clone, Debug)]
pub struct MadeUp {
    /// Name and bases.
    pub contigs: Vec<(String, Vec<u8>)>,
    /// One a gene.
    pub transcripts: Vec<Transcript>,
}

impl MadeUp {
    /// The genome.
    pub fn new() -> Self {
        let mut random = ChaCha8Rng::seed_from_u64(SEED);
        let codons = Codons::new();
        let (mut contigs, mut transcripts) = (Vec::new(), Vec::new());
        for contig in 1..=CONTIGS {
            let name = format!("sim{contig}");
            let mut bases = Vec::new();
            for _ in 0..GENES / CONTIGS {
                let between = random.random_range(BETWEEN);
                noise(between, &mut bases, &mut random);
                let built = build(&codons, &mut random);
                let number = transcripts.len() + 1;
                transcripts.push(built.place(&name, &mut bases, number));
            }
            noise(BETWEEN.end, &mut bases, &mut random);
            contigs.push((name, bases));
        }
        Self { contigs, transcripts }
    }

    /// The same in memory, as consequences are computed from it.
    pub fn reference(&self) -> Reference {
        let lengths = self.contigs.iter();
        let lengths = lengths.map(|(name, bases)| (name.clone(), Some(bases.len() as u32)));
        let sequences: HashMap<_, _> = self
            .contigs
            .iter()
            .map(|(name, bases)| (name.clone(), Arc::new(ContigSequence::whole(bases.clone()))))
            .collect();
        let sequences = Box::new(MemorySequences(sequences));
        Reference::new(self.transcripts.clone(), lengths.collect(), sequences)
    }

    /// The bases as FASTA.
    pub fn fasta(&self) -> String {
        let mut text = String::new();
        for (name, bases) in &self.contigs {
            let _ = writeln!(text, ">{name} made up by vaxloom simulate");
            for line in bases.chunks(80) {
                text.extend(line.iter().map(|base| char::from(*base)));
                text.push('\n');
            }
        }
        text
    }

    /// The transcripts as GFF3, in Ensembl's manner.
    pub fn gff(&self) -> String {
        let mut text = "##gff-version 3\n".to_owned();
        for (name, bases) in &self.contigs {
            let _ = writeln!(text, "##sequence-region {name} 1 {}", bases.len());
        }
        self.transcripts.iter().for_each(|transcript| feature_lines(transcript, &mut text));
        text
    }
}

impl Default for MadeUp {
    fn default() -> Self {
        Self::new()
    }
}

fn feature_lines(transcript: &Transcript, text: &mut String) {
    let strand = if transcript.strand == Strand::Forward { '+' } else { '-' };
    let mut line = |kind: &str, at: Interval, phase: &str, attributes: &str| {
        let (start, end) = (at.start, at.end);
        let contig = &transcript.contig;
        let _ = writeln!(
            text,
            "{contig}\tvaxloom\t{kind}\t{start}\t{end}\t.\t{strand}\t{phase}\t{attributes}"
        );
    };
    let (gene, id) = (&transcript.gene_id, &transcript.id);
    let protein = transcript.protein_id.as_deref().unwrap_or_default();
    let name = &transcript.gene;
    let own = format!("ID=gene:{gene};Name={name};biotype=protein_coding");
    line("gene", transcript.interval, ".", &own);
    let own = format!(
        "ID=transcript:{id};Parent=gene:{gene};biotype=protein_coding;version=1;tag=basic,Ensembl_canonical;transcript_support_level=1"
    );
    line("mRNA", transcript.interval, ".", &own);
    let parent = format!("Parent=transcript:{id}");
    for exon in &transcript.exons {
        line("exon", *exon, ".", &parent);
    }
    let own = format!("ID=CDS:{protein};{parent};protein_id={protein}");
    for part in &transcript.coding {
        let phase = part.phase.map_or_else(|| ".".to_owned(), |phase| phase.to_string());
        line("CDS", part.interval, &phase, &own);
    }
    for utr in &transcript.utrs {
        let kind = if utr.five_prime { "five_prime_UTR" } else { "three_prime_UTR" };
        line(kind, utr.interval, ".", &parent);
    }
}

/// Codons by how often human proteins use them.
struct Codons {
    names: Vec<&'static str>,
    alias: Option<WeightedAliasIndex<u32>>,
}

impl Codons {
    fn new() -> Self {
        let all = USAGE.iter().flat_map(|(residues, codons)| {
            codons.iter().map(move |(codon, percent)| (*codon, residues * percent))
        });
        let (names, weights): (Vec<_>, Vec<_>) = all.unzip();
        Self { names, alias: WeightedAliasIndex::new(weights).ok() }
    }

    fn draw(&self, random: &mut impl Rng) -> &'static str {
        self.names[self.alias.as_ref().map_or(0, |alias| alias.sample(random))]
    }
}

/// A gene in direction of transcription, from its first exon's first base; offsets from 0.
struct Built {
    bases: Vec<u8>,
    /// First offset and length of each exon.
    exons: Vec<(usize, usize)>,
    /// Of each coding part, with its phase.
    coding: Vec<(usize, usize, u8)>,
    forward: bool,
}

fn build(codons: &Codons, random: &mut ChaCha8Rng) -> Built {
    let (least, most) = RESIDUES_RANGE;
    let residues = (log_normal(RESIDUES, random) as usize).clamp(least, most);
    let mut sequence = b"ATG".to_vec();
    (1..residues).for_each(|_| sequence.extend_from_slice(codons.draw(random).as_bytes()));
    sequence.extend_from_slice(STOPS[random.random_range(0..STOPS.len())].as_bytes());
    let (mut bases, mut exons, mut coding) = (Vec::new(), Vec::new(), Vec::new());
    let (before, after) = (random.random_range(ENDS), random.random_range(ENDS));
    noise(before, &mut bases, random);
    let (mut from, mut exon) = (0, 0);
    while from < sequence.len() {
        let wanted = (log_normal(EXON, random) as usize).max(SHORTEST_EXON);
        let left = sequence.len() - from;
        let length = if left < wanted + SHORTEST_EXON { left } else { wanted };
        coding.push((bases.len(), length, ((3 - from % 3) % 3) as u8));
        bases.extend_from_slice(&sequence[from..from + length]);
        from += length;
        if from < sequence.len() {
            exons.push((exon, bases.len() - exon));
            intron(&mut bases, random);
            exon = bases.len();
        }
    }
    noise(after, &mut bases, random);
    exons.push((exon, bases.len() - exon));
    Built { bases, exons, coding, forward: random.random() }
}

impl Built {
    /// Appends the gene to a contig.
    fn place(self, contig: &str, onto: &mut Vec<u8>, number: usize) -> Transcript {
        let (offset, length) = (onto.len(), self.bases.len());
        let interval = |from: usize, size: usize| {
            let first = if self.forward { from } else { length - from - size };
            let start = (offset + first + 1) as u32;
            Interval { start, end: start + size as u32 - 1 }
        };
        let mut exons: Vec<Interval> = self.exons.iter().map(|&(at, n)| interval(at, n)).collect();
        let parts = self.coding.iter();
        let mut coding: Vec<CodingPart> = parts
            .map(|&(at, n, phase)| CodingPart { interval: interval(at, n), phase: Some(phase) })
            .collect();
        let (first, last) = (self.coding[0], self.coding[self.coding.len() - 1]);
        let end = last.0 + last.1;
        let mut utrs = vec![
            Utr { interval: interval(0, first.0), five_prime: true, derived: false },
            Utr { interval: interval(end, length - end), five_prime: false, derived: false },
        ];
        if !self.forward {
            exons.reverse();
            coding.reverse();
            utrs.reverse();
        }
        if self.forward {
            onto.extend_from_slice(&self.bases);
        } else {
            onto.extend(reverse_complement(&self.bases));
        }
        Transcript {
            id: format!("SIMT{number:011}"),
            version: Some("1".to_owned()),
            gene_id: format!("SIMG{number:011}"),
            gene: format!("SIM{number:04}"),
            biotype: "protein_coding".to_owned(),
            contig: contig.to_owned(),
            strand: if self.forward { Strand::Forward } else { Strand::Reverse },
            interval: interval(0, length),
            exons,
            coding,
            utrs,
            protein_id: Some(format!("SIMP{number:011}")),
            mane_select: false,
            mane_plus_clinical: false,
            canonical: true,
            tsl: Some(1),
            appris: None,
            cds_start_not_found: false,
            cds_end_not_found: false,
            selenocysteines: Vec::new(),
            mitochondrial: false,
        }
    }
}

/// From GT to AG.
fn intron(bases: &mut Vec<u8>, random: &mut ChaCha8Rng) {
    bases.extend_from_slice(b"GT");
    let length = random.random_range(INTRON);
    noise(length, bases, random);
    bases.extend_from_slice(b"AG");
}

fn noise(length: usize, bases: &mut Vec<u8>, random: &mut ChaCha8Rng) {
    bases.extend((0..length).map(|_| b"ACGT"[random.random_range(0..4)]));
}

fn log_normal((median, spread): (f64, f64), random: &mut ChaCha8Rng) -> f64 {
    LogNormal::new(median.ln(), spread).map_or(median, |law| law.sample(random))
}
