//! The files of a folder of records.

use std::{
    collections::HashSet,
    fs, io,
    path::{Path, PathBuf},
};

/// The folder of records cannot be read. What is wrong inside a file goes to quarantine instead.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// No such folder.
    #[error("{}: no such folder of records; give the folder that holds the FHIR export", .0.display())]
    NoFolder(PathBuf),
    /// Nothing to read in the folder.
    #[error(
        "{}: no records found; expected FHIR R4 resources (NDJSON, Bundles), a cBioPortal study, OMOP tables (CSV, Parquet) or a clinical table of GDC",
        .0.display()
    )]
    NoRecords(PathBuf),
    /// A table that cannot be opened.
    #[error("{}: the table cannot be read: {message}", .path.display())]
    Table {
        /// File.
        path: PathBuf,
        /// Why: nothing of its cells.
        message: String,
    },
    /// The operating system refused.
    #[error("{}: cannot be read; check the path and its permissions", .path.display())]
    Io {
        /// File or folder.
        path: PathBuf,
        /// Cause.
        #[source]
        source: io::Error,
    },
}

impl ReadError {
    pub(crate) fn io(path: &Path) -> impl FnOnce(io::Error) -> Self {
        move |source| Self::Io { path: path.to_owned(), source }
    }
}

/// Whether a file is of people by its name, such as `Patient.000.ndjson`.
pub(crate) fn is_of_people(name: &str) -> bool {
    let file = name.rsplit('/').next().unwrap_or(name);
    ["Patient", "Practitioner", "RelatedPerson", "Person"].iter().any(|kind| file.starts_with(kind))
}

/// `(relative path, path)` of the FHIR files of a folder and its subfolders, in the order of the first; a file is itself.
pub(crate) fn files(dir: &Path) -> Result<Vec<(String, PathBuf)>, ReadError> {
    let mut files = all_files(dir)?;
    if dir.is_dir() {
        files.retain(|(name, _)| is_wanted(name));
    }
    Ok(files)
}

/// All files but hidden ones.
pub(crate) fn all_files(dir: &Path) -> Result<Vec<(String, PathBuf)>, ReadError> {
    if dir.is_file() {
        let name = dir.file_name().unwrap_or_default().to_string_lossy().into_owned();
        return Ok(vec![(name, dir.to_owned())]);
    }
    if !dir.is_dir() {
        return Err(ReadError::NoFolder(dir.to_owned()));
    }
    let mut files = Vec::new();
    list(dir, "", &mut HashSet::new(), &mut files)?;
    files.sort();
    Ok(files)
}

/// Collects `(relative path, path)` of the files to read. `visited` guards against circular links.
fn list(
    dir: &Path,
    prefix: &str,
    visited: &mut HashSet<PathBuf>,
    files: &mut Vec<(String, PathBuf)>,
) -> Result<(), ReadError> {
    if !visited.insert(dir.canonicalize().map_err(ReadError::io(dir))?) {
        return Ok(());
    }
    for entry in fs::read_dir(dir).map_err(ReadError::io(dir))? {
        let path = entry.map_err(ReadError::io(dir))?.path();
        let file_name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let name = format!("{prefix}{file_name}");
        if file_name.starts_with('.') {
            continue;
        }
        if path.is_dir() {
            list(&path, &format!("{name}/"), visited, files)?;
        } else {
            files.push((name, path));
        }
    }
    Ok(())
}

/// Whether a file is one of FHIR resources by its name, and not the log or manifest of an export.
pub(crate) fn is_wanted(name: &str) -> bool {
    let name = name.rsplit('/').next().unwrap_or(name).to_lowercase();
    let fhir = has_ending(&name, &["json", "ndjson", "jsonl"]);
    fhir && name != "log.ndjson" && !name.starts_with("manifest.")
}

fn has_ending(name: &str, endings: &[&str]) -> bool {
    let ending = name.rsplit_once('.').map(|(_, ending)| ending.to_lowercase());
    ending.is_some_and(|ending| endings.contains(&ending.as_str()))
}
