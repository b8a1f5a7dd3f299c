//! Where a change lies beside the borders of an exon, a coding part, a UTR or a whole transcript, and what follows from
//! that alone: splice sites and regions, lost starts and stops, changes that reach over a border.
//!
//! The rules, down to the tie-breaks of ambiguous alignments, are those of `bcftools csq` (Danecek and McCarthy 2017,
//! Bioinformatics 33:2037), so that both give the same answers.

mod deletion;
mod exchange;
mod insertion;
mod local;

use super::model::Model;
use super::terms::Terms;

/// Bases of an intron beside an exon that belong to the splice region.
pub(crate) const REGION_INTRON: i64 = 8;
/// Bases of an intron beside an exon that are the donor or acceptor site.
pub(crate) const SITE: i64 = 2;

/// Which borders count.
#[derive(Clone, Copy, Debug, Default)]
#[allow(clippy::struct_excessive_bools, reason = "each is asked alone")]
pub(crate) struct Checks {
    /// Donor and acceptor sites.
    pub(crate) sites: bool,
    /// The stretch holds the start codon.
    pub(crate) start: bool,
    /// The stretch holds the stop codon.
    pub(crate) stop: bool,
    /// An intron may lie before the stretch's first base.
    pub(crate) region_begin: bool,
    /// An intron may lie after the stretch's last base.
    pub(crate) region_end: bool,
    /// What is beside the stretch may be a UTR.
    pub(crate) utr: bool,
    /// The changed sequence is looked at, and its trimmed alleles are wanted.
    pub(crate) alleles: bool,
}

/// Where a change lies relative to a stretch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Placement {
    /// The alleles are equal: no change.
    Reference,
    /// Beside the stretch.
    Outside,
    /// Within it, or cut to what is within it.
    Inside,
    /// Over its border, and what it does to the sequence cannot be said.
    Overlap,
}

/// One allele as a record has it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Alleles<'r> {
    /// 0-based position of the first base of `reference`.
    pub(crate) position: i64,
    pub(crate) reference: &'r [u8],
    pub(crate) alternative: &'r [u8],
}

impl Alleles<'_> {
    /// First base, and the one after the last: an insertion lies before that.
    pub(crate) fn reach(self) -> (i64, i64) {
        (self.position, self.position + self.reference.len() as i64)
    }
}

/// A change being placed. `terms` and the trimmed alleles are the answer.
pub(crate) struct Edge<'m, 'a, 'r> {
    model: &'m Model<'a>,
    alleles: Alleles<'r>,
    checks: Checks,
    pub(crate) terms: Terms,
    /// What has to be said of the record at once, in this order.
    pub(crate) staged: Vec<Terms>,
    /// Lengths of the alleles, less what has been trimmed.
    reference_length: i64,
    alternative_length: i64,
    /// Bases trimmed from the start and end of the alleles.
    head: i64,
    tail: i64,
    /// First and last base that the change touches.
    first: i64,
    last: i64,
    /// Where `trimmed_reference` begins.
    pub(crate) trimmed_at: i64,
    pub(crate) trimmed_reference: Vec<u8>,
    pub(crate) trimmed_alternative: Vec<u8>,
}

impl<'m, 'a, 'r> Edge<'m, 'a, 'r> {
    pub(crate) fn new(model: &'m Model<'a>, alleles: Alleles<'r>, checks: Checks) -> Self {
        Self {
            model,
            alleles,
            checks,
            terms: Terms::NONE,
            staged: Vec::new(),
            reference_length: alleles.reference.len() as i64,
            alternative_length: alleles.alternative.len() as i64,
            head: 0,
            tail: 0,
            first: 0,
            last: 0,
            trimmed_at: 0,
            trimmed_reference: Vec::new(),
            trimmed_alternative: Vec::new(),
        }
    }

    /// Places the change beside the stretch from `begin` to `end`, both included.
    pub(crate) fn place(&mut self, begin: i64, end: i64) -> Placement {
        let Alleles { reference, alternative, .. } = self.alleles;
        let equal = |(a, b): &(&u8, &u8)| a == b;
        let tail = reference.iter().rev().zip(alternative.iter().rev()).take_while(equal).count();
        let rest = |allele: &'r [u8]| &allele[..allele.len() - tail];
        let head = rest(reference).iter().zip(rest(alternative)).take_while(equal).count();
        (self.head, self.tail) = (head as i64, tail as i64);
        match reference.len().cmp(&alternative.len()) {
            std::cmp::Ordering::Equal => self.place_exchange(begin, end),
            std::cmp::Ordering::Less => self.place_insertion(begin, end),
            std::cmp::Ordering::Greater => self.place_deletion(begin, end),
        }
    }

    /// Says the terms so far of the record.
    fn stage(&mut self) {
        if !self.terms.is_empty() {
            self.staged.push(self.terms);
        }
    }

    /// Says that the change touches the UTR between two positions, if there is one.
    fn stage_utr(&mut self, from: i64, to: i64) -> bool {
        let mut utrs = self.model.transcript.utrs.iter().filter(|utr| !utr.derived);
        let touched = utrs.find(|utr| {
            i64::from(utr.interval.start) - 1 <= to && from < i64::from(utr.interval.end)
        });
        let Some(utr) = touched else { return false };
        let term = if utr.five_prime { Terms::UTR_5 } else { Terms::UTR_3 };
        self.staged.push(term | self.terms);
        true
    }

    /// The site at the stretch's end: on the forward strand an intron begins there.
    fn site_after(&self) -> Terms {
        if !self.checks.sites {
            Terms::NONE
        } else if self.model.reverse {
            Terms::SPLICE_ACCEPTOR
        } else {
            Terms::SPLICE_DONOR
        }
    }

    /// The site before the stretch's first base.
    fn site_before(&self) -> Terms {
        if !self.checks.sites {
            Terms::NONE
        } else if self.model.reverse {
            Terms::SPLICE_DONOR
        } else {
            Terms::SPLICE_ACCEPTOR
        }
    }

    /// A change of the first three bases of the stretch.
    fn touch_begin(&mut self) {
        if self.checks.region_begin {
            self.terms |= Terms::SPLICE_REGION;
        }
        if self.model.reverse {
            self.lose_stop();
        } else {
            self.lose_start();
        }
    }

    /// A change of the last three bases of the stretch.
    fn touch_end(&mut self) {
        if self.checks.region_end {
            self.terms |= Terms::SPLICE_REGION;
        }
        if self.model.reverse {
            self.lose_start();
        } else {
            self.lose_stop();
        }
    }

    fn lose_start(&mut self) {
        if self.checks.start {
            self.terms |= Terms::START_LOST;
        }
    }

    fn lose_stop(&mut self) {
        if self.checks.stop {
            self.terms |= Terms::STOP_LOST;
        }
    }
}
