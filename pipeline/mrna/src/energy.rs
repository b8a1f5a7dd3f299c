//! The nearest-neighbour energy model of RNA: Turner 2004 at 37 °C, in hundredths of kcal/mol.
//!
//! What a loop costs, by its kind, pairs and bases. Folding, evaluation and codon optimisation all stand on it, and on
//! nothing else. Kinds of loop, their formulas and the order in which special cases apply follow the Nearest Neighbor
//! Database and, where that leaves room, ViennaRNA 2: a stem in a multiloop or the exterior loop sees both neighbouring
//! bases (dangles 2) or none (dangles 0); the special GU closure, all-C hairpins and coaxial stacking are left out.

mod tables;

use std::sync::LazyLock;

use tables as t;

/// Energy in hundredths of kcal/mol.
pub type Dcal = i32;

/// A base: 0 for N, which pairs with nothing, then A, C, G, U.
pub type Base = u8;

/// A pair: 0 for none, then AU, UA, CG, GC, GU, UG.
pub type Pair = usize;

/// More than any energy, and small enough to be added up four times.
pub const IMPOSSIBLE: Dcal = 500_000_000;

/// The fewest unpaired bases of a hairpin.
pub const SHORTEST_HAIRPIN: usize = 3;

/// The most unpaired bases of an interior loop or bulge, both sides together, unless a caller asks for fewer.
pub const LONGEST_INTERIOR: usize = 30;

/// Energy of closing a multiloop.
pub const MULTI_CLOSING: Dcal = t::MULTI_CLOSING as Dcal * 10;

/// The letters of bases, in their order.
pub const LETTERS: [u8; 5] = *b"NACGU";

/// The pairs as their two bases, in their order.
pub const PAIRS: [(Base, Base); 7] = [(0, 0), (1, 4), (4, 1), (2, 3), (3, 2), (3, 4), (4, 3)];

/// Whether the unpaired neighbours of a stem count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Dangles {
    /// They do not (RNAfold's `-d0`).
    None,
    /// Both count for every stem of a multiloop or the exterior loop, whether paired or not (RNAfold's `-d2`).
    #[default]
    Both,
}

/// The pair that two bases make.
#[inline]
pub fn pair(five: Base, three: Base) -> Pair {
    const OF: [[u8; 5]; 5] =
        [[0; 5], [0, 0, 0, 0, 1], [0, 0, 0, 3, 0], [0, 0, 4, 0, 5], [0, 2, 0, 6, 0]];
    usize::from(OF[usize::from(five)][usize::from(three)])
}

/// The same pair read from its other base.
#[inline]
pub fn turned(pair: Pair) -> Pair {
    const OTHER: [Pair; 7] = [0, 2, 1, 4, 3, 6, 5];
    OTHER[pair]
}

/// What a pair adds to a loop whose table does not hold it: terminal AU or GU.
#[inline]
pub fn terminal(pair: Pair) -> Dcal {
    if pair == 3 || pair == 4 { 0 } else { tens(t::TERMINAL_AU) }
}

/// The first mismatch of a loop: pair, base behind its first, base before its second.
type Mismatch = [[[Dcal; 5]; 5]; 7];

/// The parameters, spread out for look-up: N stands for the worst of the four bases.
#[derive(Debug)]
pub struct Turner2004 {
    stack: [[Dcal; 7]; 7],
    dangle5: [[Dcal; 5]; 7],
    dangle3: [[Dcal; 5]; 7],
    mismatch_stem: Mismatch,
    mismatch_hairpin: Mismatch,
    mismatch_interior: Mismatch,
    mismatch_interior_23: Mismatch,
}

/// The one set of parameters.
pub fn turner_2004() -> &'static Turner2004 {
    static MODEL: LazyLock<Turner2004> = LazyLock::new(Turner2004::spread);
    &MODEL
}

impl Turner2004 {
    fn spread() -> Self {
        let mut stack = [[IMPOSSIBLE; 7]; 7];
        for (row, published) in stack[1..].iter_mut().zip(t::STACK) {
            for (cell, value) in row[1..].iter_mut().zip(published) {
                *cell = tens(value);
            }
        }
        Self {
            stack,
            dangle5: by_base(&t::DANGLE5),
            dangle3: by_base(&t::DANGLE3),
            mismatch_stem: by_bases(&t::MISMATCH_STEM),
            mismatch_hairpin: by_bases(&t::MISMATCH_HAIRPIN),
            mismatch_interior: by_bases(&t::MISMATCH_INTERIOR),
            mismatch_interior_23: by_bases(&t::MISMATCH_INTERIOR_23),
        }
    }

    /// A stem of the exterior loop, with the bases 5' and 3' of it where there are any.
    #[inline]
    pub fn exterior_stem(
        &self,
        dangles: Dangles,
        pair: Pair,
        five: Option<Base>,
        three: Option<Base>,
    ) -> Dcal {
        terminal(pair) + self.dangling(dangles, pair, five, three)
    }

    /// A stem of a multiloop; the closing pair is one too, read from inside.
    #[inline]
    pub fn multi_stem(
        &self,
        dangles: Dangles,
        pair: Pair,
        five: Option<Base>,
        three: Option<Base>,
    ) -> Dcal {
        tens(t::MULTI_STEM) + self.exterior_stem(dangles, pair, five, three)
    }

    #[inline]
    fn dangling(
        &self,
        dangles: Dangles,
        pair: Pair,
        five: Option<Base>,
        three: Option<Base>,
    ) -> Dcal {
        match (dangles, five, three) {
            (Dangles::None, ..) | (_, None, None) => 0,
            (_, Some(five), Some(three)) => {
                self.mismatch_stem[pair][usize::from(five)][usize::from(three)]
            }
            (_, Some(five), None) => self.dangle5[pair][usize::from(five)],
            (_, None, Some(three)) => self.dangle3[pair][usize::from(three)],
        }
    }

    /// A hairpin: its bases, closing pair included.
    pub fn hairpin(&self, bases: &[Base]) -> Dcal {
        let size = bases.len() - 2;
        if size < SHORTEST_HAIRPIN {
            return IMPOSSIBLE;
        }
        if let Some(energy) = special_hairpin(bases) {
            return energy;
        }
        let pair = pair(bases[0], bases[size + 1]);
        if size == SHORTEST_HAIRPIN {
            return hairpin_size(size) + terminal(pair);
        }
        hairpin_size(size) + self.hairpin_mismatch(pair, bases[1], bases[size])
    }

    /// First mismatch of a hairpin of four bases or more.
    #[inline]
    pub fn hairpin_mismatch(&self, pair: Pair, first: Base, last: Base) -> Dcal {
        self.mismatch_hairpin[pair][usize::from(first)][usize::from(last)]
    }

    /// Two pairs on each other; `inner` read from inside.
    #[inline]
    pub fn stack(&self, closing: Pair, inner: Pair) -> Dcal {
        self.stack[closing][inner]
    }

    /// A stack, bulge or interior loop: the strand from the closing pair's first base to the inner pair's first, and the
    /// strand from the inner pair's second base to the closing pair's second, all four included.
    pub fn interior(&self, left: &[Base], right: &[Base]) -> Dcal {
        let (l, r) = (left.len() - 2, right.len() - 2);
        let closing = pair(left[0], right[r + 1]);
        let inner = pair(right[0], left[l + 1]);
        match (l, r) {
            (0, 0) => self.stack(closing, inner),
            (0, 1) | (1, 0) => bulge_size(1) + self.stack(closing, inner),
            (0, n) | (n, 0) => bulge_size(n) + terminal(closing) + terminal(inner),
            (1, 1) => int11(closing, inner, left[1], right[1]),
            (1, 2) => int21(closing, inner, left[1], right[1], right[2]),
            (2, 1) => int21(inner, closing, right[1], left[1], left[2]),
            (2, 2) => int22(closing, inner, [left[1], left[2]], [right[1], right[2]]),
            (1, _) | (_, 1) => interior_size(l, r) + pair_1n(closing) + pair_1n(inner),
            _ => {
                let outside = self.interior_mismatch(l, r, closing, left[1], right[r]);
                let inside = self.interior_mismatch(l, r, inner, right[1], left[l]);
                interior_size(l, r) + outside + inside
            }
        }
    }

    /// First mismatch on one side of an interior loop of two bases or more on each side; not for two by two.
    #[inline]
    pub fn interior_mismatch(
        &self,
        l: usize,
        r: usize,
        pair: Pair,
        behind: Base,
        before: Base,
    ) -> Dcal {
        let two_by_three = l + r == 5 && l.min(r) == 2;
        let table = if two_by_three { &self.mismatch_interior_23 } else { &self.mismatch_interior };
        table[pair][usize::from(behind)][usize::from(before)]
    }
}

/// A hairpin whose whole energy was measured, closing pair included.
pub fn special_hairpin(bases: &[Base]) -> Option<Dcal> {
    fn find<const N: usize>(table: &[(&[u8; N], i8)], bases: &[Base]) -> Option<Dcal> {
        let same = |letters: &[u8; N]| {
            bases.iter().zip(letters).all(|(&base, letter)| LETTERS[usize::from(base)] == *letter)
        };
        table.iter().find(|(letters, _)| same(letters)).map(|&(_, energy)| tens(energy))
    }
    match bases.len() {
        5 => find(&t::TRILOOPS, bases),
        6 => find(&t::TETRALOOPS, bases),
        8 => find(&t::HEXALOOPS, bases),
        _ => None,
    }
}

/// Initiation of a hairpin of `size` bases, three or more.
#[inline]
pub fn hairpin_size(size: usize) -> Dcal {
    sized(&t::HAIRPIN, size)
}

/// Initiation of a bulge of `size` bases.
#[inline]
pub fn bulge_size(size: usize) -> Dcal {
    sized(&t::BULGE, size)
}

/// Initiation and asymmetry of an interior loop that has no table of its own.
#[inline]
pub fn interior_size(left: usize, right: usize) -> Dcal {
    let asymmetry = tens(t::NINIO) * left.abs_diff(right) as Dcal;
    sized(&t::INTERIOR, left + right) + asymmetry.min(tens(t::NINIO_MOST))
}

/// What a pair adds to an interior loop of one base by three or more.
#[inline]
pub fn pair_1n(pair: Pair) -> Dcal {
    tens(t::PAIR_INTERIOR_1N[pair - 1])
}

/// One base on each side.
#[inline]
pub fn int11(closing: Pair, inner: Pair, left: Base, right: Base) -> Dcal {
    let table = &t::INT11[closing - 1][inner - 1];
    worst([left, right], |[left, right]| table[left][right])
}

/// One base opposite two: the pair before the single base, the pair behind it, the single base, the two 5' to 3'.
#[inline]
pub fn int21(before: Pair, behind: Pair, single: Base, first: Base, second: Base) -> Dcal {
    let table = &t::INT21[before - 1][behind - 1];
    worst([single, first, second], |[single, first, second]| table[single][first][second])
}

/// Two bases on each side, each strand 5' to 3'.
#[inline]
pub fn int22(closing: Pair, inner: Pair, left: [Base; 2], right: [Base; 2]) -> Dcal {
    let table = &t::INT22[closing - 1][inner - 1];
    worst([left[0], left[1], right[0], right[1]], |[a, b, c, d]| table[a][b][c][d])
}

/// Looks up four-letter tables: as it is, or the worst over all bases that an N may stand for.
#[inline]
fn worst<const N: usize>(bases: [Base; N], look_up: impl Fn([usize; N]) -> i8) -> Dcal {
    if bases.iter().all(|&base| base != 0) {
        return tens(look_up(bases.map(|base| usize::from(base) - 1)));
    }
    let every = (0..4_usize.pow(N as u32)).filter_map(|code| {
        let mut filled = [0; N];
        for (place, (slot, &base)) in filled.iter_mut().zip(&bases).enumerate() {
            *slot = code >> (2 * place) & 3;
            if base != 0 && usize::from(base) != *slot + 1 {
                return None;
            }
        }
        Some(look_up(filled))
    });
    every.max().map_or(IMPOSSIBLE, tens)
}

#[inline]
fn sized(table: &[i8; 31], size: usize) -> Dcal {
    if size <= 30 {
        return if table[size] == i8::MAX { IMPOSSIBLE } else { tens(table[size]) };
    }
    tens(table[30]) + (t::LOG_GROWTH * (size as f64 / 30.0).ln()) as Dcal
}

#[inline]
fn tens(tenths: i8) -> Dcal {
    Dcal::from(tenths) * 10
}

fn by_base(published: &[[i8; 4]; 6]) -> [[Dcal; 5]; 7] {
    let mut table = [[IMPOSSIBLE; 5]; 7];
    for (row, values) in table[1..].iter_mut().zip(published) {
        *row = with_worst(values.map(tens));
    }
    table
}

fn by_bases(published: &[[[i8; 4]; 4]; 6]) -> Mismatch {
    let mut table = [[[IMPOSSIBLE; 5]; 5]; 7];
    for (block, values) in table[1..].iter_mut().zip(published) {
        let rows = values.map(|row| with_worst(row.map(tens)));
        block[1..].copy_from_slice(&rows);
        block[0] = std::array::from_fn(|base| {
            rows.iter().map(|row| row[base]).max().unwrap_or(IMPOSSIBLE)
        });
    }
    table
}

fn with_worst(values: [Dcal; 4]) -> [Dcal; 5] {
    let [a, c, g, u] = values;
    [a.max(c).max(g).max(u), a, c, g, u]
}

#[cfg(test)]
mod tests;
