//! Tiers of an aggregated table. Its cells decide, as they are written: a percentile of 1.9996 is 2.000 there, and fails.

use super::aggregate::TranscriptEvidence;
use super::anchor::{AnchorRule, Change};
use super::epitope::{Flag, Tsl};
use super::order::{Value, sorted};
use super::rules::{Condition, KeyValue, Metric, Rules, Strategy, Tier};
use super::table::{TableError, is_unknown, number};
use super::{Aggregated, Verdict};

/// What a row's tier rests on. Unknown numbers are NaN.
struct Evidence<'a> {
    gene: &'a str,
    aa_change: &'a str,
    allele: &'a str,
    peptide: &'a str,
    positions: Option<&'a str>,
    transcript: TranscriptEvidence,
    reference_match: bool,
    problematic: bool,
    mutant: [f64; Metric::COUNT],
    wild_type_ic50: f64,
    expression: f64,
    allele_expression: f64,
    rna_vaf: f64,
    rna_depth: f64,
    dna_vaf: f64,
}

/// Gives every row its tier, sorts the rows, and says for each what kept it from the best tier.
pub(super) fn assign(
    table: &mut Aggregated,
    file: &str,
    rules: &Rules,
    anchors: &AnchorRule<'_>,
    clonal_vaf: f64,
) -> Result<Vec<Verdict>, TableError> {
    let columns = Columns::of(table, file, rules)?;
    let rows = table.rows.iter().zip(2..);
    let evidence: Vec<Evidence<'_>> =
        rows.map(|(cells, line)| columns.read(cells, line)).collect::<Result<_, _>>()?;
    let judge = Judge { rules, anchors, clonal_vaf };
    let verdicts: Vec<Verdict> = evidence.iter().map(|row| judge.verdict(row)).collect();
    let order = sorted(
        evidence.len(),
        &rules.sort,
        |row| rules.tier_rank(&verdicts[row].tier),
        |row, key| evidence[row].value(key),
    );
    let tier = columns.tier;
    let sorted_rows = order.iter().map(|&row| {
        let mut cells = table.rows[row].clone();
        cells[tier].clone_from(&verdicts[row].tier);
        cells
    });
    let rows = sorted_rows.collect();
    let verdicts = order.iter().map(|&row| verdicts[row].clone()).collect();
    table.rows = rows;
    Ok(verdicts)
}

impl<'a> Evidence<'a> {
    fn value(&self, key: KeyValue) -> Value<'a> {
        match key {
            KeyValue::Gene => Value::Text(self.gene),
            KeyValue::AaChange => Value::Text(self.aa_change),
            KeyValue::AlleleExpression => Value::Number(self.allele_expression),
            KeyValue::Metric(metric) => Value::Number(self.mutant[metric as usize]),
            _ => Value::Number(f64::NAN),
        }
    }
}

struct Judge<'a> {
    rules: &'a Rules,
    anchors: &'a AnchorRule<'a>,
    clonal_vaf: f64,
}

impl Judge<'_> {
    fn verdict(&self, row: &Evidence<'_>) -> Verdict {
        let meets = |tier: &&Tier| {
            tier.pass.iter().all(|condition| self.holds(row, *condition))
                && !tier.fail.iter().any(|condition| self.holds(row, *condition))
        };
        let tier = self.rules.tiers.iter().find(meets);
        let tier = tier.map(|tier| tier.name.clone()).unwrap_or_default();
        let best = self.rules.tiers.first().map_or(&[][..], |tier| &tier.pass);
        let failed = best.iter().filter(|condition| !self.holds(row, **condition));
        Verdict { tier, failed: failed.flat_map(|condition| self.named(row, *condition)).collect() }
    }

    /// The names of what failed: of a check, its metrics that did.
    fn named(&self, row: &Evidence<'_>, condition: Condition) -> Vec<&'static str> {
        let Condition::Metrics(check) = condition else {
            return vec![condition.name()];
        };
        let metrics = self.rules.checks[check].metrics.iter();
        metrics
            .filter(|metric| self.below(row, **metric) == Some(false))
            .map(|metric| metric.name())
            .collect()
    }

    fn holds(&self, row: &Evidence<'_>, condition: Condition) -> bool {
        let limits = &self.rules.limits;
        match condition {
            Condition::Metrics(check) => self.check(row, &self.rules.checks[check].metrics),
            Condition::Transcript => row.transcript.passes(self.rules),
            Condition::Anchor => {
                let change = Change {
                    allele: row.allele,
                    length: row.peptide.len(),
                    positions: row.positions,
                    wild_type_ic50: row.wild_type_ic50,
                };
                self.anchors.passes(&change, true)
            }
            Condition::Clonal => {
                let subclonal = self.clonal_vaf * limits.subclonal;
                row.dna_vaf.is_nan() || row.dna_vaf >= subclonal
            }
            Condition::Expressed => {
                row.allele_expression.is_nan() || row.allele_expression > limits.allele_expression
            }
            Condition::LowExpression => {
                let seen = row.expression == 0.0
                    && row.rna_depth > limits.rna_depth
                    && row.rna_vaf > limits.rna_vaf;
                let unknown_depth = limits.rna_depth_needed && row.rna_depth.is_nan();
                let known = !(row.rna_vaf.is_nan() || row.expression.is_nan() || unknown_depth);
                known && (row.allele_expression > 0.0 || seen)
            }
            Condition::NoExpression => row.expression == 0.0 || row.rna_vaf == 0.0,
            Condition::NoReferenceMatch => !row.reference_match,
            Condition::NoProblematicPosition => !row.problematic,
            Condition::CompleteCds | Condition::ProteinCoding => true,
        }
    }

    fn check(&self, row: &Evidence<'_>, metrics: &[Metric]) -> bool {
        let mut known = metrics.iter().filter_map(|metric| self.below(row, *metric)).peekable();
        if metrics.len() == 1 && known.peek().is_none() {
            return true;
        }
        match self.rules.strategy {
            Strategy::All => known.all(|passes| passes),
            Strategy::Any => known.any(|passes| passes),
        }
    }

    /// Whether a metric is below its limit; `None` where it is unknown.
    fn below(&self, row: &Evidence<'_>, metric: Metric) -> Option<bool> {
        let limit = match metric {
            Metric::Ic50 => self.anchors.ic50_limit(row.allele),
            metric => self.rules.limits.metrics[metric as usize],
        };
        let value = row.mutant[metric as usize];
        let Some(limit) = limit else { return Some(true) };
        (!value.is_nan()).then_some(value < limit)
    }
}

/// Where the columns of an aggregated table are.
struct Columns<'a> {
    table: &'a [String],
    file: &'a str,
    texts: [usize; 4],
    positions: usize,
    flags: [usize; 3],
    reference_match: Option<usize>,
    problematic: Option<usize>,
    metrics: Vec<(Metric, usize)>,
    wild_type_ic50: usize,
    numbers: [usize; 5],
    tier: usize,
}

impl<'a> Columns<'a> {
    fn of(table: &'a Aggregated, file: &'a str, rules: &Rules) -> Result<Self, TableError> {
        let mut missing = Vec::new();
        let mut place = |name: &str| {
            table.place(name).unwrap_or_else(|| {
                missing.push(name.to_owned());
                0
            })
        };
        let columns = Self {
            table: &table.header,
            file,
            texts: ["Gene", "AA Change", "Allele", "Best Peptide"].map(&mut place),
            positions: place("Pos"),
            flags: ["Canonical", "MANE Select", "TSL"].map(&mut place),
            reference_match: table.place("Ref Match"),
            problematic: table.place("Prob Pos"),
            metrics: rules
                .reported
                .iter()
                .map(|metric| (*metric, place(&format!("{} MT", metric.aggregated_column()))))
                .collect(),
            wild_type_ic50: place("IC50 WT"),
            numbers: ["RNA Expr", "Allele Expr", "RNA VAF", "RNA Depth", "DNA VAF"].map(&mut place),
            tier: place("Tier"),
        };
        if missing.is_empty() {
            return Ok(columns);
        }
        Err(TableError::Columns { file: file.to_owned(), missing: missing.join(", ") })
    }

    fn read(&self, cells: &'a [String], line: u64) -> Result<Evidence<'a>, TableError> {
        let wrong = |place: usize, expected| TableError::Cell {
            file: self.file.to_owned(),
            line,
            column: self.table[place].clone(),
            expected,
        };
        let value = |place: usize| {
            number(cells[place].as_bytes()).ok_or_else(|| wrong(place, "a number or NA"))
        };
        let flag = |place: usize| {
            Flag::parse(cells[place].as_bytes())
                .ok_or_else(|| wrong(place, "True, False or Not Run"))
        };
        let [gene, aa_change, allele, peptide] = self.texts.map(|place| cells[place].as_str());
        let positions =
            Some(cells[self.positions].as_str()).filter(|text| !is_unknown(text.as_bytes()));
        if positions.is_some_and(|text| super::anchor::positions(text.as_bytes()).is_none()) {
            return Err(wrong(self.positions, "positions such as 7, 8, or NA"));
        }
        let [canonical, mane_select, tsl] = self.flags;
        let transcript = TranscriptEvidence {
            canonical: flag(canonical)?,
            mane_select: flag(mane_select)?,
            tsl: Tsl::parse(cells[tsl].as_bytes())
                .ok_or_else(|| wrong(tsl, "a level, Not Supported or NA"))?,
        };
        let mut mutant = [f64::NAN; Metric::COUNT];
        for (metric, place) in &self.metrics {
            mutant[*metric as usize] = value(*place)?;
        }
        let [expression, allele_expression, rna_vaf, rna_depth, dna_vaf] = self.numbers;
        Ok(Evidence {
            gene,
            aa_change,
            allele,
            peptide,
            positions,
            transcript,
            reference_match: self.reference_match.is_some_and(|place| cells[place] == "True"),
            problematic: self.problematic.is_some_and(|place| cells[place] != "None"),
            mutant,
            wild_type_ic50: value(self.wild_type_ic50)?,
            expression: value(expression)?,
            allele_expression: value(allele_expression)?,
            rna_vaf: value(rna_vaf)?,
            rna_depth: value(rna_depth)?,
            dna_vaf: value(dna_vaf)?,
        })
    }
}
