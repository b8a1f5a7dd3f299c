//! What a file is, by what is in it.

use std::{
    fs::File,
    io::Read as _,
    path::{Path, PathBuf},
};

use crate::{
    omop,
    read::{self, ReadError},
    study, tabular,
};

/// How much of a file is looked at to tell what it is.
const FIRST_LOOK: u64 = 1 << 16;

/// What a file is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Kind {
    Fhir,
    /// The log or the manifest of an export.
    Log,
    /// A meta file of a study.
    Meta,
    /// A table of OMOP.
    Omop,
    /// A clinical table.
    Table,
    Other,
}

/// `(relative path, path, what it is)` of every file of a folder but hidden ones.
pub(crate) fn kinds(dir: &Path) -> Result<Vec<(String, PathBuf, Kind)>, ReadError> {
    let mut kinds = Vec::new();
    for (name, path) in read::all_files(dir)? {
        let kind = kind_of(&name, &path).map_err(ReadError::io(&path))?;
        kinds.push((name, path, kind));
    }
    Ok(kinds)
}

fn kind_of(name: &str, path: &Path) -> std::io::Result<Kind> {
    let mut start = Vec::new();
    File::open(path)?.take(FIRST_LOOK).read_to_end(&mut start)?;
    let text = start.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(&start).trim_ascii_start();
    let last = name.rsplit('/').next().unwrap_or(name);
    if last.eq_ignore_ascii_case("log.ndjson") || last.to_lowercase().starts_with("manifest.") {
        return Ok(Kind::Log);
    }
    if text.starts_with(b"{") || text.starts_with(b"[") || read::is_wanted(name) {
        return Ok(Kind::Fhir);
    }
    if omop::table_of(path).is_some() {
        let person = |id: &String| id.eq_ignore_ascii_case("person_id");
        if text.starts_with(b"PAR1") || tabular::header(text).iter().any(person) {
            return Ok(Kind::Omop);
        }
    }
    let meta = ["cancer_study_identifier:", "genetic_alteration_type:"];
    if last.starts_with("meta")
        && String::from_utf8_lossy(text)
            .lines()
            .any(|line| meta.iter().any(|key| line.starts_with(key)))
    {
        return Ok(Kind::Meta);
    }
    let header = tabular::header(text);
    let variants = header.iter().any(|id| id.eq_ignore_ascii_case("Hugo_Symbol"));
    let has = |ids: &[&str]| {
        header.iter().any(|id| {
            let last = id.rsplit('.').next().unwrap_or(id);
            ids.iter().any(|wanted| last.eq_ignore_ascii_case(wanted))
        })
    };
    let table =
        header.len() > 1 && !variants && (has(&study::PATIENT_ID) || has(&study::SAMPLE_ID));
    Ok(if table { Kind::Table } else { Kind::Other })
}
