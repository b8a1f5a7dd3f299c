//! Epitopes that T cells are known to answer.

use std::path::Path;

use anyhow::bail;

use crate::sequences::sequences;

/// Of a FASTA file, or of a file with one a line; plain or gzip.
pub(crate) fn read(path: &Path) -> anyhow::Result<Vec<String>> {
    let mut epitopes = Vec::new();
    for sequence in sequences(path)? {
        if let Some(odd) = sequence.letters.chars().find(|c| !c.is_ascii_alphabetic()) {
            bail!(
                "{}, line {}: {odd:?} is no residue; expected one epitope a line, or FASTA",
                path.display(),
                sequence.line
            );
        }
        epitopes.push(sequence.letters.to_uppercase());
    }
    epitopes.sort_unstable();
    epitopes.dedup();
    Ok(epitopes)
}
