//! One line of an annotation: its nine columns, checked.

use super::error::Refusal;
use crate::reference::{Interval, Phase, Strand};

/// Columns of a feature. Type and attributes are as written.
#[derive(Clone, Copy, Debug)]
pub(super) struct Line<'a> {
    pub(super) contig: &'a str,
    pub(super) source: &'a str,
    pub(super) kind: &'a str,
    start: &'a str,
    end: &'a str,
    strand: &'a str,
    phase: &'a str,
    pub(super) attributes: &'a str,
}

impl<'a> Line<'a> {
    /// Splits a line. A tab within the attributes begins no new column.
    pub(super) fn split(text: &'a str) -> Result<Self, Refusal> {
        let mut columns = text.splitn(9, '\t');
        let mut next = || columns.next();
        let (Some(contig), Some(source), Some(kind), Some(start), Some(end)) =
            (next(), next(), next(), next(), next())
        else {
            return Err(too_few(text));
        };
        let (Some(_score), Some(strand), Some(phase), Some(attributes)) =
            (next(), next(), next(), next())
        else {
            return Err(too_few(text));
        };
        Ok(Self { contig, source, kind, start, end, strand, phase, attributes })
    }

    /// First and last base, as numbers in the right order. Genes of a slice may begin before its first base.
    pub(super) fn ends(&self) -> Result<(i64, i64), Refusal> {
        let number = |text: &str, path| {
            text.parse::<i64>().map_err(|_| {
                let message =
                    format!("{path} of a {} is no number; expected a position", self.kind);
                Refusal::new(
                    "annotation.position",
                    path,
                    message,
                    "write the line's positions as numbers",
                )
            })
        };
        let (start, end) = (number(self.start, "start")?, number(self.end, "end")?);
        if start > end {
            let message = format!("a {} starts at {start} and ends at {end}, before it", self.kind);
            let remedy = "write start and end in the order of the contig, on either strand";
            return Err(Refusal::new("annotation.interval", "start", message, remedy));
        }
        Ok((start, end))
    }

    /// The bases of a transcript or of a part of it.
    pub(super) fn interval(&self) -> Result<Interval, Refusal> {
        let (start, end) = self.ends()?;
        if let (Ok(start @ 1..), Ok(end)) = (u32::try_from(start), u32::try_from(end)) {
            return Ok(Interval { start, end });
        }
        let message = format!(
            "a {} lies from {start} to {end}; a contig's bases are numbered from 1",
            self.kind
        );
        let remedy = "annotate the transcript on the contig that holds all of it";
        Err(Refusal::new("annotation.position", "start", message, remedy))
    }

    /// `None` where the strand is not known.
    pub(super) fn strand(&self) -> Option<Strand> {
        match self.strand {
            "+" => Some(Strand::Forward),
            "-" => Some(Strand::Reverse),
            _ => None,
        }
    }

    pub(super) fn phase(&self) -> Result<Option<Phase>, Refusal> {
        match self.phase {
            "." => Ok(None),
            "0" => Ok(Some(0)),
            "1" => Ok(Some(1)),
            "2" => Ok(Some(2)),
            _ => Err(Refusal::new(
                "annotation.phase",
                "phase",
                format!("the phase of a {} is none of 0, 1, 2 and .", self.kind),
                "write the number of bases before the next codon",
            )),
        }
    }
}

fn too_few(text: &str) -> Refusal {
    let message = format!("{} columns parted by tabs; expected 9", text.split('\t').count());
    Refusal::new("annotation.columns", "line", message, "write the nine columns of GFF3 or GTF")
}

/// What a line within a transcript is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum PartKind {
    Exon,
    Coding,
    FivePrimeUtr,
    ThreePrimeUtr,
    /// A UTR whose side follows from the coding sequence.
    Utr,
    StopCodon,
    Selenocysteine,
}

/// What the type of a feature makes of its line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    /// A part of a transcript.
    Part(PartKind),
    /// A whole contig, or a region of one.
    Region,
    /// Nothing that transcripts are made of.
    Ignored,
    /// A gene or a transcript.
    Node,
}

/// Types as Ensembl, GENCODE and RefSeq write them, in GFF3 and in GTF.
pub(super) fn role(kind: &str) -> Role {
    Role::Part(match kind {
        "exon" | "pseudogenic_exon" => PartKind::Exon,
        "CDS" => PartKind::Coding,
        "five_prime_UTR" | "five_prime_utr" | "5UTR" => PartKind::FivePrimeUtr,
        "three_prime_UTR" | "three_prime_utr" | "3UTR" => PartKind::ThreePrimeUtr,
        "UTR" => PartKind::Utr,
        "stop_codon" => PartKind::StopCodon,
        "Selenocysteine" | "stop_codon_redefined_as_selenocysteine" => PartKind::Selenocysteine,
        "region" | "chromosome" | "scaffold" | "supercontig" | "contig" => return Role::Region,
        "biological_region"
        | "intron"
        | "start_codon"
        | "cDNA_match"
        | "EST_match"
        | "match"
        | "match_part"
        | "expressed_sequence_match"
        | "protein_match"
        | "polypeptide"
        | "sequence_feature" => return Role::Ignored,
        _ => return Role::Node,
    })
}
