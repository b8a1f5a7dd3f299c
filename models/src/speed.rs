//! How fast an epoch goes.

use std::time::{Duration, Instant};

/// How often progress is told.
pub(crate) const TELL_EVERY: Duration = Duration::from_secs(15);

/// How far an epoch has come.
pub(crate) struct Speed {
    epoch: u64,
    rows: usize,
    done: usize,
    begin: Instant,
    told: Instant,
}

impl Speed {
    /// Of an epoch (0-based) of so many rows.
    pub(crate) fn new(epoch: u64, rows: usize) -> Self {
        Self { epoch, rows, done: 0, begin: Instant::now(), told: Instant::now() }
    }

    /// The part that is done, 0 to 1.
    pub(crate) fn part(&self) -> f64 {
        self.done as f64 / self.rows as f64
    }

    /// So many rows more; tells where that stands from time to time.
    pub(crate) fn add(&mut self, rows: usize, progress: &mut dyn FnMut(&str)) {
        self.done += rows;
        if self.told.elapsed() > TELL_EVERY {
            self.told = Instant::now();
            let speed = self.done as f64 / self.begin.elapsed().as_secs_f64();
            let (epoch, done, rows) = (self.epoch + 1, self.done, self.rows);
            progress(&format!("epoch {epoch}: {done} of {rows} rows, {speed:.0} a second"));
        }
    }
}
