//! Progress on a terminal, and the log on standard error.

use std::io::{IsTerminal, stderr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use tracing_subscriber::EnvFilter;
use vaxloom_lake::pipeline::Event;

use crate::args::{LogFormat, Shared};

/// Starts the log. `RUST_LOG` has the last word.
///
/// What a panic says could quote a record: only its place is told.
pub(crate) fn start_log(shared: &Shared) {
    std::panic::set_hook(Box::new(|panic| {
        let place = panic.location().map_or_else(String::new, ToString::to_string);
        tracing::error!("a mistake in vaxloom, at {place}: please report it");
    }));
    let default = if shared.quiet {
        "error"
    } else {
        "warn,vaxloom=info,delta_kernel=off,buoyant_kernel=off"
    };
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new(default));
    let log = tracing_subscriber::fmt().with_env_filter(filter).with_writer(stderr);
    match shared.log_format {
        LogFormat::Json => log.json().init(),
        LogFormat::Text => {
            log.without_time().with_target(false).with_ansi(stderr().is_terminal()).init();
        }
    }
}

/// Bars, a stage each; on a terminal only.
pub(crate) struct Progress {
    shown: bool,
    /// Of the stage at work.
    bar: Arc<Mutex<ProgressBar>>,
}

impl Progress {
    /// No bars when quiet, when standard error is no terminal, or when the log is JSON.
    pub(crate) fn new(shared: &Shared) -> Self {
        let shown = !shared.quiet && shared.log_format == LogFormat::Text && stderr().is_terminal();
        Self { shown, bar: Arc::new(Mutex::new(ProgressBar::hidden())) }
    }

    /// A stage with a known number of things to do.
    pub(crate) fn counted(&mut self, stage: &str, total: usize, unit: &str) -> ProgressBar {
        let template =
            format!("{{prefix:>16}} [{{bar:30}}] {{pos}}/{{len}} {unit} {{per_sec}} {{msg}}");
        self.begin(ProgressBar::new(total as u64), &template, stage)
    }

    /// A stage of the pipeline, whose rows are known at its end.
    pub(crate) fn stage(&mut self, event: Event<'_>) {
        match event {
            Event::Started(stage, help) => {
                let bar = self.begin(
                    ProgressBar::no_length(),
                    "{prefix:>16} {spinner} {elapsed} {msg}",
                    stage,
                );
                bar.set_message(help.to_owned());
                bar.enable_steady_tick(Duration::from_millis(100));
            }
            Event::Finished(stage) => {
                self.end(stage.count.rows_out, stage.count.quarantined, stage.time);
            }
        }
    }

    fn begin(&mut self, bar: ProgressBar, template: &str, stage: &str) -> ProgressBar {
        if !self.shown {
            bar.set_draw_target(ProgressDrawTarget::hidden());
        }
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style.progress_chars("=> "));
        }
        bar.set_prefix(stage.to_owned());
        *self.bar() = bar.clone();
        bar
    }

    fn bar(&self) -> MutexGuard<'_, ProgressBar> {
        self.bar.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Shows how many tasks of the stage at work others have done, of how many; none where no bars are shown.
    pub(crate) fn tasks(&self) -> Option<impl Fn(usize, usize) + Send + Sync + 'static> {
        let bar = Arc::clone(&self.bar);
        let template = "{prefix:>16} [{bar:30}] {pos}/{len} tasks {elapsed}";
        self.shown.then_some(move |done: usize, tasks: usize| {
            let bar = bar.lock().unwrap_or_else(PoisonError::into_inner);
            if let Ok(style) = ProgressStyle::with_template(template) {
                bar.set_style(style.progress_chars("=> "));
            }
            bar.set_length(tasks as u64);
            bar.set_position(done as u64);
        })
    }

    /// Ends the stage: its rows and its rate stay on the screen.
    pub(crate) fn end(&self, rows: usize, quarantined: usize, time: Duration) {
        if let Ok(style) = ProgressStyle::with_template("{prefix:>16} {msg}") {
            self.bar().set_style(style);
        }
        self.bar().finish_with_message(outcome(rows, quarantined, time));
    }
}

/// `1,234 rows in 0.52 s (2,373 rows/s)`.
fn outcome(rows: usize, quarantined: usize, time: Duration) -> String {
    let seconds = time.as_secs_f64();
    let rate = thousands((rows as f64 / seconds.max(1e-9)) as usize);
    let kept_out =
        if quarantined > 0 { format!(", {quarantined} in quarantine") } else { String::new() };
    format!("{} rows in {seconds:.2} s ({rate} rows/s){kept_out}", thousands(rows))
}

/// `1234567` as `1,234,567`.
pub(crate) fn thousands(number: usize) -> String {
    let digits = number.to_string();
    let groups: Vec<&str> = digits
        .as_bytes()
        .rchunks(3)
        .rev()
        .map(|group| std::str::from_utf8(group).unwrap_or_default())
        .collect();
    groups.join(",")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;

    #[test]
    fn numbers_are_grouped_by_thousands() {
        for (number, text) in [(0, "0"), (999, "999"), (1000, "1,000"), (1_234_567, "1,234,567")] {
            assert_eq!(thousands(number), text);
        }
    }

    /// Set in the process that goes wrong on purpose.
    const CHILD: &str = "VAXLOOM_TEST_PANIC";

    /// A mistake while a record is looked at, whose words quote the record, as those of `unwrap` and of slices do.
    fn go_wrong() {
        let log_format =
            if std::env::var(CHILD).unwrap() == "json" { LogFormat::Json } else { LogFormat::Text };
        start_log(&Shared { threads: None, quiet: true, log_format });
        let record =
            serde_json::json!({"name": [{"family": "Quuxley"}], "birthDate": "1965-03-14é"});
        let elsewhere = record.clone();
        let name = move || Err(elsewhere["name"].to_string());
        let other = std::thread::spawn(move || {
            let named: Result<(), String> = name();
            named.expect("a name");
        });
        assert!(other.join().is_err());
        let text = record["birthDate"].as_str().unwrap().to_owned();
        drop(std::panic::catch_unwind(move || text[..11].len()));
        panic!("{record} cannot be settled");
    }

    #[test]
    fn a_panic_tells_its_place_and_no_value() {
        const NAME: &str = "progress::tests::a_panic_tells_its_place_and_no_value";
        if std::env::var_os(CHILD).is_some() {
            go_wrong();
        }
        for format in ["text", "json"] {
            let child = std::process::Command::new(std::env::current_exe().unwrap())
                .args([NAME, "--exact", "--nocapture"])
                .envs([(CHILD, format), ("RUST_BACKTRACE", "full")])
                .output()
                .unwrap();
            let told = String::from_utf8_lossy(&[child.stdout, child.stderr].concat()).into_owned();
            assert!(!child.status.success(), "{told}");
            assert_eq!(told.matches("a mistake in vaxloom, at ").count(), 3, "{told}");
            assert!(told.contains("progress.rs:"), "{told}");
            for value in ["Quuxley", "1965", "03-14"] {
                assert!(!told.contains(value), "{value}: {told}");
            }
        }
    }

    #[test]
    fn a_stage_ends_with_rows_and_rate() {
        let text = outcome(1500, 2, Duration::from_millis(500));
        assert_eq!(text, "1,500 rows in 0.50 s (3,000 rows/s), 2 in quarantine");
    }
}
