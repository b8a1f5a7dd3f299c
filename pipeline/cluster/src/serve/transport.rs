//! Connections: TLS where the server has it, and an audited no to everything else.

use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::server::WebPkiClientVerifier;
use tokio_rustls::rustls::{RootCertStore, ServerConfig, crypto};
use tonic::transport::server::Connected;

use super::ServeError;
use super::access::hash;
use super::audit::{Audit, Event};
use super::metrics::Metrics;

/// How long a client may take to say hello.
const HELLO: Duration = Duration::from_secs(10);
/// First byte of a TLS handshake (RFC 8446, section 5.1).
const HANDSHAKE: u8 = 0x16;

/// Files of the server's certificate, its key, and the authority of clients' certificates.
#[derive(Debug, Clone)]
pub struct Tls {
    /// Certificate chain, PEM.
    pub certificate: PathBuf,
    /// Private key, PEM.
    pub key: PathBuf,
    /// Certificates that sign clients' (PEM): every client must show one.
    pub client_ca: Option<PathBuf>,
}

/// The other side of a connection.
#[derive(Debug, Clone)]
pub(super) struct Peer {
    pub(super) address: SocketAddr,
    /// Hash of the certificate that it showed.
    pub(super) certificate: Option<String>,
}

trait Duplex: AsyncRead + AsyncWrite + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin> Duplex for T {}

/// An open connection.
pub(super) struct Connection {
    stream: Box<dyn Duplex>,
    peer: Peer,
}

impl Tls {
    pub(super) fn acceptor(&self) -> Result<TlsAcceptor, ServeError> {
        let provider = Arc::new(crypto::ring::default_provider());
        let own = certificates(&self.certificate)?;
        let key =
            PrivateKeyDer::from_pem_file(&self.key).map_err(|error| wrong(&self.key, error))?;
        let builder = ServerConfig::builder_with_provider(Arc::clone(&provider))
            .with_safe_default_protocol_versions()
            .map_err(|error| wrong(&self.certificate, error))?;
        let builder = match &self.client_ca {
            None => builder.with_no_client_auth(),
            Some(path) => {
                let mut roots = RootCertStore::empty();
                for certificate in certificates(path)? {
                    roots.add(certificate).map_err(|error| wrong(path, error))?;
                }
                let verifier =
                    WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider);
                builder.with_client_cert_verifier(verifier.build().map_err(|e| wrong(path, e))?)
            }
        };
        let config = builder.with_single_cert(own, key);
        let mut config = config.map_err(|error| wrong(&self.key, error))?;
        config.alpn_protocols = vec![b"h2".to_vec()];
        Ok(TlsAcceptor::from(Arc::new(config)))
    }
}

fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, ServeError> {
    let all = CertificateDer::pem_file_iter(path).map_err(|error| wrong(path, error))?;
    let all = all.collect::<Result<Vec<_>, _>>().map_err(|error| wrong(path, error))?;
    if all.is_empty() { Err(wrong(path, "no certificate in it")) } else { Ok(all) }
}

fn wrong(path: &Path, error: impl fmt::Display) -> ServeError {
    ServeError::Certificate { path: path.to_owned(), message: error.to_string() }
}

/// Accepts connections, each shaking hands by itself, until the receiver is gone.
pub(super) async fn accept(
    listener: TcpListener,
    tls: Option<TlsAcceptor>,
    audit: Arc<Audit>,
    metrics: Arc<Metrics>,
    connections: mpsc::Sender<io::Result<Connection>>,
) {
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = connections.closed() => return,
        };
        // Out of file handles, or a client that went away: others are still to be served.
        let Ok((stream, address)) = accepted else {
            tokio::time::sleep(Duration::from_millis(50)).await;
            continue;
        };
        let (tls, audit) = (tls.clone(), Arc::clone(&audit));
        let (metrics, connections) = (Arc::clone(&metrics), connections.clone());
        tokio::spawn(async move {
            match tokio::time::timeout(HELLO, secure(stream, address, tls)).await {
                Ok(Ok(connection)) => {
                    metrics.connected();
                    connections.send(Ok(connection)).await.ok();
                }
                Ok(Err((kind, reason))) => refuse(&audit, &metrics, address, kind, reason),
                Err(_) => {
                    refuse(&audit, &metrics, address, "tls", "no handshake in time".to_owned());
                }
            }
        });
    }
}

fn refuse(audit: &Audit, metrics: &Metrics, peer: SocketAddr, kind: &'static str, reason: String) {
    metrics.refused(kind);
    tracing::warn!("{peer}: {reason}");
    let (peer, reason) = (Some(peer.to_string()), Some(reason));
    audit.note(Event { event: "refused", peer, reason, ..Event::default() });
}

async fn secure(
    stream: TcpStream,
    address: SocketAddr,
    tls: Option<TlsAcceptor>,
) -> Result<Connection, (&'static str, String)> {
    stream.set_nodelay(true).ok();
    let Some(tls) = tls else {
        let peer = Peer { address, certificate: None };
        return Ok(Connection { stream: Box::new(stream), peer });
    };
    let mut first = [0];
    let read = stream.peek(&mut first).await;
    if read.is_ok_and(|read| read == 1) && first[0] != HANDSHAKE {
        return Err(("plain_text", "plain text where TLS is asked for".to_owned()));
    }
    let stream = tls.accept(stream).await.map_err(|error| ("tls", format!("TLS: {error}")))?;
    let shown = stream.get_ref().1.peer_certificates().and_then(|chain| chain.first());
    let peer = Peer { address, certificate: shown.map(|certificate| hash(certificate)) };
    Ok(Connection { stream: Box::new(stream), peer })
}

impl Connected for Connection {
    type ConnectInfo = Peer;

    fn connect_info(&self) -> Peer {
        self.peer.clone()
    }
}

impl AsyncRead for Connection {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl AsyncWrite for Connection {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}
