//! Commands that wait, as steps of a program.
//!
//! One that is served takes effect when it takes what it returns, and one whose timeout runs out when it found that
//! there was nothing. A future that is dropped may have been served unseen: then it took effect at that moment, and
//! gave back what it had got at another, which is not before the drop.

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, Wake, Waker};
use std::thread;
use std::time::Duration;

use redeque::model::{ByteString, Model, Operation, Outcome};
use redeque::{Direction, Error, Store, Wait};

/// A command that waits for what another one, which does not wait, would take.
#[derive(Clone)]
pub(crate) struct Waiting {
    /// LMPOP, LMOVE, LMOVEM or a bounded push.
    pub(crate) takes: Operation,
    pub(crate) patience: Patience,
}

#[derive(Debug, Clone, Copy)]
pub(crate) enum Patience {
    /// A thread that blocks, with a timeout.
    Thread(Duration),
    /// A task that is polled when it is woken, and dropped if it was not after others had that many turns.
    Task(usize),
    /// A task that is dropped after others had that many turns, and not polled again by then.
    Blind(usize),
}

/// How a step ended.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) reply: Vec<Outcome>,
    /// Whether the reply came after a wait, as far as that is known.
    pub(crate) waited: bool,
    pub(crate) dropped: Option<Dropped>,
}

/// A future that was dropped.
#[derive(Debug)]
pub(crate) struct Dropped {
    /// When the drop began.
    pub(crate) at: usize,
    /// Whether it was woken by then, so there was something to give back.
    pub(crate) served: bool,
}

impl From<Vec<Outcome>> for Answer {
    fn from(reply: Vec<Outcome>) -> Self {
        Self { reply, waited: false, dropped: None }
    }
}

impl Waiting {
    /// Waits on a store. `now` tells the time of the history.
    pub(crate) fn on_store(&self, store: &Store, now: &dyn Fn() -> usize) -> Answer {
        match (&self.takes, self.patience) {
            (takes, Patience::Thread(timeout)) => vec![block(takes, store, timeout)].into(),
            (Operation::Lmpop { keys, from, count }, patience) => {
                drive(store.blmpop_async(keys, *from, *count), patience, now)
            }
            (Operation::Lmove { source, destination, from, to }, patience) => {
                drive(store.blmove_async(source, destination, *from, *to), patience, now)
            }
            (Operation::RpushBounded { key, max_len, element }, patience) => {
                drive(store.brpush_bounded_async(key, *max_len, element), patience, now)
            }
            (Operation::LpushBounded { key, max_len, element }, patience) => {
                drive(store.blpush_bounded_async(key, *max_len, element), patience, now)
            }
            (other, _) => panic!("nothing waits for {other:?}"),
        }
    }
}

/// Waits in this thread.
fn block(takes: &Operation, store: &Store, timeout: Duration) -> Outcome {
    let timeout = Some(timeout);
    let one = |popped: Result<Option<(Vec<u8>, Vec<u8>)>, Error>| {
        popped.map(|popped| popped.map(|(key, element)| (key, vec![element]))).into()
    };
    match takes {
        Operation::Lmpop { keys, from: Direction::Left, count: 1 } => {
            one(store.blpop(keys, timeout))
        }
        Operation::Lmpop { keys, from: Direction::Right, count: 1 } => {
            one(store.brpop(keys, timeout))
        }
        Operation::Lmpop { keys, from, count } => store.blmpop(keys, *from, *count, timeout).into(),
        Operation::Lmove { source, destination, from, to } => {
            store.blmove(source, destination, *from, *to, timeout).into()
        }
        Operation::Lmovem { source, destination, from, to, count, order } => {
            store.blmovem(source, destination, *from, *to, *count, *order, timeout).into()
        }
        Operation::RpushBounded { key, max_len, element } => {
            store.brpush_bounded(key, *max_len, element, timeout).into()
        }
        Operation::LpushBounded { key, max_len, element } => {
            store.blpush_bounded(key, *max_len, element, timeout).into()
        }
        other => panic!("nothing waits for {other:?}"),
    }
}

#[derive(Default)]
struct Flag(AtomicBool);

impl Wake for Flag {
    fn wake(self: Arc<Self>) {
        self.0.store(true, Ordering::SeqCst);
    }
}

/// Polls a future in this thread, and drops it when the patience is over.
fn drive<T>(mut wait: Wait<Result<T, Error>>, patience: Patience, now: &dyn Fn() -> usize) -> Answer
where
    Outcome: From<Result<T, Error>>,
{
    let woken = Arc::<Flag>::default();
    let waker = Waker::from(Arc::clone(&woken));
    let mut poll = || Pin::new(&mut wait).poll(&mut Context::from_waker(&waker));
    if let Poll::Ready(reply) = poll() {
        return vec![Outcome::from(reply)].into();
    }
    let (turns, looks) = match patience {
        Patience::Task(turns) => (turns, true),
        Patience::Blind(turns) => (turns, false),
        Patience::Thread(_) => panic!("a thread is not polled"),
    };
    for _ in 0..turns {
        thread::yield_now();
        if looks && woken.0.load(Ordering::SeqCst) {
            let Poll::Ready(reply) = poll() else { panic!("it was woken for nothing") };
            let reply = vec![Outcome::from(reply)];
            return Answer { reply, waited: true, dropped: None };
        }
    }
    let dropped = Dropped { at: now(), served: woken.0.load(Ordering::SeqCst) };
    drop(wait);
    Answer { reply: Vec::new(), waited: false, dropped: Some(dropped) }
}

/// Where a dropped future gave back what it had got.
#[derive(Debug, Clone)]
pub(crate) struct Return {
    /// For each element how many that others gave back stand outside it, at the same end.
    pub(crate) places: Vec<usize>,
    /// Which of the elements in its destination a move takes back, or a push in its list.
    own: Own,
}

#[derive(Debug, Clone, Copy, Default)]
enum Own {
    /// The first that equals it, from the end that it was moved to; or from the other one.
    #[default]
    Near,
    Far,
    /// None: somebody took it, or changed the list inside.
    Gone,
}

impl Return {
    /// All ways to give back what was got, after others gave back this many elements.
    pub(crate) fn all(takes: &Operation, got: &Outcome, others: usize) -> Vec<Self> {
        let way = |own, places| Self { places, own };
        match (takes, got) {
            (Operation::Lmove { .. }, Outcome::Bytes(_)) => {
                let at = |own| (0..=others).map(move |place| way(own, vec![place]));
                at(Own::Near).chain([way(Own::Gone, vec![0])]).chain(at(Own::Far)).collect()
            }
            (Operation::RpushBounded { .. } | Operation::LpushBounded { .. }, _) => {
                [Own::Near, Own::Gone, Own::Far].map(|own| way(own, Vec::new())).into()
            }
            (_, Outcome::Popped(_, elements)) => {
                let places = rising(elements.len(), others);
                places.into_iter().map(|places| way(Own::Near, places)).collect()
            }
            _ => vec![way(Own::Near, Vec::new())],
        }
    }
}

/// All sequences of this many numbers of at most `last`, none less than the one before it.
fn rising(len: usize, last: usize) -> Vec<Vec<usize>> {
    if len == 0 {
        return vec![Vec::new()];
    }
    let longer = |numbers: Vec<usize>| {
        let from = numbers.last().copied().unwrap_or(0);
        (from..=last).map(move |number| [&numbers[..], &[number]].concat())
    };
    rising(len - 1, last).into_iter().flat_map(longer).collect()
}

/// What the model does when a dropped future gives back what it had got.
pub(crate) fn give_back(model: &mut Model, takes: &Operation, got: Outcome, way: &Return) {
    match (takes, got) {
        (Operation::Lmpop { from, .. }, Outcome::Popped(key, elements)) => {
            insert(model, &key, *from, &way.places, &elements);
        }
        (Operation::Lmove { source, destination, from, to }, Outcome::Bytes(element)) => {
            let came_back = take_back(model, destination, *to, &element, way.own);
            insert(model, source, *from, &way.places, came_back.then_some(element).as_slice());
        }
        (Operation::RpushBounded { key, element, .. }, Outcome::Integer(_)) => {
            take_back(model, key, Direction::Right, element, way.own);
        }
        (Operation::LpushBounded { key, element, .. }, Outcome::Integer(_)) => {
            take_back(model, key, Direction::Left, element, way.own);
        }
        _ => {}
    }
}

/// Removes an element that was put at an end of a list: whether it was there.
fn take_back(
    model: &mut Model,
    key: &ByteString,
    end: Direction,
    element: &ByteString,
    own: Own,
) -> bool {
    let count = match (own, end) {
        (Own::Near, Direction::Left) | (Own::Far, Direction::Right) => 1,
        (Own::Near, Direction::Right) | (Own::Far, Direction::Left) => -1,
        (Own::Gone, _) => return false,
    };
    model.lrem(key, count, element) == Ok(1)
}

/// Puts elements, the first of them outermost, each behind this many others at an end.
fn insert(
    model: &mut Model,
    key: &ByteString,
    end: Direction,
    places: &[usize],
    elements: &[ByteString],
) {
    let outer = places.last().copied().unwrap_or(0);
    let outer = match end {
        Direction::Left => model.lpop_count(key, outer),
        Direction::Right => model.rpop_count(key, outer),
    };
    let mut outermost = outer.unwrap_or_default();
    // From within, so that the places of those that are still to come hold.
    for (place, element) in places.iter().zip(elements).rev() {
        outermost.insert((*place).min(outermost.len()), element.to_vec());
    }
    for element in outermost.iter().rev() {
        match end {
            Direction::Left => model.lpush(key, element),
            Direction::Right => model.rpush(key, element),
        };
    }
}

impl fmt::Debug for Waiting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "wait for {:?}, {:?}", self.takes, self.patience)
    }
}
