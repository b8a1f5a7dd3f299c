//! Names of changes along a transcript (`c.`, `n.`).

use super::GenomicChange;
use super::edit::StrandEdit;
use crate::reference::{ContigSequence, Strand, Transcript};

/// `ENST00000269305.9:c.524G>A`, or `n.` for a transcript without a coding sequence. `None` where the change reaches
/// beyond the transcript: HGVS has no names for bases outside of a reference sequence.
///
/// The 3' rule is applied to the gene's bases, introns included, in the direction of the transcript, as HGVS does in
/// its examples: a G lost from `CAG|gta` is `c.1704+1del`, one from `cag|GTT` is `c.1813del`. No change thereby moves from one
/// exon into the next, which is the recommendations' exception for exon/exon junctions; and the name depends on the
/// mutant's bases alone, not on how the record was written.
pub fn coding(
    transcript: &Transcript,
    change: &GenomicChange,
    sequence: &ContigSequence,
) -> Option<String> {
    let numbering = Numbering::new(transcript)?;
    let last = numbering.exons.last()?.last;
    let described = StrandEdit::new(change, transcript.strand, sequence)
        .describe_within(last, |at| numbering.name(at))?;
    let kind = if numbering.coding.is_some() { 'c' } else { 'n' };
    Some(format!("{}:{kind}.{described}", transcript.versioned_id()))
}

/// Names of the bases of a transcript, introns included.
struct Numbering {
    /// In the order of reading.
    exons: Vec<Exon>,
    coding: Option<CodingSpan>,
}

/// An exon on the axis of reading (the negative of the position for the reverse strand).
struct Exon {
    first: i64,
    last: i64,
    /// Bases of the transcript before it.
    before: i64,
}

/// First and last base of the coding sequence, counted from 0 in the transcript.
struct CodingSpan {
    first: i64,
    last: i64,
    /// Bases missing from the first codon of a coding sequence whose start was not found. They are counted, so that
    /// codon n holds c.3n-2 to c.3n: VEP's HGVSc does so (its CDS_position, and the case of its Codons, agree for
    /// transcripts whose protein begins with X), and the protein has an X for the cut codon.
    missing: i64,
}

impl Numbering {
    /// `None` for a transcript without exons, or whose coding sequence does not begin and end in one.
    fn new(transcript: &Transcript) -> Option<Self> {
        let forward = transcript.strand == Strand::Forward;
        let on_axis = |start: u32, end: u32| match transcript.strand {
            Strand::Forward => (i64::from(start), i64::from(end)),
            Strand::Reverse => (-i64::from(end), -i64::from(start)),
        };
        let mut spans: Vec<_> =
            transcript.exons.iter().map(|exon| on_axis(exon.start, exon.end)).collect();
        spans.sort_unstable();
        let mut before = 0;
        let exons = spans.into_iter().map(|(first, last)| {
            let exon = Exon { first, last, before };
            before += last - first + 1;
            exon
        });
        let mut numbering = Self { exons: exons.collect(), coding: None };
        numbering.exons.first()?;
        if let (Some(left), Some(right)) = (transcript.coding.first(), transcript.coding.last()) {
            let (first, last) = on_axis(left.interval.start, right.interval.end);
            let phase = if forward { left.phase } else { right.phase };
            numbering.coding = Some(CodingSpan {
                first: numbering.in_exon(first)?,
                last: numbering.in_exon(last)?,
                missing: (3 - i64::from(phase.unwrap_or(0) % 3)) % 3,
            });
        }
        Some(numbering)
    }

    /// Number of bases of the transcript before the one at `at`, where it lies in an exon.
    fn in_exon(&self, at: i64) -> Option<i64> {
        let exon = self.exons.iter().find(|exon| (exon.first..=exon.last).contains(&at))?;
        Some(exon.before + at - exon.first)
    }

    /// `376`, `-12`, `*34`, `375+2`, `376-1`; `None` outside of the transcript.
    fn name(&self, at: i64) -> Option<String> {
        let next = self.exons.partition_point(|exon| exon.last < at);
        let exon = self.exons.get(next)?;
        if at >= exon.first {
            return Some(self.number(exon.before + at - exon.first));
        }
        let previous = self.exons.get(next.checked_sub(1)?)?;
        let (behind, ahead) = (at - previous.last, exon.first - at);
        // The base in the middle of an intron is counted from the exon before it.
        Some(if behind <= ahead {
            format!("{}+{behind}", self.number(exon.before - 1))
        } else {
            format!("{}-{ahead}", self.number(exon.before))
        })
    }

    /// The name of a base of the transcript, counted from 0.
    fn number(&self, at: i64) -> String {
        match &self.coding {
            None => (at + 1).to_string(),
            Some(coding) if at < coding.first => (at - coding.first).to_string(),
            Some(coding) if at > coding.last => format!("*{}", at - coding.last),
            Some(coding) => (at - coding.first + 1 + coding.missing).to_string(),
        }
    }
}
