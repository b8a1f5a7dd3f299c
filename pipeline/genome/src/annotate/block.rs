//! The rows of a region, some calls at a time.

use super::regions::Region;
use super::row::{OVERLAPS, Page};
use super::{AnnotatedRow, Totals};
use crate::Quarantined;

/// Calls whose rows are shown together: what is made of them should stay in a core's cache until it is written.
const CALLS_OF_BLOCK: usize = 512;

/// The rows of some calls of one region, all rows of each.
pub struct RegionRows<'x> {
    page: Option<&'x Page<'x>>,
    /// Places of the calls, and the numbers of their variants.
    calls: &'x [(usize, Option<usize>)],
    counts: &'x mut Totals,
}

impl RegionRows<'_> {
    /// Shows each row, by record, allele, transcript and haplotype.
    pub fn for_each(&mut self, mut show: impl FnMut(&AnnotatedRow<'_>)) {
        let Some(page) = self.page else { return };
        let mut tell = |row: &AnnotatedRow<'_>| {
            self.counts.rows += 1;
            self.counts.overlapping += u64::from(row.consequence.note.as_deref() == Some(OVERLAPS));
            show(row);
        };
        self.calls.iter().for_each(|&(place, variant)| page.show(place, variant, &mut tell));
    }
}

impl Region<'_> {
    /// Gives what `render` makes of the rows, some calls at a time, with what could not be used; the counts are answered.
    pub(super) fn rendered<T, E>(
        mut self,
        render: &impl Fn(&mut RegionRows<'_>) -> T,
        give: &mut impl FnMut(T, Vec<Quarantined>) -> Result<(), E>,
    ) -> Result<Totals, E> {
        let mut quarantined = std::mem::take(&mut self.quarantined);
        // Those of the background come after the calls that the region was made of: back to their places.
        self.calls.sort_by_key(|call| (call.span().0, call.background));
        let contig = self.contig.clone();
        let page = contig.as_ref().map(|contig| Page::new(&self, contig));
        let mut counts = Totals::default();
        if let Some(page) = &page {
            let calls = self.calls.iter().zip(&page.neighbours);
            for (_, neighbours) in calls.filter(|(call, _)| !call.background) {
                counts.told += 1;
                counts.unphased_neighbours += u64::from(*neighbours > 0);
            }
        }
        let page = page.as_ref();
        let order = page.map(Page::order).unwrap_or_default();
        if order.is_empty() {
            let mut none = RegionRows { page, calls: &[], counts: &mut counts };
            give(render(&mut none), std::mem::take(&mut quarantined))?;
        }
        for calls in order.chunks(CALLS_OF_BLOCK) {
            let rendered = render(&mut RegionRows { page, calls, counts: &mut counts });
            give(rendered, std::mem::take(&mut quarantined))?;
        }
        Ok(counts)
    }
}
