//! Which commands change a key in the eyes of WATCH.

use super::{Changed, Guard, Key, Keyspace, Reach, Request, Side};
use crate::Clock;
use crate::Direction::{self, Left, Right};
use crate::lmovem::Block;
use crate::{MoveCount, MoveOrder};

/// Runs a command where the list `k` has the elements a, b, a, the list `other` has x, and `missing` is no key. Asserts
/// which of the three it touched, whether they share a shard or not.
#[track_caller]
fn touches(touched: &[&str], command: impl Fn(&mut Guard<'_>, [Key<'_>; 3])) {
    const NAMES: [&str; 3] = ["k", "other", "missing"];
    for keyspace in [1, 64].map(|count| Keyspace::new(count, Clock::system())) {
        let mut view = keyspace.batch(Reach::All);
        let keys = NAMES.map(|name| view.key(name.as_bytes()));
        let [k, other, _] = keys;
        view.shard_mut(k).push(k, Right, ["a", "b", "a"].map(Into::into));
        view.shard_mut(other).push(other, Right, ["x".into()]);
        let watchers = keys.map(|key| {
            let watcher = Changed::default();
            view.shard_mut(key).watch(key, &watcher);
            watcher
        });
        command(&mut view, keys);
        let raised = NAMES.iter().zip(&watchers).filter(|(_, watcher)| watcher.is_raised());
        assert_eq!(raised.map(|(name, _)| *name).collect::<Vec<_>>(), touched);
    }
}

#[test]
fn whatever_changes_a_list_touches_its_key() {
    touches(&["k"], |view, [k, ..]| _ = view.shard_mut(k).push(k, Left, ["c".into()]));
    touches(&["k"], |view, [k, ..]| _ = view.shard_mut(k).push_existing(k, Left, ["c".into()]));
    touches(&["k"], |view, [k, ..]| _ = view.shard_mut(k).pop(k, Left));
    touches(&["k"], |view, [k, ..]| _ = view.shard_mut(k).pop_count(k, Left, 9));
    touches(&["k"], |view, [k, ..]| _ = view.take(lmpop(&[k], Right), &mut None));
    touches(&["k"], |view, [k, ..]| _ = view.shard_mut(k).insert(k, Side::After, b"b", "c".into()));
    touches(&["k"], |view, [k, ..]| _ = view.shard_mut(k).remove(k, 1, b"a"));
    touches(&["k"], |view, [k, ..]| view.shard_mut(k).trim(k, 1, 0));
    touches(&["k"], |view, [k, ..]| _ = view.del(&[k]));
    touches(&["missing"], |view, [.., m]| _ = view.shard_mut(m).push(m, Left, ["c".into()]));
}

#[test]
fn some_commands_touch_a_key_although_they_leave_it_as_it_was() {
    touches(&["k"], |view, [k, ..]| _ = view.shard_mut(k).set(k, 0, "a".into()));
    touches(&["k"], |view, [k, ..]| view.shard_mut(k).trim(k, 0, -1));
    touches(&["other"], |view, [_, o, _]| _ = view.lmove(o, o, Left, Right));
    touches(&["other"], |view, [_, o, _]| _ = view.move_block(o, o, block(1)));
}

#[test]
fn a_command_that_finds_nothing_to_do_touches_nothing() {
    touches(&[], |view, [k, ..]| _ = view.shard_mut(k).pop_count(k, Left, 0));
    touches(&[], |view, [k, ..]| _ = view.shard_mut(k).set(k, 3, "a".into()));
    touches(&[], |view, [k, ..]| _ = view.shard_mut(k).remove(k, 0, b"z"));
    touches(&[], |view, [k, ..]| _ = view.shard_mut(k).remove(k, i64::MIN, b"a"));
    touches(&[], |view, [k, ..]| _ = view.shard_mut(k).insert(k, Side::After, b"z", "c".into()));
    touches(&[], |view, [.., m]| _ = view.shard_mut(m).push_existing(m, Left, ["c".into()]));
    touches(&[], |view, [.., m]| _ = view.shard_mut(m).pop(m, Left));
    touches(&[], |view, [.., m]| _ = view.shard_mut(m).set(m, 0, "a".into()));
    touches(&[], |view, [.., m]| view.shard_mut(m).trim(m, 1, 0));
    touches(&[], |view, [.., m]| _ = view.del(&[m]));
    touches(&[], |view, [k, _, m]| _ = view.lmove(m, k, Left, Left));
    touches(&[], |view, [k, _, m]| _ = view.move_block(m, k, block(1)));
    touches(&[], |view, [k, o, _]| _ = view.move_block(k, o, block(99)));
    touches(&[], |view, [.., m]| _ = view.take(lmpop(&[m], Left), &mut None));
    touches(&[], |view, [k, o, m]| _ = view.exists(&[k, o, m]));
}

#[test]
fn a_command_on_two_keys_touches_those_that_it_changes() {
    touches(&["k", "other"], |view, [k, o, _]| _ = view.lmove(k, o, Left, Right));
    touches(&["k", "missing"], |view, [k, _, m]| _ = view.lmove(k, m, Left, Right));
    touches(&["k", "other"], |view, [k, o, _]| _ = view.move_block(k, o, block(2)));
    touches(&["other"], |view, [k, o, m]| _ = view.take(lmpop(&[m, o, k], Left), &mut None));
    touches(&["k", "other"], |view, [k, o, _]| _ = view.del(&[k, o, k]));
    touches(&["k", "other"], |view, [k, o, _]| _ = view.rename(k, o));
    touches(&["k", "missing"], |view, [k, _, m]| _ = view.rename(k, m));
    touches(&["k", "missing"], |view, [k, _, m]| _ = view.renamenx(k, m));
    touches(&["missing"], |view, [k, _, m]| _ = view.copy(k, m, false));
    touches(&["other"], |view, [k, o, _]| _ = view.copy(k, o, true));
}

#[test]
fn a_rename_or_copy_that_does_not_happen_touches_nothing() {
    touches(&[], |view, [k, ..]| _ = view.rename(k, k));
    touches(&[], |view, [k, _, m]| _ = view.rename(m, k));
    touches(&[], |view, [k, o, _]| _ = view.renamenx(k, o));
    touches(&[], |view, [k, o, _]| _ = view.copy(k, o, false));
    touches(&[], |view, [k, _, m]| _ = view.copy(m, k, true));
    touches(&[], |view, [k, ..]| _ = view.copy(k, k, true));
}

#[test]
fn flushall_touches_the_keys_that_there_were() {
    touches(&["k", "other"], |view, _| view.flushall());
}

#[test]
fn a_key_that_is_no_longer_watched_is_not_touched() {
    let keyspace = Keyspace::new(1, Clock::system());
    let mut view = keyspace.batch(Reach::All);
    let key = view.key(b"k");
    let [gone, stays] = [Changed::default(), Changed::default()];
    for watcher in [&gone, &gone, &stays] {
        view.shard_mut(key).watch(key, watcher);
    }
    view.shard_mut(key).unwatch(key, &gone);
    view.shard_mut(key).push(key, Left, ["a".into()]);
    assert_eq!([gone, stays].map(|watcher| watcher.is_raised()), [false, true]);
}

fn block(count: usize) -> Block {
    Block::new(Left, Right, MoveCount::Exactly(count), MoveOrder::Bulk).unwrap()
}

fn lmpop<'k, const N: usize>(keys: &'k [Key<'k>; N], from: Direction) -> Request<'k> {
    Request::pop_many(keys, from, 1).expect("there are keys, and one element is asked for")
}
