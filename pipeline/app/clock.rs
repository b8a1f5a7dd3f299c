//! Names and times of runs.

use std::time::Duration;

use chrono::{DateTime, SecondsFormat, Utc};

/// The time, and the process: two runs of one second have two names.
pub(crate) fn run_id(started: DateTime<Utc>) -> String {
    format!("{}-{}", started.format("%Y%m%dT%H%M%S%3fZ"), std::process::id())
}

/// A time of the run's row.
pub(crate) fn time(text: &str) -> Option<DateTime<Utc>> {
    DateTime::parse_from_rfc3339(text).ok().map(|time| time.to_utc())
}

/// As the tables hold a time.
pub(crate) fn written(time: DateTime<Utc>) -> String {
    time.to_rfc3339_opts(SecondsFormat::Millis, true)
}

/// Now, or just after the last run where the clock has been set back: the last run is the one that ended last.
pub(crate) fn end_after(last: Option<DateTime<Utc>>) -> DateTime<Utc> {
    let after = last.map(|last| last + Duration::from_millis(1));
    after.map_or_else(Utc::now, |after| after.max(Utc::now()))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn a_run_ends_after_the_one_before_whatever_the_clock_says() {
        let future = time("2999-01-01T00:00:00.000Z").unwrap();
        assert_eq!(written(end_after(Some(future))), "2999-01-01T00:00:00.001Z");
        let past = time("2000-01-01T00:00:00.000Z").unwrap();
        assert!(end_after(Some(past)) > time("2026-01-01T00:00:00Z").unwrap());
        assert!(end_after(None) <= Utc::now());
    }
}
