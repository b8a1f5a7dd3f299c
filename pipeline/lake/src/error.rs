//! What can go wrong in the lake, in words for the person who must act.

use std::path::PathBuf;

/// An error of the lake.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LakeError {
    /// The folder is something else.
    #[error("{}: not a lake: it holds {found}; give an empty or a new folder, or an existing lake", path.display())]
    NotALake {
        /// Folder.
        path: PathBuf,
        /// A name found there that is no table of ours.
        found: String,
    },
    /// There is no lake at that place.
    #[error("{}: no lake here; make one with: vaxloom run --samples SHEET.csv --lake {}", path.display(), path.display())]
    Missing {
        /// Folder.
        path: PathBuf,
    },
    /// The folder cannot be made or written.
    #[error("{}: cannot write the lake: {source}; check the permissions and the space left. The lake is as it was", path.display())]
    Unwritable {
        /// Folder.
        path: PathBuf,
        /// The system's word.
        source: std::io::Error,
    },
    /// The place of a lake cannot be used.
    #[error("{}: {found}", path.display())]
    Place {
        /// Folder or URL.
        path: PathBuf,
        /// What is wrong with it.
        found: String,
    },
    /// An object store did not answer as it should.
    #[error("{}: {}; check the address, the credentials and the network. The lake is as it was", path.display(), chain(source))]
    Store {
        /// URL of the lake.
        path: PathBuf,
        /// The store's word.
        source: deltalake::logstore::object_store::Error,
    },
    /// The lock ran out, since it could not be renewed, or another took it.
    #[error("{}: the lock of this run has run out, and another may be writing; run again. The lake is as it was", path.display())]
    Lost {
        /// URL of the lake.
        path: PathBuf,
    },
    /// Another run holds the lock.
    #[error("{}: another run is writing this lake; wait for it to end", path.display())]
    Locked {
        /// Folder.
        path: PathBuf,
    },
    /// A table was written by a newer vaxloom.
    #[error(
        "{}, table {table}: schema version {found}, and this vaxloom ({program}) knows {known}; use the vaxloom that wrote it or a newer one",
        path.display(), program = env!("CARGO_PKG_VERSION")
    )]
    NewerSchema {
        /// Lake.
        path: PathBuf,
        /// Table.
        table: String,
        /// Version found.
        found: u32,
        /// Version of this program.
        known: u32,
    },
    /// Rows could not be written.
    #[error("table {table}: {message}; the lake is as it was")]
    Write {
        /// Table.
        table: String,
        /// What failed.
        message: String,
    },
    /// A table's log or one of its files cannot be read.
    #[error("{}: {message}; bring it back from a copy, or go back to an earlier run with: vaxloom lake restore", place.display())]
    Unreadable {
        /// Folder, log entry or file.
        place: PathBuf,
        /// What is wrong with it.
        message: String,
    },
    /// A table name that no schema file has.
    #[error("no table {table}; the tables are: {}", names())]
    UnknownTable {
        /// Name asked for.
        table: String,
    },
    /// A plan that counts other rows in than out.
    #[error(
        "stage {stage}: {rows_in} rows in, but {rows_out} out and {quarantined} in quarantine; nothing was written. This is a mistake in vaxloom: please report it"
    )]
    Unbalanced {
        /// Stage.
        stage: String,
        /// Rows in.
        rows_in: usize,
        /// Rows out.
        rows_out: usize,
        /// Rows refused.
        quarantined: usize,
    },
    /// A batch that does not fit its table.
    #[error(transparent)]
    Schema(#[from] vaxloom_tables::SchemaMismatch),
    /// Rows that do not fit their schema.
    #[error(transparent)]
    Rows(#[from] vaxloom_tables::RowError),
    /// DataFusion.
    #[error("{}", root_cause(.0))]
    Query(#[from] datafusion::error::DataFusionError),
    /// Delta Lake.
    #[error(transparent)]
    Delta(#[from] deltalake::DeltaTableError),
    /// Arrow.
    #[error(transparent)]
    Arrow(#[from] arrow::error::ArrowError),
    /// JSON of a run row.
    #[error("table run: {0}")]
    Json(#[from] serde_json::Error),
}

fn names() -> String {
    vaxloom_tables::all().iter().map(|t| t.name.as_str()).collect::<Vec<_>>().join(", ")
}

/// An error with what it came of.
pub(crate) fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        let words = cause.to_string();
        if !text.contains(&words) {
            text = format!("{text}: {words}");
        }
        source = cause.source();
    }
    text
}

/// The words of the innermost error: the wrappers only say where it passed.
fn root_cause(error: &datafusion::error::DataFusionError) -> String {
    match error.find_root() {
        datafusion::error::DataFusionError::External(source) => source.to_string(),
        root => root.strip_backtrace(),
    }
}
