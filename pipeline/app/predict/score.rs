//! A batch of peptides, scored.

use std::collections::HashMap;
use std::sync::Arc;

use anyhow::Context;
use arrow::array::{ArrayRef, Float32Array, StringArray, UInt64Array};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use arrow::record_batch::RecordBatch;
use vaxloom_immune::{Predictor, Presentation, Unscorable};
use vaxloom_models::architecture::Head;
use vaxloom_models::encoding::{CORE, Class};
use vaxloom_models::{Immunogenicity, MhcPredictor, Site};

use super::input::{Row, Source};
use super::molecule;

type Scored = Result<Presentation, Unscorable>;

/// How rows are scored.
pub(super) struct Scoring<'a> {
    model: &'a Arc<MhcPredictor>,
    /// Alleles for every row; empty where rows name theirs.
    asked: Vec<String>,
    /// One row a peptide, of its best allele.
    best: bool,
    flanks: bool,
    immunogenicity: Option<Immunogenicity>,
}

/// One row of the output.
struct Answer<'r> {
    row: &'r Row,
    allele: String,
    scored: Scored,
    wildtype: Option<Scored>,
}

impl<'a> Scoring<'a> {
    pub(super) fn new(
        model: &'a Arc<MhcPredictor>,
        asked: Vec<String>,
        best: bool,
        flanks: bool,
    ) -> Self {
        Self { model, asked, best, flanks, immunogenicity: None }
    }

    /// Also the probability of a response of T cells.
    pub(super) fn with_immunogenicity(self, immunogenicity: Option<Immunogenicity>) -> Self {
        Self { immunogenicity, ..self }
    }

    /// The columns of the output.
    pub(super) fn schema(&self, source: &Source) -> SchemaRef {
        let architecture = &self.model.config().architecture;
        let affinity = architecture.head(Head::Affinity).is_some();
        let core = architecture.class == Class::Two;
        let wildtype = source.has_wildtype();
        let columns = [
            ("sequence", DataType::Utf8, source.is_fasta()),
            ("position", DataType::UInt64, source.is_fasta()),
            ("name", DataType::Utf8, source.has_name()),
            ("peptide", DataType::Utf8, true),
            ("n_flank", DataType::Utf8, self.flanks),
            ("c_flank", DataType::Utf8, self.flanks),
            ("allele", DataType::Utf8, true),
            ("presentation_score", DataType::Float32, true),
            ("presentation_percentile", DataType::Float32, true),
            ("affinity_nm", DataType::Float32, affinity),
            ("affinity_percentile", DataType::Float32, affinity),
            ("core", DataType::Utf8, core),
            ("wildtype", DataType::Utf8, wildtype),
            ("wildtype_presentation_score", DataType::Float32, wildtype),
            ("wildtype_presentation_percentile", DataType::Float32, wildtype),
            ("wildtype_affinity_nm", DataType::Float32, wildtype && affinity),
            ("agretopicity", DataType::Float32, wildtype && affinity),
            ("immunogenicity", DataType::Float32, self.immunogenicity.is_some()),
            ("scored_as", DataType::Utf8, true),
            ("note", DataType::Utf8, true),
        ];
        let there = columns.into_iter().filter(|(_, _, there)| *there);
        Arc::new(Schema::new(
            there.map(|(name, kind, _)| Field::new(name, kind, true)).collect::<Vec<_>>(),
        ))
    }

    /// The batch's answers, in the order of its rows.
    pub(super) fn score(&self, rows: &[Row], schema: &SchemaRef) -> anyhow::Result<RecordBatch> {
        let alleles =
            rows.iter().map(|row| self.alleles(row)).collect::<anyhow::Result<Vec<_>>>()?;
        let mutant = self.scores(rows, &alleles, |row| Some(self.site(row)))?;
        let has_wildtype = schema.field_with_name("wildtype").is_ok();
        let wildtype = if has_wildtype {
            self.scores(rows, &alleles, |row| {
                row.wildtype
                    .as_deref()
                    .map(|peptide| Site { peptide, flanks: self.site(row).flanks })
            })?
        } else {
            vec![]
        };
        let mut answers = Vec::with_capacity(mutant.len());
        let mut mutant = mutant.into_iter();
        let mut wildtype = wildtype.into_iter();
        for (row, alleles) in rows.iter().zip(&alleles) {
            let of_row = alleles.iter().map(|allele| Answer {
                row,
                allele: allele.clone(),
                scored: mutant
                    .next()
                    .flatten()
                    .unwrap_or(Err(Unscorable::Allele { allele: allele.clone() })),
                wildtype: wildtype.next().flatten(),
            });
            let of_row: Vec<Answer<'_>> = of_row.collect();
            if self.best {
                answers.extend(
                    of_row.into_iter().reduce(|a, b| if is_better(&b, &a) { b } else { a }),
                );
            } else {
                answers.extend(of_row);
            }
        }
        self.batch(&answers, schema)
    }

    fn alleles(&self, row: &Row) -> anyhow::Result<Vec<String>> {
        let Some(named) = &row.alleles else {
            return Ok(self.asked.clone());
        };
        let class = self.model.config().architecture.class;
        let names = named.split([',', ';', ' ']).filter(|name| !name.is_empty());
        names.map(|name| molecule(name, class)).collect()
    }

    fn site<'r>(&self, row: &'r Row) -> Site<'r> {
        let flanks = row.flanks.as_ref().filter(|_| self.flanks);
        Site { peptide: &row.peptide, flanks: flanks.map(|(n, c)| (n.as_str(), c.as_str())) }
    }

    /// For each row and each of its alleles; `None` of a row without the peptide. What is the same twice is scored once.
    fn scores<'r>(
        &self,
        rows: &'r [Row],
        alleles: &[Vec<String>],
        site: impl Fn(&'r Row) -> Option<Site<'r>>,
    ) -> anyhow::Result<Vec<Option<Scored>>> {
        let sites: Vec<Option<Site<'_>>> = rows.iter().map(site).collect();
        if self.asked.is_empty() {
            let pairs = sites.iter().zip(alleles).flat_map(|(site, alleles)| {
                alleles.iter().filter_map(move |allele| Some(((*site)?, allele.as_str())))
            });
            let mut scored = self.model.predict_sites(&pairs.collect::<Vec<_>>())?.into_iter();
            let of_row = |(site, alleles): (&Option<Site<'_>>, &Vec<String>)| {
                let scored: Vec<_> =
                    alleles.iter().map(|_| site.and_then(|_| scored.next())).collect();
                scored
            };
            return Ok(sites.iter().zip(alleles).flat_map(of_row).collect());
        }
        let mut places = HashMap::new();
        let mut distinct = Vec::new();
        for site in sites.iter().flatten() {
            places.entry(*site).or_insert_with(|| {
                distinct.push(*site);
                distinct.len() - 1
            });
        }
        let columns: Vec<&str> = self.asked.iter().map(String::as_str).collect();
        let scored = self.model.predict_grid(&distinct, &columns)?;
        let of_row = |site: &Option<Site<'_>>| {
            let start = site.map(|site| places[&site] * columns.len());
            (0..columns.len())
                .map(|column| Some(scored[start? + column].clone()))
                .collect::<Vec<_>>()
        };
        Ok(sites.iter().flat_map(of_row).collect())
    }

    fn batch(&self, answers: &[Answer<'_>], schema: &SchemaRef) -> anyhow::Result<RecordBatch> {
        let mut known: HashMap<&str, String> = HashMap::new();
        for answer in answers {
            known.entry(&answer.allele).or_insert_with(|| {
                self.model.resolve(&answer.allele).map(|found| found.scored_as).unwrap_or_default()
            });
        }
        let columns = schema.fields().iter().map(|field| match field.name().as_str() {
            "immunogenicity" => self.probabilities(answers),
            name => column(name, answers, &known),
        });
        RecordBatch::try_new(Arc::clone(schema), columns.collect()).context("the answers")
    }

    fn probabilities(&self, answers: &[Answer<'_>]) -> ArrayRef {
        let probability = |answer: &Answer<'_>| {
            let wild_type = answer.wildtype.as_ref().and_then(|scored| scored.as_ref().ok());
            let scored = answer.scored.as_ref().ok()?;
            let model = self.immunogenicity.as_ref()?;
            model.probability(&answer.row.peptide, scored, wild_type).ok()
        };
        Arc::new(answers.iter().map(probability).collect::<Float32Array>())
    }
}

/// A lower percentile is better; of equal ones the higher score; the first of equals.
fn is_better(one: &Answer<'_>, other: &Answer<'_>) -> bool {
    match (&one.scored, &other.scored) {
        (Ok(a), Ok(b)) => {
            a.percentile < b.percentile || (a.percentile <= b.percentile && a.score > b.score)
        }
        (Ok(_), Err(_)) => true,
        (Err(_), _) => false,
    }
}

fn column(name: &str, answers: &[Answer<'_>], known: &HashMap<&str, String>) -> ArrayRef {
    let text = |of: fn(&Row) -> Option<&str>| -> ArrayRef {
        Arc::new(answers.iter().map(|a| of(a.row)).collect::<StringArray>())
    };
    let number = |of: fn(&Answer<'_>) -> Option<f32>| -> ArrayRef {
        Arc::new(answers.iter().map(of).collect::<Float32Array>())
    };
    match name {
        "sequence" => text(|row| row.sequence.as_deref()),
        "position" => Arc::new(answers.iter().map(|a| a.row.position).collect::<UInt64Array>()),
        "name" => text(|row| row.name.as_deref()),
        "peptide" => text(|row| Some(&row.peptide)),
        "n_flank" => text(|row| Some(&row.flanks.as_ref()?.0)),
        "c_flank" => text(|row| Some(&row.flanks.as_ref()?.1)),
        "allele" => {
            Arc::new(answers.iter().map(|a| Some(a.allele.as_str())).collect::<StringArray>())
        }
        "presentation_score" => number(|a| Some(a.scored.as_ref().ok()?.score)),
        "presentation_percentile" => number(|a| Some(a.scored.as_ref().ok()?.percentile)),
        "affinity_nm" => number(nanomolar),
        "affinity_percentile" => number(|a| Some(a.scored.as_ref().ok()?.affinity?.percentile)),
        "core" => Arc::new(answers.iter().map(core).collect::<StringArray>()),
        "wildtype" => text(|row| row.wildtype.as_deref()),
        "wildtype_presentation_score" => {
            number(|a| Some(a.wildtype.as_ref()?.as_ref().ok()?.score))
        }
        "wildtype_presentation_percentile" => {
            number(|a| Some(a.wildtype.as_ref()?.as_ref().ok()?.percentile))
        }
        "wildtype_affinity_nm" => number(wildtype_nanomolar),
        "agretopicity" => number(|a| Some(wildtype_nanomolar(a)? / nanomolar(a)?)),
        "scored_as" => Arc::new(
            answers
                .iter()
                .map(|a| known.get(a.allele.as_str()).map(String::as_str))
                .collect::<StringArray>(),
        ),
        _ => Arc::new(answers.iter().map(note).collect::<StringArray>()),
    }
}

fn nanomolar(answer: &Answer<'_>) -> Option<f32> {
    Some(answer.scored.as_ref().ok()?.affinity?.nanomolar)
}

fn wildtype_nanomolar(answer: &Answer<'_>) -> Option<f32> {
    Some(answer.wildtype.as_ref()?.as_ref().ok()?.affinity?.nanomolar)
}

fn core<'r>(answer: &Answer<'r>) -> Option<&'r str> {
    let start = usize::from(answer.scored.as_ref().ok()?.core?);
    answer.row.peptide.get(start..start + CORE)
}

/// Why there is no score, of the peptide or of its wild type.
fn note(answer: &Answer<'_>) -> Option<String> {
    match (&answer.scored, &answer.wildtype) {
        (Err(reason), _) => Some(reason.to_string()),
        (_, Some(Err(reason))) => Some(format!("wild type: {reason}")),
        _ => None,
    }
}
