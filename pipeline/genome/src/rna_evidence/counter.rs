//! Hands each alignment to the sites that it overlaps.

use std::io;
use std::ops::Range;

use noodles::sam::Header;
use noodles::sam::alignment::Record;

use super::alignment::Alignment;
use super::sites::Sites;
use super::tally::Tally;
use super::{EvidenceOptions, RnaEvidence};

/// Counts for a run of sites.
pub(super) struct Counter<'a> {
    header: &'a Header,
    sites: &'a Sites,
    options: EvidenceOptions,
    range: Range<usize>,
    tallies: Vec<Tally>,
    read: Alignment,
}

impl<'a> Counter<'a> {
    pub(super) fn new(
        header: &'a Header,
        sites: &'a Sites,
        options: EvidenceOptions,
        range: Range<usize>,
    ) -> Self {
        let tallies = range.clone().map(|_| Tally::default()).collect();
        Self { header, sites, options, range, tallies, read: Alignment::default() }
    }

    /// Counts a record that covers `span` bases of a contig from the 0-based `start` on. Only a record over a site is
    /// looked into.
    pub(super) fn see(
        &mut self,
        record: &impl Record,
        contig: usize,
        start: u32,
        span: u32,
    ) -> io::Result<()> {
        let mut overlapping = self
            .sites
            .overlapping(contig, start, start.saturating_add(span.max(1)))
            .filter(|at| self.range.contains(at))
            .peekable();
        if overlapping.peek().is_none() {
            return Ok(());
        }
        self.read.fill(record, self.header, self.options.umi_tag)?;
        let refusal = self.options.refusal(&self.read);
        for at in overlapping {
            self.tallies[at - self.range.start].add(&self.read, refusal, self.sites.get(at));
        }
        Ok(())
    }

    /// The counts in the order of the sites.
    pub(super) fn finish(self) -> Vec<RnaEvidence> {
        let molecules = self.options.umi_tag.is_some();
        self.tallies.into_iter().map(|tally| tally.finish(molecules)).collect()
    }
}
