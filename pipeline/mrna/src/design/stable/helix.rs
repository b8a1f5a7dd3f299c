//! Helices that are too long, and what codons to give up so that one breaks.

use crate::energy::{Base, Pair, pair};
use crate::lattice::codon_table::Usage;
use crate::lattice::{CodingTask, Dearer};

/// What a codon out of use costs, kcal/mol: more than any break of a helix does.
const OUT_OF_USE: f64 = 30.0;

/// Stacked pairs without a break, from outside in, of every helix of a structure.
pub(super) fn helices(partner: &[Option<usize>]) -> Vec<Vec<(usize, usize)>> {
    let mut helices: Vec<Vec<(usize, usize)>> = Vec::new();
    let pairs = partner.iter().enumerate().filter_map(|(five, three)| Some((five, (*three)?)));
    for (five, three) in pairs.filter(|(five, three)| five < three) {
        match helices.last_mut() {
            Some(helix) if helix.last() == Some(&(five.wrapping_sub(1), three + 1)) => {
                helix.push((five, three));
            }
            _ => helices.push(vec![(five, three)]),
        }
    }
    helices
}

/// A way to break a helix: for each of a pair's two codons the bases that it keeps at the pair.
struct Break {
    /// Estimated loss, kcal/mol, and how far from the middle.
    loss: (f64, usize),
    out: Vec<Dearer>,
}

/// Codons to put out of use so that one pair of `helix` cannot form and both parts left are of `most` pairs at most, at the least
/// loss in codon usage and strength of the pair. `helix`: pairs as places in the coding sequence `bases`, or nothing for a fixed
/// base. Nothing where the protein has no such codons.
pub(super) fn pairs_out_of_use(
    task: &CodingTask<'_>,
    bases: &[Base],
    helix: &[(Option<usize>, Option<usize>)],
    most: usize,
) -> Vec<Dearer> {
    let middle = helix.len() / 2;
    // Both parts keep to the limit; where two breaks are needed, the next round makes the other.
    let (first, last) = (helix.len().saturating_sub(most + 1), most.min(helix.len() - 1));
    let (first, last) = (first.min(middle), last.max(middle));
    let breaks = (first..=last).flat_map(|at| {
        let (five, three) = helix[at];
        let ways = five.zip(three).map(|(five, three)| both(task, bases, five, three));
        ways.into_iter()
            .flatten()
            .map(move |(loss, out)| Break { loss: (loss, at.abs_diff(middle)), out })
    });
    let least = breaks.min_by(|one, other| {
        one.loss.0.total_cmp(&other.loss.0).then(one.loss.1.cmp(&other.loss.1))
    });
    least.map_or_else(Vec::new, |least| least.out)
}

/// Every way to keep the bases at two places from pairing, with its loss.
fn both(
    task: &CodingTask<'_>,
    bases: &[Base],
    five: usize,
    three: usize,
) -> Vec<(f64, Vec<Dearer>)> {
    if five / 3 == three / 3 {
        return Vec::new();
    }
    let strength = match pair(bases[five], bases[three]) {
        3 | 4 => 2.0,
        1 | 2 => 1.0,
        _ => 0.0,
    };
    let every = 1_u8..16;
    let ways = every.filter_map(|kept| {
        let left = |base: Base| kept >> (base - 1) & 1 == 1;
        let right = |base: Base| (1..=4).all(|other| !left(other) || apart(pair(other, base)));
        let (loss, mut out) = keep(task, bases, five, &left)?;
        let (other, more) = keep(task, bases, three, &right)?;
        out.extend(more);
        Some((loss + other + strength, out))
    });
    ways.collect()
}

fn apart(pair: Pair) -> bool {
    pair == 0
}

/// Keeps only codons whose base at `place` is allowed: what the best of them costs more than the present one, and the others.
fn keep(
    task: &CodingTask<'_>,
    bases: &[Base],
    place: usize,
    allowed: &dyn Fn(Base) -> bool,
) -> Option<(f64, Vec<Dearer>)> {
    let residue = place / 3;
    let letter = task.protein.as_bytes().get(residue)?.to_ascii_uppercase();
    let codons = task.table.codons(char::from(letter));
    let cost = |weight: f64| -task.lambda * weight.ln();
    let present = bases.get(3 * residue..3 * residue + 3)?;
    let now = codons.iter().find(|usage| usage.bases == *present)?;
    let (kept, out): (Vec<&Usage>, Vec<&Usage>) =
        codons.iter().partition(|usage| allowed(usage.bases[place % 3]));
    let best = kept.iter().map(|usage| cost(usage.weight)).min_by(f64::total_cmp)?;
    let out =
        out.iter().map(|usage| Dearer { residue, codon: usage.bases, cost: OUT_OF_USE }).collect();
    Some((best - cost(now.weight), out))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::lattice::CodonTable;
    use crate::shape::pairs;

    #[test]
    fn helices_are_read_from_outside_in() {
        let check = |structure: &str, lengths: &[usize]| {
            let found = helices(&pairs(structure).unwrap());
            assert_eq!(found.iter().map(Vec::len).collect::<Vec<_>>(), lengths, "{structure}");
        };
        check(".....", &[]);
        check("(((...)))", &[3]);
        check("((.((...))))", &[2, 2]);
        check("((...))((...))", &[2, 2]);
        assert_eq!(helices(&pairs("((...))").unwrap()), [[(0, 6), (1, 5)]]);
    }

    #[test]
    fn a_pair_that_no_codons_avoid_is_left() {
        let table = CodonTable::human();
        // Two methionines and two tryptophans have no choice; leucines in between have.
        let (met, leu) = ([1, 4, 3], [2, 4, 3]);
        let bases = [met, leu, leu, met].concat();
        let task = CodingTask { lambda: 1.0, ..CodingTask::new("x", "MLLM", &table) };
        assert!(pairs_out_of_use(&task, &bases, &[(Some(1), Some(11))], 0).is_empty());
        let out = pairs_out_of_use(&task, &bases, &[(Some(5), Some(6))], 0);
        assert!(!out.is_empty());
        let usable = |residue: usize, place: usize| -> Vec<Base> {
            let of =
                |codon: &[Base; 3]| out.iter().any(|d| d.residue == residue && d.codon == *codon);
            let codons = table.codons('L').iter().filter(|usage| !of(&usage.bases));
            codons.map(|usage| usage.bases[place]).collect()
        };
        let (left, right) = (usable(1, 2), usable(2, 0));
        assert!(!left.is_empty() && !right.is_empty());
        assert!(left.iter().all(|&one| right.iter().all(|&other| pair(one, other) == 0)));
        assert!(pairs_out_of_use(&task, &bases, &[(None, Some(6))], 0).is_empty());
    }
}
