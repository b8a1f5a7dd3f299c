//! From inside weights to the probabilities of pairs.

use crate::energy::{SHORTEST_HAIRPIN, pair};
use crate::fold::algebra::{Algebra, Boltzmann};

use super::{Inside, Square};

/// A pair below this probability passes none on to the pairs of the loop that it closes.
const NEGLIGIBLE: f64 = 1e-14;

/// Probabilities of all pairs.
pub(super) fn pairs(inside: &Inside<'_>) -> Square {
    let mut outside = Outside::new(inside);
    for i in 0..inside.bases.len() {
        outside.fill_row(i);
    }
    outside.pairs
}

/// Weights of all that may surround a stretch, over the weight of everything.
struct Outside<'a> {
    inside: &'a Inside<'a>,
    /// Of everything before a base.
    before: Vec<f64>,
    /// Around a pair; the pair's probability once its row is done.
    pairs: Square,
    /// Around two stems of a multiloop or more.
    several: Square,
    /// Around exactly one stem of a multiloop, in the row above.
    one_above: Vec<f64>,
}

impl<'a> Outside<'a> {
    fn new(inside: &'a Inside<'a>) -> Self {
        let length = inside.bases.len();
        let open = inside.algebra.value(0, 1);
        let mut before = vec![1.0; length + 1];
        for j in 0..length {
            let stems =
                (0..j).map(|i| (i, inside.closed.get(i, j))).filter(|&(_, closed)| closed > 0.0);
            let ending: f64 =
                stems.map(|(i, closed)| before[i] * closed * inside.exterior_stem(i, j)).sum();
            before[j + 1] = before[j] * open + ending;
        }
        let square = Square::new(length);
        Self {
            inside,
            before,
            pairs: square.clone(),
            several: square,
            one_above: vec![0.0; length],
        }
    }

    /// Row `i`, whose surroundings lie in earlier rows and later columns.
    fn fill_row(&mut self, i: usize) {
        let inside = self.inside;
        let length = inside.bases.len();
        let open = inside.algebra.value(0, 1);
        let mut stem = 0.0;
        for j in (i + 1..length).rev() {
            let multi = self.around_multi(i, j);
            let closed_around =
                if i > 0 && j + 1 < length { self.closing(i - 1, j + 1) } else { 0.0 };
            self.several.set(i, j, multi + closed_around);
            self.one_above[j] = multi + open * self.one_above[j];
            stem = self.one_above[j] + self.around_last_stem(i, j) + open * stem;
            if j > i + SHORTEST_HAIRPIN && pair(inside.bases[i], inside.bases[j]) != 0 {
                self.finish_pair(i, j, stem);
            }
        }
    }

    /// Around `i..=j` as the stems before a multiloop's last.
    fn around_multi(&self, i: usize, j: usize) -> f64 {
        if j + 1 == self.inside.bases.len() {
            return 0.0;
        }
        Boltzmann::along(&self.several.row(i)[j + 1..], &self.inside.stem.row(j + 1)[j + 1..])
    }

    /// Around `i..=j` as a multiloop's last stem with the unpaired bases behind it.
    fn around_last_stem(&self, i: usize, j: usize) -> f64 {
        if i == 0 {
            return 0.0;
        }
        Boltzmann::along(&self.several.row(j)[..i], &self.inside.multi.row(i - 1)[..i])
    }

    /// Around the stems of a multiloop that `i` and `j` close.
    fn closing(&self, i: usize, j: usize) -> f64 {
        let closed = self.inside.closed.get(i, j);
        if closed == 0.0 {
            0.0
        } else {
            self.pairs.get(i, j) / closed * self.inside.closing_stem(i, j)
        }
    }

    /// All that surrounds the pair is known but the exterior loop: makes its probability, and hands on to inner pairs.
    fn finish_pair(&mut self, i: usize, j: usize, stem: f64) {
        let inside = self.inside;
        let exterior =
            self.before[i] * inside.behind[j + 1] / inside.behind[0] * inside.exterior_stem(i, j);
        let around = self.pairs.get(i, j) + exterior + stem * inside.inner_stem(i, j);
        let probability = around * inside.closed.get(i, j);
        self.pairs.set(i, j, probability);
        if probability > NEGLIGIBLE {
            self.surround_inner_pairs(i, j, around);
        }
    }

    fn surround_inner_pairs(&mut self, i: usize, j: usize, around: f64) {
        let (inside, most) = (self.inside, self.inside.settings.longest());
        for p in i + 1..=(i + most + 1).min(j - 1) {
            let left = p - i - 1;
            for q in (p + SHORTEST_HAIRPIN + 1).max(j.saturating_sub(most - left + 1))..j {
                if inside.closed.get(p, q) > 0.0 {
                    let energy = inside.model.interior(&inside.bases[i..=p], &inside.bases[q..=j]);
                    let weight = inside.algebra.value(energy, left + j - q + 1);
                    self.pairs.set(p, q, self.pairs.get(p, q) + around * weight);
                }
            }
        }
    }
}
