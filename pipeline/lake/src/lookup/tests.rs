#![allow(clippy::unwrap_used)]

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use arrow::array::{Array, ArrayRef, RecordBatch, StringArray};
use arrow::compute::concat_batches;
use arrow::util::pretty::pretty_format_batches;
use datafusion::datasource::MemTable;
use datafusion::execution::SessionStateBuilder;
use datafusion::execution::memory_pool::GreedyMemoryPool;
use datafusion::execution::runtime_env::RuntimeEnvBuilder;
use datafusion::physical_plan::{ExecutionPlan, displayable, execute_stream};
use datafusion::prelude::SessionContext;
use futures::TryStreamExt;
use vaxloom_immune::motif::MotifPredictor;
use vaxloom_immune::{AlleleMatch, PredictError, Predictor, Presentation, Unscorable};

use super::{give, without_lookup};
use crate::session::session;

const ALLELES: [&str; 2] = ["HLA-A*02:01", "HLA-B*07:02"];
/// Enough of them that a chunk of all is looked up.
const PEPTIDES: usize = 20_000;

/// A predictor that counts what it is asked.
#[derive(Debug)]
struct Counting {
    motif: MotifPredictor,
    asked: AtomicUsize,
    /// Most pairs at a time.
    most: AtomicUsize,
}

impl Counting {
    fn new() -> Arc<Self> {
        let motif = MotifPredictor::new().unwrap();
        Arc::new(Self { motif, asked: AtomicUsize::new(0), most: AtomicUsize::new(0) })
    }

    /// Pairs that it was asked since the last time.
    fn asked(&self) -> usize {
        self.asked.swap(0, Ordering::Relaxed)
    }

    fn shared(self: &Arc<Self>) -> Arc<dyn Predictor> {
        Arc::clone(self) as _
    }
}

impl Predictor for Counting {
    fn model(&self) -> &str {
        self.motif.model()
    }

    fn version(&self) -> &str {
        self.motif.version()
    }

    fn resolve(&self, allele: &str) -> Result<AlleleMatch, Unscorable> {
        self.motif.resolve(allele)
    }

    fn predict(
        &self,
        pairs: &[(&str, &str)],
    ) -> Result<Vec<Result<Presentation, Unscorable>>, PredictError> {
        self.asked.fetch_add(pairs.len(), Ordering::Relaxed);
        self.most.fetch_max(pairs.len(), Ordering::Relaxed);
        self.motif.predict(pairs)
    }
}

/// The nine-mer of a number; the order of numbers is not that of peptides.
fn peptide(number: usize) -> String {
    let mut left = number.wrapping_mul(2_654_435_761) % 512_000_000_000;
    let residues = (0..9).map(|_| {
        let residue = b"ACDEFGHIKLMNPQRSTVWY"[left % 20];
        left /= 20;
        char::from(residue)
    });
    residues.collect()
}

fn texts(values: impl Iterator<Item = Option<String>>) -> ArrayRef {
    Arc::new(values.collect::<StringArray>())
}

/// Rows of `asked`: each peptide with the first allele, written as people do, in batches.
fn asked(peptides: usize) -> Vec<RecordBatch> {
    let batch = |from: usize| {
        let numbers = from..peptides.min(from + 3000);
        let place = numbers.clone().map(|number| Some(format!("{number:06}")));
        let peptides = numbers.clone().map(|number| match number % 1000 {
            7 => None,
            8 => Some("GILGFVFTX".to_owned()),
            _ => Some(peptide(number)),
        });
        let alleles =
            numbers.map(|number| Some(["A0201", "HLA-A*02:01:01"][number % 2].to_owned()));
        let columns =
            [("place", texts(place)), ("peptide", texts(peptides)), ("allele", texts(alleles))];
        RecordBatch::try_from_iter(columns).unwrap()
    };
    (0..peptides).step_by(3000).map(batch).collect()
}

/// Rows of `presentation` for some peptides and all alleles, of a model's version.
async fn cached(
    predictor: &Arc<dyn Predictor>,
    numbers: impl Iterator<Item = usize>,
    version: &str,
) -> Arc<MemTable> {
    let session = session(1, predictor);
    let mut peptides: Vec<String> = numbers.map(peptide).collect();
    peptides.sort();
    let pairs = || peptides.iter().flat_map(|p| ALLELES.map(|allele| (p.clone(), allele)));
    let columns = [
        ("peptide", texts(pairs().map(|(p, _)| Some(p)))),
        ("allele", texts(pairs().map(|(_, allele)| Some(allele.to_owned())))),
    ];
    session.register_batch("pair", RecordBatch::try_from_iter(columns).unwrap()).unwrap();
    let sql = format!(
        "SELECT peptide, allele, '{}' AS model, '{version}' AS model_version, s['score'] AS score, \
         s['percentile'] AS percentile, s['spread'] AS spread, s['affinity_nm'] AS affinity_nm, \
         s['affinity_percentile'] AS affinity_percentile, s['scored_as'] AS scored_as, 'r' AS run_id \
         FROM (SELECT *, mhc1_presentation_of(peptide, allele) AS s FROM pair)",
        predictor.model(),
    );
    let frame = session.sql(&sql).await.unwrap();
    let schema = Arc::clone(frame.schema().inner());
    let batches = frame.collect().await.unwrap();
    Arc::new(MemTable::try_new(schema, vec![batches]).unwrap())
}

/// A session over a table `presentation`, with rows that ask.
fn over(
    predictor: &Arc<dyn Predictor>,
    presentation: Arc<MemTable>,
    rows: usize,
) -> SessionContext {
    let state = SessionStateBuilder::new_from_existing(session(1, predictor).state());
    let state = give(state, predictor, presentation).build();
    let session = SessionContext::new_with_state(state);
    let asked = asked(rows);
    let table = MemTable::try_new(asked[0].schema(), vec![asked]).unwrap();
    session.register_table("asked", Arc::new(table)).unwrap();
    session
}

async fn planned(session: &SessionContext, sql: &str) -> Arc<dyn ExecutionPlan> {
    session.sql(sql).await.unwrap().create_physical_plan().await.unwrap()
}

async fn run(session: &SessionContext, plan: &Arc<dyn ExecutionPlan>) -> RecordBatch {
    let stream = execute_stream(Arc::clone(plan), session.task_ctx()).unwrap();
    let batches: Vec<RecordBatch> = stream.try_collect().await.unwrap();
    concat_batches(&plan.schema(), &batches).unwrap()
}

async fn answer(session: &SessionContext, sql: &str) -> RecordBatch {
    let plan = planned(session, sql).await;
    run(session, &plan).await
}

/// The same session without lookups.
fn plain(session: &SessionContext) -> SessionContext {
    let state = SessionStateBuilder::new_from_existing(session.state());
    SessionContext::new_with_state(without_lookup(state).build())
}

/// How often operators of a plan look up.
fn lookups(plan: &Arc<dyn ExecutionPlan>) -> usize {
    let below: usize = plan.children().into_iter().map(lookups).sum();
    below + usize::from(plan.name() == "ScoreLookup")
}

/// A metric of the operators of a plan.
fn metric(plan: &Arc<dyn ExecutionPlan>, name: &str) -> usize {
    let own = plan.metrics().filter(|_| plan.name() == "ScoreLookup");
    let own = own.and_then(|metrics| metrics.sum_by_name(name)).map_or(0, |sum| sum.as_usize());
    own + plan.children().into_iter().map(|child| metric(child, name)).sum::<usize>()
}

const EVERYTHING: &str = "SELECT place, mhc1_presentation(peptide, allele), mhc1_presentation_percentile(peptide, allele) AS p, \
     mhc1_affinity(peptide, allele) + 1, mhc1_affinity_percentile(peptide, allele), \
     mhc1_presentation_of(peptide, allele) FROM asked";

#[tokio::test]
async fn what_is_cached_is_not_scored() {
    let counting = Counting::new();
    let predictor = counting.shared();
    let version = predictor.version().to_owned();
    for (kept, version, scored) in [
        (PEPTIDES, version.as_str(), 0),
        (PEPTIDES / 2, &version, PEPTIDES / 2),
        (PEPTIDES, "another version", PEPTIDES),
        (0, &version, PEPTIDES),
    ] {
        let presentation = cached(&predictor, 0..kept, version).await;
        let session = over(&predictor, presentation, PEPTIDES);
        counting.asked();
        let plan = planned(&session, EVERYTHING).await;
        let with = run(&session, &plan).await;
        let asked = counting.asked();
        // The first chunk, of a batch, is looked up as well: it has more than a thousandth of the table's rows. Of a thousand rows
        // two have no peptide of their own, and the one that cannot be scored is the same for all but is asked in each chunk.
        let unscorable = asked.checked_sub(scored - scored * 2 / 1000).unwrap();
        assert!((1..=2).contains(&unscorable), "{kept}: {asked} were scored");
        assert_eq!(metric(&plan, "scored"), asked);
        assert_eq!(metric(&plan, "scans"), 2);
        let without = answer(&plain(&session), EVERYTHING).await;
        assert_eq!(with, without, "{kept}");
        assert_eq!(with.num_rows(), PEPTIDES);
        let places = with.column(0).as_any().downcast_ref::<StringArray>().unwrap();
        assert!(places.iter().zip(0..).all(|(place, n)| place == Some(&format!("{n:06}"))));
        assert_eq!(with.column(1).null_count(), 2 * PEPTIDES / 1000);
    }
}

/// Queries, how many operators look up for them, and how many pairs are scored where nothing is cached: 900 rows ask for 899
/// pairs, one of them without a score: the row without a peptide asks for none.
#[tokio::test]
async fn only_what_would_be_scored_is() {
    let counting = Counting::new();
    let predictor = counting.shared();
    let presentation = cached(&predictor, 0..0, predictor.version()).await;
    let session = over(&predictor, presentation, 900);
    let scored = "mhc1_presentation(peptide, allele)";
    let mut wrong = Vec::new();
    for (sql, operators, pairs) in [
        (format!("SELECT {scored} FROM asked"), 1, 899),
        (format!("SELECT {scored}, mhc1_affinity(peptide, allele) FROM asked"), 1, 899),
        (format!("SELECT {scored}, {scored} AS again FROM asked"), 1, 899),
        (format!("SELECT {scored}, mhc1_presentation(peptide, 'B0702') FROM asked"), 1, 2 * 899),
        (format!("SELECT {scored} FROM asked LIMIT 10"), 1, 9),
        ("SELECT mhc1_presentation('SIINFEKL', 'A0201')".to_owned(), 0, 1),
        ("SELECT mhc1_presentation('SIINFEKL', allele) FROM asked".to_owned(), 1, 1),
        (format!("SELECT CASE WHEN place < '000100' THEN {scored} END FROM asked"), 0, 99),
        (format!("SELECT coalesce(place, CAST({scored} AS VARCHAR)) FROM asked"), 0, 0),
        (format!("SELECT place < '000100' AND {scored} > 0.5 FROM asked"), 0, 99),
        (format!("SELECT place FROM asked WHERE {scored} > 0.5 AND place < '000100'"), 1, 99),
        (format!("SELECT place FROM asked WHERE {scored} > 0.5 OR place < '000100'"), 0, 899),
        (format!("SELECT place FROM asked WHERE {scored} > 2 AND mhc1_affinity(peptide, 'B0702') > 1"), 2, 899),
        (format!("SELECT place FROM asked WHERE {scored} > 0 AND mhc1_affinity(peptide, allele) > 1"), 1, 899),
        (format!("SELECT allele, max({scored}), avg(mhc1_affinity(peptide, allele)) FROM asked GROUP BY allele"), 1, 899),
        (format!("SELECT count(*) FILTER (WHERE {scored} > 0.5) FROM asked"), 0, 899),
        (format!("SELECT {scored} > 0.5, count(*) FROM asked GROUP BY 1"), 1, 899),
        (format!("SELECT place FROM asked ORDER BY {scored} DESC, place LIMIT 3"), 1, 899),
        (format!("SELECT place, rank() OVER (PARTITION BY allele ORDER BY {scored} DESC) FROM asked"), 1, 899),
        (format!("SELECT place FROM asked WHERE {scored} = (SELECT max({scored}) FROM asked)"), 2, 2 * 899),
        ("SELECT a.place FROM asked a JOIN asked b ON a.place = b.place WHERE mhc1_presentation(a.peptide, b.allele) > 0.5".to_owned(), 1, 899),
        ("SELECT a.place, b.place FROM asked a LEFT JOIN asked b ON a.place = b.place AND mhc1_presentation(a.peptide, b.allele) > 0.5".to_owned(), 0, 899),
        (format!("SELECT mhc1_presentation(peptide, CASE WHEN {scored} > 0.5 THEN allele ELSE 'B0702' END) FROM asked"), 0, 2 * 899),
        (format!("SELECT s, mhc1_presentation(upper(peptide), a) FROM (SELECT {scored} AS s, peptide, trim(allele) AS a FROM asked)"), 1, 899),
        (format!("WITH x AS (SELECT peptide, allele, {scored} FROM asked) SELECT *, mhc1_affinity(peptide, allele) FROM x WHERE \"{}\" > 0", "mhc1_presentation(asked.peptide,asked.allele)"), 3, 899 + 2 * 898),
    ] {
        counting.asked();
        let plan = planned(&session, &sql).await;
        let steps = displayable(plan.as_ref()).indent(true).to_string();
        let with = sorted(&run(&session, &plan).await);
        let asked = counting.asked();
        let without = sorted(&answer(&plain(&session), &sql).await);
        assert_eq!(with, without, "{sql}");
        let found = (lookups(&plan), asked);
        if found != (operators, pairs) || asked > counting.asked() {
            wrong.push(format!("{sql}\n{found:?}, expected {:?}\n{steps}", (operators, pairs)));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Lines of an answer.
fn sorted(rows: &RecordBatch) -> Vec<String> {
    let text = pretty_format_batches(std::slice::from_ref(rows)).unwrap().to_string();
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    lines.sort();
    lines
}

/// A query of a few pairs does not read a large table, and an allele that does not exist is an error as ever.
#[tokio::test]
async fn few_pairs_are_not_looked_up() {
    let counting = Counting::new();
    let predictor = counting.shared();
    let presentation = cached(&predictor, 0..PEPTIDES, predictor.version()).await;
    let session = over(&predictor, presentation, 900);
    counting.asked();
    let plan = planned(&session, EVERYTHING).await;
    run(&session, &plan).await;
    assert_eq!((metric(&plan, "scans"), metric(&plan, "looked_up")), (0, 0));
    assert_eq!((metric(&plan, "scored"), counting.asked()), (899, 899));
    let plan = planned(&session, "SELECT mhc1_presentation(peptide, 'A9999') FROM asked").await;
    let stream = execute_stream(plan, session.task_ctx()).unwrap();
    let error = stream.try_collect::<Vec<_>>().await.unwrap_err().to_string();
    assert!(error.contains("HLA-A*99:99"), "{error}");
}

/// The predictor is never asked for more than a slice, and a chunk is only as large as the memory that there is.
#[tokio::test]
async fn chunks_are_bounded() {
    let counting = Counting::new();
    let predictor = counting.shared();
    let presentation = cached(&predictor, 0..0, predictor.version()).await;
    let rows = 100_000;
    let session = over(&predictor, presentation, rows);
    let sql = "SELECT place, mhc1_presentation(peptide, 'A0201') AS s FROM asked";
    counting.most.store(0, Ordering::Relaxed);
    let roomy = answer(&session, sql).await;
    assert_eq!(counting.most.load(Ordering::Relaxed), 8192);
    let runtime = RuntimeEnvBuilder::from_runtime_env(&session.runtime_env())
        .with_memory_pool(Arc::new(GreedyMemoryPool::new(1 << 20)))
        .build_arc()
        .unwrap();
    let state = SessionStateBuilder::new_from_existing(session.state()).with_runtime_env(runtime);
    let small = SessionContext::new_with_state(state.build());
    assert_eq!(answer(&small, sql).await, roomy);
    assert_eq!(roomy.num_rows(), rows);
    assert_eq!(small.runtime_env().memory_pool.reserved(), 0);
}
