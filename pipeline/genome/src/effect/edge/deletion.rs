//! Changes that leave fewer bases than there were.

use super::{Edge, Placement, REGION_INTRON, SITE};
use crate::effect::terms::Terms;

impl Edge<'_, '_, '_> {
    pub(super) fn place_deletion(&mut self, begin: i64, end: i64) -> Placement {
        if self.checks.start && self.start_is_replaced(begin, end) {
            self.terms |= Terms::START_RETAINED;
            return Placement::Overlap;
        }
        let position = self.alleles.position;
        // One base before the deleted ones, and the last of them.
        self.first = position + self.head - 1;
        self.last = position + self.reference_length - self.tail - 1;
        if self.first + 1 < begin && !self.deletion_before(begin) {
            return Placement::Overlap;
        }
        if end < self.last {
            self.deletion_after(end);
        }
        if self.last < begin || self.first >= end {
            self.stage();
            return Placement::Outside;
        }
        if self.first < begin + 2 {
            self.touch_begin();
        }
        if self.last > end - 3 {
            self.touch_end();
        }
        if self.checks.alleles {
            self.trim_deletion();
            let over_begin = self.first + 1 < begin && self.last >= begin;
            if over_begin || (self.first + 1 < end && self.last >= end) {
                // Bases that go without another in their place.
                let lost = self.last - self.first - (self.trimmed_alternative.len() as i64 - 1);
                if lost > 0 {
                    self.terms |=
                        if lost % 3 == 0 { Terms::INFRAME_DELETION } else { Terms::FRAMESHIFT };
                }
                return Placement::Overlap;
            }
        }
        self.stage();
        Placement::Inside
    }

    /// Whether the bases that follow the deleted ones (in direction of translation: that precede the start codon) are
    /// the same, so that the start codon is written anew.
    fn start_is_replaced(&self, begin: i64, end: i64) -> bool {
        let position = self.alleles.position;
        let (reference, alternative) = (self.alleles.reference, self.alleles.alternative);
        let length = reference.len() as i64;
        let deleted = &reference[alternative.len()..];
        let count = deleted.len() as i64;
        let replacement = if self.model.reverse {
            if position + length + 2 <= end {
                return false;
            }
            let after = position + length;
            if after - 1 + count > self.model.end + super::super::model::PADDING as i64 {
                return false;
            }
            after
        } else {
            if position >= begin + 3 {
                return false;
            }
            let before = position + length - 2 * count;
            if before < 0 || super::super::model::PADDING as i64 + before < begin {
                return false;
            }
            before
        };
        self.model.bases(replacement, count) == deleted
    }

    /// The bases before the stretch; `false` where the rest cannot be told apart from bases within it.
    fn deletion_before(&mut self, begin: i64) -> bool {
        if self.checks.region_begin && !(self.checks.utr && self.stage_utr(self.first, begin - 1)) {
            let region = self.last >= begin - REGION_INTRON && self.first < begin - SITE;
            self.mark_before(region, self.last >= begin - SITE, begin);
        }
        if self.last >= begin {
            self.first = begin - 1;
            if self.head + self.tail == self.alternative_length {
                if self.tail == 0 {
                    self.terms |= Terms::CODING_SEQUENCE;
                    return false;
                }
                self.tail -= 1;
            }
        }
        true
    }

    /// The bases after the stretch.
    fn deletion_after(&mut self, end: i64) {
        if self.checks.region_end && !(self.checks.utr && self.stage_utr(end + 1, self.last)) {
            let region = self.first < end + REGION_INTRON && self.last > end + SITE;
            let site_begins = (REGION_INTRON - SITE) as usize;
            self.mark_after(region, self.first < end + SITE, end, site_begins);
        }
        if self.first < end {
            self.tail = self.reference_length - (self.last - self.alleles.position + 1);
            self.last = end;
        }
    }

    /// The base before the deletion with the deleted ones, and that base alone.
    fn trim_deletion(&mut self) {
        self.head = (self.head - 1).max(0);
        self.trimmed_at = self.alleles.position + self.head;
        let shared = self.head + self.tail;
        if self.reference_length > shared && self.alternative_length > shared {
            self.reference_length -= shared;
            self.alternative_length -= shared;
        }
        let part = |allele: &[u8], length: i64| -> Vec<u8> {
            allele.iter().skip(self.head as usize).take(length as usize).copied().collect()
        };
        let reference = part(self.alleles.reference, self.reference_length);
        let alternative = part(self.alleles.alternative, self.alternative_length);
        (self.trimmed_reference, self.trimmed_alternative) = (reference, alternative);
    }
}
