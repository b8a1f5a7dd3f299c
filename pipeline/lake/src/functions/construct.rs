//! `design_constructs(patient, profile, genes, peptides, priorities, alleles)`: candidate molecules.

use std::sync::Arc;

use arrow::array::{Array, AsArray};
use arrow::datatypes::{DataType, Float64Type};
use datafusion::common::Result;
use datafusion::logical_expr::ScalarUDF;
use vaxloom_immune::Predictor;
use vaxloom_mrna::{Candidate, Construct, DesignInput, JunctionScorer, Profile, design};

use super::{Answer, answer_fields, external, function, lists, text, text_at, texts};

/// Orders, joins and writes the peptides of one row (best first, each with its gene and priority) for the
/// alleles of that row. `profile` is the name of a built-in profile or the text of one.
pub(super) fn design_constructs(predictor: &Arc<dyn Predictor>) -> ScalarUDF {
    let predictor = Arc::clone(predictor);
    let fields = answer_fields("construct", &["patient_id", "run_id"], true);
    let returns = vaxloom_tables::struct_type(&fields);
    let names = DataType::new_list(DataType::Utf8, true);
    let arguments = vec![
        DataType::Utf8,
        DataType::Utf8,
        names.clone(),
        names.clone(),
        DataType::new_list(DataType::Float64, true),
        names,
    ];
    function("design_constructs", arguments, returns, move |arguments| {
        let list = |place: usize, row| texts(&arguments[place].as_list::<i32>().value(row));
        let rows = (0..arguments[0].len()).map(|row| {
            let priorities = arguments[4].as_list::<i32>().value(row);
            let priorities = priorities.as_primitive::<Float64Type>().values().to_vec();
            let scorer = Junctions { predictor: &predictor, alleles: list(5, row) };
            let profile = profile(text_at(text(arguments, 1), row).unwrap_or_default())?;
            let input = DesignInput {
                patient_id: text_at(text(arguments, 0), row).unwrap_or_default(),
                peptides: candidates(list(2, row), list(3, row), priorities),
                profile: &profile,
                scorer: &scorer,
                known_self: &|_| false,
            };
            Ok(constructs(&input))
        });
        lists(&fields, &rows.collect::<Result<Vec<_>>>()?)
    })
}

fn profile(text: &str) -> Result<Profile> {
    Profile::built_in(text).or_else(|_| Profile::parse("profile", text)).map_err(external)
}

fn candidates(genes: Vec<String>, peptides: Vec<String>, priorities: Vec<f64>) -> Vec<Candidate> {
    let rows = genes.into_iter().zip(peptides).zip(priorities);
    rows.map(|((gene, peptide), weight)| Candidate { id: gene.clone(), gene, peptide, weight })
        .collect()
}

fn constructs(input: &DesignInput<'_>) -> Vec<Answer<Construct>> {
    match design(input) {
        Ok(constructs) => constructs.into_iter().map(Answer::row).collect(),
        Err(error) => vec![Answer::refused(
            "construct.design",
            error.to_string(),
            "choose another profile, or forbid fewer motifs; the patient's other tables are complete",
        )],
    }
}

/// Junctional peptides under the patient's own alleles.
struct Junctions<'a> {
    predictor: &'a Arc<dyn Predictor>,
    alleles: Vec<String>,
}

impl JunctionScorer for Junctions<'_> {
    fn score(&self, peptides: &[String]) -> Result<Vec<f32>, String> {
        let pairs: Vec<(&str, &str)> = peptides
            .iter()
            .flat_map(|peptide| {
                self.alleles.iter().map(|allele| (peptide.as_str(), allele.as_str()))
            })
            .collect();
        let answers = self.predictor.predict(&pairs).map_err(|error| error.to_string())?;
        let percentiles: Result<Vec<f32>, String> = answers
            .into_iter()
            .map(|a| a.map(|p| p.percentile).map_err(|e| e.to_string()))
            .collect();
        let best = |row: &[f32]| row.iter().copied().fold(100.0, f32::min);
        Ok(percentiles?.chunks(self.alleles.len().max(1)).map(best).collect())
    }
}
