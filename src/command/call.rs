//! A command on its way: its words, and how it reaches the keyspace.
//!
//! A command by itself prepares its elements, takes the locks that it needs, and makes its reply without them. One of a
//! transaction finds all of them taken: it was [bound](Bound) before, so nothing is hashed or copied under them that could
//! have been before. What it does in between is written once.

use smallvec::SmallVec;

use super::keys;
use super::{Answer, CommandSpec};
use crate::clock::UnixTime;
use crate::expiry::When;
use crate::keyspace::{
    Access, Guard, Intent, Key, KeyVec, Keyspace, LogCopies, Outcome, Reach, Shard, Single,
};
use crate::list::{List, lent, prepared};
use crate::names::Names;
use crate::several::Prepared;
use crate::{Element, Error, ExpireOptions, Reply, ScanOptions};

/// What is left to do for a reply when the locks are given up.
pub(crate) type Unlocked = Box<dyn FnOnce() -> Reply>;

/// The words of a command, and the keyspace as it reaches it.
pub(crate) struct Call<'c, 's> {
    /// The words, the name included, up to the first element.
    pub(super) args: &'c [&'c [u8]],
    elements: Stored<'c>,
    pub(super) keyspace: Way<'c, 's>,
}

/// The words that are to be stored.
enum Stored<'c> {
    Borrowed(&'c [&'c [u8]]),
    Kept(&'c mut [Vec<u8>]),
}

impl Default for Stored<'_> {
    fn default() -> Self {
        Self::Borrowed(&[])
    }
}

/// How a command reaches the keyspace.
pub(crate) enum Way<'c, 's> {
    /// By itself.
    Alone(&'c Keyspace),
    /// Among others, under locks that are held.
    Among {
        guard: &'c mut Guard<'s>,
        /// The hashes of the words that are keys.
        hashes: &'c [(usize, u64)],
        /// What it leaves to be done without the locks.
        left: &'c mut Option<Unlocked>,
    },
}

/// A command that will be run among others, and what can be done for that beforehand.
#[derive(Debug)]
pub(crate) struct Bound {
    pub(crate) spec: &'static CommandSpec,
    words: Vec<Vec<u8>>,
    elements: Vec<Vec<u8>>,
    /// Which words are keys, in ascending order, and their hashes.
    hashes: SmallVec<[(usize, u64); 2]>,
}

impl Bound {
    pub(crate) fn new(keyspace: &Keyspace, spec: &'static CommandSpec, words: &[&[u8]]) -> Self {
        let (args, elements) = spec.split(words);
        let copied = |words: &[&[u8]]| words.iter().map(|word| word.to_vec()).collect();
        let keys = keys::find(spec.keys, args);
        let hashes = keys.iter().map(|&place| (place, keyspace.key(args[place]).hash)).collect();
        Self { spec, words: copied(args), elements: copied(elements), hashes }
    }

    /// The keys that it may touch; none if these may be any.
    pub(crate) fn keys(&self) -> Option<impl Iterator<Item = Key<'_>>> {
        let keys = self.hashes.iter().map(|&(place, hash)| Key { hash, bytes: &self.words[place] });
        (!self.spec.reaches_all()).then_some(keys)
    }

    /// Its words up to the first element.
    pub(crate) fn args(&self) -> SmallVec<[&[u8]; 8]> {
        self.words.iter().map(Vec::as_slice).collect()
    }

    /// Calls it. A long element is moved out of here, a short one is copied, and freed with this.
    pub(crate) fn call<R>(
        &mut self,
        guard: &mut Guard<'_>,
        left: &mut Option<Unlocked>,
        run: impl FnOnce(&mut Call<'_, '_>) -> R,
    ) -> R {
        let args: SmallVec<[&[u8]; 8]> = self.words.iter().map(Vec::as_slice).collect();
        let elements = Stored::Kept(&mut self.elements);
        let keyspace = Way::Among { guard, hashes: &self.hashes, left };
        run(&mut Call { args: &args, elements, keyspace })
    }
}

impl<'c> Call<'c, '_> {
    /// A command by itself.
    #[inline]
    pub(crate) fn alone(keyspace: &'c Keyspace, spec: &CommandSpec, words: &'c [&'c [u8]]) -> Self {
        let (args, elements) = spec.split(words);
        Self { args, elements: Stored::Borrowed(elements), keyspace: Way::Alone(keyspace) }
    }

    /// The key at a position among the words.
    #[inline]
    pub(super) fn key(&self, place: usize) -> Key<'c> {
        let bytes = self.args[place];
        match &self.keyspace {
            Way::Alone(keyspace) => keyspace.key(bytes),
            Way::Among { guard, hashes, .. } => {
                match hashes.binary_search_by_key(&place, |(place, _)| *place) {
                    Ok(found) => Key { hash: hashes[found].1, bytes },
                    Err(_) => guard.key(bytes),
                }
            }
        }
    }

    /// The keys from a position on.
    pub(super) fn keys(&self, places: std::ops::Range<usize>) -> KeyVec<'c> {
        places.map(|place| self.key(place)).collect()
    }

    /// The elements to store, prepared. They are there once.
    pub(super) fn elements(&mut self) -> Prepared<'c> {
        match std::mem::take(&mut self.elements) {
            Stored::Borrowed(words) => words.iter().map(|word| prepared((*word).into())).collect(),
            Stored::Kept(buffers) => buffers.iter_mut().map(lent).collect(),
        }
    }

    /// The same where there is one.
    pub(super) fn element(&mut self) -> Option<Element<'c>> {
        match std::mem::take(&mut self.elements) {
            Stored::Borrowed([word]) => Some(prepared((*word).into())),
            Stored::Kept([buffer]) => Some(lent(buffer)),
            several => {
                self.elements = several;
                None
            }
        }
    }

    /// A reply that is made without the locks: at once, or when they are given up.
    pub(super) fn unlocked(&mut self, reply: impl FnOnce() -> Reply + 'static) -> Answer {
        match &mut self.keyspace {
            Way::Alone(_) => Ok(reply()),
            Way::Among { left, .. } => {
                **left = Some(Box::new(reply));
                Ok(Reply::Nil)
            }
        }
    }
}

/// Runs the same on what either way leads to.
macro_rules! either {
    ($way:expr, $access:ident => $run:expr) => {
        match $way {
            Way::Alone($access) => $run,
            Way::Among { guard: $access, .. } => $run,
        }
    };
}

impl Way<'_, '_> {
    /// Whether it is by itself.
    pub(super) fn is_alone(&self) -> bool {
        matches!(self, Self::Alone(_))
    }

    pub(super) fn keyspace(&self) -> &Keyspace {
        match self {
            Way::Alone(keyspace) => keyspace,
            Way::Among { guard, .. } => guard.keyspace(),
        }
    }
}

impl Single for Way<'_, '_> {
    fn copies_for_log(&self, elements: &[Element<'_>]) -> LogCopies {
        either!(self, access => access.copies_for_log(elements))
    }

    #[inline]
    fn read<R>(&self, key: Key<'_>, look: impl FnOnce(&Shard, Key<'_>) -> R) -> R {
        either!(self, access => access.read(key, look))
    }

    #[inline]
    fn write<R>(
        &mut self,
        key: Key<'_>,
        intent: Intent,
        command: impl FnOnce(&mut Shard, Key<'_>) -> R,
    ) -> Result<R, Error> {
        either!(self, access => access.write(key, intent, command))
    }

    fn now(&self) -> UnixTime {
        match self {
            Way::Alone(keyspace) => Single::now(keyspace),
            Way::Among { guard, .. } => Single::now(&**guard),
        }
    }

    fn expire(&mut self, key: Key<'_>, when: When, options: ExpireOptions) -> Result<bool, Error> {
        either!(self, access => access.expire(key, when, options))
    }

    fn remove_by<R>(
        &mut self,
        key: Key<'_>,
        intent: Intent,
        command: impl FnOnce(&mut Shard, Key<'_>, &mut Option<List>) -> R,
    ) -> Result<R, Error> {
        either!(self, access => access.remove_by(key, intent, command))
    }
}

impl Access for Way<'_, '_> {
    fn look<R>(&self, reach: Reach<'_>, look: impl FnOnce(&Guard<'_>) -> R) -> R {
        either!(self, access => access.look(reach, look))
    }

    fn change<R>(
        &mut self,
        reach: Reach<'_>,
        intent: Intent,
        command: impl FnOnce(&mut Guard<'_>) -> R,
    ) -> Result<R, Error> {
        either!(self, access => access.change(reach, intent, command))
    }

    fn scan(&self, cursor: u64, options: &ScanOptions) -> (u64, Names) {
        either!(self, access => access.scan(cursor, options))
    }

    fn randomkey(&self) -> Option<Vec<u8>> {
        either!(self, access => access.randomkey())
    }

    fn unblock(&mut self, client: u64, outcome: Outcome) -> bool {
        either!(self, access => access.unblock(client, outcome))
    }
}
