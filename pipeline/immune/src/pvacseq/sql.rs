//! Rules as SQL over a table of one row a variant, so that a whole lake gets new tiers in one query, without its scores being made again.
//!
//! The columns are the caller's. What is asked is what the tiers of pVACseq's tables ask of a row, with NULL for an unknown value.

use super::rules::{Condition, Key, KeyValue, Metric, Rules, Strategy, Tier, TranscriptFlag};

/// SQL expressions of what rules ask about, such as `mt_affinity_nm`. Numbers are NULL where they are unknown.
#[derive(Debug, Clone, Copy)]
pub struct Columns<'a> {
    /// In the order of [`Metric`]; `None`: the table does not have it, and it is not counted.
    pub metrics: [Option<&'a str>; Metric::COUNT],
    /// IC50 of the wild type, nM.
    pub wild_type_ic50: &'a str,
    /// Whether one or two residues changed, all at anchors.
    pub anchor_only: &'a str,
    /// Boolean.
    pub canonical: &'a str,
    /// Boolean.
    pub mane_select: &'a str,
    /// Support level, 1 to 5.
    pub tsl: &'a str,
    /// DNA VAF.
    pub dna_vaf: &'a str,
    /// DNA VAF of a clonal variant of the sample.
    pub clonal_vaf: &'a str,
    /// Expression of the gene, TPM.
    pub expression: &'a str,
    /// Expression of the mutant allele, TPM.
    pub allele_expression: &'a str,
    /// RNA VAF.
    pub rna_vaf: &'a str,
    /// RNA reads.
    pub rna_depth: &'a str,
    /// Whether the reference proteome has the peptide; `None`: not asked.
    pub reference_match: Option<&'a str>,
    /// Whether a residue is hard to make; `None`: not asked.
    pub problematic: Option<&'a str>,
    /// Gene symbol.
    pub gene: &'a str,
    /// Change of the protein.
    pub aa_change: &'a str,
}

impl Rules {
    /// The name of a row's tier, as a `CASE` expression.
    pub fn tier_sql(&self, columns: &Columns<'_>) -> String {
        self.case_sql(columns, |tier| format!("'{}'", tier.name.replace('\'', "''")))
    }

    /// The place of a row's tier in the order of tiers, 0 being the best, as a `CASE` expression.
    pub fn tier_index_sql(&self, columns: &Columns<'_>) -> String {
        self.case_sql(columns, |tier| self.tier_rank(&tier.name).to_string())
    }

    /// The sum of dense ranks that orders rows within a tier, over the rows that `partition` (columns, such as `patient_id, sample_id`)
    /// holds together: a sum of window functions, for the select list of an inner query.
    pub fn rank_sum_sql(&self, columns: &Columns<'_>, partition: &str) -> String {
        let rank = |key: &Key| {
            format!("dense_rank() OVER (PARTITION BY {partition} ORDER BY {})", order(key, columns))
        };
        let ranks: Vec<String> = self.sort.ranks.iter().map(rank).collect();
        if ranks.is_empty() { "0".to_owned() } else { ranks.join(" + ") }
    }

    /// What decides between equal sums: keys of an `ORDER BY`, unknown values last; empty without any.
    pub fn then_sql(&self, columns: &Columns<'_>) -> String {
        let keys: Vec<String> = self.sort.then.iter().map(|key| order(key, columns)).collect();
        keys.join(", ")
    }

    fn case_sql(&self, columns: &Columns<'_>, value: impl Fn(&Tier) -> String) -> String {
        let arms = self.tiers.iter().map(|tier| {
            let pass = tier.pass.iter().map(|condition| self.condition_sql(*condition, columns));
            let fail = tier
                .fail
                .iter()
                .map(|condition| format!("NOT {}", self.condition_sql(*condition, columns)));
            let conditions: Vec<String> = pass.chain(fail).collect();
            if conditions.is_empty() {
                return format!("ELSE {}", value(tier));
            }
            format!("WHEN {} THEN {}", conditions.join(" AND "), value(tier))
        });
        let arms: Vec<String> = arms.collect();
        format!("CASE {} END", arms.join("\n"))
    }

    /// In brackets, and never NULL.
    fn condition_sql(&self, condition: Condition, columns: &Columns<'_>) -> String {
        let limits = &self.limits;
        let passes = |condition: String| format!("coalesce({condition}, TRUE)");
        let fails = |condition: String| format!("coalesce({condition}, FALSE)");
        match condition {
            Condition::Metrics(check) => self.check_sql(&self.checks[check].metrics, columns),
            Condition::Transcript => self.transcript_sql(columns),
            Condition::Anchor => {
                let binds = match limits.metrics[Metric::Ic50 as usize] {
                    Some(limit) => passes(format!("{} < {limit:?}", columns.wild_type_ic50)),
                    None => "TRUE".to_owned(),
                };
                format!("(NOT ({} AND {binds}))", columns.anchor_only)
            }
            Condition::Clonal => passes(format!(
                "{} >= {} * {:?}",
                columns.dna_vaf, columns.clonal_vaf, limits.subclonal
            )),
            Condition::Expressed => {
                passes(format!("{} > {:?}", columns.allele_expression, limits.allele_expression))
            }
            Condition::LowExpression => {
                let Columns { expression, allele_expression, rna_vaf, rna_depth, .. } = columns;
                let depth = if limits.rna_depth_needed {
                    format!(" AND {rna_depth} IS NOT NULL")
                } else {
                    String::new()
                };
                let seen = fails(format!(
                    "{expression} = 0 AND {rna_depth} > {:?} AND {rna_vaf} > {:?}",
                    limits.rna_depth, limits.rna_vaf
                ));
                let some = fails(format!("{allele_expression} > 0"));
                format!(
                    "({rna_vaf} IS NOT NULL AND {expression} IS NOT NULL{depth} AND ({some} OR {seen}))"
                )
            }
            Condition::NoExpression => {
                let silent = fails(format!("{} = 0", columns.expression));
                format!("({silent} OR {})", fails(format!("{} = 0", columns.rna_vaf)))
            }
            Condition::NoReferenceMatch => absent(columns.reference_match),
            Condition::NoProblematicPosition => absent(columns.problematic),
            Condition::CompleteCds | Condition::ProteinCoding => "TRUE".to_owned(),
        }
    }

    fn check_sql(&self, metrics: &[Metric], columns: &Columns<'_>) -> String {
        let alone = metrics.len() == 1;
        let (unknown, join, none) = match self.strategy {
            Strategy::All => ("TRUE", " AND ", "TRUE"),
            Strategy::Any => {
                (if alone { "TRUE" } else { "FALSE" }, " OR ", if alone { "TRUE" } else { "FALSE" })
            }
        };
        let below = |metric: &Metric| {
            let limit = self.limits.metrics[*metric as usize];
            let column = columns.metrics[*metric as usize];
            match (limit, column) {
                (None, _) => Some("TRUE".to_owned()),
                (Some(_), None) => None,
                (Some(limit), Some(column)) => {
                    Some(format!("coalesce({column} < {limit:?}, {unknown})"))
                }
            }
        };
        let conditions: Vec<String> = metrics.iter().filter_map(below).collect();
        if conditions.is_empty() { none.to_owned() } else { format!("({})", conditions.join(join)) }
    }

    fn transcript_sql(&self, columns: &Columns<'_>) -> String {
        let flag = |flag: &TranscriptFlag| match flag {
            TranscriptFlag::Canonical => format!("coalesce({}, FALSE)", columns.canonical),
            TranscriptFlag::ManeSelect => format!("coalesce({}, FALSE)", columns.mane_select),
            TranscriptFlag::Tsl => {
                format!("coalesce({} <= {}, FALSE)", columns.tsl, self.limits.tsl)
            }
        };
        let flags: Vec<String> = self.transcripts.iter().map(flag).collect();
        if flags.is_empty() { "FALSE".to_owned() } else { format!("({})", flags.join(" OR ")) }
    }
}

fn absent(column: Option<&str>) -> String {
    column.map_or_else(|| "TRUE".to_owned(), |column| format!("coalesce(NOT {column}, TRUE)"))
}

fn order(key: &Key, columns: &Columns<'_>) -> String {
    let column = match key.by {
        KeyValue::Metric(metric) => columns.metrics[metric as usize].unwrap_or("NULL"),
        KeyValue::AlleleExpression => columns.allele_expression,
        KeyValue::Gene => columns.gene,
        KeyValue::AaChange => columns.aa_change,
        // Rules have no other key for variants.
        _ => "NULL",
    };
    format!("{column} {} NULLS LAST", if key.descending { "DESC" } else { "ASC" })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use crate::pvacseq::rules::policy_text;

    const COLUMNS: Columns<'_> = Columns {
        metrics: [Some("ic50"), Some("combined"), Some("binding"), None, Some("presentation")],
        wild_type_ic50: "wt_ic50",
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

    #[test]
    fn conditions_are_never_null_and_what_is_not_there_is_not_asked() {
        let rules = Rules::built_in("pvac-7").unwrap().unwrap();
        let sql = rules.tier_sql(&COLUMNS);
        let first = sql.lines().next().unwrap();
        assert_eq!(
            first,
            "CASE WHEN (coalesce(ic50 < 500.0, TRUE) AND coalesce(binding < 2.0, TRUE) AND coalesce(presentation < 2.0, TRUE)) \
            AND coalesce(allele_expression > 2.5, TRUE) AND coalesce(dna_vaf >= vaf_clonal * 0.5, TRUE) \
            AND (coalesce(canonical, FALSE) OR coalesce(mane_select, FALSE) OR coalesce(tsl <= 1, FALSE)) \
            AND (NOT (anchor_only AND coalesce(wt_ic50 < 500.0, TRUE))) AND coalesce(NOT self_match, TRUE) AND TRUE THEN 'Pass'"
        );
        assert!(sql.ends_with("ELSE 'Poor' END"));
        assert_eq!(sql.matches("WHEN").count(), 11);
        assert!(
            rules.tier_index_sql(&COLUMNS).contains("THEN 0\n")
                && rules.tier_index_sql(&COLUMNS).ends_with("ELSE 10 END")
        );
    }

    #[test]
    fn strategies_join_metrics_and_sorts_are_windows() {
        let rules = Rules::built_in("pvac-7-exploratory").unwrap().unwrap();
        let sql = rules.tier_sql(&COLUMNS);
        assert!(sql.starts_with(
            "CASE WHEN (coalesce(ic50 < 500.0, FALSE) OR coalesce(binding < 2.0, FALSE) OR"
        ));
        let six = Rules::built_in("pvac-6").unwrap().unwrap();
        assert_eq!(
            six.rank_sum_sql(&COLUMNS, "patient_id"),
            "dense_rank() OVER (PARTITION BY patient_id ORDER BY allele_expression DESC NULLS LAST) \
            + dense_rank() OVER (PARTITION BY patient_id ORDER BY ic50 ASC NULLS LAST)"
        );
        assert_eq!(six.then_sql(&COLUMNS), "gene ASC NULLS LAST, protein_change ASC NULLS LAST");
        assert!(!six.tier_sql(&COLUMNS).contains("rna_depth IS NOT NULL"));
    }

    #[test]
    fn names_are_quoted() {
        let text = policy_text("pvac-6").unwrap().replace("\"Poor\"", "\"Poor's\"");
        assert!(
            Rules::parse("p", &text).unwrap().tier_sql(&COLUMNS).ends_with("ELSE 'Poor''s' END")
        );
    }
}
