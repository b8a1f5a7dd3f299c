//! Reads FASTA files: genomes one contig at a time, transcripts and proteins record by record.

use std::collections::HashSet;
use std::io::{self, BufRead};
use std::path::Path;

use thiserror::Error;

use super::ContigSequence;
use crate::text;

/// Why a FASTA file cannot be used.
#[derive(Debug, Error)]
pub enum FastaError {
    /// No such file.
    #[error("{file}: there is no such file; check the path of the FASTA file")]
    Missing {
        /// Name of the file.
        file: String,
    },
    /// The file ends within its compressed data.
    #[error("{file}: the compressed file is truncated; download or copy it again")]
    Truncated {
        /// Name of the file.
        file: String,
    },
    /// Reading failed.
    #[error("{file}: cannot be read near line {line}: {source}")]
    Unreadable {
        /// Name of the file.
        file: String,
        /// The line that was being read.
        line: u64,
        /// What the system said.
        source: io::Error,
    },
    /// Nothing in it.
    #[error("{file}: the file has no sequence; expected FASTA, a line >NAME and lines of letters")]
    Empty {
        /// Name of the file.
        file: String,
    },
    /// Something else than FASTA.
    #[error("{file}, line {line}: {found}; expected {expected}")]
    Line {
        /// Name of the file.
        file: String,
        /// 1-based line.
        line: u64,
        /// What was found.
        found: String,
        /// What was expected, and what to do.
        expected: &'static str,
    },
}

/// Numbers of a genome.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct GenomeCounts {
    /// Contigs.
    pub contigs: usize,
    /// Bases, `N` included.
    pub bases: u64,
    /// Bases that stood for several (IUPAC codes other than `N`), and are `N` now.
    pub ambiguous: u64,
}

/// One sequence of a file of transcripts or proteins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FastaRecord {
    /// First word of the header, up to GENCODE's `|`.
    pub id: String,
    /// The rest of the header.
    pub description: String,
    /// 1-based line of the header.
    pub line: u64,
    /// Bases or residues, upper case.
    pub sequence: Vec<u8>,
}

/// What the letters stand for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Alphabet {
    /// Bases and IUPAC's codes for several bases; `U` is read as `T`, and what is none of A, C, G and T as `N`.
    Bases,
    /// Residues, and `*`.
    Residues,
}

/// Reads the genome at `path`, plain, gzip or bgzip, which messages call `name`, and hands each contig to `each`, named by
/// the first word of its header. Only one contig is in memory.
pub fn read_genome<E: From<FastaError>>(
    path: &Path,
    name: &str,
    mut each: impl FnMut(&str, ContigSequence) -> Result<(), E>,
) -> Result<GenomeCounts, E> {
    let mut counts = GenomeCounts::default();
    let ambiguous = read_records(path, name, Alphabet::Bases, |header, line, bases| {
        if u32::try_from(bases.len()).is_err() {
            let found = format!("{} has more than {} bases", first_word(header), u32::MAX);
            let expected = "contigs whose positions fit VCF";
            return Err(FastaError::Line { file: name.to_owned(), line, found, expected }.into());
        }
        counts.contigs += 1;
        counts.bases += bases.len() as u64;
        each(first_word(header), ContigSequence::whole(bases))
    })?;
    Ok(GenomeCounts { ambiguous, ..counts })
}

/// Reads a file of transcripts or proteins.
pub fn read_fasta(
    path: &Path,
    name: &str,
    alphabet: Alphabet,
) -> Result<Vec<FastaRecord>, FastaError> {
    let mut records = Vec::new();
    read_records(path, name, alphabet, |header, line, sequence| {
        let word = first_word(header);
        records.push(FastaRecord {
            id: word.split('|').next().unwrap_or(word).to_owned(),
            description: header[word.len()..].trim().to_owned(),
            line,
            sequence,
        });
        Ok::<_, FastaError>(())
    })?;
    Ok(records)
}

pub(super) fn first_word(header: &str) -> &str {
    header.split_ascii_whitespace().next().unwrap_or_default()
}

/// A sequence that is being read: header without `>`, its line, letters.
type Open = (String, u64, Vec<u8>);

/// Hands every record to `each`, one at a time: header without `>`, 1-based line, letters in upper case. Gives the number of
/// letters that stood for several bases.
pub fn read_records<E: From<FastaError>>(
    path: &Path,
    file: &str,
    alphabet: Alphabet,
    mut each: impl FnMut(&str, u64, Vec<u8>) -> Result<(), E>,
) -> Result<u64, E> {
    let mut input = text::open(path).map_err(|source| failed(file, 1, source))?;
    let mut names = HashSet::new();
    let mut open: Option<Open> = None;
    let (mut number, mut ambiguous) = (0, 0);
    let mut bytes = Vec::new();
    let wrong = |line, found: String, expected| FastaError::Line {
        file: file.to_owned(),
        line,
        found,
        expected,
    };
    let mut close = |open: Option<Open>| match open {
        Some((header, line, letters)) if letters.is_empty() => {
            let found = format!("{} has no sequence", first_word(&header));
            Err(wrong(line, found, "lines of letters after each >NAME; the file may be cut short")
                .into())
        }
        Some((header, line, letters)) => each(&header, line, letters),
        None => Ok(()),
    };
    loop {
        bytes.clear();
        let read = input.read_until(b'\n', &mut bytes);
        if read.map_err(|source| failed(file, number + 1, source))? == 0 {
            break;
        }
        number += 1;
        let line = bytes.trim_ascii();
        if let Some(header) = line.strip_prefix(b">") {
            close(open.take())?;
            let header = String::from_utf8_lossy(header).trim().to_owned();
            let name = first_word(&header);
            if name.is_empty() {
                return Err(wrong(number, "a header without name".to_owned(), ">NAME").into());
            }
            if !names.insert(name.to_owned()) {
                let found = format!("{name} is there twice");
                return Err(wrong(number, found, "each name once; take one of them out").into());
            }
            open = Some((header, number, Vec::new()));
        } else if let Some((_, _, letters)) = &mut open {
            ambiguous += append(letters, line, alphabet).map_err(|byte| {
                let found = format!("the byte {:?}", char::from(byte));
                let expected = match alphabet {
                    Alphabet::Bases => "bases (IUPAC codes)",
                    Alphabet::Residues => "residues (IUPAC codes) and *",
                };
                wrong(number, found, expected)
            })?;
        } else if !line.is_empty() {
            let found = "text before the first >".to_owned();
            return Err(wrong(number, found, "FASTA, which begins with >NAME").into());
        }
    }
    if names.is_empty() {
        return Err(FastaError::Empty { file: file.to_owned() }.into());
    }
    close(open)?;
    Ok(ambiguous)
}

/// Adds the letters of a line; gives the number of those that stand for several bases, or the byte that is no letter.
fn append(letters: &mut Vec<u8>, line: &[u8], alphabet: Alphabet) -> Result<u64, u8> {
    if alphabet == Alphabet::Residues {
        if let Some(byte) = line.iter().find(|byte| !byte.is_ascii_alphabetic() && **byte != b'*') {
            return Err(*byte);
        }
        letters.extend(line.iter().map(u8::to_ascii_uppercase));
        return Ok(0);
    }
    let from = letters.len();
    letters.extend(line.iter().map(|byte| BASES[usize::from(*byte)]));
    let added = &mut letters[from..];
    if let Some(at) = added.iter().position(|base| *base == 0) {
        return Err(line[at]);
    }
    let ambiguous: u64 = added.iter().map(|base| u64::from(*base == SEVERAL)).sum();
    if ambiguous > 0 {
        added.make_ascii_uppercase();
    }
    Ok(ambiguous)
}

/// `N` that stands for IUPAC's codes for several bases, until it is counted.
const SEVERAL: u8 = b'n';

/// The base of each byte; 0 for what is none.
const BASES: [u8; 256] = {
    let mut table = [0; 256];
    let mut letters: &[u8] = b"ACGTUNRYSWKMBDHV";
    while let [letter, rest @ ..] = letters {
        let base = match *letter {
            base @ (b'A' | b'C' | b'G' | b'T' | b'N') => base,
            b'U' => b'T',
            _ => SEVERAL,
        };
        table[*letter as usize] = base;
        table[letter.to_ascii_lowercase() as usize] = base;
        letters = rest;
    }
    table
};

pub(super) fn failed(file: &str, line: u64, source: io::Error) -> FastaError {
    let file = file.to_owned();
    match source.kind() {
        io::ErrorKind::NotFound => FastaError::Missing { file },
        io::ErrorKind::UnexpectedEof => FastaError::Truncated { file },
        _ => FastaError::Unreadable { file, line, source },
    }
}

#[cfg(test)]
mod tests;
