//! The coding sequences that mutations are planted in: one transcript a gene, with the place of every base.

use std::collections::BTreeMap;
use std::sync::Arc;

use vaxloom_genome::reference::{ContigSequence, Interval, Reference, Strand, Transcript};

use crate::SimulateError;
use crate::effect::{STOP, translate};
use crate::signature::{complement, trinucleotide_of};

/// The least number of residues.
const SHORTEST: usize = 30;

/// Marks a coding base whose neighbours are not known.
pub const NO_CONTEXT: u8 = u8::MAX;

/// A piece of the coding sequence within one exon.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Part {
    /// Where it lies.
    pub interval: Interval,
    /// Offset of its first base (in direction of translation) in the coding sequence.
    pub first: usize,
}

/// A gene, as one of its transcripts. Sequences are in direction of translation, offsets from 0.
#[derive(Clone, Debug)]
pub struct Gene {
    /// Symbol.
    pub symbol: String,
    /// Identifier.
    pub id: String,
    /// Identifier of the transcript, with version.
    pub transcript: String,
    /// Contig.
    pub contig: Arc<str>,
    /// Strand.
    pub strand: Strand,
    /// From the start codon to the stop codon, both included.
    pub coding: Vec<u8>,
    /// The transcript after the stop codon.
    pub after: Vec<u8>,
    /// Its protein.
    pub protein: Vec<u8>,
    /// The trinucleotide around each coding base on the genome, or [`NO_CONTEXT`].
    pub contexts: Vec<u8>,
    /// In direction of translation.
    pub parts: Vec<Part>,
}

impl Gene {
    /// The part that holds the base at an offset of the coding sequence.
    pub fn part(&self, offset: usize) -> Part {
        self.parts[self.parts.partition_point(|part| part.first <= offset) - 1]
    }

    /// Position of that base on the contig, 1-based.
    pub fn position(&self, offset: usize) -> u32 {
        let part = self.part(offset);
        let within = (offset - part.first) as u32;
        match self.strand {
            Strand::Forward => part.interval.start + within,
            Strand::Reverse => part.interval.end - within,
        }
    }

    /// Bases of its part before an offset, and after it, each with whether an intron follows there.
    pub fn to_edges(&self, offset: usize) -> [(usize, bool); 2] {
        let part = self.part(offset);
        let end = part.first + part.interval.len() as usize;
        [(offset - part.first, part.first > 0), (end - 1 - offset, end < self.coding.len())]
    }

    /// Bases of the coding strand as the contig has them.
    pub fn on_contig(&self, bases: &[u8]) -> Vec<u8> {
        match self.strand {
            Strand::Forward => bases.to_vec(),
            Strand::Reverse => bases.iter().rev().map(|base| complement(*base)).collect(),
        }
    }
}

/// The genes of a reference, by identifier.
#[derive(Clone, Debug)]
pub struct Genes {
    /// Sorted by identifier.
    pub list: Vec<Gene>,
    /// Contigs that hold them with their lengths where known, by name.
    pub contigs: Vec<(String, Option<u32>)>,
}

impl Genes {
    /// One complete coding transcript a gene: MANE Select, else canonical, else the longest coding sequence; without incomplete
    /// ends, selenocysteines or the mitochondrial code.
    pub fn of(reference: &Reference) -> Result<Self, SimulateError> {
        let mut chosen: BTreeMap<&str, &Transcript> = BTreeMap::new();
        for transcript in reference.transcripts().filter(|transcript| usable(transcript)) {
            let best = chosen.entry(&transcript.gene_id).or_insert(transcript);
            if rank(transcript) < rank(best) {
                *best = transcript;
            }
        }
        let mut by_contig: BTreeMap<&str, Vec<&Transcript>> = BTreeMap::new();
        for transcript in chosen.into_values() {
            by_contig.entry(&transcript.contig).or_default().push(transcript);
        }
        let (mut list, mut contigs) = (Vec::new(), Vec::new());
        for (name, transcripts) in by_contig {
            let unreadable = |source| SimulateError::Contig { contig: name.to_owned(), source };
            let Some(contig) = reference.contig(name).map_err(unreadable)? else { continue };
            let shared: Arc<str> = name.into();
            let found = transcripts.iter().filter_map(|t| gene(t, &shared, &contig.sequence));
            let before = list.len();
            list.extend(found);
            if list.len() > before {
                contigs.push((name.to_owned(), contig.sequence.length()));
            }
        }
        list.sort_by(|a, b| a.id.cmp(&b.id));
        Ok(Self { list, contigs })
    }
}

fn usable(transcript: &Transcript) -> bool {
    transcript.biotype == "protein_coding"
        && !transcript.coding.is_empty()
        && !transcript.cds_start_not_found
        && !transcript.cds_end_not_found
        && transcript.selenocysteines.is_empty()
        && !transcript.mitochondrial
}

/// Less is better.
fn rank(transcript: &Transcript) -> (bool, bool, std::cmp::Reverse<u32>, &str) {
    let length = transcript.coding.iter().map(|part| part.interval.len()).sum();
    let longest = std::cmp::Reverse(length);
    (!transcript.mane_select, !transcript.canonical, longest, &transcript.id)
}

/// `None` where the coding sequence is not one from ATG to its first stop.
fn gene(transcript: &Transcript, contig: &Arc<str>, sequence: &ContigSequence) -> Option<Gene> {
    let forward = transcript.strand == Strand::Forward;
    let directed = |mut intervals: Vec<Interval>| {
        if !forward {
            intervals.reverse();
        }
        intervals
    };
    let bases = |from: u32, to: u32| {
        let bases = sequence.bases(i64::from(from), i64::from(to));
        if forward { bases } else { bases.iter().rev().map(|base| complement(*base)).collect() }
    };
    let (mut coding, mut contexts, mut parts) = (Vec::new(), Vec::new(), Vec::new());
    for interval in directed(transcript.coding.iter().map(|part| part.interval).collect()) {
        parts.push(Part { interval, first: coding.len() });
        let around = bases(interval.start - 1, interval.end + 1);
        let known = |three: &[u8]| trinucleotide_of([three[0], three[1], three[2]]);
        let marks =
            around.windows(3).map(|three| known(three).map_or(NO_CONTEXT, |known| known as u8));
        contexts.extend(marks);
        coding.extend_from_slice(&around[1..around.len() - 1]);
    }
    let last = parts.last()?.interval;
    let beyond = directed(transcript.exons.clone()).into_iter().filter_map(|exon| {
        let (from, to) = if forward {
            (exon.start.max(last.end + 1), exon.end)
        } else {
            (exon.start, exon.end.min(last.start - 1))
        };
        (from <= to).then(|| bases(from, to))
    });
    let after: Vec<u8> = beyond.flatten().collect();
    let whole = coding.len().is_multiple_of(3) && coding.starts_with(b"ATG");
    let mut protein = translate(&coding);
    let stopped = protein.pop() == Some(STOP) && 3 * (protein.len() + 1) == coding.len();
    let known = !protein.contains(&b'X') && protein.len() >= SHORTEST;
    (whole && stopped && known).then(|| Gene {
        symbol: transcript.gene.clone(),
        id: transcript.gene_id.clone(),
        transcript: transcript.versioned_id(),
        contig: contig.clone(),
        strand: transcript.strand,
        coding,
        after,
        protein,
        contexts,
        parts,
    })
}
