//! How a lake is ranked: a policy as the SQL that the plans are made of.

use vaxloom_immune::policy::Policy;
use vaxloom_immune::pvacseq::rules::Rules;
use vaxloom_immune::pvacseq::sql::Columns;

/// Keys that decide where a policy's order leaves two mutations equal.
const TIES: [&str; 4] = ["gene", "protein_change", "sample_id", "variant_id"];

/// Which columns of `neoantigen` hold what pVACseq's rules ask about. Its combined percentile is that of all its predictors;
/// here presentation and affinity have one each, and the first stands for it.
const OF_PVACSEQ: Columns<'_> = Columns {
    metrics: [
        Some("mt_affinity_nm"),
        Some("mt_percentile"),
        Some("mt_affinity_percentile"),
        None,
        Some("mt_percentile"),
    ],
    wild_type_ic50: "wt_affinity_nm",
    anchor_only: "anchor_only",
    canonical: "canonical",
    mane_select: "mane_select",
    tsl: "tsl",
    dna_vaf: "dna_vaf",
    clonal_vaf: "vaf_clonal",
    expression: "gene_tpm",
    allele_expression: "allele_expression",
    rna_vaf: "rna_vaf",
    rna_depth: "rna_depth",
    reference_match: Some("self_match"),
    problematic: None,
    gene: "gene",
    aa_change: "protein_change",
};

/// Tiers of pVACseq whose mutations may go into a construct: those that fail in nothing that a vaccine cannot do without.
const PVACSEQ_CANDIDATES: [&str; 4] = ["Pass", "PoorTranscript", "LowExpr", "Subclonal"];

/// A tier, for those who read the ranking.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RankedTier {
    /// Name that rows carry.
    pub name: String,
    /// What it says of a mutation.
    pub meaning: String,
    /// Whether its mutations may go into a construct.
    pub candidate: bool,
}

/// A policy, ready for plans. Two policies with equal SQL rank alike.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ranking {
    /// Name that rows carry.
    pub name: String,
    /// In the order of the file.
    pub tiers: Vec<RankedTier>,
    pub(crate) tier: String,
    pub(crate) tier_index: String,
    /// A sum of window functions that orders the mutations of a patient within a tier, before `order`.
    pub(crate) rank_sum: String,
    pub(crate) order: String,
    /// Which peptide of a mutation stands for it: keys over the columns of its pairs of peptide and allele.
    pub(crate) best: String,
}

impl From<&Policy> for Ranking {
    fn from(policy: &Policy) -> Self {
        let tier = |tier: &vaxloom_immune::policy::Tier| RankedTier {
            name: tier.name.clone(),
            meaning: tier.meaning.clone(),
            candidate: tier.candidate,
        };
        Self {
            name: policy.name.clone(),
            tiers: policy.tiers.iter().map(tier).collect(),
            tier: policy.tier_case_sql(),
            tier_index: policy.tier_index_case_sql(),
            rank_sum: "0".to_owned(),
            order: policy.order_by_sql(&TIES),
            best: policy.best_sql(),
        }
    }
}

impl From<&Rules> for Ranking {
    /// Tiers and order are pVACseq's; which peptide stands for a mutation is the lake's own choice.
    fn from(rules: &Rules) -> Self {
        let tier = |tier: &vaxloom_immune::pvacseq::rules::Tier| RankedTier {
            name: tier.name.clone(),
            meaning: format!("Tier {} of the rules {}", tier.name, rules.name),
            candidate: PVACSEQ_CANDIDATES.contains(&tier.name.as_str()),
        };
        let then = rules.then_sql(&OF_PVACSEQ);
        let ties = TIES.map(|column| format!("{column} ASC NULLS LAST")).join(", ");
        Self {
            name: rules.name.clone(),
            tiers: rules.tiers.iter().map(tier).collect(),
            tier: rules.tier_sql(&OF_PVACSEQ),
            tier_index: rules.tier_index_sql(&OF_PVACSEQ),
            rank_sum: rules.rank_sum_sql(&OF_PVACSEQ, "patient_id"),
            order: if then.is_empty() { ties } else { format!("{then}, {ties}") },
            best: Policy::DEFAULT_BEST.to_owned(),
        }
    }
}

impl Ranking {
    /// Whether a ranked row may go into a construct, as a condition on column `tier`.
    pub(crate) fn eligible(&self) -> String {
        let names: Vec<String> = self
            .tiers
            .iter()
            .filter(|tier| tier.candidate)
            .map(|tier| format!("'{}'", tier.name.replace('\'', "''")))
            .collect();
        format!("tier IN ({})", names.join(", "))
    }

    /// Everything that decides how rows are ranked and which are candidates, as one text.
    pub fn sql(&self) -> String {
        [&self.tier, &self.tier_index, &self.rank_sum, &self.order, &self.best, &self.eligible()]
            .map(String::as_str)
            .join("\n")
    }

    /// Keys by which a mutation's peptide is chosen.
    pub fn best(&self) -> &str {
        &self.best
    }

    /// Puts the ranking's SQL in the places of a plan.
    pub(crate) fn fill_in(&self, sql: &str) -> String {
        sql.replace("{tier}", &self.tier)
            .replace("{tier_index}", &self.tier_index)
            .replace("{rank_sum}", &self.rank_sum)
            .replace("{order}", &self.order)
            .replace("{best}", &self.best)
            .replace("{eligible}", &self.eligible())
    }
}
