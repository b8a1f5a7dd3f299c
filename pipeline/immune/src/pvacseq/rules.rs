//! Rules as data: limits, checks, tiers, and the orders of peptides and variants, from a TOML file.
//!
//! `policies/pvac-7.toml` says what every key means. A file that names what is not there, contradicts itself, or leaves a
//! variant without a tier is refused with its line.

mod raw;
mod terms;

use crate::policy::PolicyError;

pub use terms::{Check, Condition, Key, KeyValue, Metric, Strategy, Summary, TranscriptFlag};

/// Names of the rules that come with the program. The second differs from the first in its strategy alone.
pub const BUILT_IN: [&str; 3] = ["pvac-7", "pvac-7-exploratory", "pvac-6"];

/// The file of rules that come with the program, to read or to copy; `None` for another name.
pub fn policy_text(name: &str) -> Option<&'static str> {
    match name {
        "pvac-7" | "pvac-7-exploratory" => Some(include_str!("../../policies/pvac-7.toml")),
        "pvac-6" => Some(include_str!("../../policies/pvac-6.toml")),
        _ => None,
    }
}

/// How a table of scored epitopes becomes a table of variants.
#[derive(Debug, Clone, PartialEq)]
pub struct Rules {
    /// Name of the policy.
    pub name: String,
    /// One sentence.
    pub description: String,
    /// Which of the predictors' values stands for them.
    pub summary: Summary,
    /// How many metrics of a check must pass.
    pub strategy: Strategy,
    /// Metrics that the aggregated table carries, each with its column of mutant and wild type.
    pub reported: Vec<Metric>,
    /// What makes a transcript pass.
    pub transcripts: Vec<TranscriptFlag>,
    /// The numbers that checks compare with.
    pub limits: Limits,
    /// Groups of metrics that pass or fail together.
    pub checks: Vec<Check>,
    /// Which row of a variant is its best peptide.
    pub best_peptide: Choice,
    /// Which rows of a variant its counts cover.
    pub included: Included,
    /// Names of the tiers, best first.
    pub tier_order: Vec<String>,
    /// Order within a tier.
    pub sort: Order,
    /// In the order in which they are tested.
    pub tiers: Vec<Tier>,
}

/// What checks compare with.
#[derive(Debug, Clone, PartialEq)]
pub struct Limits {
    /// A metric passes below its limit (nM or percent), in the order of [`Metric`]; one without a limit passes.
    pub metrics: [Option<f64>; Metric::COUNT],
    /// Whether alleles that have an IC50 limit of their own are held to that.
    pub allele_specific_ic50: bool,
    /// Highest support level of a transcript that passes.
    pub tsl: u8,
    /// Expression of the mutant allele (TPM) that it must be above.
    pub allele_expression: f64,
    /// RNA reads that a gene without expression must be above to count as lowly expressed.
    pub rna_depth: f64,
    /// Whether no mutation counts as lowly expressed while its depth is unknown.
    pub rna_depth_needed: bool,
    /// RNA VAF for a gene without expression.
    pub rna_vaf: f64,
    /// The largest DNA VAF below this is a clonal variant's.
    pub copy_neutral_vaf: f64,
    /// But no more than this.
    pub clonal_vaf: f64,
    /// Share of the clonal VAF under which a variant is subclonal.
    pub subclonal: f64,
    /// More changed residues than this are no anchor change.
    pub anchor_changes: usize,
    /// Positions are anchors until their weights, heaviest first, exceed this sum.
    pub anchor_contribution: f64,
}

/// An order of rows: by the sum of dense ranks, then by keys.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Order {
    /// Keys whose dense ranks are added up; none: all rows are equal so far.
    pub ranks: Vec<Key>,
    /// What decides between equal sums. Unknown values come last.
    pub then: Vec<Key>,
}

/// A choice among rows.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Choice {
    /// Each keeps the rows that pass, unless none does.
    pub prefer: Vec<Condition>,
    /// Order of the rows that are left, best first.
    pub order: Order,
}

/// Which rows of a variant its counts cover.
#[derive(Debug, Clone, PartialEq)]
pub struct Included {
    /// nM that a row's IC50 must be below.
    pub ic50: f64,
    /// At most so many peptides ...
    pub peptides: usize,
    /// ... the first by this choice.
    pub choice: Choice,
}

/// One class of variants.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tier {
    /// Name that rows carry.
    pub name: String,
    /// Conditions that must hold.
    pub pass: Vec<Condition>,
    /// Conditions that must not.
    pub fail: Vec<Condition>,
}

impl Rules {
    /// Rules that come with the program; `None` for a name that is not in [`BUILT_IN`].
    pub fn built_in(name: &str) -> Option<Result<Self, PolicyError>> {
        let rules = Self::parse(&format!("policies/{name}.toml"), policy_text(name)?);
        Some(rules.map(|mut rules| {
            if name == "pvac-7-exploratory" {
                rules.strategy = Strategy::Any;
                name.clone_into(&mut rules.name);
            }
            rules
        }))
    }

    /// Reads a file's text; `file` is its name in errors.
    pub fn parse(file: &str, text: &str) -> Result<Self, PolicyError> {
        raw::read(file, text)
    }

    /// Whether a file's text is meant to be these rules, and not a policy of SQL: it has a table `limits`.
    pub fn is_meant_by(text: &str) -> bool {
        text.lines().any(|line| line.trim_start().starts_with("[limits]"))
    }

    /// Metrics that are read of scored epitopes: those that are reported, and those that decide between them.
    pub(super) fn metrics_of_epitopes(&self) -> Vec<Metric> {
        let orders = [&self.best_peptide.order, &self.included.choice.order];
        let keys = orders.into_iter().flat_map(|order| order.ranks.iter().chain(&order.then));
        let keys: Vec<KeyValue> = keys.map(|key| key.by).collect();
        let used = |metric: &Metric| {
            self.reported.contains(metric) || keys.contains(&KeyValue::Metric(*metric))
        };
        Metric::ALL.into_iter().filter(used).collect()
    }

    /// Place of a tier in the order of the table, 0 being the best.
    pub(super) fn tier_rank(&self, name: &str) -> usize {
        self.tier_order.iter().position(|tier| tier == name).unwrap_or(self.tier_order.len())
    }
}

#[cfg(test)]
mod tests;
