//! Small readers of FHIR elements: codes and dates.

use serde_json::Value;

/// LOINC, code system of most observation codes.
pub(crate) const LOINC: &str = "http://loinc.org";
/// SNOMED CT.
pub(crate) const SNOMED: &str = "http://snomed.info/sct";

/// What the tables keep of a `CodeableConcept`. Its free text is left behind: it may say anything.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Coding {
    pub(crate) code: Option<String>,
    pub(crate) system: Option<String>,
    pub(crate) display: Option<String>,
}

impl Coding {
    /// The first coding of the concept that has a code.
    pub(crate) fn first(concept: &Value) -> Self {
        let Some(coding) = codings(concept).find(|coding| coding["code"].is_string()) else {
            return Self::default();
        };
        let text = |name: &str| coding[name].as_str().map(str::to_owned);
        Self { code: text("code"), system: text("system"), display: text("display") }
    }

    /// The display, or else the code.
    pub(crate) fn label(&self) -> Option<String> {
        self.display.clone().or_else(|| self.code.clone())
    }
}

/// Items of an array element; none when it is absent.
pub(crate) fn items(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

/// Codings of a `CodeableConcept`.
pub(crate) fn codings(concept: &Value) -> impl Iterator<Item = &Value> {
    items(&concept["coding"])
}

/// Whether one of the concept's codings is a code of `codes` in `system`.
pub(crate) fn has_code(concept: &Value, system: &str, codes: &[&str]) -> bool {
    codings(concept).any(|coding| {
        coding["system"] == system && coding["code"].as_str().is_some_and(|c| codes.contains(&c))
    })
}

/// Whether the text is a year (`YYYY`) and nothing finer.
pub(crate) fn is_year(text: &str) -> bool {
    text.len() == 4 && text.bytes().all(|b| b.is_ascii_digit())
}

/// The year of a FHIR date or dateTime of any precision.
pub(crate) fn year(text: &str) -> Option<i32> {
    let (year, rest) = text.split_at_checked(4)?;
    let dated = is_year(year) && (rest.is_empty() || rest.starts_with('-'));
    dated.then(|| year.parse().ok()).flatten()
}

/// The date of a choice element such as `onset[x]`: `onsetDateTime`, or the start of `onsetPeriod`.
pub(crate) fn date<'a>(owner: &'a Value, stem: &str) -> Option<&'a str> {
    owner[format!("{stem}DateTime")]
        .as_str()
        .or_else(|| owner[format!("{stem}Period")]["start"].as_str())
}

/// The reference of a `Reference` element.
pub(crate) fn reference(value: &Value) -> Option<String> {
    value["reference"].as_str().map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn year_of_any_precision() {
        for (text, expected) in [
            ("1965", Some(1965)),
            ("1965-01", Some(1965)),
            ("1965-01-31T10:00:00Z", Some(1965)),
            ("65", None),
            ("19651", None),
            ("1965/01", None),
            ("19é5", None),
            ("", None),
        ] {
            assert_eq!(year(text), expected, "{text}");
        }
    }

    #[test]
    fn first_coding_with_a_code_wins_and_text_stays_behind() {
        let concept = serde_json::json!({"coding": [{"display": "x"}, {"code": "1", "system": "s"}], "text": "t"});
        let coding = Coding::first(&concept);
        assert_eq!(coding.label().as_deref(), Some("1"));
        assert_eq!(Coding::first(&serde_json::json!({"text": "t"})), Coding::default());
    }
}
