//! The stages one after the other, over the inputs of the patients that have changed.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use arrow::array::RecordBatch;
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use datafusion::prelude::SessionContext;
use vaxloom_immune::Predictor;

use crate::retier::ranked;
use crate::session::{Limits, Resources, give, register_tables, session, session_over};
use crate::stage::{STAGES, Stage, StageCount, StageRows, replace, rows, schema, written};
use crate::store::{literal, one_of};
use crate::{Lake, LakeError, Settings, TableVersions, Workers};

/// Rows by table, in memory, before they are committed.
pub type TableRows = BTreeMap<String, Vec<RecordBatch>>;

/// Tables that a run replaces patient by patient; the others only grow.
pub(crate) const BY_PATIENT: &[&str] = &[
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
    "basis",
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
        Field::new("resource_id", DataType::Utf8, true),
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

/// A part of the pipeline that can be made anew over what the lake has of the parts before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Part {
    /// Everything, from the inputs on.
    Inputs,
    /// Tiers, ranks and what comes after: no peptide is scored.
    Ranking,
    /// The molecules alone.
    Constructs,
}

impl Part {
    /// The part that makes a table anew.
    fn of(table: &str) -> Self {
        match table {
            "neoantigen" => Self::Ranking,
            "construct" | "construct_element" => Self::Constructs,
            _ => Self::Inputs,
        }
    }

    /// Whether rows of this stage stay as they are where this part, and what comes after it, is made anew.
    pub fn leaves(self, stage: &str) -> bool {
        Self::of(stage) < self
    }

    /// Whether rows of this table are written where this part is made anew.
    fn makes(self, table: &str) -> bool {
        ["patient", "basis"].contains(&table) || !self.leaves(table)
    }
}

/// What the stages of a run start from.
#[derive(Debug)]
pub enum Start<'a> {
    /// Input tables (records, variants, expression, and the temporary `hla_report` and `computed_consequence`).
    Inputs(TableRows),
    /// What the lake has of these patients, each with the new hash of what its results rest on.
    Lake(Part, &'a BTreeMap<String, String>),
}

impl Start<'_> {
    /// The first part that is made.
    pub fn part(&self) -> Part {
        match self {
            Self::Inputs(_) => Part::Inputs,
            Self::Lake(part, _) => *part,
        }
    }
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
#[derive(Debug, Default)]
pub struct Outcome {
    /// Rows by table: the inputs and what the stages made of them.
    pub tables: TableRows,
    /// Rows of `quarantine` that the stages refused.
    pub refused: Vec<RecordBatch>,
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

/// What does the work.
#[derive(Clone, Copy)]
pub struct Hands<'a> {
    /// Partitions that a plan may work on at a time in this process.
    pub threads: usize,
    /// Machines for what is expensive, if not this one.
    pub workers: Option<&'a dyn Workers>,
}

/// Runs the stages that come after `start`. Nothing is written.
pub async fn run_stages(
    lake: &Lake,
    predictor: &Arc<dyn Predictor>,
    settings: &Settings,
    resources: &Resources,
    start: Start<'_>,
    hands: Hands<'_>,
    tell: &mut impl FnMut(Event<'_>),
) -> Result<Outcome, LakeError> {
    let session = session(hands.threads, predictor);
    give(&session, predictor, resources);
    register_tables(&session, "lake", lake.tables(&session).await?)?;
    let part = start.part();
    let mut tables = match start {
        Start::Inputs(tables) => {
            for (name, batches) in &tables {
                replace(&session, name, batches.clone())?;
            }
            tables
        }
        Start::Lake(part, patients) => kept(&session, part, patients, &settings.run_id).await?,
    };
    for temporary in ["hla_report", "gene_loss", "computed_consequence"] {
        tables.remove(temporary);
    }
    let mut outcome = Outcome { tables, ..Outcome::default() };
    for stage in STAGES.iter().filter(|stage| !part.leaves(stage.table)) {
        tell(Event::Started(stage.table, stage.help));
        let clock = Instant::now();
        let rows = match (part, stage.table) {
            (Part::Ranking, "neoantigen") => ranked_anew(stage, &session, settings).await?,
            _ => stage.run(&session, settings, resources, hands.workers).await?,
        };
        balanced(&rows.count)?;
        replace(&session, stage.table, rows.kept.clone())?;
        outcome.tables.insert(stage.table.to_owned(), rows.kept);
        outcome.refused.extend(rows.refused);
        let stage = Finished { count: rows.count, time: clock.elapsed() };
        tell(Event::Finished(&stage));
        outcome.stages.push(stage);
    }
    Ok(outcome)
}

/// The rows that the lake has of `neoantigen` under the settings' ranking: features and scores stay as they are.
async fn ranked_anew(
    stage: &Stage,
    session: &SessionContext,
    settings: &Settings,
) -> Result<StageRows, LakeError> {
    let ranked = ranked(session, &settings.ranking).await?;
    let kept = written(ranked, schema(stage.table)?, &settings.run_id).await?;
    let (stage, rows) = (stage.table.to_owned(), rows(&kept));
    let count = StageCount { stage, rows_in: rows, rows_out: rows, quarantined: 0, passed_over: 0 };
    Ok(StageRows { kept, refused: vec![], count })
}

/// Gives the session what the lake has of these patients, and answers with the rows that are told anew although they stay:
/// the patients, and what had been refused of them.
async fn kept(
    session: &SessionContext,
    part: Part,
    patients: &BTreeMap<String, String>,
    run_id: &str,
) -> Result<TableRows, LakeError> {
    let ids: Vec<String> = patients.keys().cloned().collect();
    let of_patients = if ids.is_empty() { "false".to_owned() } else { one_of(&ids) };
    let needed = |table: &str| part.leaves(table) || (part, table) == (Part::Ranking, "neoantigen");
    for table in BY_PATIENT.iter().filter(|table| needed(table)) {
        let sql = format!("SELECT * FROM lake.{table} WHERE {of_patients}");
        replace(session, table, session.sql(&sql).await?.collect().await?)?;
    }
    for table in GROWING {
        replace(session, table, Vec::new())?;
    }
    let hashes: Vec<String> = patients
        .iter()
        .map(|(id, hash)| format!("WHEN {} THEN {}", literal(id), literal(hash)))
        .collect();
    // Without patients there is nothing to tell apart.
    let hash = if hashes.is_empty() {
        "'' AS input_hash".to_owned()
    } else {
        format!("CASE patient_id {} ELSE '' END AS input_hash", hashes.join(" "))
    };
    let told =
        format!("SELECT * EXCEPT (input_hash, run_id), {hash} FROM patient ORDER BY patient_id");
    let redone: Vec<String> = STAGES
        .iter()
        .filter(|stage| !part.leaves(stage.table))
        .map(|stage| literal(stage.table))
        .collect();
    let refused = format!(
        "SELECT q.* EXCEPT (run_id) FROM lake.quarantine q JOIN patient p \
         ON q.patient_id = p.patient_id AND q.run_id = p.run_id \
         WHERE q.stage NOT IN ({}) ORDER BY q.patient_id, q.source_file, q.source_line, q.rule, q.message",
        redone.join(", ")
    );
    let mut tables = TableRows::new();
    for (table, sql) in [("patient", told), ("quarantine", refused)] {
        let rows = written(session.sql(&sql).await?, schema(table)?, run_id).await?;
        tables.insert(table.to_owned(), rows);
    }
    Ok(tables)
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

/// Whose rows a run takes away, or gives others in their place.
#[derive(Debug, Clone, Copy)]
pub struct Replaced<'a> {
    /// The first part that was made anew.
    pub part: Part,
    /// Patients whose rows of that part, and of those after it, are made anew.
    pub patients: &'a [String],
    /// Patients who leave the lake.
    pub gone: &'a [String],
}

/// Writes the tables of a run in the place of what the lake had of the patients. They become visible with
/// [`Lake::finish`].
pub async fn commit(
    lake: &mut Lake,
    mut tables: TableRows,
    replaced: Replaced<'_>,
) -> Result<(), LakeError> {
    for table in BY_PATIENT {
        let anew = if replaced.part.makes(table) { replaced.patients } else { &[] };
        let patients: Vec<String> = anew.iter().chain(replaced.gone).cloned().collect();
        let patients = Some(patients.as_slice()).filter(|patients| !patients.is_empty());
        lake.write(table, tables.remove(*table).unwrap_or_default(), patients).await?;
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
    session_over(lake, predictor, Limits { threads, memory: None, files: false }).await
}

/// A session over the lake as its last finished run left it, and, under the schema `before`, as those versions of its tables
/// were.
pub async fn compared(lake: &Lake, before: &TableVersions) -> Result<SessionContext, LakeError> {
    let session = SessionContext::new_with_config(crate::session::config(1));
    register_tables(&session, "public", lake.tables(&session).await?)?;
    let before = lake.as_of(before.clone()).await?;
    register_tables(&session, "before", before.tables(&session).await?)?;
    Ok(session)
}
