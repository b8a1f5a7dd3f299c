//! Tiers and ranks of a whole lake anew, over the scores that it has.

use arrow::array::RecordBatch;
use datafusion::prelude::SessionContext;

use crate::ranking::Ranking;
use crate::stage::{schema, written};
use crate::{LakeError, query};

/// A lake under another policy.
#[derive(Debug)]
pub struct Retiered {
    /// Table `neoantigen`, whole.
    pub neoantigen: Vec<RecordBatch>,
    /// Table `patient`, whole: what each patient's results rest on is no longer what its last run saw, so that a run with
    /// another policy makes them anew.
    pub patient: Vec<RecordBatch>,
    /// Mutations whose tier or rank is another: `patient_id, sample_id, variant_id, gene, protein_change, tier_before,
    /// tier, rank_before, rank, why`, by patient and rank.
    pub moved: query::Answer,
}

const RANKED: &str = "WITH tiered AS ( \
        SELECT * EXCEPT (tier, tier_index, rank, policy, run_id), tier AS tier_before, rank AS rank_before, \
            {tier} AS tier, {tier_index} AS tier_index, {rank_sum} AS rank_sum, {name} AS policy \
        FROM neoantigen \
     ) \
     SELECT * EXCEPT (rank_sum), row_number() OVER (PARTITION BY patient_id ORDER BY tier_index, rank_sum, {order}) AS rank \
     FROM tiered ORDER BY patient_id, rank";

/// What `ranking` makes of the rows of the session's tables. Nothing is written; scores are not touched.
pub async fn retier(
    session: &SessionContext,
    ranking: &Ranking,
    run_id: &str,
) -> Result<Retiered, LakeError> {
    let sql = ranking.fill_in(RANKED).replace("{name}", &quoted(&ranking.name));
    let ranked = session.sql(&sql).await?.cache().await?;
    session.deregister_table("retiered")?;
    session.register_table("retiered", ranked.clone().into_view())?;
    let reasons: Vec<String> = ranking
        .tiers
        .iter()
        .map(|tier| format!(" WHEN {} THEN {}", quoted(&tier.name), quoted(&tier.meaning)))
        .collect();
    let reasons = reasons.concat();
    let moved = format!(
        "SELECT patient_id, sample_id, variant_id, gene, protein_change, tier_before, tier, rank_before, rank, \
            CASE WHEN tier = tier_before THEN 'others moved' ELSE CASE tier{reasons} END END AS why \
         FROM retiered WHERE tier <> tier_before OR rank <> rank_before ORDER BY patient_id, rank"
    );
    let moved = query::query(session, &moved).await?;
    let neoantigen = written(ranked, schema("neoantigen")?, run_id).await?;
    let patient = "SELECT * EXCEPT (input_hash, run_id), 'ranked anew' AS input_hash FROM patient ORDER BY patient_id";
    let patient = written(session.sql(patient).await?, schema("patient")?, run_id).await?;
    session.deregister_table("retiered")?;
    Ok(Retiered { neoantigen, patient, moved })
}

fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}
