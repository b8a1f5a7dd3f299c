//! `vaxloom sql`: one query.

use std::io::{self, BufWriter, IsTerminal, Write};
use std::sync::Arc;

use anyhow::bail;
use vaxloom_lake::query::{self, Format};
use vaxloom_lake::{Lake, Resources, give, pipeline, read_files, reference, session};

use crate::args::{OutputFormat, SqlArgs};
use crate::exit::{self, Exit};
use crate::{predictor, proteome};

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
    let runtime = exit::runtime(threads)?;
    let resources = resources(args)?;
    let answer = runtime.block_on(async {
        let session = match &args.lake {
            Some(folder) => {
                pipeline::reader(&Lake::open(folder).await?, &predictor, threads).await?
            }
            None => session(threads, &predictor),
        };
        give(&session, &predictor, &resources);
        read_files(&session);
        query::query(&session, &args.query).await
    })?;
    let mut out = BufWriter::new(io::stdout());
    query::write(&answer, format, &mut out)?;
    out.flush()?;
    Ok(Exit::Done)
}

/// The reference that was given, and the proteome: that of the reference, unless another is given.
fn resources(args: &SqlArgs) -> anyhow::Result<Resources> {
    let reference = args.reference.as_deref();
    let proteome = args.proteome.as_deref().or(reference).map(proteome::read).transpose()?;
    let reference = reference.map(reference::open).transpose()?;
    Ok(Resources {
        proteome: proteome.map(Arc::new),
        reference: reference.map(Arc::new),
        ..Resources::default()
    })
}
