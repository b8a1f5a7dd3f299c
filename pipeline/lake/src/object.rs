//! Object stores by URL, with patience: a server that is overloaded or not there is asked again for some minutes, and what it says
//! at the end is known as something that may pass.

use std::error::Error;
use std::sync::Arc;
use std::time::Duration;

use deltalake::logstore::object_store::aws::AmazonS3Builder;
use deltalake::logstore::object_store::azure::MicrosoftAzureBuilder;
use deltalake::logstore::object_store::client::{HttpError, HttpErrorKind};
use deltalake::logstore::object_store::gcp::GoogleCloudStorageBuilder;
use deltalake::logstore::object_store::{
    BackoffConfig, DynObjectStore, ObjectStoreScheme, RetryConfig, parse_url,
};
use url::Url;

type Stored = Result<Arc<DynObjectStore>, deltalake::logstore::object_store::Error>;

/// The store's own ten tries may be over in half a minute, and stores are known to answer 503 for longer. How often is tried is
/// bounded by the time alone: credentials and signatures last longer than this.
fn patience() -> RetryConfig {
    RetryConfig {
        backoff: BackoffConfig {
            init_backoff: Duration::from_millis(100),
            max_backoff: Duration::from_secs(10),
            base: 2.0,
        },
        max_retries: 1000,
        retry_timeout: Duration::from_mins(3),
    }
}

/// A builder of a store, told its URL, those settings that it knows, and how patient to be.
macro_rules! built {
    ($builder:ty, $url:expr, $settings:expr) => {{
        let mut builder = <$builder>::new().with_url($url.as_str()).with_retry(patience());
        for (name, value) in $settings {
            if let Ok(key) = name.as_str().parse() {
                builder = builder.with_config(key, value);
            }
        }
        Arc::new(builder.build()?) as Arc<DynObjectStore>
    }};
}

/// The store of a URL, by settings named in small letters as the environment names them.
pub(crate) fn of_url(url: &Url, settings: impl Iterator<Item = (String, String)>) -> Stored {
    let (scheme, _) = ObjectStoreScheme::parse(url)?;
    Ok(match scheme {
        ObjectStoreScheme::AmazonS3 => built!(AmazonS3Builder, url, settings),
        ObjectStoreScheme::GoogleCloudStorage => built!(GoogleCloudStorageBuilder, url, settings),
        ObjectStoreScheme::MicrosoftAzure => built!(MicrosoftAzureBuilder, url, settings),
        _ => Arc::from(parse_url(url)?.0),
    })
}

/// Whether this is a store's word, or silence, that may be another a moment later.
pub(crate) fn may_pass(error: &(dyn Error + 'static)) -> bool {
    if let Some(error) = error.downcast_ref::<HttpError>() {
        let kinds = [
            HttpErrorKind::Connect,
            HttpErrorKind::Request,
            HttpErrorKind::Timeout,
            HttpErrorKind::Interrupted,
        ];
        return kinds.contains(&error.kind());
    }
    // The error with the status is nobody's to name outside of its crate.
    let text = error.to_string();
    let Some((_, status)) = text.split_once("Server returned non-2xx status code: ") else {
        return false;
    };
    ["5", "429", "408"].iter().any(|code| status.starts_with(code))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use std::io::{Read, Write};
    use std::net::TcpListener;

    use deltalake::logstore::object_store::path::Path;
    use deltalake::logstore::object_store::{ObjectStoreExt, RetryConfig};

    use super::*;
    use crate::LakeError;

    /// What comes of a request that is answered like this, without patience.
    async fn answered(status: &'static str) -> LakeError {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let endpoint = format!("http://{}", listener.local_addr().unwrap());
        let server = std::thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            let _ = stream.read(&mut [0; 4096]).unwrap();
            write!(stream, "HTTP/1.1 {status}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
                .unwrap();
        });
        let store = AmazonS3Builder::new()
            .with_bucket_name("bucket")
            .with_endpoint(endpoint)
            .with_allow_http(true)
            .with_access_key_id("test")
            .with_secret_access_key("test")
            .with_retry(RetryConfig { max_retries: 0, ..patience() })
            .build()
            .unwrap();
        let source = store.head(&Path::from("lake")).await.unwrap_err();
        server.join().unwrap();
        LakeError::Store { path: "s3://bucket/lake".into(), source }
    }

    #[tokio::test]
    async fn a_server_that_is_not_there_may_be_there_later() {
        let cases = [
            ("503 Service Unavailable", true),
            ("500 Internal Server Error", true),
            ("429 Too Many Requests", true),
            ("403 Forbidden", false),
            ("404 Not Found", false),
        ];
        for (status, passes) in cases {
            let error = answered(status).await;
            assert_eq!(error.may_pass(), passes, "{status}: {error}");
        }
    }
}
