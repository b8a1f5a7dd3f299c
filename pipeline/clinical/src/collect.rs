//! Collecting: each resource is taken apart; what it refers to may still come.

use std::collections::HashMap;

use serde_json::Value;

use crate::{
    content::{self, Content},
    element::{Coding, reference},
    records::Records,
    reference::Index,
    rule::{Finding, MISSING_ID, Source},
    table_view::Views,
};

/// Resources read and not yet settled.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Collected {
    pub(crate) index: Index,
    pub(crate) pending: Vec<Pending>,
    /// Codes of Medication resources, by `Medication/id`.
    pub(crate) medications: HashMap<String, Coding>,
}

/// One resource, whose references are still as the record has them.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Pending {
    pub(crate) source: Source,
    pub(crate) kind: String,
    pub(crate) id: String,
    pub(crate) subject: Option<String>,
    pub(crate) findings: Vec<Finding>,
    /// `None` where there are findings.
    pub(crate) content: Option<Content>,
}

/// Takes one resource in. It is counted as read; nothing is decided yet but that its kind is not wanted.
pub(crate) fn collect(
    records: &mut Records,
    views: &Views,
    resource: &Value,
    full_url: Option<&str>,
    source: Source,
) {
    records.read += 1;
    let kind = resource["resourceType"].as_str().unwrap_or_default();
    let id = resource["id"].as_str().or_else(|| full_url?.strip_prefix("urn:uuid:"));
    let collected = &mut records.collected;
    if let (Some(url), Some(id)) = (full_url, id) {
        collected.index.insert(&source.file, url, &format!("{kind}/{id}"));
    }
    if let ("Medication", Some(id)) = (kind, id) {
        collected.medications.insert(format!("{kind}/{id}"), Coding::first(&resource["code"]));
    }
    let (content, fault) = match content::read(views, kind, resource) {
        Ok(None) => {
            records.ignored += 1;
            return;
        }
        Ok(Some(content)) if is_of_no_patient(&content, resource) => {
            records.ignored += 1;
            return;
        }
        Ok(content) => (content, None),
        Err(fault) => (None, Some(fault)),
    };
    let mut findings: Vec<Finding> = fault.into_iter().collect();
    if id.is_none() {
        findings.push(Finding::new(format!("{kind}.id"), &MISSING_ID));
    }
    collected.pending.push(Pending {
        source,
        kind: kind.to_owned(),
        id: id.unwrap_or_default().to_owned(),
        subject: reference(&resource["subject"]).or_else(|| reference(&resource["patient"])),
        content: content.filter(|_| findings.is_empty()),
        findings,
    });
}

/// Takes a resource in that must not be used, so that those which refer to it are held with it.
pub(crate) fn collect_held(
    records: &mut Records,
    resource: &Value,
    full_url: Option<&str>,
    source: Source,
    findings: Vec<Finding>,
) {
    records.read += 1;
    let kind = resource["resourceType"].as_str().unwrap_or_default().to_owned();
    let id = resource["id"].as_str().unwrap_or_default().to_owned();
    if let Some(url) = full_url {
        records.collected.index.insert(&source.file, url, &format!("{kind}/{id}"));
    }
    records.collected.pending.push(Pending {
        source,
        kind,
        id,
        subject: None,
        findings,
        content: None,
    });
}

/// Results of groups, devices and places, which are no patient's.
fn is_of_no_patient(content: &Content, resource: &Value) -> bool {
    let subject = resource["subject"]["reference"].as_str().unwrap_or_default();
    let others = ["Group/", "Device/", "Location/"];
    content.typing.is_none()
        && content.stage.is_none()
        && !content.observations.is_empty()
        && others.iter().any(|other| subject.starts_with(other))
}

impl Pending {
    pub(crate) fn key(&self) -> String {
        format!("{}/{}", self.kind, self.id)
    }

    pub(crate) fn is_patient(&self) -> bool {
        self.kind == "Patient"
    }

    pub(crate) fn patient_id(&self) -> Option<&str> {
        if self.is_patient() {
            return Some(self.id.as_str()).filter(|id| !id.is_empty());
        }
        self.subject.as_deref()?.strip_prefix("Patient/")
    }

    /// Brings all references into the form `TYPE/id`.
    pub(crate) fn normalise(&mut self, index: &Index) {
        let file = &self.source.file;
        let within = |reference: &mut String| *reference = index.normalise(file, reference);
        self.subject.iter_mut().for_each(within);
        if let Some(content) = &mut self.content {
            content.links.iter_mut().for_each(within);
            content.stage.iter_mut().flat_map(|stage| &mut stage.focus).for_each(within);
        }
    }

    pub(crate) fn repeats(&self, other: &Self) -> bool {
        (&self.subject, &self.content) == (&other.subject, &other.content)
    }
}
