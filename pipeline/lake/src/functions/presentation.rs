//! `mhc1_presentation(peptide, allele)` and its kin.

use std::collections::HashMap;
use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, Float32Array, RecordBatch, StringArray, StructArray, UInt32Array,
};
use arrow::compute::take;
use arrow::datatypes::{DataType, Field, Fields, Schema};
use datafusion::common::{Result, internal_datafusion_err};
use datafusion::logical_expr::ScalarUDF;
use vaxloom_immune::{Predictor, Presentation, Unscorable};

use super::documented::{Doc, documented};
use super::{external, function, text, text_at};

const PRESENTATION: Doc = Doc {
    description: "How likely a peptide is presented by a class I allele, 0 to 1. NULL where the model cannot score the peptide (its length, an unknown residue); an allele that does not exist is an error.",
    syntax: "mhc1_presentation(peptide, allele)",
};

const PERCENTILE: Doc = Doc {
    description: "The percentile rank of the presentation score among random human peptides for the allele, 0 to 100; lower is stronger.",
    syntax: "mhc1_presentation_percentile(peptide, allele)",
};

const AFFINITY: Doc = Doc {
    description: "The predicted IC50 of a peptide and a class I allele in nM; lower is stronger.",
    syntax: "mhc1_affinity(peptide, allele)",
};

const AFFINITY_PERCENTILE: Doc = Doc {
    description: "The percentile rank of the affinity among random human peptides for the allele, 0 to 100; lower is stronger.",
    syntax: "mhc1_affinity_percentile(peptide, allele)",
};

const WHOLE: Doc = Doc {
    description: "Score, percentile, affinity_nm, affinity_percentile and scored_as, the allele whose pseudo-sequence was used: all that is predicted of a peptide and a class I allele, scored once.",
    syntax: "mhc1_presentation_of(peptide, allele)",
};

/// What one of the functions tells of a pair of peptide and allele.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Hash)]
pub(crate) enum Told {
    Score,
    Percentile,
    Affinity,
    AffinityPercentile,
    Whole,
}

impl Told {
    const ALL: [Self; 5] =
        [Self::Score, Self::Percentile, Self::Affinity, Self::AffinityPercentile, Self::Whole];

    /// What a function tells, if it is one of these.
    pub(crate) fn by(function: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|told| told.function() == function)
    }

    /// The function that tells it.
    pub(crate) fn function(self) -> &'static str {
        match self {
            Self::Score => "mhc1_presentation",
            Self::Percentile => "mhc1_presentation_percentile",
            Self::Affinity => "mhc1_affinity",
            Self::AffinityPercentile => "mhc1_affinity_percentile",
            Self::Whole => "mhc1_presentation_of",
        }
    }

    /// Type of the function's answer.
    pub(crate) fn data_type(self) -> DataType {
        match self {
            Self::Whole => DataType::Struct(fields()),
            _ => DataType::Float32,
        }
    }

    /// The columns that it is made of: [`scores`] has them, and so has the table `presentation`.
    pub(crate) fn columns(self) -> &'static [&'static str] {
        match self {
            Self::Score => &["score"],
            Self::Percentile => &["percentile"],
            Self::Affinity => &["affinity_nm"],
            Self::AffinityPercentile => &["affinity_percentile"],
            Self::Whole => &COLUMNS,
        }
    }

    /// The function's answer for rows whose pairs are at these places of `scores`; a row that asks nothing has none.
    pub(crate) fn at(self, scores: &RecordBatch, places: &UInt32Array) -> Result<ArrayRef> {
        let column = |name: &&str| -> Result<ArrayRef> {
            let column = scores.column_by_name(name);
            let column = column.ok_or_else(|| internal_datafusion_err!("no column {name}"))?;
            Ok(take(column, places, None)?)
        };
        if let [one] = self.columns() {
            return column(one);
        }
        let columns = self.columns().iter().map(column).collect::<Result<Vec<ArrayRef>>>()?;
        Ok(Arc::new(StructArray::try_new(fields(), columns, None)?))
    }

    fn doc(self) -> &'static Doc {
        match self {
            Self::Score => &PRESENTATION,
            Self::Percentile => &PERCENTILE,
            Self::Affinity => &AFFINITY,
            Self::AffinityPercentile => &AFFINITY_PERCENTILE,
            Self::Whole => &WHOLE,
        }
    }
}

const COLUMNS: [&str; 6] =
    ["score", "percentile", "spread", "affinity_nm", "affinity_percentile", "scored_as"];

/// The columns of [`scores`].
pub(crate) fn fields() -> Fields {
    let kind = |name| if name == "scored_as" { DataType::Utf8 } else { DataType::Float32 };
    COLUMNS.iter().map(|name| Field::new(*name, kind(*name), true)).collect()
}

/// A function for each of [`Told`].
///
/// An allele that does not exist is an error, since nobody asks for one on purpose.
pub(super) fn functions(predictor: &Arc<dyn Predictor>) -> Vec<ScalarUDF> {
    let one = |told: Told| {
        let predictor = Arc::clone(predictor);
        let pair = vec![DataType::Utf8, DataType::Utf8];
        let scored = function(told.function(), pair, told.data_type(), move |arguments| {
            answer(&predictor, told, text(arguments, 0), text(arguments, 1))
        });
        documented(scored, told.doc())
    };
    Told::ALL.into_iter().map(one).collect()
}

fn answer(
    predictor: &Arc<dyn Predictor>,
    told: Told,
    peptides: &StringArray,
    alleles: &StringArray,
) -> Result<ArrayRef> {
    let asked: Vec<Option<(&str, &str)>> = (0..peptides.len())
        .map(|row| Some((text_at(peptides, row)?, text_at(alleles, row)?)))
        .collect();
    // Few alleles are asked for, each many times.
    let mut known: HashMap<&str, Allele> = HashMap::new();
    for (_, allele) in asked.iter().flatten() {
        if !known.contains_key(allele) {
            known.insert(allele, Allele::of(predictor, allele)?);
        }
    }
    let pairs = asked.iter().flatten().map(|(peptide, allele)| (*peptide, &known[allele]));
    let scores = scores(predictor, &pairs.collect::<Vec<_>>())?;
    let mut places = 0..;
    let places = asked.iter().map(|pair| pair.and_then(|_| places.next()));
    told.at(&scores, &places.collect())
}

/// All that is predicted of pairs, a row each in their order; NULLs for a pair that the model cannot score.
pub(crate) fn scores(
    predictor: &Arc<dyn Predictor>,
    pairs: &[(&str, &Allele)],
) -> Result<RecordBatch> {
    let named: Vec<(&str, &str)> =
        pairs.iter().map(|(peptide, allele)| (*peptide, allele.name.as_str())).collect();
    let answers = predictor.predict(&named).map_err(external)?;
    let known = |answer| match answer {
        Ok(presentation) => Ok(Some(presentation)),
        Err(unknown @ Unscorable::Allele { .. }) => Err(external(unknown)),
        Err(Unscorable::Length { .. } | Unscorable::Residue { .. }) => Ok(None),
    };
    let answers = answers.into_iter().map(known).collect::<Result<Vec<Option<Presentation>>>>()?;
    let numbers = |pick: fn(&Presentation) -> Option<f32>| -> ArrayRef {
        let numbers = answers.iter().map(|answer| answer.as_ref().and_then(pick));
        Arc::new(numbers.collect::<Float32Array>())
    };
    let scored_as =
        pairs.iter().zip(&answers).map(|((_, allele), answer)| answer.map(|_| &*allele.scored_as));
    let columns = vec![
        numbers(|p| Some(p.score)),
        numbers(|p| Some(p.percentile)),
        numbers(|p| p.spread),
        numbers(|p| p.affinity.map(|affinity| affinity.nanomolar)),
        numbers(|p| p.affinity.map(|affinity| affinity.percentile)),
        Arc::new(scored_as.collect::<StringArray>()),
    ];
    Ok(RecordBatch::try_new(Arc::new(Schema::new(fields())), columns)?)
}

/// An allele as it is asked for: `A0201` and `HLA-A*02:01:01` are as often as the normal form.
#[derive(Debug)]
pub(crate) struct Allele {
    /// The normal form.
    pub(crate) name: String,
    scored_as: String,
}

impl Allele {
    pub(crate) fn of(predictor: &Arc<dyn Predictor>, asked: &str) -> Result<Self> {
        let name = vaxloom_immune::hla::HlaAllele::parse(asked).map_err(external)?.two_field();
        let scored_as = predictor.resolve(&name).map_err(external)?.scored_as;
        Ok(Self { name, scored_as })
    }
}
