//! One alignment of a read, in buffers that are used again for the next.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::io;

use noodles::sam::Header;
use noodles::sam::alignment::Record;
use noodles::sam::alignment::record::Flags;
use noodles::sam::alignment::record::cigar::op::Kind;
use noodles::sam::alignment::record::data::field::Value;

/// A quality that the record does not state (SAM specification, section 4.2.3).
pub(super) const UNKNOWN_QUALITY: u8 = 255;

/// Positions are 0-based, ends are not included.
#[derive(Clone, Debug, Default)]
pub(super) struct Alignment {
    pub(super) flags: Flags,
    /// 255 where the record has none.
    pub(super) mapping_quality: u8,
    pub(super) start: u32,
    /// Operations; `=` and `X` are `M` here, and neighbours of one kind are one.
    cigar: Vec<(Kind, u32)>,
    pub(super) bases: Vec<u8>,
    /// One a base; [`UNKNOWN_QUALITY`] where the record has none.
    pub(super) qualities: Vec<u8>,
    pub(super) named: bool,
    /// Hash of read group and read name. Of a million fragments at a place, two have one hash in about one case of
    /// 30 million.
    pub(super) fragment: u64,
    /// Hash of what names the molecule; `None` without the tag.
    pub(super) molecule: Option<u64>,
    /// Start of the mate, where it is aligned to the same contig.
    pub(super) mate_start: Option<u32>,
}

/// One operation and where it begins.
#[derive(Clone, Copy, Debug)]
pub(super) struct Step {
    pub(super) kind: Kind,
    pub(super) length: u32,
    pub(super) query: usize,
    pub(super) position: u32,
}

impl Step {
    /// Where the next step begins.
    pub(super) fn end(&self) -> u32 {
        self.position + if self.kind.consumes_reference() { self.length } else { 0 }
    }
}

impl Alignment {
    /// Takes the place of what was here.
    pub(super) fn fill(
        &mut self,
        record: &impl Record,
        header: &Header,
        umi_tag: Option<[u8; 2]>,
    ) -> io::Result<()> {
        self.flags = record.flags()?;
        self.mapping_quality = record.mapping_quality().transpose()?.map_or(255, u8::from);
        self.start = start(record)?.unwrap_or(0);
        self.fill_cigar(record)?;
        self.bases.clear();
        self.bases.extend(record.sequence().iter().map(|base| base.to_ascii_uppercase()));
        self.qualities.clear();
        for quality in record.quality_scores().iter() {
            self.qualities.push(quality?);
        }
        self.qualities.resize(self.bases.len(), UNKNOWN_QUALITY);
        let contig = record.reference_sequence_id(header).transpose()?;
        let mate_contig = record.mate_reference_sequence_id(header).transpose()?;
        let mate = self.flags.is_segmented() && !self.flags.is_mate_unmapped();
        self.mate_start = match record.mate_alignment_start().transpose()? {
            Some(start) if mate && mate_contig == contig => Some(usize::from(start) as u32 - 1),
            _ => None,
        };
        self.named = record.name().is_some();
        self.fragment = {
            let mut hasher = DefaultHasher::new();
            text_tag(record, *b"RG")?.hash(&mut hasher);
            record.name().map(|name| -> &[u8] { name }).hash(&mut hasher);
            hasher.finish()
        };
        self.molecule = match umi_tag {
            Some(tag) => self.molecule_of(record, tag)?,
            None => None,
        };
        Ok(())
    }

    fn fill_cigar(&mut self, record: &impl Record) -> io::Result<()> {
        self.cigar.clear();
        for operation in record.cigar().iter() {
            let operation = operation?;
            let kind = match operation.kind() {
                Kind::SequenceMatch | Kind::SequenceMismatch => Kind::Match,
                kind => kind,
            };
            let length = operation.len() as u32;
            match self.cigar.last_mut() {
                Some((last, sum)) if *last == kind => *sum = sum.saturating_add(length),
                _ => self.cigar.push((kind, length)),
            }
        }
        let sum = |takes: fn(&Kind) -> bool| -> u64 {
            let taken = self.cigar.iter().filter(|(kind, _)| takes(kind));
            taken.map(|(_, length)| u64::from(*length)).sum()
        };
        let invalid = |text| Err(io::Error::new(io::ErrorKind::InvalidData, text));
        if u64::from(self.start) + sum(Kind::consumes_reference) > i32::MAX as u64 {
            return invalid("a record ends behind the last possible position");
        }
        let bases = record.sequence().len() as u64;
        if bases > 0 && !self.cigar.is_empty() && bases != sum(Kind::consumes_read) {
            return invalid("a record has another number of bases than its CIGAR");
        }
        Ok(())
    }

    fn molecule_of(&self, record: &impl Record, tag: [u8; 2]) -> io::Result<Option<u64>> {
        let Some(umi) = text_tag(record, tag)? else { return Ok(None) };
        let cell = text_tag(record, *b"CB")?;
        let of_last_mate = self.flags.is_segmented() && self.flags.is_last_segment();
        let reverse = if of_last_mate {
            self.flags.is_mate_reverse_complemented()
        } else {
            self.flags.is_reverse_complemented()
        };
        let mut hasher = DefaultHasher::new();
        (&umi, &cell, reverse).hash(&mut hasher);
        match self.mate_start {
            _ if cell.is_some() => {}
            Some(mate) => {
                (self.start.min(mate), record.template_length()?.unsigned_abs()).hash(&mut hasher);
            }
            None => self.five_prime_end().hash(&mut hasher),
        }
        Ok(Some(hasher.finish()))
    }

    /// Where the read's first base would be aligned if it were not clipped.
    fn five_prime_end(&self) -> i64 {
        let clipped = |step: Option<&(Kind, u32)>| match step {
            Some((Kind::SoftClip, length)) => i64::from(*length),
            _ => 0,
        };
        if self.flags.is_reverse_complemented() {
            let end = self.steps().last().map_or(self.start, |step| step.end());
            i64::from(end) + clipped(self.cigar.iter().rev().find(|step| step.0 != Kind::HardClip))
        } else {
            i64::from(self.start) - clipped(self.cigar.iter().find(|step| step.0 != Kind::HardClip))
        }
    }

    /// The operations in the order of the reference.
    pub(super) fn steps(&self) -> impl Iterator<Item = Step> {
        self.cigar.iter().scan((0, self.start), |(query, position), &(kind, length)| {
            let step = Step { kind, length, query: *query, position: *position };
            if kind.consumes_read() {
                *query += length as usize;
            }
            *position = step.end();
            Some(step)
        })
    }

    /// The base of the read that is aligned to a position.
    pub(super) fn query_at(&self, position: u32) -> Option<usize> {
        self.steps()
            .take_while(|step| step.position <= position)
            .find(|step| step.kind == Kind::Match && position < step.end())
            .map(|step| step.query + (position - step.position) as usize)
    }

    /// 1 and 2 for the first and the last mate, 0 for a single read.
    pub(super) fn segment(&self) -> usize {
        if self.flags.is_segmented() { usize::from(self.flags.bits() >> 6 & 3) } else { 0 }
    }

    pub(super) fn is_primary(&self) -> bool {
        !self.flags.is_secondary() && !self.flags.is_supplementary()
    }
}

/// 0-based start of a record; `None` where it is not placed.
pub(super) fn start(record: &impl Record) -> io::Result<Option<u32>> {
    let start = record.alignment_start().transpose()?;
    Ok(start.map(|start| usize::from(start) as u32 - 1))
}

/// The value of a tag that holds text; no tag and empty text are the same.
fn text_tag(record: &impl Record, tag: [u8; 2]) -> io::Result<Option<Vec<u8>>> {
    let data = record.data();
    Ok(match data.get(&tag.into()).transpose()? {
        Some(Value::String(text)) if !text.is_empty() => Some(text.to_vec()),
        _ => None,
    })
}
