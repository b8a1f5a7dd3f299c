//! The right to write a lake: a lock of the system on a file of a folder, or a lease in an object store.
//!
//! The system gives a file's lock back when its holder dies. A lease is an object that names its holder and the time until
//! which it is held; the holder renews it, and one that has run out may be taken over. Both writes are conditional, so that
//! of two takers one wins. Clocks must agree within a minute.

use std::fs::{self, File, TryLockError};
use std::path::Path as FilePath;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use deltalake::logstore::object_store::path::Path;
use deltalake::logstore::object_store::{
    self, DynObjectStore, ObjectStoreExt, PutMode, PutOptions, UpdateVersion,
};
use serde::{Deserialize, Serialize};
use tokio::task::JoinHandle;

use crate::LakeError;
use crate::place::Place;

/// How long a lease lasts that is not renewed.
const LASTS: Duration = Duration::from_mins(5);
/// How often it is renewed.
const RENEWED: Duration = Duration::from_mins(1);
/// How long is tried to give it back: it runs out by itself.
const GIVEN_BACK: Duration = Duration::from_secs(10);
const NAME: &str = ".lock";
/// Another name than that of a folder's lock: a lake that was copied out of a folder is not held by anybody.
const LEASE: &str = ".lease";

/// The right to write a lake, until it is dropped.
#[derive(Debug)]
pub struct WriteLock(
    #[allow(dead_code, reason = "the right lasts as long as its holder is there")] Held,
);

#[derive(Debug)]
#[allow(dead_code, reason = "the lock lasts as long as the file is open")]
enum Held {
    File(File),
    Lease(Lease),
}

impl WriteLock {
    /// Takes the lock of a lake, or says that another holds it.
    pub(crate) async fn take(place: &Place) -> Result<Self, LakeError> {
        match place.folder() {
            Some(folder) => Ok(Self(Held::File(file(folder)?))),
            None => Ok(Self(Held::Lease(Lease::take(place, LASTS, RENEWED).await?))),
        }
    }

    /// Whether nobody else can have taken the lock meanwhile.
    pub(crate) fn sign(&self) -> Arc<AtomicBool> {
        match &self.0 {
            Held::File(_) => Arc::new(AtomicBool::new(true)),
            Held::Lease(lease) => Arc::clone(&lease.held),
        }
    }
}

fn file(root: &FilePath) -> Result<File, LakeError> {
    let unwritable = |source| LakeError::Unwritable { path: root.to_owned(), source };
    fs::create_dir_all(root).map_err(unwritable)?;
    let file = File::create(root.join(NAME)).map_err(unwritable)?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(LakeError::Locked { path: root.to_owned() }),
        Err(TryLockError::Error(source)) => Err(unwritable(source)),
    }
}

/// What the object of a lease says.
#[derive(Debug, Serialize, Deserialize)]
struct Holder {
    /// Process, for people.
    process: u32,
    /// Seconds since 1970.
    until: u64,
}

impl Holder {
    fn now(lasts: Duration) -> Self {
        Self { process: std::process::id(), until: (now() + lasts).as_secs() }
    }

    fn bytes(&self) -> Vec<u8> {
        serde_json::json!(self).to_string().into_bytes()
    }
}

fn now() -> Duration {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default()
}

/// A lease that is renewed until it is dropped.
#[derive(Debug)]
struct Lease {
    store: Arc<DynObjectStore>,
    path: Path,
    /// Whether it could be renewed so far.
    held: Arc<AtomicBool>,
    renewal: JoinHandle<()>,
}

impl Lease {
    async fn take(place: &Place, lasts: Duration, renewed: Duration) -> Result<Self, LakeError> {
        let (store, path) = (Arc::clone(place.store()), place.path(LEASE));
        let fails = |error| place.failed(error);
        let locked = || LakeError::Locked { path: place.name().to_owned() };
        let new = PutOptions::from(PutMode::Create);
        let version = match put(&store, &path, lasts, new).await {
            Err(object_store::Error::AlreadyExists { .. }) => {
                let before = match store.get(&path).await {
                    // Given back just now.
                    Err(object_store::Error::NotFound { .. }) => return Err(locked()),
                    before => before.map_err(fails)?,
                };
                let version = UpdateVersion {
                    e_tag: before.meta.e_tag.clone(),
                    version: before.meta.version.clone(),
                };
                let text = before.bytes().await.map_err(fails)?;
                let left: Option<Holder> = serde_json::from_slice(&text).ok();
                // An empty one is the lock of a folder, copied with the lake.
                let copied = text.is_empty();
                if !copied && left.is_none_or(|holder| holder.until >= now().as_secs()) {
                    return Err(locked());
                }
                tracing::warn!("{}: the run that held the lock is gone", place.name().display());
                match put(&store, &path, lasts, PutMode::Update(version).into()).await {
                    Err(object_store::Error::Precondition { .. }) => return Err(locked()),
                    taken => taken.map_err(fails)?,
                }
            }
            taken => taken.map_err(fails)?,
        };
        let held = Arc::new(AtomicBool::new(true));
        let keep =
            renew(Arc::clone(&store), path.clone(), version, Arc::clone(&held), lasts, renewed);
        Ok(Self { store, path, held, renewal: tokio::spawn(keep) })
    }
}

async fn put(
    store: &Arc<DynObjectStore>,
    path: &Path,
    lasts: Duration,
    options: PutOptions,
) -> Result<UpdateVersion, object_store::Error> {
    let written = store.put_opts(path, Holder::now(lasts).bytes().into(), options).await?;
    Ok(UpdateVersion { e_tag: written.e_tag, version: written.version })
}

/// Renews the lease, until it runs out or another has taken it.
async fn renew(
    store: Arc<DynObjectStore>,
    path: Path,
    mut version: UpdateVersion,
    held: Arc<AtomicBool>,
    lasts: Duration,
    renewed: Duration,
) {
    let mut ends = now() + lasts;
    loop {
        tokio::time::sleep(renewed).await;
        match put(&store, &path, lasts, PutMode::Update(version.clone()).into()).await {
            Ok(next) => (version, ends) = (next, now() + lasts),
            Err(object_store::Error::Precondition { .. }) => break,
            Err(error) if now() < ends => tracing::warn!("the lock is not renewed: {error}"),
            Err(_) => break,
        }
    }
    held.store(false, Ordering::Release);
}

impl Drop for Lease {
    /// Gives the lease back, from a thread of its own: the runtime may be ending.
    fn drop(&mut self) {
        self.renewal.abort();
        if !self.held.load(Ordering::Acquire) {
            return;
        }
        let (store, path) = (Arc::clone(&self.store), self.path.clone());
        let give_back = move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            let Ok(runtime) = runtime else { return };
            let deleted = runtime
                .block_on(async { tokio::time::timeout(GIVEN_BACK, store.delete(&path)).await });
            match deleted {
                Ok(Ok(())) => {}
                Ok(Err(error)) => {
                    tracing::warn!("the lock is not given back, and ends by itself: {error}");
                }
                Err(_) => tracing::warn!(
                    "the lock is not given back, and ends by itself: the store does not answer"
                ),
            }
        };
        let _ = std::thread::spawn(give_back).join();
    }
}
