//! The ranking's rules as data: tiers, and the order within a tier, from a TOML file.
//!
//! A rule is SQL over the columns of table `neoantigen`; here it is checked for its form alone and turned into the
//! expressions that the ranking's query is made of. A mutation gets the first tier whose rule is true, so the last
//! tier's rule is `TRUE`: none is left without.

mod error;
mod rule;
mod source;

use serde::Deserialize;
use toml::Spanned;

pub use error::PolicyError;
pub(crate) use source::Source;

/// Names of the policies of a lake that come with the program; the first is used where no other is asked for.
pub const BUILT_IN: [&str; 2] = ["vaxloom", "evidence"];

/// The file of a policy that comes with the program, to read or to copy; `None` for another name.
pub fn policy_text(name: &str) -> Option<&'static str> {
    match name {
        "vaxloom" => Some(include_str!("../policies/vaxloom.toml")),
        "evidence" => Some(include_str!("../policies/evidence.toml")),
        _ => None,
    }
}

/// Tiers in order, best first, and the order within each.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Policy {
    /// Name that rows carry.
    pub name: String,
    /// One sentence.
    pub description: String,
    /// At least one; the last has the rule `TRUE`.
    pub tiers: Vec<Tier>,
    /// May be empty.
    pub sorts: Vec<Sort>,
    /// Which peptide stands for a mutation: keys over [`BEST_COLUMNS`]; empty for [`Policy::DEFAULT_BEST`].
    pub best: Vec<Sort>,
}

/// What the choice of a mutation's peptide may look at, of each pair of a peptide and an allele of the patient. `hidden` is 0
/// where the peptide is presented with a change that T cells can see, else 1.
pub const BEST_COLUMNS: [&str; 8] = [
    "hidden",
    "percentile",
    "score",
    "affinity_nm",
    "affinity_percentile",
    "wt_percentile",
    "wt_affinity_nm",
    "length",
];

/// One class of mutations.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tier {
    /// Name that rows carry.
    pub name: String,
    /// SQL condition.
    pub when: String,
    /// What the tier says of a mutation.
    pub meaning: String,
    /// Whether its mutations may go into a construct; `true` where the file does not say.
    pub candidate: bool,
    /// Whether its mutations rank behind all others, wherever its rule is tested; `false` where the file does not say.
    pub last: bool,
}

/// One key of the order within a tier.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sort {
    /// Column of table `neoantigen`.
    pub by: String,
    /// Highest first; `false` where the file does not say.
    pub descending: bool,
}

impl Policy {
    /// A policy that comes with the program; `None` for a name that is not in [`BUILT_IN`].
    pub fn built_in(name: &str) -> Option<Result<Self, PolicyError>> {
        Some(Self::parse(&format!("policies/{name}.toml"), policy_text(name)?))
    }

    /// Reads a policy; `file` is its name in errors.
    pub fn parse(file: &str, text: &str) -> Result<Self, PolicyError> {
        let source = Source { file, text };
        let raw: RawPolicy = source.toml()?;
        source.check(&raw)?;
        Ok(raw.into())
    }

    /// Reads a policy for a table with `columns`: a rule or an order that names another is refused with its line.
    pub fn parse_for(file: &str, text: &str, columns: &[&str]) -> Result<Self, PolicyError> {
        let policy = Self::parse(file, text)?;
        let source = Source { file, text };
        let raw: RawPolicy = source.toml()?;
        for tier in &raw.tier {
            source.check_columns(&tier.when, columns)?;
        }
        for sort in &raw.sort {
            if !columns.contains(&sort.by.get_ref().as_str()) {
                return Err(source.unknown(&sort.by, "column", columns));
            }
        }
        Ok(policy)
    }

    /// The name of a row's tier, as a `CASE` expression.
    pub fn tier_case_sql(&self) -> String {
        self.case_sql(|_, tier| quoted(&tier.name))
    }

    /// The rank of a row's tier, 0 being the best, as a `CASE` expression: tiers in the order of the file, and then
    /// those that are `last`.
    pub fn tier_index_case_sql(&self) -> String {
        let first = self.tiers.iter().filter(|tier| !tier.last).count();
        self.case_sql(|place, tier| {
            let before = self.tiers[..place].iter().filter(|other| other.last == tier.last).count();
            (if tier.last { first + before } else { before }).to_string()
        })
    }

    fn case_sql(&self, value: impl Fn(usize, &Tier) -> String) -> String {
        let arm = |(place, tier): (usize, &Tier)| {
            // The line break ends a comment of the rule.
            format!("WHEN ({}\n) THEN {}", tier.when.trim(), value(place, tier))
        };
        let arms: Vec<String> = self.tiers.iter().enumerate().map(arm).collect();
        format!("CASE {} END", arms.join(" "))
    }

    /// The keys of `ORDER BY` within a tier, then `tie_breakers` (columns, ascending); unknown values last. Empty when
    /// there is no key at all.
    pub fn order_by_sql(&self, tie_breakers: &[&str]) -> String {
        keys(&self.sorts, tie_breakers)
    }

    /// Presented peptides whose change T cells can see come first, then the lowest percentile rank of presentation.
    pub const DEFAULT_BEST: &str =
        "\"hidden\" ASC NULLS LAST, \"percentile\" ASC NULLS LAST, \"score\" DESC NULLS LAST";

    /// The keys of `ORDER BY` that choose a mutation's peptide.
    pub fn best_sql(&self) -> String {
        if self.best.is_empty() { Self::DEFAULT_BEST.to_owned() } else { keys(&self.best, &[]) }
    }
}

fn keys(sorts: &[Sort], tie_breakers: &[&str]) -> String {
    let key = |column: &str, way| format!("{} {way} NULLS LAST", identifier(column));
    let sorts =
        sorts.iter().map(|sort| key(&sort.by, if sort.descending { "DESC" } else { "ASC" }));
    let keys: Vec<String> =
        sorts.chain(tie_breakers.iter().map(|column| key(column, "ASC"))).collect();
    keys.join(", ")
}

/// pVACseq's rule for a change that T cells cannot see: at most two residues changed, all at anchors (positions 1, 2,
/// last but one, last). Positions are 1-based and inclusive; a range outside the peptide is no anchor change.
/// The other half of the rule, that the wild-type peptide is presented too, is the policy's.
pub fn anchor_only(peptide_length: usize, mutation_start: usize, mutation_end: usize) -> bool {
    let inside =
        1 <= mutation_start && mutation_start <= mutation_end && mutation_end <= peptide_length;
    let anchor = |position: usize| position <= 2 || position + 1 >= peptide_length;
    inside && mutation_end - mutation_start < 2 && anchor(mutation_start) && anchor(mutation_end)
}

fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

fn identifier(column: &str) -> String {
    format!("\"{}\"", column.replace('"', "\"\""))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawPolicy {
    name: String,
    description: String,
    #[serde(default)]
    tier: Vec<RawTier>,
    #[serde(default)]
    sort: Vec<RawSort>,
    #[serde(default)]
    best: Vec<RawSort>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawTier {
    name: Spanned<String>,
    when: Spanned<String>,
    meaning: String,
    #[serde(default = "yes")]
    candidate: bool,
    #[serde(default)]
    last: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawSort {
    by: Spanned<String>,
    #[serde(default)]
    descending: bool,
}

fn yes() -> bool {
    true
}

impl From<RawPolicy> for Policy {
    fn from(raw: RawPolicy) -> Self {
        let tier = |tier: RawTier| Tier {
            name: tier.name.into_inner(),
            when: tier.when.into_inner(),
            meaning: tier.meaning,
            candidate: tier.candidate,
            last: tier.last,
        };
        let sort = |sort: RawSort| Sort { by: sort.by.into_inner(), descending: sort.descending };
        Self {
            name: raw.name,
            description: raw.description,
            tiers: raw.tier.into_iter().map(tier).collect(),
            sorts: raw.sort.into_iter().map(sort).collect(),
            best: raw.best.into_iter().map(sort).collect(),
        }
    }
}

#[cfg(test)]
mod tests;
