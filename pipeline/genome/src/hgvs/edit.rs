//! A change of bases on the strand that is read, and the words of HGVS for it.

use super::GenomicChange;
use crate::reference::{ContigSequence, Strand};

/// A change along an axis that runs in the direction of reading: the position on the contig for the forward strand,
/// its negative for the reverse strand.
pub(super) struct StrandEdit<'a> {
    sequence: &'a ContigSequence,
    /// First base of `reference`; for an insertion the base after it.
    start: i64,
    reference: Vec<u8>,
    alternative: Vec<u8>,
}

impl<'a> StrandEdit<'a> {
    /// The change as the strand reads it, at the place nearest to the strand's 3' end.
    pub(super) fn new(
        change: &GenomicChange,
        strand: Strand,
        sequence: &'a ContigSequence,
    ) -> Self {
        let position = i64::from(change.position);
        let mut edit = Self {
            sequence,
            start: position,
            reference: change.reference.clone(),
            alternative: change.alternative.clone(),
        };
        if strand == Strand::Reverse {
            edit.start = 1 - position - change.reference.len() as i64;
            edit.reference = reverse_complement(&change.reference);
            edit.alternative = reverse_complement(&change.alternative);
        }
        edit.shift(i64::MAX);
        edit
    }

    /// The description at the place nearest to the 3' end that does not reach beyond `last`; see [`Self::describe`].
    pub(super) fn describe_within(
        mut self,
        last: i64,
        place: impl Fn(i64) -> Option<String>,
    ) -> Option<String> {
        // An insertion right behind `last` is within where it repeats the bases before it, and else may have a
        // place one base before.
        self.keep_within(last);
        self.describe(&place).or_else(|| {
            self.keep_within(last - 1);
            self.describe(&place)
        })
    }

    /// Moves a change that reaches beyond `last` back until it does not, as far as the bases allow.
    fn keep_within(&mut self, last: i64) {
        let end = self.start + self.reference.len() as i64 - 1;
        if end > last {
            self.shift(last - end);
        }
    }

    /// `13del`, `13_15dup`, ...: `place` names a base of the axis, or not where it lies outside of what is described.
    fn describe(&self, place: impl Fn(i64) -> Option<String>) -> Option<String> {
        let span = |first: i64, last: i64| {
            let first_name = place(first)?;
            Some(if first == last { first_name } else { format!("{first_name}_{}", place(last)?) })
        };
        let (start, end) = (self.start, self.start + self.reference.len() as i64 - 1);
        let new = String::from_utf8_lossy(&self.alternative);
        let old = String::from_utf8_lossy(&self.reference);
        match (self.reference.len(), self.alternative.len()) {
            (0, 0) => Some("=".to_owned()),
            (0, length) => self
                .repeats_what_precedes()
                .then(|| Some(format!("{}dup", span(start - length as i64, end)?)))
                .flatten()
                .or_else(|| Some(format!("{}ins{new}", span(end, start)?))),
            (_, 0) => Some(format!("{}del", span(start, end)?)),
            (1, 1) => Some(format!("{}{old}>{new}", place(start)?)),
            _ if self.alternative == reverse_complement(&self.reference) => {
                Some(format!("{}inv", span(start, end)?))
            }
            _ => Some(format!("{}delins{new}", span(start, end)?)),
        }
    }

    fn repeats_what_precedes(&self) -> bool {
        let from = self.start - self.alternative.len() as i64;
        (from..self.start).zip(&self.alternative).all(|(at, base)| {
            let before = base_at(self.sequence, at);
            before != b'N' && before == *base
        })
    }

    /// Moves a pure insertion or deletion by up to `most` bases: forwards, or backwards where `most` is negative.
    fn shift(&mut self, most: i64) {
        let behind = self.start + self.reference.len() as i64;
        let (([], allele @ [_, ..]) | (allele @ [_, ..], [])) =
            (self.reference.as_mut_slice(), self.alternative.as_mut_slice())
        else {
            return;
        };
        let base = |at| base_at(self.sequence, at);
        self.start += if most < 0 {
            -shift_back(allele, self.start - 1, -most, base)
        } else {
            shift_on(allele, behind, most, base)
        };
    }
}

/// By how many bases the inserted or deleted `allele` can move on, where `next` is the base behind it; `allele` is turned to
/// what it is there. An unknown base stops it.
pub(super) fn shift_on(allele: &mut [u8], next: i64, most: i64, base: impl Fn(i64) -> u8) -> i64 {
    let length = allele.len();
    let mut steps = 0;
    while (steps as i64) < most {
        let found = base(next + steps as i64);
        if found == b'N' || found != allele[steps % length] {
            break;
        }
        steps += 1;
    }
    allele.rotate_left(steps % length);
    steps as i64
}

/// The same backwards, where `before` is the base in front of the allele.
pub(super) fn shift_back(
    allele: &mut [u8],
    before: i64,
    most: i64,
    base: impl Fn(i64) -> u8,
) -> i64 {
    allele.reverse();
    let steps = shift_on(allele, -before, most, |at| base(-at));
    allele.reverse();
    steps
}

/// The base of the strand that is read, `N` where it is not known.
fn base_at(sequence: &ContigSequence, at: i64) -> u8 {
    let base = u32::try_from(at.unsigned_abs()).map_or(b'N', |position| sequence.base(position));
    if at < 0 { complement(base) } else { base }
}

fn reverse_complement(bases: &[u8]) -> Vec<u8> {
    bases.iter().rev().map(|&base| complement(base)).collect()
}

/// Of the four bases; what stands for several of them becomes `N`.
fn complement(base: u8) -> u8 {
    match base {
        b'A' => b'T',
        b'C' => b'G',
        b'G' => b'C',
        b'T' => b'A',
        _ => b'N',
    }
}
