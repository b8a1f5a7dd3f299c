//! Names of changes along a transcript (`c.`, `n.`).

use std::fmt::Write;

use super::GenomicChange;
use super::edit::StrandEdit;
use crate::reference::{ContigSequence, Strand, Transcript, complement};

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
    Numbering::new(transcript)?.coding(change, sequence)
}

/// Names of the bases of a transcript, introns included: what [`coding`] needs to know of it, for many changes.
pub struct Numbering {
    /// `ENST00000269305.9:c.`
    prefix: String,
    strand: Strand,
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
    pub fn new(transcript: &Transcript) -> Option<Self> {
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
        let kind = if transcript.coding.is_empty() { 'n' } else { 'c' };
        let mut numbering = Self {
            prefix: format!("{}:{kind}.", transcript.versioned_id()),
            strand: transcript.strand,
            exons: exons.collect(),
            coding: None,
        };
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

    /// What [`coding`] says of `change`.
    pub fn coding(&self, change: &GenomicChange, sequence: &ContigSequence) -> Option<String> {
        let mut text = String::with_capacity(self.prefix.len() + 16);
        text.push_str(&self.prefix);
        if let ([old], [new]) = (change.reference.as_slice(), change.alternative.as_slice()) {
            let (at, old, new) = match self.strand {
                Strand::Forward => (i64::from(change.position), *old, *new),
                Strand::Reverse => {
                    (-i64::from(change.position), complement(*old), complement(*new))
                }
            };
            self.write_name(at, &mut text)?;
            text.extend([char::from(old), '>', char::from(new)]);
        } else {
            let last = self.exons.last()?.last;
            let edit = StrandEdit::new(change, self.strand, sequence);
            text.push_str(&edit.describe_within(last, |at| self.name(at))?);
        }
        Some(text)
    }

    /// Number of bases of the transcript before the one at `at`, where it lies in an exon.
    fn in_exon(&self, at: i64) -> Option<i64> {
        let exon = self.exons.iter().find(|exon| (exon.first..=exon.last).contains(&at))?;
        Some(exon.before + at - exon.first)
    }

    fn name(&self, at: i64) -> Option<String> {
        let mut text = String::new();
        self.write_name(at, &mut text)?;
        Some(text)
    }

    /// `376`, `-12`, `*34`, `375+2`, `376-1`; `None` outside of the transcript.
    fn write_name(&self, at: i64, text: &mut String) -> Option<()> {
        let next = self.exons.partition_point(|exon| exon.last < at);
        let exon = self.exons.get(next)?;
        if at >= exon.first {
            return self.write_number(exon.before + at - exon.first, text);
        }
        let previous = self.exons.get(next.checked_sub(1)?)?;
        let (behind, ahead) = (at - previous.last, exon.first - at);
        // The base in the middle of an intron is counted from the exon before it.
        if behind <= ahead {
            self.write_number(exon.before - 1, text)?;
            write!(text, "+{behind}").ok()
        } else {
            self.write_number(exon.before, text)?;
            write!(text, "-{ahead}").ok()
        }
    }

    /// The name of a base of the transcript, counted from 0.
    fn write_number(&self, at: i64, text: &mut String) -> Option<()> {
        match &self.coding {
            None => write!(text, "{}", at + 1),
            Some(coding) if at < coding.first => write!(text, "{}", at - coding.first),
            Some(coding) if at > coding.last => write!(text, "*{}", at - coding.last),
            Some(coding) => write!(text, "{}", at - coding.first + 1 + coding.missing),
        }
        .ok()
    }
}
