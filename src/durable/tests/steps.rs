//! The steps of a program: commands, transactions, and waits that are served, given up or regretted.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};
use std::thread;
use std::time::Duration;

use super::Contents;
use super::commands::transact;
use super::run::{Driver, InFlight, Job, Pair, Pending, Plan, Sleeper, is_refused, text};
use super::waits::{Waiter, Want};
use crate::log::simulated::Simulated;
use crate::{Connection, Direction, Fsync, Reply, Store};

fn words(line: &str) -> Vec<Vec<u8>> {
    line.split(' ').map(|word| word.as_bytes().to_vec()).collect()
}

fn say(connection: &mut Connection, line: &str) -> Reply {
    connection.execute_now(&words(line))
}

/// One command, or several as a transaction.
fn say_all(store: &Store, lines: &[String]) -> Reply {
    let mut connection = store.connect();
    if let [line] = lines {
        return say(&mut connection, line);
    }
    say(&mut connection, "MULTI");
    for line in lines {
        say(&mut connection, line);
    }
    say(&mut connection, "EXEC")
}

/// The same for a task.
fn say_later(store: &Store, lines: &[String]) -> Job {
    let mut connection = store.connect();
    let mut all: Vec<_> = lines.iter().map(|line| words(line)).collect();
    if all.len() > 1 {
        all.insert(0, words("MULTI"));
        all.push(words("EXEC"));
    }
    Box::pin(async move {
        let mut reply = Reply::Nil;
        for words in all {
            reply = connection.execute_async(words).await;
        }
        reply
    })
}

pub(super) fn look<T>(future: impl Future<Output = T> + Unpin) -> Poll<T> {
    let mut future = future;
    Pin::new(&mut future).poll(&mut Context::from_waker(Waker::noop()))
}

impl Driver {
    pub(super) fn step(&mut self) {
        let hangs = self.hangs_since.is_some();
        if self.is_lenient() && !hangs && self.commands.once_in(8) {
            self.rewrite();
        }
        match self.commands.draw.below(100) {
            0..34 => {
                let line = self.commands.line(&self.plain);
                self.say(vec![line]);
            }
            34..37 => self.turn_clock(),
            37..42 => {
                let lines = self.commands.lines(&self.plain);
                self.say(lines);
            }
            42..48 if !hangs => self.transact(),
            48..62 => self.wait(),
            62..66 if !hangs => self.sleep(),
            66..74 if !self.pairs.is_empty() => self.poll(),
            74..80 if !self.pairs.is_empty() => self.drop_one(),
            80..82 if !self.pairs.is_empty() => self.time_out(),
            82..85 if !hangs && self.pairs.iter().all(|pair| pair.served.is_none()) => {
                self.change_mind();
            }
            85..89 if !hangs => self.hang(),
            89..92 => self.go_on(),
            92..94 => self.sync(),
            94..96 if !hangs => self.be_handed_over(),
            96..98 if !hangs => self.rewrite(),
            98..100 => self.rewrite_beside(),
            _ => {}
        }
        self.check();
    }

    pub(super) fn say(&mut self, lines: Vec<String>) {
        self.tell(&lines.join("; "));
        let begun = self.run.disk.steps();
        let hangs = self.hangs_since.is_some();
        let mut job = None;
        let reply = if hangs || self.commands.once_in(3) {
            let mut later = say_later(&self.store, &lines);
            match look(&mut later) {
                Poll::Ready(reply) => Some(reply),
                Poll::Pending if hangs => {
                    job = Some(later);
                    None
                }
                Poll::Pending => Some(self.end_of(later)),
            }
        } else {
            Some(say_all(&self.store, &lines))
        };
        let refused: Vec<bool> = match &reply {
            Some(Reply::Array(replies)) if lines.len() > 1 => {
                replies.iter().map(|reply| is_refused(&text(reply))).collect()
            }
            Some(reply) => vec![is_refused(&text(reply)); lines.len()],
            None => vec![false; lines.len()],
        };
        let (lines, is_whole) = self.carried_out(lines, &refused);
        if lines.is_empty() {
            return;
        }
        let expected = text(say_all(&self.plain, &lines));
        let has_changed = self.note(begun);
        let state = self.last();
        match (reply, job) {
            (Some(reply), _) if is_whole => {
                self.must_not_be_early(state, has_changed);
                // What changed nothing is promised nothing.
                let state = if has_changed { state } else { 0 };
                self.acknowledge(&text(reply), &expected, state);
            }
            (None, Some(job)) => {
                self.in_flight.push(InFlight { pending: Pending::Command(job), expected, state });
            }
            _ => {}
        }
    }

    /// Time passes. Somebody may wait for room at a key that expires, and the one who removes that serves them: so it is removed at once
    /// where somebody waits, and otherwise by the commands that come by.
    fn turn_clock(&mut self) {
        let by = Duration::from_millis(1 + self.commands.draw.below(100) as u64);
        self.tell(&format!("{by:?} pass"));
        let begun = self.run.disk.steps();
        let before = self.plain.keys("*").len();
        if self.pairs.is_empty() && self.sleepers.is_empty() {
            self.clock.turn(by);
        } else {
            self.clock.advance(by);
        }
        self.run.counts.expired += before.saturating_sub(self.plain.keys("*").len());
        self.note(begun);
    }

    fn transact(&mut self) {
        let acts = self.commands.acts(&self.plain);
        self.tell(&format!("transaction: {}", acts.join("; ")));
        let begun = self.run.disk.steps();
        let ours = transact(&self.store, &acts);
        let refused: Vec<bool> = match &ours {
            Ok(replies) => replies.iter().map(|reply| is_refused(reply)).collect(),
            Err(_) => vec![false; acts.len()],
        };
        let (acts, is_whole) = self.carried_out(acts, &refused);
        let expected = transact(&self.plain, &acts);
        let has_changed = self.note(begun);
        let state = if has_changed { self.last() } else { 0 };
        if is_whole {
            self.acknowledge(&text(ours), &text(expected), state);
        }
    }

    fn wait(&mut self) {
        let want = self.commands.want();
        self.wait_for(&want);
    }

    /// A future begins to wait.
    fn wait_for(&mut self, want: &Want) {
        self.tell(&format!("wait: {want:?}"));
        let begun = self.run.disk.steps();
        let (mut ours, reply) = Waiter::begin(&self.store, want);
        if let Poll::Ready(reply) = &reply
            && is_refused(reply)
        {
            self.run.counts.refused += 1;
            if !self.is_lenient() {
                self.panic("it was refused and nothing has failed");
            }
            return;
        }
        let (plain, expected) = Waiter::begin(&self.plain, want);
        self.note(begun);
        let state = self.last();
        match (reply, expected) {
            (Poll::Pending, Poll::Pending) => {
                self.pairs.push(Pair { ours, plain, served: None });
            }
            (Poll::Pending, Poll::Ready(expected)) if self.hangs_since.is_some() => {
                self.in_flight.push(InFlight { pending: Pending::Wait(ours), expected, state });
            }
            (Poll::Pending, Poll::Ready(expected)) => {
                let reply = self.end_of(ours.reply());
                self.acknowledge(&reply, &expected, state);
            }
            (Poll::Ready(reply), Poll::Ready(expected)) => {
                self.must_not_be_early(state, true);
                self.acknowledge(&reply, &expected, state);
            }
            (Poll::Ready(reply), Poll::Pending) => self.panic(&format!("{reply}: it did not wait")),
        }
    }

    /// A thread begins to wait.
    fn sleep(&mut self) {
        let want = self.commands.want();
        self.tell(&format!("sleep: {want:?}"));
        let begun = self.run.disk.steps();
        let asleep = self.store.blocked_clients();
        let (store, disk, wanted) = (self.store.clone(), self.run.disk.clone(), want.clone());
        let thread = thread::spawn(move || {
            let reply = wanted.block(&store);
            (reply, disk.steps())
        });
        while !thread.is_finished() && self.store.blocked_clients() <= asleep {
            thread::yield_now();
        }
        if self.store.blocked_clients() <= asleep {
            let (reply, _) = thread.join().expect("it does not panic");
            if is_refused(&reply) {
                if !self.is_lenient() {
                    self.panic("it was refused and nothing has failed");
                }
                return;
            }
            let (_, expected) = Waiter::begin(&self.plain, &want);
            self.note(begun);
            let Poll::Ready(expected) = expected else {
                self.panic(&format!("{reply}: it did not wait"))
            };
            self.acknowledge(&reply, &expected, self.last());
            return;
        }
        let (waiter, reply) = Waiter::begin(&self.plain, &want);
        if let Poll::Ready(expected) = reply {
            self.panic(&format!("it waits in spite of {expected}"));
        }
        self.sleepers.push(Sleeper { thread, plain: Some(waiter), served: None });
    }

    fn take_pair(&mut self) -> Pair {
        let at = self.commands.draw.below(self.pairs.len());
        self.pairs.remove(at)
    }

    fn poll(&mut self) {
        let pair = self.take_pair();
        self.tell(&format!("poll one, served {:?}", pair.served));
        self.collect(pair);
    }

    fn collect(&mut self, mut pair: Pair) {
        let Some(served) = pair.served else {
            if let (Poll::Ready(reply), _) | (_, Poll::Ready(reply)) =
                (pair.ours.poll(), pair.plain.poll())
            {
                self.panic(&format!("{reply}, and nobody served it"));
            }
            return self.pairs.push(pair);
        };
        let Poll::Ready(expected) = pair.plain.poll() else {
            self.panic("it is served and pending")
        };
        let reply = if self.hangs_since.is_some() {
            pair.ours.poll()
        } else {
            Poll::Ready(self.end_of(pair.ours.reply()))
        };
        let Poll::Ready(reply) = reply else {
            // What served it may have been on its way to the disk when that began to hang: nobody waits for what is given back.
            if self.is_on_disk(served) {
                self.panic("it waits for a disk that has all that it waits for");
            }
            let pending = Pending::Wait(pair.ours);
            return self.in_flight.push(InFlight { pending, expected, state: served });
        };
        self.must_not_be_early(served, true);
        self.acknowledge(&reply, &expected, served);
    }

    pub(super) fn drop_one(&mut self) {
        let pair = self.take_pair();
        self.drop_pair(pair);
    }

    /// A future is dropped. If it was served, it may know by then, and still not be sure of it.
    fn drop_pair(&mut self, mut pair: Pair) {
        let begun = self.run.disk.steps();
        self.tell(&format!("drop one, served {:?}", pair.served));
        if let (Some(served), Some(since)) = (pair.served, self.hangs_since)
            && served > since
            && self.commands.once_in(2)
            && self.plan.fsync == Fsync::Always
            && !self.is_lenient()
        {
            for _ in 0..2 {
                if let Poll::Ready(reply) = pair.ours.poll() {
                    self.panic(&format!("{reply} while the disk hung"));
                }
            }
        }
        self.run.counts.given_back += usize::from(pair.served.is_some());
        drop(pair);
        self.note(begun);
    }

    pub(super) fn time_out(&mut self) {
        let mut pair = self.take_pair();
        self.tell(&format!("time out, served {:?}", pair.served));
        let is_over = pair.served.is_none();
        if (pair.ours.time_out(), pair.plain.time_out()) != (is_over, is_over) {
            self.panic("its time is over, and it does not know how it ended");
        }
        if !is_over {
            self.collect(pair);
        }
    }

    /// A future finds something, and is dropped before that is on disk: it goes back to where it was.
    fn change_mind(&mut self) {
        if self.plan.fsync != Fsync::Always || self.is_lenient() || self.plan.fault.is_some() {
            return;
        }
        let key = self.commands.key();
        if !self.plain.exists(&key) {
            return;
        }
        self.tell(&format!("pop from {key} and change one's mind"));
        self.traffic.hang();
        let begun = self.run.disk.steps();
        let want = Want::Pop { keys: vec![key.clone()], end: Direction::Left };
        let (ours, reply) = Waiter::begin(&self.store, &want);
        if let Poll::Ready(reply) = reply {
            self.panic(&format!("{reply} while the disk hung"));
        }
        drop(ours);
        let deadline = self.plain.expiretime(&key).deadline();
        let popped = self.plain.lpop(&key).expect("a store without a log").expect("it exists");
        self.note(begun);
        self.plain.lpush(&key, popped).expect("a store without a log");
        if let Some(deadline) = deadline {
            self.plain.expireat(&key, deadline).expect("a store without a log");
        }
        self.note(begun);
        self.traffic.go_on();
    }
}

/// The thread that brings to disk what is given back may be slow, and the disk hang before it has begun.
#[test]
fn who_is_served_by_what_is_given_back_waits_for_a_disk_that_has_hung_since() {
    let plan = Plan { seed: 1, fsync: Fsync::Always, steps: 0, fault: None };
    let mut driver = Driver::begin(Simulated::default(), &Contents::new(), plan);
    let want = Want::Pop { keys: vec!["a".to_owned()], end: Direction::Left };
    (0..2).for_each(|_| driver.wait_for(&want));
    driver.say(vec!["RPUSH a element".to_owned()]);
    driver.traffic.hang();
    let first = driver.pairs.remove(0);
    driver.drop_pair(first);
    driver.hang();
    driver.poll();
    assert_eq!((driver.pairs.len(), driver.in_flight.len()), (0, 1));
    driver.go_on();
    assert_eq!(driver.in_flight.len(), 0);
    let run = driver.finish();
    assert_eq!((run.counts.served, run.counts.given_back), (2, 1));
}

/// Who waits for what is on disk already does not wait for what is on its way there.
#[test]
fn who_was_served_by_what_is_on_disk_does_not_wait_for_a_disk_that_hangs() {
    let plan = Plan { seed: 1, fsync: Fsync::Always, steps: 0, fault: None };
    let mut driver = Driver::begin(Simulated::default(), &Contents::new(), plan);
    driver.wait_for(&Want::Pop { keys: vec!["a".to_owned()], end: Direction::Left });
    driver.say(vec!["RPUSH a element behind".to_owned()]);
    driver.hang();
    driver.say(vec!["RPUSH a another".to_owned()]);
    assert_eq!((driver.pairs.len(), driver.in_flight.len()), (1, 1));
    driver.poll();
    assert_eq!((driver.pairs.len(), driver.in_flight.len()), (0, 1));
    driver.finish();
}
