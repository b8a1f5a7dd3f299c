//! Which antigens to take: the set that maximises the expected fraction of the tumour hit by at least k responses.
//!
//! The tumour is a set of cell populations with fractions. A mutation lies in some of them. A scenario says which HLA alleles
//! are lost, and where. In a scenario, an antigen counts in a population when its mutation is there and one of the alleles
//! that present it is not lost; it then draws a response with its own probability, independently of the others. The number
//! of responses is Poisson-binomial; the value of a set is the sum over scenarios and populations of probability x fraction
//! x P(at least k responses). Antigens that fail together (one clone, one allele) thereby count less than ones that do not.
//!
//! Solved greedily with exchanges, then exactly by branch and bound over a linear program within a number of steps: what comes
//! back says whether it is proved to be the best, and otherwise what no set can exceed.

mod branch;
mod conflict;
mod dominance;
mod envelope;
mod greedy;
mod model;
mod populations;
mod program;

pub use populations::nested_populations;

use std::fmt::Write;

use model::Model;

/// A candidate antigen.
#[derive(Debug, Clone, PartialEq)]
pub struct Antigen {
    /// Its name, unique.
    pub id: String,
    /// Gene symbol.
    pub gene: String,
    /// Length of the long peptide.
    pub residues: usize,
    /// Calibrated probability of a T-cell response, 0 to 1.
    pub probability: f64,
    /// Alleles that present it, the best first. None: it counts whatever is lost.
    pub alleles: Vec<String>,
    /// Indices of the populations whose cells carry the mutation.
    pub populations: Vec<usize>,
    /// Whether it holds a class II ligand: help for the others.
    pub class_2: bool,
}

/// Tumour cells of one kind.
#[derive(Debug, Clone, PartialEq)]
pub struct Population {
    /// Its name.
    pub name: String,
    /// Fraction of the tumour's cells, 0 to 1.
    pub fraction: f64,
}

/// What may have been lost.
#[derive(Debug, Clone, PartialEq)]
pub struct Scenario {
    /// Its name.
    pub name: String,
    /// How probable it is, 0 to 1; all scenarios together 1.
    pub probability: f64,
    /// Alleles lost, each in one population (its index) or everywhere.
    pub lost: Vec<(String, Option<usize>)>,
}

/// What a set must keep to.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Rules {
    /// The most antigens.
    pub most: usize,
    /// The most residues of all antigens together.
    pub residues: Option<usize>,
    /// The most antigens of one gene.
    pub per_gene: Option<usize>,
    /// The most antigens whose best allele is the same.
    pub per_allele: Option<usize>,
    /// The fewest antigens with a class II ligand.
    pub class_2: usize,
    /// Antigens that must be in, by name.
    pub required: Vec<String>,
}

/// What is to be chosen from, and how.
#[derive(Debug, Clone, PartialEq)]
pub struct Question {
    /// Candidates.
    pub antigens: Vec<Antigen>,
    /// The tumour; its fractions sum to 1 at the most.
    pub populations: Vec<Population>,
    /// Scenarios; none means one in which nothing is lost.
    pub scenarios: Vec<Scenario>,
    /// Rules.
    pub rules: Rules,
    /// Responses that it takes, at least 1.
    pub responses: usize,
}

/// The set chosen.
#[derive(Debug, Clone, PartialEq)]
pub struct Selection {
    /// Indices of the antigens, ascending.
    pub chosen: Vec<usize>,
    /// For each of them what the set would lose without it.
    pub marginal: Vec<f64>,
    /// Expected fraction of the tumour hit by at least k responses.
    pub value: f64,
    /// No set has a higher value than this.
    pub bound: f64,
    /// Whether the set is proved to be the best: the bound is its value.
    pub optimal: bool,
    /// The value of the greedy set, for comparison.
    pub greedy: f64,
    /// Sets looked at by branch and bound.
    pub steps: u64,
    /// For each population the probability that it is hit by at least k responses, over the scenarios.
    pub hit: Vec<f64>,
}

/// Why nothing was selected.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum SelectError {
    /// A number outside its range, or an index or name that does not exist.
    #[error("selection: {place}: found {found}, expected {expected}")]
    Value {
        /// What it belongs to.
        place: String,
        /// What is there.
        found: String,
        /// What should be.
        expected: String,
    },
    /// Rules that no set keeps.
    #[error("selection: these rules cannot be met together: {}; loosen one of them", .0.join("; "))]
    Conflict(Vec<String>),
}

/// The expected fraction of the tumour that a set of antigens, by their indices, hits: for sets other than the one selected.
pub fn value(question: &Question, chosen: &[usize]) -> Result<f64, SelectError> {
    Ok(Model::new(question)?.value(chosen))
}

/// A selection as a tab-separated table: a line an antigen chosen, with what the set would lose without it.
pub fn table(question: &Question, selection: &Selection) -> String {
    let mut text =
        String::from("antigen\tgene\tprobability\tbest_allele\tclass_2\tmarginal_value\n");
    for (&index, marginal) in selection.chosen.iter().zip(&selection.marginal) {
        let antigen = &question.antigens[index];
        let allele = antigen.alleles.first().map_or("", String::as_str);
        // Writing to a string cannot fail.
        _ = writeln!(
            text,
            "{}\t{}\t{:.6}\t{allele}\t{}\t{marginal:.6}",
            antigen.id, antigen.gene, antigen.probability, antigen.class_2
        );
    }
    text
}

/// Sets that branch and bound looks at before it gives up: each takes from some hundredths of a millisecond, for one cell, to some milliseconds.
pub const STEPS: u64 = 20_000;

/// The best set, proved where [`STEPS`] allow.
pub fn select(question: &Question) -> Result<Selection, SelectError> {
    select_within(question, STEPS)
}

/// [`select`] with a limit of its own on the sets looked at.
pub fn select_within(question: &Question, steps: u64) -> Result<Selection, SelectError> {
    let model = Model::new(question)?;
    conflict::check(&model)?;
    let greedy = greedy::greedy(&model);
    let found = branch::best(&model, &greedy, steps);
    let value = model.value(&found.chosen);
    let without = |left_out: &usize| {
        let rest: Vec<usize> = found.chosen.iter().copied().filter(|i| i != left_out).collect();
        value - model.value(&rest)
    };
    Ok(Selection {
        marginal: found.chosen.iter().map(without).collect(),
        hit: model.hit(&found.chosen),
        value,
        bound: found.bound.max(value),
        optimal: found.bound <= value,
        greedy: model.value(&greedy),
        steps: found.steps,
        chosen: found.chosen,
    })
}

#[cfg(test)]
mod tests;
