//! TLS for connections that are made without it: each goes to a socket of this process's own, in a folder that no other user may
//! enter, and from there over TLS to where it was meant for.

use std::collections::HashMap;
use std::error::Error;
use std::io;
use std::sync::{Mutex, PoisonError};

use rustls_pki_types::ServerName;
use tempfile::TempDir;
use tokio::io::copy_bidirectional;
use tokio::net::{TcpStream, UnixListener, UnixStream};
use tokio_rustls::TlsConnector;
use tonic::transport::Endpoint;

use super::ClusterError;

/// The way over TLS to each host and port.
pub(super) struct Tunnels {
    connector: TlsConnector,
    folder: TempDir,
    ways: Mutex<HashMap<String, Endpoint>>,
}

impl Tunnels {
    /// Its folder is the user's alone, as temporary folders of this kind are made.
    pub(super) fn new(connector: TlsConnector) -> Result<Self, ClusterError> {
        let folder = tempfile::Builder::new().prefix("vaxloom-").tempdir();
        let folder =
            folder.map_err(|source| ClusterError::Folder { path: std::env::temp_dir(), source })?;
        Ok(Self { connector, folder, ways: Mutex::default() })
    }

    /// The endpoint of the way to where another leads; made where there is none, within a runtime.
    pub(super) fn instead_of(
        &self,
        endpoint: &Endpoint,
    ) -> Result<Endpoint, Box<dyn Error + Send + Sync>> {
        let uri = endpoint.uri();
        let host = uri.host().ok_or("an address without a host")?.to_owned();
        let port = uri.port_u16().ok_or("an address without a port")?;
        let mut ways = self.ways.lock().unwrap_or_else(PoisonError::into_inner);
        let name = format!("{host}:{port}");
        if let Some(way) = ways.get(&name) {
            return Ok(way.clone());
        }
        let socket = self.folder.path().join(ways.len().to_string());
        let listener = UnixListener::bind(&socket)?;
        let server = ServerName::try_from(host.trim_matches(['[', ']']).to_owned())?;
        tokio::spawn(lead(listener, self.connector.clone(), name.clone(), server));
        let way = Endpoint::from_shared(format!("unix:{}", socket.display()))?;
        ways.insert(name, way.clone());
        Ok(way)
    }
}

async fn lead(
    listener: UnixListener,
    connector: TlsConnector,
    to: String,
    server: ServerName<'static>,
) {
    while let Ok((from, _)) = listener.accept().await {
        let (connector, to, server) = (connector.clone(), to.clone(), server.clone());
        tokio::spawn(async move {
            if let Err(error) = carry(from, &connector, &to, server).await {
                tracing::warn!("{to}: {error}");
            }
        });
    }
}

async fn carry(
    mut from: UnixStream,
    connector: &TlsConnector,
    to: &str,
    server: ServerName<'static>,
) -> io::Result<()> {
    let stream = TcpStream::connect(to).await?;
    stream.set_nodelay(true)?;
    let mut stream = connector.connect(server, stream).await?;
    // How a connection ends is for those who speak over it.
    let _ = copy_bidirectional(&mut from, &mut stream).await;
    Ok(())
}
