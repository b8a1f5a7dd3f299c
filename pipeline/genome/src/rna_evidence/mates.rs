//! The allele of a fragment whose mates overlap and have different alleles.

use std::collections::BTreeMap;
use std::ops::Range;

use noodles::sam::alignment::record::cigar::op::Kind;

use super::alignment::{Alignment, UNKNOWN_QUALITY};

/// An alignment with its allele, as a range of its bases.
#[derive(Clone, Debug)]
pub(super) struct Mate {
    pub(super) alignment: Alignment,
    pub(super) allele: Range<usize>,
}

impl Mate {
    pub(super) fn bases(&self) -> &[u8] {
        &self.alignment.bases[self.allele.clone()]
    }
}

/// Where a base is: twice its reference position; for an inserted base, one more than that of the aligned base before it
/// (one less than that of the base after it at the read's start), then its place in the insertion.
type Place = (i64, usize);

#[derive(Clone, Copy, Debug)]
struct PlacedBase {
    place: Place,
    base: u8,
    quality: u8,
    /// Place of this base in the read.
    query: usize,
    /// A splice lies before it.
    spliced: bool,
}

/// The allele of both mates together; `None` where they cannot be joined: they share no base, their alignments take
/// different paths where they overlap, or a base differs at equal or unknown quality.
pub(super) fn joined_allele(one: &Mate, other: &Mate) -> Option<Vec<u8>> {
    let (ones, others) = (placed_bases(&one.alignment), placed_bases(&other.alignment));
    let first = ones.first()?.place.max(others.first()?.place);
    let last = ones.last()?.place.min(others.last()?.place);
    let (shared, others_shared) = (within(&ones, first, last), within(&others, first, last));
    if shared.is_empty() || shared.len() != others_shared.len() {
        return None;
    }
    let mut joined: BTreeMap<Place, u8> =
        ones.iter().chain(&others).map(|placed| (placed.place, placed.base)).collect();
    for (at, (a, b)) in shared.iter().zip(others_shared).enumerate() {
        if a.place != b.place || (at > 0 && a.spliced != b.spliced) {
            return None;
        }
        joined.insert(a.place, better(a, b)?);
    }
    let places = |mate: &Mate, bases: &[PlacedBase]| {
        let of_allele = bases.iter().filter(|placed| mate.allele.contains(&placed.query));
        of_allele.map(|placed| placed.place).collect::<Vec<_>>()
    };
    let allele = [places(one, &ones), places(other, &others)].concat();
    let (from, to) = (allele.iter().min()?, allele.iter().max()?);
    Some(joined.range(*from..=*to).map(|(_, base)| *base).collect())
}

fn better(a: &PlacedBase, b: &PlacedBase) -> Option<u8> {
    let unknown = a.quality == UNKNOWN_QUALITY || b.quality == UNKNOWN_QUALITY;
    match a.quality.cmp(&b.quality) {
        _ if a.base == b.base => Some(a.base),
        _ if unknown => None,
        std::cmp::Ordering::Greater => Some(a.base),
        std::cmp::Ordering::Less => Some(b.base),
        std::cmp::Ordering::Equal => None,
    }
}

fn within(bases: &[PlacedBase], first: Place, last: Place) -> &[PlacedBase] {
    let from = bases.partition_point(|placed| placed.place < first);
    let to = bases.partition_point(|placed| placed.place <= last);
    bases.get(from..to).unwrap_or_default()
}

/// The bases that are aligned or inserted, in the order of their places.
fn placed_bases(read: &Alignment) -> Vec<PlacedBase> {
    let mut placed: Vec<PlacedBase> = Vec::with_capacity(read.bases.len());
    let mut before = 2 * i64::from(read.start) - 1;
    let (mut spliced, mut inserted) = (false, 0);
    for step in read.steps() {
        let place = |at: u32| match step.kind {
            Kind::Match => (2 * i64::from(step.position + at), 0),
            _ => (before, inserted + at as usize),
        };
        match step.kind {
            Kind::Match | Kind::Insertion => {
                let bases = (0..step.length).map(|at| {
                    let query = step.query + at as usize;
                    PlacedBase {
                        place: place(at),
                        base: read.bases[query],
                        quality: read.qualities[query],
                        query,
                        spliced: spliced && at == 0,
                    }
                });
                placed.extend(bases);
                spliced = false;
            }
            Kind::Skip => spliced = true,
            _ => {}
        }
        match step.kind {
            Kind::Match => (before, inserted) = (2 * i64::from(step.end()) - 1, 0),
            Kind::Insertion => inserted += step.length as usize,
            _ => {}
        }
    }
    placed
}
