//! Who may talk to whom: certificates on both sides of every connection, and a token.
//!
//! Ballista makes its connections itself, without TLS. What it lets one change is each connection's endpoint: there all of them are
//! led through a tunnel of our own ([`Tunnels`]), and given the text that says who calls ([`Caller`]).

use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use ballista_core::extension::EndpointOverrideFn;
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::rustls::server::WebPkiClientVerifier;
use tokio_rustls::rustls::{ClientConfig, RootCertStore, ServerConfig, crypto};
use tokio_rustls::{TlsAcceptor, TlsConnector};
use tonic::transport::Endpoint;

use super::ClusterError;
use super::identity::Caller;
use super::tunnel::Tunnels;

/// What the members of a cluster know each other by.
#[derive(Debug, Clone, Default)]
pub struct Credentials {
    /// The secret that all share.
    pub token: Option<String>,
    /// Certificates.
    pub tls: Option<Tls>,
}

/// Files of a member's certificate, of its key, and of the authority that signs those of all members.
#[derive(Debug, Clone)]
pub struct Tls {
    /// Certificate chain, PEM, for the names or addresses by which others reach this member.
    pub certificate: PathBuf,
    /// Private key, PEM.
    pub key: PathBuf,
    /// Certificates of the authority, PEM.
    pub authority: PathBuf,
}

impl Credentials {
    /// Reads the token of a file.
    pub fn read(token: Option<&Path>, tls: Option<Tls>) -> Result<Self, ClusterError> {
        let token = token.map(read_token).transpose()?;
        Ok(Self { token, tls })
    }

    /// What Ballista does to an endpoint before it connects.
    pub(super) fn endpoints(&self, caller: &Caller) -> Result<EndpointOverrideFn, ClusterError> {
        let caller = Caller { token: self.token.clone(), ..caller.clone() };
        let agent = caller.header();
        let tunnels = self.tls.as_ref().map(|tls| Tunnels::new(tls.connector()?)).transpose()?;
        Ok(Arc::new(move |endpoint| {
            let endpoint = match &tunnels {
                Some(tunnels) => tunnels.instead_of(&endpoint)?,
                None => endpoint,
            };
            Ok(patient(endpoint).user_agent(agent.clone())?)
        }))
    }

    /// Takes connections in, where there are certificates.
    pub(super) fn acceptor(&self) -> Result<Option<TlsAcceptor>, ClusterError> {
        self.tls.as_ref().map(Tls::acceptor).transpose()
    }
}

/// A member that has gone without a word is missed within half a minute.
fn patient(endpoint: Endpoint) -> Endpoint {
    endpoint
        .connect_timeout(Duration::from_secs(10))
        .tcp_nodelay(true)
        .http2_keep_alive_interval(Duration::from_secs(10))
        .keep_alive_timeout(Duration::from_secs(20))
        .keep_alive_while_idle(true)
}

impl Tls {
    /// Shows this member's certificate, and takes no other server than one of the authority, by the name it is reached by.
    fn connector(&self) -> Result<TlsConnector, ClusterError> {
        let config =
            ClientConfig::builder_with_provider(Arc::new(crypto::ring::default_provider()))
                .with_safe_default_protocol_versions()
                .map_err(|error| wrong(&self.certificate, error))?
                .with_root_certificates(self.roots()?)
                .with_client_auth_cert(certificates(&self.certificate)?, self.private_key()?);
        let mut config = config.map_err(|error| wrong(&self.key, error))?;
        config.alpn_protocols = vec![b"h2".to_vec()];
        Ok(TlsConnector::from(Arc::new(config)))
    }

    /// Every caller must show a certificate of the authority.
    fn acceptor(&self) -> Result<TlsAcceptor, ClusterError> {
        let provider = Arc::new(crypto::ring::default_provider());
        let roots = Arc::new(self.roots()?);
        let verifier = WebPkiClientVerifier::builder_with_provider(roots, Arc::clone(&provider));
        let verifier = verifier.build().map_err(|error| wrong(&self.authority, error))?;
        let config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(|error| wrong(&self.certificate, error))?
            .with_client_cert_verifier(verifier)
            .with_single_cert(certificates(&self.certificate)?, self.private_key()?);
        let mut config = config.map_err(|error| wrong(&self.key, error))?;
        config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        Ok(TlsAcceptor::from(Arc::new(config)))
    }

    fn roots(&self) -> Result<RootCertStore, ClusterError> {
        let mut roots = RootCertStore::empty();
        for certificate in certificates(&self.authority)? {
            roots.add(certificate).map_err(|error| wrong(&self.authority, error))?;
        }
        Ok(roots)
    }

    fn private_key(&self) -> Result<PrivateKeyDer<'static>, ClusterError> {
        PrivateKeyDer::from_pem_file(&self.key).map_err(|error| wrong(&self.key, error))
    }
}

fn read_token(path: &Path) -> Result<String, ClusterError> {
    let text = fs::read_to_string(path).map_err(|error| wrong(path, error))?;
    let token = text.trim();
    let fit = token.len() >= SHORTEST && token.bytes().all(|byte| byte.is_ascii_graphic());
    if fit {
        return Ok(token.to_owned());
    }
    let expected = format!(
        "no token; expected one line of at least {SHORTEST} letters, digits and signs, such as openssl rand -hex 32 makes"
    );
    Err(wrong(path, expected))
}

/// Characters of a token that cannot be guessed.
const SHORTEST: usize = 20;

fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, ClusterError> {
    let all = CertificateDer::pem_file_iter(path).map_err(|error| wrong(path, error))?;
    let all = all.collect::<Result<Vec<_>, _>>().map_err(|error| wrong(path, error))?;
    if all.is_empty() { Err(wrong(path, "no certificate in it")) } else { Ok(all) }
}

fn wrong(path: &Path, error: impl fmt::Display) -> ClusterError {
    ClusterError::Credential { path: path.to_owned(), message: error.to_string() }
}
