//! `vaxloom rank --lake`: a whole lake under another policy, as a new version.

use std::time::Instant;

use anyhow::{Context, bail};
use chrono::Utc;
use serde::Deserialize;
use vaxloom_lake::retier::retier;
use vaxloom_lake::{Lake, Ranking, pipeline, query};

use crate::args::RankArgs;
use crate::exit::{self, Exit};
use crate::last_run::LastRun;
use crate::progress::thousands;
use crate::written::Written;
use crate::{clock, policy, predictor, rows, run};

pub(crate) fn rank(args: &RankArgs, threads: usize) -> anyhow::Result<Exit> {
    let folder = args.lake.as_deref().context("give --lake")?;
    let ranking = policy::read(args.policy.as_deref())?;
    let predictor = predictor::built_in("auto", threads)?;
    let (started, clock) = (Utc::now(), Instant::now());
    let moved = exit::runtime(threads)?.block_on(async {
        Lake::open(folder).await?;
        let (mut lake, _lock) = Lake::open_or_create(folder).await?;
        let session = pipeline::reader(&lake, &predictor, threads).await?;
        let last = LastRun::of(&session).await?;
        warn_of_best(&last, &ranking)?;
        let run_id = clock::run_id(started);
        let fingerprint = run::of_ranking(&ranking);
        let retiered = retier(&session, &ranking, &fingerprint, &run_id).await?;
        let patients: Vec<Patient> = rows::json_rows(
            &query::query(&session, "SELECT patient_id FROM patient").await?.batches,
        )?;
        let patients: Vec<String> = patients.into_iter().map(|row| row.patient_id).collect();
        if patients.is_empty() {
            bail!("{}: no patients; vaxloom run brings them in", folder.display());
        }
        lake.write("neoantigen", retiered.neoantigen, Some(&patients)).await?;
        lake.write("patient", retiered.patient, Some(&patients)).await?;
        lake.write("basis", retiered.basis, Some(&patients)).await?;
        lake.write("quarantine", retiered.quarantine, None).await?;
        let mut settings = last.settings()?;
        settings["tiers"] = serde_json::to_value(run::tiers(&ranking))?;
        let started = clock::written(started);
        let row = last.followed_by(&lake, &ranking.name, &settings, &run_id, started)?;
        lake.finish(rows::batch("run", std::iter::once(row))?).await?;
        anyhow::Ok(retiered.moved)
    })?;
    let count: usize = moved.batches.iter().map(arrow::array::RecordBatch::num_rows).sum();
    let mut out = Written::to(args.output.as_deref())?;
    write(&moved, &mut out)?;
    out.finish()?;
    tracing::info!(
        "policy {}: {} mutations moved, in {:.1} s; constructs are still those of the ranking before: vaxloom run --policy makes new ones",
        ranking.name,
        thousands(count),
        clock.elapsed().as_secs_f64()
    );
    Ok(Exit::Done)
}

/// Another peptide for a mutation has other features, which only a run makes.
fn warn_of_best(last: &LastRun, ranking: &Ranking) -> anyhow::Result<()> {
    let settings = last.settings()?;
    if settings["best_peptide"].as_str().is_some_and(|best| best != ranking.best()) {
        tracing::warn!(
            "policy {} chooses the peptide of a mutation otherwise: the lake's best peptides stay until vaxloom run --policy",
            ranking.name
        );
    }
    Ok(())
}

#[derive(Deserialize)]
struct Patient {
    patient_id: String,
}

fn write(moved: &query::Answer, out: &mut Written) -> anyhow::Result<()> {
    let mut writer =
        arrow::csv::WriterBuilder::new().with_header(true).with_delimiter(b'\t').build(out);
    // The header stands there where nothing has moved, too.
    writer.write(&arrow::array::RecordBatch::new_empty(moved.schema.clone()))?;
    for batch in &moved.batches {
        writer.write(batch)?;
    }
    Ok(())
}
