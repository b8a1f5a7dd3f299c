//! `hla_normalize(reported)`: alleles in two-field normal form.

use std::sync::Arc;

use arrow::datatypes::DataType;
use datafusion::logical_expr::ScalarUDF;
use vaxloom_immune::Predictor;
use vaxloom_immune::hla::{self, HlaTyping};

use super::{Answer, answer_fields, function, lists, text, text_at};

/// One reported text (an allele or a GL String) as a list of alleles, each with the allele that the
/// predictor would score, or with the rule it breaks.
pub(super) fn normalize(predictor: &Arc<dyn Predictor>) -> ScalarUDF {
    let predictor = Arc::clone(predictor);
    let elsewhere = ["patient_id", "copies", "lost", "source_file", "run_id"];
    let fields = answer_fields("hla_typing", &elsewhere, true);
    let returns = vaxloom_tables::struct_type(&fields);
    function("hla_normalize", vec![DataType::Utf8], returns, move |arguments| {
        let reported = text(arguments, 0);
        let rows: Vec<_> = (0..arguments[0].len())
            .map(|row| text_at(reported, row).map_or_else(Vec::new, |t| alleles(&predictor, t)))
            .collect();
        lists(&fields, &rows)
    })
}

#[derive(serde::Serialize)]
struct Allele {
    #[serde(flatten)]
    typing: HlaTyping,
    scored_as: Option<String>,
}

fn alleles(predictor: &Arc<dyn Predictor>, reported: &str) -> Vec<Answer<Allele>> {
    hla::normalize(reported)
        .into_iter()
        .map(|result| match result {
            Ok(typing) => scored(predictor, typing),
            Err(error) => Answer::refused(
                "hla.name",
                error.to_string(),
                "type HLA at two fields or more, in WHO nomenclature (HLA-A*02:01)",
            ),
        })
        .collect()
}

/// HLA-A, -B and -C must be known to the predictor. Class II is kept for later stages; HLA-E, -F and -G, which present
/// few and other peptides, are kept and not used.
fn scored(predictor: &Arc<dyn Predictor>, mut typing: HlaTyping) -> Answer<Allele> {
    let classical = ["A", "B", "C"].contains(&typing.locus.as_str());
    if !classical || !typing.expressed {
        if typing.hla_class == "I" && !classical {
            add_note(&mut typing, "not a classical class I gene: not used".to_owned());
        }
        return Answer::row(Allele { typing, scored_as: None });
    }
    match predictor.resolve(&typing.allele) {
        Ok(found) => {
            if !found.exact {
                let nearest = format!("unknown to the predictor: scored as {}", found.scored_as);
                add_note(&mut typing, nearest);
            }
            if !found.trained {
                add_note(&mut typing, "no training ligands: scores are extrapolated".to_owned());
            }
            Answer::row(Allele { typing, scored_as: Some(found.scored_as) })
        }
        Err(error) => Answer::refused(
            "hla.unknown-allele",
            error.to_string(),
            "check the allele's name; its group does not exist in the predictor's allele table",
        ),
    }
}

fn add_note(typing: &mut HlaTyping, more: String) {
    typing.note = Some(match typing.note.take() {
        Some(note) => format!("{note}; {more}"),
        None => more,
    });
}
