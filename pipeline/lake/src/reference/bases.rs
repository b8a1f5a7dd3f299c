//! Lays bases under the transcripts: a genome's contigs, or the transcripts' own sequences.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::path::{Path, PathBuf};

use vaxloom_genome::Quarantined;
use vaxloom_genome::reference::{
    Alphabet, Annotation, ContigNames, ContigSequence, FastaRecord, Transcript, lay_cdna,
    read_fasta, read_genome, slice_name, visit_names,
};

use super::build::file_name;
use super::sequences::SequenceWriter;
use super::{Mode, ReferenceError, Sources};

/// Names of a FASTA that are looked at to tell a genome from transcripts.
const NAMES: usize = 1000;

/// The annotation's transcripts that have bases under them.
pub(super) struct Laid {
    pub(super) mode: Mode,
    /// Contigs are named as in the sequences; by contig, position and identifier.
    pub(super) transcripts: Vec<Transcript>,
    pub(super) without_sequence: usize,
    pub(super) ambiguous: u64,
    pub(super) conflicting: u64,
    pub(super) refused: Vec<Quarantined>,
    pub(super) warnings: Vec<String>,
}

/// Writes the bases to `writer`.
pub(super) fn lay(
    sources: &Sources,
    annotation: Annotation,
    writer: &mut SequenceWriter,
) -> Result<Laid, ReferenceError> {
    match &sources.fasta {
        Some(fasta) if holds_transcripts(fasta, &annotation)? => {
            transcripts(std::slice::from_ref(fasta), annotation, writer)
        }
        Some(fasta) => genome(fasta, annotation, writer),
        None => transcripts(&sources.cdna, annotation, writer),
    }
}

/// Whether the records are the annotation's transcripts and not its contigs: the first name that is either decides.
fn holds_transcripts(fasta: &Path, annotation: &Annotation) -> Result<bool, ReferenceError> {
    let contigs = ContigNames::new(annotation.contigs.iter().cloned());
    let transcripts: HashSet<&str> =
        annotation.transcripts.iter().map(|transcript| transcript.id.as_str()).collect();
    let (mut found, mut seen) = (false, 0);
    visit_names(fasta, &file_name(fasta), |name| {
        let id = name.split('|').next().unwrap_or(name);
        let unversioned = id.rsplit_once('.').map_or(id, |(id, _)| id);
        let contig = contigs.resolve(name).is_some() || slice(name, &contigs).is_some();
        found = !contig && (transcripts.contains(id) || transcripts.contains(unversioned));
        seen += 1;
        !contig && !found && seen < NAMES
    })?;
    Ok(found)
}

/// A genome, one contig in memory at a time.
fn genome(
    fasta: &Path,
    annotation: Annotation,
    writer: &mut SequenceWriter,
) -> Result<Laid, ReferenceError> {
    let file = file_name(fasta);
    let annotated = ContigNames::new(annotation.contigs.iter().cloned());
    let mut written: Vec<(String, Option<u32>)> = Vec::new();
    let mut names = HashSet::new();
    let counts = read_genome(fasta, &file, |record, sequence| {
        let (name, sequence) = placed(record, sequence, &annotated);
        if !names.insert(name.to_owned()) {
            return Err(ReferenceError::ContigTwice {
                file: file.clone(),
                name: record.to_owned(),
                contig: name.to_owned(),
            });
        }
        written.push((name.to_owned(), sequence.length()));
        writer.add(name, &sequence)
    })?;
    let (mut kept, mut refused, mut absent) = (Vec::new(), annotation.refused, BTreeSet::new());
    let lengths: HashMap<&str, Option<u32>> =
        written.iter().map(|(name, length)| (name.as_str(), *length)).collect();
    let known = ContigNames::new(written.iter().cloned());
    let total = annotation.transcripts.len();
    for mut transcript in annotation.transcripts {
        let Some(name) = known.resolve(&transcript.contig) else {
            absent.insert(transcript.contig);
            continue;
        };
        name.clone_into(&mut transcript.contig);
        match lengths.get(name).copied().flatten() {
            Some(length) if transcript.interval.end > length => {
                refused.push(past_the_end(&transcript, length, &file));
            }
            _ => kept.push(transcript),
        }
    }
    if kept.is_empty() {
        return Err(strangers(&file, &written, &annotation.contigs));
    }
    let mut warnings = annotation.warnings;
    let past = refused.iter().filter(|row| row.rule == PAST_THE_END).count();
    let without_sequence = total - kept.len() - past;
    if without_sequence > 0 {
        warnings.push(format!(
            "{without_sequence} transcripts are of contigs that {file} lacks, and were left out ({})",
            shown(absent.iter().map(String::as_str))
        ));
    }
    Ok(Laid {
        mode: Mode::Genome,
        transcripts: kept,
        without_sequence,
        ambiguous: counts.ambiguous,
        conflicting: 0,
        refused,
        warnings,
    })
}

/// The name and the place of a record: `1:2342-5000` is a slice where the annotation speaks of contig `1`.
fn placed<'a>(
    record: &'a str,
    sequence: ContigSequence,
    annotated: &ContigNames,
) -> (&'a str, ContigSequence) {
    match slice(record, annotated) {
        Some((contig, start, bases)) if sequence.length() == Some(bases) => {
            (contig, sequence.moved_to(start))
        }
        _ => (record, sequence),
    }
}

/// Contig, first base and number of bases.
fn slice<'a>(record: &'a str, annotated: &ContigNames) -> Option<(&'a str, u32, u32)> {
    let (contig, interval) = slice_name(record)?;
    let slice = annotated.resolve(record).is_none() && annotated.resolve(contig).is_some();
    slice.then(|| (contig, interval.start, interval.len()))
}

const PAST_THE_END: &str = "reference.position";

fn past_the_end(transcript: &Transcript, length: u32, file: &str) -> Quarantined {
    Quarantined {
        stage: "reference".to_owned(),
        patient_id: None,
        source_file: file.to_owned(),
        source_line: 0,
        path: transcript.versioned_id(),
        rule: PAST_THE_END.to_owned(),
        message: format!(
            "the transcript ends at {}; contig {} ends at {length}",
            transcript.interval.end, transcript.contig
        ),
        remedy: "take sequences and annotation of one assembly".to_owned(),
    }
}

/// The transcripts' own sequences.
fn transcripts(
    cdna: &[PathBuf],
    annotation: Annotation,
    writer: &mut SequenceWriter,
) -> Result<Laid, ReferenceError> {
    let files: Vec<String> = cdna.iter().map(|path| file_name(path)).collect();
    let mut records: Vec<FastaRecord> = Vec::new();
    for (path, name) in cdna.iter().zip(&files) {
        records.extend(read_fasta(path, name, Alphabet::Bases)?);
    }
    let file = files.join(", ");
    let first = records.first().map(|record| record.id.clone()).unwrap_or_default();
    let laid = lay_cdna(&annotation.transcripts, &annotation.contigs, records, &file);
    if laid.on_exons + laid.on_coding == 0 {
        return Err(ReferenceError::Strangers {
            sequences: file,
            found: format!("no sequence that fits a transcript (the first is {first})"),
            expected: format!(
                "transcripts of the annotation, such as {}",
                annotation.transcripts.first().map(Transcript::versioned_id).unwrap_or_default()
            ),
        });
    }
    for (name, sequence) in &laid.contigs {
        writer.add(name, sequence)?;
    }
    let total = annotation.transcripts.len();
    // What does not code needs no bases to be told; but it needs a contig.
    let kept: Vec<Transcript> = annotation
        .transcripts
        .into_iter()
        .zip(&laid.known)
        .filter(|(made, known)| {
            **known || made.coding.is_empty() && laid.contigs.contains_key(&made.contig)
        })
        .map(|(made, _)| made)
        .collect();
    let without_sequence = total - kept.len();
    let mut warnings = annotation.warnings;
    let counted = [
        (without_sequence as u64, "transcripts have no sequence, and were left out"),
        (laid.unknown as u64, "sequences belong to no transcript of the annotation"),
        (laid.conflicts, "bases of transcripts contradict those of another; the first holds"),
    ];
    warnings.extend(
        counted
            .iter()
            .filter(|(count, _)| *count > 0)
            .map(|(count, words)| format!("{file}: {count} {words}")),
    );
    let mut refused = annotation.refused;
    refused.extend(laid.refused);
    Ok(Laid {
        mode: Mode::Transcripts,
        transcripts: kept,
        without_sequence,
        ambiguous: 0,
        conflicting: laid.conflicts,
        refused,
        warnings,
    })
}

fn strangers(
    file: &str,
    found: &[(String, Option<u32>)],
    expected: &[(String, Option<u32>)],
) -> ReferenceError {
    let names =
        |contigs: &[(String, Option<u32>)]| shown(contigs.iter().map(|(name, _)| name.as_str()));
    ReferenceError::Strangers {
        sequences: file.to_owned(),
        found: format!("no transcript lies within its records ({})", names(found)),
        expected: format!("contigs or transcripts of the annotation ({})", names(expected)),
    }
}

/// The first few names.
fn shown<'a>(names: impl Iterator<Item = &'a str>) -> String {
    let mut names: Vec<&str> = names.take(6).collect();
    if names.len() == 6 {
        names[5] = "...";
    }
    names.join(", ")
}
