//! What a night changed in the rankings, and why.

use serde::{Deserialize, Serialize};
use vaxloom_lake::{Lake, TableVersions, compared, query};

use crate::rows::json_rows;

/// Moves among the first of each patient's ranking, and how many there are below.
#[derive(Debug, Default)]
pub(super) struct Changes {
    pub(super) new_top: Vec<Change>,
    pub(super) moved: Vec<Change>,
    pub(super) moved_below: usize,
    /// Why nothing is known.
    pub(super) unknown: Option<String>,
}

/// A mutation whose place is another.
#[derive(Debug, Serialize)]
pub(super) struct Change {
    #[serde(flatten)]
    row: Row,
    why: Vec<String>,
}

/// A mutation before and now; what begins with `was` is before.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Row {
    patient_id: String,
    sample_id: String,
    variant_id: String,
    gene: String,
    protein_change: String,
    known_patient: bool,
    rank: Option<u32>,
    rank_before: Option<u32>,
    tier: Option<String>,
    tier_before: Option<String>,
    best_peptide: Option<String>,
    was_peptide: Option<String>,
    best_allele: Option<String>,
    was_allele: Option<String>,
    mt_percentile: Option<f64>,
    was_percentile: Option<f64>,
    gene_tpm: Option<f64>,
    was_tpm: Option<f64>,
    dna_vaf: Option<f64>,
    was_vaf: Option<f64>,
    model_version: Option<String>,
    was_model: Option<String>,
    policy: Option<String>,
    was_policy: Option<String>,
}

/// Rows of patients whose results were made anew in between and whose place is another, or who are new or gone.
const MOVED: &str = "WITH anew AS ( \
        SELECT coalesce(n.patient_id, b.patient_id) AS patient_id, b.patient_id IS NOT NULL AS known \
        FROM patient n FULL JOIN before.patient b ON n.patient_id = b.patient_id \
        WHERE n.run_id IS DISTINCT FROM b.run_id \
     ), \
     n AS (SELECT neoantigen.* FROM neoantigen JOIN anew ON neoantigen.patient_id = anew.patient_id), \
     b AS (SELECT w.* FROM before.neoantigen w JOIN anew ON w.patient_id = anew.patient_id) \
     SELECT anew.known AS known_patient, m.* FROM ( \
        SELECT \
            coalesce(n.patient_id, b.patient_id) AS patient_id, coalesce(n.sample_id, b.sample_id) AS sample_id, \
            coalesce(n.variant_id, b.variant_id) AS variant_id, coalesce(n.gene, b.gene) AS gene, \
            coalesce(n.protein_change, b.protein_change) AS protein_change, \
            n.rank, b.rank AS rank_before, n.tier, b.tier AS tier_before, \
            n.best_peptide, b.best_peptide AS was_peptide, n.best_allele, b.best_allele AS was_allele, \
            n.mt_percentile, b.mt_percentile AS was_percentile, n.gene_tpm, b.gene_tpm AS was_tpm, \
            n.dna_vaf, b.dna_vaf AS was_vaf, n.model_version, b.model_version AS was_model, \
            n.policy, b.policy AS was_policy \
        FROM n FULL JOIN b ON n.patient_id = b.patient_id AND n.sample_id = b.sample_id AND n.variant_id = b.variant_id \
        WHERE (n.rank IS DISTINCT FROM b.rank) OR (n.tier IS DISTINCT FROM b.tier) \
     ) AS m JOIN anew ON m.patient_id = anew.patient_id \
     ORDER BY m.patient_id, coalesce(m.rank, 2147483647), m.rank_before, m.variant_id";

/// What the lake's last finished run ranks otherwise than those versions did.
pub(super) async fn between(
    lake: &Lake,
    before: &TableVersions,
    top: usize,
) -> anyhow::Result<Changes> {
    let session = compared(lake, before).await?;
    let rows: Vec<Row> = json_rows(&query::query(&session, MOVED).await?.batches)?;
    let mut changes = Changes::default();
    for row in rows {
        let within = |rank: Option<u32>| rank.is_some_and(|rank| rank as usize <= top);
        let (now, then) = (within(row.rank), within(row.rank_before));
        let list = match (now, then) {
            (true, false) => &mut changes.new_top,
            (false, false) => {
                changes.moved_below += usize::from(row.rank.is_some() && row.rank_before.is_some());
                continue;
            }
            _ => &mut changes.moved,
        };
        let why = row.why();
        list.push(Change { row, why });
    }
    Ok(changes)
}

impl Changes {
    pub(super) fn unknown(why: String) -> Self {
        tracing::warn!("{why}");
        Self { unknown: Some(why), ..Self::default() }
    }
}

impl Row {
    /// What is another in the row itself; where nothing is, others have moved around it.
    fn why(&self) -> Vec<String> {
        if !self.known_patient {
            return vec!["new patient".to_owned()];
        }
        if self.rank_before.is_none() {
            return vec!["new mutation".to_owned()];
        }
        if self.rank.is_none() {
            return vec!["no longer ranked".to_owned()];
        }
        let mut why = Vec::new();
        let mut text = |what: &str, was: &Option<String>, is: &Option<String>| {
            if was != is {
                let or_none = |value: &Option<String>| value.clone().unwrap_or("none".to_owned());
                why.push(format!("{what} {} to {}", or_none(was), or_none(is)));
            }
        };
        text("policy", &self.was_policy, &self.policy);
        text("model", &self.was_model, &self.model_version);
        text("tier", &self.tier_before, &self.tier);
        text("best peptide", &self.was_peptide, &self.best_peptide);
        text("allele", &self.was_allele, &self.best_allele);
        let figure = |value: Option<f64>| value.map(|value| format!("{value:.2}"));
        text("percentile", &figure(self.was_percentile), &figure(self.mt_percentile));
        text("TPM", &figure(self.was_tpm), &figure(self.gene_tpm));
        text("allele fraction", &figure(self.was_vaf), &figure(self.dna_vaf));
        if why.is_empty() {
            why.push("others moved".to_owned());
        }
        why
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_move_names_what_is_another() {
        let row = Row {
            known_patient: true,
            rank: Some(1),
            rank_before: Some(4),
            tier: Some("Pass".to_owned()),
            tier_before: Some("LowExpr".to_owned()),
            gene_tpm: Some(12.0),
            ..Row::default()
        };
        assert_eq!(row.why(), ["tier LowExpr to Pass", "TPM none to 12.00"]);
        let others = Row { tier_before: row.tier.clone(), gene_tpm: None, ..row };
        assert_eq!(others.why(), ["others moved"]);
        assert_eq!(Row { rank: None, ..others }.why(), ["no longer ranked"]);
        assert_eq!(
            Row { known_patient: true, rank: Some(1), ..Row::default() }.why(),
            ["new mutation"]
        );
        assert_eq!(Row { rank: Some(1), ..Row::default() }.why(), ["new patient"]);
    }
}
