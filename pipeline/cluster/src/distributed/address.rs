//! Where a scheduler is, and a connection to it.

use std::time::{Duration, Instant};

use ballista_core::extension::EndpointOverrideFn;
use tonic::transport::{Channel, Endpoint};
use url::Url;

use super::error::chain;
use super::{ClusterError, Credentials};

/// Port of a scheduler where none is given.
const PORT: u16 = 50050;

/// Where a scheduler is.
#[derive(Debug, Clone)]
pub(super) struct Address {
    /// As Ballista takes it: `http://HOST:PORT`, which is led over TLS where there are certificates.
    pub(super) url: String,
    pub(super) host: String,
    pub(super) port: u16,
}

impl Address {
    /// `HOST`, `HOST:PORT`, or either after `http://` or `https://`, which mean the same: certificates decide.
    pub(super) fn of(text: &str, credentials: &Credentials) -> Result<Self, ClusterError> {
        let wrong = |message: String| ClusterError::Url { url: text.to_owned(), message };
        let full = if text.contains("://") { text.to_owned() } else { format!("http://{text}") };
        let url = Url::parse(&full).map_err(|error| wrong(error.to_string()))?;
        if !["http", "https"].contains(&url.scheme()) {
            return Err(wrong(format!("found {}://", url.scheme())));
        }
        if url.scheme() == "https" && credentials.tls.is_none() {
            return Err(wrong(
                "https asks for certificates: --cluster-cert, --cluster-key, --cluster-ca"
                    .to_owned(),
            ));
        }
        let Some(host) = url.host_str() else { return Err(wrong("no host".to_owned())) };
        let port = url.port().unwrap_or(PORT);
        let url = format!("http://{host}:{port}");
        Ok(Self { url, host: host.to_owned(), port })
    }

    /// A connection, tried again until the wait is over.
    pub(super) async fn connect(
        &self,
        endpoints: &EndpointOverrideFn,
        wait: Duration,
    ) -> Result<Channel, ClusterError> {
        let unreachable =
            |message: String| ClusterError::Unreachable { url: self.url.clone(), message };
        let endpoint =
            Endpoint::from_shared(self.url.clone()).map_err(|error| unreachable(chain(&error)))?;
        let endpoint = endpoints(endpoint).map_err(|error| unreachable(error.to_string()))?;
        let started = Instant::now();
        loop {
            match endpoint.connect().await {
                Ok(channel) => return Ok(channel),
                Err(error) if started.elapsed() >= wait => return Err(unreachable(chain(&error))),
                Err(_) => tokio::time::sleep(Duration::from_millis(250)).await,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn an_address_is_a_host_with_a_port() {
        let none = Credentials::default();
        let cases = [
            ("node1", "http://node1:50050"),
            ("node1:9", "http://node1:9"),
            ("http://10.0.0.1:9", "http://10.0.0.1:9"),
            ("http://[::1]", "http://[::1]:50050"),
        ];
        for (text, url) in cases {
            assert_eq!(Address::of(text, &none).unwrap().url, url);
        }
        for text in ["", "ftp://node1", "https://node1", "http://"] {
            assert!(Address::of(text, &none).is_err(), "{text}");
        }
    }
}
