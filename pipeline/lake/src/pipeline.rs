//! The stages one after the other, over the inputs of the patients that have changed.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use arrow::array::RecordBatch;
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use datafusion::prelude::SessionContext;
use vaxloom_immune::Predictor;

use crate::session::{Resources, give, register_tables, session};
use crate::stage::{STAGES, StageCount, replace};
use crate::{Lake, LakeError, Settings};

/// Rows by table, in memory, before they are committed.
pub type TableRows = BTreeMap<String, Vec<RecordBatch>>;

/// Tables that a run replaces patient by patient; the others only grow.
const BY_PATIENT: &[&str] = &[
    "patient",
    "condition",
    "specimen",
    "treatment",
    "observation",
    "hla_typing",
    "somatic_variant",
    "expression",
    "consequence",
    "peptide",
    "neoantigen",
    "construct",
    "construct_element",
];

/// Tables that a run only adds to.
const GROWING: &[&str] = &["presentation", "quarantine", "audit"];

/// Columns of the temporary table `hla_report`: alleles as they were reported, where, and what copy numbers say of them.
pub fn hla_report_schema() -> SchemaRef {
    let text = |name: &str| Field::new(name, DataType::Utf8, false);
    let line = Field::new("source_line", DataType::Int64, false);
    Arc::new(Schema::new(vec![
        text("patient_id"),
        text("reported"),
        text("source_file"),
        line,
        text("path"),
        Field::new("lost", DataType::Boolean, true),
        Field::new("loss_note", DataType::Utf8, true),
    ]))
}

/// Columns of the temporary table `gene_loss`: copies that a sample's tumour has left of each gene of antigen presentation
/// (0, 1 of one parent, 2), where its copy numbers say so.
pub fn gene_loss_schema() -> SchemaRef {
    let text = |name: &str| Field::new(name, DataType::Utf8, false);
    let mut fields = ["patient_id", "sample_id", "gene"].map(text).to_vec();
    fields.push(Field::new("copies", DataType::Int32, false));
    Arc::new(Schema::new(fields))
}

/// Columns of the temporary table `computed_consequence`: those of `consequence` that say what a variant does, where the
/// variant stands, and `rule`, `message` and `remedy` of a variant that could not be used instead.
pub fn computed_consequence_schema() -> SchemaRef {
    let text = |name: &str| Field::new(name, DataType::Utf8, false);
    let place = ["patient_id", "sample_id", "variant_id", "source_file", "path"].map(text);
    let line = Field::new("source_line", DataType::Int64, false);
    let told = crate::functions::consequence_fields();
    let told = told.iter().map(|field| field.as_ref().clone());
    Arc::new(Schema::new(place.into_iter().chain([line]).chain(told).collect::<Vec<_>>()))
}

/// One finished stage.
#[derive(Debug, Clone)]
pub struct Finished {
    /// Rows in, out and refused.
    pub count: StageCount,
    /// Wall-clock time.
    pub time: Duration,
}

/// The tables of a run, and what each stage did.
#[derive(Debug)]
pub struct Outcome {
    /// Rows by table: the inputs and what the stages made of them.
    pub tables: TableRows,
    /// The stages in order.
    pub stages: Vec<Finished>,
}

/// What a run tells of its stages while it goes on.
#[derive(Debug, Clone, Copy)]
pub enum Event<'a> {
    /// A stage begins: its name and what it does.
    Started(&'static str, &'static str),
    /// A stage has ended.
    Finished(&'a Finished),
}

/// Runs every stage over the input tables (records, variants, expression, and the temporary
/// `hla_report`, `gene_loss` and `computed_consequence`). Nothing is written.
pub async fn run_stages(
    lake: &Lake,
    predictor: &Arc<dyn Predictor>,
    settings: &Settings,
    resources: &Resources,
    inputs: TableRows,
    threads: usize,
    tell: &mut impl FnMut(Event<'_>),
) -> Result<Outcome, LakeError> {
    let session = session(threads, predictor);
    give(&session, predictor, resources);
    register_tables(&session, "lake", lake.tables(&session).await?)?;
    for (name, batches) in &inputs {
        replace(&session, name, batches.clone())?;
    }
    let mut outcome = Outcome { tables: inputs, stages: Vec::new() };
    for temporary in ["hla_report", "gene_loss", "computed_consequence"] {
        outcome.tables.remove(temporary);
    }
    for stage in STAGES {
        tell(Event::Started(stage.table, stage.help));
        let clock = Instant::now();
        let rows = stage.run(&session, settings, resources).await?;
        balanced(&rows.count)?;
        replace(&session, stage.table, rows.kept.clone())?;
        outcome.tables.insert(stage.table.to_owned(), rows.kept);
        outcome.tables.entry("quarantine".to_owned()).or_default().extend(rows.refused);
        let stage = Finished { count: rows.count, time: clock.elapsed() };
        tell(Event::Finished(&stage));
        outcome.stages.push(stage);
    }
    Ok(outcome)
}

fn balanced(count: &StageCount) -> Result<(), LakeError> {
    if count.rows_in == count.rows_out + count.quarantined + count.passed_over {
        return Ok(());
    }
    Err(LakeError::Unbalanced {
        stage: count.stage.clone(),
        rows_in: count.rows_in,
        rows_out: count.rows_out,
        quarantined: count.quarantined,
    })
}

/// Writes the tables of a run in the place of what the lake had of `patients`. They become visible with
/// [`Lake::finish`].
pub async fn commit(
    lake: &mut Lake,
    mut tables: TableRows,
    patients: &[String],
) -> Result<(), LakeError> {
    for table in BY_PATIENT {
        lake.write(table, tables.remove(*table).unwrap_or_default(), Some(patients)).await?;
    }
    for table in GROWING {
        lake.write(table, tables.remove(*table).unwrap_or_default(), None).await?;
    }
    Ok(())
}

/// A session over the lake as its last finished run left it, for queries.
pub async fn reader(
    lake: &Lake,
    predictor: &Arc<dyn Predictor>,
    threads: usize,
) -> Result<SessionContext, LakeError> {
    let session = session(threads, predictor);
    register_tables(&session, "public", lake.tables(&session).await?)?;
    Ok(session)
}
