//! The question as numbers: cells of (scenario, population), and which antigen counts in which.

use std::collections::BTreeMap;

use super::{Antigen, Population, Question, SelectError};

/// A question that has been checked.
pub(super) struct Model<'a> {
    pub(super) question: &'a Question,
    /// Cells in which the same antigens count are one.
    pub(super) cells: Vec<Cell>,
    /// Indices of the antigens that must be in.
    pub(super) required: Vec<usize>,
    /// For each antigen the number of its gene, and of its best allele.
    pub(super) gene: Vec<usize>,
    pub(super) allele: Vec<usize>,
}

/// Cells of tumour and scenario in which the same antigens count.
pub(super) struct Cell {
    /// Probability x fraction.
    pub(super) weight: f64,
    /// For each antigen whether it counts.
    pub(super) counts: Vec<bool>,
}

impl<'a> Model<'a> {
    pub(super) fn new(question: &'a Question) -> Result<Self, SelectError> {
        check(question)?;
        let mut cells: BTreeMap<Vec<bool>, f64> = BTreeMap::new();
        for (_, weight, counts) in every_cell(question) {
            *cells.entry(counts).or_default() += weight;
        }
        let cells =
            cells.into_iter().filter(|(counts, weight)| *weight > 0.0 && counts.contains(&true));
        let best = |antigen: &'a Antigen| antigen.alleles.first().map_or("", String::as_str);
        Ok(Self {
            question,
            cells: cells.map(|(counts, weight)| Cell { weight, counts }).collect(),
            required: required(question)?,
            gene: numbered(question.antigens.iter().map(|antigen| antigen.gene.as_str())),
            allele: numbered(question.antigens.iter().map(best)),
        })
    }

    pub(super) fn antigens(&self) -> &[Antigen] {
        &self.question.antigens
    }

    /// The probabilities of 0, 1 ... k - 1 responses in every cell, before any antigen.
    pub(super) fn none(&self) -> Counts {
        let mut counts = vec![0.0; self.question.responses];
        counts[0] = 1.0;
        vec![counts; self.cells.len()]
    }

    pub(super) fn add(&self, counts: &mut Counts, antigen: usize) {
        let p = self.antigens()[antigen].probability;
        for (cell, counts) in self.cells.iter().zip(counts) {
            if cell.counts[antigen] {
                convolve(counts, p);
            }
        }
    }

    pub(super) fn value_of(&self, counts: &Counts) -> f64 {
        let hit = |(cell, counts): (&Cell, &Vec<f64>)| cell.weight * at_least(counts);
        self.cells.iter().zip(counts).map(hit).sum()
    }

    /// Expected fraction of the tumour hit.
    pub(super) fn value(&self, set: &[usize]) -> f64 {
        let mut counts = self.none();
        for &antigen in set {
            self.add(&mut counts, antigen);
        }
        self.value_of(&counts)
    }

    /// For each population the probability that it is hit.
    pub(super) fn hit(&self, set: &[usize]) -> Vec<f64> {
        let populations = &self.question.populations;
        let mut hit = vec![0.0; populations.len()];
        let total: f64 = scenarios(self.question).iter().map(|scenario| scenario.0).sum();
        for (scenario, (share, _)) in scenarios(self.question).iter().enumerate() {
            for (population, hit) in hit.iter_mut().enumerate() {
                let mut counts = vec![0.0; self.question.responses];
                counts[0] = 1.0;
                for &antigen in set {
                    if counts_in(self.question, antigen, scenario, population) {
                        convolve(&mut counts, self.antigens()[antigen].probability);
                    }
                }
                *hit += share / total * at_least(&counts);
            }
        }
        hit
    }
}

/// The probabilities of 0, 1 ... k - 1 responses, a list a cell.
pub(super) type Counts = Vec<Vec<f64>>;

/// One more antigen that draws a response with probability `p`.
pub(super) fn convolve(counts: &mut [f64], p: f64) {
    for more in (1..counts.len()).rev() {
        counts[more] = counts[more] * (1.0 - p) + counts[more - 1] * p;
    }
    counts[0] *= 1.0 - p;
}

/// The probability of none of these numbers of responses.
pub(super) fn at_least(counts: &[f64]) -> f64 {
    (1.0 - counts.iter().sum::<f64>()).max(0.0)
}

/// Alleles lost, each in one population or everywhere.
type Lost<'a> = &'a [(String, Option<usize>)];

/// Probability and losses of each scenario.
fn scenarios(question: &Question) -> Vec<(f64, Lost<'_>)> {
    let scenarios = question.scenarios.iter();
    let given: Vec<_> = scenarios.map(|s| (s.probability, s.lost.as_slice())).collect();
    if given.is_empty() { vec![(1.0, [].as_slice())] } else { given }
}

fn counts_in(question: &Question, antigen: usize, scenario: usize, population: usize) -> bool {
    let antigen = &question.antigens[antigen];
    let lost = scenarios(question)[scenario].1;
    let gone = |allele: &String| {
        lost.iter().any(|(name, place)| name == allele && place.is_none_or(|at| at == population))
    };
    let presented = antigen.alleles.is_empty() || !antigen.alleles.iter().all(gone);
    presented && antigen.populations.contains(&population)
}

fn every_cell(question: &Question) -> Vec<(usize, f64, Vec<bool>)> {
    let mut cells = Vec::new();
    for (scenario, (share, _)) in scenarios(question).iter().enumerate() {
        for (population, Population { fraction, .. }) in question.populations.iter().enumerate() {
            let counts = (0..question.antigens.len())
                .map(|antigen| counts_in(question, antigen, scenario, population));
            cells.push((population, share * fraction, counts.collect()));
        }
    }
    cells
}

/// Equal names get equal numbers.
fn numbered<'a>(names: impl Iterator<Item = &'a str>) -> Vec<usize> {
    let mut known: BTreeMap<&str, usize> = BTreeMap::new();
    names
        .map(|name| {
            let next = known.len();
            *known.entry(name).or_insert(next)
        })
        .collect()
}

fn required(question: &Question) -> Result<Vec<usize>, SelectError> {
    let place = |id: &String| {
        let found = question.antigens.iter().position(|antigen| antigen.id == *id);
        found.ok_or_else(|| odd("required", id, "the name of a candidate"))
    };
    let mut required = question.rules.required.iter().map(place).collect::<Result<Vec<_>, _>>()?;
    required.sort_unstable();
    required.dedup();
    Ok(required)
}

fn odd(place: &str, found: &dyn ToString, expected: &str) -> SelectError {
    SelectError::Value {
        place: place.to_owned(),
        found: found.to_string(),
        expected: expected.to_owned(),
    }
}

fn rounded(share: f64) -> f64 {
    (share * 1e6).round() / 1e6
}

fn check(question: &Question) -> Result<(), SelectError> {
    let share = |place: &str, value: f64| {
        let inside = (0.0..=1.0).contains(&value);
        if inside { Ok(()) } else { Err(odd(place, &value, "0 to 1")) }
    };
    if question.responses == 0 || question.responses > 50 {
        return Err(odd("responses", &question.responses, "1 to 50"));
    }
    let populations = question.populations.len();
    for (at, antigen) in question.antigens.iter().enumerate() {
        share(&format!("probability of antigen {}", at + 1), antigen.probability)?;
        if let Some(index) = antigen.populations.iter().find(|&&index| index >= populations) {
            return Err(odd(&format!("populations of antigen {}", at + 1), &index, "a population"));
        }
        if question.antigens[..at].iter().any(|other| other.id == antigen.id) {
            let place = format!("name of antigen {}", at + 1);
            return Err(odd(&place, &antigen.id, "a name that no other has"));
        }
    }
    for population in &question.populations {
        share(&format!("fraction of population {}", population.name), population.fraction)?;
    }
    let total: f64 = question.populations.iter().map(|population| population.fraction).sum();
    if total > 1.0 + 1e-6 {
        return Err(odd(
            "fractions of all populations",
            &rounded(total),
            "1 at the most, together",
        ));
    }
    for scenario in &question.scenarios {
        share(&format!("probability of scenario {}", scenario.name), scenario.probability)?;
        let places = scenario.lost.iter().filter_map(|(_, place)| *place);
        if let Some(index) = places.filter(|&index| index >= populations).max() {
            return Err(odd(
                &format!("losses of scenario {}", scenario.name),
                &index,
                "a population",
            ));
        }
    }
    let total: f64 = question.scenarios.iter().map(|scenario| scenario.probability).sum();
    if !question.scenarios.is_empty() && (total - 1.0).abs() > 1e-6 {
        return Err(odd("probabilities of all scenarios", &rounded(total), "1, together"));
    }
    Ok(())
}
