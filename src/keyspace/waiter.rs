//! Somebody who waits for lists: what is wanted, and the one place where it is decided whether it was got.

#[cfg(feature = "durable")]
use std::sync::OnceLock;
use std::sync::atomic::Ordering;
use std::task::Waker;

use smallvec::SmallVec;

use super::change::Intent;
use super::condition::Condition;
use super::key::{Key, KeyVec, OwnedKey};
use super::moved::Placed;
use super::returns::Numbers;
use crate::clock::UnixTime;
use crate::lmovem::Block;
#[cfg(feature = "durable")]
use crate::log::Position;
use crate::sync::{AtomicBool, Mutex, MutexGuard};
use crate::{Direction, Element, Error};

/// What a blocking command wants, and LMPOP, which is one that does not wait. It borrows its keys: where there is something
/// to take, nobody has to keep them.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Request<'k> {
    /// In the order of the arguments, which is the order of preference. A move has one.
    keys: Wanted<'k>,
    take: Take<Key<'k>>,
}

/// The same as it is kept: by somebody who waits, or who has not begun yet.
#[derive(Debug)]
pub(crate) struct OwnedRequest {
    keys: SmallVec<[OwnedKey; 1]>,
    take: Take<OwnedKey>,
    /// What a push brings, until somebody waits with it.
    pub(crate) brought: Option<Element<'static>>,
}

#[derive(Debug, Clone, Copy)]
enum Wanted<'k> {
    Brought(&'k [Key<'k>]),
    Kept(&'k [OwnedKey]),
}

/// What is done with the first of the keys whose list has the length for it.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Take<K> {
    Pop {
        from: Direction,
        count: usize,
    },
    Move {
        destination: K,
        block: Block,
    },
    /// The element is brought apart, since it is handed over.
    Push {
        end: Direction,
        max_len: usize,
    },
}

/// What was got, at the key at a position among the arguments.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Taken {
    pub(crate) position: usize,
    /// What was popped, in that order; what was moved, as it lies in the destination.
    pub(crate) elements: SmallVec<[Vec<u8>; 1]>,
    /// The length of the list after a push.
    pub(crate) len: usize,
    /// With which popped and moved elements find their places, if they come back: in the order of popping.
    pub(super) numbers: Numbers,
    /// When the list was to expire that they were the last elements of.
    pub(super) deadline: Option<UnixTime>,
    /// Where elements were put, in the order of popping, if that was for a waiter.
    pub(super) placed: AllPlaced,
}

/// Where elements were put that may be taken back.
pub(crate) type AllPlaced = SmallVec<[Placed; 1]>;

/// How a wait ends other than by its timeout.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    Served(Taken),
    /// As by its timeout, by CLIENT UNBLOCK.
    TimedOut,
    /// It was refused, or its receipt failed; or by CLIENT UNBLOCK.
    Failed(Error),
}

/// Somebody who waits, as the keys' shards know it.
///
/// It is served, unblocked or given up at most once. Each of these happens under the lock of a shard of one of its
/// keys, so the holder of the lock of its only key can rely on its state; and in one step of `slot`, which decides
/// between the servers of its several keys.
#[derive(Debug)]
#[repr(C)]
pub(crate) struct Waiter {
    pops: bool,
    has_one_key: bool,
    /// Whether it stays until its wait is over.
    stays: bool,
    slot: Mutex<Slot>,
    /// Grows with the time of registration.
    ticket: u64,
    request: OwnedRequest,
    /// The connection that waits, for CLIENT UNBLOCK.
    client: Option<u64>,
    /// Raised when the wait has ended and the locks under which it did are given up: what a thread looks at before it
    /// sleeps. `slot` decides, this only tells. It lies apart from what a server writes before.
    ended: AtomicBool,
    #[cfg(feature = "durable")]
    promised: OnceLock<Position>,
}

/// Who is about to wait.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Party {
    /// The connection on whose behalf, for CLIENT UNBLOCK.
    pub(crate) client: Option<u64>,
    /// Whether it stays until the wait is over, as a thread does that can do nothing else. A future may be dropped, and then
    /// gives back what it was served.
    pub(crate) stays: bool,
}

/// Where a wait has got to.
///
/// `Waiting` → `Ended` by a server or an unblocker → `Over` by the one who waited. Or `Waiting` → `Over` by the one
/// who waited, because of a timeout or because the wait was dropped.
#[derive(Debug)]
pub(crate) enum Slot {
    /// With the element that it brings, if it is to push one.
    Waiting(Waker, Option<Element<'static>>),
    Ended(Outcome),
    Over,
}

impl<'k> Request<'k> {
    /// What BLPOP and BRPOP want, under the name of the one or the other.
    #[inline]
    pub(crate) fn pop(
        command: &'static str,
        keys: &'k [Key<'k>],
        from: Direction,
    ) -> Result<Self, Error> {
        if keys.is_empty() {
            return Err(Error::WrongArity(command));
        }
        Ok(Self { keys: Wanted::Brought(keys), take: Take::Pop { from, count: 1 } })
    }

    /// What LMPOP and BLMPOP want.
    #[inline]
    pub(crate) fn pop_many(
        keys: &'k [Key<'k>],
        from: Direction,
        count: usize,
    ) -> Result<Self, Error> {
        if keys.is_empty() {
            return Err(Error::NumkeysNotPositive);
        }
        if count == 0 {
            return Err(Error::CountNotPositive);
        }
        Ok(Self { keys: Wanted::Brought(keys), take: Take::Pop { from, count } })
    }

    /// What BLMOVE, BRPOPLPUSH and BLMOVEM want.
    #[inline]
    pub(crate) fn moving(source: &'k Key<'k>, destination: Key<'k>, block: Block) -> Self {
        let keys = Wanted::Brought(std::slice::from_ref(source));
        Self { keys, take: Take::Move { destination, block } }
    }

    /// What a push wants that waits for room. Its element is brought apart.
    pub(crate) fn push_bounded(
        key: &'k Key<'k>,
        end: Direction,
        max_len: usize,
    ) -> Result<Self, Error> {
        if max_len == 0 {
            return Err(Error::NeverFits);
        }
        let keys = Wanted::Brought(std::slice::from_ref(key));
        Ok(Self { keys, take: Take::Push { end, max_len } })
    }

    /// The keys it waits for.
    #[inline]
    pub(crate) fn keys(self) -> impl Iterator<Item = Key<'k>> {
        (0..self.len()).map_while(move |position| self.key(position))
    }

    #[inline]
    pub(crate) fn len(self) -> usize {
        match self.keys {
            Wanted::Brought(keys) => keys.len(),
            Wanted::Kept(keys) => keys.len(),
        }
    }

    /// The key at a position among the arguments.
    #[inline]
    pub(crate) fn key(self, position: usize) -> Option<Key<'k>> {
        match self.keys {
            Wanted::Brought(keys) => keys.get(position).copied(),
            Wanted::Kept(keys) => keys.get(position).map(OwnedKey::as_key),
        }
    }

    pub(crate) fn take(self) -> Take<Key<'k>> {
        self.take
    }

    /// Its only key, if one key is all that it touches.
    #[inline]
    pub(super) fn only_key(self) -> Option<Key<'k>> {
        if self.len() == 1 && self.destination().is_none() { self.key(0) } else { None }
    }

    /// The position among the arguments of a key, if it pops from there.
    fn position_to_pop(self, key: Key<'_>) -> Option<usize> {
        match self.take {
            Take::Pop { .. } => self.keys().position(|wanted| wanted == key),
            Take::Move { .. } | Take::Push { .. } => None,
        }
    }

    /// The key that it writes to without waiting for it.
    pub(crate) fn destination(self) -> Option<Key<'k>> {
        match self.take {
            Take::Pop { .. } | Take::Push { .. } => None,
            Take::Move { destination, .. } => Some(destination),
        }
    }

    /// The length that a list has to have for it.
    pub(super) fn condition(self) -> Condition {
        match self.take {
            Take::Pop { .. } => Condition::AtLeast(1),
            Take::Move { block, .. } => Condition::AtLeast(block.least()),
            Take::Push { max_len, .. } => Condition::Below(max_len),
        }
    }

    /// Whether it waits for room.
    pub(super) fn waits_for_room(self) -> bool {
        self.condition().is_for_room()
    }

    /// What it does to its keys when it is served.
    pub(crate) fn intent(self) -> Intent {
        match self.take {
            Take::Pop { count, .. } => Intent::Pop(count),
            Take::Move { block, .. } => Intent::Move(block),
            Take::Push { .. } => Intent::Push(1),
        }
    }

    /// All keys that it may change.
    pub(crate) fn all_keys(self) -> KeyVec<'k> {
        self.keys().chain(self.destination()).collect()
    }

    /// The key that this was taken from.
    #[inline]
    pub(crate) fn key_of(self, taken: &Taken) -> &'k [u8] {
        self.key(taken.position).map_or(&[], |key| key.bytes)
    }
}

impl OwnedRequest {
    #[inline]
    pub(crate) fn new(request: Request<'_>) -> Self {
        let take = match request.take {
            Take::Pop { from, count } => Take::Pop { from, count },
            Take::Move { destination, block } => {
                Take::Move { destination: OwnedKey::new(destination), block }
            }
            Take::Push { end, max_len } => Take::Push { end, max_len },
        };
        let mut keys = SmallVec::with_capacity(request.len());
        request.keys().for_each(|key| keys.push(OwnedKey::new(key)));
        Self { keys, take, brought: None }
    }

    /// The same with what it pushes.
    pub(crate) fn bringing(mut self, element: Option<Element<'_>>) -> Self {
        self.brought = element.map(Element::into_static);
        self
    }

    #[inline]
    pub(crate) fn as_request(&self) -> Request<'_> {
        let take = match &self.take {
            Take::Pop { from, count } => Take::Pop { from: *from, count: *count },
            Take::Move { destination, block } => {
                Take::Move { destination: destination.as_key(), block: *block }
            }
            Take::Push { end, max_len } => Take::Push { end: *end, max_len: *max_len },
        };
        Request { keys: Wanted::Kept(&self.keys), take }
    }
}

impl Taken {
    /// What is returned by the call that took it, and will not come back.
    #[inline]
    pub(super) fn at_once(position: usize, elements: SmallVec<[Vec<u8>; 1]>) -> Self {
        let (numbers, placed) = (Numbers::new(), AllPlaced::new());
        Self { position, elements, len: 0, numbers, deadline: None, placed }
    }

    /// An element was pushed, after which the list has this length.
    pub(super) fn pushed(len: usize) -> Self {
        Self { len, ..Self::at_once(0, SmallVec::new()) }
    }

    /// An element that was pushed to a key at a position among the arguments, and never in a list.
    pub(super) fn handed_over(position: usize, element: Element<'_>, number: u64) -> Self {
        let elements = SmallVec::from_buf([element.into_boxed_slice().into_vec()]);
        let numbers = SmallVec::from_buf([number]);
        Self { numbers, ..Self::at_once(position, elements) }
    }

    /// The element of a pop of one, and of a move.
    #[inline]
    pub(crate) fn into_element(mut self) -> Vec<u8> {
        self.elements.pop().unwrap_or_default()
    }

    pub(crate) fn into_elements(self) -> Vec<Vec<u8>> {
        self.elements.into_vec()
    }
}

impl Outcome {
    /// What the keyspace remembers until this is collected.
    pub(crate) fn placed(&self) -> &[Placed] {
        match self {
            Self::Served(taken) => &taken.placed,
            Self::TimedOut | Self::Failed(_) => &[],
        }
    }

    /// What was got, if the wait was not ended otherwise.
    #[inline]
    pub(crate) fn into_taken(self) -> Result<Taken, Error> {
        match self {
            Self::Served(taken) => Ok(taken),
            Self::TimedOut => Err(Error::Unblocked),
            Self::Failed(error) => Err(error),
        }
    }
}

impl Waiter {
    /// One whom nobody wakes until it [watches](Self::watch).
    pub(super) fn new(ticket: u64, party: Party, mut request: OwnedRequest) -> Self {
        let brought = request.brought.take();
        let view = request.as_request();
        Self {
            pops: matches!(view.take(), Take::Pop { .. }),
            has_one_key: view.len() == 1,
            stays: party.stays,
            slot: Mutex::new(Slot::Waiting(Waker::noop().clone(), brought)),
            ticket,
            request,
            client: party.client,
            ended: AtomicBool::new(false),
            #[cfg(feature = "durable")]
            promised: OnceLock::new(),
        }
    }

    /// Whether it waits for one key. This looks only at what lies beside the slot.
    pub(super) fn has_one_key(&self) -> bool {
        self.has_one_key
    }

    /// Whether it stays until its wait is over: nothing that it was served comes back.
    pub(super) fn stays(&self) -> bool {
        self.stays
    }

    /// The position among the arguments of one of its keys, if it pops from there. Where there is one key, this looks only at
    /// what lies beside the slot.
    pub(super) fn position_to_pop(&self, key: Key<'_>) -> Option<usize> {
        if self.has_one_key { self.pops.then_some(0) } else { self.request().position_to_pop(key) }
    }

    pub(super) fn ticket(&self) -> u64 {
        self.ticket
    }

    pub(crate) fn client(&self) -> Option<u64> {
        self.client
    }

    #[inline]
    pub(crate) fn request(&self) -> Request<'_> {
        self.request.as_request()
    }

    /// Whether the wait has ended, as far as the one who waits has been told. This takes no lock.
    #[inline]
    pub(crate) fn has_ended(&self) -> bool {
        self.ended.load(Ordering::Acquire)
    }

    /// Tells the one who waits, by what [ending](Slot::end) the wait has left to do.
    pub(super) fn tell(&self, waker: Waker) {
        self.ended.store(true, Ordering::Release);
        waker.wake();
    }

    /// Has `waker` woken when the wait ends; false if it has ended.
    pub(crate) fn watch(&self, waker: &Waker) -> bool {
        // Cloned, and the former one dropped, without the lock: they may run code of the caller's.
        let fresh = waker.clone();
        let mut slot = self.slot();
        let Slot::Waiting(current, _) = &mut *slot else { return false };
        let _former = std::mem::replace(current, fresh);
        drop(slot);
        true
    }

    /// What wakes it, if it is a thread that waits for room: a waker of the library's own.
    pub(super) fn sleeping_pusher(&self) -> Option<Waker> {
        if !self.stays || !self.request().waits_for_room() {
            return None;
        }
        match &*self.slot() {
            Slot::Waiting(waker, _) => Some(waker.clone()),
            Slot::Ended(_) | Slot::Over => None,
        }
    }

    /// Gives the wait up, or takes its outcome. What is returned may hold a waker, which runs code of the
    /// caller's when it is dropped; so it outlives the locks.
    pub(crate) fn leave(&self) -> Slot {
        std::mem::replace(&mut *self.slot(), Slot::Over)
    }

    /// The waker of a wait that nobody can end. An outcome that was recorded before stays.
    pub(crate) fn abandon(&self) -> Option<Waker> {
        self.slot().leave_waiting(Slot::Over)
    }

    /// What it was served is kept when the log is up to there. Under the locks under which it was served.
    #[cfg(feature = "durable")]
    pub(super) fn promise(&self, end: Position) {
        // Nobody is served twice.
        let _ = self.promised.set(end);
    }

    /// None as long as the commit is not written down.
    #[cfg(feature = "durable")]
    pub(super) fn promised(&self) -> Option<Position> {
        self.promised.get().copied()
    }

    /// A lock that is held for a moment, and under which no other is taken.
    pub(crate) fn slot(&self) -> MutexGuard<'_, Slot> {
        self.slot.lock()
    }
}

impl Slot {
    pub(crate) fn is_waiting(&self) -> bool {
        matches!(self, Self::Waiting(..))
    }

    #[cfg(feature = "durable")]
    pub(super) fn is_served(&self) -> bool {
        matches!(self, Self::Ended(Outcome::Served(_)))
    }

    /// How the wait ended, if the one who waited does not know that yet.
    pub(crate) fn into_outcome(self) -> Option<Outcome> {
        match self {
            Self::Ended(outcome) => Some(outcome),
            Self::Waiting(..) | Self::Over => None,
        }
    }

    /// Ends the wait, if it is not over, and returns whom to wake.
    pub(crate) fn end(&mut self, outcome: Outcome) -> Option<Waker> {
        self.leave_waiting(Self::Ended(outcome))
    }

    fn leave_waiting(&mut self, next: Self) -> Option<Waker> {
        if !self.is_waiting() {
            return None;
        }
        match std::mem::replace(self, next) {
            Self::Waiting(waker, _) => Some(waker),
            Self::Ended(_) | Self::Over => None,
        }
    }
}
