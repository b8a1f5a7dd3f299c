//! A reference without a genome: the transcripts' own sequences, laid onto their exons.

use std::collections::{BTreeMap, HashMap};

use super::annotation::split_version;
use super::fasta::FastaRecord;
use super::translate::reverse_complement;
use super::{ContigSequence, Interval, Strand, Transcript};
use crate::Quarantined;

/// The bases that transcripts' sequences give.
#[derive(Clone, Debug, Default)]
pub struct Laid {
    /// By the annotation's name of the contig: what is known of it.
    pub contigs: BTreeMap<String, ContigSequence>,
    /// Whether the sequence of each transcript was found, in the order given.
    pub known: Vec<bool>,
    /// Transcripts whose exons are known.
    pub on_exons: usize,
    /// Transcripts of which the coding sequence alone is known.
    pub on_coding: usize,
    /// Transcripts without a sequence, the refused ones left aside.
    pub missing: usize,
    /// Sequences of transcripts that the annotation lacks.
    pub unknown: usize,
    /// Bases at which a transcript's sequence differs from what another gave before (by contig and position).
    pub conflicts: u64,
    /// Sequences that do not fit their transcript.
    pub refused: Vec<Quarantined>,
}

/// Lays each sequence onto the exons of its transcript, or onto its coding sequence where the length is that one's.
///
/// `contigs` gives the contigs' lengths where they are known, `file` names the sequences' file in rows of the quarantine.
/// Versions must agree where both files have them. Where sequences contradict each other, the first transcript holds.
pub fn lay_cdna(
    transcripts: &[Transcript],
    contigs: &[(String, Option<u32>)],
    cdna: impl IntoIterator<Item = FastaRecord>,
    file: &str,
) -> Laid {
    let mut laid = Laid::default();
    let mut by_id: HashMap<&str, Vec<usize>> = HashMap::with_capacity(transcripts.len());
    for (at, transcript) in transcripts.iter().enumerate() {
        by_id.entry(&transcript.id).or_default().push(at);
    }
    let mut sequences: Vec<Option<Vec<u8>>> = vec![None; transcripts.len()];
    let mut refused = vec![false; transcripts.len()];
    for record in cdna {
        let (id, version) = split_version(&record.id);
        let Some(places) = by_id.get(id).or_else(|| by_id.get(record.id.as_str())) else {
            laid.unknown += 1;
            continue;
        };
        for &at in places {
            match fits(&transcripts[at], version, record.sequence.len()) {
                Ok(()) => sequences[at] = Some(record.sequence.clone()),
                Err(message) => {
                    refused[at] = true;
                    laid.refused.push(refusal(file, &record, message));
                }
            }
        }
    }
    for (at, (transcript, sequence)) in transcripts.iter().zip(&sequences).enumerate() {
        match sequence {
            Some(bases) if bases.len() == length(transcript.exons.iter().copied()) => {
                laid.on_exons += 1;
            }
            Some(_) => laid.on_coding += 1,
            None => laid.missing += usize::from(!refused[at]),
        }
    }
    laid.known = sequences.iter().map(Option::is_some).collect();
    laid.contigs = contig_sequences(transcripts, contigs, &sequences);
    laid.conflicts = transcripts
        .iter()
        .zip(&sequences)
        .filter_map(|(transcript, bases)| {
            Some((laid.contigs.get(&transcript.contig)?, pieces(transcript, bases.as_ref()?)))
        })
        .map(|(contig, pieces)| pieces.iter().map(|piece| conflicts(contig, piece)).sum::<u64>())
        .sum();
    laid
}

fn contig_sequences(
    transcripts: &[Transcript],
    contigs: &[(String, Option<u32>)],
    sequences: &[Option<Vec<u8>>],
) -> BTreeMap<String, ContigSequence> {
    let mut known: BTreeMap<&str, Vec<(u32, Vec<u8>)>> = BTreeMap::new();
    for (transcript, sequence) in transcripts.iter().zip(sequences) {
        if let Some(bases) = sequence {
            known.entry(&transcript.contig).or_default().extend(pieces(transcript, bases));
        }
    }
    let lengths: HashMap<&str, u32> =
        contigs.iter().filter_map(|(name, length)| Some((name.as_str(), (*length)?))).collect();
    known
        .into_iter()
        .map(|(contig, pieces)| {
            let length = lengths.get(contig).copied();
            (contig.to_owned(), ContigSequence::from_pieces(length, pieces))
        })
        .collect()
}

/// Why a sequence is not the transcript's, if it is not.
fn fits(transcript: &Transcript, version: Option<&str>, bases: usize) -> Result<(), String> {
    let id = transcript.versioned_id();
    if let (Some(annotated), Some(found)) = (transcript.version.as_deref(), version)
        && annotated != found
    {
        return Err(format!("{id}: the sequence is of version {found}"));
    }
    let exons = length(transcript.exons.iter().copied());
    let coding = length(transcript.coding.iter().map(|part| part.interval));
    if bases == exons || bases == coding {
        return Ok(());
    }
    Err(format!(
        "{id}: {bases} bases; expected {exons}, as the exons have, or {coding}, as the coding sequence has"
    ))
}

fn refusal(file: &str, record: &FastaRecord, message: String) -> Quarantined {
    Quarantined {
        stage: "reference".to_owned(),
        patient_id: None,
        source_file: file.to_owned(),
        source_line: record.line as i64,
        path: record.id.clone(),
        rule: "cdna.transcript".to_owned(),
        message,
        remedy: "take annotation and sequences of one release".to_owned(),
    }
}

fn length(intervals: impl Iterator<Item = Interval>) -> usize {
    intervals.map(|interval| interval.len() as usize).sum()
}

/// The sequence cut at the transcript's introns, each piece with the position of its first base on the contig.
fn pieces(transcript: &Transcript, bases: &[u8]) -> Vec<(u32, Vec<u8>)> {
    let turned = match transcript.strand {
        Strand::Forward => bases.to_vec(),
        Strand::Reverse => reverse_complement(bases),
    };
    let coding = || transcript.coding.iter().map(|part| part.interval).collect();
    let whole = bases.len() == length(transcript.exons.iter().copied());
    let intervals: Vec<Interval> = if whole { transcript.exons.clone() } else { coding() };
    let mut rest = turned.as_slice();
    intervals
        .into_iter()
        .map_while(|interval| {
            let (piece, after) = rest.split_at_checked(interval.len() as usize)?;
            rest = after;
            Some((interval.start, piece.to_vec()))
        })
        .collect()
}

fn conflicts(contig: &ContigSequence, (start, bases): &(u32, Vec<u8>)) -> u64 {
    let start = i64::from(*start);
    let known = contig.bases(start, start + bases.len() as i64 - 1);
    known.iter().zip(bases).filter(|(known, base)| !known.eq_ignore_ascii_case(base)).count() as u64
}
