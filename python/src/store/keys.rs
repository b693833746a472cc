//! The commands on keys.

use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyTuple};
use redeque::ScanOptions;

use super::Store;
use crate::arguments::{Count, Cursor};
use crate::bell;
use crate::errors::OrRaise;
use crate::words::{self, Word};

#[pymethods]
impl Store {
    /// Removes keys and returns how many there were. Redis: `DEL`, a name that Python keeps for itself.
    #[pyo3(signature = (*keys))]
    fn delete(&self, py: Python<'_>, keys: &Bound<'_, PyTuple>) -> PyResult<usize> {
        let keys = words::all(keys)?;
        self.change(py, |store| store.del_all(&keys))?.or_raise()
    }

    /// As `delete`.
    #[pyo3(signature = (*keys))]
    fn unlink(&self, py: Python<'_>, keys: &Bound<'_, PyTuple>) -> PyResult<usize> {
        let keys = words::all(keys)?;
        self.change(py, |store| store.unlink_all(&keys))?.or_raise()
    }

    /// How many of these keys exist; one that is given twice counts twice.
    #[pyo3(signature = (*keys))]
    fn exists(&self, keys: &Bound<'_, PyTuple>) -> PyResult<usize> {
        Ok(self.inner()?.exists_all(&words::all(keys)?))
    }

    /// As `exists`.
    #[pyo3(signature = (*keys))]
    fn touch(&self, keys: &Bound<'_, PyTuple>) -> PyResult<usize> {
        Ok(self.inner()?.touch_all(&words::all(keys)?))
    }

    /// `"list"`, or `"none"` if there is no such key.
    fn r#type(&self, key: Word<'_>) -> PyResult<&'static str> {
        Ok(self.inner()?.key_type(key))
    }

    /// Renames a key, in the place of what had the new name.
    fn rename(&self, py: Python<'_>, key: Word<'_>, newkey: Word<'_>) -> PyResult<()> {
        let renamed = self.change(py, |store| store.rename(key, newkey))?;
        bell::check()?;
        renamed.or_raise()
    }

    /// Renames a key if nothing has the new name, and returns whether it did.
    fn renamenx(&self, py: Python<'_>, key: Word<'_>, newkey: Word<'_>) -> PyResult<bool> {
        let renamed = self.change(py, |store| store.renamenx(key, newkey))?;
        bell::check()?;
        renamed.or_raise()
    }

    /// Copies a list, with `replace` in the place of what is there. Returns whether it did.
    #[pyo3(signature = (source, destination, replace=false))]
    fn copy(
        &self,
        py: Python<'_>,
        source: Word<'_>,
        destination: Word<'_>,
        replace: bool,
    ) -> PyResult<bool> {
        let copied = self.change(py, |store| {
            if replace {
                store.copy_replace(source, destination)
            } else {
                store.copy(source, destination)
            }
        })?;
        bell::check()?;
        copied.or_raise()
    }

    /// The keys that match a pattern of Redis's, in no particular order.
    #[pyo3(signature = (pattern=Word::Lent(b"*")), text_signature = "($self, pattern='*')")]
    fn keys(&self, py: Python<'_>, pattern: Word<'_>) -> PyResult<Vec<Vec<u8>>> {
        let store = self.inner()?;
        Ok(py.detach(|| store.keys(&pattern)))
    }

    /// One step of a walk over all keys: the cursor of the next step, 0 after the last, and some keys.
    #[pyo3(
        signature = (cursor=Cursor(0), r#match=None, count=None),
        text_signature = "($self, cursor=0, match=None, count=None)"
    )]
    fn scan(
        &self,
        cursor: Cursor,
        r#match: Option<Word<'_>>,
        count: Option<Count>,
    ) -> PyResult<(u64, Vec<Vec<u8>>)> {
        let mut options = ScanOptions::new();
        if let Some(pattern) = r#match {
            options = options.pattern(pattern);
        }
        if let Some(Count(count)) = count {
            options = options.count(count).or_raise()?;
        }
        Ok(self.inner()?.scan(cursor.0, &options))
    }

    /// Some key, None if there is none.
    fn randomkey<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyBytes>>> {
        Ok(self.inner()?.randomkey().map(|key| PyBytes::new(py, &key)))
    }

    /// How many keys there are.
    fn dbsize(&self) -> PyResult<usize> {
        Ok(self.inner()?.dbsize())
    }

    /// Removes all keys.
    fn flushall(&self, py: Python<'_>) -> PyResult<()> {
        let store = self.inner()?;
        py.detach(|| store.flushall()).or_raise()
    }

    /// As `flushall`: there is one database.
    fn flushdb(&self, py: Python<'_>) -> PyResult<()> {
        self.flushall(py)
    }
}
