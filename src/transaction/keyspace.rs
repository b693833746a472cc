//! The methods for Redis's generic group, on declared keys.

use super::Transaction;
use crate::{Error, Keys};

/// # Keys
impl Transaction<'_> {
    /// As [`Store::del`](crate::Store::del), on declared keys.
    ///
    /// ```
    /// # let store = redeque::Store::new();
    /// store.rpush_all("k", ["a", "b", "a"])?;
    /// let reply = store.transaction(["k", "l"], |tx| tx.del("k"));
    /// assert_eq!(reply, Ok(true));
    /// # Ok::<(), redeque::Error>(())
    /// ```
    pub fn del(&mut self, key: impl AsRef<[u8]>) -> Result<bool, Error> {
        Ok(self.del_all([key])? == 1)
    }

    /// As [`Store::del_all`](crate::Store::del_all), on declared keys.
    ///
    /// ```
    /// # let store = redeque::Store::new();
    /// store.rpush_all("k", ["a", "b", "a"])?;
    /// let reply = store.transaction(["k", "l"], |tx| tx.del_all(["k", "l"]));
    /// assert_eq!(reply, Ok(1));
    /// # Ok::<(), redeque::Error>(())
    /// ```
    pub fn del_all(&mut self, keys: impl Keys) -> Result<usize, Error> {
        self.remove_all("del", keys)
    }

    /// As [`Store::unlink`](crate::Store::unlink), on declared keys.
    ///
    /// ```
    /// # let store = redeque::Store::new();
    /// store.rpush_all("k", ["a", "b", "a"])?;
    /// let reply = store.transaction(["k", "l"], |tx| tx.unlink("k"));
    /// assert_eq!(reply, Ok(true));
    /// # Ok::<(), redeque::Error>(())
    /// ```
    pub fn unlink(&mut self, key: impl AsRef<[u8]>) -> Result<bool, Error> {
        self.del(key)
    }

    /// As [`Store::unlink_all`](crate::Store::unlink_all), on declared keys.
    ///
    /// ```
    /// # let store = redeque::Store::new();
    /// store.rpush_all("k", ["a", "b", "a"])?;
    /// let reply = store.transaction(["k", "l"], |tx| tx.unlink_all(["k", "l"]));
    /// assert_eq!(reply, Ok(1));
    /// # Ok::<(), redeque::Error>(())
    /// ```
    pub fn unlink_all(&mut self, keys: impl Keys) -> Result<usize, Error> {
        self.remove_all("unlink", keys)
    }

    /// As [`Store::exists`](crate::Store::exists), on declared keys.
    ///
    /// ```
    /// # let store = redeque::Store::new();
    /// store.rpush_all("k", ["a", "b", "a"])?;
    /// let reply = store.transaction(["k", "l"], |tx| tx.exists("k"));
    /// assert_eq!(reply, Ok(true));
    /// # Ok::<(), redeque::Error>(())
    /// ```
    pub fn exists(&self, key: impl AsRef<[u8]>) -> Result<bool, Error> {
        self.read(key.as_ref(), |s, key| s.exists(key))
    }

    /// As [`Store::exists_all`](crate::Store::exists_all), on declared keys.
    ///
    /// ```
    /// # let store = redeque::Store::new();
    /// store.rpush_all("k", ["a", "b", "a"])?;
    /// let reply = store.transaction(["k", "l"], |tx| tx.exists_all(["k", "k", "l"]));
    /// assert_eq!(reply, Ok(2));
    /// # Ok::<(), redeque::Error>(())
    /// ```
    pub fn exists_all(&self, keys: impl Keys) -> Result<usize, Error> {
        let names: Vec<_> = keys.into_iter().collect();
        Ok(self.guard.exists(self.keys(&names)?))
    }

    /// As [`Store::touch`](crate::Store::touch), on declared keys.
    ///
    /// ```
    /// # let store = redeque::Store::new();
    /// store.rpush_all("k", ["a", "b", "a"])?;
    /// let reply = store.transaction(["k", "l"], |tx| tx.touch("k"));
    /// assert_eq!(reply, Ok(true));
    /// # Ok::<(), redeque::Error>(())
    /// ```
    pub fn touch(&self, key: impl AsRef<[u8]>) -> Result<bool, Error> {
        self.exists(key)
    }

    /// As [`Store::touch_all`](crate::Store::touch_all), on declared keys.
    ///
    /// ```
    /// # let store = redeque::Store::new();
    /// store.rpush_all("k", ["a", "b", "a"])?;
    /// let reply = store.transaction(["k", "l"], |tx| tx.touch_all(["k", "k", "l"]));
    /// assert_eq!(reply, Ok(2));
    /// # Ok::<(), redeque::Error>(())
    /// ```
    pub fn touch_all(&self, keys: impl Keys) -> Result<usize, Error> {
        self.exists_all(keys)
    }

    /// As [`Store::key_type`](crate::Store::key_type), on declared keys.
    ///
    /// ```
    /// # let store = redeque::Store::new();
    /// store.rpush_all("k", ["a", "b", "a"])?;
    /// let reply = store.transaction(["k", "l"], |tx| tx.key_type("k"));
    /// assert_eq!(reply, Ok("list"));
    /// # Ok::<(), redeque::Error>(())
    /// ```
    pub fn key_type(&self, key: impl AsRef<[u8]>) -> Result<&'static str, Error> {
        self.read(key.as_ref(), |s, key| s.type_name(key))
    }

    /// As [`Store::rename`](crate::Store::rename), on declared keys.
    ///
    /// ```
    /// # let store = redeque::Store::new();
    /// store.rpush_all("k", ["a", "b", "a"])?;
    /// let reply = store.transaction(["k", "l"], |tx| tx.rename("k", "l"));
    /// assert_eq!(reply, Ok(()));
    /// # Ok::<(), redeque::Error>(())
    /// ```
    pub fn rename(&mut self, key: impl AsRef<[u8]>, newkey: impl AsRef<[u8]>) -> Result<(), Error> {
        let (key, newkey) = (self.key(key.as_ref())?, self.key(newkey.as_ref())?);
        self.guard.rename(key, newkey)
    }

    /// As [`Store::renamenx`](crate::Store::renamenx), on declared keys.
    ///
    /// ```
    /// # let store = redeque::Store::new();
    /// store.rpush_all("k", ["a", "b", "a"])?;
    /// let reply = store.transaction(["k", "l"], |tx| tx.renamenx("k", "l"));
    /// assert_eq!(reply, Ok(true));
    /// # Ok::<(), redeque::Error>(())
    /// ```
    pub fn renamenx(
        &mut self,
        key: impl AsRef<[u8]>,
        newkey: impl AsRef<[u8]>,
    ) -> Result<bool, Error> {
        let (key, newkey) = (self.key(key.as_ref())?, self.key(newkey.as_ref())?);
        self.guard.renamenx(key, newkey)
    }

    /// As [`Store::copy`](crate::Store::copy), on declared keys.
    ///
    /// ```
    /// # let store = redeque::Store::new();
    /// store.rpush_all("k", ["a", "b", "a"])?;
    /// let reply = store.transaction(["k", "l"], |tx| tx.copy("k", "l"));
    /// assert_eq!(reply, Ok(true));
    /// # Ok::<(), redeque::Error>(())
    /// ```
    pub fn copy(
        &mut self,
        source: impl AsRef<[u8]>,
        destination: impl AsRef<[u8]>,
    ) -> Result<bool, Error> {
        self.copy_to(source.as_ref(), destination.as_ref(), false)
    }

    /// As [`Store::copy_replace`](crate::Store::copy_replace), on declared keys.
    ///
    /// ```
    /// # let store = redeque::Store::new();
    /// store.rpush_all("k", ["a", "b", "a"])?;
    /// let reply = store.transaction(["k", "l"], |tx| tx.copy_replace("k", "l"));
    /// assert_eq!(reply, Ok(true));
    /// # Ok::<(), redeque::Error>(())
    /// ```
    pub fn copy_replace(
        &mut self,
        source: impl AsRef<[u8]>,
        destination: impl AsRef<[u8]>,
    ) -> Result<bool, Error> {
        self.copy_to(source.as_ref(), destination.as_ref(), true)
    }

    fn remove_all(&mut self, command: &'static str, keys: impl Keys) -> Result<usize, Error> {
        let names: Vec<_> = keys.into_iter().collect();
        if names.is_empty() {
            return Err(Error::WrongArity(command));
        }
        let keys = self.keys(&names)?;
        Ok(self.guard.del(keys))
    }

    fn copy_to(&mut self, source: &[u8], destination: &[u8], replace: bool) -> Result<bool, Error> {
        let (source, destination) = (self.key(source)?, self.key(destination)?);
        self.guard.copy(source, destination, replace)
    }
}
