//! Antigens over two molecules, so that no clone of the tumour gets less than its share from either.
//!
//! The two are mixed in equal numbers of molecules: then every antigen has the same dose, whichever molecule holds it, and
//! the masses stand as the lengths do ([`mass_shares`]).

/// What a split looks at.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Piece {
    /// Residues of the antigen.
    pub residues: usize,
    /// What it is worth, such as its probability of a response; finite.
    pub weight: f64,
    /// The clone that its mutation arose in.
    pub clone: usize,
}

/// Up to here every split is looked at.
const FEW: usize = 16;

/// The antigens of the first and of the second molecule, ascending: the numbers differ by one at the most, then the weights
/// of each clone are as equal as can be, then the lengths. Every split is looked at up to 16 antigens; above, exchanges of
/// one for one from an alternating start, as long as they help.
pub fn split(pieces: &[Piece]) -> [Vec<usize>; 2] {
    let n = pieces.len();
    let first = n.div_ceil(2);
    if n <= FEW {
        let masks = (0..1_u32 << n).filter(|mask| mask.count_ones() as usize == first);
        let side = |mask: u32| -> Vec<bool> { (0..n).map(|at| mask >> at & 1 == 1).collect() };
        let best = masks.map(side).min_by(|a, b| compare(pieces, a, b));
        return apart(&best.unwrap_or_default());
    }
    let mut order: Vec<usize> = (0..n).collect();
    order.sort_by(|&a, &b| {
        let (a, b) = (&pieces[a], &pieces[b]);
        a.clone.cmp(&b.clone).then(b.weight.total_cmp(&a.weight))
    });
    let mut sides = vec![false; n];
    for (place, &at) in order.iter().enumerate() {
        sides[at] = place % 2 == 0;
    }
    while let Some(better) = exchange(pieces, &sides) {
        sides = better;
    }
    apart(&sides)
}

/// Shares of the total mass at equal numbers of molecules, by their lengths.
pub fn mass_shares(lengths: &[usize]) -> Vec<f64> {
    let total: usize = lengths.iter().sum();
    lengths.iter().map(|&length| length as f64 / total.max(1) as f64).collect()
}

fn apart(sides: &[bool]) -> [Vec<usize>; 2] {
    let of = |side: bool| (0..sides.len()).filter(|&at| sides[at] == side).collect();
    [of(true), of(false)]
}

/// The best exchange of one for one, where one helps.
fn exchange(pieces: &[Piece], sides: &[bool]) -> Option<Vec<bool>> {
    let mut best = sides.to_vec();
    for a in 0..sides.len() {
        for b in a + 1..sides.len() {
            if sides[a] != sides[b] {
                let mut other = sides.to_vec();
                other.swap(a, b);
                if compare(pieces, &other, &best).is_lt() {
                    best = other;
                }
            }
        }
    }
    (best != sides).then_some(best)
}

/// First by the differences of the clones' weights in billionths, then by that of the lengths.
fn compare(pieces: &[Piece], one: &[bool], other: &[bool]) -> std::cmp::Ordering {
    skew(pieces, one).cmp(&skew(pieces, other))
}

fn skew(pieces: &[Piece], sides: &[bool]) -> (u64, usize) {
    let sign = |side: bool| if side { 1 } else { -1 };
    let clones = pieces.iter().map(|piece| piece.clone).max().map_or(0, |last| last + 1);
    let mut weights = vec![0_i64; clones];
    let mut residues = 0_i64;
    for (piece, &side) in pieces.iter().zip(sides) {
        weights[piece.clone] += sign(side) * (piece.weight * 1e9).round() as i64;
        residues += sign(side) * piece.residues as i64;
    }
    (weights.iter().map(|weight| weight.unsigned_abs()).sum(), residues.unsigned_abs() as usize)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pieces(n: usize) -> Vec<Piece> {
        let piece = |at: usize| Piece {
            residues: 21 + at * 5 % 7,
            weight: 0.1 + (at * 37 % 11) as f64 / 20.0,
            clone: at % 3,
        };
        (0..n).map(piece).collect()
    }

    #[test]
    fn both_molecules_get_their_share_of_every_clone() {
        for n in [0, 1, 2, 5, 10, 16, 20, 34] {
            let pieces = pieces(n);
            let [a, b] = split(&pieces);
            assert!(a.len() - b.len() <= 1 && a.len() + b.len() == n, "{n}");
            for clone in 0..3 {
                let sum = |side: &[usize]| -> f64 {
                    let of = side.iter().filter(|&&at| pieces[at].clone == clone);
                    of.map(|&at| pieces[at].weight).sum()
                };
                let largest = pieces.iter().map(|piece| piece.weight).fold(0.0, f64::max);
                assert!((sum(&a) - sum(&b)).abs() <= largest, "{n} {clone}");
            }
        }
    }

    #[test]
    fn exchanges_come_close_to_the_best_split() {
        let pieces = pieces(16);
        let [best, _] = split(&pieces);
        let best: Vec<bool> = (0..16).map(|at| best.contains(&at)).collect();
        let mut sides: Vec<bool> = (0..16).map(|at| at % 2 == 0).collect();
        while let Some(better) = exchange(&pieces, &sides) {
            sides = better;
        }
        assert!(skew(&pieces, &best) <= skew(&pieces, &sides));
        assert!(skew(&pieces, &sides).0 <= skew(&pieces, &best).0 + 400_000_000);
    }

    #[test]
    fn equal_numbers_of_molecules_weigh_as_their_lengths() {
        assert_eq!(mass_shares(&[1500, 500]), [0.75, 0.25]);
    }
}
