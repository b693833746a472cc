//! The commands on keys, whatever their lists hold.

use super::{Model, glob_matches};
use crate::Error;

/// Commands on named keys.
impl Model {
    /// DEL: removes `key`; returns whether it existed.
    ///
    /// ```
    /// let mut model = redeque::model::Model::new();
    /// model.rpush(b"k", b"a");
    /// assert!(model.del(b"k"));
    /// assert!(!model.del(b"k"));
    /// ```
    pub fn del(&mut self, key: &[u8]) -> bool {
        self.remove(key).0.is_some()
    }

    /// UNLINK: the same as [`del`](Self::del).
    ///
    /// ```
    /// assert!(!redeque::model::Model::new().unlink(b"k"));
    /// ```
    pub fn unlink(&mut self, key: &[u8]) -> bool {
        self.del(key)
    }

    /// DEL of several keys; returns how many existed. A repeated key counts once.
    ///
    /// # Errors
    ///
    /// [`Error::WrongArity`] if there are no keys.
    ///
    /// ```
    /// let mut model = redeque::model::Model::new();
    /// model.rpush(b"k", b"a");
    /// assert_eq!(model.del_all(&["k", "k", "missing"])?, 1);
    /// # Ok::<(), redeque::Error>(())
    /// ```
    pub fn del_all(&mut self, keys: &[impl AsRef<[u8]>]) -> Result<usize, Error> {
        if keys.is_empty() {
            return Err(Error::WrongArity("del"));
        }
        Ok(keys.iter().filter(|key| self.del(key.as_ref())).count())
    }

    /// UNLINK of several keys; returns how many existed. A repeated key counts once.
    ///
    /// # Errors
    ///
    /// [`Error::WrongArity`] if there are no keys.
    ///
    /// ```
    /// assert_eq!(redeque::model::Model::new().unlink_all(&["k"])?, 0);
    /// # Ok::<(), redeque::Error>(())
    /// ```
    pub fn unlink_all(&mut self, keys: &[impl AsRef<[u8]>]) -> Result<usize, Error> {
        if keys.is_empty() {
            return Err(Error::WrongArity("unlink"));
        }
        Ok(keys.iter().filter(|key| self.unlink(key.as_ref())).count())
    }

    /// EXISTS: whether `key` holds a list.
    ///
    /// ```
    /// assert!(!redeque::model::Model::new().exists(b"k"));
    /// ```
    pub fn exists(&self, key: &[u8]) -> bool {
        self.lists.contains_key(key)
    }

    /// TOUCH: the same as [`exists`](Self::exists).
    ///
    /// ```
    /// assert!(!redeque::model::Model::new().touch(b"k"));
    /// ```
    pub fn touch(&self, key: &[u8]) -> bool {
        self.exists(key)
    }

    /// EXISTS of several keys: how many exist. A repeated key counts each time.
    ///
    /// ```
    /// let mut model = redeque::model::Model::new();
    /// model.rpush(b"k", b"a");
    /// assert_eq!(model.exists_all(&["k", "k", "missing"]), 2);
    /// ```
    pub fn exists_all(&self, keys: &[impl AsRef<[u8]>]) -> usize {
        keys.iter().filter(|key| self.exists(key.as_ref())).count()
    }

    /// TOUCH of several keys: the same as [`exists_all`](Self::exists_all).
    ///
    /// ```
    /// assert_eq!(redeque::model::Model::new().touch_all(&["k"]), 0);
    /// ```
    pub fn touch_all(&self, keys: &[impl AsRef<[u8]>]) -> usize {
        self.exists_all(keys)
    }

    /// TYPE: `"list"`, or `"none"` if `key` is missing.
    ///
    /// ```
    /// assert_eq!(redeque::model::Model::new().key_type(b"k"), "none");
    /// ```
    pub fn key_type(&self, key: &[u8]) -> &'static str {
        if self.exists(key) { "list" } else { "none" }
    }

    /// RENAME: moves the list at `key` to `newkey`, with its deadline, over whatever is there.
    ///
    /// # Errors
    ///
    /// [`Error::NoSuchKey`] if `key` is missing, also if both names are the same.
    ///
    /// ```
    /// let mut model = redeque::model::Model::new();
    /// model.rpush(b"k", b"a");
    /// model.rename(b"k", b"n")?;
    /// assert_eq!(model.lrange(b"n", 0, -1), [b"a"]);
    /// # Ok::<(), redeque::Error>(())
    /// ```
    pub fn rename(&mut self, key: &[u8], newkey: &[u8]) -> Result<(), Error> {
        let (list, deadline) = self.remove(key);
        self.replace(newkey, list.ok_or(Error::NoSuchKey)?, deadline);
        Ok(())
    }

    /// RENAMENX: [`rename`](Self::rename) if `newkey` is free; returns whether it was.
    ///
    /// # Errors
    ///
    /// [`Error::NoSuchKey`] if `key` is missing, also if both names are the same.
    ///
    /// ```
    /// let mut model = redeque::model::Model::new();
    /// model.rpush(b"k", b"a");
    /// assert!(!model.renamenx(b"k", b"k")?);
    /// assert!(model.renamenx(b"k", b"n")?);
    /// # Ok::<(), redeque::Error>(())
    /// ```
    pub fn renamenx(&mut self, key: &[u8], newkey: &[u8]) -> Result<bool, Error> {
        if self.exists(key) && self.exists(newkey) {
            return Ok(false);
        }
        self.rename(key, newkey)?;
        Ok(true)
    }

    /// COPY: copies the list at `source` to `destination` if that is free; returns whether it did.
    ///
    /// # Errors
    ///
    /// [`Error::SameObject`] if both keys are the same, even if missing.
    ///
    /// ```
    /// let mut model = redeque::model::Model::new();
    /// model.rpush(b"s", b"a");
    /// assert!(model.copy(b"s", b"d")?);
    /// assert!(!model.copy(b"s", b"d")?);
    /// assert!(!model.copy(b"missing", b"e")?);
    /// # Ok::<(), redeque::Error>(())
    /// ```
    pub fn copy(&mut self, source: &[u8], destination: &[u8]) -> Result<bool, Error> {
        if source != destination && self.exists(destination) {
            return Ok(false);
        }
        self.copy_replace(source, destination)
    }

    /// COPY with REPLACE: copies the list at `source`, with its deadline, over whatever `destination` holds; `false` if
    /// `source` is missing, and then `destination` stays as it is.
    ///
    /// # Errors
    ///
    /// [`Error::SameObject`] if both keys are the same, even if missing.
    ///
    /// ```
    /// let mut model = redeque::model::Model::new();
    /// model.rpush(b"s", b"a");
    /// model.rpush(b"d", b"b");
    /// assert!(model.copy_replace(b"s", b"d")?);
    /// assert_eq!(model.lrange(b"d", 0, -1), [b"a"]);
    /// # Ok::<(), redeque::Error>(())
    /// ```
    pub fn copy_replace(&mut self, source: &[u8], destination: &[u8]) -> Result<bool, Error> {
        if source == destination {
            return Err(Error::SameObject);
        }
        let Some(list) = self.lists.get(source).cloned() else {
            return Ok(false);
        };
        self.replace(destination, list, self.deadlines.get(source).copied());
        Ok(true)
    }
}

/// Commands on the whole keyspace.
impl Model {
    /// KEYS: the keys that match `pattern`, sorted. What matches is [`glob_matches`]'s to say.
    ///
    /// ```
    /// let mut model = redeque::model::Model::new();
    /// model.rpush(b"k1", b"a");
    /// model.rpush(b"k2", b"a");
    /// assert_eq!(model.keys(b"k?"), [b"k1", b"k2"]);
    /// assert_eq!(model.keys(b"*1"), [b"k1"]);
    /// ```
    pub fn keys(&self, pattern: &[u8]) -> Vec<Vec<u8>> {
        let mut keys: Vec<_> =
            self.lists.keys().filter(|key| glob_matches(pattern, key)).cloned().collect();
        keys.sort();
        keys
    }

    /// SCAN: what a whole iteration returns, sorted and without repeats. The three options are those of SCAN:
    /// MATCH, COUNT (which changes nothing here) and TYPE, of which only `list`, in any case, has keys.
    ///
    /// # Errors
    ///
    /// [`Error::Syntax`] if `count` is 0.
    ///
    /// ```
    /// let mut model = redeque::model::Model::new();
    /// model.rpush(b"k", b"a");
    /// assert_eq!(model.scan(Some(b"?"), Some(100), Some("LIST"))?, [b"k"]);
    /// assert!(model.scan(None, None, Some("hash"))?.is_empty());
    /// # Ok::<(), redeque::Error>(())
    /// ```
    pub fn scan(
        &self,
        pattern: Option<&[u8]>,
        count: Option<usize>,
        key_type: Option<&str>,
    ) -> Result<Vec<Vec<u8>>, Error> {
        if count == Some(0) {
            return Err(Error::Syntax);
        }
        match key_type.unwrap_or("list").to_ascii_lowercase().as_str() {
            "list" => Ok(self.keys(pattern.unwrap_or(b"*"))),
            _ => Ok(Vec::new()),
        }
    }

    /// RANDOMKEY: any one key, `None` if there is none.
    ///
    /// ```
    /// let mut model = redeque::model::Model::new();
    /// assert_eq!(model.randomkey(), None);
    /// model.rpush(b"k", b"a");
    /// assert_eq!(model.randomkey(), Some(b"k".to_vec()));
    /// ```
    pub fn randomkey(&self) -> Option<Vec<u8>> {
        self.lists.keys().next().cloned()
    }

    /// DBSIZE: the number of keys, among which there is none that has expired.
    ///
    /// ```
    /// assert_eq!(redeque::model::Model::new().dbsize(), 0);
    /// ```
    pub fn dbsize(&self) -> usize {
        self.lists.len()
    }

    /// FLUSHALL: removes every key.
    ///
    /// ```
    /// let mut model = redeque::model::Model::new();
    /// model.rpush(b"k", b"a");
    /// model.flushall();
    /// assert_eq!(model.dbsize(), 0);
    /// ```
    pub fn flushall(&mut self) {
        self.lists.clear();
        self.deadlines.clear();
    }

    /// FLUSHDB: the same as [`flushall`](Self::flushall).
    ///
    /// ```
    /// let mut model = redeque::model::Model::new();
    /// model.rpush(b"k", b"a");
    /// model.flushdb();
    /// assert_eq!(model.dbsize(), 0);
    /// ```
    pub fn flushdb(&mut self) {
        self.flushall();
    }
}
