//! The commands of Redis's generic group that a store of lists needs.

use super::Store;
use crate::keyspace::{Access, Reach, Single};
use crate::{Error, Keys, ScanOptions};

/// # Keys
impl Store {
    /// Removes a key with its list, and says whether there was one. The memory is freed after unlocking.
    ///
    /// Complexity: O(n) to free n elements. Redis: [`DEL`](https://redis.io/commands/del/).
    ///
    /// ```
    /// # let store = redeque::Store::new();
    /// store.rpush("k", "a")?;
    /// assert!(store.del("k")?);
    /// assert!(!store.del("k")?);
    /// # Ok::<(), redeque::Error>(())
    /// ```
    pub fn del(&self, key: impl AsRef<[u8]>) -> Result<bool, Error> {
        self.keyspace.alone().del_one(self.keyspace.key(key.as_ref()))
    }

    /// Removes keys with their lists, all at once, and returns how many there were. A key named twice counts once.
    ///
    /// Complexity: O(k + n) for k keys, and to free n elements. Redis: [`DEL`](https://redis.io/commands/del/).
    ///
    /// # Errors
    ///
    /// [`Error::WrongArity`] if there are no keys.
    ///
    /// ```
    /// # let store = redeque::Store::new();
    /// store.rpush("a", "1")?;
    /// assert_eq!(store.del_all(["a", "a", "missing"])?, 1);
    /// # Ok::<(), redeque::Error>(())
    /// ```
    pub fn del_all(&self, keys: impl Keys) -> Result<usize, Error> {
        self.remove_all("del", keys)
    }

    /// Removes a key with its list, and says whether there was one: the same as [`del`](Self::del), which also frees
    /// memory only after unlocking.
    ///
    /// Complexity: O(n) to free n elements. Redis: [`UNLINK`](https://redis.io/commands/unlink/).
    ///
    /// ```
    /// # let store = redeque::Store::new();
    /// assert!(!store.unlink("missing")?);
    /// # Ok::<(), redeque::Error>(())
    /// ```
    pub fn unlink(&self, key: impl AsRef<[u8]>) -> Result<bool, Error> {
        self.del(key)
    }

    /// Removes keys with their lists, all at once, and returns how many there were: the same as
    /// [`del_all`](Self::del_all).
    ///
    /// Complexity: O(k + n) for k keys, and to free n elements. Redis:
    /// [`UNLINK`](https://redis.io/commands/unlink/).
    ///
    /// # Errors
    ///
    /// [`Error::WrongArity`] if there are no keys.
    ///
    /// ```
    /// # let store = redeque::Store::new();
    /// store.rpush("a", "1")?;
    /// assert_eq!(store.unlink_all(["a", "b"])?, 1);
    /// # Ok::<(), redeque::Error>(())
    /// ```
    pub fn unlink_all(&self, keys: impl Keys) -> Result<usize, Error> {
        self.remove_all("unlink", keys)
    }

    /// Whether there is a list at this key.
    ///
    /// Complexity: O(1). Redis: [`EXISTS`](https://redis.io/commands/exists/).
    ///
    /// ```
    /// # let store = redeque::Store::new();
    /// store.rpush("k", "a")?;
    /// assert!(store.exists("k"));
    /// store.lpop("k")?;
    /// assert!(!store.exists("k")); // no key holds an empty list
    /// # Ok::<(), redeque::Error>(())
    /// ```
    pub fn exists(&self, key: impl AsRef<[u8]>) -> bool {
        self.read(key.as_ref(), |s, key| s.exists(key))
    }

    /// How many of the arguments name a key that exists. A key named twice counts twice; no keys are 0.
    ///
    /// Complexity: O(k) for k keys. Redis: [`EXISTS`](https://redis.io/commands/exists/).
    ///
    /// ```
    /// # let store = redeque::Store::new();
    /// store.rpush("k", "a")?;
    /// assert_eq!(store.exists_all(["k", "k", "missing"]), 2);
    /// # Ok::<(), redeque::Error>(())
    /// ```
    pub fn exists_all(&self, keys: impl Keys) -> usize {
        let names: Vec<_> = keys.into_iter().collect();
        self.keyspace.alone().exists(&self.keys_of(&names))
    }

    /// Whether there is a list at this key: the same as [`exists`](Self::exists), since no key here is ever evicted
    /// for not having been used.
    ///
    /// Complexity: O(1). Redis: [`TOUCH`](https://redis.io/commands/touch/).
    ///
    /// ```
    /// # let store = redeque::Store::new();
    /// assert!(!store.touch("missing"));
    /// ```
    pub fn touch(&self, key: impl AsRef<[u8]>) -> bool {
        self.exists(key)
    }

    /// How many of the arguments name a key that exists: the same as [`exists_all`](Self::exists_all).
    ///
    /// Complexity: O(k) for k keys. Redis: [`TOUCH`](https://redis.io/commands/touch/).
    ///
    /// ```
    /// # let store = redeque::Store::new();
    /// store.rpush("k", "a")?;
    /// assert_eq!(store.touch_all(["k", "missing"]), 1);
    /// # Ok::<(), redeque::Error>(())
    /// ```
    pub fn touch_all(&self, keys: impl Keys) -> usize {
        self.exists_all(keys)
    }

    /// `list` if there is a list at this key, `none` if not.
    ///
    /// Complexity: O(1). Redis: [`TYPE`](https://redis.io/commands/type/).
    ///
    /// ```
    /// # let store = redeque::Store::new();
    /// store.rpush("k", "a")?;
    /// assert_eq!(store.key_type("k"), "list");
    /// assert_eq!(store.key_type("missing"), "none");
    /// # Ok::<(), redeque::Error>(())
    /// ```
    pub fn key_type(&self, key: impl AsRef<[u8]>) -> &'static str {
        self.read(key.as_ref(), |s, key| s.type_name(key))
    }

    /// Gives a list another key. A list that was there is removed; a list that is given its own name stays.
    ///
    /// Complexity: O(1), and O(n) to free the n elements that were there. Redis:
    /// [`RENAME`](https://redis.io/commands/rename/).
    ///
    /// # Errors
    ///
    /// [`Error::NoSuchKey`] if there is no list at `key`.
    ///
    /// ```
    /// # let store = redeque::Store::new();
    /// store.rpush("old", "a")?;
    /// store.rename("old", "new")?;
    /// assert_eq!(store.lrange("new", 0, -1), [b"a"]);
    /// assert_eq!(store.rename("old", "new"), Err(redeque::Error::NoSuchKey));
    /// # Ok::<(), redeque::Error>(())
    /// ```
    pub fn rename(&self, key: impl AsRef<[u8]>, newkey: impl AsRef<[u8]>) -> Result<(), Error> {
        let [key, newkey] = [key.as_ref(), newkey.as_ref()].map(|key| self.keyspace.key(key));
        self.keyspace.alone().rename(key, newkey)
    }

    /// Gives a list another key if that is free, and says whether it was.
    ///
    /// Complexity: O(1). Redis: [`RENAMENX`](https://redis.io/commands/renamenx/).
    ///
    /// # Errors
    ///
    /// [`Error::NoSuchKey`] if there is no list at `key`.
    ///
    /// ```
    /// # let store = redeque::Store::new();
    /// store.rpush("a", "1")?;
    /// store.rpush("b", "2")?;
    /// assert!(!store.renamenx("a", "b")?);
    /// assert!(store.renamenx("a", "c")?);
    /// # Ok::<(), redeque::Error>(())
    /// ```
    pub fn renamenx(&self, key: impl AsRef<[u8]>, newkey: impl AsRef<[u8]>) -> Result<bool, Error> {
        let [key, newkey] = [key.as_ref(), newkey.as_ref()].map(|key| self.keyspace.key(key));
        self.keyspace.alone().renamenx(key, newkey)
    }

    /// Copies a list to another key if that is free, and says whether it did: it doesn't if there is no source.
    ///
    /// Complexity: O(n) for n elements. Redis: [`COPY`](https://redis.io/commands/copy/).
    ///
    /// # Errors
    ///
    /// [`Error::SameObject`] if both are the same key.
    ///
    /// ```
    /// # let store = redeque::Store::new();
    /// store.rpush("a", "1")?;
    /// assert!(store.copy("a", "b")?);
    /// assert!(!store.copy("a", "b")?);
    /// # Ok::<(), redeque::Error>(())
    /// ```
    pub fn copy(
        &self,
        source: impl AsRef<[u8]>,
        destination: impl AsRef<[u8]>,
    ) -> Result<bool, Error> {
        self.copy_to(source.as_ref(), destination.as_ref(), false)
    }

    /// Copies a list to another key, in the place of a list that may be there, and says whether it did: it doesn't
    /// if there is no source.
    ///
    /// Complexity: O(n) for n elements. Redis: [`COPY`](https://redis.io/commands/copy/) with `REPLACE`.
    ///
    /// # Errors
    ///
    /// [`Error::SameObject`] if both are the same key.
    ///
    /// ```
    /// # let store = redeque::Store::new();
    /// store.rpush("a", "1")?;
    /// store.rpush("b", "2")?;
    /// assert!(store.copy_replace("a", "b")?);
    /// assert_eq!(store.lrange("b", 0, -1), [b"1"]);
    /// # Ok::<(), redeque::Error>(())
    /// ```
    pub fn copy_replace(
        &self,
        source: impl AsRef<[u8]>,
        destination: impl AsRef<[u8]>,
    ) -> Result<bool, Error> {
        self.copy_to(source.as_ref(), destination.as_ref(), true)
    }

    /// All keys that match a pattern, in no particular order: `*` is any run of bytes, `?` any one byte, `[abc]`,
    /// `[a-z]` and `[^a]` one byte of a class, `\x` the byte `x` itself.
    ///
    /// It works on bytes as a Redis server on x86-64 does, oddities included: bounds of a range compare as signed
    /// bytes, and of all patterns made of stars only `*` matches the empty key.
    ///
    /// Complexity: O(n) for n bytes of names, which are copied with all of the store locked, and matched afterwards;
    /// [`scan`](Self::scan) takes it in steps. A piece between two stars that has a `?` or a class can take, for each
    /// name, as many steps as the product of both lengths. Redis: [`KEYS`](https://redis.io/commands/keys/).
    ///
    /// ```
    /// # let store = redeque::Store::new();
    /// store.rpush("user:1", "x")?;
    /// store.rpush("job:1", "x")?;
    /// assert_eq!(store.keys("user:*"), [b"user:1"]);
    /// assert_eq!(store.keys("*").len(), 2);
    /// # Ok::<(), redeque::Error>(())
    /// ```
    pub fn keys(&self, pattern: impl AsRef<[u8]>) -> Vec<Vec<u8>> {
        let names = self.keyspace.alone().look(Reach::All, |guard| guard.names());
        ScanOptions::new().pattern(pattern).select(&names)
    }

    /// A page of the keys, and the cursor of the next page. Begin with cursor 0; a returned cursor of 0 is the end.
    ///
    /// A key that is there from the first page to the last is returned at least once, whatever happens to other keys
    /// meanwhile; a key that one transaction removes and makes again counts as having stayed, unless `FLUSHALL` removed
    /// it. A key may come twice. Nothing is kept between pages, and any cursor is legal.
    ///
    /// Complexity: O(n) for a page of n keys, one shard locked at a time. Redis:
    /// [`SCAN`](https://redis.io/commands/scan/).
    ///
    /// ```
    /// use redeque::ScanOptions;
    /// # let store = redeque::Store::new();
    /// for number in 0..100 {
    ///     store.rpush(format!("k{number}"), "x")?;
    /// }
    /// let (mut cursor, mut found) = (0, 0);
    /// loop {
    ///     let (next, keys) = store.scan(cursor, &ScanOptions::new());
    ///     found += keys.len();
    ///     cursor = next;
    ///     if cursor == 0 {
    ///         break;
    ///     }
    /// }
    /// assert_eq!(found, 100);
    /// # Ok::<(), redeque::Error>(())
    /// ```
    pub fn scan(&self, cursor: u64, options: &ScanOptions) -> (u64, Vec<Vec<u8>>) {
        let (next, names) = self.keyspace.alone().scan(cursor, options);
        (next, options.select(&names))
    }

    /// One of the keys, each with the same chance; `None` if there are none.
    ///
    /// Complexity: O(s) for s shards, all of them locked. If nearly all keys have expired, it first removes those, as
    /// [`reap`](Self::reap) does. Redis:
    /// [`RANDOMKEY`](https://redis.io/commands/randomkey/).
    ///
    /// ```
    /// # let store = redeque::Store::new();
    /// assert_eq!(store.randomkey(), None);
    /// store.rpush("only", "x")?;
    /// assert_eq!(store.randomkey(), Some(b"only".to_vec()));
    /// # Ok::<(), redeque::Error>(())
    /// ```
    pub fn randomkey(&self) -> Option<Vec<u8>> {
        self.keyspace.alone().randomkey()
    }

    /// The number of keys.
    ///
    /// Complexity: O(s) for s shards, all of them locked. Redis: [`DBSIZE`](https://redis.io/commands/dbsize/).
    ///
    /// ```
    /// # let store = redeque::Store::new();
    /// store.rpush("k", "x")?;
    /// assert_eq!(store.dbsize(), 1);
    /// # Ok::<(), redeque::Error>(())
    /// ```
    pub fn dbsize(&self) -> usize {
        self.keyspace.alone().look(Reach::All, |guard| guard.dbsize())
    }

    /// Removes all keys. The memory is freed after unlocking.
    ///
    /// Complexity: O(s) for s shards under their locks, and O(n) to free n keys and elements. Redis:
    /// [`FLUSHALL`](https://redis.io/commands/flushall/).
    ///
    /// ```
    /// # let store = redeque::Store::new();
    /// store.rpush("k", "x")?;
    /// store.flushall()?;
    /// assert_eq!(store.dbsize(), 0);
    /// # Ok::<(), redeque::Error>(())
    /// ```
    pub fn flushall(&self) -> Result<(), Error> {
        self.keyspace.alone().flushall()
    }

    /// Removes all keys: the same as [`flushall`](Self::flushall), since a store is one database.
    ///
    /// Complexity: O(s) for s shards under their locks, and O(n) to free n keys and elements. Redis:
    /// [`FLUSHDB`](https://redis.io/commands/flushdb/).
    ///
    /// ```
    /// # let store = redeque::Store::new();
    /// store.flushdb()?;
    /// # Ok::<(), redeque::Error>(())
    /// ```
    pub fn flushdb(&self) -> Result<(), Error> {
        self.flushall()
    }

    fn remove_all(&self, command: &'static str, keys: impl Keys) -> Result<usize, Error> {
        let names: Vec<_> = keys.into_iter().collect();
        if names.is_empty() {
            return Err(Error::WrongArity(command));
        }
        self.keyspace.alone().del(&self.keys_of(&names))
    }

    fn copy_to(&self, source: &[u8], destination: &[u8], replace: bool) -> Result<bool, Error> {
        let [source, destination] = [source, destination].map(|key| self.keyspace.key(key));
        self.keyspace.alone().copy(source, destination, replace)
    }
}
