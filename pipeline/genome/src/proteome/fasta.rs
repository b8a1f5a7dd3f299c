//! Reads the proteins of a FASTA file: Ensembl, GENCODE, UniProt, RefSeq; plain, gzip or bgzip.

use std::io;
use std::path::Path;

use super::header;
use super::{Added, END, ProteinError, Proteome, ProteomeBuilder, ProteomeError};
use crate::quarantine::Quarantined;
use crate::text;

/// What was in a file of proteins: `records = new + merged + repeated + quarantined`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ProteomeReport {
    /// Number of FASTA records.
    pub records: usize,
    /// Records with residues that none before them had.
    pub new: usize,
    /// Records with the residues of another, whose protein has one more name.
    pub merged: usize,
    /// Records with the identifier and the residues of another.
    pub repeated: usize,
    /// Identifiers that stand over different residues, sorted. Both proteins are kept.
    pub ambiguous: Vec<String>,
    /// Records that could not be used.
    pub quarantined: Vec<Quarantined>,
}

/// Rule, message and remedy.
const RESIDUE: [&str; 3] = [
    "proteome.residue",
    "a character that is not a letter; expected one-letter residues, and '*' for a stop",
    "write stops as '*' (`gffread -S`) and leave gaps and numbers out",
];
const IDENTIFIER: [&str; 3] = [
    "proteome.identifier",
    "a protein without an identifier; expected one directly after the '>'",
    "give the protein an identifier",
];
const EMPTY: [&str; 3] = [
    "proteome.empty",
    "a protein without residues",
    "take the record out, or download the file again",
];

/// A FASTA record.
struct Record {
    header: String,
    /// 1-based line of the header.
    line: i64,
    residues: String,
    /// 1-based line and column of the first character that is neither letter nor stop.
    strange: Option<(i64, usize)>,
}

impl Proteome {
    /// Reads the FASTA file at `path`, which messages and rows call `name`.
    ///
    /// Residues are taken as [`ProteomeBuilder::add`] takes them. A record without identifier or residues, or with
    /// a character that is no residue, is quarantined alone.
    pub fn read_fasta(path: &Path, name: &str) -> Result<(Self, ProteomeReport), ProteomeError> {
        let mut proteins = Proteins { file: name, ..Proteins::default() };
        proteins.read(path)?;
        let Proteins { builder, mut report, .. } = proteins;
        let file = name.to_owned();
        if builder.text.is_empty() {
            return Err(ProteomeError::NoProtein { file, refused: report.quarantined.len() });
        }
        if builder.text.bytes().all(|residue| b"ACGTUN*".contains(&residue)) {
            return Err(ProteomeError::Nucleotides { file });
        }
        report.ambiguous = builder.ambiguous();
        Ok((builder.build(), report))
    }
}

/// What has been read so far.
#[derive(Default)]
struct Proteins<'a> {
    file: &'a str,
    builder: ProteomeBuilder,
    report: ProteomeReport,
}

impl Proteins<'_> {
    fn read(&mut self, path: &Path) -> Result<(), ProteomeError> {
        let mut input = text::open(path).map_err(|source| failed(self.file, 1, source))?;
        let mut record: Option<Record> = None;
        let mut number = 0;
        while let Some(line) =
            text::next_line(&mut *input).map_err(|source| failed(self.file, number + 1, source))?
        {
            number += 1;
            if let Some(header) = line.strip_prefix(b">") {
                self.add(record.replace(Record::new(header, number)))?;
            } else if let Some(record) = &mut record {
                record.extend(line.trim_ascii_end(), number);
            } else if !line.trim_ascii().is_empty() {
                return Err(ProteomeError::NoHeader { file: self.file.to_owned(), line: number });
            }
        }
        self.add(record)
    }

    fn add(&mut self, record: Option<Record>) -> Result<(), ProteomeError> {
        let Some(record) = record else {
            return Ok(());
        };
        self.report.records += 1;
        if let Some((line, column)) = record.strange {
            self.refuse(line, &format!("column {column}"), &RESIDUE);
            return Ok(());
        }
        let header = header::parse(&record.header);
        match self.builder.add(header.identifier, header.gene, &record.residues) {
            Ok(Added::New) => self.report.new += 1,
            Ok(Added::Merged) => self.report.merged += 1,
            Ok(Added::Repeated) => self.report.repeated += 1,
            Err(ProteinError::NoIdentifier) => self.refuse(record.line, "header", &IDENTIFIER),
            Err(ProteinError::NoResidues) => self.refuse(record.line, "residues", &EMPTY),
            Err(ProteinError::NotALetter { .. }) => self.refuse(record.line, "residues", &RESIDUE),
            Err(ProteinError::Full) => {
                let file = self.file.to_owned();
                return Err(ProteomeError::TooLarge { file, line: record.line });
            }
        }
        Ok(())
    }

    fn refuse(&mut self, line: i64, path: &str, [rule, message, remedy]: &[&str; 3]) {
        self.report.quarantined.push(Quarantined {
            stage: "proteome".to_owned(),
            patient_id: None,
            source_file: self.file.to_owned(),
            source_line: line,
            path: path.to_owned(),
            rule: (*rule).to_owned(),
            message: (*message).to_owned(),
            remedy: (*remedy).to_owned(),
        });
    }
}

impl Record {
    fn new(header: &[u8], line: i64) -> Self {
        let header = String::from_utf8_lossy(header).into_owned();
        Self { header, line, residues: String::new(), strange: None }
    }

    fn extend(&mut self, residues: &[u8], line: i64) {
        let strange = |byte: &u8| !byte.is_ascii_alphabetic() && *byte != END;
        match residues.iter().position(strange) {
            None => self.residues.extend(residues.iter().copied().map(char::from)),
            Some(at) => self.strange = self.strange.or(Some((line, at + 1))),
        }
    }
}

fn failed(file: &str, line: i64, source: io::Error) -> ProteomeError {
    let file = file.to_owned();
    match source.kind() {
        io::ErrorKind::NotFound => ProteomeError::Missing { file },
        io::ErrorKind::UnexpectedEof => ProteomeError::Truncated { file },
        _ => ProteomeError::Unreadable { file, line, source },
    }
}
