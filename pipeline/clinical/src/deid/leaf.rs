//! What is done to a value without parts: kept, reduced, replaced or removed.

use serde_json::Value;

use super::{
    Dates, PostalCodes, Text,
    codes::{self, System},
    dates,
    fraction::is_fraction,
    rules,
    schema::Kind,
    walk::{Context, Unit, Walker},
};
use crate::rule::Rule;

/// How many URIs are remembered.
const MOST_URIS: usize = 10_000;
/// Oldest age that is told.
const OLDEST: i32 = 89;
/// Bases of human chromosome 1 (GRCh38: 248,956,422; GRCh37: 249,250,621).
const LONGEST_CONTIG: f64 = 249_250_621.0;

impl Walker<'_> {
    pub(super) fn leaf(&mut self, context: &Context, kind: Kind, value: &mut Value) -> bool {
        match (kind, &mut *value) {
            // Beside `_name`, a list of primitives holds null where there is no value.
            (_, Value::Null) | (Kind::Boolean, Value::Bool(_)) => true,
            (Kind::Number, Value::Number(_)) => self.number(context, value),
            (Kind::Boolean | Kind::Number, _) => self.judge(Some(&rules::TYPE)),
            (_, Value::String(text)) => self.text(context, kind, text),
            _ => self.judge(Some(&rules::TYPE)),
        }
    }

    /// A number of years over 89 becomes 90. A number of so many digits that it is rather a record or phone number goes, unless it has a
    /// unit: positions on chromosomes and counts are long too.
    fn number(&mut self, context: &Context, value: &mut Value) -> bool {
        let number = value.as_f64().map_or(0.0, f64::abs);
        let longest = if self.path.ends_with("Integer") { 999_999.0 } else { LONGEST_CONTIG };
        if context.unit == Unit::None && !value.is_f64() && number > longest {
            return self.judge(Some(&rules::TEXT_NUMBER));
        }
        let over = context.unit == Unit::Years && number > f64::from(OLDEST);
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
            // What stands in the place of a state and is none could be a place smaller than one.
            Kind::State
                if context.in_us && !self.gate.profile.keep_city && !codes::is_us_state(text) =>
            {
                self.judge(Some(&rules::ADDRESS))
            }
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
                let system = context.system;
                let shaped =
                    codes::fits(system, text).unwrap_or_else(|| self.gate.scanner.is_genomic(text));
                let rule = if shaped { None } else { self.code(system, text) };
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
            Kind::Result => self.result(context, text),
            Kind::Note => self.free_text(self.gate.profile.notes, text, true),
            Kind::Label => self.free_text(self.gate.profile.labels, text, context.coded),
            _ => self.free_text(Text::Scan, text, true),
        }
    }

    /// A code whose system has no shape that is known here, by its looks: it is no identifier and no name.
    fn code(&mut self, system: Option<System>, text: &str) -> Option<&'static Rule> {
        let scanner = &mut self.gate.scanner;
        codes::check(system, text)
            .or_else(|| scanner.scan(text))
            .or_else(|| scanner.is_name(text).then_some(&rules::CODE))
    }

    /// Alleles, variants, numbers and words of results stay whatever becomes of notes. `12/25` does where the observation counts something.
    fn result(&mut self, context: &Context, text: &str) -> bool {
        let scanner = &mut self.gate.scanner;
        if !scanner.is_result(text) {
            return self.free_text(self.gate.profile.notes, text, true);
        }
        let rule = if context.counted && is_fraction(text) { None } else { scanner.scan(text) };
        self.judge(rule)
    }

    fn free_text(&mut self, fate: Text, text: &str, coded: bool) -> bool {
        let rule = self.gate.search_text(fate, text, coded);
        self.judge(rule)
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
        let allowed = self.gate.is_public(text);
        // Systems repeat; what is new again and again is not one.
        if !self.gate.uris.contains_key(text) && self.gate.uris.len() < MOST_URIS {
            self.gate.uris.insert(text.into(), allowed);
        }
        self.judge((!allowed).then_some(&rules::SYSTEM))
    }

    fn id(&mut self, context: &Context, text: &mut String) -> bool {
        // Ids of contained resources are local, and `#id` does not say their type.
        let kind = if self.path.contains(".contained") { "#" } else { context.resource };
        if let Some(pseudonym) = self.gate.pseudonym(kind, text) {
            *text = pseudonym;
            return true;
        }
        let wrong = !self.gate.id_is_harmless(text);
        if wrong && self.depth == 1 {
            // Without its id nothing can refer to the resource.
            self.refuse(&rules::ID);
            return false;
        }
        self.judge(wrong.then_some(&rules::ID))
    }

    /// `TYPE/id`, also at the end of a server's URL; `urn:uuid:`; `#id` of a contained resource.
    pub(super) fn reference(&mut self, value: &mut Value) -> bool {
        let Value::String(text) = value else { return self.judge(Some(&rules::TYPE)) };
        let replaced = self.gate.reference(text);
        let keyed = self.gate.key.is_some();
        match replaced {
            // A `urn:` that the file itself resolves tells nothing.
            Some(replaced) if replaced == *text || keyed || text.starts_with("urn:") => {
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
