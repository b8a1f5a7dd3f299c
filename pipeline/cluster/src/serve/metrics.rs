//! Health, and figures in the text format of Prometheus.

use std::collections::BTreeMap;
use std::fmt::{Display, Write};
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::routing::get;

use super::sessions::Sessions;

/// Upper bounds of the buckets of statement times, seconds.
const BUCKETS: [f64; 8] = [0.01, 0.05, 0.1, 0.5, 1.0, 5.0, 30.0, 300.0];

/// Figures since the start.
#[derive(Debug, Default)]
pub(super) struct Metrics {
    connections: AtomicU64,
    active: AtomicI64,
    /// Statements that were given up, and are still at work.
    ending: AtomicI64,
    rows: AtomicU64,
    /// By role and outcome.
    statements: Mutex<BTreeMap<(String, &'static str), u64>>,
    /// By reason: `tls`, `plain_text`, `access`, `gate`, `read_only`.
    refused: Mutex<BTreeMap<&'static str, u64>>,
    times: Mutex<Times>,
}

#[derive(Debug, Default)]
struct Times {
    buckets: [u64; BUCKETS.len()],
    count: u64,
    sum: f64,
}

impl Metrics {
    pub(super) fn connected(&self) {
        self.connections.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn refused(&self, reason: &'static str) {
        *self.refused.lock().unwrap_or_else(PoisonError::into_inner).entry(reason).or_default() +=
            1;
    }

    pub(super) fn started(&self) {
        self.active.fetch_add(1, Ordering::Relaxed);
    }

    /// A statement's threads are not waited for any more.
    pub(super) fn given_up(&self) {
        self.ending.fetch_add(1, Ordering::Relaxed);
    }

    /// The threads of a statement that was given up are gone.
    pub(super) fn gone(&self) {
        self.ending.fetch_sub(1, Ordering::Relaxed);
    }

    pub(super) fn ended(&self, role: &str, outcome: &'static str, rows: u64, time: Duration) {
        self.active.fetch_sub(1, Ordering::Relaxed);
        self.rows.fetch_add(rows, Ordering::Relaxed);
        let mut statements = self.statements.lock().unwrap_or_else(PoisonError::into_inner);
        *statements.entry((role.to_owned(), outcome)).or_default() += 1;
        let mut times = self.times.lock().unwrap_or_else(PoisonError::into_inner);
        let seconds = time.as_secs_f64();
        times.count += 1;
        times.sum += seconds;
        for (bucket, bound) in times.buckets.iter_mut().zip(BUCKETS) {
            *bucket += u64::from(seconds <= bound);
        }
    }

    fn text(&self) -> String {
        let mut text = Text::default();
        let figure = |value: &AtomicU64| value.load(Ordering::Relaxed);
        text.one(
            "connections_total",
            "counter",
            "Connections that were let in",
            figure(&self.connections),
        );
        let active = self.active.load(Ordering::Relaxed);
        text.one("statements_active", "gauge", "Statements that run", active);
        let ending = self.ending.load(Ordering::Relaxed);
        let words =
            "Statements out of time or cancelled, whose threads are still at work and hold a place";
        text.one("statements_abandoned", "gauge", words, ending);
        text.one("rows_total", "counter", "Rows that were given", figure(&self.rows));
        text.head("statements_total", "counter", "Statements that ran, by how they ended");
        for ((role, outcome), count) in
            &*self.statements.lock().unwrap_or_else(PoisonError::into_inner)
        {
            let role = role.replace(['"', '\\', '\n'], "_");
            text.line(&format!(
                "statements_total{{role=\"{role}\",outcome=\"{outcome}\"}} {count}"
            ));
        }
        text.head("refused_total", "counter", "What was refused, by reason");
        for (reason, count) in &*self.refused.lock().unwrap_or_else(PoisonError::into_inner) {
            text.line(&format!("refused_total{{reason=\"{reason}\"}} {count}"));
        }
        let times = self.times.lock().unwrap_or_else(PoisonError::into_inner);
        text.head("statement_seconds", "histogram", "Time of statements that ran");
        for (bucket, bound) in times.buckets.iter().zip(BUCKETS) {
            text.line(&format!("statement_seconds_bucket{{le=\"{bound}\"}} {bucket}"));
        }
        text.line(&format!("statement_seconds_bucket{{le=\"+Inf\"}} {}", times.count));
        text.line(&format!("statement_seconds_sum {}", times.sum));
        text.line(&format!("statement_seconds_count {}", times.count));
        text.0
    }
}

/// Figures in the text format, each name with that of the program before it.
#[derive(Default)]
struct Text(String);

impl Text {
    fn head(&mut self, name: &str, kind: &str, help: &str) {
        writeln!(self.0, "# HELP vaxloom_serve_{name} {help}\n# TYPE vaxloom_serve_{name} {kind}")
            .ok();
    }

    fn line(&mut self, line: &str) {
        writeln!(self.0, "vaxloom_serve_{line}").ok();
    }

    fn one(&mut self, name: &str, kind: &str, help: &str, value: impl Display) {
        self.head(name, kind, help);
        self.line(&format!("{name} {value}"));
    }
}

/// `/health` (whether the lake can be read) and `/metrics`.
pub(super) fn routes(metrics: Arc<Metrics>, sessions: Arc<dyn Sessions>) -> Router {
    let figures = move || {
        let text = metrics.text();
        async move { ([(CONTENT_TYPE, "text/plain; version=0.0.4")], text) }
    };
    let health = move || {
        let sessions = Arc::clone(&sessions);
        async move {
            match sessions.session().await {
                Ok(_) => (StatusCode::OK, "ok\n"),
                // The log says why: this page is for everyone.
                Err(error) => {
                    tracing::error!("{error}");
                    (StatusCode::SERVICE_UNAVAILABLE, "the lake cannot be read\n")
                }
            }
        }
    };
    Router::new().route("/health", get(health)).route("/metrics", get(figures))
}
