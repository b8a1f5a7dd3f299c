//! What can go wrong in the lake, in words for the person who must act.

use std::path::PathBuf;

use crate::object;

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
    /// Rows could not be written just now.
    #[error("table {table}: {message}; the lake is as it was, and it may go better in a moment")]
    Unreachable {
        /// Table.
        table: String,
        /// What failed.
        message: String,
    },
    /// Workers elsewhere did not do their part.
    #[error("{message}; the lake is as it was")]
    Workers {
        /// What failed, and where.
        message: String,
        /// Whether it may go better a moment later.
        passes: bool,
    },
    /// No finished run has that id.
    #[error("no run {run_id}; vaxloom lake history lists those of this lake")]
    NoRun {
        /// Id asked for.
        run_id: String,
    },
    /// A version that no finished run names, or whose files are gone.
    #[error(
        "table {table}: there is no version {version}, or its files were taken away by vaxloom lake vacuum; vaxloom lake history --table {table} lists the versions"
    )]
    NoVersion {
        /// Table.
        table: String,
        /// Version asked for.
        version: u64,
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
    /// Ids of a lake that its new pseudonyms do not cover.
    #[error(
        "{count} ids of the lake are not among those of the sheet and the records, so they would keep the pseudonyms of the old key; give the sheet and all records that the lake was made from; nothing was written"
    )]
    UnknownPseudonyms {
        /// How many.
        count: usize,
    },
    /// A batch that does not fit its table.
    #[error(transparent)]
    Schema(#[from] vaxloom_tables::SchemaMismatch),
    /// Rows that do not fit their schema.
    #[error(transparent)]
    Rows(#[from] vaxloom_tables::RowError),
    /// A query that cannot be understood.
    #[error("{message}")]
    Sql {
        /// What is wrong, and where.
        message: String,
    },
    /// A statement that would change something.
    #[error(
        "queries only read: found a statement that writes, defines or sets something; vaxloom run, rank and lake change a lake"
    )]
    ReadOnly,
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

impl LakeError {
    /// Rows of a table that could not be written.
    pub(crate) fn writing(table: &str, error: &deltalake::DeltaTableError) -> Self {
        let (table, message) = (table.to_owned(), chain(error));
        if passes(error) {
            Self::Unreachable { table, message }
        } else {
            Self::Write { table, message }
        }
    }

    /// A table that another program has changed in ways that ours does not write.
    pub(crate) fn unmanaged(table: &vaxloom_tables::Table) -> Self {
        let message = "another program gave it deletion vectors, partitions or renamed columns; take them away with that program".to_owned();
        Self::Write { table: table.name.clone(), message }
    }

    /// Whether the same may go better a moment later: a server or a network was not there. A full disk stays full.
    pub fn may_pass(&self) -> bool {
        match self {
            Self::Unreachable { .. } | Self::Lost { .. } => true,
            Self::Workers { passes, .. } => *passes,
            Self::Store { source, .. } => passes(source),
            Self::Unwritable { source, .. } => passes(source),
            Self::Query(error) => passes(error),
            Self::Delta(error) => passes(error),
            _ => false,
        }
    }
}

/// Whether an error of the system or of a store, somewhere below, is one that passes: of a network, a server, or a device that is
/// busy.
fn passes(error: &(dyn std::error::Error + 'static)) -> bool {
    let mut next = Some(error);
    while let Some(error) = next {
        let of_system = error.downcast_ref::<std::io::Error>().is_some_and(passes_by_itself);
        if of_system || object::may_pass(error) {
            return true;
        }
        next = error.source();
    }
    false
}

/// Whether an error of the system is one that passes. A full disk stays full, and a file that is not there stays away.
pub fn passes_by_itself(error: &std::io::Error) -> bool {
    use std::io::ErrorKind as Kind;
    /// Input/output error, as network file systems give it.
    const EIO: i32 = 5;
    matches!(
        error.kind(),
        Kind::TimedOut
            | Kind::Interrupted
            | Kind::WouldBlock
            | Kind::ConnectionReset
            | Kind::ConnectionAborted
            | Kind::ConnectionRefused
            | Kind::NotConnected
            | Kind::BrokenPipe
            | Kind::HostUnreachable
            | Kind::NetworkUnreachable
            | Kind::NetworkDown
            | Kind::StaleNetworkFileHandle
            | Kind::ResourceBusy
    ) || error.raw_os_error() == Some(EIO)
}

fn names() -> String {
    vaxloom_tables::all().iter().map(|t| t.name.as_str()).collect::<Vec<_>>().join(", ")
}

/// The error's words with those of what it came of, each once.
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
pub(crate) fn root_cause(error: &datafusion::error::DataFusionError) -> String {
    match error.find_root() {
        datafusion::error::DataFusionError::External(source) => source.to_string(),
        root => root.strip_backtrace(),
    }
}
