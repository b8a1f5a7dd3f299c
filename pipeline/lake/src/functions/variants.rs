//! Consequences of annotated variants and the peptides of mutant proteins.

use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, AsArray, BooleanArray, Float64Array, Int32Array, ListBuilder, StringArray,
    StringBuilder,
};
use arrow::datatypes::{DataType, Float64Type, Int64Type};
use datafusion::common::Result;
use datafusion::logical_expr::ScalarUDF;
use vaxloom_genome::{Consequence, CsqFormat, PeptideWindow, VariantKey};

use super::{Answer, answer_fields, consequence_fields, external, function, lists, text, text_at};

/// - `csq_consequences(format, chrom, pos, ref, alt, annotation)`: a list of consequences, one a transcript;
/// - `peptide_windows(mutant, wildtype, mutant_start, mutant_end, frameshift, shortest, longest)`: a
///   list of peptides that span the change;
/// - `peptides_in_proteins(peptides, proteins)`: those of the peptides that occur in one of the proteins;
/// - `long_peptide(mutant, mutant_start, mutant_end, length)`: the stretch with the change in the middle;
/// - `agretopicity(mutant, wildtype)`, `anchor_only(length, mutation_start, mutation_end)`, `gravy(protein)`, `cysteines(protein)`,
///   `driver_gene(symbol)`: features of one row.
pub(super) fn functions() -> Vec<ScalarUDF> {
    vec![
        csq_consequences(),
        peptide_windows(),
        peptides_in_proteins(),
        long_peptide(),
        agretopicity(),
        anchor_only(),
        gravy(),
        cysteines(),
        driver_gene(),
    ]
}

/// A whole number in SQL; narrower ones are widened to it.
const INTEGER: DataType = DataType::Int64;

fn csq_consequences() -> ScalarUDF {
    let fields = consequence_fields();
    let returns = vaxloom_tables::struct_type(&fields);
    let arguments = [DataType::Utf8, DataType::Utf8, INTEGER];
    let arguments = arguments.into_iter().chain(std::iter::repeat_n(DataType::Utf8, 3)).collect();
    function("csq_consequences", arguments, returns, move |arguments| {
        let position = arguments[2].as_primitive::<Int64Type>();
        let rows: Result<Vec<_>> = (0..position.len())
            .map(|row| {
                let value = |place| text_at(text(arguments, place), row).unwrap_or_default();
                let key = VariantKey {
                    chrom: value(1),
                    pos: position.value(row),
                    ref_allele: value(3),
                    alt_allele: value(4),
                };
                consequences(value(0), key, value(5))
            })
            .collect();
        lists(&fields, &rows?)
    })
}

fn consequences(
    format: &str,
    key: VariantKey<'_>,
    annotation: &str,
) -> Result<Vec<Answer<Consequence<'static>>>> {
    let format = CsqFormat::parse(format).map_err(external)?;
    let answers = vaxloom_genome::consequences(&format, key, annotation);
    Ok(answers
        .into_iter()
        .map(|answer| match answer {
            Ok(consequence) => Answer::row(consequence),
            Err(why) => Answer::refused(
                why.rule,
                format!("{}: {}", why.transcript, why.message),
                why.remedy,
            ),
        })
        .collect())
}

fn peptide_windows() -> ScalarUDF {
    let elsewhere = ["patient_id", "sample_id", "variant_id", "transcript", "gene", "run_id"];
    let fields = answer_fields("peptide", &elsewhere, false);
    let returns = vaxloom_tables::struct_type(&fields);
    let (text_type, flag) = (DataType::Utf8, DataType::Boolean);
    let arguments = vec![text_type.clone(), text_type, INTEGER, INTEGER, flag, INTEGER, INTEGER];
    function("peptide_windows", arguments, returns, move |arguments| {
        let integer = |place: usize| arguments[place].as_primitive::<Int64Type>();
        let frameshift = arguments[4].as_boolean();
        let rows: Vec<Vec<PeptideWindow>> = (0..frameshift.len())
            .map(|row| {
                let protein = |place| text_at(text(arguments, place), row).unwrap_or_default();
                let (from, to) = (integer(2).value(row) as i32, integer(3).value(row) as i32);
                let longest = (integer(6).value(row).max(0) as usize).min(protein(0).len());
                let lengths = integer(5).value(row).max(1) as usize..=longest;
                vaxloom_genome::windows(
                    protein(0),
                    protein(1),
                    from,
                    to,
                    frameshift.value(row),
                    lengths,
                )
            })
            .collect();
        lists(&fields, &rows)
    })
}

fn peptides_in_proteins() -> ScalarUDF {
    let list = DataType::new_list(DataType::Utf8, true);
    function("peptides_in_proteins", vec![list.clone(); 2], list, |arguments| {
        let mut found = ListBuilder::new(StringBuilder::new());
        for row in 0..arguments[0].len() {
            let texts = |place: usize| arguments[place].as_list::<i32>().value(row);
            let (peptides, proteins) = (texts(0), texts(1));
            let peptides: Vec<&str> = peptides.as_string::<i32>().iter().flatten().collect();
            let proteins: Vec<&str> = proteins.as_string::<i32>().iter().flatten().collect();
            found.append_value(
                vaxloom_genome::peptides_in_proteins(&peptides, &proteins).into_iter().map(Some),
            );
        }
        Ok(Arc::new(found.finish()))
    })
}

fn long_peptide() -> ScalarUDF {
    let arguments = vec![DataType::Utf8, INTEGER, INTEGER, INTEGER];
    function("long_peptide", arguments, DataType::Utf8, |arguments| {
        let integer = |place: usize| arguments[place].as_primitive::<Int64Type>();
        Ok(map_text(text(arguments, 0), |row, protein| {
            let [from, to, length] = [1, 2, 3].map(|place| integer(place).value(row));
            vaxloom_genome::long_peptide(protein, from as i32, to as i32, length as usize).sequence
        }))
    })
}

fn anchor_only() -> ScalarUDF {
    let arguments = vec![INTEGER; 3];
    function("anchor_only", arguments, DataType::Boolean, |arguments| {
        let integer = |place: usize| arguments[place].as_primitive::<Int64Type>();
        let answers: Vec<bool> = (0..integer(0).len())
            .map(|row| {
                let value = |place| integer(place).value(row).unsigned_abs() as usize;
                vaxloom_immune::policy::anchor_only(value(0), value(1), value(2))
            })
            .collect();
        Ok(Arc::new(BooleanArray::from(answers)))
    })
}

fn agretopicity() -> ScalarUDF {
    function("agretopicity", vec![DataType::Float64; 2], DataType::Float64, |arguments| {
        let number = |place: usize| arguments[place].as_primitive::<Float64Type>().iter();
        let ratio = |(mutant, wildtype): (Option<f64>, _)| {
            vaxloom_immune::features::agretopicity(mutant?, wildtype)
        };
        Ok(Arc::new(number(0).zip(number(1)).map(ratio).collect::<Float64Array>()))
    })
}

fn gravy() -> ScalarUDF {
    function("gravy", vec![DataType::Utf8], DataType::Float64, |arguments| {
        let values = text(arguments, 0).iter().map(|p| p.map(vaxloom_immune::features::gravy));
        Ok(Arc::new(values.collect::<Float64Array>()))
    })
}

fn cysteines() -> ScalarUDF {
    function("cysteines", vec![DataType::Utf8], DataType::Int32, |arguments| {
        let values = text(arguments, 0).iter().map(|p| p.map(vaxloom_immune::features::cysteines));
        Ok(Arc::new(values.collect::<Int32Array>()))
    })
}

fn driver_gene() -> ScalarUDF {
    function("driver_gene", vec![DataType::Utf8], DataType::Boolean, |arguments| {
        let values = text(arguments, 0).iter().map(|g| g.map(vaxloom_immune::features::is_driver));
        Ok(Arc::new(values.collect::<BooleanArray>()))
    })
}

fn map_text(array: &StringArray, change: impl Fn(usize, &str) -> String) -> ArrayRef {
    let values = array.iter().enumerate().map(|(row, value)| value.map(|v| change(row, v)));
    Arc::new(values.collect::<StringArray>())
}
