//! How RNA folds.

use std::sync::Arc;

use arrow::array::{Float64Array, Float64Builder, ListBuilder};
use arrow::datatypes::DataType;
use datafusion::common::Result;
use datafusion::logical_expr::ScalarUDF;
use rayon::prelude::*;
use vaxloom_mrna::fold::{FoldSettings, Rna, mfe, partition};

use super::documented::{Doc, documented};
use super::{external, function, text};

const FOLD_MFE: Doc = Doc {
    description: "The minimum free energy of an RNA molecule in kcal/mol (Turner 2004, 37 °C, dangles 2); T is read as U. What vaxloom fold says, without the structure.",
    syntax: "fold_mfe(rna)",
};

const UNPAIRED: Doc = Doc {
    description: "For each base of an RNA molecule the probability that it is unpaired, over the ensemble of all structures (Turner 2004, 37 °C, dangles 2): a list as long as the molecule.",
    syntax: "unpaired(rna)",
};

/// `fold_mfe`, `unpaired`.
pub(super) fn functions() -> Vec<ScalarUDF> {
    vec![fold_mfe(), unpaired()]
}

fn fold_mfe() -> ScalarUDF {
    let energy = function("fold_mfe", vec![DataType::Utf8], DataType::Float64, |arguments| {
        let rows: Vec<Option<&str>> = text(arguments, 0).iter().collect();
        let energy = |rna: &str| -> Result<f64> {
            let rna = Rna::parse(rna).map_err(external)?;
            Ok(f64::from(mfe(&rna, FoldSettings::default()).energy) / 100.0)
        };
        let energies = rows.par_iter().map(|rna| rna.map(energy).transpose());
        let energies: Vec<Option<f64>> = energies.collect::<Result<_>>()?;
        Ok(Arc::new(Float64Array::from(energies)))
    });
    documented(energy, &FOLD_MFE)
}

fn unpaired() -> ScalarUDF {
    let list = DataType::new_list(DataType::Float64, true);
    let unpaired = function("unpaired", vec![DataType::Utf8], list, |arguments| {
        let rows: Vec<Option<&str>> = text(arguments, 0).iter().collect();
        let probabilities = |rna: &str| -> Result<Vec<f64>> {
            let rna = Rna::parse(rna).map_err(external)?;
            Ok(partition(&rna, FoldSettings::default()).map_err(external)?.unpaired)
        };
        let all = rows.par_iter().map(|rna| rna.map(probabilities).transpose());
        let mut lists = ListBuilder::new(Float64Builder::new());
        for one in all.collect::<Result<Vec<_>>>()? {
            lists.append_option(one.map(|values| values.into_iter().map(Some)));
        }
        Ok(Arc::new(lists.finish()))
    });
    documented(unpaired, &UNPAIRED)
}
