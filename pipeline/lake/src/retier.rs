//! Tiers and ranks of a whole lake anew, over the scores that it has.

use arrow::array::RecordBatch;
use datafusion::prelude::{DataFrame, SessionContext};

use crate::ranking::Ranking;
use crate::stage::{schema, written};
use crate::store::literal;
use crate::{LakeError, query};

/// A lake under another policy.
#[derive(Debug)]
pub struct Retiered {
    /// Table `neoantigen`, whole.
    pub neoantigen: Vec<RecordBatch>,
    /// Table `patient`, whole: its rows name the run that ranked anew.
    pub patient: Vec<RecordBatch>,
    /// Table `basis`, whole: the ranking rests on this policy, and the constructs on another.
    pub basis: Vec<RecordBatch>,
    /// What had been refused of the patients and still is, for `quarantine`.
    pub quarantine: Vec<RecordBatch>,
    /// Mutations whose tier or rank is another: `patient_id, sample_id, variant_id, gene, protein_change, tier_before,
    /// tier, rank_before, rank, why`, by patient and rank.
    pub moved: query::Answer,
}

/// The rows of `neoantigen` under another ranking.
const RANKED: &str = "WITH tiered AS ( \
        SELECT * EXCEPT (tier, tier_index, rank, policy, run_id), tier AS tier_before, rank AS rank_before, \
            {tier} AS tier, {tier_index} AS tier_index, {rank_sum} AS rank_sum, {name} AS policy \
        FROM neoantigen \
     ) \
     SELECT * EXCEPT (rank_sum), row_number() OVER (PARTITION BY patient_id ORDER BY tier_index, rank_sum, {order}) AS rank \
     FROM tiered ORDER BY patient_id, rank";

/// What `ranking` makes of the session's rows of `neoantigen`: what was chosen and scored stays.
pub(crate) async fn ranked(
    session: &SessionContext,
    ranking: &Ranking,
) -> Result<DataFrame, LakeError> {
    let sql = ranking.fill_in(RANKED).replace("{name}", &literal(&ranking.name));
    Ok(session.sql(&sql).await?.cache().await?)
}

/// What `ranking` makes of the rows of the session's tables; `fingerprint` stands for it in `basis`. Nothing is written; scores
/// are not touched.
pub async fn retier(
    session: &SessionContext,
    ranking: &Ranking,
    fingerprint: &str,
    run_id: &str,
) -> Result<Retiered, LakeError> {
    let ranked = ranked(session, ranking).await?;
    session.deregister_table("retiered")?;
    session.register_table("retiered", ranked.clone().into_view())?;
    let reasons: Vec<String> = ranking
        .tiers
        .iter()
        .map(|tier| format!(" WHEN {} THEN {}", literal(&tier.name), literal(&tier.meaning)))
        .collect();
    let reasons = reasons.concat();
    let moved = format!(
        "SELECT patient_id, sample_id, variant_id, gene, protein_change, tier_before, tier, rank_before, rank, \
            CASE WHEN tier = tier_before THEN 'others moved' ELSE CASE tier{reasons} END END AS why \
         FROM retiered WHERE tier <> tier_before OR rank <> rank_before ORDER BY patient_id, rank"
    );
    let moved = query::query(session, &moved).await?;
    let neoantigen = written(ranked, schema("neoantigen")?, run_id).await?;
    let told = [
        ("patient", "SELECT * EXCEPT (input_hash, run_id), 'ranked anew' AS input_hash FROM patient ORDER BY patient_id".to_owned()),
        ("basis", format!("SELECT * EXCEPT (policy, profile, run_id), {} AS policy, '' AS profile FROM basis ORDER BY patient_id", literal(fingerprint))),
        ("quarantine", "SELECT q.* EXCEPT (run_id) FROM quarantine q JOIN patient p ON q.patient_id = p.patient_id AND q.run_id = p.run_id".to_owned()),
    ];
    let mut tables = Vec::new();
    for (table, sql) in told {
        tables.push(written(session.sql(&sql).await?, schema(table)?, run_id).await?);
    }
    session.deregister_table("retiered")?;
    let [patient, basis, quarantine] = <[_; 3]>::try_from(tables).unwrap_or_default();
    Ok(Retiered { neoantigen, patient, basis, quarantine, moved })
}
