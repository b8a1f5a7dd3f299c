//! All places of a run in the order of the genome, found by the interval of an alignment.

use std::ops::Range;

use super::site::Site;

/// Sites that lie closer than this are read together: the tile of a BAM index (SAM specification, section 5.1.3).
const TILE: u32 = 1 << 14;

/// Sites of one region at most, so that dense regions are shared among threads too.
const SITES_OF_REGION: usize = 256;

/// Sites sorted by contig and start of their windows.
pub(super) struct Sites {
    sites: Vec<Site>,
    /// The furthest end of a window among the sites up to each one on its contig.
    reach: Vec<u32>,
}

impl Sites {
    /// Sorts sites; gives back what each was paired with, in the order of the sites.
    pub(super) fn sorted(mut placed: Vec<(usize, Site)>) -> (Vec<usize>, Self) {
        placed.sort_by_key(|(row, site)| (site.contig, site.window(), *row));
        let (rows, sites): (Vec<_>, Vec<_>) = placed.into_iter().unzip();
        let mut reach = Vec::<u32>::with_capacity(sites.len());
        for (at, site) in sites.iter().enumerate() {
            let furthest = match at.checked_sub(1) {
                Some(last) if sites[last].contig == site.contig => reach[last],
                _ => 0,
            };
            reach.push(furthest.max(site.window().1));
        }
        (rows, Self { sites, reach })
    }

    pub(super) fn len(&self) -> usize {
        self.sites.len()
    }

    pub(super) fn get(&self, at: usize) -> &Site {
        &self.sites[at]
    }

    /// The sites whose windows an alignment of 0-based `start` and `end` (not included) overlaps, the last one first.
    pub(super) fn overlapping(
        &self,
        contig: usize,
        start: u32,
        end: u32,
    ) -> impl Iterator<Item = usize> {
        let before = |site: &Site| (site.contig, site.window().0) < (contig, end);
        (0..self.sites.partition_point(before))
            .rev()
            .take_while(move |&at| self.sites[at].contig == contig && self.reach[at] > start)
            .filter(move |&at| self.sites[at].window().1 > start)
    }

    /// Runs of neighbouring sites.
    pub(super) fn regions(&self) -> Vec<Range<usize>> {
        let mut regions: Vec<Range<usize>> = Vec::new();
        for (at, site) in self.sites.iter().enumerate() {
            match regions.last_mut() {
                Some(region)
                    if self.sites[region.start].contig == site.contig
                        && site.window().0 <= self.reach[at - 1] + TILE
                        && region.len() < SITES_OF_REGION =>
                {
                    region.end = at + 1;
                }
                _ => regions.push(at..at + 1),
            }
        }
        regions
    }

    /// Contig, 0-based start and end (not included) of the windows of a region.
    pub(super) fn span(&self, region: &Range<usize>) -> (usize, u32, u32) {
        let sites = &self.sites[region.clone()];
        let end = sites.iter().map(|site| site.window().1).max().unwrap_or(0);
        let (contig, start) = sites.first().map_or((0, 0), |site| (site.contig, site.window().0));
        (contig, start, end)
    }
}
