//! The counts of one site while its alignments come in.

use std::collections::HashMap;

use super::alignment::Alignment;
use super::allele::{NoAllele, allele_at};
use super::mates::{Mate, joined_call};
use super::site::Site;
use super::{EvidenceOptions, Excluded, RnaEvidence};

/// The allele of one read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Call {
    Reference,
    Alternative,
    Other,
    /// The read has an unknown base there.
    Unknown,
}

/// Why an alignment counts nowhere.
#[derive(Clone, Copy, Debug)]
pub(super) enum Refusal {
    Unmapped,
    QualityCheck,
    Duplicate,
    Secondary,
    Supplementary,
    NoName,
    MappingQuality,
    NoSequence,
}

impl EvidenceOptions {
    /// The first reason not to count an alignment.
    pub(super) fn refusal(self, read: &Alignment) -> Option<Refusal> {
        let flags = read.flags;
        let reasons = [
            (flags.is_unmapped(), Refusal::Unmapped),
            (flags.is_qc_fail(), Refusal::QualityCheck),
            (flags.is_duplicate() && !self.keep_duplicates, Refusal::Duplicate),
            (flags.is_secondary() && !self.keep_secondary, Refusal::Secondary),
            (flags.is_supplementary() && !self.keep_supplementary, Refusal::Supplementary),
            (!read.named, Refusal::NoName),
            (read.mapping_quality < self.min_mapping_quality, Refusal::MappingQuality),
            (read.bases.is_empty(), Refusal::NoSequence),
        ];
        reasons.into_iter().find_map(|(holds, refusal)| holds.then_some(refusal))
    }
}

#[derive(Debug, Default)]
struct Fragment {
    /// The allele of each segment: single read, first mate, last mate, neither.
    calls: [Option<Call>; 4],
    molecule: Option<u64>,
    /// A mate that was seen before the other.
    waiting: Option<Box<Mate>>,
}

/// What one site has seen.
#[derive(Debug, Default)]
pub(super) struct Tally {
    fragments: HashMap<u64, Fragment>,
    /// Alignments that have an allele.
    alignments: u64,
    excluded: Excluded,
}

impl Tally {
    /// Counts an alignment that overlaps the site's window.
    pub(super) fn add(&mut self, read: &Alignment, refusal: Option<Refusal>, site: &Site) {
        if let Some(refusal) = refusal {
            *self.refused(refusal) += 1;
            return;
        }
        let allele = match allele_at(read, site) {
            Ok(allele) => Some(allele),
            Err(NoAllele::Spliced) => return self.excluded.spliced += 1,
            Err(NoAllele::NotSpanning) => None,
        };
        // Only a read whose mate may overlap the site is kept until the mate comes.
        let with_mate = read.is_primary()
            && matches!(read.segment(), 1 | 2)
            && read.mate_start.is_some_and(|start| start < site.window().1);
        if allele.is_none() && !(with_mate && site.is_insertion()) {
            return self.excluded.not_spanning += 1;
        }
        let fragment = self.fragments.entry(read.fragment).or_default();
        fragment.molecule = fragment.molecule.or(read.molecule);
        if let Some(allele) = &allele {
            self.alignments += 1;
            note(&mut fragment.calls[read.segment()], site.call(read, allele));
        }
        if with_mate {
            let mate = Mate { alignment: read.clone(), allele };
            let (joined, alone) = fragment.meet(mate, site);
            self.alignments += joined;
            self.excluded.not_spanning += alone;
        }
    }

    fn refused(&mut self, refusal: Refusal) -> &mut u64 {
        let excluded = &mut self.excluded;
        match refusal {
            Refusal::Unmapped => &mut excluded.unmapped,
            Refusal::QualityCheck => &mut excluded.quality_check,
            Refusal::Duplicate => &mut excluded.duplicate,
            Refusal::Secondary => &mut excluded.secondary,
            Refusal::Supplementary => &mut excluded.supplementary,
            Refusal::NoName => &mut excluded.no_name,
            Refusal::MappingQuality => &mut excluded.mapping_quality,
            Refusal::NoSequence => &mut excluded.no_sequence,
        }
    }

    /// The counts; with `molecules`, fragments are these.
    pub(super) fn finish(self, molecules: bool) -> RnaEvidence {
        let mut evidence = RnaEvidence { excluded: self.excluded, ..RnaEvidence::default() };
        let mut votes: HashMap<u64, [u64; 3]> = HashMap::new();
        let mut segments = 0;
        for fragment in self.fragments.into_values() {
            segments += fragment.calls.iter().flatten().count() as u64;
            let unknown = fragment.calls.iter().filter(|call| **call == Some(Call::Unknown));
            evidence.excluded.unknown_base += unknown.count() as u64;
            let alone = fragment.waiting.as_ref().is_some_and(|mate| mate.allele.is_none());
            evidence.excluded.not_spanning += u64::from(alone);
            let reads = fragment.reads();
            evidence.ref_reads += reads[0];
            evidence.alt_reads += reads[1];
            evidence.other_reads += reads[2];
            match fragment.molecule {
                _ if reads == [0; 3] => {}
                _ if !molecules => evidence.add_fragment(reads.map(|reads| reads > 0)),
                Some(molecule) => {
                    let alleles = votes.entry(molecule).or_default();
                    alleles[leading(reads.map(|reads| u64::from(reads > 0)))] += 1;
                }
                None => evidence.fragments_without_umi += 1,
            }
        }
        for alleles in votes.into_values() {
            let leading = leading(alleles);
            evidence.add_fragment([0, 1, 2].map(|allele| allele == leading));
        }
        evidence.repeated_alignments = self.alignments - segments;
        evidence
    }
}

impl RnaEvidence {
    fn add_fragment(&mut self, [reference, alternative, other]: [bool; 3]) {
        self.ref_fragments += u64::from(reference);
        self.alt_fragments += u64::from(alternative);
        self.other_fragments += u64::from(other);
        self.fragments += 1;
    }
}

/// The allele with the most votes; a tie is `other`.
fn leading(votes: [u64; 3]) -> usize {
    let [reference, alternative, other] = votes;
    if reference > alternative.max(other) {
        0
    } else if alternative > reference.max(other) {
        1
    } else {
        2
    }
}

impl Fragment {
    /// Number of reads with the reference, the alternative and another allele.
    fn reads(&self) -> [u64; 3] {
        [Call::Reference, Call::Alternative, Call::Other]
            .map(|allele| self.calls.iter().filter(|call| **call == Some(allele)).count() as u64)
    }

    /// Joins a mate with the one that waits, or lets it wait. Of mates without an allele of their own, gives the numbers
    /// of those that got one and of those that will not.
    fn meet(&mut self, mate: Mate, site: &Site) -> (u64, u64) {
        let lacking = |mate: &Mate| u64::from(mate.allele.is_none());
        let segment = mate.alignment.segment();
        let Some(first) = self.waiting.take() else {
            self.waiting = Some(Box::new(mate));
            return (0, 0);
        };
        if first.alignment.segment() == segment {
            self.waiting = Some(first);
            return (0, lacking(&mate));
        }
        let both_lacking = lacking(&first) + lacking(&mate);
        if first.agrees(&mate, site) {
            return (0, 0);
        }
        let Some(joined) = joined_call(&first, &mate, site) else { return (0, both_lacking) };
        for mate in [&*first, &mate] {
            let call = &mut self.calls[mate.alignment.segment()];
            // A call that this alignment did not make alone is left as it is.
            if *call == mate.call(site) {
                *call = Some(joined);
            }
        }
        (both_lacking, 0)
    }
}

/// Adds what a further alignment of a read shows: alignments with different alleles make the read `other`.
fn note(known: &mut Option<Call>, call: Call) {
    *known = Some(match *known {
        None | Some(Call::Unknown) => call,
        Some(known) if known == call || call == Call::Unknown => known,
        Some(_) => Call::Other,
    });
}
