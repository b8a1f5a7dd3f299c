//! `vaxloom sql`: one query.

use std::io::{self, BufWriter, IsTerminal, Write};

use anyhow::bail;
use vaxloom_lake::query::{self, Format};
use vaxloom_lake::{Lake, pipeline, session};

use crate::args::{OutputFormat, SqlArgs};
use crate::exit::{self, Exit};
use crate::predictor;

/// Runs a query and writes its answer to standard output.
pub(crate) fn sql(args: &SqlArgs, threads: usize) -> anyhow::Result<Exit> {
    let format = match args.format {
        OutputFormat::Table => Format::Table,
        OutputFormat::Csv => Format::Csv,
        OutputFormat::Json => Format::Json,
        OutputFormat::Parquet if io::stdout().is_terminal() => {
            bail!(
                "Parquet is no text: write it to a file, as in: vaxloom sql ... --format parquet > answer.parquet"
            )
        }
        OutputFormat::Parquet => Format::Parquet,
    };
    let predictor = predictor::built_in("auto", threads)?;
    let answer = exit::runtime(threads)?.block_on(async {
        let session = match &args.lake {
            Some(folder) => {
                pipeline::reader(&Lake::open(folder).await?, &predictor, threads).await?
            }
            None => session(threads, &predictor),
        };
        query::query(&session, &args.query).await
    })?;
    let mut out = BufWriter::new(io::stdout());
    query::write(&answer, format, &mut out)?;
    out.flush()?;
    Ok(Exit::Done)
}
