//! Records by patient, beside the sheet.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use chrono::{Datelike, Utc};
use serde::{Deserialize, Serialize};
use vaxloom_clinical::deid::{Gate, Profile};
use vaxloom_clinical::pseudonym::ProjectKey;
use vaxloom_clinical::{
    Condition, Gated, HlaReport, Observation, Patient, Reading, Records, Specimen, Treatment,
    Views, read_records,
};

use super::refusal::{Faults, Refusal};
use crate::args::RunArgs;
use crate::exit::BatchRefused;
use crate::sheet::{Row, Sheet};
use crate::{key, parquet_table};

/// The folder of records, and what it is read with.
#[derive(Debug)]
pub(crate) struct RecordsFolder {
    folder: Option<PathBuf>,
    profile: Profile,
    /// Key of the pseudonyms, of the sheet's too.
    pub(crate) key: Option<ProjectKey>,
    views: Option<Views>,
}

impl RecordsFolder {
    pub(crate) fn new(args: &RunArgs) -> anyhow::Result<Self> {
        Ok(Self {
            folder: args.records.clone(),
            profile: Profile::named(&args.deid_profile)?,
            key: key::read(&args.key)?,
            views: args.views.as_deref().map(Views::read).transpose()?,
        })
    }

    /// What the rows rest on beside the records, for the fingerprint of a run.
    pub(crate) fn fingerprint(&self) -> serde_json::Value {
        let views = self.views.as_ref().unwrap_or_else(|| Views::built_in()).text();
        serde_json::json!({
            "profile": format!("{:?}", self.profile), "key_id": self.key_id(), "views": views,
        })
    }

    /// Name of the profile.
    pub(crate) fn profile(&self) -> &str {
        &self.profile.name
    }

    /// Id of the key, where there is one.
    pub(crate) fn key_id(&self) -> Option<&str> {
        self.key.as_ref().map(ProjectKey::id)
    }

    /// The folder, where one was given.
    pub(crate) fn folder(&self) -> Option<&Path> {
        self.folder.as_deref()
    }

    /// The records, through the gate; none where no folder was given.
    pub(super) fn read(&self) -> anyhow::Result<Option<Records>> {
        let Some(folder) = &self.folder else { return Ok(None) };
        let year = Utc::now().year();
        let mut gate = Gate::new(self.profile.clone(), self.key.clone(), year)?;
        let views = self.views.as_ref().unwrap_or_else(|| Views::built_in());
        let mut reading = Reading { gate: &mut gate, views, parquet: &parquet_table::read };
        let records = read_records(folder, &mut reading)?;
        records.check_balance()?;
        if records.gated.refused {
            return Err(BatchRefused::new(folder, &records.gated, &self.profile).into());
        }
        Ok(Some(records))
    }
}

/// Balance of the records folder.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct RecordCount {
    pub(crate) read: usize,
    pub(crate) kept: usize,
    pub(crate) quarantined: usize,
    pub(crate) ignored: usize,
}

/// The records of one patient. Without `patient`, the records folder has none of this patient.
#[derive(Debug, Default, Serialize)]
pub(super) struct Clinical {
    pub(super) patient: Option<Patient>,
    refused: bool,
    pub(super) conditions: Vec<Condition>,
    pub(super) specimens: Vec<Specimen>,
    pub(super) treatments: Vec<Treatment>,
    pub(super) observations: Vec<Observation>,
    pub(super) hla: Vec<HlaReport>,
}

/// What a folder of records says of each patient, what of it was kept out, and the balance.
#[derive(Debug, Default)]
pub(super) struct Folder {
    pub(super) patients: BTreeMap<String, Clinical>,
    pub(super) refusals: Vec<Refusal>,
    pub(super) count: RecordCount,
    /// What is doubtful in records that came in all the same, what was removed of tables, and files that are no records.
    pub(super) notes: Vec<Refusal>,
    /// What the gate did with them.
    pub(super) gated: Gated,
}

pub(super) fn by_patient(records: Records, sheet: &Sheet) -> Folder {
    let count = RecordCount {
        read: records.read,
        kept: records.kept,
        quarantined: records.held,
        ignored: records.ignored,
    };
    let mut refusals = Vec::new();
    let notes = records.noted.into_iter().map(Refusal::from).collect();
    let mut patients: BTreeMap<String, Clinical> = BTreeMap::new();
    for row in &records.quarantined {
        if let Some(id) = &row.patient_id {
            patients.entry(id.clone()).or_default().refused = true;
        }
    }
    for row in records.patients {
        if !sheet.has(&row.patient_id) {
            refusals.push(no_sample(&row));
        }
        let id = row.patient_id.clone();
        patients.entry(id).or_default().patient = Some(row);
    }
    for row in records.conditions {
        patients.entry(row.patient_id.clone()).or_default().conditions.push(row);
    }
    for row in records.specimens {
        patients.entry(row.patient_id.clone()).or_default().specimens.push(row);
    }
    for row in records.treatments {
        patients.entry(row.patient_id.clone()).or_default().treatments.push(row);
    }
    for row in records.observations {
        patients.entry(row.patient_id.clone()).or_default().observations.push(row);
    }
    for row in records.hla_reports {
        patients.entry(row.patient_id.clone()).or_default().hla.push(row);
    }
    refusals.extend(records.quarantined.into_iter().map(Refusal::from));
    Folder { patients, refusals, count, notes, gated: records.gated }
}

fn no_sample(patient: &Patient) -> Refusal {
    Refusal {
        stage: "records".to_owned(),
        patient_id: Some(patient.patient_id.clone()),
        source_file: patient.source_file.clone(),
        source_line: patient.source_line,
        path: "Patient".to_owned(),
        rule: "records.no-sample".to_owned(),
        message: "a patient with records but no row in the sample sheet: found none, expected one or more".to_owned(),
        remedy: "add the patient's sample to the sheet, or take the records out of the folder".to_owned(),
    }
}

/// The patient's records; a patient whose record is missing or was refused is a fault.
pub(super) fn settled(
    sheet: &Sheet,
    id: &str,
    rows: &[Row],
    clinical: Option<Clinical>,
    faults: &mut Faults,
) -> Clinical {
    let Some(clinical) = clinical else {
        return Clinical { patient: Some(from_sheet(sheet, id, rows)), ..Clinical::default() };
    };
    if clinical.patient.is_none() && clinical.refused {
        faults.add(&rows[0], "patient", "records.refused",
            "the patient's record is in quarantine, so the sample was not run",
            "see the rows of stage records in table quarantine; de-identify the record and run again");
    } else if clinical.patient.is_none() {
        faults.add(
            &rows[0],
            "patient",
            "sheet.no-record",
            "no Patient with this id in the records folder",
            "add the record, correct the pseudonym, or run without --records",
        );
    }
    clinical
}

pub(super) fn from_sheet(sheet: &Sheet, id: &str, rows: &[Row]) -> Patient {
    Patient {
        patient_id: id.to_owned(),
        source_file: sheet.name.clone(),
        source_line: rows.first().map_or(0, |row| row.line as i64),
        ..Patient::default()
    }
}
