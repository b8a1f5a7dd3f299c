//! What the proteins of normal cells are.

use std::path::Path;

use vaxloom_genome::Proteome;
use vaxloom_lake::reference;

/// Of a FASTA file, or of a folder that `vaxloom reference build` made.
pub(crate) fn read(path: &Path) -> anyhow::Result<Proteome> {
    let name = path.display().to_string();
    if path.is_dir() {
        return Ok(reference::open_proteome(path)?);
    }
    let (proteome, report) = Proteome::read_fasta(path, &name)?;
    if let Some(first) = report.quarantined.first() {
        tracing::warn!(
            "{name}: {} of {} proteins cannot be used, the first in line {}: {}; {}",
            report.quarantined.len(),
            report.records,
            first.source_line,
            first.message,
            first.remedy
        );
    }
    Ok(proteome)
}
