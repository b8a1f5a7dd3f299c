//! Files as tables: `SELECT * FROM vcf_scan('calls.vcf.gz')`.
//!
//! Each [`Format`] is one file here: its columns, and how rows are read. [`table`] makes DataFusion's table functions of it:
//! `NAME_scan(path, ...)` gives the rows, `NAME_refused(path, ...)` what could not be used, with rule and remedy.

mod column;
mod fasta;
mod fhir;
mod gff;
mod maf;
mod table;
mod vcf;

use std::path::PathBuf;

use datafusion::prelude::SessionContext;

use column::Column;
use table::{Sink, Stop};

/// Lets a session read the files of this machine. For the person at the keyboard: a server's session must not.
pub fn read_files(session: &SessionContext) {
    table::register::<vcf::Vcf>(session);
    table::register::<fasta::Fasta>(session);
    table::register::<gff::Gff>(session);
    table::register::<maf::Maf>(session);
    fhir::register(session);
}

/// A kind of file.
trait Format: Send + Sync + 'static {
    /// `vcf` for `vcf_scan` and `vcf_refused`.
    const NAME: &'static str;
    /// What may follow the path, all text; NULL is as if it was not given.
    const OPTIONS: &'static [&'static str];
    /// Whether a part of the file can be refused; a file of other formats is read whole or not at all.
    const REFUSES: bool;
    /// What a row is made of.
    type Row: Send + Sync + 'static;

    /// The columns, in their order.
    fn columns() -> Vec<Column<Self::Row>>;

    /// Reads the file from its beginning, and ends early where `sink` says so.
    fn read(request: &Request, sink: &mut Sink<Self::Row>) -> Result<(), Stop>;
}

/// What a query asked for.
#[derive(Clone, Debug)]
struct Request {
    /// The file; relative paths begin at the working directory.
    path: PathBuf,
    /// What messages call it: the path as it was written.
    name: String,
    /// One of each of [`Format::OPTIONS`].
    options: Vec<Option<String>>,
}
