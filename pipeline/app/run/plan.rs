//! Who is run, and from which part of the pipeline on.

use std::collections::BTreeMap;

use vaxloom_lake::pipeline::Part;

use super::basis::Basis;
use super::previous::PreviousRun;
use crate::ingest::Survey;

/// What a run has to do.
#[derive(Debug, Default)]
pub(crate) struct Plan {
    /// Patients whose results are made anew, by the part that is the first.
    pub(crate) stale: BTreeMap<Part, Vec<String>>,
    /// Patients whose results stay.
    pub(crate) unchanged: Vec<String>,
    /// Of each stale patient: what is another, or `new`.
    pub(crate) why: BTreeMap<String, Vec<&'static str>>,
}

impl Plan {
    pub(crate) fn new(survey: &Survey, basis: &Basis, before: &PreviousRun) -> Self {
        let mut plan = Self::default();
        for (id, content) in &survey.patients {
            let known = before.basis.get(id);
            let stale = known.map(|known| basis.with(&content.hash).stale(known));
            match stale {
                Some(None) => plan.unchanged.push(id.clone()),
                Some(Some((part, why))) => plan.add(part, id, why),
                None => plan.add(Part::Inputs, id, vec!["new"]),
            }
        }
        plan
    }

    fn add(&mut self, part: Part, id: &str, why: Vec<&'static str>) {
        self.stale.entry(part).or_default().push(id.to_owned());
        self.why.insert(id.to_owned(), why);
    }
}
