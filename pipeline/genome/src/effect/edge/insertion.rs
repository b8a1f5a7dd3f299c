//! Changes that leave more bases than there were.

use super::{Edge, Placement, REGION_INTRON, SITE};

impl Edge<'_, '_, '_> {
    pub(super) fn place_insertion(&mut self, begin: i64, end: i64) -> Placement {
        let position = self.alleles.position;
        if self.head > 0 || self.alleles.reference.first() != self.alleles.alternative.first() {
            self.first = position + self.head - 1;
        } else {
            self.tail = (self.tail - 1).max(0);
            self.first = position;
        }
        // One base before the new ones, and one after.
        self.last = position + self.reference_length - self.tail;
        if self.first >= end {
            return self.insertion_after(end);
        }
        if self.last < begin || (self.last == begin && !self.checks.region_begin) {
            return self.insertion_before(begin);
        }
        if self.first <= begin + 2 {
            self.touch_begin();
        }
        if self.last > end - 2 {
            self.touch_end();
        }
        if self.checks.alleles {
            self.trim_insertion(begin);
        }
        self.stage();
        Placement::Inside
    }

    fn insertion_after(&mut self, end: i64) -> Placement {
        if self.checks.utr && self.stage_utr(self.first + 1, self.first + 1) {
            return Placement::Outside;
        }
        if self.checks.region_end {
            let region = self.first < end + REGION_INTRON && self.last > end + SITE;
            self.mark_after(region, self.first < end + SITE, end, 0);
            self.stage();
        }
        Placement::Outside
    }

    fn insertion_before(&mut self, begin: i64) -> Placement {
        if self.checks.utr && self.stage_utr(self.last - 1, self.last - 1) {
            return Placement::Outside;
        }
        if self.checks.region_begin {
            let region = self.last > begin - REGION_INTRON && self.first < begin - SITE;
            self.mark_before(region, self.last > begin - SITE, begin);
            self.stage();
        }
        Placement::Outside
    }

    /// The base before the insertion and the new bases; never a base before the record's first.
    fn trim_insertion(&mut self, begin: i64) {
        let before_record = self.alleles.position - self.first;
        if before_record > 0 {
            self.head += before_record;
            if self.head + self.tail == self.reference_length {
                self.tail -= before_record;
            }
            self.first = self.alleles.position;
        }
        if self.last == begin {
            self.tail -= 1;
        }
        self.trimmed_at = self.first;
        self.build(self.first, self.alternative_length - self.tail - self.head + 1);
        self.reference_length -= self.tail + self.head - 1;
        self.trimmed_reference.truncate(self.reference_length.max(0) as usize);
    }
}
