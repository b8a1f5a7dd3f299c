//! One data line: its ALT alleles, each with its evidence and annotation.

use super::SomaticVariant;
use super::evidence::{Allele, DNA, Evidence, RNA, Sample};
use super::header::Header;
use super::refusal::{self, Refusal};
use crate::Quarantined;
use crate::csq::{AlleleMatch, Entry, Field, match_alleles};
use crate::expression::{Expression, Feature};
use crate::text::lines;

/// What one line gave.
#[derive(Default)]
pub(crate) struct Outcome {
    pub(crate) variants: Vec<SomaticVariant>,
    pub(crate) expression: Vec<Expression>,
    pub(crate) quarantined: Vec<Quarantined>,
    pub(crate) not_in_tumor: usize,
    /// ALT alleles of the line, counted beside their reading; 1 for a line that cannot be read.
    pub(crate) alleles: usize,
    /// The record has no CSQ, in a file whose header describes one.
    pub(crate) unannotated: bool,
    /// Allele fractions above 1.
    pub(crate) above_one: usize,
}

impl Outcome {
    /// The outcome with its lines counted from the file's first, which were counted from the one after `before`.
    pub(crate) fn at(mut self, before: i64) -> Self {
        self.variants.iter_mut().for_each(|variant| variant.source_line += before);
        self.quarantined.iter_mut().for_each(|row| row.source_line += before);
        self
    }
}

/// What a piece of the file gave.
pub(crate) struct Piece {
    /// One of each data line; lines are counted from the piece's first, which is 1.
    pub(crate) outcomes: Vec<Outcome>,
    pub(crate) lines: i64,
}

/// A line cut into what is needed of it.
struct Record<'a> {
    chrom: &'a str,
    pos: i64,
    reference: String,
    alternatives: Vec<String>,
    filter: &'a str,
    /// The CSQ entries, joined by `,`.
    csq: Option<&'a str>,
    tumor: Option<Sample<'a>>,
    normal: Option<Sample<'a>>,
}

/// Reads the lines of one file.
pub(crate) struct Reader<'h> {
    pub(crate) header: &'h Header,
    pub(crate) name: &'h str,
}

impl Reader<'_> {
    /// Reads whole lines.
    pub(crate) fn piece(&self, piece: &[u8]) -> Piece {
        let mut found = Piece { outcomes: Vec::new(), lines: 0 };
        for text in lines(piece) {
            found.lines += 1;
            if !text.is_empty() {
                found.outcomes.push(self.outcome(found.lines, text));
            }
        }
        found
    }

    /// Every ALT allele of the line ends up in one place of the outcome.
    fn outcome(&self, line: i64, text: &[u8]) -> Outcome {
        let record = std::str::from_utf8(text).map_err(|_| "the line is not UTF-8 text");
        match record.and_then(|text| self.record(text)) {
            Ok(record) => Outcome { alleles: alt_alleles(text), ..self.alleles(line, &record) },
            // A line that cannot be read is one row of the quarantine, whatever it holds.
            Err(message) => Outcome {
                alleles: 1,
                quarantined: vec![refusal::record(message).of(self.name, line, "record")],
                ..Outcome::default()
            },
        }
    }

    fn record<'a>(&self, text: &'a str) -> Result<Record<'a>, &'static str> {
        let columns: Vec<&str> = text.split('\t').collect();
        if columns.len() != self.header.columns {
            return Err("the number of columns is not that of the #CHROM line");
        }
        let pos = columns[1]
            .parse()
            .ok()
            .filter(|&pos: &i64| pos >= 0)
            .ok_or("POS is not a whole number from 0 on")?;
        let reference = columns[3].to_ascii_uppercase();
        if reference.is_empty() || !refusal::is_sequence(&reference) {
            return Err("REF has other letters than bases");
        }
        let alternatives = columns[4].split(',').filter(|&allele| allele != ".");
        let alternatives: Vec<_> = alternatives.map(str::to_ascii_uppercase).collect();
        if alternatives.iter().any(String::is_empty) || columns[0].is_empty() {
            return Err("CHROM or an ALT allele is empty");
        }
        let sample =
            |column: Option<usize>| column.map(|column| Sample::new(columns[8], columns[column]));
        let csq = self.header.csq.as_ref().and_then(|csq| {
            let mut info = columns[7].split(';');
            info.find_map(|info| info.strip_prefix(&*csq.id)?.strip_prefix('='))
        });
        Ok(Record {
            chrom: columns[0],
            pos,
            reference,
            alternatives,
            filter: columns[6],
            csq: csq.filter(|csq| !csq.is_empty()),
            tumor: sample(self.header.tumor),
            normal: sample(self.header.normal),
        })
    }

    fn alleles(&self, line: i64, record: &Record<'_>) -> Outcome {
        let mut outcome = Outcome::default();
        let entries: Option<Vec<Entry<'_>>> = record
            .csq
            .unwrap_or_default()
            .split(',')
            .filter(|entry| !entry.is_empty())
            .map(|entry| self.header.csq.as_ref()?.format.entry(entry))
            .collect();
        let matches = entries.as_deref().map(|entries| annotations(record, entries));
        for number in 1..=record.alternatives.len() {
            if !record.tumor.as_ref().is_none_or(|tumor| tumor.carries(number)) {
                outcome.not_in_tumor += 1;
                continue;
            }
            let annotation = match &matches {
                Some(matches) => matches[number - 1].clone(),
                None => Err(refusal::FIELDS),
            };
            match refusal::usable(&record.alternatives[number - 1]).and(annotation) {
                Ok(annotation) => self.add_variant(&mut outcome, line, record, number, annotation),
                Err(refusal) => {
                    outcome.quarantined.push(refusal.of(
                        self.name,
                        line,
                        &format!("ALT[{number}]"),
                    ));
                }
            }
        }
        if !outcome.variants.is_empty() {
            outcome.unannotated = self.header.csq.is_some() && record.csq.is_none();
            outcome.expression = self.expression(record, entries.as_deref().unwrap_or_default());
        }
        outcome
    }

    fn add_variant(
        &self,
        outcome: &mut Outcome,
        line: i64,
        record: &Record<'_>,
        number: usize,
        annotation: String,
    ) {
        let alternative = &record.alternatives[number - 1];
        let count = record.alternatives.len();
        let allele = Allele { reference: &record.reference, alternative, number, count };
        let evidence = |sample: &Option<Sample<'_>>, tags| {
            sample.as_ref().map_or_else(Evidence::default, |s| s.evidence(tags, &allele))
        };
        let (dna, normal, rna) = (
            evidence(&record.tumor, &DNA),
            evidence(&record.normal, &DNA),
            evidence(&record.tumor, &RNA),
        );
        outcome.above_one +=
            usize::from(dna.above_one) + usize::from(normal.above_one) + usize::from(rna.above_one);
        outcome.variants.push(SomaticVariant {
            variant_id: format!(
                "{}:{}:{}:{alternative}",
                record.chrom, record.pos, record.reference
            ),
            chrom: record.chrom.to_owned(),
            pos: record.pos,
            ref_allele: record.reference.clone(),
            alt_allele: alternative.clone(),
            filter: record.filter.to_owned(),
            dna_depth: dna.depth,
            dna_alt_reads: dna.reads,
            dna_vaf: dna.fraction,
            normal_depth: normal.depth,
            normal_vaf: normal.fraction,
            rna_depth: rna.depth,
            rna_alt_reads: rna.reads,
            rna_vaf: rna.fraction,
            annotation,
            source_file: self.name.to_owned(),
            source_line: line,
        });
    }

    /// GX and TX of the tumour: `ID|TPM,...`. A gene is named by its identifier or its symbol; the record's
    /// annotation knows both.
    fn expression(&self, record: &Record<'_>, entries: &[Entry<'_>]) -> Vec<Expression> {
        let mut rows = Vec::new();
        for (tag, feature) in [("GX", Feature::Gene), ("TX", Feature::Transcript)] {
            let values = record.tumor.as_ref().and_then(|tumor| tumor.get(tag)).unwrap_or_default();
            for (key, tpm) in values.split(',').filter_map(|value| value.rsplit_once('|')) {
                let Some(tpm) = tpm.parse().ok().filter(|tpm: &f64| tpm.is_finite() && *tpm >= 0.0)
                else {
                    continue;
                };
                let named = match feature {
                    Feature::Gene => genes(key, entries),
                    Feature::Transcript => vec![(key, None)],
                };
                let row = |(id, symbol)| {
                    Expression::new(feature, id, symbol, tpm, &format!("vcf:{tag}"), self.name)
                };
                rows.extend(named.into_iter().map(row));
            }
        }
        rows
    }
}

/// ALT alleles of a data line: those between commas; `.` is none.
fn alt_alleles(line: &[u8]) -> usize {
    let column = line.split(|&byte| byte == b'\t').nth(4).unwrap_or_default();
    column.split(|&byte| byte == b',').filter(|&allele| allele != b".").count()
}

/// For each ALT allele, the text of its entries for transcripts.
fn annotations(record: &Record<'_>, entries: &[Entry<'_>]) -> Vec<Result<String, Refusal>> {
    let alternatives: Vec<&str> = record.alternatives.iter().map(String::as_str).collect();
    if entries.is_empty() {
        return vec![Ok(String::new()); alternatives.len()];
    }
    let matches = match_alleles(&record.reference, &alternatives, entries);
    matches
        .into_iter()
        .map(|found| match found {
            AlleleMatch::Unmatched => Err(refusal::UNMATCHED),
            AlleleMatch::Ambiguous => Err(refusal::AMBIGUOUS),
            AlleleMatch::Entries(found) => {
                let transcripts = found.into_iter().filter(|entry| entry.is_transcript());
                Ok(transcripts.map(|entry| entry.text).collect::<Vec<_>>().join(","))
            }
        })
        .collect()
}

/// Identifiers and symbol of the gene that `key` names: by itself where the annotation does not know it, all of
/// them where a symbol is shared, as pVACseq joins them.
fn genes<'a>(key: &'a str, entries: &[Entry<'a>]) -> Vec<(&'a str, Option<&'a str>)> {
    let named = entries
        .iter()
        .filter(|entry| entry.get(Field::Gene) == key || entry.get(Field::Symbol) == key);
    let named = named.filter(|entry| !entry.get(Field::Gene).is_empty());
    let mut found: Vec<_> = named
        .map(|entry| {
            (entry.get(Field::Gene), Some(entry.get(Field::Symbol)).filter(|s| !s.is_empty()))
        })
        .collect();
    found.sort_unstable();
    found.dedup();
    if found.is_empty() { vec![(key, None)] } else { found }
}
