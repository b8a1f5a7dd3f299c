//! The first de-identification gate: elements that identify a person keep their resource out.
//!
//! [`RULES`] is the table; a new rule is one more line in it. The walk visits every element of a resource, with
//! contained resources and extensions, and asks each rule. For a Patient (and any person contained elsewhere)
//! names, addresses smaller than a state, telecoms, contacts, photos and dates finer than a year count; in every resource
//! identifiers, narrative and the display of the subject do. Dates of other resources do not: the
//! tables keep their year only.
//!
//! An element masked by nothing but a data-absent-reason extension, the usual way to keep a required
//! element in a de-identified export, passes.
//!
//! Source: the Safe Harbor list of 45 CFR 164.514(b)(2), as far as these elements carry it.

use serde_json::{Map, Value};

use crate::{
    element::{is_year, items},
    rule::{Finding, Rule},
};

const MASK: &str = "http://hl7.org/fhir/StructureDefinition/data-absent-reason";
const MAIDEN_NAME: &str = "http://hl7.org/fhir/StructureDefinition/patient-mothersMaidenName";
const PERSONS: [&str; 4] = ["Patient", "Person", "Practitioner", "RelatedPerson"];

/// One element under the eyes of the gate.
struct Site<'a> {
    key: &'a str,
    value: &'a Value,
    /// The element speaks of a person: somewhere in a Patient, or in a contained person.
    person: bool,
    /// The element is a direct child of a resource.
    top: bool,
}

struct GateRule {
    rule: Rule,
    finds: fn(&Site) -> bool,
}

const RULES: &[GateRule] = &[
    GateRule {
        rule: Rule {
            id: "deid.name",
            message: "a person's name",
            remedy: "remove the element; Patient.id is the only pseudonym that is read",
        },
        finds: |site| site.is("name", "valueHumanName") || site.is_extension(MAIDEN_NAME),
    },
    GateRule {
        rule: Rule {
            id: "deid.address",
            message: "an address smaller than a state",
            remedy: "keep at most state, country and the first three digits of the postal code",
        },
        finds: |site| site.is("address", "valueAddress") && !is_coarse(site.value),
    },
    GateRule {
        rule: Rule {
            id: "deid.telecom",
            message: "a phone number, e-mail address or other contact point",
            remedy: "remove the element",
        },
        finds: |site| site.is("telecom", "valueContactPoint"),
    },
    GateRule {
        rule: Rule {
            id: "deid.contact",
            message: "a contact person",
            remedy: "remove the element",
        },
        finds: |site| site.person && site.key == "contact",
    },
    GateRule {
        rule: Rule {
            id: "deid.photo",
            message: "a photo or other attachment",
            remedy: "remove the element",
        },
        finds: |site| site.is("photo", "valueAttachment"),
    },
    GateRule {
        rule: Rule {
            id: "deid.identifier",
            message: "a business identifier, such as a record or accession number",
            remedy: "remove the element; link resources by pseudonymous ids only",
        },
        finds: |site| {
            site.value.is_object() && (site.key == "identifier" || site.key.ends_with("Identifier"))
        },
    },
    GateRule {
        rule: Rule {
            id: "deid.narrative",
            message: "narrative text, which repeats the record in words",
            remedy: "remove the element text from the resource",
        },
        finds: |site| site.top && site.key == "text" && site.value["div"].is_string(),
    },
    GateRule {
        rule: Rule {
            id: "deid.birth-date",
            message: "a birth date that is finer than a year",
            remedy: "reduce the date to YYYY",
        },
        finds: |site| site.person && site.key == "birthDate" && !site.is_year(),
    },
    GateRule {
        rule: Rule {
            id: "deid.death-date",
            message: "a date of death that is finer than a year",
            remedy: "reduce the date to YYYY, or use deceasedBoolean",
        },
        finds: |site| site.person && site.key == "deceasedDateTime" && !site.is_year(),
    },
    GateRule {
        rule: Rule {
            id: "deid.date",
            message: "a date about a person that is finer than a year",
            remedy: "reduce the date to YYYY, or remove the element",
        },
        finds: |site| {
            let dates = ["valueDate", "valueDateTime", "valueInstant", "start", "end"];
            site.person && dates.contains(&site.key) && !site.is_year()
        },
    },
    GateRule {
        rule: Rule {
            id: "deid.display",
            message: "the display of a reference to a person, which is usually a name",
            remedy: "remove display from the reference",
        },
        finds: |site| {
            let of_patient = ["subject", "patient"].contains(&site.key);
            let of_others = ["generalPractitioner", "managingOrganization", "other"];
            let reference = site.value["reference"].is_string() || of_others.contains(&site.key);
            site.value["display"].is_string() && (of_patient || (site.person && reference))
        },
    },
];

/// An address of which no more is left than Safe Harbor allows.
fn is_coarse(address: &Value) -> bool {
    let is_allowed = |(key, value): (&String, &Value)| match key.as_str() {
        "state" | "country" => value.is_string(),
        "postalCode" => value.as_str().is_some_and(|code| code.len() <= 3),
        _ => false,
    };
    address.as_object().is_some_and(|map| map.iter().all(is_allowed))
}

impl Site<'_> {
    /// An element of a person by its own name, or an extension's value of the same type.
    fn is(&self, element: &str, extension_value: &str) -> bool {
        (self.person && self.key == element) || self.key == extension_value
    }

    fn is_extension(&self, url: &str) -> bool {
        self.key == "extension" && self.value["url"] == url
    }

    fn is_year(&self) -> bool {
        self.value.as_str().is_some_and(is_year)
    }
}

/// All breaches of the gate's rules in a resource, each with the path of its element.
pub(crate) fn check(resource: &Value) -> Vec<Finding> {
    let mut findings = Vec::new();
    if let (Some(map), Some(kind)) = (resource.as_object(), resource["resourceType"].as_str()) {
        let mut walk = Walk { root_is_patient: kind == "Patient", findings: &mut findings };
        walk.resource(map, kind);
    }
    findings
}

struct Walk<'a> {
    root_is_patient: bool,
    findings: &'a mut Vec<Finding>,
}

impl Walk<'_> {
    fn resource(&mut self, map: &Map<String, Value>, path: &str) {
        let kind = map.get("resourceType").and_then(Value::as_str).unwrap_or_default();
        let person = self.root_is_patient || PERSONS.contains(&kind);
        self.object(map, path, person, true);
    }

    fn object(&mut self, map: &Map<String, Value>, path: &str, person: bool, top: bool) {
        for (key, value) in map {
            let path = format!("{path}.{key}");
            self.element(&Site { key, value, person, top }, &path);
        }
    }

    fn element(&mut self, site: &Site, path: &str) {
        if let Value::Array(items) = site.value {
            for (index, value) in items.iter().enumerate() {
                self.element(&Site { value, ..*site }, &format!("{path}[{index}]"));
            }
            return;
        }
        if site.value.is_null() || is_masked(site.value) {
            return;
        }
        if let Some(found) = RULES.iter().find(|rule| (rule.finds)(site)) {
            self.findings.push(Finding::new(path, &found.rule));
        } else if let Some(map) = site.value.as_object() {
            match site.key {
                "contained" => self.resource(map, path),
                _ => self.object(map, path, site.person, false),
            }
        }
    }
}

/// Whether nothing is left of an element but the reason why it is not there.
fn is_masked(value: &Value) -> bool {
    let Some(map) = value.as_object() else {
        return false;
    };
    let gives_reason = map.keys().any(|key| key == "extension" || key.starts_with('_'));
    gives_reason
        && map.iter().all(|(key, value)| match key.as_str() {
            "extension" => items(value).all(|extension| extension["url"] == MASK),
            "use" | "system" => value.is_string(),
            key => key.starts_with('_') && all_masked(value),
        })
}

fn all_masked(value: &Value) -> bool {
    value.as_array().map_or_else(
        || is_masked(value),
        |items| items.iter().all(|item| item.is_null() || is_masked(item)),
    )
}

#[cfg(test)]
mod tests;
