//! The walk over every element of a resource.

use serde_json::{Map, Value};

use super::{
    Dates, Gate, Outcome, PostalCodes, Text, Verdict, codes, dates, rules,
    schema::{Kind, TypeId},
};
use crate::rule::{Finding, Rule};

/// Deepest nesting that is looked through.
const DEEPEST: usize = 60;
/// How many URIs are remembered.
const MOST_URIS: usize = 10_000;
/// Oldest age that is told.
const OLDEST: i32 = 89;

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
        let current = reference.split_once("/_history/").map_or(reference, |(current, _)| current);
        current.rsplit(['/', ':']).next()?
    };
    Some(key.shift_days(&patient.to_ascii_lowercase()))
}

struct Walker<'g> {
    gate: &'g mut Gate,
    path: String,
    findings: Vec<Finding>,
    quarantined: bool,
    shift: Option<i64>,
    /// Year in which an age is reached: that of death, or the current one.
    anchor: i32,
    depth: usize,
}

/// What the siblings of an element say about it.
#[derive(Default)]
struct Context {
    type_id: TypeId,
    system: Option<String>,
    /// A quantity in years.
    years: bool,
    in_us: bool,
    /// Type of the resource that an id is of.
    resource: String,
}

impl Walker<'_> {
    fn push_index(&mut self, index: usize) {
        self.path.push('[');
        self.path.push_str(&index.to_string());
        self.path.push(']');
    }

    fn find(&mut self, rule: &'static Rule) {
        self.findings.push(Finding::new(self.path.clone(), rule));
    }

    /// A finding that takes the whole resource along.
    fn refuse(&mut self, rule: &'static Rule) {
        self.find(rule);
        self.quarantined = true;
    }

    /// Keeps a value, or removes it under a rule.
    fn judge(&mut self, rule: Option<&'static Rule>) -> bool {
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
            context.system = text("system").map(str::to_owned);
        } else if type_id == special.quantity {
            let year = |unit: &str| {
                ["a", "years", "year", "yr", "yrs", "yo", "y"]
                    .contains(&unit.to_ascii_lowercase().as_str())
            };
            context.years = [text("code"), text("unit")].into_iter().flatten().any(year);
        } else if type_id == special.address {
            context.in_us = text("country").is_none_or(|country| {
                ["US", "USA", "U.S.", "United States", "United States of America"]
                    .contains(&country)
            });
        } else if let Some(kind) = text("resourceType") {
            kind.clone_into(&mut context.resource);
        }
        context
    }

    /// Looks at one element, whose path is set. False where it must go.
    fn element(&mut self, context: &Context, key: &str, value: &mut Value) -> bool {
        let def = self.gate.schema.def(context.type_id);
        let own = &self.gate.profile.elements;
        if !own.is_empty() && own.contains(&format!("{}.{key}", def.map_or("", |def| def.name))) {
            return self.value(context, Kind::Label, value);
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

    fn leaf(&mut self, context: &Context, kind: Kind, value: &mut Value) -> bool {
        match (kind, &mut *value) {
            // Beside `_name`, a list of primitives holds null where there is no value.
            (_, Value::Null) | (Kind::Boolean, Value::Bool(_)) => true,
            (Kind::Number, Value::Number(_)) => self.number(context, value),
            (Kind::Boolean | Kind::Number, _) => self.judge(Some(&rules::TYPE)),
            (_, Value::String(text)) => self.text(context, kind, text),
            _ => self.judge(Some(&rules::TYPE)),
        }
    }

    /// A number of years over 89 becomes 90.
    fn number(&mut self, context: &Context, value: &mut Value) -> bool {
        let over = context.years && value.as_f64().is_some_and(|years| years > f64::from(OLDEST));
        if self.gate.profile.cap_ages && over && value != &Value::from(OLDEST + 1) {
            *value = Value::from(OLDEST + 1);
            self.find(&rules::AGE);
        }
        true
    }

    fn text(&mut self, context: &Context, kind: Kind, text: &mut String) -> bool {
        match kind {
            Kind::Date | Kind::Death => self.date(text),
            Kind::Birth => self.birth(text),
            Kind::Instant => self.instant(text),
            Kind::Time => self.judge((!codes::is_time(text)).then_some(&rules::TYPE)),
            Kind::Id => self.id(context, text),
            Kind::Postal => self.postal(context, text),
            Kind::City if !self.gate.profile.keep_city => self.judge(Some(&rules::ADDRESS)),
            Kind::Uri => self.uri(text),
            Kind::Listed => true,
            Kind::Code => {
                let known = self.gate.schema.resource(text).is_some() || text == "Bundle";
                let shaped = codes::is_fixed(text, known);
                let rule =
                    if shaped { self.gate.scanner.scan_patterns(text) } else { Some(&rules::CODE) };
                self.judge(rule)
            }
            Kind::Coded => {
                let shaped = codes::fits(context.system.as_deref(), text) == Some(true);
                let rule = codes::check(context.system.as_deref(), text);
                let rule =
                    rule.or_else(|| if shaped { None } else { self.gate.scanner.scan(text) });
                self.judge(rule)
            }
            Kind::Sequence => {
                let rule = if codes::is_sequence(text) {
                    None
                } else {
                    self.gate.scanner.scan(text).or(Some(&rules::TYPE))
                };
                self.judge(rule)
            }
            Kind::Result
                if self.gate.profile.notes == Text::Remove
                    && !self.gate.scanner.is_result(text) =>
            {
                self.judge(Some(&rules::NOTE))
            }
            Kind::Note if self.gate.profile.notes == Text::Remove => self.judge(Some(&rules::NOTE)),
            Kind::Label if self.gate.profile.labels == Text::Remove => {
                self.judge(Some(&rules::NOTE))
            }
            _ => {
                let rule = self.gate.scanner.scan(text);
                self.judge(rule)
            }
        }
    }

    fn date(&mut self, text: &mut String) -> bool {
        let reduced = match (self.gate.profile.dates, self.shift) {
            (Dates::Keep, _) => dates::year(text).map(|_| text.clone()),
            (Dates::Shift, Some(days)) => {
                // Moving dates is what this profile does with them: no finding.
                return match dates::shift(text, days) {
                    Some(moved) => {
                        *text = moved;
                        true
                    }
                    None => self.judge(Some(&rules::DATE)),
                };
            }
            _ => dates::year(text).map(|year| format!("{year:04}")),
        };
        self.replace(text, reduced, &rules::DATE)
    }

    /// An instant must be full: a year is none, so it goes.
    fn instant(&mut self, text: &mut String) -> bool {
        match (self.gate.profile.dates, self.shift) {
            (Dates::Year, _) | (Dates::Shift, None) => self.judge(Some(&rules::DATE)),
            _ => self.date(text),
        }
    }

    fn birth(&mut self, text: &mut String) -> bool {
        let keep = self.date(text);
        let oldest = self.anchor - OLDEST - 1;
        if keep && self.gate.profile.cap_ages && dates::year(text).is_some_and(|year| year < oldest)
        {
            return self.replace(text, Some(format!("{oldest:04}")), &rules::AGE);
        }
        keep
    }

    /// Puts the reduced text in place; a text that cannot be reduced goes.
    fn replace(&mut self, text: &mut String, reduced: Option<String>, rule: &'static Rule) -> bool {
        match reduced {
            Some(reduced) if reduced == *text => true,
            Some(reduced) => {
                *text = reduced;
                self.find(rule);
                true
            }
            None => self.judge(Some(rule)),
        }
    }

    fn postal(&mut self, context: &Context, text: &mut String) -> bool {
        let digits = text.len() >= 3 && text.bytes().take(5).all(|b| b.is_ascii_digit());
        let zip = digits
            && context.in_us
            && text.bytes().all(|b| b.is_ascii_digit() || b == b'-')
            && [3, 5, 10].contains(&text.len());
        let reduced = match self.gate.profile.postal_codes {
            PostalCodes::Keep => (zip || text.len() <= 10).then(|| text.clone()),
            PostalCodes::Remove => None,
            PostalCodes::Zip3 => zip.then(|| {
                let area = text.get(..3).unwrap_or_default();
                if self.gate.profile.small_areas.contains(area) { "000" } else { area }.to_owned()
            }),
        };
        self.replace(text, reduced, &rules::POSTAL)
    }

    fn uri(&mut self, text: &str) -> bool {
        let known = self.gate.uris.get(text).copied();
        let allowed = known.unwrap_or_else(|| {
            codes::is_allowed_uri(text, self.gate.systems.iter().map(String::as_str))
        });
        // Systems repeat; what is new again and again is not one.
        if known.is_none() && self.gate.uris.len() < MOST_URIS {
            self.gate.uris.insert(text.into(), allowed);
        }
        self.judge((!allowed).then_some(&rules::SYSTEM))
    }

    fn id(&mut self, context: &Context, text: &mut String) -> bool {
        // Ids of contained resources are local, and `#id` does not say their type.
        let kind = if self.path.contains(".contained") { "#" } else { &context.resource };
        if let Some(pseudonym) = self.gate.pseudonym(kind, text) {
            *text = pseudonym;
            return true;
        }
        let wrong = !codes::is_id(text) || codes::is_identifying_id(text);
        self.judge(wrong.then_some(&rules::ID))
    }

    /// `TYPE/id`, also at the end of a server's URL; `urn:uuid:`; `#id` of a contained resource.
    fn reference(&mut self, value: &mut Value) -> bool {
        let Value::String(text) = value else { return self.judge(Some(&rules::TYPE)) };
        let replaced = self.gate.reference(text);
        let keyed = self.gate.key.is_some();
        match replaced {
            Some(replaced) if replaced == *text || keyed => {
                *text = replaced;
                true
            }
            // The base of a URL tells the institution.
            Some(replaced) => {
                *text = replaced;
                self.find(&rules::URL);
                true
            }
            None => self.judge(Some(&rules::REFERENCE)),
        }
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
