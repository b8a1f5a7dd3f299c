//! The lines of a piece of a VCF, each a record or a row of the quarantine.

use std::sync::Arc;

use super::super::evidence::{self, DNA, Evidence, RNA, Sample, Tags};
use super::super::refusal::{self, Refusal};
use super::allele::bases;
use super::genotype::PhaseFields;
use super::{Allele, Genotype, RawEvidence, RawHeader, RawRecord, Reads, Structural};
use crate::Quarantined;
use crate::text::lines;

/// What a piece gave; lines are counted from its first, which is 1.
pub(super) struct Piece {
    pub(super) records: Vec<RawRecord>,
    pub(super) quarantined: Vec<Quarantined>,
    /// All lines.
    pub(super) lines: i64,
    /// Lines with a record, usable or not.
    pub(super) data_lines: u64,
}

/// Reads lines, and remembers what most lines share with the one before.
pub(super) struct Lines<'h> {
    header: &'h RawHeader,
    file: &'h str,
    contig: Arc<str>,
    length: Option<u32>,
    filter: Arc<str>,
    format: String,
    places: Places,
    found: Piece,
}

/// Places of the fields in FORMAT.
#[derive(Clone, Copy, Default)]
struct Places {
    gt: Option<usize>,
    ps: Option<usize>,
    pgt: Option<usize>,
    pid: Option<usize>,
}

/// A refusal and the place in the line.
type Refused = (Refusal, &'static str);

impl<'h> Lines<'h> {
    pub(super) fn new(header: &'h RawHeader, file: &'h str) -> Self {
        Self {
            header,
            file,
            contig: Arc::from(""),
            length: None,
            filter: Arc::from(""),
            format: String::new(),
            places: Places::default(),
            found: Piece { records: Vec::new(), quarantined: Vec::new(), lines: 0, data_lines: 0 },
        }
    }

    /// Reads whole lines.
    pub(super) fn read(mut self, piece: &[u8]) -> Piece {
        for text in lines(piece) {
            self.found.lines += 1;
            if text.is_empty() {
                continue;
            }
            self.found.data_lines += 1;
            let text = std::str::from_utf8(text).map_err(|_| (refusal::NOT_TEXT, "record"));
            match text.and_then(|text| self.record(text)) {
                Ok(record) => self.found.records.push(record),
                Err((refusal, path)) => {
                    // Rows of the record's alleles are in place of the record's own then.
                    let line = self.found.lines;
                    let rows = &mut self.found.quarantined;
                    while rows.last().is_some_and(|row| row.source_line == line) {
                        rows.pop();
                    }
                    rows.push(refusal.of(self.file, line, path));
                }
            }
        }
        self.found
    }

    fn record(&mut self, text: &str) -> Result<RawRecord, Refused> {
        let malformed = |message| (refusal::record(message), "record");
        let mut columns = text.split('\t');
        let mut next = || columns.next().ok_or(malformed(COLUMNS));
        let (contig, pos, id, reference) = (next()?, next()?, next()?, next()?);
        let (alternatives, _, filter, info) = (next()?, next()?, next()?, next()?);
        let rest: Vec<&str> = columns.collect();
        if rest.len() + 8 < self.header.columns || !extra(&rest, self.header).all(str::is_empty) {
            return Err(malformed(COLUMNS));
        }
        if contig.is_empty() {
            return Err(malformed("CHROM is empty"));
        }
        self.look_up(contig, filter);
        let pos: u32 = pos.parse().map_err(|_| malformed("POS is not a whole number from 0 on"))?;
        if reference.is_empty() {
            return Err(malformed("REF is empty"));
        }
        let reference = bases(reference.as_bytes()).map_err(|refusal| (refusal, "REF"))?;
        let alternatives = self.alternatives(alternatives);
        self.check_place(pos, &reference, &alternatives)?;
        let genotypes = self.genotypes(&rest, alternatives.len())?;
        let structural = alternatives
            .iter()
            .any(Allele::has_no_sequence)
            .then(|| Box::new(Structural::parse(info)));
        let mut record = RawRecord {
            line: self.found.lines,
            contig: Arc::clone(&self.contig),
            pos,
            id: (id != ".").then(|| id.into()),
            reference,
            alternatives,
            filter: Arc::clone(&self.filter),
            structural,
            genotypes,
            evidence: Vec::new(),
        };
        if self.header.evidence {
            record.evidence = self.evidence(&rest, &record);
        }
        Ok(record)
    }

    fn look_up(&mut self, contig: &str, filter: &str) {
        if *self.contig != *contig {
            self.contig = Arc::from(contig);
            self.length = self.header.lengths.get(contig).copied();
        }
        if *self.filter != *filter {
            self.filter = Arc::from(filter);
        }
    }

    /// The alleles; one that cannot be used goes to quarantine.
    fn alternatives(&mut self, text: &str) -> Vec<Allele> {
        let mut alleles = Vec::with_capacity(1);
        for (at, allele) in text.split(',').enumerate() {
            alleles.push(Allele::parse(allele).unwrap_or_else(|refusal| {
                let path = format!("ALT[{}]", at + 1);
                self.found.quarantined.push(refusal.of(self.file, self.found.lines, &path));
                Allele::Refused
            }));
        }
        alleles
    }

    /// Bases lie within the contig; only alleles without sequence can be at its telomeres, 0 and one past its end.
    fn check_place(&self, pos: u32, reference: &[u8], alleles: &[Allele]) -> Result<(), Refused> {
        let refused = Err((refusal::POSITION, "POS"));
        let end = i64::from(pos) + reference.len() as i64 - 1;
        let length = self.length.map_or(i64::MAX, i64::from);
        if pos > 0 && end <= length {
            return Ok(());
        }
        let at_telomere = pos == 0 || i64::from(pos) == length + 1;
        let bare = alleles.iter().all(Allele::has_no_sequence);
        if at_telomere && bare { Ok(()) } else { refused }
    }

    fn genotypes(&mut self, rest: &[&str], alternatives: usize) -> Result<Vec<Genotype>, Refused> {
        let [format, ..] = rest else { return Ok(Vec::new()) };
        if self.format != *format {
            let at = |key| format.split(':').position(|other| other == key);
            self.places = Places { gt: at("GT"), ps: at("PS"), pgt: at("PGT"), pid: at("PID") };
            (*format).clone_into(&mut self.format);
        }
        let genotype = |&column: &usize| {
            let fields = self.places.fields(rest[column - 8]);
            Genotype::parse(&fields, alternatives).ok_or((refusal::GENOTYPE, "FORMAT/GT"))
        };
        self.header.sample_columns.iter().map(genotype).collect()
    }

    fn evidence(&self, rest: &[&str], record: &RawRecord) -> Vec<RawEvidence> {
        let sample = |at: usize| {
            let column = self.header.sample_columns.get(at)?;
            Some(Sample::new(rest[0], rest[column - 8]))
        };
        let (tumor, normal) = (sample(0), sample(1));
        let of = |(at, alternative): (usize, &Allele)| {
            let allele = evidence::Allele {
                reference: spelled(&record.reference),
                alternative: match alternative {
                    Allele::Sequence(bases) => spelled(bases),
                    _ => "",
                },
                number: at + 1,
                count: record.alternatives.len(),
            };
            let reads = |sample: &Option<Sample<'_>>, tags: &Tags| {
                sample.as_ref().map_or_else(Reads::default, |s| s.evidence(tags, &allele).into())
            };
            RawEvidence {
                tumor: reads(&tumor, &DNA),
                normal: reads(&normal, &DNA),
                rna: reads(&tumor, &RNA),
            }
        };
        record.alternatives.iter().enumerate().map(of).collect()
    }
}

const COLUMNS: &str = "the number of columns is not that of the #CHROM line";

/// Columns after those of the header; some programs leave tabs at the end of a line.
fn extra<'a>(rest: &[&'a str], header: &RawHeader) -> impl Iterator<Item = &'a str> {
    rest.iter().skip(header.columns - 8).copied()
}

/// Bases are ASCII.
fn spelled(bases: &[u8]) -> &str {
    std::str::from_utf8(bases).unwrap_or_default()
}

impl Places {
    fn fields(self, values: &str) -> PhaseFields<'_> {
        if let Places { gt: Some(0), ps: None, pgt: None, pid: None } = self {
            let gt = values.split(':').next();
            return PhaseFields { gt, ..PhaseFields::default() };
        }
        let value = |place: Option<usize>| values.split(':').nth(place?);
        let known = |place| value(place).filter(|value| !matches!(*value, "." | ""));
        PhaseFields {
            gt: value(self.gt),
            ps: known(self.ps),
            pgt: known(self.pgt),
            pid: known(self.pid),
        }
    }
}

impl From<Evidence> for Reads {
    fn from(found: Evidence) -> Self {
        Self { depth: found.depth, alt: found.reads, vaf: found.fraction }
    }
}
