//! The structure of minimum free energy.
//!
//! Rows are filled from the 3' end: for each `i` the best energies of `i..=j` closed by a pair, and with one stem or more of a
//! multiloop. Two things keep it fast. A multiloop is split only before stems that no other reading of the same stretch
//! equals (the candidates of Wexler, Zilberstein and Ziv-Ukelson, Journal of Computational Biology 14:856, 2007), which are
//! few. And what an inner pair adds to an interior loop whatever closes it is added once, into rows that the search over
//! loops then reads from end to end.
//!
//! Time O(n² L² + n c) for loops of up to L bases and c candidates, memory 8 n²/2 bytes.

mod trace;

use crate::energy::{
    Base, Dcal, IMPOSSIBLE, MULTI_CLOSING, SHORTEST_HAIRPIN, Turner2004, pair, turned, turner_2004,
};

use super::algebra::Least;
use super::interior::InteriorRows;
use super::{Fold, FoldSettings, Rna};

/// The structure of least energy. Among equals the choice is fixed, but no rule of biology.
pub fn mfe(rna: &Rna, settings: FoldSettings) -> Fold {
    let tables = Tables::fill(rna, settings);
    Fold { energy: tables.exterior[0], structure: trace::trace(&tables) }
}

/// Energies of stretches of one molecule; positions are 0-based.
struct Tables<'a> {
    bases: &'a [Base],
    settings: FoldSettings,
    model: &'static Turner2004,
    /// Closed by a pair of `i` and `j`.
    closed: Triangle,
    /// One stem of a multiloop or more.
    multi: Triangle,
    /// Of everything from `i` to the 3' end.
    exterior: Vec<Dcal>,
}

/// Values for `i <= j`, row by row.
struct Triangle {
    length: usize,
    values: Vec<Dcal>,
}

impl Triangle {
    fn new(length: usize) -> Self {
        Self { length, values: vec![IMPOSSIBLE; length * (length + 1) / 2] }
    }

    /// Where row `i` would begin at column 0.
    fn start(&self, i: usize) -> usize {
        i * self.length - i * (i + 1) / 2
    }

    fn get(&self, i: usize, j: usize) -> Dcal {
        if i > j { IMPOSSIBLE } else { self.values[self.start(i) + j] }
    }

    /// Row `i`, columns `i..`.
    fn row_mut(&mut self, i: usize) -> &mut [Dcal] {
        let start = self.start(i);
        &mut self.values[start + i..start + self.length]
    }
}

impl<'a> Tables<'a> {
    fn fill(rna: &'a Rna, settings: FoldSettings) -> Self {
        let bases = rna.bases();
        let length = bases.len();
        let mut tables = Self {
            bases,
            settings,
            model: turner_2004(),
            closed: Triangle::new(length),
            multi: Triangle::new(length),
            exterior: vec![0; length + 1],
        };
        let mut rows = Rows::new(bases, settings);
        for i in (0..length).rev() {
            tables.fill_row(i, &mut rows);
        }
        tables
    }

    fn fill_row(&mut self, i: usize, rows: &mut Rows<'_>) {
        let length = self.bases.len();
        rows.closed.fill(IMPOSSIBLE);
        rows.multi.fill(IMPOSSIBLE);
        let mut several = vec![IMPOSSIBLE; length];
        for j in i + SHORTEST_HAIRPIN + 1..length {
            rows.closed[j] = self.close(i, j, rows);
            let split = rows.candidates[j].iter().map(|&(k, stem)| rows.multi[k - 1] + stem).min();
            several[j] = several[j - 1].min(split.unwrap_or(IMPOSSIBLE));
            let others = several[j].min(rows.multi[j - 1]).min(rows.multi_behind[j]);
            let stem = rows.closed[j] + self.inner_stem(i, j);
            if stem < others {
                rows.candidates[j].push((i, stem));
            }
            rows.multi[j] = others.min(stem);
        }
        self.closed.row_mut(i).copy_from_slice(&rows.closed[i..]);
        self.multi.row_mut(i).copy_from_slice(&rows.multi[i..]);
        rows.interior.push(i, &rows.closed);
        rows.several_behind = several;
        rows.multi_behind.copy_from_slice(&rows.multi);
        self.exterior[i] = self.exterior_from(i, &rows.closed);
    }

    /// Best energy closed by the pair of `i` and `j`, from the rows behind `i`.
    fn close(&self, i: usize, j: usize, rows: &Rows<'_>) -> Dcal {
        if pair(self.bases[i], self.bases[j]) == 0 {
            return IMPOSSIBLE;
        }
        let hairpin = self.model.hairpin(&self.bases[i..=j]);
        let several = rows.several_behind[j - 1] + self.closing_stem(i, j);
        hairpin.min(several).min(rows.interior.all(i, j))
    }

    /// A multiloop's initiation and its closing stem.
    fn closing_stem(&self, i: usize, j: usize) -> Dcal {
        let closing = turned(pair(self.bases[i], self.bases[j]));
        let (five, three) = (self.bases[j - 1], self.bases[i + 1]);
        MULTI_CLOSING
            + self.model.multi_stem(self.settings.dangles, closing, Some(five), Some(three))
    }

    /// A stem of a multiloop; one that has no neighbour cannot be in any, and costs as if it had dangling ends only.
    fn inner_stem(&self, i: usize, j: usize) -> Dcal {
        let pair = pair(self.bases[i], self.bases[j]);
        if pair == 0 {
            return 0;
        }
        self.model.multi_stem(self.settings.dangles, pair, self.before(i), self.behind(j))
    }

    fn exterior_stem(&self, i: usize, j: usize) -> Dcal {
        let pair = pair(self.bases[i], self.bases[j]);
        self.model.exterior_stem(self.settings.dangles, pair, self.before(i), self.behind(j))
    }

    fn exterior_from(&self, i: usize, closed: &[Dcal]) -> Dcal {
        let stems = (i..self.bases.len()).filter(|&j| closed[j] < IMPOSSIBLE);
        let best = stems.map(|j| closed[j] + self.exterior_stem(i, j) + self.exterior[j + 1]).min();
        self.exterior[i + 1].min(best.unwrap_or(IMPOSSIBLE))
    }

    fn before(&self, i: usize) -> Option<Base> {
        i.checked_sub(1).map(|at| self.bases[at])
    }

    fn behind(&self, j: usize) -> Option<Base> {
        self.bases.get(j + 1).copied()
    }
}

/// What filling a row needs of the rows behind it, and the row itself.
struct Rows<'a> {
    closed: Vec<Dcal>,
    multi: Vec<Dcal>,
    multi_behind: Vec<Dcal>,
    /// Two stems of a multiloop or more, from `i + 1`.
    several_behind: Vec<Dcal>,
    /// For each last position the stems at which a multiloop may be split.
    candidates: Vec<Vec<(usize, Dcal)>>,
    interior: InteriorRows<'a, Least>,
}

impl<'a> Rows<'a> {
    fn new(bases: &'a [Base], settings: FoldSettings) -> Self {
        let length = bases.len();
        let row = vec![IMPOSSIBLE; length];
        Self {
            closed: row.clone(),
            multi: row.clone(),
            multi_behind: row.clone(),
            several_behind: row,
            candidates: vec![Vec::new(); length],
            interior: InteriorRows::new(&Least, bases, settings.longest()),
        }
    }
}
