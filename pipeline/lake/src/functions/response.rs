//! `t_cell_response(percentile, spread)`: how likely a T cell answers, and why.

use arrow::array::AsArray;
use arrow::datatypes::{DataType, Field, Fields, Float64Type};
use datafusion::common::Result;
use datafusion::logical_expr::ScalarUDF;
use serde::Serialize;
use serde_json::{Map, Value, json};
use vaxloom_immune::probability::{Explanation, Model, log10_percentile};

use super::documented::{Doc, documented};
use super::{external, function, structs};

const T_CELL_RESPONSE: Doc = Doc {
    description: "The chance that a T cell answers a presented peptide, by its percentile rank of presentation and the spread of the predictor's members in its logarithm (NULL counts as none): probability with its 95 % interval (lower, upper), its mean over what is not known (expected), the logit, what adds up to it (contributions, JSON: intercept and one number a feature), and the same in words. At the share of positive candidates of the TESLA tumours, 37 of 608. NULL without a rank.",
    syntax: "t_cell_response(percentile, spread)",
};

/// 37 of 608 candidates that were tested in six tumours had a response (Wells et al. 2020, Cell 183:818). The model's training rows
/// are assays that were reported one by one, nearly half of them positive.
const OF_CANDIDATES: f64 = 37.0 / 608.0;

/// An answer of the model.
#[derive(Default, Serialize)]
struct Response {
    probability: f64,
    lower: f64,
    upper: f64,
    expected: f64,
    logit: f64,
    contributions: String,
    words: String,
}

impl From<Explanation> for Response {
    fn from(explanation: Explanation) -> Self {
        let (lower, upper) = explanation.interval();
        let mut contributions = Map::new();
        contributions.insert("intercept".to_owned(), json!(explanation.intercept));
        for part in &explanation.contributions {
            contributions.insert(part.feature.clone(), json!(part.logit));
        }
        Self {
            probability: explanation.probability(),
            lower,
            upper,
            expected: explanation.expected_probability(),
            logit: explanation.logit,
            contributions: Value::Object(contributions).to_string(),
            words: explanation.words(),
        }
    }
}

pub(super) fn t_cell_response() -> ScalarUDF {
    let number = |name: &str| Field::new(name, DataType::Float64, true);
    let numbers = ["probability", "lower", "upper", "expected", "logit"].map(number);
    let texts = ["contributions", "words"].map(|name| Field::new(name, DataType::Utf8, true));
    let fields: Fields = numbers.into_iter().chain(texts).collect();
    let returns = DataType::Struct(fields.clone());
    let types = vec![DataType::Float64, DataType::Float64];
    let response = function("t_cell_response", types, returns, move |arguments| {
        let model = Model::built_in().map_err(external)?;
        let model = model.with_base_rate(OF_CANDIDATES).unwrap_or(model);
        let answer = |(rank, spread): (Option<f64>, Option<f64>)| {
            let Some(mut value) = rank.and_then(|rank| log10_percentile(&[rank])) else {
                return Ok(None);
            };
            value.variance = spread.map_or(0.0, |spread| spread * spread);
            Ok(Some(Response::from(model.explain(&[Some(value)]).map_err(external)?)))
        };
        let [ranks, spreads] = [0, 1].map(|at: usize| arguments[at].as_primitive::<Float64Type>());
        structs(&fields, ranks.iter().zip(spreads).map(answer).collect::<Result<_>>()?)
    });
    documented(response, &T_CELL_RESPONSE)
}
