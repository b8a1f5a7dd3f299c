//! `vaxloom key rotate`: a lake under the pseudonyms of another project key.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::Context;
use chrono::{Datelike, Utc};
use serde::Deserialize;
use serde_json::{Value, json};
use vaxloom_clinical::audit::Event;
use vaxloom_clinical::deid::{Gate, Profile};
use vaxloom_clinical::pseudonym::{ProjectKey, PseudonymMap, read_map_key};
use vaxloom_clinical::{Reading, Views, read_records};
use vaxloom_lake::rekey::{Rekeyed, rekey};
use vaxloom_lake::{Lake, pipeline, query};

use crate::args::KeyRotateArgs;
use crate::event::{TRAIL, event};
use crate::exit::{self, Exit};
use crate::progress::thousands;
use crate::sheet::Sheet;
use crate::{audit, clock, key, parquet_table, predictor, report, rows, run};

/// What the new version of the lake keeps of the one before.
#[derive(Deserialize)]
struct Last {
    model: String,
    model_version: String,
    policy: String,
    profile: String,
    settings: String,
    finished_at: String,
    patients: i32,
}

const LAST: &str = "SELECT model, model_version, policy, profile, settings, finished_at, CAST((SELECT count(*) FROM patient) AS INTEGER) AS patients \
     FROM run ORDER BY finished_at DESC, run_id DESC LIMIT 1";

/// Every id of the sources under the new key, in the place of that under the old one.
pub(crate) fn rotate(args: &KeyRotateArgs, threads: usize) -> anyhow::Result<Exit> {
    let old = key::required(&args.key)?;
    let project = args.new_project.clone().map_or_else(|| key::project(&args.key), Ok)?;
    let new = ProjectKey::from_file(&args.new_key, &project)?;
    let ids = ids(args, &old)?;
    let pseudonyms: BTreeMap<String, String> =
        ids.iter().map(|(kind, id)| (old.pseudonym(kind, id), new.pseudonym(kind, id))).collect();
    if let (Some(map), Some(map_key)) = (&args.map, &args.map_key) {
        write_map(&ids, &new, map, map_key)?;
    }
    let predictor = predictor::built_in("cpu", threads)?;
    let started = Utc::now();
    let done = exit::runtime(threads)?.block_on(async {
        Lake::open(&args.lake).await?;
        let (mut lake, _lock) = Lake::open_or_create(&args.lake).await?;
        run::PreviousRun::of(&lake, &predictor).await?.check_key(Some(&old))?;
        let session = pipeline::reader(&lake, &predictor, threads).await?;
        let last: Vec<Last> = rows::json_rows(&query::query(&session, LAST).await?.batches)?;
        let last = last.into_iter().next().context("the lake has no finished run")?;
        let done = rekey(&session, &mut lake, &pseudonyms).await?;
        let run_id = clock::run_id(started);
        let told = audit::add(
            &args.lake.join(TRAIL),
            &audited(&new, &last, &done),
            "key rotate",
            json!({"old_key_id": old.id()}).to_string(),
            &run_id,
        )?;
        lake.write("audit", vec![told], None).await?;
        let row = row(&lake, &last, &new, &run_id, clock::written(started))?;
        lake.finish(rows::batch("run", std::iter::once(row))?).await?;
        anyhow::Ok(done)
    })?;
    remove_pages(&args.lake, &done)?;
    tracing::info!(
        "{} patients have the pseudonyms of key {}: {} rows of {} tables; versions before still have the old ones, until vaxloom lake vacuum",
        thousands(done.patients.len()),
        new.id(),
        thousands(done.rows.values().sum()),
        done.rows.len()
    );
    Ok(Exit::Done)
}

/// `(type, id)` of everything that has a pseudonym, as the sources have them.
fn ids(args: &KeyRotateArgs, old: &ProjectKey) -> anyhow::Result<Vec<(String, String)>> {
    let sheet = Sheet::read(&args.samples)?;
    let mut ids: Vec<(String, String)> = Vec::new();
    for (patient, rows) in &sheet.patients {
        ids.push(("Patient".to_owned(), patient.clone()));
        ids.extend(rows.iter().map(|row| ("Specimen".to_owned(), row.sample.clone())));
    }
    if let Some(folder) = &args.records {
        let mut gate = Gate::new(Profile::safe_harbor(), Some(old.clone()), Utc::now().year())?;
        gate.keep_map();
        let mut reading =
            Reading { gate: &mut gate, views: Views::built_in(), parquet: &parquet_table::read };
        read_records(folder, &mut reading)?;
        let map = gate.take_map().unwrap_or_default();
        ids.extend(map.ids().map(|(kind, id)| (kind.to_owned(), id.to_owned())));
    }
    Ok(ids)
}

fn write_map(
    ids: &[(String, String)],
    new: &ProjectKey,
    file: &Path,
    key: &Path,
) -> anyhow::Result<()> {
    let mut map = PseudonymMap::default();
    for (kind, id) in ids {
        map.insert(new.pseudonym(kind, id), kind, id);
    }
    Ok(map.write(file, &read_map_key(key)?)?)
}

fn audited(new: &ProjectKey, last: &Last, done: &Rekeyed) -> Event {
    let rows: usize = done.rows.values().sum();
    Event {
        profile: last.profile.clone(),
        key_id: Some(new.id().to_owned()),
        rows_in: rows,
        rows_out: rows,
        ..event("key rotate")
    }
}

/// Pages have the old pseudonyms in their names; the next run writes new ones.
fn remove_pages(lake: &Path, done: &Rekeyed) -> anyhow::Result<()> {
    let folder = lake.join("reports");
    if folder.is_dir() {
        done.patients.iter().try_for_each(|patient| report::remove(&folder, patient))?;
    }
    Ok(())
}

fn row<'a>(
    lake: &Lake,
    last: &'a Last,
    new: &ProjectKey,
    run_id: &'a str,
    started_at: String,
) -> anyhow::Result<rows::RunRow<'a>> {
    let mut settings: Value = serde_json::from_str(&last.settings)?;
    settings["key_id"] = json!(new.id());
    Ok(rows::RunRow {
        run_id,
        started_at,
        finished_at: clock::written(clock::end_after(clock::time(&last.finished_at))),
        program_version: env!("CARGO_PKG_VERSION"),
        model: &last.model,
        model_version: &last.model_version,
        policy: &last.policy,
        profile: &last.profile,
        patients_in: last.patients,
        patients_run: 0,
        patients_unchanged: last.patients,
        quarantined: 0,
        settings: settings.to_string(),
        inputs: "{}".to_owned(),
        stage_counts: "[]".to_owned(),
        table_versions: serde_json::to_string(lake.versions())?,
    })
}
