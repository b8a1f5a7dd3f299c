//! Why an annotation, a line of it or a transcript cannot be used, and what is worth a word.

use std::collections::BTreeMap;
use std::io;

use thiserror::Error;

use crate::Quarantined;

/// Why an annotation cannot be used as a whole.
#[derive(Debug, Error)]
pub enum AnnotationError {
    /// No such file.
    #[error("{file}: there is no such file; check the path of the annotation (GFF3 or GTF)")]
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
        line: i64,
        /// What the system said.
        source: io::Error,
    },
    /// Nothing but comments, or nothing at all.
    #[error(
        "{file}: there is no feature in its {lines} lines; expected an annotation in GFF3 or GTF, nine columns parted by tabs"
    )]
    Empty {
        /// Name of the file.
        file: String,
        /// Number of lines.
        lines: i64,
    },
    /// No transcript is left.
    #[error(
        "{file}: no transcript can be used; found {found}; expected transcripts with exons or coding sequences, in GFF3 (ID, Parent) or GTF (transcript_id)"
    )]
    NoTranscripts {
        /// Name of the file.
        file: String,
        /// The types of features with their numbers, and the first refusal.
        found: String,
    },
}

pub(super) fn failed(file: &str, line: i64, source: io::Error) -> AnnotationError {
    let file = file.to_owned();
    match source.kind() {
        io::ErrorKind::NotFound => AnnotationError::Missing { file },
        io::ErrorKind::UnexpectedEof => AnnotationError::Truncated { file },
        _ => AnnotationError::Unreadable { file, line, source },
    }
}

/// Why a line or a transcript is refused.
#[derive(Debug)]
pub(super) struct Refusal {
    /// Column or attribute.
    pub(super) path: &'static str,
    /// Stable name of the rule.
    pub(super) rule: &'static str,
    /// What was found and what was expected.
    pub(super) message: String,
    /// What to do about it.
    pub(super) remedy: &'static str,
}

impl Refusal {
    pub(super) fn new(
        rule: &'static str,
        path: &'static str,
        message: impl Into<String>,
        remedy: &'static str,
    ) -> Self {
        Self { path, rule, message: message.into(), remedy }
    }

    /// The row of the quarantine.
    pub(super) fn at(self, file: &str, line: u32) -> Quarantined {
        Quarantined {
            stage: "reference".to_owned(),
            patient_id: None,
            source_file: file.to_owned(),
            source_line: i64::from(line),
            path: self.path.to_owned(),
            rule: self.rule.to_owned(),
            message: self.message,
            remedy: self.remedy.to_owned(),
        }
    }
}

/// What was read but deserves a word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Warning {
    Widened,
    Overlapping,
    Incomplete,
    WithoutExons,
    OtherCode,
    OnSeveralContigs,
    GeneTwice,
    ContigLength,
    UtrWithoutSide,
}

impl Warning {
    fn text(self) -> &'static str {
        match self {
            Self::Widened => "transcripts have features beyond their ends and were widened",
            Self::Overlapping => {
                "transcripts have coding parts that overlap (ribosomal slippage); bases of the overlap are read twice"
            }
            Self::Incomplete => {
                "transcripts have a coding sequence whose length is no multiple of three; it is taken as incomplete"
            }
            Self::WithoutExons => "transcripts have no exon and were taken as one exon",
            Self::OtherCode => {
                "coding sequences ask for a genetic code other than NCBI tables 1, 2 and 11; they are read by table 1"
            }
            Self::OnSeveralContigs => {
                "identifiers name a transcript on each of several contigs; all are kept"
            }
            Self::GeneTwice => "genes are defined more than once; the first definition holds",
            Self::ContigLength => "contigs are given several lengths; the first holds",
            Self::UtrWithoutSide => {
                "UTR lines are of transcripts without coding sequence and have no side; left out"
            }
        }
    }
}

/// Number of each warning, and the first place.
#[derive(Debug, Default)]
pub(super) struct Warnings(BTreeMap<Warning, (u64, String)>);

impl Warnings {
    pub(super) fn add(&mut self, warning: Warning, what: &str, line: u32) {
        let entry = self.0.entry(warning);
        entry.or_insert_with(|| (0, format!("{what}, line {line}"))).0 += 1;
    }

    pub(super) fn texts(&self) -> Vec<String> {
        let text = |(warning, (count, first)): (&Warning, &(u64, String))| {
            format!("{count} {} (first: {first})", warning.text())
        };
        self.0.iter().map(text).collect()
    }
}
