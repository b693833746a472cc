//! What there is to tell of a log, and to ask of it, for those who do not know whether there is one.

use std::time::{Duration, SystemTime};

use super::{Keyspace, Promise};
use crate::Error;

/// How it stands with a log.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Persistence {
    /// In Redis's words.
    pub(crate) fsync: &'static str,
    /// All files, in bytes.
    pub(crate) size: u64,
    /// What they were when they were last rewritten.
    pub(crate) base: u64,
    /// What waits to be handed to the system.
    pub(crate) buffered: u64,
    pub(crate) has_failed: bool,
    pub(crate) is_rewriting: bool,
    /// Whether the last rewriting that ended has failed.
    pub(crate) rewrite_failed: bool,
    /// When the last one that succeeded ended, and how long it took.
    pub(crate) rewritten: Option<(SystemTime, Duration)>,
}

#[cfg(feature = "durable")]
impl Keyspace {
    /// None without a log.
    pub(crate) fn persistence(&self) -> Option<Persistence> {
        use crate::log::{Home, Status};

        let log = self.log_handle()?;
        let Status { is_running, has_failed, last } =
            log.home().map(Home::status).unwrap_or_default();
        Some(Persistence {
            fsync: log.when_to_sync().word(),
            size: log.size.total(),
            base: log.size.base(),
            buffered: log.buffered(),
            has_failed: log.check().is_err(),
            is_rewriting: is_running,
            rewrite_failed: has_failed,
            rewritten: last,
        })
    }

    /// All files of the log, in bytes: 0 without one.
    pub(super) fn log_size(&self) -> u64 {
        self.log().map_or(0, |log| log.size.total())
    }

    /// Has the log rewritten in the background. False if that is being done.
    pub(crate) fn rewrite_in_the_background(&self) -> Result<bool, Error> {
        Ok(self.log().ok_or(Error::NoLog)?.size.want())
    }

    /// A promise that all that was changed until now is on disk; none without a log.
    pub(crate) fn barrier(&self) -> Option<Promise> {
        self.log().map(Promise::barrier)
    }
}

#[cfg(not(feature = "durable"))]
impl Keyspace {
    #[expect(clippy::unused_self, reason = "with the feature, a log may be there")]
    pub(crate) fn persistence(&self) -> Option<Persistence> {
        None
    }

    #[expect(clippy::unused_self, reason = "with the feature, a log may be there")]
    pub(super) fn log_size(&self) -> u64 {
        0
    }

    #[expect(clippy::unused_self, reason = "with the feature, a log may be there")]
    pub(crate) fn rewrite_in_the_background(&self) -> Result<bool, Error> {
        Err(Error::NoLog)
    }

    #[expect(clippy::unused_self, reason = "with the feature, a log may be there")]
    pub(crate) fn barrier(&self) -> Option<Promise> {
        None
    }
}
