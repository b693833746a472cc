//! A store that survives: how one is opened, what it does for its log, and how it ends.
//!
//! What is written, and when, is decided below: each commit writes itself down in `keyspace`, and `log` brings that to disk. Here
//! a directory becomes a store again: its commands are carried out as text is.

mod error;
mod lists;
mod maintenance;
mod replay;
mod rewriter;
#[cfg(all(test, not(redeque_loom)))]
mod tests;

use std::fs;
use std::future::Future;
use std::io;
use std::path::Path;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::thread;
use std::time::{Duration, Instant};

pub use self::error::OpenError;
use self::lists::AllLists;
pub use self::maintenance::{check_log, repair_log};
use self::replay::replay;
use crate::keyspace::Promise;
use crate::log::{self, Claim, Directory, Disk, Home, Log, LogOptions, Recovery};
use crate::{Builder, Error, LogFailure, Store};

/// # A store that survives
impl Store {
    /// Opens the store whose log is in this directory: makes the directory, or recovers what is there. The log is brought to
    /// disk each second; [`Builder::log`] has what else there is to choose.
    ///
    /// A relative path is one from where the process works now, also if it works elsewhere later.
    ///
    /// Complexity: O(n) for n bytes of the log.
    ///
    /// # Errors
    ///
    /// An [`OpenError`] if the directory is in use, or what is there does not load. It is then as it was, but for a file named
    /// `lock`, which stays empty.
    ///
    /// ```
    /// # let directory = std::env::temp_dir().join(format!("redeque-open-{}", std::process::id()));
    /// # std::fs::remove_dir_all(&directory).ok();
    /// use redeque::Store;
    ///
    /// let store = Store::open(&directory)?;
    /// store.rpush("jobs", "first")?;
    /// drop(store);
    ///
    /// let store = Store::open(&directory)?;
    /// assert_eq!(store.lpop("jobs")?, Some(b"first".to_vec()));
    /// # drop(store);
    /// # std::fs::remove_dir_all(&directory)?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn open(directory: impl AsRef<Path>) -> Result<Self, OpenError> {
        Self::builder().log(directory, LogOptions::new()).open()
    }

    /// Waits until everything that returned before is on disk, whatever [`Fsync`](crate::Fsync) says: a barrier. Who finds the
    /// disk at work waits for that, and then shares one `fdatasync` with all who came meanwhile.
    ///
    /// Redis: [`WAITAOF`](https://redis.io/commands/waitaof/).
    ///
    /// # Errors
    ///
    /// [`Error::LogFailed`]: it is not known what of it is on disk. [`Error::NoLog`] if this store has none, and
    /// [`Error::Closed`] if it was [shut down](Self::shutdown) before all of it was on disk.
    ///
    /// ```
    /// # let directory = std::env::temp_dir().join(format!("redeque-sync-{}", std::process::id()));
    /// # std::fs::remove_dir_all(&directory).ok();
    /// let store = redeque::Store::open(&directory)?;
    /// store.rpush("jobs", "first")?;
    /// store.sync()?;
    /// # drop(store);
    /// # std::fs::remove_dir_all(&directory)?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn sync(&self) -> Result<(), Error> {
        self.keyspace().refuse_inside_closure();
        self.keyspace().barrier().ok_or(Error::NoLog)?.settle()
    }

    /// [`sync`](Self::sync) for a task. It is about what returned before this call, not before the future is polled.
    ///
    /// # Errors
    ///
    /// The future's are those of [`sync`](Self::sync).
    ///
    /// ```
    /// # futures_lite::future::block_on(async {
    /// # let directory = std::env::temp_dir().join(format!("redeque-task-{}", std::process::id()));
    /// # std::fs::remove_dir_all(&directory).ok();
    /// let store = redeque::Store::open(&directory)?;
    /// store.rpush("jobs", "first")?;
    /// store.sync_async().await?;
    /// # drop(store);
    /// # std::fs::remove_dir_all(&directory)?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # }).unwrap();
    /// ```
    pub fn sync_async(&self) -> SyncLog {
        self.keyspace().refuse_inside_closure();
        SyncLog(self.keyspace().barrier())
    }

    /// Rewrites the log as the shortest one that makes these lists, and returns when that is in its place. Others go on
    /// meanwhile.
    ///
    /// By itself this happens in the background, when the log has doubled since and is above 64 MiB; see
    /// [`LogOptions::rewrite_percentage`]. After the log has failed, a rewriting that succeeds makes it well;
    /// where the disk is full, room for what is waiting does so, too.
    ///
    /// Complexity: O(n) for n elements, in pieces: no lock is held for longer than a few hundred of them take. Redis:
    /// [`BGREWRITEAOF`](https://redis.io/commands/bgrewriteaof/).
    ///
    /// # Errors
    ///
    /// [`Error::LogFailed`], with the reason why a file was not written; then the log is what it was. [`Error::NoLog`] if this
    /// store has none, and [`Error::Closed`] if it is [shut down](Self::shutdown).
    ///
    /// ```
    /// # let directory = std::env::temp_dir().join(format!("redeque-rewrite-{}", std::process::id()));
    /// # std::fs::remove_dir_all(&directory).ok();
    /// let store = redeque::Store::open(&directory)?;
    /// for _ in 0..1000 {
    ///     store.rpush("jobs", "job")?;
    ///     store.lpop("jobs")?;
    /// }
    /// store.rewrite_log()?;
    /// # drop(store);
    /// # std::fs::remove_dir_all(&directory)?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn rewrite_log(&self) -> Result<(), Error> {
        self.keyspace().refuse_inside_closure();
        AllLists::at_once(self.keyspace()).rewrite()
    }

    /// What was found when the store was [opened](Self::open); `None` if it has no log.
    ///
    /// Complexity: O(1).
    ///
    /// ```
    /// assert_eq!(redeque::Store::new().recovery(), None);
    /// ```
    pub fn recovery(&self) -> Option<&Recovery> {
        Some(self.keyspace().log_handle()?.home()?.recovery())
    }

    /// Ends the use of the store: [closes](Self::close) it, brings everything to disk and gives up the directory, so that it
    /// can be opened again. From then on every command that writes is refused with [`Error::Closed`]; reads go on. Without a log
    /// it only closes the store, so that pops go on, too.
    ///
    /// This also happens when the last handle is dropped, which is any [`Store`] or [`Connection`](crate::Connection), and a
    /// thread that waits has one. But only this says whether it went well.
    ///
    /// # Errors
    ///
    /// [`Error::LogFailed`]: it is not known what of the last commands is on disk. The directory is given up all the same.
    ///
    /// ```
    /// # let directory = std::env::temp_dir().join(format!("redeque-shut-{}", std::process::id()));
    /// # std::fs::remove_dir_all(&directory).ok();
    /// use redeque::{Error, Store};
    ///
    /// let store = Store::open(&directory)?;
    /// store.rpush("jobs", "first")?;
    /// store.shutdown()?;
    /// assert_eq!(store.lpop("jobs"), Err(Error::Closed));
    /// assert_eq!(Store::open(&directory)?.llen("jobs"), 1);
    /// # std::fs::remove_dir_all(&directory)?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn shutdown(&self) -> Result<(), Error> {
        self.keyspace().refuse_inside_closure();
        let log = self.keyspace().log_handle();
        if let Some(log) = log {
            log.take_no_more();
        }
        // This takes every lock, so who was let in before has appended what it did, and may return: the log brings that to disk.
        self.close();
        match log.map(Log::shutdown) {
            None | Some(Ok(()) | Err(LogFailure::SHUT)) => Ok(()),
            Some(Err(failure)) => Err(Error::LogFailed(failure)),
        }
    }
}

/// A barrier as a future: what [`Store::sync_async`] returns.
///
/// It needs no particular runtime: where a task waits, a thread of the log's brings everything to disk and wakes it. Dropping it
/// is safe, and takes nothing back: what was on its way to the disk goes there. It keeps no store alive. One that is still pending
/// when the last handle on the store is dropped is ready once that has brought everything to disk.
#[must_use = "a future does nothing unless it is awaited"]
#[derive(Debug)]
pub struct SyncLog(Option<Promise>);

impl Future for SyncLog {
    type Output = Result<(), Error>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        match &mut self.0 {
            Some(promise) => promise.poll(context.waker()),
            None => Poll::Ready(Err(Error::NoLog)),
        }
    }
}

/// # Stores with a log
impl Builder {
    /// Gives the store a log in this directory, which [`open`](Self::open) makes if it is not there.
    ///
    /// ```
    /// # let directory = std::env::temp_dir().join(format!("redeque-log-{}", std::process::id()));
    /// # std::fs::remove_dir_all(&directory).ok();
    /// use redeque::{Fsync, LogOptions, Store};
    ///
    /// let options = LogOptions::new().fsync(Fsync::Always);
    /// let store = Store::builder().log(&directory, options).open()?;
    /// // It is on disk when this returns.
    /// store.rpush("jobs", "first")?;
    /// # drop(store);
    /// # std::fs::remove_dir_all(&directory)?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn log(self, directory: impl AsRef<Path>, options: LogOptions) -> Self {
        self.with_log(directory.as_ref().to_owned(), options)
    }

    /// The store, with what its log holds; see [`Store::open`].
    ///
    /// Complexity: O(n) for n bytes of the log.
    ///
    /// # Errors
    ///
    /// An [`OpenError`] if [`build`](Self::build) would refuse, if no [`log`](Self::log) was named, if the directory is in
    /// use, or if what is there does not load. It is then as it was.
    ///
    /// ```
    /// let error = redeque::Store::builder().open().unwrap_err();
    /// assert_eq!(error.to_string(), "a store is opened in a directory, and none was named");
    /// ```
    pub fn open(mut self) -> Result<Store, OpenError> {
        let (path, options) = self.take_log().ok_or_else(OpenError::nowhere)?;
        if path.as_os_str().is_empty() {
            return Err(OpenError::nowhere());
        }
        // What the log holds is let in, so the bound holds afterwards.
        let bound = self.bound();
        let store = self.max_memory(0).build().map_err(OpenError::refused)?;
        let at = |trouble: log::Trouble| OpenError::trouble(&path, trouble);
        let io = |error: io::Error| OpenError::io(&path, error);
        // Files are made there later, too, when the process may work in another directory.
        let absolute = std::path::absolute(&path).map_err(io)?;
        make(&absolute).map_err(io)?;
        let claim = claim(&path).map_err(io)?;
        let directory: Box<dyn Directory> = Box::new(Disk::new(&absolute));
        recover(&store, directory, &options, Some(claim), bound).map_err(at)?;
        rewriter::start(store.keyspace()).map_err(io)?;
        Ok(store)
    }
}

/// Makes a directory, and those that it is in, for good.
fn make(path: &Path) -> io::Result<()> {
    if path.is_dir() {
        return Ok(());
    }
    let parent = path.parent();
    parent.map_or(Ok(()), make)?;
    match fs::create_dir(path) {
        // Somebody else may just have made it.
        Err(_) if path.is_dir() => {}
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            // In the system's words: there is something, and it is no directory.
            return fs::read_dir(path).map(drop);
        }
        made => made?,
    }
    parent.map_or(Ok(()), |parent| Disk::new(parent).sync())
}

/// For how long a directory may be in use by somebody who is about to give it up.
const PATIENCE: Duration = Duration::from_millis(200);

/// Locks the directory. The last handle on another store there may have been dropped a moment ago while its log was being
/// rewritten, which then ends first.
fn claim(path: &Path) -> io::Result<Claim> {
    let begun = Instant::now();
    loop {
        match Claim::new(path) {
            Err(error)
                if error.kind() == io::ErrorKind::ResourceBusy && begun.elapsed() < PATIENCE =>
            {
                thread::sleep(Duration::from_millis(5));
            }
            claimed => return claimed,
        }
    }
}

/// Fills the store with what the log holds, and has it go on with that.
fn recover(
    store: &Store,
    directory: Box<dyn Directory>,
    options: &LogOptions,
    claim: Option<Claim>,
    bound: usize,
) -> Result<(), log::Trouble> {
    let begun = Instant::now();
    let keyspace = store.keyspace();
    // What had expired is not removed by the clock but by the log, or by those who come by when it is open.
    keyspace.time().stand_still(true);
    let recovered = log::recover(&*directory, &mut |words| replay(keyspace, words));
    keyspace.time().stand_still(false);
    let mut recovered = recovered?;
    recovered.settle(&*directory)?;
    if !recovered.is_in_doubt {
        // Otherwise it is not certain which manifest is on disk, and what the other one names stays.
        recovered.tidy(&*directory).map_err(log::Trouble::of_the_directory)?;
    }
    let (file, len) = recovered.last(&*directory)?;
    keyspace.set_max_memory(bound);
    let recovery = Recovery::new(&recovered, store.dbsize(), begun.elapsed());
    let recovery = recovery.over_bound(keyspace.over_bound());
    let is_in_doubt = recovered.is_in_doubt;
    let home = Home::new(directory, recovered, recovery);
    keyspace.write_to(Log::open(file, len, options, claim).at(home, options));
    if is_in_doubt {
        // No sync would make sure of what was read: it is written anew, from what is in memory.
        let rewritten = AllLists::at_once(keyspace).rewrite();
        rewritten.map_err(|error| log::Trouble::of_the_directory(io::Error::other(error)))?;
    }
    Ok(())
}
