//! What belongs to a lake and is no table of it: pages, the trail of audit, hashes of inputs, what a cluster is given.

use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use vaxloom_lake::in_store;

use crate::event::TRAIL;

/// Where all that is.
#[derive(Debug, Clone)]
pub(crate) struct Home {
    /// The lake's folder; that of the pages where the lake is in an object store.
    pub(crate) folder: PathBuf,
    /// Pages, FASTA and GenBank.
    pub(crate) pages: PathBuf,
    pub(crate) trail: PathBuf,
}

impl Home {
    /// That of a lake, with what was given of `--reports` and `--audit`.
    pub(crate) fn of(
        lake: &Path,
        reports: Option<&Path>,
        audit: Option<&Path>,
    ) -> anyhow::Result<Self> {
        let folder = if in_store(lake) {
            reports.with_context(|| {
                format!(
                    "{}: a lake in an object store needs --reports, a folder for its pages, for the trail of audit and for the hashes of inputs",
                    lake.display()
                )
            })?
        } else {
            lake
        };
        Ok(Self {
            folder: folder.to_owned(),
            pages: reports.map_or_else(|| folder.join("reports"), Path::to_owned),
            trail: audit.map_or_else(|| folder.join(TRAIL), Path::to_owned),
        })
    }

    /// The same of a lake that is there: a mistyped folder must not leave pages behind that name a patient.
    pub(crate) fn existing(
        lake: &Path,
        reports: Option<&Path>,
        audit: Option<&Path>,
    ) -> anyhow::Result<Self> {
        if let Some(folder) = reports.filter(|folder| !folder.is_dir()) {
            bail!(
                "{}: no such folder; give --reports as it was given to vaxloom run",
                folder.display()
            );
        }
        Self::of(lake, reports, audit)
    }
}
