//! The methods for Redis's generic group, on declared keys.

use super::Transaction;
use crate::keyspace::Access;
use crate::{Error, Keys};

/// # Keys
impl Transaction<'_> {
    /// [`DEL`](https://redis.io/commands/del/): as [`Store::del`](crate::Store::del).
    pub fn del(&mut self, key: impl AsRef<[u8]>) -> Result<bool, Error> {
        Ok(self.del_all([key])? == 1)
    }

    /// [`DEL`](https://redis.io/commands/del/): as [`Store::del_all`](crate::Store::del_all).
    pub fn del_all(&mut self, keys: impl Keys) -> Result<usize, Error> {
        self.remove_all("del", keys)
    }

    /// [`UNLINK`](https://redis.io/commands/unlink/): as [`Store::unlink`](crate::Store::unlink).
    pub fn unlink(&mut self, key: impl AsRef<[u8]>) -> Result<bool, Error> {
        self.del(key)
    }

    /// [`UNLINK`](https://redis.io/commands/unlink/): as [`Store::unlink_all`](crate::Store::unlink_all).
    pub fn unlink_all(&mut self, keys: impl Keys) -> Result<usize, Error> {
        self.remove_all("unlink", keys)
    }

    /// [`EXISTS`](https://redis.io/commands/exists/): as [`Store::exists`](crate::Store::exists).
    pub fn exists(&self, key: impl AsRef<[u8]>) -> Result<bool, Error> {
        self.read(key.as_ref(), |s, key| s.exists(key))
    }

    /// [`EXISTS`](https://redis.io/commands/exists/): as [`Store::exists_all`](crate::Store::exists_all).
    pub fn exists_all(&self, keys: impl Keys) -> Result<usize, Error> {
        let names: Vec<_> = keys.into_iter().collect();
        Ok(self.guard.exists(&self.keys(&names)?))
    }

    /// [`TOUCH`](https://redis.io/commands/touch/): as [`Store::touch`](crate::Store::touch).
    pub fn touch(&self, key: impl AsRef<[u8]>) -> Result<bool, Error> {
        self.exists(key)
    }

    /// [`TOUCH`](https://redis.io/commands/touch/): as [`Store::touch_all`](crate::Store::touch_all).
    pub fn touch_all(&self, keys: impl Keys) -> Result<usize, Error> {
        self.exists_all(keys)
    }

    /// [`TYPE`](https://redis.io/commands/type/): as [`Store::key_type`](crate::Store::key_type).
    pub fn key_type(&self, key: impl AsRef<[u8]>) -> Result<&'static str, Error> {
        self.read(key.as_ref(), |s, key| s.type_name(key))
    }

    /// [`RENAME`](https://redis.io/commands/rename/): as [`Store::rename`](crate::Store::rename).
    pub fn rename(&mut self, key: impl AsRef<[u8]>, newkey: impl AsRef<[u8]>) -> Result<(), Error> {
        let (key, newkey) = (self.key(key.as_ref())?, self.key(newkey.as_ref())?);
        self.guard.rename(key, newkey)
    }

    /// [`RENAMENX`](https://redis.io/commands/renamenx/): as [`Store::renamenx`](crate::Store::renamenx).
    pub fn renamenx(
        &mut self,
        key: impl AsRef<[u8]>,
        newkey: impl AsRef<[u8]>,
    ) -> Result<bool, Error> {
        let (key, newkey) = (self.key(key.as_ref())?, self.key(newkey.as_ref())?);
        self.guard.renamenx(key, newkey)
    }

    /// [`COPY`](https://redis.io/commands/copy/): as [`Store::copy`](crate::Store::copy).
    pub fn copy(
        &mut self,
        source: impl AsRef<[u8]>,
        destination: impl AsRef<[u8]>,
    ) -> Result<bool, Error> {
        self.copy_to(source.as_ref(), destination.as_ref(), false)
    }

    /// [`COPY`](https://redis.io/commands/copy/): as [`Store::copy_replace`](crate::Store::copy_replace).
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
        self.guard.del(&keys)
    }

    fn copy_to(&mut self, source: &[u8], destination: &[u8], replace: bool) -> Result<bool, Error> {
        let (source, destination) = (self.key(source)?, self.key(destination)?);
        self.guard.copy(source, destination, replace)
    }
}
