//! A good set at once: the antigen that adds most, again and again, then exchanges of one for one.

use super::model::Model;

/// What a set has used of the rules.
#[derive(Debug, Clone)]
pub(super) struct Used {
    pub(super) antigens: usize,
    pub(super) residues: usize,
    pub(super) class_2: usize,
    pub(super) genes: Vec<usize>,
    pub(super) alleles: Vec<usize>,
}

impl Used {
    pub(super) fn new(model: &Model<'_>) -> Self {
        let n = model.antigens().len();
        Self { antigens: 0, residues: 0, class_2: 0, genes: vec![0; n], alleles: vec![0; n] }
    }

    /// Whether one more antigen keeps to the rules, those for the fewest left aside.
    pub(super) fn takes(&self, model: &Model<'_>, antigen: usize) -> bool {
        let rules = &model.question.rules;
        let residues = self.residues + model.antigens()[antigen].residues;
        let below = |limit: Option<usize>, used: usize| limit.is_none_or(|limit| used < limit);
        self.antigens < rules.most
            && rules.residues.is_none_or(|most| residues <= most)
            && below(rules.per_gene, self.genes[model.gene[antigen]])
            && below(rules.per_allele, self.alleles[model.allele[antigen]])
    }

    pub(super) fn add(&mut self, model: &Model<'_>, antigen: usize) {
        self.antigens += 1;
        self.residues += model.antigens()[antigen].residues;
        self.class_2 += usize::from(model.antigens()[antigen].class_2);
        self.genes[model.gene[antigen]] += 1;
        self.alleles[model.allele[antigen]] += 1;
    }

    /// How many class II helpers are still missing.
    pub(super) fn missing(&self, model: &Model<'_>) -> usize {
        model.question.rules.class_2.saturating_sub(self.class_2)
    }
}

/// A set that keeps to the rules, ascending. The rules can be met.
pub(super) fn greedy(model: &Model<'_>) -> Vec<usize> {
    let mut set = super::conflict::least(model).unwrap_or_default();
    extend(model, &mut set);
    while exchange(model, &mut set) {}
    set.sort_unstable();
    set
}

/// Adds what raises the value most, among equals what raises the expected number of responses most.
fn extend(model: &Model<'_>, set: &mut Vec<usize>) {
    let mut used = Used::new(model);
    let mut counts = model.none();
    for &antigen in set.iter() {
        used.add(model, antigen);
        model.add(&mut counts, antigen);
    }
    loop {
        let open = (0..model.antigens().len())
            .filter(|i| !set.contains(i) && used.takes(model, *i) && expected(model, *i) > 0.0);
        let gain = |&antigen: &usize| {
            let mut counts = counts.clone();
            model.add(&mut counts, antigen);
            (model.value_of(&counts), expected(model, antigen), antigen)
        };
        let best = open
            .map(|i| gain(&i))
            .max_by(|a, b| a.0.total_cmp(&b.0).then(a.1.total_cmp(&b.1)).then(b.2.cmp(&a.2)));
        let Some((_, _, antigen)) = best else { return };
        set.push(antigen);
        used.add(model, antigen);
        model.add(&mut counts, antigen);
    }
}

/// Expected responses of an antigen alone, over the tumour.
pub(super) fn expected(model: &Model<'_>, antigen: usize) -> f64 {
    let cells = model.cells.iter().filter(|cell| cell.counts[antigen]);
    cells.map(|cell| cell.weight).sum::<f64>() * model.antigens()[antigen].probability
}

/// Makes the exchange of one antigen for another that raises the value most; whether there is one.
pub(super) fn exchange(model: &Model<'_>, set: &mut [usize]) -> bool {
    let mut best = (model.value(set) + 1e-12, None);
    for place in 0..set.len() {
        if model.required.contains(&set[place]) {
            continue;
        }
        let mut used = Used::new(model);
        let mut counts = model.none();
        for (_, &antigen) in set.iter().enumerate().filter(|(at, _)| *at != place) {
            used.add(model, antigen);
            model.add(&mut counts, antigen);
        }
        for other in 0..model.antigens().len() {
            let help = usize::from(model.antigens()[other].class_2) >= used.missing(model);
            if set.contains(&other) || !help || !used.takes(model, other) {
                continue;
            }
            let mut counts = counts.clone();
            model.add(&mut counts, other);
            let value = model.value_of(&counts);
            if value > best.0 {
                best = (value, Some((place, other)));
            }
        }
    }
    let Some((place, other)) = best.1 else { return false };
    set[place] = other;
    true
}
