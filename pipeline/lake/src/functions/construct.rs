//! `design_constructs(...)`: candidate molecules of a patient, and `construct_elements(...)`: their parts.

use std::collections::HashSet;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray};
use arrow::datatypes::{DataType, Float64Type};
use datafusion::common::Result;
use datafusion::logical_expr::ScalarUDF;
use rayon::prelude::*;
use vaxloom_genome::Proteome;
use vaxloom_immune::Predictor;
use vaxloom_immune::hla::HlaAllele;
use vaxloom_mrna::design::{HlaCopies, LeastCost, Offer, Offered, design_chosen};
use vaxloom_mrna::shape::TurnerFolding;
use vaxloom_mrna::{Alleles, Candidate, Construct, Profile, Tools, elements};

use super::documented::{Doc, documented};
use super::help::known_molecules;
use super::{Answer, answer_fields, external, function, lists, text, text_at, texts};
use crate::session::Resources;

const DESIGN_CONSTRUCTS: Doc = Doc {
    description: "Candidate molecules of one patient, best first, with the choice of their antigens. profile: the name of a built-in profile or the text of one; design: 'quick' (codons of highest adaptation) or 'full' (codons that make the best molecule stable as well, and folding); lists of one length: genes (names), long peptides, priorities, probabilities of a response, cancer cell fractions, presenting class I alleles (comma-separated), whether a class II ligand is in the peptide; the patient's expressed alleles; and whether the tumour's copy numbers say that none is lost.",
    syntax: "design_constructs(patient, profile, design, genes, peptides, priorities, probabilities, fractions, presenting, helped, alleles, retained)",
};

const CONSTRUCT_ELEMENTS: Doc = Doc {
    description: "The parts of a molecule in the order of its template, each with its place, sequence, source and certainty.",
    syntax: "construct_elements(profile, genes, peptides, linkers, protein, template)",
};

/// Weight of codon usage against folding energy in a full design, kcal/mol for each unit of -ln w.
const LAMBDA: f64 = vaxloom_mrna::design::OBJECTIVE_LAMBDA;

/// Beam of the search for stable codons.
const BEAM: usize = 100;

#[derive(Debug, thiserror::Error)]
#[error("there is no design {found:?}; expected 'quick' or 'full'")]
struct NoSuchDesign {
    found: String,
}

/// Who predicts what a joint makes, and what is normal.
#[derive(Clone)]
struct Judges {
    class_one: Arc<dyn Predictor>,
    class_two: Option<Arc<dyn Predictor>>,
    proteome: Option<Arc<Proteome>>,
}

/// One row's arguments.
struct Order<'a> {
    patient: &'a str,
    profile: Profile,
    full: bool,
    offers: Vec<Offer>,
    alleles: Vec<String>,
    hla: HlaCopies,
}

pub(super) fn design_constructs(
    predictor: &Arc<dyn Predictor>,
    resources: &Resources,
) -> ScalarUDF {
    let judges = Judges {
        class_one: Arc::clone(predictor),
        class_two: resources.class_two.clone(),
        proteome: resources.proteome.clone(),
    };
    let fields = answer_fields("construct", &["patient_id", "run_id"], true);
    let returns = vaxloom_tables::struct_type(&fields);
    let list = |of: DataType| DataType::new_list(of, true);
    let mut arguments = vec![DataType::Utf8; 3];
    arguments.extend([list(DataType::Utf8), list(DataType::Utf8)]);
    arguments.extend(std::iter::repeat_n(list(DataType::Float64), 3));
    arguments.extend([list(DataType::Utf8), list(DataType::Boolean), list(DataType::Utf8)]);
    arguments.push(DataType::Boolean);
    let design = function("design_constructs", arguments, returns, move |arguments| {
        let orders =
            (0..arguments[0].len()).map(|row| order(arguments, row)).collect::<Result<Vec<_>>>()?;
        // Patients share the threads; of one patient alone, folding and codons do.
        let rows: Vec<_> = orders.par_iter().map(|order| constructs(order, &judges)).collect();
        lists(&fields, &rows)
    });
    documented(design, &DESIGN_CONSTRUCTS)
}

fn order(arguments: &[ArrayRef], row: usize) -> Result<Order<'_>> {
    let text = |place: usize| text_at(text(arguments, place), row).unwrap_or_default();
    let list = |place: usize| arguments[place].as_list::<i32>().value(row);
    let numbers = |place: usize| list(place).as_primitive::<Float64Type>().clone();
    let full = match text(2) {
        "quick" => false,
        "full" => true,
        found => return Err(external(NoSuchDesign { found: found.to_owned() })),
    };
    let (genes, peptides, presenting) = (texts(&list(3)), texts(&list(4)), texts(&list(8)));
    let [priorities, probabilities, fractions] = [5, 6, 7].map(numbers);
    let helped = list(9);
    let helped = helped.as_boolean();
    let offer = |(at, gene): (usize, String)| Offer {
        candidate: Candidate {
            id: gene.clone(),
            gene,
            peptide: peptides.get(at).cloned().unwrap_or_default(),
            weight: priorities.value(at),
        },
        probability: probabilities.value(at),
        cancer_cell_fraction: fractions.is_valid(at).then(|| fractions.value(at)),
        alleles: presenting
            .get(at)
            .map(|alleles| alleles.split(',').map(str::to_owned).collect())
            .unwrap_or_default(),
        class_2: helped.is_valid(at) && helped.value(at),
    };
    let retained = arguments[11].as_boolean();
    Ok(Order {
        patient: text(0),
        profile: profile(text(1))?,
        full,
        offers: genes.into_iter().enumerate().map(offer).collect(),
        alleles: texts(&list(10)),
        hla: if retained.is_valid(row) && retained.value(row) {
            HlaCopies::Retained
        } else {
            HlaCopies::Unknown
        },
    })
}

fn profile(text: &str) -> Result<Profile> {
    Profile::built_in(text).or_else(|_| Profile::parse("profile", text)).map_err(external)
}

fn constructs(order: &Order<'_>, judges: &Judges) -> Vec<Answer<Construct>> {
    let class_1: Vec<String> =
        order.alleles.iter().filter(|name| is_class_one(name)).cloned().collect();
    let class_2 = judges
        .class_two
        .as_ref()
        .map_or_else(Vec::new, |predictor| known_molecules(predictor, &order.alleles));
    let of_class_2: HashSet<&str> = class_2.iter().map(String::as_str).collect();
    let ranks = |pairs: &[(&str, &str)]| judges.ranks(pairs, &of_class_2);
    let alleles = Alleles::new(&class_1, &class_2, &ranks);
    let known_self = |peptide: &str| judges.proteome.as_ref().is_some_and(|p| p.contains(peptide));
    let input = Offered {
        patient_id: order.patient,
        offers: order.offers.clone(),
        class_1,
        hla: order.hla,
        profile: &order.profile,
        scorer: &alleles,
        known_self: &known_self,
    };
    let stable = LeastCost { lambdas: vec![LAMBDA], beam: Some(BEAM) };
    let tools = if order.full {
        Tools { coder: &stable, most_coded: 1, folding: Some(&TurnerFolding), most_folded: 2 }
    } else {
        Tools::default()
    };
    match design_chosen(&input, tools) {
        Ok(chosen) => {
            let left_out = &chosen.molecules.left_out;
            let designs = chosen.molecules.molecules.iter().flat_map(|molecule| &molecule.designs);
            let row = |construct: &Construct| {
                let mut construct = construct.clone();
                construct.reason += left_out;
                Answer::row(construct)
            };
            designs.map(|design| row(&design.construct)).collect()
        }
        Err(error) => vec![Answer::refused(
            "construct.design",
            error.to_string(),
            "choose another profile, or forbid fewer motifs; the patient's other tables are complete",
        )],
    }
}

fn is_class_one(name: &str) -> bool {
    HlaAllele::parse(name).is_ok_and(|allele| allele.is_class_one())
}

impl Judges {
    /// Molecules of class II go to the predictor of class II.
    fn ranks(
        &self,
        pairs: &[(&str, &str)],
        of_class_2: &HashSet<&str>,
    ) -> Result<Vec<f32>, String> {
        let mut ranks = vec![0.0; pairs.len()];
        let predictors = [(false, Some(&self.class_one)), (true, self.class_two.as_ref())];
        for (class_two, predictor) in predictors {
            let Some(predictor) = predictor else { continue };
            let of_class = |at: &usize| of_class_2.contains(pairs[*at].1) == class_two;
            let places: Vec<usize> = (0..pairs.len()).filter(of_class).collect();
            let asked: Vec<(&str, &str)> = places.iter().map(|&at| pairs[at]).collect();
            let answers = predictor.predict(&asked).map_err(|error| error.to_string())?;
            for (at, answer) in places.into_iter().zip(answers) {
                ranks[at] = answer.map_err(|error| error.to_string())?.percentile;
            }
        }
        Ok(ranks)
    }
}

pub(super) fn construct_elements() -> ScalarUDF {
    let fields =
        answer_fields("construct_element", &["patient_id", "construct_id", "run_id"], false);
    let returns = vaxloom_tables::struct_type(&fields);
    let names = DataType::new_list(DataType::Utf8, true);
    let types =
        vec![DataType::Utf8, names.clone(), names.clone(), names, DataType::Utf8, DataType::Utf8];
    let parts = function("construct_elements", types, returns, move |arguments| {
        let row = |row: usize| {
            let list = |place: usize| texts(&arguments[place].as_list::<i32>().value(row));
            let text = |place: usize| text_at(text(arguments, place), row).map(str::to_owned);
            let construct = Construct {
                genes: list(1),
                peptides: list(2),
                linkers: list(3),
                protein: text(4).unwrap_or_default(),
                template: text(5),
                ..Construct::default()
            };
            Ok(elements(&construct, &profile(&text(0).unwrap_or_default())?))
        };
        lists(&fields, &(0..arguments[0].len()).map(row).collect::<Result<Vec<_>>>()?)
    });
    documented(parts, &CONSTRUCT_ELEMENTS)
}
