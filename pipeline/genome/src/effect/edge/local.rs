//! The sequence beside a border before and after a change, to see whether a splice site is still there.

use super::{Edge, REGION_INTRON, SITE};
use crate::effect::terms::Terms;

impl Edge<'_, '_, '_> {
    /// Fills the trimmed alleles with `length` bases from `begin` on, without and with the change.
    pub(super) fn build(&mut self, begin: i64, length: i64) {
        self.build_reference(begin, length);
        self.build_alternative(begin, length);
    }

    fn build_reference(&mut self, begin: i64, length: i64) {
        let position = self.alleles.position;
        self.trimmed_reference.clear();
        self.trimmed_reference.extend_from_slice(self.model.bases(begin, position - begin));
        let used = (begin - position).max(0);
        let missing = length - self.trimmed_reference.len() as i64;
        if used < self.reference_length && missing > 0 {
            let taken = (self.reference_length - used).min(missing);
            let allele = &self.alleles.reference[used as usize..(used + taken) as usize];
            self.trimmed_reference.extend_from_slice(allele);
        }
        let after = position + self.reference_length;
        let missing = self.within_transcript(after, length - self.trimmed_reference.len() as i64);
        self.trimmed_reference.extend_from_slice(self.model.bases(after, missing));
    }

    fn build_alternative(&mut self, begin: i64, length: i64) {
        let position = self.alleles.position;
        self.trimmed_alternative.clear();
        self.trimmed_alternative.extend_from_slice(self.model.bases(begin, position - begin));
        let mut used = (begin - position).max(0);
        let missing = length - self.trimmed_alternative.len() as i64;
        if used < self.alternative_length && missing > 0 {
            let taken = (self.alternative_length - used).min(missing);
            let allele = &self.alleles.alternative[used as usize..(used + taken) as usize];
            self.trimmed_alternative.extend_from_slice(allele);
            used -= taken;
        }
        let skipped = if used < 0 { 0 } else { used - 1 };
        let after = position + self.reference_length + skipped;
        let missing = self.within_transcript(after, length - self.trimmed_alternative.len() as i64);
        self.trimmed_alternative.extend_from_slice(self.model.bases(after, missing));
    }

    /// As many of `count` bases from `from` on as the transcript has.
    fn within_transcript(&self, from: i64, count: i64) -> i64 {
        count.min(self.model.end - from + 1).max(0)
    }

    /// An intron after the stretch: a site or region is touched; `SYNONYMOUS` says that its bases stay.
    pub(super) fn mark_after(&mut self, region: bool, site: bool, end: i64, unchanged_from: usize) {
        if self.checks.alleles {
            self.build(end + 1, REGION_INTRON);
        }
        self.mark(region, site.then(|| self.site_after()), unchanged_from);
    }

    /// The same for an intron before the stretch.
    pub(super) fn mark_before(&mut self, region: bool, site: bool, begin: i64) {
        if self.checks.alleles {
            self.build(begin - REGION_INTRON, REGION_INTRON);
        }
        let site_begins = (REGION_INTRON - SITE) as usize;
        self.mark(region, site.then(|| self.site_before()), site_begins);
    }

    fn mark(&mut self, region: bool, site: Option<Terms>, site_begins: usize) {
        if region {
            self.terms |= Terms::SPLICE_REGION;
            if self.checks.alleles && self.same(0, REGION_INTRON as usize) {
                self.terms |= Terms::SYNONYMOUS;
            }
        }
        if let Some(site) = site {
            self.terms |= site;
            if self.checks.alleles && self.same(site_begins, SITE as usize) {
                self.terms |= Terms::SYNONYMOUS;
            }
        }
    }

    /// Whether `count` bases from `from` on are the same without and with the change; a missing base is equal to a
    /// missing base only.
    fn same(&self, from: usize, count: usize) -> bool {
        let part =
            |bases: &[u8]| -> Vec<u8> { bases.iter().skip(from).take(count).copied().collect() };
        part(&self.trimmed_reference) == part(&self.trimmed_alternative)
    }
}
