//! What an operator counts.

use datafusion::physical_plan::metrics::{
    BaselineMetrics, Count, ExecutionPlanMetricsSet, MetricBuilder, Time,
};

/// What EXPLAIN ANALYZE tells.
pub(super) struct Measures {
    pub(super) baseline: BaselineMetrics,
    /// Distinct pairs.
    pub(super) looked_up: Count,
    pub(super) scored: Count,
    /// Reads of the table.
    pub(super) scans: Count,
    pub(super) scan_time: Time,
    pub(super) scoring_time: Time,
}

impl Measures {
    pub(super) fn of(metrics: &ExecutionPlanMetricsSet, partition: usize) -> Self {
        let count = |name| MetricBuilder::new(metrics).counter(name, partition);
        let time = |name| MetricBuilder::new(metrics).subset_time(name, partition);
        Self {
            baseline: BaselineMetrics::new(metrics, partition),
            looked_up: count("looked_up"),
            scored: count("scored"),
            scans: count("scans"),
            scan_time: time("scan_time"),
            scoring_time: time("scoring_time"),
        }
    }
}
