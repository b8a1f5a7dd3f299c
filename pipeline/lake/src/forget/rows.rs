//! The rows of a patient, and those that name one: counted, and taken away.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use arrow::array::{Array, AsArray, RecordBatch};
use arrow::json::{LineDelimitedWriter, ReaderBuilder};
use datafusion::prelude::SessionContext;
use deltalake::protocol::{DeltaOperation, SaveMode};
use futures::TryStreamExt;
use serde_json::{Map, Value, json};
use vaxloom_tables::Table;

use super::{Mention, Order};
use crate::files::TableFiles;
use crate::pipeline::BY_PATIENT;
use crate::session::{config, register_tables};
use crate::stage::schema;
use crate::store::literal;
use crate::write::{Change, in_memory};
use crate::{Lake, LakeError};

/// Property that a table has since its history begins anew.
const HISTORY: &str = "vaxloom.historyBegins";

/// Peptides that one statement names.
const NAMED: usize = 1000;

/// A session over the lake, without functions.
async fn reader(lake: &Lake) -> Result<SessionContext, LakeError> {
    let session = SessionContext::new_with_config(config(1));
    register_tables(&session, "public", lake.tables(&session).await?)?;
    Ok(session)
}

/// Patients of the lake, and those that its quarantine knows.
pub(super) async fn patients(lake: &Lake) -> Result<BTreeSet<String>, LakeError> {
    let session = reader(lake).await?;
    let known = "SELECT patient_id FROM patient \
                 UNION SELECT patient_id FROM quarantine WHERE patient_id IS NOT NULL";
    texts(&session, known).await
}

async fn texts(session: &SessionContext, sql: &str) -> Result<BTreeSet<String>, LakeError> {
    let batches = session.sql(sql).await?.collect().await?;
    let column = |batch: &RecordBatch| -> Vec<String> {
        batch.column(0).as_string::<i32>().iter().flatten().map(str::to_owned).collect()
    };
    Ok(batches.iter().flat_map(column).collect())
}

/// Rows of each table that name the patient in a text; `presentation` knows no patients.
pub(super) async fn naming(
    lake: &Lake,
    mention: &Mention,
) -> Result<BTreeMap<String, usize>, LakeError> {
    let session = reader(lake).await?;
    let mut counts = BTreeMap::new();
    for table in vaxloom_tables::all().iter().filter(|table| table.name != "presentation") {
        let mut batches = session.table(&table.name).await?.execute_stream().await?;
        let mut count = 0;
        while let Some(batch) = batches.try_next().await? {
            count += (0..batch.num_rows()).filter(|row| names(&batch, *row, mention)).count();
        }
        counts.insert(table.name.clone(), count);
    }
    Ok(counts)
}

fn names(batch: &RecordBatch, row: usize, mention: &Mention) -> bool {
    batch
        .columns()
        .iter()
        .filter_map(|column| column.as_string_opt::<i32>())
        .any(|texts| texts.is_valid(row) && mention.is_in(texts.value(row).as_bytes()))
}

/// Takes the patient out of every table, as a run of its own, and answers with how many cached scores went. Every table is
/// committed to once more, so that the log of its last version names no one.
pub(super) async fn remove(
    lake: &mut Lake,
    patient: &str,
    mention: &Mention,
    hash: &str,
    order: &Order,
) -> Result<usize, LakeError> {
    let scores = remove_scores(lake, patient).await?;
    let patients = [patient.to_owned()];
    for table in BY_PATIENT {
        if lake.versions().contains_key(*table) {
            lake.write(table, vec![], Some(&patients)).await?;
        }
    }
    let session = reader(lake).await?;
    let told =
        |row: &Map<String, Value>| !mention.is_in(Value::from(row.clone()).to_string().as_bytes());
    let mut kept = read(&session, "quarantine").await?;
    kept.retain(told);
    lake.overwrite("quarantine", kept).await?;
    let mut audit = read(&session, "audit").await?;
    for row in &mut audit {
        cut(row, mention);
    }
    audit.push(deed(hash, order));
    lake.overwrite("audit", audit).await?;
    let mut runs = read(&session, "run").await?;
    for table in vaxloom_tables::all().iter().filter(|table| table.name != "run") {
        lake.begin_history(table).await?;
    }
    let last = runs.iter().max_by_key(|row| {
        let text =
            |name: &str| row.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
        (text("finished_at"), text("run_id"))
    });
    let row = last.map(|last| run_row(last, lake, order)).transpose()?;
    runs.extend(row);
    for row in &mut runs {
        cut(row, mention);
    }
    lake.overwrite("run", runs).await?;
    Ok(scores)
}

/// Scores of peptides that no other patient has: they tell of this one's tumour.
async fn remove_scores(lake: &mut Lake, patient: &str) -> Result<usize, LakeError> {
    let session = reader(lake).await?;
    let of = |which: &str| {
        format!(
            "SELECT peptide FROM peptide WHERE {which} \
             UNION SELECT wildtype_peptide AS peptide FROM peptide WHERE {which} AND wildtype_peptide IS NOT NULL"
        )
    };
    let patient = literal(patient);
    let own = format!(
        "SELECT * FROM ({}) EXCEPT SELECT * FROM ({})",
        of(&format!("patient_id = {patient}")),
        of(&format!("patient_id <> {patient}"))
    );
    let own: Vec<String> = texts(&session, &own).await?.into_iter().collect();
    let mut scores = 0;
    for peptides in own.chunks(NAMED) {
        let named: Vec<String> = peptides.iter().map(|peptide| literal(peptide)).collect();
        let which = format!("peptide IN ({})", named.join(", "));
        let count = format!("SELECT peptide FROM presentation WHERE {which}");
        let found = session.sql(&count).await?.count().await?;
        if found > 0 {
            lake.remove_where("presentation", &which).await?;
        }
        scores += found;
    }
    Ok(scores)
}

async fn read(session: &SessionContext, table: &str) -> Result<Vec<Map<String, Value>>, LakeError> {
    let mut writer = LineDelimitedWriter::new(Vec::new());
    for batch in session.table(table).await?.collect().await? {
        writer.write(&batch)?;
    }
    writer.finish()?;
    let text = writer.into_inner();
    let rows = serde_json::Deserializer::from_slice(&text).into_iter();
    Ok(rows.collect::<Result<_, _>>()?)
}

/// Takes the name out of every text of a row; what is JSON keeps its form.
fn cut(row: &mut Map<String, Value>, mention: &Mention) {
    for value in row.values_mut() {
        let Value::String(text) = value else { continue };
        if !mention.is_in(text.as_bytes()) {
            continue;
        }
        *text = match serde_json::from_str::<Value>(text) {
            Ok(mut inner @ (Value::Object(_) | Value::Array(_))) => {
                cut_json(&mut inner, mention);
                inner.to_string()
            }
            _ => mention.cut_from(text),
        };
    }
}

fn cut_json(value: &mut Value, mention: &Mention) {
    match value {
        Value::Object(fields) => {
            fields.retain(|name, _| !mention.is_in(name.as_bytes()));
            fields.values_mut().for_each(|value| cut_json(value, mention));
        }
        Value::Array(values) => values.iter_mut().for_each(|value| cut_json(value, mention)),
        Value::String(text) => *text = mention.cut_from(text),
        _ => {}
    }
}

fn deed(hash: &str, order: &Order) -> Map<String, Value> {
    let row = json!({
        "at": order.started_at, "actor": order.actor, "command": "forget", "target": hash,
        "version": order.program_version, "inputs": "{}", "profile": "", "rules": "{}", "rows_in": 0, "rows_out": 0,
        "rows_transformed": 0, "rows_quarantined": 0, "notes": "[]", "seq": order.trail.0, "hash": order.trail.1,
        "run_id": order.run_id,
    });
    row.as_object().cloned().unwrap_or_default()
}

/// That of the last run, whose settings still hold, as this one leaves the lake.
fn run_row(
    last: &Map<String, Value>,
    lake: &Lake,
    order: &Order,
) -> Result<Map<String, Value>, LakeError> {
    let mut row = last.clone();
    let ended = last.get("finished_at").and_then(Value::as_str);
    let versions = serde_json::to_string(lake.versions())?;
    let others = [
        ("run_id", Value::from(order.run_id.as_str())),
        ("started_at", Value::from(order.started_at.as_str())),
        ("finished_at", Value::from((order.end_after)(ended))),
        ("program_version", Value::from(order.program_version.as_str())),
        ("patients_run", Value::from(0)),
        ("quarantined", Value::from(0)),
        ("stage_counts", Value::from("[]")),
        ("table_versions", Value::from(versions)),
    ];
    row.extend(others.map(|(name, value)| (name.to_owned(), value)));
    Ok(row)
}

fn batch(table: &Table, rows: &[Map<String, Value>]) -> Result<RecordBatch, LakeError> {
    if rows.is_empty() {
        return Ok(table.empty_batch());
    }
    let mut decoder = ReaderBuilder::new(Arc::clone(&table.schema))
        .with_batch_size(rows.len())
        .build_decoder()?;
    decoder.serialize(rows)?;
    Ok(decoder.flush()?.unwrap_or_else(|| table.empty_batch()))
}

impl Lake {
    /// These rows in the place of all that a table has.
    async fn overwrite(
        &mut self,
        table: &str,
        rows: Vec<Map<String, Value>>,
    ) -> Result<(), LakeError> {
        let table = schema(table)?;
        if !self.versions().contains_key(&table.name) {
            return Ok(());
        }
        self.check_held()?;
        let batch = batch(table, &rows)?;
        table.check(&batch)?;
        let delta = self.writable(table).await?;
        let Some(all) = TableFiles::of(&delta, table, self.place())? else {
            return Err(LakeError::unmanaged(table));
        };
        let operation = DeltaOperation::Write {
            mode: SaveMode::Overwrite,
            partition_by: None,
            predicate: None,
        };
        let (files, rows) = (Vec::new(), vec![in_memory(table, vec![batch])?]);
        let change = Change { all: &all, files, without: None, rows, operation };
        let fail = |error| LakeError::writing(&table.name, &error);
        let version = change.replacing(&delta, table, self.place()).await.map_err(fail)?;
        let delta = self.version(&table.name, version).await?;
        self.seen(table, delta);
        Ok(())
    }

    /// The table without these rows.
    async fn remove_where(&mut self, table: &str, which: &str) -> Result<(), LakeError> {
        let table = schema(table)?;
        self.check_held()?;
        let delta = self.writable(table).await?;
        let fail = |error| LakeError::writing(&table.name, &error);
        let (delta, _) = delta.delete().with_predicate(which).await.map_err(fail)?;
        self.seen(table, delta);
        Ok(())
    }

    /// A version of the table whose log says nothing but that its history begins there.
    async fn begin_history(&mut self, table: &Table) -> Result<(), LakeError> {
        let Some(version) = self.versions().get(&table.name) else { return Ok(()) };
        self.check_held()?;
        let begins = HashMap::from([(HISTORY.to_owned(), (version + 1).to_string())]);
        let delta = self.writable(table).await?;
        let set =
            delta.set_tbl_properties().with_properties(begins).with_raise_if_not_exists(false);
        let written = set.await.map_err(|error| LakeError::writing(&table.name, &error))?;
        self.seen(table, written);
        Ok(())
    }
}
