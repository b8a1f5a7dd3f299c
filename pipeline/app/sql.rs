//! `vaxloom sql`: one query, queries from standard input, or a prompt.

use std::io::{self, IsTerminal, Read};
use std::path::Path;
use std::sync::Arc;

use anyhow::bail;
use vaxloom_lake::query::{self, Format};
use vaxloom_lake::{
    Lake, Limits, Resources, Session, give, read_files, reference, session, session_over,
};

use crate::args::{OutputFormat, SqlArgs};
use crate::exit::{self, Exit};
use crate::prompt;
use crate::statements::statements;
use crate::written::Written;
use crate::{predictor, proteome};

/// Runs a query and writes its answer.
pub(crate) fn sql(args: &SqlArgs, threads: usize) -> anyhow::Result<Exit> {
    let format = format(args)?;
    let predictor = predictor::built_in("auto", threads)?;
    let runtime = exit::runtime(threads)?;
    let resources = resources(args)?;
    let session = runtime.block_on(async {
        let limits = Limits { threads, memory: args.memory_limit, files: true };
        let session = if let Some(place) = &args.lake {
            session_over(&Lake::open(place).await?, &predictor, limits).await?
        } else {
            let session = session(threads, &predictor);
            read_files(&session);
            session
        };
        give(&session, &predictor, &resources);
        anyhow::Ok(session)
    })?;
    if args.query.is_none() && io::stdin().is_terminal() {
        return prompt::run(&runtime, &session, args.lake.as_deref(), format);
    }
    runtime.block_on(answer(&session, args, format))?;
    Ok(Exit::Done)
}

async fn answer(session: &Session, args: &SqlArgs, format: Format) -> anyhow::Result<()> {
    let mut out = Written::to(args.output.as_deref())?;
    let Some(query) = &args.query else {
        let mut text = String::new();
        io::stdin().read_to_string(&mut text)?;
        let (mut queries, rest) = statements(&text);
        queries.extend(Some(rest.to_owned()).filter(|rest| !rest.trim().is_empty()));
        if queries.is_empty() {
            bail!(
                "there is no query, neither as an argument nor on standard input; see vaxloom sql --help"
            );
        }
        for query in queries {
            query::write_query(session, &query, format, &mut out).await?;
        }
        return out.finish();
    };
    query::write_query(session, query, format, &mut out).await?;
    out.finish()
}

/// What was asked for, or what the file's ending says.
fn format(args: &SqlArgs) -> anyhow::Result<Format> {
    let ending = args.output.as_deref().and_then(Path::extension).and_then(|e| e.to_str());
    let told = match ending {
        Some("csv") => Some(OutputFormat::Csv),
        Some("tsv") => Some(OutputFormat::Tsv),
        Some("json" | "jsonl" | "ndjson") => Some(OutputFormat::Json),
        Some("parquet") => Some(OutputFormat::Parquet),
        Some("arrow" | "feather" | "ipc") => Some(OutputFormat::Arrow),
        _ => None,
    };
    let format = args.format.or(told).unwrap_or(OutputFormat::Table);
    let binary = matches!(format, OutputFormat::Parquet | OutputFormat::Arrow);
    if binary && args.output.is_none() && io::stdout().is_terminal() {
        bail!(
            "Parquet and Arrow are no text: write them to a file, as in: vaxloom sql ... -o answer.parquet"
        );
    }
    Ok(format.into())
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
