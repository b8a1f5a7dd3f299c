//! The privacy gate against a catalogue of attacks, and what it answers to honest questions.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

#[path = "gate/world.rs"]
mod world;

use std::sync::Arc;

use arrow::array::{Array, AsArray, RecordBatch};
use arrow::compute::{cast, concat_batches};
use arrow::datatypes::{DataType, Float64Type};
use arrow::util::display::array_value_to_string;
use datafusion::datasource::MemTable;
use datafusion::prelude::SessionContext;
use serde::Deserialize;
use vaxloom_lake::gate::{Gate, GateError, Rules, SUPPRESSED, admit, nullable};
use world::{PLANTED, World};

#[derive(Deserialize)]
struct Attacks {
    attack: Vec<Attack>,
}

#[derive(Deserialize)]
struct Attack {
    name: String,
    reason: String,
    queries: Vec<String>,
    #[serde(default)]
    tells: Tells,
    refused: Option<String>,
    /// Why the attack tells nothing without the gate either.
    ungated: Option<String>,
}

/// What of the answers the attacker looks at.
#[derive(Deserialize, Default, Clone, Copy, PartialEq)]
#[serde(rename_all = "lowercase")]
enum Tells {
    #[default]
    Any,
    Difference,
    Shown,
}

#[derive(Deserialize)]
struct Honest {
    query: Vec<Query>,
}

#[derive(Deserialize)]
struct Query {
    name: String,
    sql: String,
}

/// What a query came to.
#[derive(Debug)]
enum Outcome {
    Refused { rule: &'static str, words: String },
    Failed(String),
    Rows(RecordBatch),
}

impl Outcome {
    /// Everything that is seen of it.
    fn text(&self) -> String {
        match self {
            Self::Refused { words, .. } | Self::Failed(words) => words.clone(),
            Self::Rows(rows) => (0..rows.num_rows()).map(|row| line(rows, row) + "\n").collect(),
        }
    }

    /// The last number.
    fn number(&self) -> Option<f64> {
        let Self::Rows(rows) = self else { return None };
        let mut numbers = rows.columns().iter().filter(|c| c.data_type().is_numeric());
        let column = cast(numbers.next_back()?, &DataType::Float64).unwrap();
        column.as_primitive::<Float64Type>().iter().flatten().last()
    }

    fn suppressed(&self) -> Option<bool> {
        let Self::Rows(rows) = self else { return None };
        let flags = rows.column_by_name(SUPPRESSED)?.as_boolean();
        Some(flags.value(flags.len() - 1))
    }
}

fn line(rows: &RecordBatch, row: usize) -> String {
    let values = rows.columns().iter().map(|c| array_value_to_string(c, row).unwrap());
    values.collect::<Vec<_>>().join(" | ")
}

async fn ask(session: &SessionContext, gate: Option<&Gate>, sql: &str) -> Outcome {
    let state = session.state();
    let plan = match state.create_logical_plan(sql).await {
        Ok(plan) => plan,
        Err(error) => return Outcome::Failed(error.to_string()),
    };
    let gated = match gate.map(|gate| gate.decide(&state, plan.clone())).transpose() {
        Ok(gated) => gated,
        Err(GateError::Refused(refusal)) => {
            return Outcome::Refused { rule: refusal.rule, words: refusal.to_string() };
        }
        Err(error) => return Outcome::Failed(error.to_string()),
    };
    let plan = gated.as_ref().map_or(plan, |gated| gated.plan.clone());
    let frame = session.execute_logical_plan(plan).await.unwrap();
    let schema = nullable(frame.schema().inner());
    let mut batches = match frame.collect().await {
        Ok(batches) => batches,
        Err(error) => return Outcome::Failed(error.to_string()),
    };
    batches.extend(gated.and_then(|gated| gated.last_row(&schema).unwrap()));
    let batches: Vec<RecordBatch> = batches
        .into_iter()
        .map(|batch| {
            let schema = nullable(&batch.schema());
            RecordBatch::try_new(schema, batch.columns().to_vec()).unwrap()
        })
        .collect();
    let schema = batches.first().map_or(schema, RecordBatch::schema);
    Outcome::Rows(concat_batches(&schema, &batches).unwrap())
}

fn gate() -> Gate {
    Gate::open(None, Rules::default()).unwrap()
}

/// What the attacker makes of the answers in one world.
async fn outcome(attack: &Attack, session: &SessionContext, gated: bool) -> (Vec<Outcome>, String) {
    let gate = gate();
    let mut outcomes = Vec::new();
    for query in &attack.queries {
        outcomes.push(ask(session, gated.then_some(&gate), query).await);
    }
    let told = match attack.tells {
        Tells::Any => outcomes.iter().map(Outcome::text).collect(),
        Tells::Difference => {
            let (first, last) = (&outcomes[0], &outcomes[outcomes.len() - 1]);
            let pair = first.number().zip(last.number());
            pair.map_or_else(|| last.text(), |(first, last)| format!("{:.6}", first - last))
        }
        Tells::Shown if gated => format!("{:?}", outcomes[outcomes.len() - 1].suppressed()),
        Tells::Shown => outcomes[outcomes.len() - 1].text(),
    };
    (outcomes, told)
}

#[tokio::test]
async fn no_attack_tells_the_victims_secrets() {
    let attacks: Attacks = toml::from_str(include_str!("gate/attacks.toml")).unwrap();
    let (with, without) = (World::with_secrets().session(), World::without_secrets().session());
    let mut faults = Vec::new();
    for attack in &attacks.attack {
        let mut fault = |what: String| {
            faults.push(format!("{} ({}): {what}", attack.name, attack.reason));
        };
        let (outcomes, told) = outcome(attack, &with, true).await;
        let (others, other) = outcome(attack, &without, true).await;
        if told != other {
            fault(format!("tells the worlds apart:\n{told}\nand\n{other}"));
        }
        for text in outcomes.iter().chain(&others).map(Outcome::text) {
            for planted in PLANTED.iter().filter(|planted| text.contains(**planted)) {
                fault(format!("the answer holds {planted}: {text}"));
            }
        }
        match (&attack.refused, &outcomes[outcomes.len() - 1]) {
            (Some(rule), Outcome::Refused { rule: by, .. }) if rule == by => {}
            (None, Outcome::Rows(_)) => {}
            (expected, found) => fault(format!("expected {expected:?}, found {found:?}")),
        }
        let ungated = outcome(attack, &with, false).await.1;
        if attack.ungated.is_none() && ungated == outcome(attack, &without, false).await.1 {
            fault(format!("is no attack: without the gate it tells nothing either: {ungated}"));
        }
    }
    assert!(attacks.attack.len() >= 40);
    assert!(faults.is_empty(), "{} faults:\n{}", faults.len(), faults.join("\n\n"));
}

#[tokio::test]
async fn honest_questions_are_answered() {
    let honest: Honest = toml::from_str(include_str!("gate/honest.toml")).unwrap();
    let session = World::without_secrets().session();
    let gate = gate();
    let mut faults = Vec::new();
    for query in &honest.query {
        let mut fault = |what: String| faults.push(format!("{}: {what}", query.name));
        let Outcome::Rows(truth) = ask(&session, None, &query.sql).await else {
            panic!("{}", query.sql)
        };
        let answer = match ask(&session, Some(&gate), &query.sql).await {
            Outcome::Rows(answer) => answer,
            other => {
                fault(other.text());
                continue;
            }
        };
        let shown = (0..answer.num_rows())
            .filter(|row| !answer.column_by_name(SUPPRESSED).unwrap().as_boolean().value(*row));
        let shown: Vec<usize> = shown.collect();
        if shown.is_empty() {
            fault("nothing is shown".to_owned());
        }
        for row in shown {
            if let Err(what) = is_near(&answer, row, &truth) {
                fault(what);
            }
        }
    }
    assert!(honest.query.len() >= 20);
    assert!(faults.is_empty(), "{} faults:\n{}", faults.len(), faults.join("\n"));
}

/// A row's numbers lie within what the gate's noise allows of the true row with the same keys.
fn is_near(answer: &RecordBatch, row: usize, truth: &RecordBatch) -> Result<(), String> {
    let (numbers, keys): (Vec<usize>, Vec<usize>) =
        (0..truth.num_columns()).partition(|c| truth.column(*c).data_type().is_numeric());
    let text = |batch: &RecordBatch, c: usize, r: usize| {
        array_value_to_string(batch.column(c), r).unwrap()
    };
    let same = |r: &usize| keys.iter().all(|c| text(answer, *c, row) == text(truth, *c, *r));
    let Some(of) = (0..truth.num_rows()).find(same) else {
        return Err(format!("no such row in truth: {}", line(answer, row)));
    };
    for column in numbers {
        let value = |batch: &RecordBatch, r: usize| {
            let column = cast(batch.column(column), &DataType::Float64).unwrap();
            column.as_primitive::<Float64Type>().value(r)
        };
        let (found, expected) = (value(answer, row), value(truth, of));
        if (found - expected).abs() > 20.0 + expected.abs() * 0.15 {
            return Err(format!("found {}, expected {}", line(answer, row), line(truth, of)));
        }
    }
    Ok(())
}

#[tokio::test]
async fn the_same_patients_are_answered_the_same() {
    let folder = tempfile::tempdir().unwrap();
    let session = World::without_secrets().session();
    let asked = [
        "SELECT count(DISTINCT patient_id) FROM condition WHERE stage_group = 'Stage IV'",
        "SELECT count(*) FROM condition WHERE NOT stage_group IN ('Stage I', 'Stage II', 'Stage III')",
        "SELECT sum(1) FROM patient JOIN condition USING (patient_id) WHERE stage_group LIKE '%IV'",
    ];
    let mut numbers = Vec::new();
    for _ in 0..3 {
        // The memory outlives the program.
        let gate = Gate::open(Some(folder.path()), Rules::default()).unwrap();
        for sql in asked {
            numbers.push(ask(&session, Some(&gate), sql).await.number().unwrap().to_bits());
        }
    }
    assert!(numbers[0] == numbers[3] && numbers[3] == numbers[6], "{numbers:?}");
    assert!(numbers[1] == numbers[2], "a count of rows is the sum of ones");
}

#[tokio::test]
async fn a_patient_who_is_not_admitted_is_not_seen() {
    let session = World::with_secrets().session();
    let admitted: Vec<String> =
        (0..world::PATIENTS).filter(|i| *i != 7).map(|i| format!("VX-{i:04}")).collect();
    let cohort = world::text_table("patient_id", &admitted);
    let table = MemTable::try_new(cohort.schema(), vec![vec![cohort]]).unwrap();
    let table: Arc<dyn datafusion::catalog::TableProvider> = Arc::new(table);
    for sql in [
        "SELECT * FROM neoantigen WHERE patient_id = 'VX-0007'",
        "SELECT count(*) AS n FROM (SELECT 1 FROM patient WHERE birth_year = 1899) HAVING count(*) > 0",
        "SELECT 1 FROM condition WHERE EXISTS (SELECT 1 FROM patient WHERE birth_year = 1899)",
        "SELECT n.gene FROM (VALUES ('VX-0007')) v(id) JOIN neoantigen n ON n.patient_id = v.id",
    ] {
        let plan = session.state().create_logical_plan(sql).await.unwrap();
        let all = session.execute_logical_plan(plan.clone()).await.unwrap().count().await.unwrap();
        let plan = admit(plan, &table).unwrap();
        let seen = session.execute_logical_plan(plan).await.unwrap().count().await.unwrap();
        assert!(all > 0 && seen == 0, "{sql}: {all}, {seen}");
    }
}
