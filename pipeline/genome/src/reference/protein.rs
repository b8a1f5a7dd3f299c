//! The protein of a transcript, and its agreement with a file of proteins.

use std::collections::HashMap;
use std::io;

use super::annotation::split_version;
use super::fasta::FastaRecord;
use super::translate::{GeneticCode, reverse_complement, translate};
use super::{ContigSequence, SequenceSource, Strand, Transcript};

/// The bases of the coding sequence in the direction of translation, stop codon included; none for a transcript without.
pub fn coding_bases(transcript: &Transcript, contig: &ContigSequence) -> Vec<u8> {
    let mut bases = Vec::new();
    for part in &transcript.coding {
        bases.extend(contig.bases(i64::from(part.interval.start), i64::from(part.interval.end)));
    }
    match transcript.strand {
        Strand::Forward => bases,
        Strand::Reverse => reverse_complement(&bases),
    }
}

/// The protein, without the stop at its end; a stop within is `*`. Where the annotation begins within a codon, `X` stands
/// for that one, as in Ensembl's files. A codon that is incomplete at the end gives none. `None` for a transcript without
/// coding sequence.
pub fn protein(transcript: &Transcript, contig: &ContigSequence) -> Option<String> {
    let mut protein = residues(transcript, &coding_bases(transcript, contig))?;
    if protein.ends_with('*') {
        protein.pop();
    }
    Some(protein)
}

fn residues(transcript: &Transcript, bases: &[u8]) -> Option<String> {
    let phase = first_phase(transcript)?;
    let code = GeneticCode::of(transcript.mitochondrial);
    let mut protein = String::from(if phase > 0 { "X" } else { "" });
    protein += &translate(bases.get(phase..).unwrap_or_default(), code);
    let lead = usize::from(phase > 0);
    for first in &transcript.selenocysteines {
        let offset = offset(transcript, *first).and_then(|offset| offset.checked_sub(phase));
        let at = offset.filter(|offset| offset % 3 == 0).map(|offset| offset / 3 + lead);
        if let Some(at) = at.filter(|at| protein.as_bytes().get(*at) == Some(&b'*')) {
            protein.replace_range(at..=at, "U");
        }
    }
    Some(protein)
}

fn first_phase(transcript: &Transcript) -> Option<usize> {
    let first = match transcript.strand {
        Strand::Forward => transcript.coding.first(),
        Strand::Reverse => transcript.coding.last(),
    };
    first.map(|part| usize::from(part.phase.unwrap_or(0)))
}

/// Number of coding bases before `position`, in the direction of translation.
fn offset(transcript: &Transcript, position: u32) -> Option<usize> {
    let mut before = 0;
    let mut parts: Vec<_> = transcript.coding.iter().map(|part| part.interval).collect();
    if transcript.strand == Strand::Reverse {
        parts.reverse();
    }
    for part in parts {
        if part.contains(position) {
            let within = match transcript.strand {
                Strand::Forward => position - part.start,
                Strand::Reverse => part.end - position,
            };
            return Some(before + within as usize);
        }
        before += part.len() as usize;
    }
    None
}

/// How a file of proteins compares with what the transcripts translate to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ProteinCheck {
    /// Transcripts whose protein is that of the file.
    pub same: usize,
    /// Of these, those that the file begins with M at a codon of another residue.
    pub other_start: usize,
    /// Transcripts with another protein.
    pub differing: Vec<ProteinDifference>,
    /// Transcripts with a coding sequence and without protein in the file.
    pub missing: usize,
    /// Proteins that belong to no transcript.
    pub unknown: usize,
}

/// A protein of the file that its transcript does not translate to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProteinDifference {
    /// Transcript, with version.
    pub transcript: String,
    /// Identifier of the protein in the file.
    pub protein: String,
    /// First residue that differs, 1-based.
    pub position: usize,
    /// The transcript's residue there; `None` past its end.
    pub translated: Option<char>,
    /// The file's residue there; `None` past its end.
    pub expected: Option<char>,
}

/// Compares proteins of a file with the translations. A protein belongs to the transcript that its header names
/// (`transcript:ENST...`), to the one that names it, or to the one of its own name.
pub fn check_proteins(
    transcripts: &[Transcript],
    sequences: &dyn SequenceSource,
    proteins: &[FastaRecord],
) -> io::Result<ProteinCheck> {
    let mut names: HashMap<&str, usize> = HashMap::with_capacity(proteins.len() * 2);
    for (at, record) in proteins.iter().enumerate() {
        let named = record.description.split(' ').find_map(|word| word.strip_prefix("transcript:"));
        for name in [Some(record.id.as_str()), named].into_iter().flatten() {
            names.insert(split_version(name).0, at);
        }
    }
    let mut check = ProteinCheck::default();
    let mut used = vec![false; proteins.len()];
    let mut open: Option<(&str, Option<std::sync::Arc<ContigSequence>>)> = None;
    for transcript in transcripts.iter().filter(|transcript| !transcript.coding.is_empty()) {
        let own = transcript.protein_id.as_deref().map(|id| split_version(id).0);
        let found = names.get(transcript.id.as_str()).or_else(|| names.get(own?));
        let Some(&at) = found else {
            check.missing += 1;
            continue;
        };
        used[at] = true;
        if open.as_ref().is_none_or(|(name, _)| *name != transcript.contig) {
            open = Some((&transcript.contig, sequences.contig(&transcript.contig)?));
        }
        let nothing = ContigSequence::default();
        let contig = open.as_ref().and_then(|(_, contig)| contig.as_deref()).unwrap_or(&nothing);
        compare(transcript, contig, &proteins[at], &mut check);
    }
    check.unknown = used.iter().filter(|used| !**used).count();
    Ok(check)
}

fn compare(
    transcript: &Transcript,
    contig: &ContigSequence,
    record: &FastaRecord,
    check: &mut ProteinCheck,
) {
    let bases = coding_bases(transcript, contig);
    let mut translated = protein(transcript, contig).unwrap_or_default().into_bytes();
    let expected = record.sequence.strip_suffix(b"*").unwrap_or(&record.sequence);
    // Two bases at the end can tell a residue (GCN is alanine); Ensembl's files have it.
    if expected.len() == translated.len() + 1 {
        let over = bases.len().saturating_sub(first_phase(transcript).unwrap_or(0)) % 3;
        translated.extend(certain(
            &bases[bases.len() - over..],
            GeneticCode::of(transcript.mitochondrial),
        ));
    }
    let first = (0..translated.len().max(expected.len()))
        .find(|at| translated.get(*at) != expected.get(*at));
    let started = first == Some(0)
        && expected.first() == Some(&b'M')
        && translated.len() == expected.len()
        && translated[1..] == expected[1..];
    match first.filter(|_| !started) {
        None => {
            check.same += 1;
            check.other_start += usize::from(started);
        }
        Some(at) => check.differing.push(ProteinDifference {
            transcript: transcript.versioned_id(),
            protein: record.id.clone(),
            position: at + 1,
            translated: translated.get(at).map(|residue| char::from(*residue)),
            expected: expected.get(at).map(|residue| char::from(*residue)),
        }),
    }
}

/// The residue of two bases whatever the third is, if it is always the same.
fn certain(bases: &[u8], code: GeneticCode) -> Option<u8> {
    let &[first, second] = bases else { return None };
    let residue = code.residue([first, second, b'A']);
    let same = b"CGT".iter().all(|third| code.residue([first, second, *third]) == residue);
    same.then_some(residue)
}
