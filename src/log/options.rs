//! What a user can say of a log.

use std::fmt;
use std::str::FromStr;

use crate::Error;

/// When what was written is brought to disk, past the caches of the operating system.
///
/// [`Display`](fmt::Display) spells it as the value of Redis's `appendfsync`. [`FromStr`] takes these words in any case, and
/// [`Error::NotOneOf`] names them for any other.
///
/// ```
/// use redeque::Fsync;
///
/// assert_eq!(Fsync::default().to_string(), "everysec");
/// assert_eq!("always".parse(), Ok(Fsync::Always));
/// let error = "sometimes".parse::<Fsync>().unwrap_err();
/// assert!(error.to_string().ends_with("must be one of the following: everysec, always, no"));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub enum Fsync {
    /// Before a command returns. One `fdatasync` does for all commands that came while the one before it ran.
    Always,
    /// Each second, in the background.
    #[default]
    EverySecond,
    /// When the operating system finds the time; on most Linux systems, within half a minute.
    Never,
}

impl Fsync {
    const ALL: [Self; 3] = [Self::Always, Self::EverySecond, Self::Never];

    /// Their words, in a server's order.
    const WORDS: &str = "everysec, always, no";

    /// The value of `appendfsync` that promises the same.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Always => "always",
            Self::EverySecond => "everysec",
            Self::Never => "no",
        }
    }
}

impl fmt::Display for Fsync {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.word())
    }
}

impl FromStr for Fsync {
    type Err = Error;

    fn from_str(word: &str) -> Result<Self, Error> {
        let is_meant = |fsync: &Self| fsync.word().eq_ignore_ascii_case(word);
        Self::ALL.into_iter().find(is_meant).ok_or(Error::NotOneOf(Self::WORDS))
    }
}

/// How a store writes its log; see [`Builder::log`](crate::Builder::log).
///
/// ```
/// use redeque::{Fsync, LogOptions};
///
/// // On disk before a command returns, and rewritten when it has grown by half and is above a gibibyte.
/// let options = LogOptions::new().fsync(Fsync::Always).rewrite_percentage(50).rewrite_min_bytes(1 << 30);
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogOptions {
    fsync: Fsync,
    buffer_bytes: usize,
    rewrite_percentage: u32,
    rewrite_min_bytes: u64,
    /// None: what is the default of when the log is synced.
    growth_bytes: Option<u64>,
}

impl Default for LogOptions {
    fn default() -> Self {
        Self {
            fsync: Fsync::default(),
            buffer_bytes: 32 << 20,
            rewrite_percentage: 100,
            rewrite_min_bytes: 64 << 20,
            growth_bytes: None,
        }
    }
}

impl LogOptions {
    /// A log that is brought to disk each second, holds back at most about 32 MiB, and is rewritten when it has doubled and
    /// is above 64 MiB.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// When what was written is brought to disk: each second by default.
    #[must_use]
    pub fn fsync(self, fsync: Fsync) -> Self {
        Self { fsync, ..self }
    }

    /// How many bytes may wait to be handed to the operating system, 32 MiB by default. Above that, commands that write wait
    /// before they begin; those that have begun are not held up, so that the bound is passed by what they write.
    #[must_use]
    pub fn buffer_bytes(self, bytes: usize) -> Self {
        Self { buffer_bytes: bytes, ..self }
    }

    /// By how many per cent the log must have grown since it was last rewritten until it is rewritten again: 100 by default,
    /// which is twice the size. With 0, it is rewritten only when it is asked for.
    #[must_use]
    pub fn rewrite_percentage(self, percent: u32) -> Self {
        Self { rewrite_percentage: percent, ..self }
    }

    /// Up to how many bytes a log is left as it is, however much it has grown: 64 MiB by default.
    #[must_use]
    pub fn rewrite_min_bytes(self, bytes: u64) -> Self {
        Self { rewrite_min_bytes: bytes, ..self }
    }

    /// By how many bytes the log's file is made longer at a time, at most 64 MiB. By default that is 1 MiB with [`Fsync::Always`], as a
    /// sync takes longer where it has to bring a new length to disk, and otherwise 0: the file ends with what was written. Less than
    /// some KiB saves nothing.
    ///
    /// The rest of the file is an `ECHO` of zeros, which a `redis-server` loads without effect. Most file systems don't store the
    /// zeros, so no space on the disk is reserved; opening reads them into memory, as one record. They are cut off when the store is
    /// shut down or dropped, and when a directory is opened that a crash has left. What a server has appended to stays until the log
    /// is rewritten.
    ///
    /// Where that is longer than the system lets a file be (`RLIMIT_FSIZE`), it ends a process that does not ignore SIGXFSZ.
    ///
    /// A kill at the moment at which the file is made longer may be told as a [cut](crate::Recovery::cut), though nothing is lost. A
    /// server leaves that out, as it does what any torn write leaves (`aof-load-truncated`, its default).
    ///
    /// ```
    /// use redeque::{Fsync, LogOptions};
    ///
    /// // For a program whose files must not be longer than what is in them.
    /// let options = LogOptions::new().fsync(Fsync::Always).growth_bytes(0);
    /// ```
    #[must_use]
    pub fn growth_bytes(self, bytes: u64) -> Self {
        // Opening after a crash reads them into memory.
        Self { growth_bytes: Some(bytes.min(64 << 20)), ..self }
    }

    pub(super) fn growth(&self) -> u64 {
        let of_the_mode = if self.fsync == Fsync::Always { 1 << 20 } else { 0 };
        self.growth_bytes.unwrap_or(of_the_mode)
    }

    pub(super) fn when_to_sync(&self) -> Fsync {
        self.fsync
    }

    pub(super) fn bound(&self) -> usize {
        self.buffer_bytes
    }

    /// Whether a log of this many bytes is to be rewritten, if it had `base` bytes when it last was: Redis's rule.
    pub(super) fn is_rewrite_due(&self, bytes: u64, base: u64) -> bool {
        // A base of nothing has grown beyond any percentage as soon as there is something.
        let grown = u128::from(bytes.saturating_sub(base)) * 100;
        let enough = u128::from(base.max(1)) * u128::from(self.rewrite_percentage);
        self.rewrite_percentage != 0 && bytes > self.rewrite_min_bytes && grown >= enough
    }
}

#[cfg(test)]
mod tests {
    use super::{Fsync, LogOptions};

    const MIB: u64 = 1 << 20;

    #[test]
    fn when_a_log_is_synced_is_said_in_the_words_of_appendfsync() {
        let words =
            [Fsync::Always, Fsync::EverySecond, Fsync::Never].map(|fsync| fsync.to_string());
        assert_eq!(words, ["always", "everysec", "no"]);
        assert_eq!("EverySec".parse(), Ok(Fsync::EverySecond));
        assert_eq!("no".parse(), Ok(Fsync::Never));
    }

    /// What a server says after `CONFIG SET failed (possibly related to argument 'appendfsync') - `.
    #[test]
    fn a_word_that_is_none_of_them_is_refused_with_all_of_them() {
        for word in ["never", "", "always "] {
            let error = word.parse::<Fsync>().unwrap_err();
            let text = "ERR argument(s) must be one of the following: everysec, always, no";
            assert_eq!(error.to_string(), text, "{word:?}");
        }
        for word in Fsync::WORDS.split(", ") {
            assert!(word.parse::<Fsync>().is_ok(), "{word}");
        }
    }

    #[test]
    fn a_log_is_synced_each_second_and_holds_back_32_mib_unless_it_is_told_otherwise() {
        let options = LogOptions::new();
        assert_eq!((options.when_to_sync(), options.bound()), (Fsync::EverySecond, 33_554_432));
        let options = options.fsync(Fsync::Never).buffer_bytes(5);
        assert_eq!((options.when_to_sync(), options.bound()), (Fsync::Never, 5));
    }

    #[test]
    fn a_file_has_room_for_a_mib_with_always_and_for_64_at_most() {
        let options = LogOptions::new();
        assert_eq!(options.growth(), 0);
        assert_eq!(options.clone().fsync(Fsync::Always).growth(), MIB);
        assert_eq!(options.clone().growth_bytes(0).fsync(Fsync::Always).growth(), 0);
        assert_eq!(options.clone().growth_bytes(1).growth(), 1);
        assert_eq!(options.growth_bytes(u64::MAX).growth(), 64 * MIB);
    }

    #[test]
    fn a_log_is_rewritten_when_it_has_doubled_and_is_above_64_mib() {
        let options = LogOptions::new();
        assert!(!options.is_rewrite_due(64 * MIB, 1));
        assert!(options.is_rewrite_due(64 * MIB + 1, 0));
        assert!(!options.is_rewrite_due(200 * MIB - 1, 100 * MIB));
        assert!(options.is_rewrite_due(200 * MIB, 100 * MIB));
    }

    #[test]
    fn the_thresholds_of_rewriting_can_be_set_and_zero_per_cent_is_never() {
        let options = LogOptions::new().rewrite_percentage(50).rewrite_min_bytes(1000);
        assert!(!options.is_rewrite_due(1000, 1));
        assert!(options.is_rewrite_due(1500, 1000));
        assert!(!options.is_rewrite_due(1499, 1000));
        assert!(!options.rewrite_percentage(0).is_rewrite_due(u64::MAX, 1));
    }
}
