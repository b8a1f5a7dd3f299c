//! From inside weights to the probabilities of pairs.

use crate::energy::{SHORTEST_HAIRPIN, pair};
use crate::fold::algebra::{Algebra, Boltzmann};

use super::Inside;
use super::partners::{ByFirst, Columns};

/// A pair below this probability passes none on to the pairs of the loop that it closes: no more than a millionth is lost of any.
const NEGLIGIBLE: f64 = 1e-10;

/// Probabilities of all pairs.
pub(super) fn pairs(inside: &Inside<'_>) -> ByFirst {
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
    pairs: ByFirst,
    /// Around two stems of a multiloop or more that end at a base, or behind it with nothing but unpaired bases between.
    several: Columns,
    /// The same of the row at work, for each kind of base by the positions that pair with it.
    several_by_kind: [Vec<f64>; 5],
    /// Around exactly one stem of a multiloop, in the row above.
    one_above: Vec<f64>,
    /// Around the pairs of the row above as closing ones of a multiloop, by their last base.
    closing_above: Vec<f64>,
}

impl<'a> Outside<'a> {
    fn new(inside: &'a Inside<'a>) -> Self {
        let length = inside.bases.len();
        Self {
            inside,
            before: before(inside),
            pairs: ByFirst::new(&inside.partners),
            several: Columns::new(length),
            several_by_kind: std::array::from_fn(|kind| vec![0.0; inside.partners.of(kind).len()]),
            one_above: vec![0.0; length],
            closing_above: vec![0.0; length + 1],
        }
    }

    /// Row `i`, whose surroundings lie in earlier rows and later columns.
    fn fill_row(&mut self, i: usize) {
        let inside = self.inside;
        let length = inside.bases.len();
        let open = inside.algebra.value(0, 1);
        let mut closing = vec![0.0; length + 1];
        let (mut ones, mut several) = (0.0, 0.0);
        let mut at = inside.partners.behind(i).len();
        for j in (i + 1..length).rev() {
            let multi = self.around_multi(j);
            several = multi + self.closing_above[j + 1] + open * several;
            self.several.set(i, j, several);
            for (kind, place) in inside.partners.places(j) {
                self.several_by_kind[kind][place] = several;
            }
            self.one_above[j] = multi + open * self.one_above[j];
            ones = self.one_above[j] + open * ones;
            if pair(inside.bases[i], inside.bases[j]) != 0 {
                at -= 1;
                if j > i + SHORTEST_HAIRPIN {
                    closing[j] = self.finish_pair(i, j, at, ones);
                }
            }
        }
        self.closing_above = closing;
    }

    /// Around a stretch of the row at work that ends at `j`, as the stems before a multiloop's last.
    fn around_multi(&self, j: usize) -> f64 {
        let inside = self.inside;
        if j + 1 == inside.bases.len() {
            return 0.0;
        }
        let kind = inside.partners.kind(j + 1);
        let first = inside.partners.before(kind, j + 2);
        Boltzmann::along(&self.several_by_kind[kind][first..], inside.stems.row(j + 1))
    }

    /// Around `i..=j` as a multiloop's last stem with the unpaired bases behind it.
    fn around_last_stem(&self, i: usize, j: usize) -> f64 {
        if i == 0 {
            return 0.0;
        }
        Boltzmann::along(&self.several.column(j)[..i], self.inside.multi.column(i - 1))
    }

    /// All that surrounds the pair is known but the exterior loop: makes its probability, hands on to inner pairs, and tells what
    /// lies around the stems of a multiloop that it closes. `at`: its place in the row; `ones`: around it as the only stem so far.
    fn finish_pair(&mut self, i: usize, j: usize, at: usize, ones: f64) -> f64 {
        let inside = self.inside;
        let closed = inside.closed.row(i)[at];
        let exterior =
            self.before[i] * inside.behind[j + 1] / inside.behind[0] * inside.exterior_stem(i, j);
        let stem = ones + self.around_last_stem(i, j);
        let around = self.pairs.row(i)[at] + exterior + stem * inside.inner_stem(i, j);
        let probability = around * closed;
        self.pairs.row_mut(i)[at] = probability;
        if closed == 0.0 {
            return 0.0;
        }
        if probability > NEGLIGIBLE {
            self.surround_inner_pairs(i, j, around);
        }
        around * inside.closing_stem(i, j)
    }

    fn surround_inner_pairs(&mut self, i: usize, j: usize, around: f64) {
        let (inside, most) = (self.inside, self.inside.settings.longest());
        let partners = &inside.partners;
        for p in i + 1..=(i + most + 1).min(j - 1) {
            let left = p - i - 1;
            let kind = partners.kind(p);
            let from = (p + SHORTEST_HAIRPIN + 1).max(j.saturating_sub(most - left + 1));
            if from >= j {
                break;
            }
            let own = partners.before(kind, p + 1);
            let places = partners.before(kind, from)..partners.before(kind, j);
            for (q, place) in partners.of(kind)[places.clone()].iter().zip(places) {
                if inside.closed.row(p)[place - own] > 0.0 {
                    let energy = inside.model.interior(&inside.bases[i..=p], &inside.bases[*q..=j]);
                    let weight = inside.algebra.value(energy, left + j - q + 1);
                    self.pairs.row_mut(p)[place - own] += around * weight;
                }
            }
        }
    }
}

/// Weights of everything before each base.
fn before(inside: &Inside<'_>) -> Vec<f64> {
    let length = inside.bases.len();
    let open = inside.algebra.value(0, 1);
    let mut before = vec![1.0; length + 1];
    let mut ending = vec![0.0; length];
    for i in 0..length {
        for (&j, closed) in inside.partners.behind(i).iter().zip(inside.closed.row(i)) {
            ending[j] += before[i] * closed * inside.exterior_stem(i, j);
        }
        before[i + 1] = before[i] * open + ending[i];
    }
    before
}
