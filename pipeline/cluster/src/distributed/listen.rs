//! Where a member of the cluster listens.

use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use axum::Router;
use axum::middleware::from_fn_with_state;
use axum::serve::{Listener, ListenerExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

use super::guard::{Guard, guard};
use super::{ClusterError, Credentials};

/// How long a caller may take to show its certificate.
const HANDSHAKE: Duration = Duration::from_secs(10);

/// Binds an address: one that others can reach only where a token or certificates keep strangers out.
pub(super) async fn bind(
    address: SocketAddr,
    credentials: &Credentials,
) -> Result<TcpListener, ClusterError> {
    let guarded = credentials.token.is_some() || credentials.tls.is_some();
    if !guarded && !address.ip().is_loopback() {
        return Err(ClusterError::Open { address });
    }
    TcpListener::bind(address).await.map_err(|source| ClusterError::Listen { address, source })
}

/// Answers until the signal.
pub(super) async fn serve(
    listener: TcpListener,
    router: Router,
    allowed: Guard,
    tls: Option<TlsAcceptor>,
    until: impl Future<Output = ()> + Send + 'static,
) -> io::Result<()> {
    let router = router.layer(from_fn_with_state(allowed, guard));
    match tls {
        None => {
            let listener = listener.tap_io(|stream| {
                stream.set_nodelay(true).ok();
            });
            axum::serve(listener, router).with_graceful_shutdown(until).await
        }
        Some(tls) => {
            axum::serve(Secure::over(listener, tls)?, router).with_graceful_shutdown(until).await
        }
    }
}

/// Connections whose other side has shown a certificate. Each shakes hands by itself, so that a slow one keeps no other waiting.
struct Secure {
    address: SocketAddr,
    shaken: mpsc::Receiver<(TlsStream<TcpStream>, SocketAddr)>,
}

impl Secure {
    fn over(listener: TcpListener, tls: TlsAcceptor) -> io::Result<Self> {
        let address = listener.local_addr()?;
        let (hand_on, shaken) = mpsc::channel(64);
        tokio::spawn(async move {
            let mut listener = listener;
            while !hand_on.is_closed() {
                let (stream, address) = Listener::accept(&mut listener).await;
                stream.set_nodelay(true).ok();
                let (tls, hand_on) = (tls.clone(), hand_on.clone());
                tokio::spawn(async move {
                    match tokio::time::timeout(HANDSHAKE, tls.accept(stream)).await {
                        Ok(Ok(stream)) => drop(hand_on.send((stream, address)).await),
                        Ok(Err(error)) => {
                            tracing::warn!("{address}: no certificate of this cluster: {error}");
                        }
                        Err(_) => tracing::warn!("{address}: no certificate in time"),
                    }
                });
            }
        });
        Ok(Self { address, shaken })
    }
}

impl Listener for Secure {
    type Io = TlsStream<TcpStream>;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Self::Io, Self::Addr) {
        match self.shaken.recv().await {
            Some(connection) => connection,
            None => std::future::pending().await,
        }
    }

    fn local_addr(&self) -> io::Result<Self::Addr> {
        Ok(self.address)
    }
}
