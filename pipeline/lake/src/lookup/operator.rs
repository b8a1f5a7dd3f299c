//! The operator that adds scores to rows, chunk by chunk.

use std::fmt;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, RecordBatch, UInt32Array};
use arrow::datatypes::{FieldRef, Fields, Schema, SchemaRef};
use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::common::{
    ColumnStatistics, DataFusionError, Result, Statistics, internal_datafusion_err, internal_err,
};
use datafusion::execution::memory_pool::{MemoryConsumer, MemoryReservation};
use datafusion::execution::{SendableRecordBatchStream, SessionState, TaskContext};
use datafusion::physical_expr::PhysicalExpr;
use datafusion::physical_expr::projection::ProjectionMapping;
use datafusion::physical_plan::metrics::{ExecutionPlanMetricsSet, MetricsSet};
use datafusion::physical_plan::statistics::{ChildStats, StatisticsArgs};
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::{
    ChildrenPropertiesMode, DisplayAs, DisplayFormatType, ExecutionPlan, ExecutionPlanProperties,
    PlanProperties, ReplaceChildrenOptions, apply_expression_roots,
};
use futures::{StreamExt, TryStreamExt, stream};

use super::cached::{Cached, look_up};
use super::measures::Measures;
use super::pairs::{Known, Pairs};
use crate::functions::presentation::{Told, fields};

/// Most rows of a chunk. The first chunk has one batch, and each has [`GROWTH`] times the rows of the one before it, so that who
/// asks for a few rows does not wait for all.
const MOST: usize = 1 << 20;
const GROWTH: usize = 4;
/// Pairs that are scored before others may go on, and before it is looked whether the query still is wanted.
const AT_ONCE: usize = 8192;
/// Memory that a row takes beside its columns, by and large: its pair, and that one's scores.
const A_ROW: usize = 128;

/// What an operator is asked.
pub(super) struct Asked {
    pub(super) cached: Arc<Cached>,
    pub(super) state: SessionState,
    /// Peptide and allele.
    pub(super) pairs: Vec<[Arc<dyn PhysicalExpr>; 2]>,
    /// What is told of which pair.
    pub(super) columns: Vec<(Told, usize)>,
}

impl Asked {
    /// Columns of scores that are needed.
    fn needed(&self) -> Fields {
        let needed = |field: &&FieldRef| {
            self.columns.iter().any(|(told, _)| told.columns().contains(&field.name().as_str()))
        };
        fields().iter().filter(needed).cloned().collect()
    }
}

/// Its input's rows, in their order, with scores.
pub(super) struct ScoreLookup {
    asked: Arc<Asked>,
    input: Arc<dyn ExecutionPlan>,
    fields: Vec<FieldRef>,
    properties: Arc<PlanProperties>,
    metrics: ExecutionPlanMetricsSet,
}

impl ScoreLookup {
    pub(super) fn try_new(
        asked: Arc<Asked>,
        input: Arc<dyn ExecutionPlan>,
        fields: Vec<FieldRef>,
    ) -> Result<Self> {
        let below = input.schema();
        let both = below.fields().iter().chain(&fields).cloned().collect::<Vec<_>>();
        let schema = Arc::new(Schema::new_with_metadata(both, below.metadata().clone()));
        let all: Vec<usize> = (0..below.fields().len()).collect();
        let same = ProjectionMapping::from_indices(&all, &below)?;
        let properties = PlanProperties::new(
            input.equivalence_properties().project(&same, schema),
            input.output_partitioning().clone(),
            input.pipeline_behavior(),
            input.boundedness(),
        );
        let (properties, metrics) = (Arc::new(properties), ExecutionPlanMetricsSet::new());
        Ok(Self { asked, input, fields, properties, metrics })
    }
}

impl fmt::Debug for ScoreLookup {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.fmt_as(DisplayFormatType::Default, f)
    }
}

impl DisplayAs for ScoreLookup {
    fn fmt_as(&self, form: DisplayFormatType, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let calls = self.asked.columns.iter().map(|(told, pair)| {
            let [peptide, allele] = &self.asked.pairs[*pair];
            format!("{}({peptide}, {allele})", told.function())
        });
        let calls = calls.collect::<Vec<_>>().join(", ");
        match form {
            DisplayFormatType::TreeRender => write!(f, "{calls}"),
            _ => write!(f, "ScoreLookup: {calls}"),
        }
    }
}

impl ExecutionPlan for ScoreLookup {
    fn name(&self) -> &'static str {
        "ScoreLookup"
    }

    fn properties(&self) -> &Arc<PlanProperties> {
        &self.properties
    }

    fn children(&self) -> Vec<&Arc<dyn ExecutionPlan>> {
        vec![&self.input]
    }

    fn maintains_input_order(&self) -> Vec<bool> {
        vec![true]
    }

    // The predictor shares out its work itself, and one large chunk is looked up faster than many.
    fn benefits_from_input_partitioning(&self) -> Vec<bool> {
        vec![false]
    }

    fn apply_expressions(
        &self,
        each: &mut dyn FnMut(&Arc<dyn PhysicalExpr>) -> Result<TreeNodeRecursion>,
    ) -> Result<TreeNodeRecursion> {
        apply_expression_roots(self.asked.pairs.iter().flatten(), each)
    }

    fn replace_children(
        self: Arc<Self>,
        children: Vec<Arc<dyn ExecutionPlan>>,
        _: ReplaceChildrenOptions,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let [input] = &children[..] else { return internal_err!("scores of other than one input") };
        let (asked, input) = (Arc::clone(&self.asked), Arc::clone(input));
        Ok(Arc::new(Self::try_new(asked, input, self.fields.clone())?))
    }

    fn with_new_children(
        self: Arc<Self>,
        children: Vec<Arc<dyn ExecutionPlan>>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        self.replace_children(
            children,
            ReplaceChildrenOptions::new(ChildrenPropertiesMode::Recompute),
        )
    }

    fn child_stats_requests(&self, partition: Option<usize>) -> Vec<ChildStats> {
        vec![ChildStats::At(partition)]
    }

    fn statistics_from_inputs(
        &self,
        inputs: &[Arc<Statistics>],
        _: &StatisticsArgs,
    ) -> Result<Arc<Statistics>> {
        let [input] = inputs else { return internal_err!("scores of other than one input") };
        let mut both = input.as_ref().clone();
        both.column_statistics.extend(self.fields.iter().map(|_| ColumnStatistics::new_unknown()));
        Ok(Arc::new(both))
    }

    fn metrics(&self) -> Option<MetricsSet> {
        Some(self.metrics.clone_inner())
    }

    fn execute(
        &self,
        partition: usize,
        context: Arc<TaskContext>,
    ) -> Result<SendableRecordBatchStream> {
        let input = self.input.execute(partition, Arc::clone(&context))?;
        let memory = MemoryConsumer::new("ScoreLookup").register(context.memory_pool());
        let rows = context.session_config().batch_size();
        let scoring = Scoring {
            asked: Arc::clone(&self.asked),
            schema: self.schema(),
            context,
            measures: Measures::of(&self.metrics, partition),
        };
        let chunks = Chunks { input, memory, rows, rest: None, scoring };
        let chunks = stream::try_unfold(chunks, |mut chunks| async move {
            let next = chunks.next().await?;
            Ok::<_, DataFusionError>(next.map(|batches| (batches, chunks)))
        });
        let batches = chunks.map_ok(|batches| stream::iter(batches).map(Ok)).try_flatten();
        Ok(Box::pin(RecordBatchStreamAdapter::new(self.schema(), batches)))
    }
}

/// The rows of a partition, some at a time.
struct Chunks {
    input: SendableRecordBatchStream,
    memory: MemoryReservation,
    /// Rows of the next chunk.
    rows: usize,
    /// What is left of a batch.
    rest: Option<RecordBatch>,
    scoring: Scoring,
}

impl Chunks {
    /// The next chunk with its scores; none after the last.
    async fn next(&mut self) -> Result<Option<Vec<RecordBatch>>> {
        self.memory.free();
        let chunk = self.gathered().await?;
        if chunk.is_empty() {
            return Ok(None);
        }
        self.scoring.scored(&chunk).await.map(Some)
    }

    /// As many rows as a chunk has, or as there is memory for: at least a batch.
    async fn gathered(&mut self) -> Result<Vec<RecordBatch>> {
        let (mut chunk, mut left) = (Vec::new(), self.rows);
        self.rows = MOST.min(self.rows * GROWTH);
        while left > 0 {
            let Some(batch) = self.batch().await? else { break };
            let now = left.min(batch.num_rows());
            self.rest = Some(batch.slice(now, batch.num_rows() - now));
            left -= now;
            let batch = batch.slice(0, now);
            let fits = self.memory.try_grow(size(&batch)).is_ok();
            chunk.push(batch);
            if !fits {
                break;
            }
        }
        Ok(chunk)
    }

    /// The next batch that has rows.
    async fn batch(&mut self) -> Result<Option<RecordBatch>> {
        let mut next = self.rest.take();
        while next.as_ref().is_none_or(|batch| batch.num_rows() == 0) {
            match self.input.next().await.transpose()? {
                Some(batch) => next = Some(batch),
                None => return Ok(None),
            }
        }
        Ok(next)
    }
}

/// What gives rows their scores.
struct Scoring {
    asked: Arc<Asked>,
    /// With the columns of the scores.
    schema: SchemaRef,
    context: Arc<TaskContext>,
    measures: Measures,
}

impl Scoring {
    /// The batches of a chunk with their scores.
    async fn scored(&self, chunk: &[RecordBatch]) -> Result<Vec<RecordBatch>> {
        let asked = &self.asked;
        let arguments = asked.pairs.iter().map(|pair| {
            let of_batch = |batch| Ok((text(&pair[0], batch)?, text(&pair[1], batch)?));
            chunk.iter().map(of_batch).collect::<Result<Vec<_>>>()
        });
        let arguments = arguments.collect::<Result<Vec<_>>>()?;
        let mut pairs = Pairs::default();
        let mut rows: Vec<Vec<UInt32Array>> = Vec::new();
        for batches in &arguments {
            let of_batches = batches.iter().map(|(peptides, alleles)| {
                let (peptides, alleles) = (peptides.as_string(), alleles.as_string());
                pairs.add(&asked.cached.predictor, peptides, alleles)
            });
            rows.push(of_batches.collect::<Result<_>>()?);
        }
        let known = self.known(&pairs).await?;
        let scores = known.scores()?;
        let with_scores = |(number, batch): (usize, &RecordBatch)| {
            let mut columns = batch.columns().to_vec();
            for (told, pair) in &asked.columns {
                columns.push(told.at(&scores, &known.places(&rows[*pair][number]))?);
            }
            self.measures.baseline.output_rows().add(batch.num_rows());
            Ok(RecordBatch::try_new(Arc::clone(&self.schema), columns)?)
        };
        chunk.iter().enumerate().map(with_scores).collect()
    }

    /// Scores of pairs: those that the lake has, if it pays to look, and the others.
    async fn known<'p, 'a>(&self, pairs: &'p Pairs<'a>) -> Result<Known<'p, 'a>> {
        let (asked, measures) = (&self.asked, &self.measures);
        let needed = asked.needed();
        let columns: Vec<&str> = needed.iter().map(|field| field.name().as_str()).collect();
        let scan = asked.cached.scan(&asked.state, pairs, &columns).await?;
        let mut known = Known::none(pairs, Arc::new(Schema::new(needed)));
        if let Some(scan) = scan {
            let _time = measures.scan_time.timer();
            measures.scans.add(1);
            look_up(&scan, &self.context, &mut known).await?;
            measures.looked_up.add(known.len());
        }
        while !known.is_whole() {
            let time = measures.scoring_time.timer();
            measures.scored.add(known.score(&asked.cached.predictor, AT_ONCE)?);
            time.done();
            // Whoever waits for this query may have given it up.
            tokio::task::yield_now().await;
        }
        Ok(known)
    }
}

/// Memory of rows until their chunk is done.
fn size(batch: &RecordBatch) -> usize {
    let column = |column: &ArrayRef| column.to_data().get_slice_memory_size().unwrap_or(0);
    batch.columns().iter().map(column).sum::<usize>() + batch.num_rows() * A_ROW
}

fn text(expr: &Arc<dyn PhysicalExpr>, batch: &RecordBatch) -> Result<ArrayRef> {
    let text = expr.evaluate(batch)?.into_array(batch.num_rows())?;
    match text.as_string_opt::<i32>() {
        Some(_) => Ok(text),
        None => Err(internal_datafusion_err!("{expr}: expected text, found {}", text.data_type())),
    }
}
