//! The report: JSON lines without a value of any record.

use std::io::{self, Write};

use foldhash::{HashMap, HashMapExt as _};
use serde::Serialize;

use super::Summary;
use crate::{deid::Verdict, rule::Rule};

pub(crate) const FILE_NAME: Rule = Rule {
    id: "deid.file-name",
    message: "the name of the file has something identifying in it; the report calls it by its place",
    remedy: "rename the file",
};

pub(crate) const NOT_CHECKED: Rule = Rule {
    id: "format.not-checked",
    message: "a file that is not looked into, since it is no FHIR by its name; nothing of it goes on",
    remedy: "take it out of the folder, or look into it yourself before it is shared",
};

#[derive(Serialize)]
struct Reason<'r> {
    file: &'r str,
    /// Line of NDJSON, or entry of a Bundle, from 1; 0 for the whole file.
    line: i64,
    path: &'r str,
    rule: &'static str,
    verdict: &'static str,
    message: &'static str,
    remedy: &'static str,
}

/// How often a file has a reason that was told often enough.
#[derive(Serialize)]
struct Counted<'r> {
    file: &'r str,
    /// Without the places in lists.
    path: &'r str,
    rule: &'static str,
    count: usize,
}

#[derive(Serialize)]
struct Last<'r> {
    summary: &'r Summary,
    verdict: &'static str,
}

pub(crate) struct Report<'w> {
    out: &'w mut dyn Write,
    places: usize,
    file: String,
    /// By rule and path. A rule is known by its address: there is one of each.
    counts: HashMap<*const Rule, (&'static Rule, HashMap<Box<str>, usize>)>,
    pattern: String,
}

impl<'w> Report<'w> {
    pub(crate) fn new(out: &'w mut dyn Write, places: usize) -> Self {
        Self { out, places, file: String::new(), counts: HashMap::new(), pattern: String::new() }
    }

    pub(crate) fn begin(&mut self, file: &str) {
        file.clone_into(&mut self.file);
    }

    /// Tells a reason of the current file, or counts it.
    pub(crate) fn tell(
        &mut self,
        line: i64,
        path: &str,
        rule: &'static Rule,
        verdict: Verdict,
    ) -> io::Result<()> {
        self.pattern.clear();
        self.pattern.extend(path.split(['[', ']']).step_by(2));
        let (_, paths) =
            self.counts.entry(std::ptr::from_ref(rule)).or_insert_with(|| (rule, HashMap::new()));
        let count = match paths.get_mut(self.pattern.as_str()) {
            Some(count) => {
                *count += 1;
                *count
            }
            None => *paths.entry(self.pattern.as_str().into()).or_insert(1),
        };
        // What takes a resource away is always told.
        if count > self.places && verdict != Verdict::Quarantined {
            return Ok(());
        }
        let Rule { id, message, remedy } = *rule;
        let reason = Reason {
            file: &self.file,
            line,
            path,
            rule: id,
            verdict: verdict.as_str(),
            message,
            remedy,
        };
        line_of(self.out, &reason)
    }

    /// Tells a reason that a column has in some rows, of which the first is named.
    pub(crate) fn tell_column(
        &mut self,
        line: i64,
        column: &str,
        rule: &'static Rule,
        count: usize,
        verdict: Verdict,
    ) -> io::Result<()> {
        let Rule { id, message, remedy } = *rule;
        let verdict = verdict.as_str();
        let file = &self.file;
        line_of(
            self.out,
            &Reason { file, line, path: column, rule: id, verdict, message, remedy },
        )?;
        line_of(self.out, &Counted { file, path: column, rule: id, count })
    }

    /// Tells a reason of a file that was read before.
    pub(crate) fn tell_in(
        &mut self,
        file: &str,
        line: i64,
        path: &str,
        rule: &'static Rule,
    ) -> io::Result<()> {
        let Rule { id, message, remedy } = *rule;
        line_of(self.out, &Reason { file, line, path, rule: id, verdict: "noted", message, remedy })
    }

    /// Tells the counts of the current file.
    pub(crate) fn end(&mut self) -> io::Result<()> {
        let of_rule = |(rule, paths): (&'static Rule, HashMap<Box<str>, usize>)| {
            paths.into_iter().map(move |(path, count)| (path, rule.id, count))
        };
        let mut counts: Vec<_> =
            self.counts.drain().flat_map(|(_, paths)| of_rule(paths)).collect();
        counts.retain(|(.., count)| *count > self.places);
        counts.sort();
        for (path, rule, count) in counts {
            line_of(self.out, &Counted { file: &self.file, path: &path, rule, count })?;
        }
        Ok(())
    }

    pub(crate) fn summary(&mut self, summary: &Summary) -> io::Result<()> {
        line_of(self.out, &Last { summary, verdict: summary.verdict() })?;
        self.out.flush()
    }
}

fn line_of(out: &mut dyn Write, row: &impl Serialize) -> io::Result<()> {
    serde_json::to_writer(&mut *out, row)?;
    out.write_all(b"\n")
}
