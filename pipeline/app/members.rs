//! What the scheduler, the executors and the runs of a cluster have in common.

use std::future::Future;

use anyhow::Context;
use tokio::signal::unix::{SignalKind, signal};
use vaxloom_cluster::distributed::{Credentials, Tls};

use crate::args::MemberArgs;

/// What members know each other by.
pub(crate) fn credentials(args: &MemberArgs) -> anyhow::Result<Credentials> {
    let tls = match (&args.cluster_cert, &args.cluster_key, &args.cluster_ca) {
        (Some(certificate), Some(key), Some(authority)) => Some(Tls {
            certificate: certificate.clone(),
            key: key.clone(),
            authority: authority.clone(),
        }),
        _ => None,
    };
    Ok(Credentials::read(args.cluster_token.as_deref(), tls)?)
}

/// Ends at SIGTERM or SIGINT; within a runtime.
pub(crate) fn terminated() -> anyhow::Result<impl Future<Output = ()> + Send> {
    let listen = |kind| signal(kind).context("signals cannot be listened to");
    let (mut terminate, mut interrupt) =
        (listen(SignalKind::terminate())?, listen(SignalKind::interrupt())?);
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    })
}
