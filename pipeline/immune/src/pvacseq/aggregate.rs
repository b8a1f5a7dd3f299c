//! From scored epitopes to one row a variant: its best peptide, and how many others there are.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use csv::ByteRecord;

use super::anchor::{AnchorRule, Change};
use super::epitope::{Columns, Epitope, Flag, Text, Tsl, Variant, Whole};
use super::order::{Value, sorted};
use super::rules::{Choice, Condition, KeyValue, Metric, Rules, TranscriptFlag};
use super::table::{Table, TableError};
use super::{Aggregated, clonality};

/// A table of scored epitopes, by variant.
pub(super) struct Scores {
    variants: BTreeMap<Variant, Vec<Epitope>>,
    alleles: BTreeSet<Text>,
    whole: Whole,
    /// Rows read.
    pub(super) rows: usize,
}

impl Scores {
    pub(super) fn read(mut table: Table<'_>, rules: &Rules) -> Result<Self, TableError> {
        let mut columns = Columns::of(&table, rules)?;
        let mut record = ByteRecord::new();
        let mut places: HashMap<Variant, usize> = HashMap::new();
        let mut groups: Vec<(Variant, Vec<Epitope>)> = Vec::new();
        let mut alleles = BTreeSet::new();
        let mut rows = 0;
        while let Some(line) = table.next(&mut record)? {
            let (variant, epitope) = columns.read(&table, line, &record)?;
            rows += 1;
            if !alleles.contains(&epitope.allele) {
                alleles.insert(Text::clone(&epitope.allele));
            }
            // Rows of a variant mostly follow each other.
            match groups.last_mut() {
                Some((last, epitopes)) if *last == variant => epitopes.push(epitope),
                _ => {
                    let place = *places.entry(variant.clone()).or_insert(groups.len());
                    if place == groups.len() {
                        groups.push((variant, Vec::new()));
                    }
                    groups[place].1.push(epitope);
                }
            }
        }
        if rows == 0 {
            return Err(TableError::NoRow { file: table.file.to_owned() });
        }
        Ok(Self { variants: groups.into_iter().collect(), alleles, whole: columns.whole, rows })
    }

    /// DNA VAF of a clonal variant, from those of the table.
    pub(super) fn clonal_vaf(&self, rules: &Rules) -> f64 {
        let vafs = self.variants.values().flatten().map(|epitope| epitope.dna_vaf);
        clonality(&rules.limits, vafs)
    }

    /// One row a variant, without tiers, in the order of the genome's text.
    pub(super) fn aggregate(&self, rules: &Rules, anchors: &AnchorRule<'_>) -> Aggregated {
        let aggregator = Aggregator { scores: self, rules, anchors };
        let rows = self.variants.iter().map(|(variant, rows)| aggregator.row(variant, rows));
        Aggregated { header: aggregator.header(), rows: rows.collect() }
    }
}

struct Aggregator<'a> {
    scores: &'a Scores,
    rules: &'a Rules,
    anchors: &'a AnchorRule<'a>,
}

impl Aggregator<'_> {
    fn header(&self) -> Vec<String> {
        let words = |text: &'static str| text.split('|').map(str::to_owned);
        let alleles = self.scores.alleles.iter().map(|allele| allele.replace("HLA-", ""));
        let metrics = self.rules.reported.iter().flat_map(|metric| {
            let name = metric.aggregated_column();
            [format!("{name} MT"), format!("{name} WT")]
        });
        words("ID|Index")
            .chain(alleles)
            .chain(words("Gene|AA Change|Num Passing Transcripts|Best Peptide|Best Transcript|MANE Select|Canonical|TSL"))
            .chain(words("Allele|Pos|Prob Pos|Num Included Peptides|Num Passing Peptides"))
            .chain(metrics)
            .chain(words("RNA Expr|RNA VAF|Allele Expr|RNA Depth|DNA VAF|Tier|Evaluation"))
            .collect()
    }

    fn row(&self, variant: &Variant, rows: &[Epitope]) -> Vec<String> {
        let rows: Vec<&Epitope> = rows.iter().collect();
        let best = self.chosen(&self.rules.best_peptide, &rows)[0];
        let mut included = self.included(&rows);
        if !included.iter().any(|row| std::ptr::eq(*row, best)) {
            included.push(best);
        }
        let counts = Counts::of(&included, self.anchors);
        let text = |text: &Text| text.as_ref().to_owned();
        let Variant { chromosome, start, stop, reference, alternative } = variant;
        let mut cells = vec![
            format!("{chromosome}-{start}-{stop}-{reference}-{alternative}"),
            text(&best.index),
        ];
        let of_allele =
            |allele| counts.by_allele.get(allele).map_or_else(String::new, ToString::to_string);
        cells.extend(self.scores.alleles.iter().map(of_allele));
        cells.extend([
            text(&best.gene),
            change(best),
            counts.transcripts.to_string(),
            text(&best.peptide),
            text(&best.transcript),
            best.mane_select.text().to_owned(),
            best.canonical.text().to_owned(),
            best.tsl.text(),
            text(&best.allele),
            best.positions.as_ref().map_or_else(|| "NA".to_owned(), text),
            best.problematic.as_ref().map_or_else(|| "None".to_owned(), text),
            counts.peptides.to_string(),
            counts.binders.to_string(),
        ]);
        cells.extend(self.numbers(best));
        cells.extend(["Not Tiered".to_owned(), "Pending".to_owned()]);
        cells
    }

    fn numbers(&self, best: &Epitope) -> Vec<String> {
        let whole = &self.scores.whole;
        let metric = |metric: &Metric| {
            let place = *metric as usize;
            let mutant = decimals(best.mutant[place], whole.mutant[place]);
            [mutant, decimals(best.wild_type[place], whole.wild_type[place])]
        };
        let [expression, rna_vaf, rna_depth, dna_vaf, _] = whole.numbers;
        let allele_expression = best.gene_expression * best.rna_vaf;
        let evidence = [
            decimals(best.gene_expression, expression),
            decimals(best.rna_vaf, rna_vaf),
            decimals(allele_expression, false),
            decimals(best.rna_depth, rna_depth),
            decimals(best.dna_vaf, dna_vaf),
        ];
        self.rules.reported.iter().flat_map(metric).chain(evidence).collect()
    }

    /// Rows whose IC50 is under the limit, of the best peptides only.
    fn included<'e>(&self, rows: &[&'e Epitope]) -> Vec<&'e Epitope> {
        let rules = &self.rules.included;
        let bound = |row: &&&Epitope| row.mutant[Metric::Ic50 as usize] < rules.ic50;
        let bound: Vec<&Epitope> = rows.iter().filter(bound).copied().collect();
        let mut by_peptide: BTreeMap<&str, Vec<&Epitope>> = BTreeMap::new();
        for row in &bound {
            by_peptide.entry(row.peptide.as_ref()).or_default().push(row);
        }
        if by_peptide.len() <= rules.peptides {
            return bound;
        }
        let best: Vec<&Epitope> = by_peptide
            .values()
            .map(|rows| self.chosen(&self.rules.best_peptide, rows)[0])
            .collect();
        let best = self.chosen(&rules.choice, &best);
        let peptides: HashSet<&str> =
            best.iter().take(rules.peptides).map(|row| row.peptide.as_ref()).collect();
        bound.into_iter().filter(|row| peptides.contains(row.peptide.as_ref())).collect()
    }

    /// The preferred rows, best first; not empty unless `rows` is.
    fn chosen<'e>(&self, choice: &Choice, rows: &[&'e Epitope]) -> Vec<&'e Epitope> {
        let mut rows = rows.to_vec();
        for condition in &choice.prefer {
            let passing: Vec<&Epitope> =
                rows.iter().filter(|row| self.holds(row, *condition)).copied().collect();
            if !passing.is_empty() {
                rows = passing;
            }
        }
        let places =
            sorted(rows.len(), &choice.order, |_| 0, |row, key| self.value(rows[row], key));
        places.into_iter().map(|place| rows[place]).collect()
    }

    fn value<'e>(&self, row: &'e Epitope, key: KeyValue) -> Value<'e> {
        let last = |passes: bool| if passes { 0.0 } else { 1.0 };
        Value::Number(match key {
            KeyValue::Metric(metric) => row.mutant[metric as usize],
            KeyValue::Condition(condition) => last(self.holds(row, condition)),
            KeyValue::ManeSelect => last(row.mane_select.passes()),
            KeyValue::Canonical => last(row.canonical.passes()),
            KeyValue::Tsl => f64::from(row.tsl.rank()),
            KeyValue::TranscriptLength => f64::from(row.transcript_length),
            KeyValue::TranscriptExpression => row.transcript_expression,
            KeyValue::AlleleExpression | KeyValue::Gene | KeyValue::AaChange => f64::NAN,
        })
    }

    fn holds(&self, row: &Epitope, condition: Condition) -> bool {
        match condition {
            Condition::CompleteCds => row.complete_cds,
            Condition::ProteinCoding => row.protein_coding,
            Condition::Transcript => {
                let evidence = TranscriptEvidence {
                    canonical: row.canonical,
                    mane_select: row.mane_select,
                    tsl: row.tsl,
                };
                evidence.passes(self.rules)
            }
            Condition::Anchor => {
                let change = Change {
                    allele: &row.allele,
                    length: row.peptide.len(),
                    positions: row.positions.as_deref(),
                    wild_type_ic50: row.wild_type[Metric::Ic50 as usize],
                };
                self.anchors.passes(&change, false)
            }
            Condition::NoProblematicPosition => {
                row.problematic.as_deref().is_none_or(|text| text == "None")
            }
            _ => true,
        }
    }
}

/// What is known of a transcript's standing.
pub(super) struct TranscriptEvidence {
    pub(super) canonical: Flag,
    pub(super) mane_select: Flag,
    pub(super) tsl: Tsl,
}

impl TranscriptEvidence {
    /// Whether any of the flags that the rules ask for holds.
    pub(super) fn passes(&self, rules: &Rules) -> bool {
        rules.transcripts.iter().any(|flag| match flag {
            TranscriptFlag::Canonical => self.canonical.passes(),
            TranscriptFlag::ManeSelect => self.mane_select.passes(),
            TranscriptFlag::Tsl => match self.tsl {
                Tsl::Level(level) => level <= rules.limits.tsl,
                Tsl::NotSupported => true,
                Tsl::Unknown => false,
            },
        })
    }
}

/// What the included rows of a variant amount to.
struct Counts<'a> {
    /// Distinct transcripts with their change.
    transcripts: usize,
    peptides: usize,
    /// Peptides that bind an allele under its limit.
    binders: usize,
    by_allele: HashMap<&'a Text, usize>,
}

impl<'a> Counts<'a> {
    fn of(included: &[&'a Epitope], anchors: &AnchorRule<'_>) -> Self {
        let distinct = |rows: &mut dyn Iterator<Item = &'a str>| rows.collect::<HashSet<_>>().len();
        let annotation =
            |row: &&'a Epitope| (&row.transcript, &row.gene, &row.mutation, &row.protein_position);
        let binds = |row: &&&'a Epitope| {
            let limit = anchors.ic50_limit(&row.allele);
            limit.is_none_or(|limit| row.mutant[Metric::Ic50 as usize] < limit)
        };
        let binders: Vec<&Epitope> = included.iter().filter(binds).copied().collect();
        let pairs: HashSet<(&Text, &str)> =
            binders.iter().map(|row| (&row.allele, row.peptide.as_ref())).collect();
        let mut by_allele = HashMap::new();
        for (allele, _) in pairs {
            *by_allele.entry(allele).or_insert(0) += 1;
        }
        Self {
            transcripts: included.iter().map(annotation).collect::<HashSet<_>>().len(),
            peptides: distinct(&mut included.iter().map(|row| row.peptide.as_ref())),
            binders: distinct(&mut binders.iter().map(|row| row.peptide.as_ref())),
            by_allele,
        }
    }
}

/// The change of the protein, as pVACseq writes it: `D1255N`, `FS219`.
fn change(best: &Epitope) -> String {
    let position = &best.protein_position;
    if best.frameshift {
        return format!("FS{position}");
    }
    let (from, to) = best.mutation.split_once('/').unwrap_or((&best.mutation, ""));
    format!("{from}{position}{to}")
}

/// Three decimals, none in a column of whole numbers; NA for an unknown number.
fn decimals(value: f64, whole: bool) -> String {
    match (value.is_nan(), whole) {
        (true, _) => "NA".to_owned(),
        (false, true) => format!("{value:.0}"),
        (false, false) => format!("{value:.3}"),
    }
}
