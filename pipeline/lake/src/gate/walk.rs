//! The way through a plan, from its tables up.

use std::sync::Arc;
use std::sync::atomic::AtomicUsize;

use datafusion::common::{Column, DataFusionError};
use datafusion::logical_expr::utils::split_conjunction;
use datafusion::logical_expr::{
    Distinct, Expr, Filter, LogicalPlan, LogicalPlanBuilder, Projection, SubqueryAlias, TableScan,
    Unnest, Window, lit,
};

use super::contribution::Kind;
use super::expression::{check, identifies};
use super::measure::measure;
use super::memory::Memory;
use super::refusal::Refusal;
use super::relation::{Relation, Rows, bare, made};

/// What stops the way.
#[derive(Debug, thiserror::Error)]
pub(super) enum Stop {
    #[error(transparent)]
    Refused(#[from] Refusal),
    #[error(transparent)]
    Plan(#[from] DataFusionError),
}

pub(super) type Step<T> = Result<T, Stop>;

/// What is known on the way.
pub(super) struct Walk {
    pub(super) memory: Arc<Memory>,
    pub(super) fresh: Arc<AtomicUsize>,
    /// Names given so far.
    names: usize,
    /// Patient columns of the queries around the one that is gone through.
    pub(super) outer: Vec<Vec<Column>>,
    /// Whether a cell was made, and whether one of several.
    pub(super) gated: bool,
    pub(super) grouped: bool,
}

const ROWS: &str = "ask for aggregates (count, sum, avg) over patients, or for the role analyst";

impl Walk {
    pub(super) fn new(memory: Arc<Memory>, fresh: Arc<AtomicUsize>) -> Self {
        Self { memory, fresh, names: 0, outer: Vec::new(), gated: false, grouped: false }
    }

    /// The whole query: its columns, and `suppressed` where a number may have been.
    pub(super) fn root(&mut self, plan: &LogicalPlan) -> Step<LogicalPlan> {
        if let LogicalPlan::DescribeTable(_) = plan {
            return Ok(plan.clone());
        }
        let whole = self.relation(plan)?;
        if whole.is_patients() {
            return Err(Refusal::new("rows", "the answer would have rows of patients", ROWS).into());
        }
        let mut columns: Vec<Expr> = whole.visible().into_iter().map(Expr::Column).collect();
        if self.gated {
            columns.push(any(whole.marks()).alias(super::SUPPRESSED));
        }
        Ok(LogicalPlan::Projection(Projection::try_new(columns, whole.input())?))
    }

    pub(super) fn relation(&mut self, plan: &LogicalPlan) -> Step<Relation> {
        match plan {
            LogicalPlan::TableScan(scan) => self.table(scan),
            LogicalPlan::EmptyRelation(_) | LogicalPlan::Values(_) => {
                Ok(Relation::open(plan.clone()))
            }
            LogicalPlan::Projection(projection) => self.projection(projection),
            LogicalPlan::Filter(filter) => self.filter(filter),
            LogicalPlan::SubqueryAlias(alias) => {
                let input = self.relation(&alias.input)?;
                let plan = SubqueryAlias::try_new(input.input(), alias.alias.clone())?;
                Ok(input.renamed(LogicalPlan::SubqueryAlias(plan), &alias.alias))
            }
            LogicalPlan::Aggregate(aggregate) => self.aggregate(aggregate),
            LogicalPlan::Distinct(Distinct::All(input)) => self.distinct(input),
            LogicalPlan::Sort(sort) if sort.fetch.is_none() => {
                let input = self.relation(&sort.input)?;
                // The order of patients' rows decides nothing.
                if input.is_patients() { Ok(input) } else { self.rebuilt(plan, input) }
            }
            LogicalPlan::Sort(_) | LogicalPlan::Limit(_) => {
                let input = self.relation(plan.inputs()[0])?;
                if input.is_patients() {
                    let message =
                        "LIMIT and OFFSET over patients' rows choose some of them by place";
                    return Err(Refusal::new("limit", message, "put it after the aggregate").into());
                }
                self.rebuilt(plan, input)
            }
            LogicalPlan::Join(join) => self.join(join),
            LogicalPlan::Union(union) => self.union(union),
            LogicalPlan::Window(window) => self.window(window),
            LogicalPlan::Unnest(unnest) => self.unnest(unnest),
            LogicalPlan::Explain(_) | LogicalPlan::Analyze(_) => {
                let message = "EXPLAIN tells how many rows and which files a filter leaves";
                Err(Refusal::new("explain", message, ROWS).into())
            }
            other => {
                let message = format!("{} is nothing that a researcher may ask for", kind(other));
                Err(Refusal::new("plan", message, ROWS).into())
            }
        }
    }

    fn table(&mut self, scan: &TableScan) -> Step<Relation> {
        if scan.table_name.schema() == Some("information_schema") {
            return Ok(Relation::open(LogicalPlan::TableScan(scan.clone())));
        }
        if let Some(view) = scan.source.get_logical_plan() {
            let view =
                LogicalPlanBuilder::from(view.into_owned()).alias(scan.table_name.clone())?;
            return self.relation(&view.build()?);
        }
        let source = Arc::clone(&scan.source);
        if source.schema().column_with_name(super::PATIENT).is_none() {
            let message = format!(
                "{} has no patient column: its rows cannot be counted by patients",
                scan.table_name
            );
            let remedy = "ask a table that has patient_id; the others are for the role analyst";
            return Err(Refusal::new("no-patient-column", message, remedy).into());
        }
        let whole = LogicalPlanBuilder::scan(scan.table_name.clone(), source, None)?.build()?;
        let columns = whole.schema().columns();
        let wanted = scan.projected_schema.columns();
        let identity: Vec<Column> =
            columns.iter().filter(|c| identifies(&c.name)).cloned().collect();
        let patients = columns.iter().filter(|c| c.name == super::PATIENT).cloned().collect();
        let hidden = columns.into_iter().filter(|c| !wanted.contains(c)).collect();
        Ok(Relation { plan: whole, rows: Rows::Patients { patients, identity }, hidden })
    }

    fn projection(&mut self, projection: &Projection) -> Step<Relation> {
        let input = self.relation(&projection.input)?;
        let mut marks: Vec<Expr> = input.marks().iter().cloned().map(Expr::Column).collect();
        let mut exprs = Vec::new();
        for expr in &projection.expr {
            exprs.push(self.resolved(expr, &input, &mut marks)?);
        }
        if !input.is_patients() {
            return self.with_marks(exprs, &marks, &input);
        }
        let (mut patients, mut identity, mut hidden) = (Vec::new(), Vec::new(), Vec::new());
        for expr in &exprs {
            match bare(expr).filter(|column| input.identity().contains(column)) {
                Some(column) => {
                    identity.push(made(expr));
                    if input.patients().first() == Some(column) {
                        patients.insert(0, made(expr));
                    } else if input.patients().contains(column) {
                        patients.push(made(expr));
                    }
                }
                None => check(expr, input.plan.schema(), input.identity())?,
            }
        }
        let first = |expr: &Expr| bare(expr) == input.patients().first();
        if !exprs.iter().any(first) {
            let (name, column) = (self.name(), input.patients()[0].clone());
            exprs.push(Expr::Column(column).alias(&name));
            let column = Column::new_unqualified(name);
            patients.insert(0, column.clone());
            identity.push(column.clone());
            hidden.push(column);
        }
        let plan = LogicalPlan::Projection(Projection::try_new(exprs, input.input())?);
        Ok(Relation { plan, rows: Rows::Patients { patients, identity }, hidden })
    }

    /// A projection of what is nobody's, with its flags.
    pub(super) fn with_marks(
        &mut self,
        mut exprs: Vec<Expr>,
        marks: &[Expr],
        input: &Relation,
    ) -> Step<Relation> {
        let mut columns = Vec::new();
        for mark in marks {
            let name = self.name();
            exprs.push(mark.clone().alias(&name));
            columns.push(Column::new_unqualified(name));
        }
        let plan = LogicalPlan::Projection(Projection::try_new(exprs, input.input())?);
        Ok(Relation { plan, hidden: columns.clone(), rows: Rows::Open { marks: columns } })
    }

    fn filter(&mut self, filter: &Filter) -> Step<Relation> {
        let input = self.relation(&filter.input)?;
        // A row that is left out has no flag.
        let predicate = self.resolved(&filter.predicate, &input, &mut Vec::new())?;
        if input.is_patients() {
            for part in split_conjunction(&predicate) {
                if !self.is_bound(part, input.patients()) {
                    check(part, input.plan.schema(), input.identity())?;
                }
            }
        }
        let plan = LogicalPlan::Filter(Filter::try_new(predicate, input.input())?);
        Ok(Relation { plan, ..input })
    }

    fn distinct(&mut self, input: &LogicalPlan) -> Step<Relation> {
        let input = self.relation(input)?;
        let visible = input.visible();
        let keeps_patient = input.patients().iter().any(|p| visible.contains(p));
        if input.is_patients() && !keeps_patient {
            let group = visible.into_iter().map(Expr::Column).collect();
            return self.cells(&input, group, &[]);
        }
        let plan = LogicalPlan::Distinct(Distinct::All(input.input()));
        Ok(Relation { plan, ..input })
    }

    fn window(&mut self, window: &Window) -> Step<Relation> {
        let input = self.relation(&window.input)?;
        if input.is_patients() {
            window.window_expr.iter().try_for_each(|expr| within_patient(expr, &input))?;
        } else {
            self.no_subqueries(&window.window_expr)?;
        }
        let plan = Window::try_new(window.window_expr.clone(), input.input())?;
        Ok(Relation { plan: LogicalPlan::Window(plan), ..input })
    }

    fn unnest(&mut self, unnest: &Unnest) -> Step<Relation> {
        let input = self.relation(&unnest.input)?;
        let unnested = |column: &Column| unnest.exec_columns.contains(column);
        if input.identity().iter().any(unnested) {
            let message = "a column that tells patients apart is no list";
            return Err(Refusal::new("identity", message, ROWS).into());
        }
        let plan = LogicalPlanBuilder::from(input.plan.clone())
            .unnest_columns_with_options(unnest.exec_columns.clone(), unnest.options.clone())?;
        Ok(Relation { plan: plan.build()?, ..input })
    }

    /// A node over rows that are nobody's, as it was.
    fn rebuilt(&mut self, plan: &LogicalPlan, input: Relation) -> Step<Relation> {
        self.no_subqueries(&plan.expressions())?;
        let plan = plan.with_new_exprs(plan.expressions(), vec![input.plan.clone()])?;
        Ok(Relation { plan, ..input })
    }

    pub(super) fn measure(&self, kind: Kind) -> datafusion::logical_expr::AggregateUDF {
        measure(kind, &self.memory, &self.fresh)
    }

    /// A name that no query has.
    pub(super) fn name(&mut self) -> String {
        self.names += 1;
        format!("__gate_{}", self.names)
    }
}

/// A window function that sees one patient's rows at a time.
fn within_patient(expr: &Expr, input: &Relation) -> Result<(), Refusal> {
    const FUNCTIONS: &[&str] = &[
        "row_number",
        "rank",
        "dense_rank",
        "percent_rank",
        "cume_dist",
        "count",
        "sum",
        "avg",
        "min",
        "max",
    ];
    let Expr::WindowFunction(call) = expr else {
        return match expr {
            Expr::Alias(alias) => within_patient(&alias.expr, input),
            _ => Err(Refusal::new(
                "window",
                "a window over patients' rows that is no function",
                ROWS,
            )),
        };
    };
    let parameters = &call.params;
    let name = call.fun.name();
    let of_patient = |part: &Expr| matches!(part, Expr::Column(c) if input.patients().contains(c));
    if !parameters.partition_by.iter().any(of_patient) || !FUNCTIONS.contains(&name) {
        let message =
            format!("{name} over a window of patients' rows gives one patient's value to others");
        let remedy = "use row_number, rank, count, sum, avg, min or max with PARTITION BY patient_id, or a window over the aggregates";
        return Err(Refusal::new("window", message, remedy));
    }
    let order = parameters.order_by.iter().map(|sort| &sort.expr);
    let parts = parameters.args.iter().chain(&parameters.partition_by).chain(order);
    let parts = parts.chain(parameters.filter.as_deref());
    let identity = |part: &&Expr| !bare(part).is_some_and(|c| input.identity().contains(c));
    parts.filter(identity).try_for_each(|p| check(p, input.plan.schema(), input.identity()))
}

/// Whether any of the flags is set.
pub(super) fn any(marks: &[Column]) -> Expr {
    let set = marks.iter().map(|mark| Expr::Column(mark.clone()).is_true());
    set.reduce(Expr::or).unwrap_or_else(|| lit(false))
}

/// What a node is, without what is in it.
fn kind(plan: &LogicalPlan) -> String {
    let debug = format!("{plan:?}");
    debug.split(|c: char| !c.is_alphanumeric()).next().unwrap_or_default().to_owned()
}
