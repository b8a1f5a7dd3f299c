//! The best set, by branch and bound.
//!
//! Antigens are taken in or left out one after the other, the most promising first. Two things keep the search small:
//!
//! - the bound: in each cell of scenario and population for itself, the value of the set with the most probable antigens still
//!   open there, as many as the rules for number, residues and one gene or allele leave room for. No set reaches more;
//! - dominance: where one antigen can always stand in for another, some best set does not hold the other without it, so the
//!   other is only taken beside it.

use super::dominance;
use super::greedy::{Used, expected};
use super::model::{Counts, Model, at_least, convolve};

/// What a search came to.
pub(super) struct Found {
    /// Ascending.
    pub(super) chosen: Vec<usize>,
    /// No set has a higher value.
    pub(super) bound: f64,
    pub(super) steps: u64,
}

/// Improvements smaller than this are not looked for: rounding of sums of probabilities.
const LEAST: f64 = 1e-10;

pub(super) fn best(model: &Model<'_>, start: &[usize], limit: u64) -> Found {
    let mut search = Search::new(model, start, limit);
    let (mut used, mut counts) = (Used::new(model), model.none());
    let mut taken = vec![false; model.antigens().len()];
    for &antigen in &model.required {
        used.add(model, antigen);
        model.add(&mut counts, antigen);
        taken[antigen] = true;
    }
    search.visit(0, &used, &counts, &mut taken);
    let value = model.value(&search.chosen);
    let bound = if search.open > value + LEAST { search.open } else { value };
    Found { chosen: search.chosen, bound, steps: search.steps }
}

struct Search<'a> {
    model: &'a Model<'a>,
    /// The antigens in the order of the search, the required left out.
    order: Vec<usize>,
    /// The place of each antigen in that order.
    place: Vec<usize>,
    /// For each antigen those that it dominates, all later in the order.
    below: Vec<Vec<usize>>,
    /// For each antigen how many of those that dominate it were left out.
    barred: Vec<u32>,
    /// For each cell the antigens that count there, the most probable first.
    by_cell: Vec<Vec<usize>>,
    chosen: Vec<usize>,
    value: f64,
    limit: u64,
    steps: u64,
    /// The highest bound of the branches left unsearched.
    open: f64,
}

impl<'a> Search<'a> {
    fn new(model: &'a Model<'a>, start: &[usize], limit: u64) -> Self {
        let n = model.antigens().len();
        let p = |i: usize| model.antigens()[i].probability;
        let mut order: Vec<usize> = (0..n)
            .filter(|i| {
                !model.required.contains(i)
                    && (expected(model, *i) > 0.0 || dominance::helps(model, *i))
            })
            .collect();
        order.sort_by(|&a, &b| {
            let (x, y) = (expected(model, a), expected(model, b));
            y.total_cmp(&x).then(p(b).total_cmp(&p(a))).then(a.cmp(&b))
        });
        let mut place = vec![usize::MAX; n];
        order.iter().enumerate().for_each(|(at, &i)| place[i] = at);
        let below = dominance::dominated(model, &order);
        let by_cell = model.cells.iter().map(|cell| {
            let mut here: Vec<usize> = order.iter().copied().filter(|&i| cell.counts[i]).collect();
            here.sort_by(|&a, &b| p(b).total_cmp(&p(a)).then(a.cmp(&b)));
            here
        });
        let by_cell = by_cell.collect();
        let value = model.value(start);
        let chosen = start.to_vec();
        let barred = vec![0; n];
        Self {
            model,
            order,
            place,
            below,
            barred,
            by_cell,
            chosen,
            value,
            limit,
            steps: 0,
            open: 0.0,
        }
    }

    fn visit(&mut self, at: usize, used: &Used, counts: &Counts, taken: &mut Vec<bool>) {
        let value = self.model.value_of(counts);
        if used.missing(self.model) == 0 && value > self.value + LEAST {
            self.value = value;
            self.chosen = (0..taken.len()).filter(|&i| taken[i]).collect();
        }
        if at == self.order.len() || !self.can_help(at, used) {
            return;
        }
        let bound = self.bound(at, used, counts);
        if bound <= self.value + LEAST {
            return;
        }
        if self.steps >= self.limit {
            self.open = self.open.max(bound);
            return;
        }
        self.steps += 1;
        let antigen = self.order[at];
        if self.barred[antigen] == 0 && used.takes(self.model, antigen) {
            let (mut used, mut counts) = (used.clone(), counts.clone());
            used.add(self.model, antigen);
            self.model.add(&mut counts, antigen);
            taken[antigen] = true;
            self.visit(at + 1, &used, &counts, taken);
            taken[antigen] = false;
        }
        self.bar(antigen, 1);
        self.visit(at + 1, used, counts, taken);
        self.bar(antigen, u32::MAX);
    }

    /// Bars what an antigen dominates (`by` 1), or takes that back (`by` the largest number, which wraps to -1).
    fn bar(&mut self, antigen: usize, by: u32) {
        for &other in &self.below[antigen] {
            self.barred[other] = self.barred[other].wrapping_add(by);
        }
    }

    /// Whether the helpers still open can be as many as are missing.
    fn can_help(&self, at: usize, used: &Used) -> bool {
        let missing = used.missing(self.model);
        let helpers = self.order[at..].iter().filter(|&&i| self.model.antigens()[i].class_2);
        missing == 0 || helpers.take(missing).count() == missing
    }

    fn bound(&self, at: usize, used: &Used, counts: &Counts) -> f64 {
        let rules = &self.model.question.rules;
        let mut room = rules.most.saturating_sub(used.antigens);
        if let Some(most) = rules.residues {
            let open = self.order[at..].iter().map(|&i| self.model.antigens()[i].residues);
            let shortest = open.min().unwrap_or(1).max(1);
            room = room.min(most.saturating_sub(used.residues) / shortest);
        }
        let genes = Groups { of: &self.model.gene, used: &used.genes, limit: rules.per_gene };
        let alleles =
            Groups { of: &self.model.allele, used: &used.alleles, limit: rules.per_allele };
        let by_gene = self.bound_by(at, room, counts, &genes);
        match rules.per_allele {
            None => by_gene,
            Some(_) => by_gene.min(self.bound_by(at, room, counts, &alleles)),
        }
    }

    /// The bound under the rule for one kind of group.
    fn bound_by(&self, at: usize, room: usize, counts: &Counts, groups: &Groups<'_>) -> f64 {
        let mut total = 0.0;
        for ((cell, here), counts) in self.model.cells.iter().zip(&self.by_cell).zip(counts) {
            let mut counts = counts.clone();
            let mut used = groups.limit.map(|limit| (groups.used.to_vec(), limit));
            let open = |i: &&usize| self.place[**i] >= at && self.barred[**i] == 0;
            let fits = |i: &&usize| {
                used.as_mut().is_none_or(|(used, limit)| {
                    used[groups.of[**i]] += 1;
                    used[groups.of[**i]] <= *limit
                })
            };
            for &antigen in here.iter().filter(open).filter(fits).take(room) {
                convolve(&mut counts, self.model.antigens()[antigen].probability);
            }
            total += cell.weight * at_least(&counts);
        }
        total
    }
}

/// Groups of antigens of which a set may hold so many each.
struct Groups<'a> {
    /// The group of each antigen.
    of: &'a [usize],
    /// How many of each group are in.
    used: &'a [usize],
    limit: Option<usize>,
}
