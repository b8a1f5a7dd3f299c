//! A transcript made ready for changes: whole codons, spliced sequence, and its place on the contig.
//!
//! Positions in this module and its neighbours are 0-based on the contig, so that they are offsets; ends are inclusive.

use std::sync::{Arc, OnceLock};

use super::edge::REGION_INTRON;
use super::product::{Product, product};
use crate::reference::{ContigSequence, Strand, Transcript};

/// Bases that are known beyond each end of a transcript and of its coding sequence.
pub(crate) const PADDING: usize = 10;

/// A coding part, cut to whole codons at the two ends of the coding sequence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Part {
    /// First base.
    pub(crate) begin: i64,
    pub(crate) length: i64,
    /// Place of its first base in the spliced coding sequence, along the contig.
    pub(crate) offset: i64,
}

impl Part {
    /// Last base; before `begin` where nothing is left of the part.
    pub(crate) fn end(self) -> i64 {
        self.begin + self.length - 1
    }
}

/// A transcript and what changes need to know of it.
pub(crate) struct Model<'a> {
    pub(crate) transcript: &'a Transcript,
    pub(crate) begin: i64,
    pub(crate) end: i64,
    pub(crate) reverse: bool,
    /// By position on the contig, whatever the strand.
    pub(crate) coding: Vec<Part>,
    /// The first codon of the annotation is not whole: there is no start codon to lose.
    pub(crate) incomplete_start: bool,
    /// The last codon is not whole.
    pub(crate) incomplete_end: bool,
    contig: &'a ContigSequence,
    sequence: OnceLock<Vec<u8>>,
    spliced: OnceLock<Vec<u8>>,
    wildtype: OnceLock<Arc<Product>>,
    /// Whether every part lies within an exon.
    exonic: OnceLock<bool>,
}

impl<'a> Model<'a> {
    pub(crate) fn new(transcript: &'a Transcript, contig: &'a ContigSequence) -> Self {
        let parts = transcript.coding.iter().map(|part| Part {
            begin: i64::from(part.interval.start) - 1,
            length: i64::from(part.interval.len()),
            offset: 0,
        });
        let mut model = Self {
            transcript,
            begin: i64::from(transcript.interval.start) - 1,
            end: i64::from(transcript.interval.end) - 1,
            reverse: transcript.strand == Strand::Reverse,
            coding: parts.collect(),
            incomplete_start: false,
            incomplete_end: false,
            contig,
            sequence: OnceLock::new(),
            spliced: OnceLock::new(),
            wildtype: OnceLock::new(),
            exonic: OnceLock::new(),
        };
        model.cut_to_codons();
        model
    }

    /// The bases of the transcript's span along the contig, introns included, with [`PADDING`] at both ends.
    pub(crate) fn sequence(&self) -> &[u8] {
        let padding = PADDING as i64;
        self.sequence
            .get_or_init(|| self.contig.bases(self.begin + 1 - padding, self.end + 1 + padding))
    }

    /// Bases along the contig from `from` on, as many of `count` as are known: not beyond the padding.
    pub(crate) fn bases(&self, from: i64, count: i64) -> &[u8] {
        let sequence = self.sequence();
        let start = (from - self.begin + PADDING as i64).clamp(0, sequence.len() as i64) as usize;
        let end = (start as i64 + count.max(0)).min(sequence.len() as i64) as usize;
        &sequence[start..end]
    }

    /// The spliced coding sequence along the contig, with [`PADDING`] bases at both ends.
    ///
    /// What stands in the padding after the end are the first bases of the last part, as in `bcftools csq`, whose
    /// windows of a shifted frame can end in a codon of them.
    pub(crate) fn spliced(&self) -> &[u8] {
        self.spliced.get_or_init(|| {
            let padding = PADDING as i64;
            let (Some(first), Some(last)) = (self.coding.first(), self.coding.last()) else {
                return Vec::new();
            };
            let mut spliced = self.bases(first.begin - padding, padding).to_vec();
            for part in &self.coding {
                spliced.extend_from_slice(self.bases(part.begin, part.length));
            }
            spliced.extend_from_slice(self.bases(last.begin, padding));
            spliced.resize(self.coding_length() as usize + 2 * PADDING, b'N');
            spliced
        })
    }

    /// The protein without any change.
    pub(crate) fn wildtype(&self) -> Arc<Product> {
        Arc::clone(self.wildtype.get_or_init(|| Arc::new(product(self, &[]))))
    }

    /// Bases of the coding sequence; a multiple of three.
    pub(crate) fn coding_length(&self) -> i64 {
        self.coding.iter().map(|part| part.length).sum()
    }

    /// Whether a change lies within the transcript, and so far from its exons, parts and ends that no more is to say of it.
    pub(crate) fn lies_between_features(&self, (from, to): (i64, i64)) -> bool {
        let (from, to) = (from - REGION_INTRON - 1, to + REGION_INTRON + 1);
        let exons = &self.transcript.exons;
        let next = exons.partition_point(|exon| i64::from(exon.end) - 1 < from);
        let touches_exon = exons.get(next).is_some_and(|exon| i64::from(exon.start) - 1 <= to);
        let in_exons = |begin: i64, end: i64| {
            exons.iter().any(|exon| i64::from(exon.start) - 1 <= begin && end < i64::from(exon.end))
        };
        from > self.begin
            && to < self.end
            && !touches_exon
            && *self.exonic.get_or_init(|| {
                self.coding.iter().all(|part| in_exons(part.begin, part.end()))
                    && self.transcript.utrs.iter().all(|utr| {
                        in_exons(i64::from(utr.interval.start) - 1, i64::from(utr.interval.end) - 1)
                    })
            })
    }

    /// Whether one of the bases from the first to the last of `reach` belongs to a coding part.
    pub(crate) fn touches_coding(&self, (from, to): (i64, i64)) -> bool {
        let first = self.coding.partition_point(|part| part.end() < from);
        self.coding[first..].iter().any(|part| part.length > 0 && part.begin <= to)
    }

    /// Whether the transcript is translated.
    pub(crate) fn is_coding(&self) -> bool {
        !self.coding.is_empty()
    }

    /// Takes away the bases before the first whole codon and after the last.
    fn cut_to_codons(&mut self) {
        let Some(first) = (if self.reverse {
            self.transcript.coding.last()
        } else {
            self.transcript.coding.first()
        }) else {
            return;
        };
        let phase = i64::from(first.phase.unwrap_or(0));
        self.incomplete_start = phase > 0;
        self.cut(phase, !self.reverse);
        let rest = self.coding_length() % 3;
        self.incomplete_end = rest > 0;
        self.cut(rest, self.reverse);
        let mut offset = 0;
        for part in &mut self.coding {
            part.offset = offset;
            offset += part.length;
        }
    }

    /// Takes `bases` away from the lower end of the coding sequence on the contig, or from the upper one.
    fn cut(&mut self, mut bases: i64, lower: bool) {
        let count = self.coding.len();
        for at in 0..count {
            let part = &mut self.coding[if lower { at } else { count - 1 - at }];
            let gone = bases.min(part.length);
            part.length -= gone;
            if lower {
                part.begin += gone;
            }
            bases -= gone;
        }
    }
}
