//! `vaxloom serve`: the Flight SQL server.

use std::io::{self, Write};
use std::sync::Arc;
use std::time::Duration;

use anyhow::bail;
use tokio::signal::unix::{Signal, SignalKind, signal};
use vaxloom_cluster::serve::{self, LakeSessions, Limits, Settings, Tls};

use crate::args::{ServeArgs, ServeCommand, ServerArgs};
use crate::exit::{self, Exit};
use crate::predictor;

/// How long the server's own threads may take to end, once it has.
const ENDING: Duration = Duration::from_secs(1);

/// Serves until the program is told to stop, or does what stands beside the server.
pub(crate) fn serve(args: &ServeArgs, threads: usize) -> anyhow::Result<Exit> {
    match (&args.command, &args.server) {
        (Some(ServeCommand::Token), _) => token(),
        (None, Some(server)) => run(server, threads),
        (None, None) => bail!("expected --lake, --auth and --state; see: vaxloom serve --help"),
    }
}

fn token() -> anyhow::Result<Exit> {
    let token = serve::token()?;
    let mut out = io::stdout();
    writeln!(out, "for the user, shown this once:  {}", token.secret)?;
    writeln!(out, "for the file of users:          token = \"{}\"", token.hash)?;
    Ok(Exit::Done)
}

fn run(args: &ServerArgs, threads: usize) -> anyhow::Result<Exit> {
    let predictor = predictor::built_in("auto", threads)?;
    let tls = args.tls_cert.clone().zip(args.tls_key.clone()).map(|(certificate, key)| Tls {
        certificate,
        key,
        client_ca: args.client_ca.clone(),
    });
    let settings = Settings {
        listen: args.listen,
        http: args.http,
        auth: args.auth.clone(),
        tls,
        state: args.state.clone(),
        audit: args.audit.clone(),
        limits: Limits {
            timeout: Duration::from_secs(args.timeout),
            memory: args.memory_limit,
            concurrent: usize::from(args.concurrent),
            threads,
            new_questions: args.new_questions,
        },
        grace: Duration::from_secs(args.grace),
    };
    let runtime = exit::runtime(threads)?;
    let served = runtime.block_on(async {
        let (terminate, interrupt) =
            (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
        let sessions = LakeSessions::open(&args.lake, predictor, threads).await?;
        serve::serve(settings, Arc::new(sessions), told(terminate, interrupt)).await?;
        anyhow::Ok(Exit::Done)
    });
    runtime.shutdown_timeout(ENDING);
    served
}

/// Ends when the program is told to stop.
async fn told(mut terminate: Signal, mut interrupt: Signal) {
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
}
