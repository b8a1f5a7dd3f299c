//! `vaxloom check` and `vaxloom audit`.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::path::Path;

use anyhow::Context;
use chrono::{Datelike, Utc};
use vaxloom_clinical::audit::{self, Event, Head};
use vaxloom_clinical::check::{Options, Summary, check_dir};
use vaxloom_clinical::deid::Profile;

use crate::args::{AuditCommand, AuditVerifyArgs, CheckArgs};
use crate::check_page::Page;
use crate::exit::Exit;
use crate::progress::thousands;
use crate::written::Written;
use crate::{event, key, parquet_table};

/// Folders through the gate, one after the other.
pub(crate) fn check(args: &CheckArgs) -> anyhow::Result<Exit> {
    let key = key::read(&args.key)?;
    if key.is_none() {
        tracing::warn!("no --key: ids stay as they are, unless they look like an identifier");
    }
    let options = Options {
        profile: Profile::named(&args.profile)?,
        key,
        year: Utc::now().year(),
        places: args.places,
        parquet: parquet_table::read,
    };
    let mut report = Reported {
        out: Written::to(args.output.as_deref())?,
        page: args.page.as_ref().map(|_| Page::default()),
    };
    let mut worst = 0;
    for folder in &args.folders {
        let out = args.out.as_deref().map(|out| match args.folders.len() {
            1 => out.to_owned(),
            _ => out.join(folder.file_name().unwrap_or_default()),
        });
        let summary = check_dir(folder, options.clone(), &mut report, out.as_deref())?;
        if let Some(trail) = &args.audit {
            audit::append(trail, &event(&summary))?;
        }
        tell(folder, &summary);
        if args.out.is_some() && summary.tables > 0 {
            tracing::warn!(
                "tables are looked through and not written to --out; vaxloom convert writes them"
            );
        }
        if let Some(page) = &mut report.page {
            page.summaries.push(summary.clone());
        }
        worst = worst.max(summary.exit_code());
    }
    report.out.finish()?;
    if let (Some(page), Some(path)) = (&report.page, &args.page) {
        let mut out = Written::to(Some(path))?;
        out.write_all(page.render()?.as_bytes())?;
        out.finish()?;
    }
    Ok(match worst {
        0 => Exit::Done,
        4 => Exit::Refused,
        _ => Exit::Quarantined,
    })
}

/// The report, and what a page says of it.
struct Reported {
    out: Written,
    page: Option<Page>,
}

impl Write for Reported {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.out.write(bytes)?;
        if let Some(page) = &mut self.page {
            page.take(&bytes[..written]);
        }
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

fn tell(folder: &Path, summary: &Summary) {
    tracing::info!(
        "{}: {}; {} resources in {} files: {} passed, {} transformed, {} in quarantine, {} set aside, {} repeated",
        folder.display(),
        summary.verdict(),
        thousands(summary.resources),
        thousands(summary.files),
        thousands(summary.passed),
        thousands(summary.transformed),
        thousands(summary.quarantined),
        thousands(summary.aside),
        thousands(summary.repeats)
    );
}

fn event(summary: &Summary) -> Event {
    let inputs = BTreeMap::from([(
        summary.folder.clone(),
        format!("{} bytes in {} files", summary.bytes, summary.files),
    )]);
    Event {
        inputs,
        profile: summary.profile.clone(),
        key_id: summary.key_id.clone(),
        rules: summary.rules.iter().map(|(rule, count)| ((*rule).to_owned(), *count)).collect(),
        rows_in: summary.resources,
        rows_out: summary.passed + summary.transformed,
        rows_transformed: summary.transformed,
        rows_quarantined: summary.quarantined,
        ..event::event("check")
    }
}

pub(crate) fn trail(command: &AuditCommand) -> anyhow::Result<Exit> {
    let AuditCommand::Verify(args) = command;
    verify(args)
}

#[allow(clippy::print_stdout, reason = "what the command answers")]
fn verify(args: &AuditVerifyArgs) -> anyhow::Result<Exit> {
    let expected = args.expect.as_deref().map(head).transpose()?;
    let head = audit::verify(&args.file, expected.as_ref())?;
    println!("{}:{}", head.seq, head.hash);
    Ok(Exit::Done)
}

fn head(text: &str) -> anyhow::Result<Head> {
    let parts = text.split_once(':').and_then(|(seq, hash)| Some((seq.parse().ok()?, hash)));
    let (seq, hash) =
        parts.context("--expect: expected SEQ:HASH, as vaxloom audit verify prints it")?;
    Ok(Head { seq, hash: hash.to_owned() })
}
