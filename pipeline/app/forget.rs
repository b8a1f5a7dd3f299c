//! `vaxloom lake forget`: a patient who has withdrawn, out of the lake and its pages.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use chrono::Utc;
use vaxloom_clinical::audit;
use vaxloom_lake::forget::{Found, Mention, Order, Proof, keep};
use vaxloom_lake::{Lake, forget};

use crate::args::ForgetArgs;
use crate::event::event;
use crate::exit::{self, Exit};
use crate::home::Home;
use crate::part::PartFile;
use crate::{clock, night_page};

/// Forgets one patient, and says what the proof says.
pub(crate) fn command(args: &ForgetArgs, threads: usize) -> anyhow::Result<Exit> {
    let home = Home::existing(&args.lake, args.reports.as_deref(), args.audit.as_deref())?;
    let (proof, path) = exit::runtime(threads)?.block_on(async {
        Lake::open(&args.lake).await?;
        let (mut lake, _lock) = Lake::open_or_create(&args.lake).await?;
        forget_patient(&mut lake, &args.patient, &home, &[]).await
    })?;
    print(&proof, &path);
    if proof.holds() {
        return Ok(Exit::Done);
    }
    for found in &proof.searched.found {
        tracing::error!("{}: still names the patient ({})", found.path.display(), found.place);
    }
    Ok(Exit::Failed)
}

#[allow(clippy::print_stdout, reason = "it is what the command answers")]
fn print(proof: &Proof, path: &Path) {
    let rows: usize = proof.rows_before.values().sum();
    println!(
        "{rows} rows named the patient, none does now; {} cached scores went with them",
        proof.scores_removed
    );
    println!(
        "removed: {} data files and {} log files of earlier versions, {} pages and other files",
        proof.data_files_removed, proof.log_files_removed, proof.other_files_removed
    );
    println!(
        "searched: {} files, {} bytes, {} values of Parquet files; found in {}",
        proof.searched.files.len(),
        proof.searched.bytes,
        proof.searched.values,
        proof.searched.found.len()
    );
    println!("proof: {}", path.display());
    if let Some(beyond) = &proof.beyond {
        println!("{beyond}");
    }
}

/// Takes a patient out of the lake, its pages and the nights' reports in other folders, and keeps the proof.
pub(crate) async fn forget_patient(
    lake: &mut Lake,
    patient: &str,
    home: &Home,
    others: &[PathBuf],
) -> anyhow::Result<(Proof, PathBuf)> {
    let started = Utc::now();
    let head = audit::append(&home.trail, &event("forget"))?;
    let order = Order {
        trail: (head.seq, head.hash),
        run_id: clock::run_id(started),
        started_at: clock::written(started),
        actor: event("forget").actor,
        program_version: env!("CARGO_PKG_VERSION").to_owned(),
        end_after: |last| clock::written(clock::end_after(last.and_then(clock::time))),
    };
    let beside = [others, std::slice::from_ref(&home.pages)].concat();
    let remove = |mention: &Mention| remove_files(&home.folder, &beside, mention);
    let proof = forget::forget(lake, patient, &order, &beside, remove).await?;
    let path = keep(lake, &proof).await?;
    Ok((proof, path))
}

/// Where a patient is still named, and how.
pub(crate) fn places(proof: &Proof) -> String {
    let place = |found: &Found| format!("{} ({})", found.path.display(), found.place);
    let found: Vec<String> = proof.searched.found.iter().map(place).collect();
    found.join(", ")
}

/// Whether a proof says that the patient has been forgotten.
pub(crate) fn is_forgotten(proofs: &[Proof], patient: &str) -> bool {
    proofs.iter().any(|proof| proof.is_of(patient) && proof.holds())
}

/// What is beside the tables: what was remembered of input files, pages and molecules, and the patient's part in the reports of
/// the nights.
fn remove_files(home: &Path, folders: &[PathBuf], mention: &Mention) -> io::Result<usize> {
    let mut removed = 0;
    let stamps = fs::read_dir(home)?.flatten().map(|entry| entry.path()).filter(|path| {
        path.file_name().is_some_and(|name| name.to_string_lossy().starts_with(".stamps."))
    });
    for path in stamps.collect::<Vec<_>>() {
        fs::remove_file(path)?;
        removed += 1;
    }
    PartFile::reopen(home).map_err(io::Error::other)?;
    for folder in folders {
        removed += below(folder, mention)?;
    }
    Ok(removed)
}

fn below(folder: &Path, mention: &Mention) -> io::Result<usize> {
    let Ok(entries) = fs::read_dir(folder) else { return Ok(0) };
    let mut removed = 0;
    for entry in entries {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if path.is_dir() {
            removed += below(&path, mention)?;
        } else if mention.is_in(name.as_bytes()) {
            fs::remove_file(&path)?;
            removed += 1;
        } else if night_page::is_report(&name) && mention.is_in(&fs::read(&path)?) {
            night_page::cut(&path, mention).map_err(io::Error::other)?;
        }
    }
    Ok(removed)
}
