//! Reads that support an allele, from the tables of bam-readcount (<https://github.com/genome/bam-readcount>, 0.8):
//! `chromosome, position, reference base, depth`, then for each base and indel at the place
//! `base:count:...:reads of the plus strand:reads of the minus strand:...`, tab-separated, plain or gzip.
//!
//! A base is counted at its position, an insertion `+CTT` at the base before it, a deletion `-AG` at its first base:
//! what VAtools' vcf-readcount-annotator joins to a VCF.

use std::collections::HashMap;
use std::io;
use std::path::Path;

use thiserror::Error;

use crate::Quarantined;
use crate::text;

/// The counts of one file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BamReadcounts {
    /// By contig and 1-based position; none where the file contradicts itself.
    sites: HashMap<(Box<str>, u32), Option<Site>>,
    /// Lines that could not be used.
    pub quarantined: Vec<Quarantined>,
    /// Lines of the file.
    pub lines: usize,
    /// Lines of a place that the file has before, with the same depth; the first is used.
    pub repeated: usize,
}

/// What the file says of one allele.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Counted {
    /// Reads at the place.
    Reads(AlleleReads),
    /// The file does not have the place: bam-readcount leaves out places without reads, and those it was not asked for.
    NotInFile,
    /// The file has the place twice, with different depths.
    Contradictory,
    /// The reference base of the file is not the variant's: another assembly.
    OtherReference,
    /// bam-readcount counts single bases, insertions and deletions; this is neither.
    NotCountable,
}

/// Reads at a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AlleleReads {
    /// All that pass bam-readcount's filters.
    pub depth: u32,
    /// Reads with the reference base; of a deletion, with its first base.
    pub reference: StrandReads,
    /// Reads with the allele.
    pub alternative: StrandReads,
}

/// Reads of an allele by the strand they are aligned to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct StrandReads {
    /// Reads of both strands.
    pub total: u32,
    /// Reads of the plus strand.
    pub plus: u32,
    /// Reads of the minus strand.
    pub minus: u32,
}

impl AlleleReads {
    /// Reads with the allele as a fraction of the depth; none without reads.
    pub fn fraction(&self) -> Option<f64> {
        (self.depth > 0).then(|| f64::from(self.alternative.total) / f64::from(self.depth))
    }
}

/// Why a file of read counts cannot be used.
#[derive(Debug, Error)]
pub enum ReadcountError {
    /// No such file.
    #[error("{file}: there is no such file; check the path")]
    Missing {
        /// Name of the file.
        file: String,
    },
    /// The file ends within its compressed data.
    #[error("{file}: the compressed file is truncated; copy or write it again")]
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
    /// The first line is none of bam-readcount's.
    #[error(
        "{file}: line 1 is not bam-readcount's; expected chromosome, position, reference base, depth and one field for each base (`A:12:...`), tab-separated, from bam-readcount without `--per-library`"
    )]
    NotReadcounts {
        /// Name of the file.
        file: String,
    },
}

/// Reads the table at `path`, which messages and rows call `name`. A file without lines has no places.
pub fn read_bam_readcount(path: &Path, name: &str) -> Result<BamReadcounts, ReadcountError> {
    let mut input = text::open(path).map_err(|source| failed(name, 1, source))?;
    let mut counts = BamReadcounts::default();
    let mut line = 0;
    while let Some(bytes) =
        text::next_line(&mut *input).map_err(|source| failed(name, line + 1, source))?
    {
        line += 1;
        if bytes.is_empty() {
            continue;
        }
        counts.lines += 1;
        match Site::parse(&String::from_utf8_lossy(&bytes)) {
            Some((contig, pos, site)) => counts.add((contig, pos), site, name, line),
            None if line == 1 => {
                return Err(ReadcountError::NotReadcounts { file: name.to_owned() });
            }
            None => counts.quarantined.push(quarantined(name, line, LINE)),
        }
    }
    Ok(counts)
}

fn failed(file: &str, line: i64, source: io::Error) -> ReadcountError {
    let file = file.to_owned();
    match source.kind() {
        io::ErrorKind::NotFound => ReadcountError::Missing { file },
        io::ErrorKind::UnexpectedEof => ReadcountError::Truncated { file },
        _ => ReadcountError::Unreadable { file, line, source },
    }
}

impl BamReadcounts {
    /// Number of places.
    pub fn places(&self) -> usize {
        self.sites.len()
    }

    /// Reads with the allele `alternative` of a VCF's record at the 1-based `pos`.
    pub fn of(&self, contig: &str, pos: u32, reference: &str, alternative: &str) -> Counted {
        let Some(place) = Place::new(pos, reference.as_bytes(), alternative.as_bytes()) else {
            return Counted::NotCountable;
        };
        match self.sites.get(&(contig.into(), place.pos)) {
            None => Counted::NotInFile,
            Some(None) => Counted::Contradictory,
            Some(Some(site)) if place.base.is_some_and(|base| base != site.reference) => {
                Counted::OtherReference
            }
            Some(Some(site)) => Counted::Reads(AlleleReads {
                depth: site.depth,
                reference: site.reads(&[site.reference]),
                alternative: site.reads(&place.allele),
            }),
        }
    }

    /// Of a place's lines the first is kept; where their depths differ, none can be trusted.
    fn add(&mut self, place: (Box<str>, u32), site: Site, file: &str, line: i64) {
        match self.sites.get_mut(&place) {
            None => {
                self.sites.insert(place, Some(site));
            }
            Some(Some(known)) if known.depth == site.depth => self.repeated += 1,
            Some(known) => {
                *known = None;
                self.quarantined.push(quarantined(file, line, DEPTHS));
            }
        }
    }
}

/// One line of the file.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Site {
    reference: u8,
    depth: u32,
    /// `A`, `+CTT`, `-AG`, each with its reads.
    alleles: Vec<(Box<[u8]>, StrandReads)>,
}

impl Site {
    fn parse(line: &str) -> Option<(Box<str>, u32, Self)> {
        let mut columns = line.trim_end_matches('\t').split('\t');
        let contig = columns.next().filter(|contig| !contig.is_empty())?;
        let pos = columns.next()?.parse().ok()?;
        let [reference] = columns.next()?.as_bytes() else { return None };
        let depth = columns.next()?.parse().ok()?;
        let alleles = columns.map(allele).collect::<Option<Vec<_>>>()?;
        let reference = reference.to_ascii_uppercase();
        (!alleles.is_empty()).then(|| (contig.into(), pos, Self { reference, depth, alleles }))
    }

    fn reads(&self, allele: &[u8]) -> StrandReads {
        let found = self.alleles.iter().find(|(other, _)| **other == *allele);
        found.map(|(_, reads)| *reads).unwrap_or_default()
    }
}

/// `T:516:45.43:29.88:0.00:251:265:...`: allele, reads, mean qualities (mapping, base, single-ended mapping), strands.
fn allele(field: &str) -> Option<(Box<[u8]>, StrandReads)> {
    let mut values = field.split(':');
    let allele = values.next().filter(|allele| !allele.is_empty())?;
    let total = values.next()?.parse().ok()?;
    let mut values = values.skip(3).map(|value| value.parse().ok());
    let (plus, minus) = (values.next()??, values.next()??);
    Some((allele.to_ascii_uppercase().as_bytes().into(), StrandReads { total, plus, minus }))
}

/// Where bam-readcount counts an allele.
struct Place {
    pos: u32,
    /// Spelled as bam-readcount does.
    allele: Vec<u8>,
    /// Base of the reference at `pos`, where the variant says it.
    base: Option<u8>,
}

impl Place {
    /// Without the bases that both alleles share, at the end and then at the beginning; the first base stays before an
    /// insertion or deletion, so that it does not move.
    fn new(pos: u32, reference: &[u8], alternative: &[u8]) -> Option<Self> {
        let (mut reference, mut alternative) = (reference, alternative);
        while let ([rest @ .., one], [other_rest @ .., other]) = (reference, alternative)
            && one == other
            && !rest.is_empty()
            && !other_rest.is_empty()
        {
            (reference, alternative) = (rest, other_rest);
        }
        let shared = reference.iter().zip(alternative).take_while(|(one, other)| one == other);
        let shared = shared.count();
        let start = pos.checked_add(shared as u32)?;
        let before = shared.checked_sub(1).map(|at| reference[at]);
        match (&reference[shared..], &alternative[shared..]) {
            ([base], [allele]) => {
                Some(Self { pos: start, allele: vec![*allele], base: Some(*base) })
            }
            ([base, ..], []) => {
                let allele = [b"-", &reference[shared..]].concat();
                Some(Self { pos: start, allele, base: Some(*base) })
            }
            ([], [_, ..]) => {
                let allele = [b"+", &alternative[shared..]].concat();
                Some(Self { pos: start.checked_sub(1)?, allele, base: before })
            }
            _ => None,
        }
    }
}

/// Rule, message, remedy.
type Rule = [&'static str; 3];

const LINE: Rule = [
    "readcount.line",
    "the line is not bam-readcount's",
    "write the file again with bam-readcount, without `--per-library`",
];
const DEPTHS: Rule = [
    "readcount.depth",
    "this place is in the file before, with another depth; neither line is used",
    "count all places in one run of bam-readcount, or give each place once",
];

fn quarantined(file: &str, line: i64, [rule, message, remedy]: Rule) -> Quarantined {
    Quarantined {
        stage: "read_counts".to_owned(),
        patient_id: None,
        source_file: file.to_owned(),
        source_line: line,
        path: "record".to_owned(),
        rule: rule.to_owned(),
        message: message.to_owned(),
        remedy: remedy.to_owned(),
    }
}

#[cfg(test)]
mod tests;
