//! From energies back to the pairs that give them.

use crate::energy::{Dcal, IMPOSSIBLE, SHORTEST_HAIRPIN, pair};
use crate::fold::Structure;

use super::Tables;

/// A stretch whose best reading is still to be found.
enum Open {
    Exterior(usize),
    Closed(usize, usize),
    /// One stem or more.
    Multi(usize, usize),
    /// Two stems or more, of this energy.
    Several(usize, usize, Dcal),
}

/// A structure of the energy `tables.exterior[0]`.
pub(super) fn trace(tables: &Tables<'_>) -> Structure {
    let mut structure = Structure::open(tables.bases.len());
    let mut open = vec![Open::Exterior(0)];
    while let Some(stretch) = open.pop() {
        match stretch {
            Open::Exterior(i) => exterior(tables, i, &mut open),
            Open::Closed(i, j) => {
                structure.join(i, j);
                closed(tables, i, j, &mut open);
            }
            Open::Multi(i, j) => multi(tables, i, j, &mut open),
            Open::Several(i, j, energy) => several(tables, i, j, energy, &mut open),
        }
    }
    structure
}

fn exterior(tables: &Tables<'_>, i: usize, open: &mut Vec<Open>) {
    let length = tables.bases.len();
    let Some(i) = (i..length).find(|&i| tables.exterior[i] != tables.exterior[i + 1]) else {
        return;
    };
    let stem = (i..length).find(|&j| {
        let closed = tables.closed.get(i, j);
        closed < IMPOSSIBLE
            && closed + tables.exterior_stem(i, j) + tables.exterior[j + 1] == tables.exterior[i]
    });
    if let Some(j) = stem {
        open.extend([Open::Closed(i, j), Open::Exterior(j + 1)]);
    }
}

fn closed(tables: &Tables<'_>, i: usize, j: usize, open: &mut Vec<Open>) {
    let energy = tables.closed.get(i, j);
    if energy == tables.model.hairpin(&tables.bases[i..=j]) {
        return;
    }
    match inner_pair(tables, i, j, energy) {
        Some((p, q)) => open.push(Open::Closed(p, q)),
        None => open.push(Open::Several(i + 1, j - 1, energy - tables.closing_stem(i, j))),
    }
}

fn inner_pair(tables: &Tables<'_>, i: usize, j: usize, energy: Dcal) -> Option<(usize, usize)> {
    let (bases, most) = (tables.bases, tables.settings.longest());
    let lefts =
        (0..=most).map(|l| (l, i + l + 1)).take_while(|&(_, p)| p + SHORTEST_HAIRPIN + 1 < j);
    let mut inner = lefts.flat_map(|(l, p)| {
        ((p + SHORTEST_HAIRPIN + 1).max(j.saturating_sub(most - l + 1))..j)
            .rev()
            .map(move |q| (p, q))
    });
    inner.find(|&(p, q)| {
        let inside = tables.closed.get(p, q);
        inside < IMPOSSIBLE
            && inside + tables.model.interior(&bases[i..=p], &bases[q..=j]) == energy
    })
}

fn multi(tables: &Tables<'_>, i: usize, j: usize, open: &mut Vec<Open>) {
    let energy = tables.multi.get(i, j);
    if energy == tables.multi.get(i, j - 1) {
        open.push(Open::Multi(i, j - 1));
    } else if energy == tables.multi.get(i + 1, j) {
        open.push(Open::Multi(i + 1, j));
    } else if pair(tables.bases[i], tables.bases[j]) != 0
        && energy == tables.closed.get(i, j) + tables.inner_stem(i, j)
    {
        open.push(Open::Closed(i, j));
    } else {
        open.push(Open::Several(i, j, energy));
    }
}

/// A split of `i..=j` with this energy: some stems, then a last one, then unpaired bases.
fn several(tables: &Tables<'_>, i: usize, j: usize, energy: Dcal, open: &mut Vec<Open>) {
    let first = i + 2 * SHORTEST_HAIRPIN + 3;
    let splits = (first..=j).rev().flat_map(|last| {
        (i + SHORTEST_HAIRPIN + 2..last - SHORTEST_HAIRPIN).map(move |k| (k, last))
    });
    let fits = |&(k, last): &(usize, usize)| {
        let closed = tables.closed.get(k, last);
        closed < IMPOSSIBLE
            && tables.multi.get(i, k - 1) + closed + tables.inner_stem(k, last) == energy
    };
    if let Some((k, last)) = splits.into_iter().find(fits) {
        open.extend([Open::Multi(i, k - 1), Open::Closed(k, last)]);
    }
}
