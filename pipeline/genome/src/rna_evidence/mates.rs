//! The allele of a fragment whose mates overlap and have different alleles.

use std::collections::BTreeMap;
use std::ops::Range;

use noodles::sam::alignment::record::cigar::op::Kind;

use super::alignment::{Alignment, UNKNOWN_QUALITY};
use super::site::Site;
use super::tally::Call;

/// An alignment with its allele, as a range of its bases; `None` where it ends beside an insertion.
#[derive(Clone, Debug)]
pub(super) struct Mate {
    pub(super) alignment: Alignment,
    pub(super) allele: Option<Range<usize>>,
}

impl Mate {
    pub(super) fn call(&self, site: &Site) -> Option<Call> {
        self.allele.as_ref().map(|allele| site.call(&self.alignment, allele))
    }

    /// Whether the other mate cannot change what this one shows.
    pub(super) fn agrees(&self, other: &Mate, site: &Site) -> bool {
        let bases = |mate: &Mate| Some(mate.alignment.bases[mate.allele.clone()?].to_vec());
        let known = |mate: &Mate| !matches!(mate.call(site), None | Some(Call::Unknown));
        known(self) && known(other) && bases(self) == bases(other)
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

/// What both mates together show; `None` where they cannot be joined: they share no base, their alignments take
/// different paths where they overlap, or a base differs at equal or unknown quality.
pub(super) fn joined_call(one: &Mate, other: &Mate, site: &Site) -> Option<Call> {
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
    let mut places: Vec<Place> = Vec::new();
    for (mate, bases) in [(one, &ones), (other, &others)] {
        let of_allele = |placed: &&PlacedBase| {
            mate.allele.as_ref().is_some_and(|allele| allele.contains(&placed.query))
        };
        places.extend(bases.iter().filter(of_allele).map(|placed| placed.place));
    }
    let bases: Vec<u8> = match (places.iter().min(), places.iter().max()) {
        (Some(from), Some(to)) => joined.range(*from..=*to).map(|(_, base)| *base).collect(),
        _ if one.allele.is_none() && other.allele.is_none() => return None,
        _ => Vec::new(),
    };
    if bases.is_empty() && site.is_insertion() {
        let after = 2 * i64::from(site.start);
        let beside = [after - 2, after].map(|place| joined.get(&(place, 0)).copied());
        return Some(if beside.contains(&Some(b'N')) { Call::Unknown } else { Call::Reference });
    }
    Some(site.call_bases(&bases))
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
