//! The page of a check: what a data steward reads, made of the lines of the report. It holds no value of a record, as they hold none.

use std::collections::BTreeMap;

use minijinja::{AutoEscape, Environment};
use serde::{Deserialize, Serialize};
use vaxloom_clinical::check::Summary;

/// Places of one reason that are listed.
const PLACES: usize = 20;

/// Reasons and summaries, gathered while the report is written.
#[derive(Debug, Default)]
pub(crate) struct Page {
    pub(crate) summaries: Vec<Summary>,
    reasons: BTreeMap<Key, Reason>,
    /// The end of a line that is not whole yet.
    rest: Vec<u8>,
}

/// Verdict, with quarantine first; rule.
type Key = (u8, String);

#[derive(Debug, Default, Serialize)]
struct Reason {
    rule: String,
    verdict: String,
    message: String,
    remedy: String,
    count: usize,
    places: Vec<Place>,
}

#[derive(Debug, Serialize)]
struct Place {
    file: String,
    line: i64,
    path: String,
}

/// A line of the report.
#[derive(Deserialize)]
struct Told {
    file: String,
    line: i64,
    path: String,
    rule: String,
    verdict: String,
    message: String,
    remedy: String,
}

impl Page {
    /// Takes a part of the report.
    pub(crate) fn take(&mut self, bytes: &[u8]) {
        self.rest.extend_from_slice(bytes);
        while let Some(end) = self.rest.iter().position(|byte| *byte == b'\n') {
            let line: Vec<u8> = self.rest.drain(..=end).collect();
            // Counts and summaries are lines of other kinds.
            if let Ok(told) = serde_json::from_slice::<Told>(&line) {
                self.add(told);
            }
        }
    }

    fn add(&mut self, told: Told) {
        let Told { file, line, path, rule, verdict, message, remedy } = told;
        let order = match verdict.as_str() {
            "quarantined" => 0,
            "noted" => 1,
            _ => 2,
        };
        let reason = self.reasons.entry((order, rule.clone())).or_default();
        reason.count += 1;
        if reason.places.len() < PLACES {
            reason.places.push(Place { file, line, path });
        }
        (reason.rule, reason.verdict, reason.message, reason.remedy) =
            (rule, verdict, message, remedy);
    }

    /// The page as HTML.
    pub(crate) fn render(&self) -> anyhow::Result<String> {
        let mut environment = Environment::new();
        environment.set_auto_escape_callback(|_| AutoEscape::Html);
        environment.add_template("check.html", include_str!("check_page.html"))?;
        let mut rules: BTreeMap<&str, usize> = BTreeMap::new();
        for (rule, count) in self.summaries.iter().flat_map(|summary| &summary.rules) {
            *rules.entry(rule).or_default() += count;
        }
        let verdicts: Vec<&str> = self.summaries.iter().map(Summary::verdict).collect();
        let reasons: Vec<&Reason> = self.reasons.values().collect();
        let page = serde_json::json!({
            "summaries": &self.summaries, "verdicts": verdicts, "reasons": reasons,
            "rules": rules, "places": PLACES,
        });
        Ok(environment.get_template("check.html")?.render(minijinja::value::Serde(&page))?)
    }
}
