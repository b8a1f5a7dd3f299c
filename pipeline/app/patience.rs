//! Trying again what may go better a moment later, and only that.

use std::io;
use std::thread::sleep;
use std::time::Duration;

use vaxloom_lake::{LakeError, passes_by_itself};

/// How often something is tried, and how long is waited before the second time; each wait is twice the one before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Patience {
    pub(crate) attempts: u32,
    pub(crate) wait: Duration,
}

/// Of a command that a person waits for: one attempt.
impl Default for Patience {
    fn default() -> Self {
        Self { attempts: 1, wait: Duration::ZERO }
    }
}

/// No wait is longer.
const LONGEST: Duration = Duration::from_mins(10);

impl Patience {
    /// The wait before the attempt that comes after this many; none where there is none any more.
    pub(crate) fn before_next(self, made: u32) -> Option<Duration> {
        let doubled = || 2_u32.saturating_pow(made.saturating_sub(1));
        (made < self.attempts).then(|| self.wait.saturating_mul(doubled()).min(LONGEST))
    }

    /// Reads what may be out of reach for a moment.
    pub(crate) fn reading<T>(
        self,
        what: &str,
        mut read: impl FnMut() -> io::Result<T>,
    ) -> io::Result<T> {
        let mut made = 1;
        loop {
            let error = match read() {
                Ok(read) => return Ok(read),
                Err(error) => error,
            };
            let Some(wait) = self.before_next(made).filter(|_| passes_by_itself(&error)) else {
                return Err(error);
            };
            tracing::warn!("{what}: {error}; read again in {:.1} s", wait.as_secs_f64());
            sleep(wait);
            made += 1;
        }
    }
}

/// Whether an error is one that passes, by what it came of.
pub(crate) fn may_pass(error: &anyhow::Error) -> bool {
    error.chain().any(|cause| cause.downcast_ref::<io::Error>().is_some_and(passes_by_itself))
        || error.downcast_ref::<LakeError>().is_some_and(LakeError::may_pass)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn patience(attempts: u32) -> Patience {
        Patience { attempts, wait: Duration::from_millis(1) }
    }

    #[test]
    fn waits_double_and_end() {
        let patience = Patience { attempts: 4, wait: Duration::from_secs(200) };
        let waits: Vec<_> = (1..6).map(|made| patience.before_next(made)).collect();
        let seconds = |s| Some(Duration::from_secs(s));
        assert_eq!(waits, [seconds(200), seconds(400), seconds(600), None, None]);
    }

    #[test]
    fn what_passes_is_read_again_and_nothing_else() {
        let tries = |attempts: u32, kind: io::ErrorKind, until: u32| {
            let mut made = 0;
            let read = patience(attempts).reading("file", || {
                made += 1;
                if made < until { Err(io::Error::from(kind)) } else { Ok(()) }
            });
            (made, read.is_ok())
        };
        assert_eq!(tries(3, io::ErrorKind::TimedOut, 3), (3, true));
        assert_eq!(tries(3, io::ErrorKind::StaleNetworkFileHandle, 9), (3, false));
        assert_eq!(tries(3, io::ErrorKind::NotFound, 9), (1, false));
        assert_eq!(tries(3, io::ErrorKind::StorageFull, 9), (1, false));
        assert_eq!(tries(3, io::ErrorKind::PermissionDenied, 9), (1, false));
    }

    #[test]
    fn the_cause_tells_whether_an_error_passes() {
        let busy =
            anyhow::Error::from(io::Error::from(io::ErrorKind::ResourceBusy)).context("a.vcf");
        let full =
            anyhow::Error::from(io::Error::from(io::ErrorKind::StorageFull)).context("a.vcf");
        assert!(may_pass(&busy) && !may_pass(&full) && !may_pass(&anyhow::anyhow!("no")));
    }
}
