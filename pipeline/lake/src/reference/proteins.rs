//! What the transcripts translate to: compared with a file of proteins, and indexed.

use std::io;
use std::sync::Arc;

use vaxloom_genome::proteome::ProteinError;
use vaxloom_genome::reference::{
    Alphabet, ContigSequence, ProteinCheck, SequenceSource, Transcript, check_proteins, protein,
    read_fasta,
};
use vaxloom_genome::{Proteome, ProteomeBuilder, Quarantined};

use super::build::file_name;
use super::sequences::StoredSequences;
use super::{ProteomeOrigin, ReferenceError, SEQUENCE, Sources};

/// How the translations compare with the file of proteins.
#[derive(Default)]
pub(super) struct Check {
    pub(super) found: ProteinCheck,
    pub(super) warnings: Vec<String>,
}

/// Compares, where there is a file to compare with.
pub(super) fn compare(
    sources: &Sources,
    transcripts: &[Transcript],
    stored: &StoredSequences,
) -> Result<Check, ReferenceError> {
    let Some(path) = &sources.proteins else { return Ok(Check::default()) };
    let file = file_name(path);
    let records = read_fasta(path, &file, Alphabet::Residues)?;
    let found = check_proteins(transcripts, stored, &records).map_err(unreadable)?;
    let counted = [
        (found.differing.len(), "transcripts translate to another protein"),
        (found.missing, "coding transcripts have no protein in it"),
        (found.unknown, "of its proteins belong to no transcript"),
    ];
    let warnings = counted.iter().filter(|(count, _)| *count > 0);
    let warnings = warnings.map(|(count, words)| format!("{file}: {count} {words}")).collect();
    Ok(Check { found, warnings })
}

/// The proteins whose peptides are normal.
pub(super) struct Index {
    pub(super) proteome: Proteome,
    pub(super) origin: ProteomeOrigin,
    pub(super) refused: Vec<Quarantined>,
    pub(super) warnings: Vec<String>,
}

/// Indexes the proteome that was given, else the proteins, else the translations.
pub(super) fn index(
    sources: &Sources,
    transcripts: &[Transcript],
    stored: &StoredSequences,
) -> Result<Index, ReferenceError> {
    let given = [
        (&sources.proteome, ProteomeOrigin::Proteome),
        (&sources.proteins, ProteomeOrigin::Proteins),
    ];
    let given = given.into_iter().find_map(|(path, origin)| Some((path.as_ref()?, origin)));
    let Some((path, origin)) = given else {
        return translations(transcripts, stored);
    };
    let file = file_name(path);
    let (proteome, report) = Proteome::read_fasta(path, &file)?;
    check_species(&proteome, &file, transcripts, stored)?;
    let mut warnings = Vec::new();
    if let Some(first) = report.ambiguous.first() {
        warnings.push(format!(
            "{file}: {} identifiers stand over several proteins; all are kept (first: {first})",
            report.ambiguous.len()
        ));
    }
    Ok(Index { proteome, origin, refused: report.quarantined, warnings })
}

/// Transcripts whose proteins are looked for, and fewest that say anything.
const LOOKED_FOR: usize = 500;
const FEWEST: usize = 20;

/// Peptides from the middle of the transcripts' proteins are mostly in a proteome of the same species; in that of another most
/// are not, and every peptide of the patient's own proteins would be new to it.
fn check_species(
    proteome: &Proteome,
    file: &str,
    transcripts: &[Transcript],
    stored: &StoredSequences,
) -> Result<(), ReferenceError> {
    let coding: Vec<&Transcript> =
        transcripts.iter().filter(|made| !made.coding.is_empty()).collect();
    let step = coding.len().div_ceil(LOOKED_FOR).max(1);
    let (mut asked, mut found) = (0, 0);
    each_protein(coding.into_iter().step_by(step), stored, |_, residues| {
        let middle = residues.len() / 2;
        if let Some(peptide) = residues.get(middle.saturating_sub(6)..middle + 6) {
            asked += 1;
            found += usize::from(proteome.contains(peptide));
        }
        Ok(())
    })?;
    if asked >= FEWEST && 2 * found < asked {
        return Err(ReferenceError::Strangers {
            sequences: file.to_owned(),
            found: format!(
                "{found} of {asked} peptides from the middle of the transcripts' own proteins"
            ),
            expected: "most of them, as in the proteome of the same species".to_owned(),
        });
    }
    Ok(())
}

/// The protein of each transcript; empty where it has none.
fn each_protein<'t>(
    transcripts: impl Iterator<Item = &'t Transcript>,
    stored: &StoredSequences,
    mut told: impl FnMut(&'t Transcript, String) -> Result<(), ReferenceError>,
) -> Result<(), ReferenceError> {
    let mut open: Option<(&str, Option<Arc<ContigSequence>>)> = None;
    for transcript in transcripts {
        if open.as_ref().is_none_or(|(name, _)| *name != transcript.contig) {
            let contig = stored.contig(&transcript.contig).map_err(unreadable)?;
            open = Some((&transcript.contig, contig));
        }
        let contig = open.as_ref().and_then(|(_, contig)| contig.as_deref());
        let residues = contig.and_then(|contig| protein(transcript, contig)).unwrap_or_default();
        told(transcript, residues)?;
    }
    Ok(())
}

fn translations(
    transcripts: &[Transcript],
    stored: &StoredSequences,
) -> Result<Index, ReferenceError> {
    let mut builder = ProteomeBuilder::default();
    let (mut added, mut empty) = (0, 0);
    let coding = transcripts.iter().filter(|made| !made.coding.is_empty());
    each_protein(coding, stored, |transcript, residues| {
        let own = transcript.versioned_id();
        let name = transcript.protein_id.as_deref().unwrap_or(&own);
        match builder.add(name, Some(&transcript.gene), &residues) {
            Ok(_) => added += 1,
            Err(ProteinError::NoResidues) => empty += 1,
            Err(error) => return Err(unreadable(io::Error::other(format!("{own}: {error}")))),
        }
        Ok(())
    })?;
    let mut warnings = Vec::new();
    if added == 0 {
        warnings.push(
            "no transcript has a protein: every peptide is new to the index; give --proteome"
                .to_owned(),
        );
    }
    if empty > 0 {
        warnings.push(format!("{empty} coding transcripts have no codon, and no protein"));
    }
    let (origin, proteome) = (ProteomeOrigin::Translations, builder.build());
    Ok(Index { proteome, origin, refused: Vec::new(), warnings })
}

fn unreadable(source: io::Error) -> ReferenceError {
    ReferenceError::Unreadable { path: SEQUENCE.into(), source }
}
