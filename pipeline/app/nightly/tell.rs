//! Who is told of a night: Prometheus, by a file, and people, by a command of the user's own.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use chrono::Utc;
use serde_json::Value;

use super::config::{Config, NotifyOn};
use crate::exit::Exit;
use crate::written;

/// A message that takes longer is given up.
const LONGEST: Duration = Duration::from_mins(2);

const SUCCESS: &str = "vaxloom_nightly_last_success_timestamp_seconds";

/// Writes the textfile that node_exporter collects, whole and without timestamps of its own.
pub(super) fn metrics(
    path: &Path,
    report: &Value,
    exit: Exit,
    took: Duration,
) -> anyhow::Result<()> {
    let now = Utc::now().timestamp();
    let success = match exit {
        Exit::Done | Exit::Quarantined => Some(now),
        _ => fs::read_to_string(path).ok().and_then(|text| last_success(&text)),
    };
    let mut text = String::new();
    let mut metric = |name: &str, help: &str, values: &[(&str, f64)]| {
        let _ = writeln!(text, "# HELP {name} {help}\n# TYPE {name} gauge");
        for (label, value) in values {
            let _ = writeln!(text, "{name}{label} {value}");
        }
    };
    let count = |name: &str| report["counts"][name].as_f64().unwrap_or_default();
    metric(
        "vaxloom_nightly_exit_code",
        "Exit code of the last night.",
        &[("", f64::from(exit.code()))],
    );
    metric(
        "vaxloom_nightly_last_run_timestamp_seconds",
        "When the last night ended.",
        &[("", now as f64)],
    );
    if let Some(success) = success {
        metric(
            SUCCESS,
            "When a night was last finished, with or without quarantine.",
            &[("", success as f64)],
        );
    }
    metric(
        "vaxloom_nightly_duration_seconds",
        "How long the last night took.",
        &[("", took.as_secs_f64())],
    );
    metric(
        "vaxloom_nightly_patients",
        "Patients by what became of them in the last night.",
        &[
            ("{state=\"new\"}", count("new")),
            ("{state=\"changed\"}", count("changed")),
            ("{state=\"unchanged\"}", count("unchanged")),
            ("{state=\"kept_out\"}", count("kept_out")),
            ("{state=\"forgotten\"}", count("withdrawn")),
        ],
    );
    metric(
        "vaxloom_nightly_quarantine_rows",
        "Rows in quarantine after the last night.",
        &[("", count("quarantine"))],
    );
    metric(
        "vaxloom_nightly_new_top_candidates",
        "Mutations that the last night brought among the first of a patient's ranking.",
        &[("", count("new_top"))],
    );
    written::whole(path, text.as_bytes())
}

fn last_success(text: &str) -> Option<i64> {
    let line = text.lines().find_map(|line| line.strip_prefix(SUCCESS))?;
    line.trim().parse::<f64>().ok().map(|seconds| seconds as i64)
}

/// Runs the user's command, again where it fails. A night's outcome does not depend on it.
pub(super) fn notify(config: &Config, report: &Value, exit: Exit, paths: &(PathBuf, PathBuf)) {
    let [program, arguments @ ..] = config.report.notify.as_slice() else { return };
    let failed = !matches!(exit, Exit::Done);
    let count = |name: &str| report["counts"][name].as_u64().unwrap_or_default();
    let changed = ["new", "changed", "gone", "withdrawn"].iter().any(|name| count(name) > 0);
    let wanted = match config.report.notify_on {
        NotifyOn::Always => true,
        NotifyOn::Change => changed || failed,
        NotifyOn::Failure => failed,
    };
    if !wanted {
        return;
    }
    let patience = config.night.patience();
    let mut made = 1;
    loop {
        let mut command = Command::new(program);
        command
            .args(arguments)
            .env("VAXLOOM_NIGHT_STATUS", report["night"]["status"].as_str().unwrap_or_default())
            .env("VAXLOOM_NIGHT_EXIT", exit.code().to_string())
            .env("VAXLOOM_NIGHT_JSON", &paths.0)
            .env("VAXLOOM_NIGHT_HTML", &paths.1)
            .stdin(Stdio::null());
        let Err(error) = ended_well(command) else { return };
        let Some(wait) = patience.before_next(made) else {
            return tracing::error!("report.notify: {program}: {error:#}; nobody was told");
        };
        tracing::warn!("report.notify: {program}: {error:#}; again in {:.1} s", wait.as_secs_f64());
        sleep(wait);
        made += 1;
    }
}

fn ended_well(mut command: Command) -> anyhow::Result<()> {
    // What it says goes to the log, not into the answer.
    command.stdout(std::io::stderr());
    let mut child = command.spawn().context("cannot be started")?;
    let begun = Instant::now();
    let status: ExitStatus = loop {
        if let Some(status) = child.try_wait()? {
            break status;
        }
        if begun.elapsed() > LONGEST {
            child.kill().ok();
            child.wait().ok();
            bail!("did not end in {} s", LONGEST.as_secs());
        }
        sleep(Duration::from_millis(20));
    };
    if !status.success() {
        bail!("ended with {status}");
    }
    Ok(())
}
