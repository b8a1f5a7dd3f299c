//! Exchanges of as many bases as there were.

use super::{Edge, Placement, REGION_INTRON, SITE};
use crate::effect::terms::Terms;

impl Edge<'_, '_, '_> {
    pub(super) fn place_exchange(&mut self, begin: i64, end: i64) -> Placement {
        if self.head + self.tail == self.reference_length {
            return Placement::Reference;
        }
        let position = self.alleles.position;
        self.first = position + self.head;
        self.last = position + self.reference_length - self.tail - 1;
        let into_intron = (self.checks.region_begin && self.first < begin)
            || (self.checks.region_end && end < self.last);
        if self.first < begin {
            self.exchange_before(begin);
        }
        if end < self.last {
            self.exchange_after(end);
        }
        if self.last < begin || self.first > end {
            self.stage();
            return Placement::Outside;
        }
        if self.first < begin + 3 {
            self.touch_begin();
        }
        if self.last > end - 3 {
            self.touch_end();
        }
        self.stage();
        if self.checks.alleles && into_intron {
            return Placement::Overlap;
        }
        if self.checks.alleles {
            self.trimmed_at = self.first;
            self.reference_length -= self.head + self.tail;
            let part = self.head as usize..(self.head + self.reference_length) as usize;
            self.trimmed_reference.clear();
            self.trimmed_reference.extend_from_slice(&self.alleles.reference[part.clone()]);
            self.trimmed_alternative.clear();
            self.trimmed_alternative.extend_from_slice(&self.alleles.alternative[part]);
        }
        Placement::Inside
    }

    /// The bases before the stretch; what is left of the change begins at `begin`.
    fn exchange_before(&mut self, begin: i64) {
        if self.checks.region_begin && !(self.checks.utr && self.stage_utr(self.first, begin - 1)) {
            if self.last >= begin - REGION_INTRON && self.first < begin - SITE {
                self.terms |= Terms::SPLICE_REGION;
            }
            if self.last >= begin - SITE {
                self.terms |= self.site_before();
            }
        }
        if self.last >= begin {
            self.first = begin;
            self.head = begin - self.alleles.position;
        }
    }

    /// The bases after the stretch; what is left of the change ends at `end`.
    fn exchange_after(&mut self, end: i64) {
        if self.checks.region_end && !(self.checks.utr && self.stage_utr(end + 1, self.last)) {
            if self.first <= end + REGION_INTRON && self.last > end + SITE {
                self.terms |= Terms::SPLICE_REGION;
            }
            if self.first <= end + SITE {
                self.terms |= self.site_after();
            }
        }
        if self.first <= end {
            self.last = end;
            self.tail = self.reference_length - (end - self.alleles.position + 1);
        }
    }
}
