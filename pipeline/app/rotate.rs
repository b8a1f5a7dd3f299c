//! `vaxloom key rotate`: a lake under the pseudonyms of another project key.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::Context;
use chrono::{Datelike, Utc};
use serde_json::json;
use vaxloom_clinical::audit::Event;
use vaxloom_clinical::deid::{Gate, Profile};
use vaxloom_clinical::pseudonym::{ProjectKey, PseudonymMap, read_map_key};
use vaxloom_clinical::{Reading, Views, read_records};
use vaxloom_lake::rekey::{Rekeyed, rekey};
use vaxloom_lake::{Lake, pipeline};

use crate::args::KeyRotateArgs;
use crate::event::event;
use crate::exit::{self, Exit};
use crate::home::Home;
use crate::last_run::LastRun;
use crate::progress::thousands;
use crate::sheet::Sheet;
use crate::{audit, clock, key, parquet_table, predictor, report, rows, run};

/// Every id of the sources under the new key, in the place of that under the old one.
pub(crate) fn rotate(args: &KeyRotateArgs, threads: usize) -> anyhow::Result<Exit> {
    let old = key::required(&args.key)
        .context("a rotation needs the key that the lake has; one made without a key cannot get one: run with --key into another --lake")?;
    let home = Home::existing(&args.lake, args.reports.as_deref(), args.audit.as_deref())?;
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
        let last = LastRun::of(&session).await?;
        let done = rekey(&session, &mut lake, &pseudonyms).await?;
        let run_id = clock::run_id(started);
        let told = audit::add(
            &home.trail,
            &audited(&new, &last, &done),
            "key rotate",
            json!({"old_key_id": old.id()}).to_string(),
            &run_id,
        )?;
        lake.write("audit", vec![told], None).await?;
        let mut settings = last.settings()?;
        settings["key_id"] = json!(new.id());
        let started = clock::written(started);
        let row = last.followed_by(&lake, &last.policy, &settings, &run_id, started)?;
        lake.finish(rows::batch("run", std::iter::once(row))?).await?;
        anyhow::Ok(done)
    })?;
    // Pages have the old pseudonyms in their names; the next run writes new ones.
    if home.pages.is_dir() {
        report::remove(&home.pages, &done.patients)?;
    }
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

fn audited(new: &ProjectKey, last: &LastRun, done: &Rekeyed) -> Event {
    let rows: usize = done.rows.values().sum();
    Event {
        profile: last.profile.clone(),
        key_id: Some(new.id().to_owned()),
        rows_in: rows,
        rows_out: rows,
        ..event("key rotate")
    }
}
