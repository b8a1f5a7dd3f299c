//! `presentation_machinery(...)`: what is left of a tumour's presentation.

use arrow::array::{Array, ArrayRef, AsArray};
use arrow::datatypes::{DataType, Field, Fields};
use datafusion::logical_expr::ScalarUDF;
use serde::Serialize;
use vaxloom_immune::features::machinery::{
    Damage, GeneCopies, GeneVariant, State, damage, outcome,
};

use super::documented::{Doc, documented};
use super::{function, structs, text_at};

const PRESENTATION_MACHINERY: Doc = Doc {
    description: "What a tumour's variants and copy numbers leave of the genes that present peptides: class_one_lost, class_one_impaired, class_two_lost, and damage in words. Three lists of one length: genes; events ('truncating', 'altered', 'copies 0', 'copies 1', 'copies 2'); clonality of each ('clonal', 'subclonal', or empty where it is not known). Genes that presentation does not need are passed over.",
    syntax: "presentation_machinery(genes, events, clonality)",
};

#[derive(Default, Serialize)]
struct Machinery {
    class_one_lost: bool,
    class_one_impaired: bool,
    class_two_lost: bool,
    damage: Option<String>,
}

pub(super) fn presentation_machinery() -> ScalarUDF {
    let flag = |name: &str| Field::new(name, DataType::Boolean, true);
    let flags = ["class_one_lost", "class_one_impaired", "class_two_lost"].map(flag);
    let words = Field::new("damage", DataType::Utf8, true);
    let fields: Fields = flags.into_iter().chain([words]).collect();
    let returns = DataType::Struct(fields.clone());
    let types = vec![DataType::new_list(DataType::Utf8, true); 3];
    let machinery = function("presentation_machinery", types, returns, move |arguments| {
        let lists: Vec<_> = arguments.iter().map(AsArray::as_list::<i32>).collect();
        let row = |row: usize| {
            lists.iter().all(|list| list.is_valid(row)).then(|| {
                let [genes, events, clonality] = [0, 1, 2].map(|at: usize| lists[at].value(row));
                machinery_of(&genes, &events, &clonality)
            })
        };
        structs(&fields, (0..arguments[0].len()).map(row).collect())
    });
    documented(machinery, &PRESENTATION_MACHINERY)
}

fn machinery_of(genes: &ArrayRef, events: &ArrayRef, clonality: &ArrayRef) -> Machinery {
    let (mut variants, mut copies) = (Vec::new(), Vec::new());
    for row in 0..genes.len().min(events.len()).min(clonality.len()) {
        let at = |list: &'_ ArrayRef| text_at(list.as_string::<i32>(), row).map(str::to_owned);
        let (Some(gene), Some(event)) =
            (text_at(genes.as_string::<i32>(), row), text_at(events.as_string::<i32>(), row))
        else {
            continue;
        };
        let clonal = match at(clonality).as_deref() {
            Some("clonal") => Some(true),
            Some("subclonal") => Some(false),
            _ => None,
        };
        match event.strip_prefix("copies ").and_then(|total| total.parse().ok()) {
            // Of a gene that has one copy left or two of one parent, one parent's is gone.
            Some(total) => copies.push(GeneCopies { gene, total, minor: None }),
            None => variants.push(GeneVariant { gene, truncating: event == "truncating", clonal }),
        }
    }
    let damaged = damage(&variants, &copies);
    let found = outcome(&damaged);
    Machinery {
        class_one_lost: found.class_one_lost,
        class_one_impaired: found.class_one_impaired,
        class_two_lost: found.class_two_lost,
        damage: (!damaged.is_empty()).then(|| words(&damaged)),
    }
}

fn words(damage: &[Damage<'_>]) -> String {
    let state = |state: State| match state {
        State::Lost => "lost",
        State::LostInPart => "lost in some cells",
        State::OneHit => "one hit",
        State::Altered => "altered",
    };
    let genes = damage.iter().map(|gene| format!("{} {}", gene.gene, state(gene.state)));
    genes.collect::<Vec<_>>().join("; ")
}
