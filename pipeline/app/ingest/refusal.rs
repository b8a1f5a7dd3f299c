//! Why something was kept out, and where it stands.

use serde::{Deserialize, Serialize};

use crate::sheet::{Row, Sheet};

/// Why something was kept out: a row of the table `quarantine`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) struct Refusal {
    pub(crate) stage: String,
    pub(crate) patient_id: Option<String>,
    pub(crate) source_file: String,
    pub(crate) source_line: i64,
    pub(crate) path: String,
    pub(crate) rule: String,
    pub(crate) message: String,
    pub(crate) remedy: String,
}

impl Refusal {
    /// Of a patient's row in the sheet.
    fn of_row(sheet: &Sheet, id: &str, rule: &str, message: &str, remedy: &str) -> Self {
        let row = sheet.patients.get(id).and_then(|rows| rows.first());
        Self {
            stage: "inputs".to_owned(),
            patient_id: Some(id.to_owned()),
            source_file: sheet.name.clone(),
            source_line: row.map_or(0, |row| row.line as i64),
            path: "row".to_owned(),
            rule: rule.to_owned(),
            message: message.to_owned(),
            remedy: remedy.to_owned(),
        }
    }

    /// A patient whose files made a reader fail.
    pub(super) fn of_reader(sheet: &Sheet, id: &str) -> Self {
        let message =
            "reading the patient's files ended in a mistake of vaxloom; the others were read";
        Self::of_row(
            sheet,
            id,
            "inputs.mistake",
            message,
            "please report it, with the words of the log",
        )
    }

    /// A patient whose rows made a stage fail.
    pub(crate) fn of_stages(sheet: &Sheet, id: &str) -> Self {
        let message = "a stage failed over this patient's rows, and over no other's";
        let remedy = "the log has the words of the error: mend the policy or the input that it names, or please report it";
        Self::of_row(sheet, id, "stages.failed", message, remedy)
    }
}

macro_rules! refusal_from {
    ($($room:ident),*) => {$(
        impl From<$room::Quarantined> for Refusal {
            fn from(row: $room::Quarantined) -> Self {
                let $room::Quarantined { stage, patient_id, source_file, source_line, path, rule, message, remedy } = row;
                Self { stage, patient_id, source_file, source_line, path, rule, message, remedy }
            }
        }
    )*};
}

refusal_from!(vaxloom_clinical, vaxloom_genome);

/// Faults of a patient's inputs, each with its place in the sheet.
pub(super) struct Faults<'a> {
    pub(super) sheet: &'a Sheet,
    pub(super) id: &'a str,
    pub(super) list: Vec<Refusal>,
}

impl Faults<'_> {
    pub(super) fn add(&mut self, row: &Row, column: &str, rule: &str, message: &str, remedy: &str) {
        self.list.push(Refusal {
            stage: "inputs".to_owned(),
            patient_id: Some(self.id.to_owned()),
            source_file: self.sheet.name.clone(),
            source_line: row.line as i64,
            path: column.to_owned(),
            rule: rule.to_owned(),
            message: self.sheet.hide(message),
            remedy: remedy.to_owned(),
        });
    }

    /// An error of a room, whose words end with the remedy.
    pub(super) fn add_error(
        &mut self,
        row: &Row,
        column: &str,
        rule: &str,
        error: &dyn std::error::Error,
    ) {
        let text = error.to_string();
        let (message, remedy) = text.rsplit_once("; ").unwrap_or((&text, "see the message"));
        self.add(row, column, rule, message, remedy);
    }
}
