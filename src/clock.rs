//! The time, where there is one: `wasm32-unknown-unknown` has no clock, and to ask for it panics there. And a clock that
//! tests can turn.

use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// Whether the platform has a clock.
const IS_THERE: bool = !cfg!(all(target_family = "wasm", target_os = "unknown"));

/// A moment that time is counted from.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Moment(Instant);

impl Moment {
    /// None without a clock.
    pub(crate) fn now() -> Option<Self> {
        IS_THERE.then(|| Self(Instant::now()))
    }

    pub(crate) fn elapsed(self) -> Duration {
        self.0.elapsed()
    }
}

/// The time since the beginning of 1970; none without a clock, or with one that is set to before that.
pub(crate) fn since_1970() -> Option<Duration> {
    if IS_THERE { SystemTime::now().duration_since(UNIX_EPOCH).ok() } else { None }
}

/// A time of the calendar, as Redis tells it: in milliseconds since the beginning of 1970, which may be negative.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct UnixTime(pub(crate) i64);

impl UnixTime {
    pub(crate) const MIN: Self = Self(i64::MIN);
    pub(crate) const MAX: Self = Self(i64::MAX);

    /// To the millisecond. None if that is more than 64 bits tell.
    pub(crate) fn of(time: SystemTime) -> Option<Self> {
        let millis = match time.duration_since(UNIX_EPOCH) {
            Ok(since) => i128::try_from(since.as_millis()),
            Err(before) => i128::try_from(before.duration().as_millis()).map(|before| -before),
        };
        i64::try_from(millis.ok()?).ok().map(Self)
    }

    /// What is beyond the platform's calendar is brought half as near until it is not: 290 million years are on most.
    pub(crate) fn to_system(self) -> SystemTime {
        let distance = Duration::from_millis(self.0.unsigned_abs());
        let time = if self.0 < 0 {
            UNIX_EPOCH.checked_sub(distance)
        } else {
            UNIX_EPOCH.checked_add(distance)
        };
        time.unwrap_or_else(|| Self(self.0 / 2).to_system())
    }

    /// How long it is until then: nothing if that is not later.
    pub(crate) fn until(self, then: Self) -> Duration {
        let millis = i128::from(then.0) - i128::from(self.0);
        u64::try_from(millis).map_or(Duration::ZERO, Duration::from_millis)
    }
}

/// In whole milliseconds, at most as many as there can be.
pub(crate) fn millis(time: Duration) -> i64 {
    i64::try_from(time.as_millis()).unwrap_or(i64::MAX)
}

/// By which a store tells whether a key has expired: the system's clock, or one that is [turned by hand](ManualClock). See
/// [`Builder::clock`](crate::Builder::clock).
///
/// ```
/// use redeque::{Clock, ManualClock};
///
/// let by_hand = Clock::from(&ManualClock::new());
/// # let _ = (by_hand, Clock::system());
/// ```
#[derive(Debug, Clone, Default)]
pub struct Clock {
    /// None is the system's.
    by_hand: Option<ManualClock>,
}

impl Clock {
    /// The system's clock, which is that of every store whose maker says nothing.
    ///
    /// ```
    /// let store = redeque::Store::builder().clock(redeque::Clock::system()).build()?;
    /// # Ok::<(), redeque::BuildError>(())
    /// ```
    pub fn system() -> Self {
        Self::default()
    }

    /// Where there is no clock, it is always the beginning of 1970.
    pub(crate) fn now(&self) -> UnixTime {
        match &self.by_hand {
            Some(clock) => clock.read(),
            None => UnixTime(since_1970().map_or(0, millis)),
        }
    }

    /// What it shows, as exactly as it can: none where there is no clock, nothing before 1970.
    pub(crate) fn since_1970(&self) -> Option<Duration> {
        match &self.by_hand {
            Some(clock) => Some(UnixTime(0).until(clock.read())),
            None => since_1970(),
        }
    }

    /// Whether time passes by itself, so that somebody can sleep until a moment comes. In tests that loom checks it passes as they
    /// say while somebody sleeps.
    pub(crate) fn runs(&self) -> bool {
        self.by_hand.is_none() || cfg!(redeque_loom)
    }

    /// Time passes, if it is turned by hand, as it does by itself: nobody is told. Whether it is.
    #[cfg(any(test, feature = "model"))]
    pub(crate) fn elapse(&self, by: Duration) -> bool {
        self.by_hand.as_ref().map(|clock| clock.turn(by)).is_some()
    }

    /// Has somebody told, as long as they are there, when the clock was turned.
    pub(crate) fn tell(&self, turned: Weak<dyn Turned>) {
        if let Some(clock) = &self.by_hand {
            let mut listeners = clock.listeners();
            // Each keeps the memory of its store, though not what is in it.
            if listeners.len() == listeners.capacity() {
                listeners.retain(|listener| listener.strong_count() > 0);
            }
            listeners.push(turned);
        }
    }
}

impl From<ManualClock> for Clock {
    fn from(clock: ManualClock) -> Self {
        Self { by_hand: Some(clock) }
    }
}

impl From<&ManualClock> for Clock {
    fn from(clock: &ManualClock) -> Self {
        clock.clone().into()
    }
}

/// Who is told that a clock was turned.
pub(crate) trait Turned: Send + Sync {
    fn turned(self: Arc<Self>);
}

/// A clock that stands still until it is [turned](Self::advance), for tests of what expires. Clones are the same clock, and
/// several stores may go by it.
///
/// Keys expire by it. How long somebody waits is real time all the same: the timeout of a blocking command, and of a runtime's
/// timer, is measured by the system.
///
/// ```
/// use std::time::Duration;
/// use redeque::{ManualClock, Store};
///
/// let clock = ManualClock::new();
/// let store = Store::builder().clock(&clock).build().unwrap();
/// store.rpush("session", "x")?;
/// store.expire("session", Duration::from_secs(60))?;
/// clock.advance(Duration::from_secs(60));
/// assert!(store.exists("session"), "a key is there up to its deadline");
/// clock.advance(Duration::from_millis(1));
/// assert!(!store.exists("session"));
/// # Ok::<(), redeque::Error>(())
/// ```
#[derive(Clone)]
pub struct ManualClock {
    inner: Arc<Inner>,
}

struct Inner {
    /// In milliseconds since the beginning of 1970.
    now: AtomicI64,
    listeners: Mutex<Vec<Weak<dyn Turned>>>,
}

impl ManualClock {
    /// A clock that shows what the system's does now: where there is none, the beginning of 1970.
    ///
    /// ```
    /// let clock = redeque::ManualClock::new();
    /// let shown = clock.now();
    /// assert_eq!(clock.now(), shown, "it stands still");
    /// ```
    pub fn new() -> Self {
        Self::showing(Clock::system().now())
    }

    /// A clock that shows a time of your choice, to the millisecond.
    ///
    /// ```
    /// use std::time::{Duration, UNIX_EPOCH};
    ///
    /// let turn_of_the_century = UNIX_EPOCH + Duration::from_secs(978_307_200);
    /// let clock = redeque::ManualClock::at(turn_of_the_century);
    /// assert_eq!(clock.now(), turn_of_the_century);
    /// ```
    pub fn at(time: SystemTime) -> Self {
        Self::showing(UnixTime::of(time).unwrap_or(UnixTime::MAX))
    }

    fn showing(time: UnixTime) -> Self {
        let inner = Inner { now: AtomicI64::new(time.0), listeners: Mutex::default() };
        Self { inner: Arc::new(inner) }
    }

    /// What it shows.
    ///
    /// ```
    /// # use std::time::Duration;
    /// # let clock = redeque::ManualClock::new();
    /// let before = clock.now();
    /// clock.advance(Duration::from_secs(1));
    /// assert_eq!(clock.now(), before + Duration::from_secs(1));
    /// ```
    pub fn now(&self) -> SystemTime {
        self.read().to_system()
    }

    fn read(&self) -> UnixTime {
        UnixTime(self.inner.now.load(Ordering::SeqCst))
    }

    /// Turns it forwards, by whole milliseconds: what is left of one is not counted. Before this returns, each store that goes
    /// by it has removed what is due by then, as [`Store::reap`](crate::Store::reap) does, and served those who
    /// waited for room there. Inside the closure of a [transaction](crate::Store::transaction) that is done when it is over.
    ///
    /// It is never turned back, as time never goes back in a store.
    ///
    /// ```
    /// # use std::time::Duration;
    /// let clock = redeque::ManualClock::new();
    /// let store = redeque::Store::builder().clock(&clock).build().unwrap();
    /// store.rpush("k", "x")?;
    /// store.expire("k", Duration::from_secs(1))?;
    /// clock.advance(Duration::from_secs(2));
    /// assert_eq!(store.dbsize(), 0);
    /// # Ok::<(), redeque::Error>(())
    /// ```
    pub fn advance(&self, by: Duration) {
        self.turn(by);
        let listeners: Vec<_> = {
            let mut listeners = self.listeners();
            listeners.retain(|listener| listener.strong_count() > 0);
            listeners.iter().filter_map(Weak::upgrade).collect()
        };
        // Without the lock: what is told may serve somebody whose waker turns the clock. Or panics, which keeps no other store
        // from being told.
        let tell = |listener: Arc<dyn Turned>| catch_unwind(AssertUnwindSafe(|| listener.turned()));
        let panics: Vec<_> = listeners.into_iter().filter_map(|one| tell(one).err()).collect();
        if let Some(panic) = panics.into_iter().next() {
            resume_unwind(panic);
        }
    }

    /// The same without telling anybody, as time passes by itself.
    pub(crate) fn turn(&self, by: Duration) {
        let later = |now: i64| Some(now.saturating_add(millis(by)));
        let _ = self.inner.now.fetch_update(Ordering::SeqCst, Ordering::SeqCst, later);
    }

    fn listeners(&self) -> std::sync::MutexGuard<'_, Vec<Weak<dyn Turned>>> {
        self.inner.listeners.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Default for ManualClock {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for ManualClock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ManualClock").field("now", &self.now()).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::thread;
    use std::time::{Duration, UNIX_EPOCH};

    use super::{ManualClock, Turned, UnixTime};
    use crate::Store;

    #[test]
    fn a_time_is_told_in_as_many_milliseconds_as_fit() {
        for millis in [i64::MIN, -1, 0, 1, i64::MAX] {
            let distance = Duration::from_millis(millis.unsigned_abs());
            let time = if millis < 0 { UNIX_EPOCH - distance } else { UNIX_EPOCH + distance };
            assert_eq!(UnixTime::of(time), Some(UnixTime(millis)));
            assert_eq!(UnixTime(millis).to_system(), time);
            let beyond = Duration::from_millis(1);
            let further = if millis < 0 { time - beyond } else { time + beyond };
            assert_eq!(UnixTime::of(further).is_none(), millis.unsigned_abs() > 1);
        }
    }

    #[test]
    fn a_clock_forgets_stores_that_are_gone() {
        let clock = ManualClock::new();
        for _ in 0..1000 {
            drop(Store::builder().shards(1).clock(&clock).build());
        }
        assert!(clock.listeners().len() < 10);
    }

    struct Panics(AtomicUsize);

    impl Turned for Panics {
        fn turned(self: Arc<Self>) {
            self.0.fetch_add(1, Ordering::SeqCst);
            panic!("told");
        }
    }

    #[test]
    fn one_that_panics_keeps_nobody_from_being_told() {
        let clock = ManualClock::new();
        let panics = [0; 2].map(|told| Arc::new(Panics(AtomicUsize::new(told))));
        for listener in &panics {
            let listener: Arc<dyn Turned> = Arc::<Panics>::clone(listener);
            clock.listeners().push(Arc::downgrade(&listener));
        }
        let turned = clock.clone();
        let outcome = thread::spawn(move || turned.advance(Duration::from_secs(1))).join();
        assert_eq!(outcome.expect_err("it panics").downcast_ref(), Some(&"told"));
        assert_eq!(panics.map(|one| one.0.load(Ordering::SeqCst)), [1, 1]);
    }
}
