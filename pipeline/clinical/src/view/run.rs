//! A view over a folder of records, a resource at a time.

use std::path::Path;

use super::{Cell, ViewDefinition, ViewError};
use crate::{
    check::{Read, stream_file},
    deid::{Gate, Verdict},
    read::{self, ReadError},
};

/// What a folder gives, in the order of its files and lines.
#[derive(Clone, Debug, PartialEq)]
pub enum Output<'f> {
    /// The rows of one resource.
    Rows {
        /// File, relative to the folder.
        file: &'f str,
        /// Line of NDJSON, or entry of a Bundle, from 1.
        line: i64,
        /// One cell a column.
        rows: Vec<Vec<Cell>>,
    },
    /// A line or resource that gives no rows: it is no JSON, the gate holds it back, or its data do not fit the view.
    Refused {
        /// File, relative to the folder.
        file: &'f str,
        /// As above.
        line: i64,
        /// Stable name of the rule: `view.data`, or that of the gate or the reader.
        rule: &'static str,
        /// What is wrong, without a value.
        message: String,
    },
}

/// Resources of the view's type: all = those with rows + those without + refused ones. Faults that have no type are refused too.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Counts {
    /// Resources of the type, and lines that cannot be read.
    pub read: usize,
    /// Those that gave rows.
    pub with_rows: usize,
    /// Those that a filter or an empty `forEach` left without a row.
    pub without_rows: usize,
    /// Those that were refused.
    pub refused: usize,
    /// Rows.
    pub rows: usize,
}

impl ViewDefinition {
    /// Runs the view over a folder; `take` gets rows and refusals, and says whether to go on. With a gate, every resource goes through
    /// it first: records that may identify people must not be read without one.
    pub fn run(
        &self,
        dir: &Path,
        mut gate: Option<&mut Gate>,
        mut take: impl FnMut(Output) -> bool,
    ) -> Result<Counts, ReadError> {
        let mut files = read::files(dir)?;
        if gate.is_some() {
            files.sort_by_key(|(name, _)| (!read::is_of_people(name), name.clone()));
        }
        let mut counts = Counts::default();
        let mut go_on = true;
        for (file, path) in &files {
            if let Some(gate) = gate.as_deref_mut() {
                gate.forget_urls();
            }
            let streamed = stream_file(path, |read| {
                if let Some(output) = self.output(file, read, gate.as_deref_mut()) {
                    counts.count(&output);
                    go_on = take(output);
                }
                go_on
            });
            streamed.map_err(ReadError::io(path))?;
            if !go_on {
                break;
            }
        }
        Ok(counts)
    }

    /// `None` for resources of other types; their names are learnt all the same.
    fn output<'f>(&self, file: &'f str, read: Read, gate: Option<&mut Gate>) -> Option<Output<'f>> {
        let (line, full_url, mut resource) = match read {
            Read::Entry(entry) => (entry.line, entry.full_url, entry.resource),
            Read::Fault(fault) => {
                let (rule, message) = (fault.rule(), fault.message().to_owned());
                return Some(Output::Refused { file, line: fault.line, rule, message });
            }
        };
        let wanted = resource["resourceType"].as_str() == Some(self.resource());
        if let Some(gate) = gate {
            if let Some(url) = full_url {
                gate.learn_url(&url, &resource);
            }
            if !wanted {
                gate.learn(&resource);
                return None;
            }
            let outcome = gate.pass(&mut resource);
            if outcome.verdict == Verdict::Quarantined {
                let (rule, message) = outcome
                    .breaches()
                    .last()
                    .map_or(("deid", ""), |breach| (breach.rule, breach.message));
                return Some(Output::Refused { file, line, rule, message: message.to_owned() });
            }
        }
        wanted.then(|| match self.rows(&resource) {
            Ok(rows) => Output::Rows { file, line, rows },
            Err(error) => refused(file, line, &error),
        })
    }
}

fn refused<'f>(file: &'f str, line: i64, error: &ViewError) -> Output<'f> {
    Output::Refused { file, line, rule: "view.data", message: error.to_string() }
}

impl Counts {
    fn count(&mut self, output: &Output) {
        self.read += 1;
        match output {
            Output::Rows { rows, .. } if rows.is_empty() => self.without_rows += 1,
            Output::Rows { rows, .. } => {
                self.with_rows += 1;
                self.rows += rows.len();
            }
            Output::Refused { .. } => self.refused += 1,
        }
    }
}
