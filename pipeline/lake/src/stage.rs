//! The stages: DataFusion plans over the tables before them.

use std::sync::Arc;

use arrow::array::{AsArray, RecordBatch};
use arrow::datatypes::Int64Type;
use datafusion::common::{ParamValues, ScalarValue};
use datafusion::datasource::MemTable;
use datafusion::prelude::{DataFrame, SessionContext, cast, col, lit};
use vaxloom_tables::Table;

use crate::LakeError;
use crate::session::Resources;
use crate::settings::Settings;
use crate::workers::{self, Workers};

/// A stage: what it reads, what it writes and how.
#[derive(Debug)]
pub struct Stage {
    /// Name of the stage and of the table it writes.
    pub table: &'static str,
    /// What it does, for people.
    pub help: &'static str,
    /// The plan. Rows with a `rule` go to quarantine, with the columns that say where they stand.
    compute: &'static str,
    /// What becomes of the rows that stay, read from `raw`; none where they stay as they are.
    keep: Option<&'static str>,
    /// Whether the plan can refuse rows.
    refuses: bool,
    /// Where a row stands for one thing that came in: how many came in, so that what was passed over is counted.
    units: Option<&'static str>,
}

/// The stages in the order of the data's path. Each reads the tables of those before it.
pub const STAGES: &[Stage] = &[
    Stage {
        table: "hla_typing",
        help: "HLA alleles in two-field normal form",
        compute: include_str!("stages/hla_typing.sql"),
        keep: Some(include_str!("stages/hla_typing.keep.sql")),
        refuses: true,
        units: None,
    },
    Stage {
        table: "consequence",
        help: "effects on proteins, one transcript chosen a variant",
        compute: include_str!("stages/consequence.sql"),
        keep: Some(include_str!("stages/consequence.keep.sql")),
        refuses: true,
        units: None,
    },
    Stage {
        table: "peptide",
        help: "8- to 11-residue windows that hold a changed residue",
        compute: include_str!("stages/peptide.sql"),
        keep: None,
        refuses: false,
        units: None,
    },
    Stage {
        table: "presentation",
        help: "class I presentation of each new peptide and allele",
        compute: include_str!("stages/presentation.sql"),
        keep: None,
        refuses: false,
        units: None,
    },
    Stage {
        table: "neoantigen",
        help: "features, tier and rank of each mutation",
        compute: include_str!("stages/neoantigen.sql"),
        keep: None,
        refuses: false,
        units: Some("SELECT count(*) FROM consequence WHERE chosen AND mutant_protein IS NOT NULL"),
    },
    Stage {
        table: "construct",
        help: "candidate molecules: order, joints, codons, checks",
        compute: include_str!("stages/construct.sql"),
        keep: None,
        refuses: true,
        units: None,
    },
    Stage {
        table: "construct_element",
        help: "the parts of each molecule with their sources",
        compute: include_str!("stages/construct_element.sql"),
        keep: None,
        refuses: false,
        units: None,
    },
];

/// What a stage did.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct StageCount {
    /// Stage.
    pub stage: String,
    /// Rows that its plan gave.
    pub rows_in: usize,
    /// Rows that stayed.
    pub rows_out: usize,
    /// Rows that went to quarantine.
    pub quarantined: usize,
    /// Mutations of which no new peptide comes: the protein is only cut short, or every window is a self peptide.
    pub passed_over: usize,
}

/// Rows of a finished stage.
#[derive(Debug)]
pub(crate) struct StageRows {
    pub(crate) kept: Vec<RecordBatch>,
    pub(crate) refused: Vec<RecordBatch>,
    pub(crate) count: StageCount,
}

impl Stage {
    /// Runs the stage over the tables of the session, what is expensive of it with workers where there are some, and checks its
    /// batches against the schema.
    pub(crate) async fn run(
        &self,
        session: &SessionContext,
        settings: &Settings,
        resources: &Resources,
        workers: Option<&dyn Workers>,
    ) -> Result<StageRows, LakeError> {
        let table = schema(self.table)?;
        let sql = fill_in(self.compute, settings, resources);
        let mut computed = plan(session, &sql, settings).await?;
        if let Some(workers) = workers {
            computed = workers::computed(computed, self.table, workers).await?;
        }
        if !self.refuses {
            let kept = written(computed, table, &settings.run_id).await?;
            let out = rows(&kept);
            let rows_in = match self.units {
                Some(units) => count(session, units).await?,
                None => out,
            };
            let count = self.count(rows_in, out, 0);
            return Ok(StageRows { kept, refused: vec![], count });
        }
        session.deregister_table("raw")?;
        session.register_table("raw", computed.cache().await?.into_view())?;
        let keep = self.keep.unwrap_or("SELECT * FROM raw WHERE rule IS NULL");
        let kept = written(plan(session, keep, settings).await?, table, &settings.run_id).await?;
        let refused = plan(session, &self.refused_rows(), settings).await?;
        let refused = written(refused, schema("quarantine")?, &settings.run_id).await?;
        let (all, stay) = (
            count(session, "SELECT count(*) FROM raw").await?,
            count(session, "SELECT count(*) FROM raw WHERE rule IS NULL").await?,
        );
        session.deregister_table("raw")?;
        let count = self.count(all, stay, rows(&refused));
        Ok(StageRows { kept, refused, count })
    }

    fn count(&self, rows_in: usize, rows_out: usize, quarantined: usize) -> StageCount {
        let passed_over = match self.units {
            Some(_) => rows_in.saturating_sub(rows_out + quarantined),
            None => 0,
        };
        StageCount { stage: self.table.to_owned(), rows_in, rows_out, quarantined, passed_over }
    }

    fn refused_rows(&self) -> String {
        format!(
            "SELECT '{}' AS stage, patient_id, source_file, source_line, path, rule, message, remedy \
             FROM raw WHERE rule IS NOT NULL ORDER BY patient_id, source_file, source_line, rule, message",
            self.table
        )
    }
}

/// The policy's rules stand in the plan's text, where they are planned and typed like the rest; so does whether there is
/// a resource to ask.
fn fill_in(sql: &str, settings: &Settings, resources: &Resources) -> String {
    let sql = settings.ranking.fill_in(sql);
    sql.replace("{proteome}", &resources.proteome.is_some().to_string())
        .replace("{class_two}", &resources.class_two.is_some().to_string())
        .replace("{epitopes}", &resources.epitopes.is_some().to_string())
}

async fn plan(
    session: &SessionContext,
    sql: &str,
    settings: &Settings,
) -> Result<DataFrame, LakeError> {
    let frame = session.sql(sql).await?;
    Ok(frame.with_param_values(ParamValues::from(settings.parameters()))?)
}

/// The rows as the table's columns, in its types, checked against its schema.
pub(crate) async fn written(
    frame: DataFrame,
    table: &Table,
    run_id: &str,
) -> Result<Vec<RecordBatch>, LakeError> {
    as_table(frame.with_column("run_id", lit(run_id))?, table).await
}

/// The same of rows that say themselves which run wrote them. A column that an older version of the table lacks is none.
pub(crate) async fn as_table(
    frame: DataFrame,
    table: &Table,
) -> Result<Vec<RecordBatch>, LakeError> {
    let there = frame.schema().clone();
    let columns = table.columns.iter().map(|c| {
        let known = there.has_column_with_unqualified_name(&c.name);
        let value = if known { col(&c.name) } else { lit(ScalarValue::Null) };
        cast(value, c.data_type.clone()).alias(&c.name)
    });
    let batches = frame.select(columns.collect::<Vec<_>>())?.collect().await?;
    batches
        .into_iter()
        .filter(|batch| batch.num_rows() > 0)
        .map(|batch| {
            let batch = batch_of(table, &batch)?;
            table.check(&batch)?;
            Ok(batch)
        })
        .collect()
}

/// The same columns under the table's own schema, with its comments and nullability.
fn batch_of(table: &Table, batch: &RecordBatch) -> Result<RecordBatch, LakeError> {
    let named = |source: arrow::error::ArrowError| LakeError::Write {
        table: table.name.clone(),
        message: source.to_string(),
    };
    RecordBatch::try_new(Arc::clone(&table.schema), batch.columns().to_vec()).map_err(named)
}

async fn count(session: &SessionContext, sql: &str) -> Result<usize, LakeError> {
    let batches = session.sql(sql).await?.collect().await?;
    let counted = batches.first().map_or(0, |b| b.column(0).as_primitive::<Int64Type>().value(0));
    Ok(usize::try_from(counted).unwrap_or_default())
}

/// The schema of one of our own tables.
pub(crate) fn schema(name: &str) -> Result<&'static Table, LakeError> {
    vaxloom_tables::table(name).ok_or_else(|| LakeError::UnknownTable { table: name.to_owned() })
}

/// Puts rows in memory under a name, in the place of what was there.
pub(crate) fn replace(
    session: &SessionContext,
    name: &str,
    batches: Vec<RecordBatch>,
) -> Result<(), LakeError> {
    let schema = match batches.first() {
        Some(batch) => batch.schema(),
        None => Arc::clone(&schema(name)?.schema),
    };
    session.deregister_table(name)?;
    session.register_table(name, Arc::new(MemTable::try_new(schema, vec![batches])?))?;
    Ok(())
}

pub(crate) fn rows(batches: &[RecordBatch]) -> usize {
    batches.iter().map(RecordBatch::num_rows).sum()
}
