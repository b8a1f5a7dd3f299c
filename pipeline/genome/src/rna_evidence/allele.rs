//! Which bases of a read are its allele at a site.

use std::ops::Range;

use noodles::sam::alignment::record::cigar::op::Kind;

use super::alignment::{Alignment, Step};
use super::site::{Site, left_shift};

/// Why an alignment has no allele at a site.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum NoAllele {
    Spliced,
    NotSpanning,
}

/// The bases of `read` at `site`, as a range of its sequence.
pub(super) fn allele_at(read: &Alignment, site: &Site) -> Result<Range<usize>, NoAllele> {
    if read.steps().any(|step| step.kind == Kind::Skip && skips(&step, site)) {
        return Err(NoAllele::Spliced);
    }
    if let Some(range) = equivalent_indel(read, site) {
        return Ok(range);
    }
    if site.is_insertion() { inserted_at(read, site.start) } else { aligned_to(read, site) }
}

fn skips(step: &Step, site: &Site) -> bool {
    if site.is_insertion() {
        step.position <= site.start && site.start <= step.end()
    } else {
        site.start < step.end() && step.position < site.end()
    }
}

/// The allele of a read that has the site's insertion or deletion further to the right in a repeat. It is placed to the
/// left as far as the bases aligned without a gap before it allow.
fn equivalent_indel(read: &Alignment, site: &Site) -> Option<Range<usize>> {
    let sequence = site.sequence.as_ref()?;
    let (kind, allele) = if site.is_insertion() {
        (Kind::Insertion, &site.alternative)
    } else {
        (Kind::Deletion, &site.reference)
    };
    let mut aligned_before = 0;
    for step in read.steps() {
        if step.kind == kind && step.length as usize == allele.len() && step.position >= site.start
        {
            let at = i64::from(step.position);
            let mut bases = match kind {
                Kind::Insertion => read.bases[step.query..step.query + allele.len()].to_vec(),
                _ => sequence.bases(at + 1, at + i64::from(step.length)),
            };
            let shift = left_shift(sequence, step.position, aligned_before, &bases);
            bases.rotate_right(shift as usize % allele.len());
            if step.position - shift == site.start && bases == *allele {
                let from = step.query - shift as usize;
                return Some(from..from + site.alternative.len());
            }
        }
        aligned_before = if step.kind == Kind::Match { step.length } else { 0 };
    }
    None
}

/// What the read has between the base before `position` and the base there.
fn inserted_at(read: &Alignment, position: u32) -> Result<Range<usize>, NoAllele> {
    let here = |step: &Step| step.kind == Kind::Insertion && step.position == position;
    let end_of = |step: Step| step.query + step.length as usize;
    if let Some(first) = read.steps().find(here) {
        return Ok(first.query..read.steps().filter(here).last().map_or(first.query, end_of));
    }
    let before = position.checked_sub(1).and_then(|position| read.query_at(position));
    match (before, read.query_at(position)) {
        (Some(before), Some(after)) if after == before + 1 => Ok(after..after),
        _ => Err(NoAllele::NotSpanning),
    }
}

/// What the read has in place of the bases of the locus.
fn aligned_to(read: &Alignment, site: &Site) -> Result<Range<usize>, NoAllele> {
    let after = |position: u32| Some(read.query_at(position)? + 1);
    let from = read.query_at(site.start).or_else(|| site.start.checked_sub(1).and_then(after));
    let to = read.query_at(site.end()).or_else(|| after(site.end() - 1));
    match (from, to) {
        (Some(from), Some(to)) => Ok(from..to),
        _ => Err(NoAllele::NotSpanning),
    }
}
