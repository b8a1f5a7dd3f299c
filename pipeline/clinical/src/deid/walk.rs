//! The walk over every element of a resource.

use serde_json::{Map, Value};

use super::{
    Dates, Gate, Outcome, Verdict,
    codes::{self, System},
    dates,
    fraction::is_counted,
    rules,
    schema::{Kind, TypeId},
};
use crate::{
    element::items,
    rule::{Finding, Rule},
};

/// Deepest nesting that is looked through.
const DEEPEST: usize = 60;

pub(crate) fn walk(gate: &mut Gate, resource: &mut Value) -> Outcome {
    let kind = resource["resourceType"].as_str().unwrap_or_default();
    let type_id = gate.schema.resource(kind);
    let path = type_id.and_then(|id| gate.schema.def(id)).map_or("$", |def| def.name).to_owned();
    let shift = shift_days(gate, resource);
    let anchor = resource["deceasedDateTime"].as_str().and_then(dates::year).unwrap_or(gate.year);
    let mut walker =
        Walker { gate, path, findings: Vec::new(), quarantined: false, shift, anchor, depth: 0 };
    match (type_id, resource.as_object_mut()) {
        (Some(id), Some(map)) => walker.object(id, map),
        _ => walker.refuse(&rules::UNKNOWN_TYPE),
    }
    let verdict = match (walker.quarantined, walker.findings.is_empty()) {
        (true, _) => Verdict::Quarantined,
        (false, false) => Verdict::Transformed,
        (false, true) => Verdict::Pass,
    };
    Outcome { verdict, findings: walker.findings }
}

/// By how many days the dates of the resource's patient move; `None` without a key or a patient.
fn shift_days(gate: &Gate, resource: &Value) -> Option<i64> {
    let key = gate.key.as_ref().filter(|_| gate.profile.dates == Dates::Shift)?;
    let patient = if resource["resourceType"] == "Patient" {
        resource["id"].as_str()?
    } else {
        let of = |name: &str| resource[name]["reference"].as_str();
        let reference = of("subject").or_else(|| of("patient")).or_else(|| of("individual"))?;
        let named = if reference.starts_with("urn:") {
            gate.urls.get(reference)?.as_str()
        } else {
            reference
        };
        let current = named.split_once("/_history/").map_or(named, |(current, _)| current);
        current.rsplit('/').next()?
    };
    Some(key.shift_days(patient))
}

pub(super) struct Walker<'g> {
    pub(super) gate: &'g mut Gate,
    pub(super) path: String,
    findings: Vec<Finding>,
    quarantined: bool,
    pub(super) shift: Option<i64>,
    /// Year in which an age is reached: that of death, or the current one.
    pub(super) anchor: i32,
    pub(super) depth: usize,
}

/// Unit of a quantity.
#[derive(Clone, Copy, Default, PartialEq)]
pub(super) enum Unit {
    #[default]
    None,
    Years,
    Other,
}

/// What the siblings of an element say about it.
#[derive(Default)]
pub(super) struct Context {
    type_id: TypeId,
    pub(super) system: Option<System>,
    /// A code of a public system stands beside the texts.
    pub(super) coded: bool,
    /// What an observation counts may be told as a fraction.
    pub(super) counted: bool,
    pub(super) unit: Unit,
    pub(super) in_us: bool,
    /// Type of the resource that an id is of.
    pub(super) resource: &'static str,
}

impl Walker<'_> {
    fn push_index(&mut self, index: usize) {
        self.path.push('[');
        // Lists are short: a digit needs no text of its own.
        match u8::try_from(index) {
            Ok(digit @ 0..=9) => self.path.push(char::from(b'0' + digit)),
            _ => self.path.push_str(&index.to_string()),
        }
        self.path.push(']');
    }

    pub(super) fn find(&mut self, rule: &'static Rule) {
        self.findings.push(Finding::new(self.path.clone(), rule));
    }

    /// A finding that takes the whole resource along.
    pub(super) fn refuse(&mut self, rule: &'static Rule) {
        self.find(rule);
        self.quarantined = true;
    }

    /// Keeps a value, or removes it under a rule.
    pub(super) fn judge(&mut self, rule: Option<&'static Rule>) -> bool {
        if let Some(rule) = rule {
            self.find(rule);
        }
        rule.is_none()
    }

    fn object(&mut self, type_id: TypeId, map: &mut Map<String, Value>) {
        self.depth += 1;
        if self.depth > DEEPEST {
            self.refuse(&rules::DEPTH);
            map.clear();
        }
        let context = self.context(type_id, map);
        let length = self.path.len();
        map.retain(|key, value| {
            self.path.push('.');
            self.path.push_str(key);
            let keep = self.element(&context, key, value);
            self.path.truncate(length);
            keep
        });
        self.depth -= 1;
    }

    fn context(&self, type_id: TypeId, map: &Map<String, Value>) -> Context {
        let special = self.gate.schema.special;
        let text = |name: &str| map.get(name).and_then(Value::as_str);
        let mut context = Context { type_id, ..Context::default() };
        if type_id == special.coding {
            context.system = text("system").and_then(System::of);
            context.coded = self.is_coded(map);
        } else if type_id == special.concept {
            let codings = map.get("coding").map(items).into_iter().flatten();
            context.coded =
                codings.filter_map(Value::as_object).any(|coding| self.is_coded(coding));
        } else if type_id == special.quantity {
            let year = |unit: &str| {
                ["a", "years", "year", "yr", "yrs", "yo", "y"]
                    .contains(&unit.to_ascii_lowercase().as_str())
            };
            context.coded = true;
            let mut units = [text("code"), text("unit")].into_iter().flatten().peekable();
            context.unit = match (units.peek().is_some(), units.any(year)) {
                (_, true) => Unit::Years,
                (true, false) => Unit::Other,
                (false, false) => Unit::None,
            };
        } else if type_id == special.address {
            context.in_us = text("country").is_none_or(|country| {
                ["US", "USA", "U.S.", "United States", "United States of America"]
                    .contains(&country)
            });
        } else if map.contains_key("resourceType") {
            context.resource = self.gate.schema.def(type_id).map_or("", |def| def.name);
        }
        if let (Some(_), Some(code)) = (map.get("valueString"), map.get("code")) {
            let texts =
                items(&code["coding"]).map(|coding| &coding["display"]).chain([&code["text"]]);
            context.counted = texts.filter_map(Value::as_str).any(is_counted);
        }
        context
    }

    /// Whether a coding has a code of a public system, and one that can be of it.
    fn is_coded(&self, coding: &Map<String, Value>) -> bool {
        let text = |name: &str| coding.get(name).and_then(Value::as_str);
        let (Some(system), Some(code)) = (text("system"), text("code")) else { return false };
        self.gate.is_public(system) && codes::check(System::of(system), code).is_none()
    }

    /// Looks at one element, whose path is set. False where it must go.
    fn element(&mut self, context: &Context, key: &str, value: &mut Value) -> bool {
        let def = self.gate.schema.def(context.type_id);
        let own = &self.gate.profile.elements;
        if !own.is_empty() && own.contains(&format!("{}.{key}", def.map_or("", |def| def.name))) {
            return self.value(context, Kind::Searched, value);
        }
        if let Some(kind) = def.and_then(|def| def.element(key)) {
            return self.value(context, kind, value);
        }
        let beside = key.strip_prefix('_').and_then(|name| def.and_then(|def| def.element(name)));
        if let Some(kind) = beside {
            return self.beside(kind, value);
        }
        // A key that is not FHIR's could be a value itself: it is not told.
        if !self.gate.schema.is_element_name(key.trim_start_matches('_')) {
            self.path.truncate(self.path.len() - key.len());
            self.path.push('?');
        }
        self.judge(Some(&rules::UNKNOWN_ELEMENT))
    }

    /// The `_name` beside a primitive: its extensions.
    fn beside(&mut self, kind: Kind, value: &mut Value) -> bool {
        if let Kind::Remove(rule) = kind {
            return is_masked(value) || self.judge(Some(rule));
        }
        let element = Kind::Type(self.gate.schema.special.element);
        match value {
            // Items without extensions stand as null, to keep the places.
            Value::Array(items) => {
                let length = self.path.len();
                for (index, item) in items.iter_mut().enumerate() {
                    self.push_index(index);
                    if !item.is_null() && !self.value(&Context::default(), element, item) {
                        *item = Value::Null;
                    }
                    self.path.truncate(length);
                }
                items.iter().any(|item| !item.is_null())
            }
            value => self.value(&Context::default(), element, value),
        }
    }

    /// One value, or each of a list.
    fn value(&mut self, context: &Context, kind: Kind, value: &mut Value) -> bool {
        if let Value::Array(items) = value {
            let length = self.path.len();
            let (mut index, before) = (0, items.len());
            items.retain_mut(|item| {
                self.push_index(index);
                index += 1;
                let keep = !item.is_array() && self.one(context, kind, item);
                if item.is_array() {
                    self.find(&rules::TYPE);
                }
                self.path.truncate(length);
                keep
            });
            return !items.is_empty() || before == 0;
        }
        self.one(context, kind, value)
    }

    fn one(&mut self, context: &Context, kind: Kind, value: &mut Value) -> bool {
        match kind {
            // An element whose only content says why it is absent is no value.
            Kind::Remove(_) if is_masked(value) => true,
            Kind::Remove(rule)
                if context.type_id == self.gate.schema.special.reference
                    && rule.id == rules::REFERENCE.id =>
            {
                self.reference(value)
            }
            Kind::Remove(rule) => self.judge(Some(rule)),
            Kind::Type(_) | Kind::Extension | Kind::ModifierExtension | Kind::Contained => {
                match value.as_object_mut() {
                    Some(map) => self.complex(kind, map),
                    None => self.judge(Some(&rules::TYPE)),
                }
            }
            _ => self.leaf(context, kind, value),
        }
    }

    fn complex(&mut self, kind: Kind, map: &mut Map<String, Value>) -> bool {
        let type_id = match kind {
            Kind::Extension | Kind::ModifierExtension => {
                if !self.extension_is_allowed(map) {
                    if matches!(kind, Kind::ModifierExtension) {
                        self.refuse(&rules::MODIFIER);
                        return false;
                    }
                    return self.judge(Some(&rules::UNKNOWN_EXTENSION));
                }
                self.gate.schema.special.extension
            }
            Kind::Contained => {
                let kind = map.get("resourceType").and_then(Value::as_str).unwrap_or_default();
                match self.gate.schema.resource(kind) {
                    Some(id) => id,
                    None => return self.judge(Some(&rules::UNKNOWN_TYPE)),
                }
            }
            Kind::Type(id) => id,
            _ => return false,
        };
        let before = map.len();
        self.object(type_id, map);
        // What nothing is left of goes; so does an extension of which only the URL is left.
        let url_alone =
            type_id == self.gate.schema.special.extension && map.len() == 1 && before > 1;
        (!map.is_empty() || before == 0) && !url_alone
    }

    /// An extension on the list, or a part of one: those have names, not URLs.
    fn extension_is_allowed(&self, map: &Map<String, Value>) -> bool {
        let Some(url) = map.get("url").and_then(Value::as_str) else { return false };
        let inside = self.path.matches("xtension[").count() > 1
            || self.path.matches(".extension").count() > 1;
        let word = url.len() <= 40 && url.bytes().all(|b| b.is_ascii_alphabetic() || b == b'-');
        let is_part = inside && word && url.starts_with(|c: char| c.is_ascii_lowercase());
        let is = |pattern: &String| match pattern.strip_suffix('*') {
            Some(start) => url.strip_prefix(start).is_some_and(|rest| codes::is_fixed(rest, false)),
            None => url == pattern,
        };
        is_part || self.gate.extensions.iter().any(is)
    }
}

/// Whether nothing but extensions for absent data stands here.
fn is_masked(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Array(items) => !items.is_empty() && items.iter().all(is_masked),
        Value::Object(map) => {
            !map.is_empty()
                && map.iter().all(|(key, value)| match key.as_str() {
                    "extension" => {
                        value.as_array().is_some_and(|items| items.iter().all(is_absent_reason))
                    }
                    _ => key.starts_with('_') && is_masked(value),
                })
        }
        _ => false,
    }
}

fn is_absent_reason(extension: &Value) -> bool {
    let code = extension["valueCode"].as_str();
    extension["url"] == "http://hl7.org/fhir/StructureDefinition/data-absent-reason"
        && code.is_some_and(|code| codes::is_fixed(code, false))
        && extension.as_object().is_some_and(|map| map.len() == 2)
}
