//! A statement that runs, from its first word in the trail to its last.

use std::sync::Arc;
use std::time::Instant;

use super::audit::{Audit, Event};
use super::metrics::Metrics;

/// A statement that runs; one that is dropped before its end was cancelled.
pub(super) struct Running {
    /// What every line of it in the trail has.
    pub(super) event: Event,
    pub(super) role: String,
    pub(super) audit: Arc<Audit>,
    pub(super) metrics: Arc<Metrics>,
    pub(super) began: Instant,
    /// Rows given so far.
    pub(super) rows: u64,
    /// Cells of a researcher's answer that were like none before.
    pub(super) new_cells: usize,
    pub(super) ended: bool,
}

impl Running {
    /// The end of it: `answered`, `failed` or `cancelled`.
    pub(super) fn end(&mut self, outcome: &'static str, reason: Option<String>) {
        self.ended = true;
        let time = self.began.elapsed();
        self.metrics.ended(&self.role, outcome, self.rows, time);
        self.audit.note(Event {
            event: outcome,
            rows: Some(self.rows),
            milliseconds: Some(time.as_millis() as u64),
            new_cells: Some(self.new_cells).filter(|cells| *cells > 0),
            reason,
            ..self.event.clone()
        });
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if !self.ended {
            self.end("cancelled", None);
        }
    }
}
