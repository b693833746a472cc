//! Who is connected to a store: what each connection tells of itself, and the one word by which others can end it.
//!
//! Nothing here is touched by a command on keys but [`Client::is_ordinary`], one load. What a client lists of the others is
//! what they said when they said it, so nobody keeps it up to date.

use std::collections::BTreeMap;
use std::mem;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU8, AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;

use crate::clock::Moment;
use crate::reply::Protocol;
use crate::sync::Mutex;

/// A connection, as others see it.
#[derive(Debug)]
pub(crate) struct Client {
    pub(crate) id: u64,
    since: Option<Moment>,
    /// Why a command of this connection is not carried out and answered as usual: see the constants below.
    peculiar: AtomicU8,
    /// How many keys it watches.
    watched: AtomicUsize,
    /// One more than the commands that it has queued; 0 outside a transaction.
    queued: AtomicUsize,
    /// Held for a moment, and no other lock is taken under it.
    profile: Mutex<Profile>,
}

/// What a client said of itself.
#[derive(Debug, Clone, Default)]
pub(crate) struct Profile {
    pub(crate) name: Vec<u8>,
    pub(crate) library: Vec<u8>,
    pub(crate) library_version: Vec<u8>,
    pub(crate) protocol: Protocol,
    pub(crate) no_evict: bool,
    pub(crate) no_touch: bool,
    /// Raised when a key that it watches changes.
    changed: Option<Arc<AtomicBool>>,
}

/// All that `CLIENT LIST` tells of a client.
#[derive(Debug)]
pub(crate) struct Portrait {
    pub(crate) id: u64,
    pub(crate) age: Duration,
    pub(crate) watched: usize,
    /// Whether one of the keys that it watches has changed.
    pub(crate) sees_change: bool,
    /// None outside a transaction.
    pub(crate) queued: Option<usize>,
    pub(crate) profile: Profile,
}

/// The connections that are open.
#[derive(Debug)]
pub(crate) struct Clients {
    /// The number of the last one.
    last: AtomicU64,
    /// Held for a moment, also under shards' locks. No other lock is taken under it.
    open: Mutex<BTreeMap<u64, Arc<Client>>>,
}

/// The client said QUIT, or was killed.
const CLOSED: u8 = 1;
/// It wants no reply, to one command or to all.
const MUTED: u8 = 2;

impl Client {
    fn new(id: u64) -> Self {
        Self {
            id,
            since: Moment::now(),
            peculiar: AtomicU8::new(0),
            watched: AtomicUsize::new(0),
            queued: AtomicUsize::new(0),
            profile: Mutex::new(Profile::default()),
        }
    }

    /// Whether its commands are carried out and answered: it is neither closed nor muted.
    #[inline]
    pub(crate) fn is_ordinary(&self) -> bool {
        self.peculiar.load(Ordering::Relaxed) == 0
    }

    pub(crate) fn is_closed(&self) -> bool {
        self.peculiar.load(Ordering::Relaxed) & CLOSED != 0
    }

    /// For good.
    pub(crate) fn close(&self) {
        self.peculiar.fetch_or(CLOSED, Ordering::Relaxed);
    }

    pub(crate) fn mute(&self, muted: bool) {
        if muted {
            self.peculiar.fetch_or(MUTED, Ordering::Relaxed);
        } else {
            self.peculiar.fetch_and(!MUTED, Ordering::Relaxed);
        }
    }

    /// Notes that it watches this many keys, and what is raised when one of them changes.
    pub(crate) fn watches(&self, keys: usize, changed: Arc<AtomicBool>) {
        self.watched.store(keys, Ordering::Relaxed);
        self.profile(|profile| profile.changed = Some(changed));
    }

    /// Notes that it watches nothing any more.
    pub(crate) fn watches_nothing(&self) {
        if self.watched.swap(0, Ordering::Relaxed) > 0 {
            self.profile(|profile| profile.changed = None);
        }
    }

    /// Notes how many commands are queued in a transaction; none if there is no transaction.
    pub(crate) fn queues(&self, commands: Option<usize>) {
        self.queued.store(commands.map_or(0, |commands| commands + 1), Ordering::Relaxed);
    }

    pub(crate) fn profile<R>(&self, use_it: impl FnOnce(&mut Profile) -> R) -> R {
        use_it(&mut self.profile.lock())
    }

    pub(crate) fn age(&self) -> Duration {
        self.since.map_or(Duration::ZERO, Moment::elapsed)
    }

    pub(crate) fn portrait(&self) -> Portrait {
        let profile = self.profile(|profile| profile.clone());
        let is_raised = |changed: &Arc<AtomicBool>| changed.load(Ordering::Relaxed);
        Portrait {
            id: self.id,
            age: self.age(),
            watched: self.watched.load(Ordering::Relaxed),
            sees_change: profile.changed.as_ref().is_some_and(is_raised),
            queued: self.queued.load(Ordering::Relaxed).checked_sub(1),
            profile,
        }
    }
}

impl Profile {
    /// As that of a new client, but for what the client's library said of itself.
    pub(crate) fn reset(&mut self) {
        let library = mem::take(&mut self.library);
        let library_version = mem::take(&mut self.library_version);
        *self = Self { library, library_version, ..Self::default() };
    }
}

impl Clients {
    pub(crate) fn new() -> Self {
        Self { last: AtomicU64::new(0), open: Mutex::new(BTreeMap::new()) }
    }

    /// A new one. Their numbers count from 1.
    pub(crate) fn admit(&self) -> Arc<Client> {
        let client = Arc::new(Client::new(self.last.fetch_add(1, Ordering::Relaxed) + 1));
        self.open.lock().insert(client.id, Arc::clone(&client));
        client
    }

    /// It is gone, or as good as gone.
    pub(crate) fn dismiss(&self, id: u64) {
        let gone = self.open.lock().remove(&id);
        drop(gone);
    }

    /// All of them, the oldest first.
    pub(crate) fn all(&self) -> Vec<Arc<Client>> {
        self.open.lock().values().map(Arc::clone).collect()
    }

    pub(crate) fn get(&self, id: u64) -> Option<Arc<Client>> {
        self.open.lock().get(&id).map(Arc::clone)
    }

    pub(crate) fn count(&self) -> usize {
        self.open.lock().len()
    }

    /// How many there have ever been.
    pub(crate) fn received(&self) -> u64 {
        self.last.load(Ordering::Relaxed)
    }
}
