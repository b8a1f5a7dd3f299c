//! Tables through the gate: cBioPortal's, GDC's and OMOP's. They are looked through, and not written.

use std::path::Path;

use super::{Check, CheckError, write_fault};
use crate::{
    deid::{Column, Verdict},
    omop,
    read::ReadError,
    study,
    tabular::{ClinicalTable, OpenTable},
};

impl Check<'_> {
    /// A clinical table, or one of OMOP. A row counts as a resource.
    pub(super) fn table(
        &mut self,
        name: &str,
        path: &Path,
        omop: bool,
        parquet: &OpenTable<'_>,
    ) -> Result<(), CheckError> {
        self.begin(name)?;
        self.summary.files += 1;
        self.summary.tables += 1;
        self.summary.bytes += path.metadata().map_err(ReadError::io(path))?.len();
        let binary = path.extension().is_some_and(|e| e.eq_ignore_ascii_case("parquet"));
        let mut table = if binary { parquet(path)? } else { ClinicalTable::read(path)? };
        self.summary.resources += table.rows_read();
        for (line, finding) in std::mem::take(&mut table.faults) {
            self.hold(line, &finding.path, finding.rule)?;
        }
        let of_omop = omop.then(|| omop::table_of(path)).flatten();
        let kind = |id: &str| -> Option<Column> {
            of_omop.map_or_else(|| study::kind(id), |table| omop::column(table, id))
        };
        let outcome = self.gate.table(&mut table, kind);
        for (line, findings) in &outcome.quarantined {
            for finding in findings {
                self.hold(*line, &finding.path, finding.rule)?;
            }
            // A row with two such ids is one row.
            self.summary.quarantined -= findings.len() - 1;
        }
        self.summary.transformed += outcome.transformed.len();
        self.summary.passed += table.rows.len() - outcome.transformed.len();
        for (column, rule, count, line) in &outcome.findings {
            *self.summary.rules.entry(rule.id).or_default() += count;
            self.report
                .tell_column(*line, column, rule, *count, Verdict::Transformed)
                .map_err(write_fault("the report"))?;
        }
        self.report.end().map_err(write_fault("the report"))
    }
}
