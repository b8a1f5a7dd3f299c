//! Whether the rules can be met together, and which of them stand against each other where not.

use super::greedy::Used;
use super::model::Model;
use super::{Rules, SelectError};

/// Names the fewest rules that cannot be met together: each is needed for the conflict.
pub(super) fn check(model: &Model<'_>) -> Result<(), SelectError> {
    if least(model).is_some() {
        return Ok(());
    }
    let mut rules = model.question.rules.clone();
    let mut named = Vec::new();
    for loosen in LOOSEN {
        let kept = rules.clone();
        if let Some(name) = loosen(&mut rules, model)
            && least_under(model, &rules).is_some()
        {
            rules = kept;
            named.push(name);
        }
    }
    Err(SelectError::Conflict(named))
}

/// Takes one rule away and says what it was; nothing where it was not set.
type Loosen = fn(&mut Rules, &Model<'_>) -> Option<String>;

const LOOSEN: [Loosen; 6] = [
    |rules, model| {
        let most = std::mem::replace(&mut rules.most, model.antigens().len());
        Some(format!("at most {most} antigens"))
    },
    |rules, _| Some(format!("at most {} residues", rules.residues.take()?)),
    |rules, _| Some(format!("at most {} antigens of a gene", rules.per_gene.take()?)),
    |rules, _| Some(format!("at most {} antigens of an allele", rules.per_allele.take()?)),
    |rules, model| {
        let fewest = std::mem::take(&mut rules.class_2);
        let offered = model.antigens().iter().filter(|antigen| antigen.class_2).count();
        (fewest > 0).then(|| {
            format!("at least {fewest} antigens with a class II ligand ({offered} are offered)")
        })
    },
    |rules, _| {
        let required = std::mem::take(&mut rules.required);
        (!required.is_empty()).then(|| format!("required: {}", required.join(", ")))
    },
];

/// A smallest set that keeps to the rules: the required antigens and as many class II helpers as it takes.
pub(super) fn least(model: &Model<'_>) -> Option<Vec<usize>> {
    least_under(model, &model.question.rules)
}

fn least_under(model: &Model<'_>, rules: &Rules) -> Option<Vec<usize>> {
    let question = super::Question { rules: rules.clone(), ..model.question.clone() };
    let model = Model::new(&question).ok()?;
    let (mut used, mut set) = (Used::new(&model), Vec::new());
    for &antigen in &model.required {
        if !used.takes(&model, antigen) {
            return None;
        }
        used.add(&model, antigen);
        set.push(antigen);
    }
    let mut helpers: Vec<usize> = (0..model.antigens().len())
        .filter(|i| model.antigens()[*i].class_2 && !set.contains(i))
        .collect();
    helpers.sort_by_key(|&i| (model.antigens()[i].residues, i));
    help(&model, &used, &mut set, &helpers).then_some(set)
}

/// Adds helpers until none is missing, trying the shorter ones first.
fn help(model: &Model<'_>, used: &Used, set: &mut Vec<usize>, helpers: &[usize]) -> bool {
    if used.missing(model) == 0 {
        return true;
    }
    for (at, &helper) in helpers.iter().enumerate() {
        if helpers.len() - at < used.missing(model) {
            return false;
        }
        if used.takes(model, helper) {
            let mut more = used.clone();
            more.add(model, helper);
            set.push(helper);
            if help(model, &more, set, &helpers[at + 1..]) {
                return true;
            }
            set.pop();
        }
    }
    false
}
