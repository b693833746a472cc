//! Threads that start together, and the elements that tests tell apart.

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Barrier, mpsc};
use std::thread;
use std::time::{Duration, Instant};

use redeque::Direction::{self, Left, Right};
use redeque::{Error, Store};

/// A race takes a second or two. One that takes this long has threads that wait for each other.
const STUCK: Duration = Duration::from_secs(120);

/// Threads that start together.
pub(crate) struct Race<R> {
    jobs: Vec<Job<R>>,
}

type Run<R> = Box<dyn FnOnce(&mut Runner) -> Option<R> + Send>;

struct Job<R> {
    run: Run<R>,
    works: bool,
}

/// What a thread of a race has for itself: the store, and dice that fall the same in every run.
pub(crate) struct Runner {
    pub(crate) store: Store,
    state: u64,
    workers: Arc<AtomicUsize>,
}

impl<R: Send + 'static> Race<R> {
    pub(crate) fn new() -> Self {
        Self { jobs: Vec::new() }
    }

    /// A thread with a certain amount of work.
    pub(crate) fn work(&mut self, job: impl FnOnce(&mut Runner) -> R + Send + 'static) {
        self.jobs.push(Job { run: Box::new(|runner| Some(job(runner))), works: true });
    }

    /// A thread that is to go on as long as [others work](Runner::others_work).
    pub(crate) fn follow(&mut self, job: impl FnOnce(&mut Runner) -> R + Send + 'static) {
        self.jobs.push(Job { run: Box::new(|runner| Some(job(runner))), works: false });
    }

    /// A thread that holds the locks of these keys, and of others, for longer than a command does. It stops other
    /// threads wherever they take a lock, so a command that took one after the other would be seen half done; and on
    /// any number of cores.
    pub(crate) fn hold_up(&mut self, keys: &'static [&'static str]) {
        let run = |runner: &mut Runner| {
            while runner.others_work() {
                let other = ["u", "v", "w", "x", "y", "z"][runner.roll(6)];
                let key = if runner.roll(4) == 0 { other } else { runner.key(keys) };
                let pauses = runner.roll(4);
                let held = runner.store.transaction([key], |_| {
                    (0..pauses).for_each(|_| thread::yield_now());
                    Ok::<_, Error>(())
                });
                assert_eq!(held, Ok(()));
                thread::yield_now();
            }
            None
        };
        self.jobs.push(Job { run: Box::new(run), works: false });
    }

    /// What each thread returned, in the order in which they finished. A thread that panics fails the test, and so do
    /// threads that do not come to an end.
    #[track_caller]
    pub(crate) fn run(self, store: &Store) -> Vec<R> {
        let count = self.jobs.len();
        let barrier = Arc::new(Barrier::new(count));
        let workers = self.jobs.iter().filter(|job| job.works).count();
        let workers = Arc::new(AtomicUsize::new(workers));
        let (finished, results) = mpsc::channel();
        for (number, Job { run, works }) in (1..).zip(self.jobs) {
            let (barrier, finished) = (barrier.clone(), finished.clone());
            let state = 0x9e37_79b9_7f4a_7c15 ^ number;
            let mut runner = Runner { store: store.clone(), state, workers: workers.clone() };
            thread::spawn(move || {
                barrier.wait();
                let result = catch_unwind(AssertUnwindSafe(|| run(&mut runner)));
                runner.workers.fetch_sub(usize::from(works), Ordering::SeqCst);
                // Nobody listens any more where another thread has failed the test.
                let _ = finished.send(result);
            });
        }
        let deadline = Instant::now() + STUCK;
        let next = |_| {
            let left = deadline.saturating_duration_since(Instant::now());
            let result = results.recv_timeout(left).expect("the threads wait for each other");
            result.unwrap_or_else(|panic| resume_unwind(panic))
        };
        (0..count).filter_map(next).collect()
    }
}

impl Runner {
    pub(crate) fn others_work(&self) -> bool {
        self.workers.load(Ordering::SeqCst) > 0
    }

    pub(crate) fn roll(&mut self, sides: usize) -> usize {
        self.state ^= self.state << 13;
        self.state ^= self.state >> 7;
        self.state ^= self.state << 17;
        usize::try_from(self.state >> 33).unwrap() % sides
    }

    pub(crate) fn key<'k>(&mut self, keys: &[&'k str]) -> &'k str {
        keys[self.roll(keys.len())]
    }

    pub(crate) fn end(&mut self) -> Direction {
        [Left, Right][self.roll(2)]
    }
}

pub(crate) fn store_of(shards: usize) -> Store {
    Store::builder().shards(shards).build().unwrap()
}

pub(crate) fn element(id: u32) -> [u8; 4] {
    id.to_be_bytes()
}

pub(crate) fn id(element: &[u8]) -> u32 {
    u32::from_be_bytes(element.try_into().expect("an element that some thread pushed"))
}

pub(crate) fn ids(elements: impl IntoIterator<Item = Vec<u8>>) -> Vec<u32> {
    elements.into_iter().map(|element| id(&element)).collect()
}

#[track_caller]
pub(crate) fn assert_each_once(mut found: Vec<u32>, count: u32) {
    found.sort_unstable();
    let twice: Vec<u32> =
        found.windows(2).filter(|pair| pair[0] == pair[1]).map(|pair| pair[0]).collect();
    let lost: Vec<u32> = (0..count).filter(|id| found.binary_search(id).is_err()).collect();
    assert!(twice.is_empty() && lost.is_empty(), "lost: {lost:?}, twice: {twice:?}");
    assert_eq!(found.len(), count as usize);
}

/// All that a transaction over these keys sees.
pub(crate) fn seen_in_all(store: &Store, keys: &[&str]) -> Vec<u32> {
    let lists = store.transaction(keys, |tx| {
        keys.iter().map(|key| tx.lrange(key, 0, -1)).collect::<Result<Vec<_>, Error>>()
    });
    lists.unwrap().into_iter().flat_map(ids).collect()
}
