//! The closing summary on standard output.

use std::collections::BTreeSet;
use std::fmt;
use std::path::Path;
use std::time::Duration;

use anyhow::bail;
use serde::{Deserialize, Serialize};
use vaxloom_clinical::Gated;
use vaxloom_lake::pipeline::Outcome;

use crate::exit::Exit;
use crate::ingest::{PatientInput, RecordCount, Refusal, Survey};
use crate::progress::thousands;
use crate::report::Page;
use crate::run::{Plan, PreviousRun};

/// What came in and what became of it.
#[derive(Debug, Default)]
pub(crate) struct Summary {
    patients: usize,
    run: usize,
    unchanged: usize,
    lines: Vec<Line>,
    refusals: Vec<Refusal>,
    notes: Vec<Refusal>,
    gated: Gated,
    pages: Vec<Page>,
}

/// One stage: what came in is what went out, was refused, or was passed over on purpose.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Line {
    stage: String,
    rows_in: usize,
    rows_out: usize,
    quarantined: usize,
    /// Resources of kinds that are not kept, calls that the tumour does not carry.
    passed_over: usize,
    #[serde(skip)]
    time: Option<Duration>,
}

/// The stages of one run.
#[derive(Debug, Default)]
pub(crate) struct Counts(Vec<Line>);

impl Counts {
    /// What came in of these patients, and what the stages made of it.
    pub(crate) fn of(patients: &[&PatientInput], outcome: &Outcome) -> Self {
        let samples = || patients.iter().flat_map(|p| &p.samples);
        let calls = Line {
            stage: "somatic_variant".to_owned(),
            rows_in: samples().map(|s| s.alleles).sum(),
            rows_out: samples().map(|s| s.variants.len()).sum(),
            quarantined: samples().map(|s| s.quarantined).sum(),
            passed_over: samples().map(|s| s.not_in_tumor).sum(),
            time: None,
        };
        let stages = outcome.stages.iter().map(|stage| Line {
            stage: stage.count.stage.clone(),
            rows_in: stage.count.rows_in,
            rows_out: stage.count.rows_out,
            quarantined: stage.count.quarantined,
            passed_over: stage.count.passed_over,
            time: Some(stage.time),
        });
        Self(vec![Line::records(RecordCount::default()), calls].into_iter().chain(stages).collect())
    }

    /// Of the runs of parts. Each part reads all records: their balance is that of one of them.
    pub(crate) fn of_parts(parts: &[Vec<Line>]) -> Self {
        let mut counts = Self::default();
        let records = parts.iter().flatten().filter(|line| line.stage == RECORDS);
        counts.0.extend(records.max_by_key(|line| line.rows_in).cloned());
        for line in parts.iter().flatten().filter(|line| line.stage != RECORDS) {
            match counts.0.iter_mut().find(|mine| mine.stage == line.stage) {
                Some(mine) => mine.add(line),
                None => counts.0.push(line.clone()),
            }
        }
        counts
    }

    /// With the balance of the records folder, which is told of once.
    pub(crate) fn records(&mut self, records: RecordCount) {
        self.0[0] = Line::records(records);
    }

    /// That every row is accounted for.
    pub(crate) fn check(&self) -> anyhow::Result<()> {
        for line in &self.0 {
            if line.rows_in != line.rows_out + line.quarantined + line.passed_over {
                bail!(
                    "{}: {} rows in, but {} out, {} in quarantine and {} passed over. \
                     Nothing was written. This is a mistake in vaxloom: please report it",
                    line.stage,
                    line.rows_in,
                    line.rows_out,
                    line.quarantined,
                    line.passed_over
                );
            }
        }
        Ok(())
    }

    /// For the run's row.
    pub(crate) fn lines(&self) -> &[Line] {
        &self.0
    }

    /// Rows read from the inputs.
    pub(crate) fn rows_in(&self) -> usize {
        self.0.iter().take(2).map(|line| line.rows_in).sum()
    }

    /// Rows that the stages wrote.
    pub(crate) fn rows_out(&self) -> usize {
        self.0.iter().map(|line| line.rows_out).sum()
    }
}

impl Line {
    fn records(records: RecordCount) -> Self {
        Self {
            stage: RECORDS.to_owned(),
            rows_in: records.read,
            rows_out: records.kept,
            quarantined: records.quarantined,
            passed_over: records.ignored,
            time: None,
        }
    }

    fn add(&mut self, other: &Self) {
        self.rows_in += other.rows_in;
        self.rows_out += other.rows_out;
        self.quarantined += other.quarantined;
        self.passed_over += other.passed_over;
        self.time = self.time.into_iter().chain(other.time).reduce(|a, b| a + b);
    }
}

impl Summary {
    /// Before anything is done. What was kept out of an unchanged patient's inputs still is.
    pub(crate) fn new(survey: &Survey, plan: &Plan, before: &PreviousRun) -> Self {
        let unchanged: BTreeSet<&str> = plan.unchanged.iter().map(String::as_str).collect();
        let of_unchanged =
            |row: &&Refusal| row.patient_id.as_deref().is_some_and(|id| unchanged.contains(id));
        Self {
            patients: survey.patients.len(),
            unchanged: unchanged.len(),
            notes: survey.notes.clone(),
            gated: survey.gated.clone(),
            refusals: before.refusals.iter().filter(of_unchanged).cloned().collect(),
            ..Self::default()
        }
    }

    /// Of parts that are joined: patients, and those of them whose results stay.
    pub(crate) fn of_parts(patients: usize, unchanged: usize) -> Self {
        Self { patients, unchanged, ..Self::default() }
    }

    /// Adds a finished run of some patients.
    pub(crate) fn count(&mut self, counts: &Counts, run: usize) {
        self.run += run;
        for line in counts.lines() {
            match self.lines.iter_mut().find(|mine| mine.stage == line.stage) {
                Some(mine) => mine.add(line),
                None => self.lines.push(line.clone()),
            }
        }
    }

    /// What the gate did, where the records were read later.
    pub(crate) fn records(&mut self, survey: &Survey) {
        self.gated = survey.gated.clone();
        self.notes.clone_from(&survey.notes);
    }

    /// Whether no run has been counted yet.
    pub(crate) fn nothing_counted(&self) -> bool {
        self.lines.is_empty()
    }

    /// Adds what was kept out.
    pub(crate) fn refuse(&mut self, rows: Vec<Refusal>) {
        self.refusals.extend(rows);
    }

    /// What was kept out.
    pub(crate) fn refusals(&self) -> &[Refusal] {
        &self.refusals
    }

    pub(crate) fn add_pages(&mut self, pages: Vec<Page>) {
        self.pages.extend(pages);
    }

    pub(crate) fn exit(&self) -> Exit {
        if self.refusals.is_empty() { Exit::Done } else { Exit::Quarantined }
    }

    #[allow(clippy::print_stdout, reason = "the summary is what the command answers")]
    pub(crate) fn print(&self, pages: Option<&Path>, time: Duration) {
        print!("{self}");
        match pages {
            Some(folder) => println!("\nPages, FASTA and GenBank: {}", folder.display()),
            None => println!("\nA part of a run: vaxloom lake gather joins the parts."),
        }
        println!(
            "Done in {:.1} s. Research use only: not a medical device; a person decides.",
            time.as_secs_f64()
        );
    }

    fn write_stages(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "\n{:<16}{:>12}{:>12}{:>12}{:>13}{:>9}",
            "stage", "rows in", "rows out", "quarantine", "passed over", "time"
        )?;
        for line in &self.lines {
            let time = line.time.map_or_else(String::new, |t| format!("{:.2} s", t.as_secs_f64()));
            writeln!(
                f,
                "{:<16}{:>12}{:>12}{:>12}{:>13}{time:>9}",
                line.stage,
                thousands(line.rows_in),
                thousands(line.rows_out),
                thousands(line.quarantined),
                thousands(line.passed_over)
            )?;
        }
        Ok(())
    }

    fn write_refusals(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "\nIn quarantine ({}):", self.refusals.len())?;
        self.refusals.iter().take(SHOWN).try_for_each(|row| write_row(f, row))?;
        if self.refusals.len() > SHOWN {
            let more = self.refusals.len() - SHOWN;
            writeln!(f, "  and {more} more: SELECT * FROM quarantine")?;
        }
        Ok(())
    }

    /// What the gate did with records that came in, and what is doubtful in them.
    fn write_records(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Gated { transformed, rules, aside, .. } = &self.gated;
        let told = |counts: Vec<String>| counts.join(", ");
        if *transformed > 0 {
            let rules = rules.iter().map(|(rule, count)| format!("{rule} {}", thousands(*count)));
            let rules = told(rules.collect());
            writeln!(f, "\nRemoved or reduced in {} records: {rules}", thousands(*transformed))?;
        }
        if !aside.is_empty() {
            let types = aside.iter().map(|(kind, count)| format!("{kind} {}", thousands(*count)));
            writeln!(f, "\nOf types that no table takes: {}", told(types.collect()))?;
        }
        // What was removed is counted above; the audit has the places.
        let notes: Vec<_> = self.notes.iter().filter(|n| !n.rule.starts_with("deid.")).collect();
        if !notes.is_empty() {
            writeln!(f, "\nNotes ({}):", notes.len())?;
            notes.iter().take(SHOWN).try_for_each(|row| write_row(f, row))?;
            if notes.len() > SHOWN {
                writeln!(f, "  and {} more: SELECT notes FROM audit", notes.len() - SHOWN)?;
            }
        }
        Ok(())
    }

    fn write_constructs(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "\nConstructs, best first:")?;
        for page in &self.pages {
            for construct in &page.constructs {
                writeln!(f, "  {construct}")?;
            }
            if page.constructs.is_empty() {
                writeln!(f, "  {}  none: see its page for the reason", page.patient)?;
            }
            writeln!(f, "    {}", page.path.display())?;
        }
        Ok(())
    }
}

fn write_row(f: &mut fmt::Formatter<'_>, row: &Refusal) -> fmt::Result {
    let patient = row.patient_id.as_deref().unwrap_or("-");
    let place = if row.source_line > 0 { format!(":{}", row.source_line) } else { String::new() };
    writeln!(f, "  {patient}  {}{place} {} [{}]", row.source_file, row.path, row.rule)?;
    writeln!(f, "    {}; {}", row.message, row.remedy)
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (all, run, unchanged) = (self.patients, self.run, self.unchanged);
        writeln!(
            f,
            "{all} patients: {run} run, {unchanged} unchanged, {} kept out",
            all - run - unchanged
        )?;
        if run > 0 {
            self.write_stages(f)?;
        }
        if !self.refusals.is_empty() {
            self.write_refusals(f)?;
        }
        self.write_records(f)?;
        if !self.pages.is_empty() {
            self.write_constructs(f)?;
        }
        Ok(())
    }
}

/// The line of the records folder.
const RECORDS: &str = "records";

/// Refusals that are printed; the table has them all.
const SHOWN: usize = 40;
