//! Health, and figures in the text format of Prometheus.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::http::header::CONTENT_TYPE;
use axum::response::IntoResponse;
use axum::routing::get;

/// Upper bounds of the buckets of statement times, seconds.
const BUCKETS: [f64; 8] = [0.01, 0.05, 0.1, 0.5, 1.0, 5.0, 30.0, 300.0];

/// Figures since the start.
#[derive(Debug, Default)]
pub(crate) struct Metrics {
    connections: AtomicU64,
    active: AtomicI64,
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
    pub(crate) fn connected(&self) {
        self.connections.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn refused(&self, reason: &'static str) {
        *self.refused.lock().unwrap_or_else(PoisonError::into_inner).entry(reason).or_default() +=
            1;
    }

    pub(crate) fn started(&self) {
        self.active.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn ended(&self, role: &str, outcome: &'static str, rows: u64, time: Duration) {
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
        let mut text = String::new();
        let mut line = |words: String| writeln!(text, "{words}").unwrap_or_default();
        let figure = |value: &AtomicU64| value.load(Ordering::Relaxed);
        line("# TYPE vaxloom_serve_connections_total counter".to_owned());
        line(format!("vaxloom_serve_connections_total {}", figure(&self.connections)));
        line("# TYPE vaxloom_serve_statements_active gauge".to_owned());
        line(format!("vaxloom_serve_statements_active {}", self.active.load(Ordering::Relaxed)));
        line("# TYPE vaxloom_serve_rows_total counter".to_owned());
        line(format!("vaxloom_serve_rows_total {}", figure(&self.rows)));
        line("# TYPE vaxloom_serve_statements_total counter".to_owned());
        for ((role, outcome), count) in
            &*self.statements.lock().unwrap_or_else(PoisonError::into_inner)
        {
            let role = role.replace(['"', '\\', '\n'], "_");
            line(format!(
                "vaxloom_serve_statements_total{{role=\"{role}\",outcome=\"{outcome}\"}} {count}"
            ));
        }
        line("# TYPE vaxloom_serve_refused_total counter".to_owned());
        for (reason, count) in &*self.refused.lock().unwrap_or_else(PoisonError::into_inner) {
            line(format!("vaxloom_serve_refused_total{{reason=\"{reason}\"}} {count}"));
        }
        let times = self.times.lock().unwrap_or_else(PoisonError::into_inner);
        line("# TYPE vaxloom_serve_statement_seconds histogram".to_owned());
        for (bucket, bound) in times.buckets.iter().zip(BUCKETS) {
            line(format!("vaxloom_serve_statement_seconds_bucket{{le=\"{bound}\"}} {bucket}"));
        }
        line(format!("vaxloom_serve_statement_seconds_bucket{{le=\"+Inf\"}} {}", times.count));
        line(format!("vaxloom_serve_statement_seconds_sum {}", times.sum));
        line(format!("vaxloom_serve_statement_seconds_count {}", times.count));
        text
    }
}

/// `/health` and `/metrics`.
pub(crate) fn routes(metrics: Arc<Metrics>) -> Router {
    let figures = move || {
        let text = metrics.text();
        async move { ([(CONTENT_TYPE, "text/plain; version=0.0.4")], text).into_response() }
    };
    Router::new().route("/health", get(|| async { "ok\n" })).route("/metrics", get(figures))
}
