//! Where sessions come from.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use async_trait::async_trait;
use datafusion::prelude::SessionContext;
use tokio::sync::Mutex;
use vaxloom_immune::Predictor;
use vaxloom_lake::{Lake, LakeError, Limits, session_over};

/// How long a lake is taken to be as it was: a run that finishes is seen so much later at most.
const FRESH: Duration = Duration::from_secs(1);

/// A source of sessions: a lake that is read here, or what stands in front of a cluster.
#[async_trait]
pub trait Sessions: Send + Sync {
    /// A session over the tables as they are to be seen now. Statements take its tables and functions, and have memory of their own.
    async fn session(&self) -> Result<SessionContext, LakeError>;
}

/// Sessions over a lake, as its last finished run left it.
pub struct LakeSessions {
    root: PathBuf,
    predictor: Arc<dyn Predictor>,
    threads: usize,
    open: Mutex<Option<Open>>,
}

struct Open {
    lake: Lake,
    session: SessionContext,
    /// When it was last known to be behind no run.
    checked: Instant,
}

impl LakeSessions {
    /// Opens the lake (a folder or a URL), so that a wrong place is told at once. Each plan may work on `threads` partitions.
    pub async fn open(
        root: &Path,
        predictor: Arc<dyn Predictor>,
        threads: usize,
    ) -> Result<Self, LakeError> {
        let sessions = Self { root: root.to_owned(), predictor, threads, open: Mutex::default() };
        sessions.session().await?;
        Ok(sessions)
    }

    async fn opened(&self) -> Result<Open, LakeError> {
        let checked = Instant::now();
        let lake = Lake::open(&self.root).await?;
        // Files of this machine are no tables for clients elsewhere. Each statement gets memory of its own.
        let limits = Limits { threads: self.threads, memory: None, files: false };
        let session = session_over(&lake, &self.predictor, limits).await?;
        Ok(Open { lake, session, checked })
    }
}

#[async_trait]
impl Sessions for LakeSessions {
    async fn session(&self) -> Result<SessionContext, LakeError> {
        let mut slot = self.open.lock().await;
        if let Some(open) = &mut *slot {
            if open.checked.elapsed() < FRESH {
                return Ok(open.session.clone());
            }
            let now = Instant::now();
            if !open.lake.is_behind().await? {
                open.checked = now;
                return Ok(open.session.clone());
            }
        }
        let open = self.opened().await?;
        let session = open.session.clone();
        *slot = Some(open);
        Ok(session)
    }
}
