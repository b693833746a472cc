//! Which locks serving will need, found before anything is changed.
//!
//! A waiter for a move writes to another key. So a command on keys that somebody waits for finds out beforehand which keys
//! will be written to when it is done, and locks their shards as well: nothing was changed by then, so it can give up its
//! locks and take more of them, in order. It finds that by serving as [`Serving`] does, on the lengths of lists alone.
//! Who is served first leaves less to those behind, so it has to be certain that it is: somebody who waits for several keys
//! could be served by way of another one meanwhile, unless its shard is locked as well.
//! A command that cannot say what it will do to them locks for all who might be served.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use smallvec::SmallVec;

use super::access::Reach;
use super::change::Intent;
use super::condition::Condition;
use super::guard::Guard;
use super::key::{Key, KeyVec, OwnedKey};
use super::serve::Serving;
use super::shard::Shard;
use super::waiter::{Request, Take, Waiter};
use crate::lmovem::Block;

/// How often a guard takes more locks because what it locked led it to further ones. A longer chain of moves than that
/// has every shard locked: one by one, each with all locks before it given up and taken again, would be quadratic.
const WIDENINGS: usize = 8;

impl Guard<'_> {
    /// The same with the locks that serving will need, if this is done to these keys. Those of them that have expired, and a
    /// few others, are gone then.
    #[inline]
    pub(super) fn widened_for(self, keys: &[Key<'_>], intent: Intent) -> Self {
        if self.finds_expired() || self.serves_elsewhere() {
            return self.widened_step_by_step(keys, intent);
        }
        self
    }

    #[cold]
    #[inline(never)]
    fn widened_step_by_step(mut self, keys: &[Key<'_>], intent: Intent) -> Self {
        for _ in 0..WIDENINGS {
            let due = if intent == Intent::Look { Vec::new() } else { self.due(keys) };
            let beyond = self.written_beyond(keys, intent, &due);
            if beyond.is_empty() {
                self.expire_all(due.iter().map(OwnedKey::as_key));
                return self;
            }
            self = self.widen(beyond.iter().map(OwnedKey::as_key));
        }
        let keyspace = self.keyspace();
        drop(self);
        let mut all = keyspace.lock(Reach::All, intent);
        let due = all.due(keys);
        all.expire_all(due.iter().map(OwnedKey::as_key));
        all
    }

    /// What of these keys has expired, and a few others that have.
    fn due(&self, keys: &[Key<'_>]) -> Vec<OwnedKey> {
        if !self.finds_expired() {
            return Vec::new();
        }
        let named = keys.iter().filter(|&&key| self.shard(key).is_kept_expired(key));
        let others = self.shards().flat_map(Shard::due);
        named.map(|&key| OwnedKey::new(key)).chain(others).collect()
    }

    /// Whether somebody waits here who might want to write to a shard that is not locked.
    fn serves_elsewhere(&self) -> bool {
        let has_all = self.shards().count() == self.keyspace().count();
        !has_all && self.shards().any(Shard::is_waited_for)
    }

    /// The keys that serving will write to and whose shards are not locked, if these are `due` to go before.
    fn written_beyond(&self, keys: &[Key<'_>], intent: Intent, due: &[OwnedKey]) -> Vec<OwnedKey> {
        if intent == Intent::Look || !self.serves_elsewhere() {
            return Vec::new();
        }
        let changed: KeyVec<'_> =
            keys.iter().copied().chain(due.iter().map(OwnedKey::as_key)).collect();
        if !changed.iter().any(|&key| self.moves_on(key)) {
            return Vec::new();
        }
        let is_unknown = match intent {
            Intent::Cut | Intent::Expire => {
                changed.iter().any(|&key| self.shard(key).queues().pushers(key) > 0)
            }
            Intent::Store | Intent::Several => true,
            _ => false,
        };
        if is_unknown {
            self.reachable_beyond(&changed)
        } else {
            Ahead::of(self, keys, intent, due)
        }
    }

    /// Whether somebody waits to move elements on from a key.
    fn moves_on(&self, key: Key<'_>) -> bool {
        self.shard(key).queues().moves_on(key)
    }

    /// The keys that any of those who wait could write to when it is served, one for each further shard.
    fn reachable_beyond(&self, keys: &[Key<'_>]) -> Vec<OwnedKey> {
        let mut beyond = BTreeMap::new();
        let mut reached: BTreeSet<Key<'_>> = keys.iter().copied().collect();
        let mut next: Vec<Key<'_>> = keys.to_vec();
        while let Some(key) = next.pop() {
            for destination in self.shard(key).queues().destinations(key) {
                if !self.holds(destination) {
                    let shard = self.keyspace().shard_of(destination.hash);
                    beyond.entry(shard).or_insert_with(|| OwnedKey::new(destination));
                    if self.shards().count() + beyond.len() == self.keyspace().count() {
                        return beyond.into_values().collect();
                    }
                } else if reached.insert(destination) {
                    next.push(destination);
                }
            }
        }
        beyond.into_values().collect()
    }
}

/// Serving on lengths alone.
struct Ahead<'g, 's> {
    guard: &'g Guard<'s>,
    lists: BTreeMap<Key<'g>, Foreseen>,
    ready: SmallVec<[Key<'g>; 1]>,
    /// Who wait for several keys and were served by way of one.
    served: BTreeSet<u64>,
    /// What was written to without its lock, and where else somebody may be served meanwhile who was served here.
    beyond: BTreeSet<Key<'g>>,
}

/// What will have become of a list, and of those who wait for it.
#[derive(Default)]
struct Foreseen {
    len: usize,
    /// How many wait for room, and were not served.
    pushers: usize,
    is_ready: bool,
    /// Of those with each condition, the first ticket that was not looked at.
    since: BTreeMap<Condition, u64>,
}

impl<'g, 's> Ahead<'g, 's> {
    fn of(
        guard: &'g Guard<'s>,
        keys: &[Key<'g>],
        intent: Intent,
        due: &'g [OwnedKey],
    ) -> Vec<OwnedKey> {
        let mut ahead = Self {
            guard,
            lists: BTreeMap::new(),
            ready: SmallVec::new(),
            served: BTreeSet::new(),
            beyond: BTreeSet::new(),
        };
        // No command finds what has expired: it has no elements any more, but room.
        for key in due {
            ahead.shrink(key.as_key(), 0);
        }
        ahead.begin(keys, intent);
        ahead.serve_all();
        ahead.beyond.into_iter().map(OwnedKey::new).collect()
    }

    /// What the command does.
    fn begin(&mut self, keys: &[Key<'g>], intent: Intent) {
        match (intent, keys) {
            (Intent::Push(count), &[key, ..]) => self.grow(key, count),
            (Intent::Pop(count), keys) => {
                if let Some(&key) = keys.iter().find(|&&key| self.len(key) > 0) {
                    self.shrink(key, count);
                }
            }
            (Intent::Delete, keys) => keys.iter().for_each(|&key| self.shrink(key, usize::MAX)),
            (Intent::Move(block), &[source, destination, ..]) => {
                self.move_block(source, destination, block);
            }
            (Intent::Rename | Intent::Copy, &[source, destination, ..]) => {
                let len = self.len(source);
                if intent == Intent::Rename {
                    self.shrink(source, usize::MAX);
                }
                self.shrink(destination, usize::MAX);
                self.grow(destination, len);
            }
            // No length changes, or nobody can say how: then all who might be served have been asked for instead.
            _ => {}
        }
    }

    fn list(&mut self, key: Key<'g>) -> &mut Foreseen {
        let guard = self.guard;
        let begun = || {
            let shard = guard.shard(key);
            let pushers = shard.queues().pushers(key);
            Foreseen { len: shard.len(key), pushers, ..Foreseen::default() }
        };
        self.lists.entry(key).or_insert_with(begun)
    }

    fn len(&self, key: Key<'g>) -> usize {
        self.lists.get(&key).map_or_else(|| self.guard.shard(key).len(key), |list| list.len)
    }

    fn grow(&mut self, key: Key<'g>, count: usize) {
        if !self.guard.holds(key) {
            self.beyond.insert(key);
            return;
        }
        self.list(key).len += count;
        self.becomes_ready(key);
    }

    fn shrink(&mut self, key: Key<'g>, count: usize) {
        let list = self.list(key);
        list.len = list.len.saturating_sub(count);
        if list.pushers > 0 {
            self.becomes_ready(key);
        }
    }

    /// One element that goes round in its own list leaves its length alone.
    fn move_block(&mut self, source: Key<'g>, destination: Key<'g>, block: Block) {
        let Some(count) = block.out_of(self.len(source)) else { return };
        if source != destination || count > 1 {
            self.shrink(source, count);
            self.grow(destination, count);
        }
    }

    /// Who waits for several keys can be served by a command on any of them. Only with the locks of all is it certain that
    /// this one is served here, and that those behind get what is left.
    fn needs_all_keys_of(&mut self, request: Request<'g>) {
        let guard = self.guard;
        self.beyond.extend(request.keys().filter(|key| !guard.holds(*key)));
    }

    fn becomes_ready(&mut self, key: Key<'g>) {
        if !std::mem::replace(&mut self.list(key).is_ready, true) {
            self.ready.push(key);
        }
    }
}

impl<'g> Serving for Ahead<'g, '_> {
    type Key = Key<'g>;
    type Waiter = &'g Arc<Waiter>;

    fn take_ready(&mut self) -> Option<SmallVec<[Key<'g>; 1]>> {
        (!self.ready.is_empty()).then(|| std::mem::take(&mut self.ready))
    }

    fn looks_at(&mut self, key: &Key<'g>) {
        self.list(*key).is_ready = false;
    }

    fn next(&self, key: &Key<'g>) -> Option<&'g Arc<Waiter>> {
        let list = self.lists.get(key)?;
        let since = |condition| list.since.get(&condition).copied().unwrap_or(0);
        self.guard.shard(*key).queues().next_since(*key, list.len, since)
    }

    fn serve(&mut self, &key: &Key<'g>, waiter: &&'g Arc<Waiter>) {
        let (request, ticket) = (waiter.request(), waiter.ticket());
        self.list(key).since.insert(request.condition(), ticket + 1);
        let is_over = !waiter.slot().is_waiting();
        if is_over || request.len() > 1 && !self.served.insert(ticket) {
            return;
        }
        match request.take() {
            Take::Pop { count, .. } => {
                self.needs_all_keys_of(request);
                let has_list = |key: &Key<'g>| self.guard.holds(*key) && self.len(*key) > 0;
                if let Some(key) = request.keys().find(has_list) {
                    self.shrink(key, count);
                }
            }
            Take::Move { destination, block } => {
                self.move_block(key, destination, block);
            }
            Take::Push { .. } => {
                self.grow(key, 1);
                self.list(key).pushers -= 1;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::pin::{Pin, pin};
    use std::task::{Context, Poll, Waker};
    use std::time::Duration;

    use super::{Intent, Key};
    use crate::keyspace::{Keyspace, Reach};
    use crate::{Direction, Element, ManualClock, MoveCount, MoveOrder, Store, Wait};

    fn poll<T>(wait: &mut Wait<T>) -> Poll<T> {
        Pin::new(wait).poll(&mut Context::from_waker(Waker::noop()))
    }

    /// One key for each of the first shards.
    fn keys<const N: usize>(keyspace: &Keyspace) -> [String; N] {
        std::array::from_fn(|shard| {
            let mut names = (0_u32..).map(|number| number.to_string());
            let is_there = |name: &String| keyspace.shard_of(key(keyspace, name).hash) == shard;
            names.find(is_there).expect("some number is in each shard")
        })
    }

    fn key<'k>(keyspace: &Keyspace, name: &'k str) -> Key<'k> {
        keyspace.key(name.as_bytes())
    }

    /// Who is served in vain here would leave what it takes to somebody else, who writes to another key.
    #[test]
    fn a_key_that_expires_during_a_command_is_there_until_it_is_over() {
        let clock = ManualClock::new();
        let store = Store::builder().shards(6).clock(&clock).build().expect("six shards");
        let keyspace = store.keyspace();
        let [pushed, fleeting, middle, four, two, _] = keys(keyspace);
        let (left, right) = (Direction::Left, Direction::Right);
        store.rpush(&fleeting, "x").expect("an element");
        store.expire(&fleeting, Duration::from_secs(1)).expect("a deadline");
        let several = |from: &str, to: &str, count| {
            let count = MoveCount::Exactly(count);
            let mut wait = store.blmovem_async(from, to, left, right, count, MoveOrder::Bulk);
            assert!(poll(&mut wait).is_pending());
            wait
        };
        let waiting = [
            several(&pushed, &fleeting, 1),
            several(&pushed, &middle, 2),
            several(&fleeting, &middle, 2),
            several(&middle, &four, 4),
            several(&middle, &two, 2),
        ];
        let key = key(keyspace, &pushed);
        let guard = keyspace.lock(Reach::Keys(&[key]), Intent::Push(3));
        let reaping_is_put_off = guard.run_closure();
        clock.advance(Duration::from_secs(2));
        drop(reaping_is_put_off);
        let elements = ["a", "b", "c"].map(Element::from);
        let pushed =
            guard.run(Intent::Push(3), |guard| guard.changing(key).push(key, right, elements));
        assert_eq!(pushed, Ok(3));
        assert_eq!(store.lrange(&four, 0, -1), [b"b", b"c", b"x", b"a"]);
        drop(waiting);
    }

    #[test]
    fn nobody_else_serves_who_is_counted_on_to_take_something() {
        let store = Store::builder().shards(4).build().expect("four shards");
        let keyspace = store.keyspace();
        let [first, second, destination, other] = keys(keyspace);
        let mut context = Context::from_waker(Waker::noop());
        let mut popping = pin!(store.blpop_async([&first, &second]));
        assert!(popping.as_mut().poll(&mut context).is_pending());
        let (left, right) = (Direction::Left, Direction::Right);
        let mut moving = pin!(store.blmove_async(&first, &destination, left, right));
        assert!(moving.as_mut().poll(&mut context).is_pending());

        let pushed = [key(keyspace, &first)];
        let guard = keyspace.lock(Reach::Keys(&pushed), Intent::Push(1));
        assert!(guard.holds(key(keyspace, &second)));
        assert!(!guard.holds(key(keyspace, &destination)), "one element is popped there");
        assert!(!guard.holds(key(keyspace, &other)));
    }
}
