//! The commands of Redis's list group that do not wait.

use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyTuple};
use redeque::Direction::{Left, Right};
use redeque::{Direction, LposOptions};

use super::Store;
use crate::arguments::{Count, End, Integer, Keys, is_before, move_count, move_order};
use crate::bell;
use crate::errors::OrRaise;
use crate::words::{self, Word};

/// One element, or as many as there are up to a count.
#[derive(IntoPyObject)]
pub(crate) enum Popped<'py> {
    One(Bound<'py, PyBytes>),
    Several(Vec<Vec<u8>>),
}

/// A key, and elements of its list.
type PoppedFrom<'py> = (Bound<'py, PyBytes>, Vec<Vec<u8>>);

/// The position of one element, or of several.
#[derive(IntoPyObject)]
pub(crate) enum Positions {
    One(Option<usize>),
    Several(Vec<usize>),
}

/// A push is of one element as a rule, which then needs no vector.
macro_rules! push {
    ($self:ident, $py:ident, $key:ident, $elements:ident, $one:ident, $all:ident) => {{
        let mut elements = $elements.iter_borrowed();
        let length = match (elements.next(), elements.len()) {
            (Some(element), 0) => {
                let element = Word::extract(element)?;
                $self.change($py, |store| store.$one($key, &element))?
            }
            _ => {
                let elements = words::all($elements)?;
                $self.change($py, |store| store.$all($key, &elements))?
            }
        };
        bell::check()?;
        length.or_raise()
    }};
}

impl Store {
    #[inline]
    fn pop<'py>(
        &self,
        py: Python<'py>,
        key: &Word<'_>,
        end: Direction,
        count: Option<Count>,
    ) -> PyResult<Option<Popped<'py>>> {
        let Some(Count(count)) = count else {
            let popped = self.change(py, |store| match end {
                Left => store.lpop(key),
                Right => store.rpop(key),
            })?;
            return Ok(popped.or_raise()?.map(|element| Popped::One(PyBytes::new(py, &element))));
        };
        let popped = self.change(py, |store| match end {
            Left => store.lpop_count(key, count),
            Right => store.rpop_count(key, count),
        })?;
        Ok(popped.or_raise()?.map(Popped::Several))
    }
}

#[pymethods]
impl Store {
    /// Pushes elements onto the head of a list, one after the other, and returns its new length.
    #[pyo3(signature = (key, *elements))]
    fn lpush(
        &self,
        py: Python<'_>,
        key: Word<'_>,
        elements: &Bound<'_, PyTuple>,
    ) -> PyResult<usize> {
        push!(self, py, key, elements, lpush, lpush_all)
    }

    /// Pushes elements onto the tail of a list, one after the other, and returns its new length.
    #[pyo3(signature = (key, *elements))]
    fn rpush(
        &self,
        py: Python<'_>,
        key: Word<'_>,
        elements: &Bound<'_, PyTuple>,
    ) -> PyResult<usize> {
        push!(self, py, key, elements, rpush, rpush_all)
    }

    /// As `lpush`, if there is such a list. Returns its new length, or 0.
    #[pyo3(signature = (key, *elements))]
    fn lpushx(
        &self,
        py: Python<'_>,
        key: Word<'_>,
        elements: &Bound<'_, PyTuple>,
    ) -> PyResult<usize> {
        push!(self, py, key, elements, lpushx, lpushx_all)
    }

    /// As `rpush`, if there is such a list. Returns its new length, or 0.
    #[pyo3(signature = (key, *elements))]
    fn rpushx(
        &self,
        py: Python<'_>,
        key: Word<'_>,
        elements: &Bound<'_, PyTuple>,
    ) -> PyResult<usize> {
        push!(self, py, key, elements, rpushx, rpushx_all)
    }

    /// Removes the first element and returns it, or with `count` a list of at most `count` elements; None if there is no list.
    #[pyo3(signature = (key, count=None))]
    fn lpop<'py>(
        &self,
        py: Python<'py>,
        key: Word<'_>,
        count: Option<Count>,
    ) -> PyResult<Option<Popped<'py>>> {
        self.pop(py, &key, Left, count)
    }

    /// Removes the last element and returns it, or with `count` a list of at most `count` elements; None if there is no list.
    #[pyo3(signature = (key, count=None))]
    fn rpop<'py>(
        &self,
        py: Python<'py>,
        key: Word<'_>,
        count: Option<Count>,
    ) -> PyResult<Option<Popped<'py>>> {
        self.pop(py, &key, Right, count)
    }

    /// Removes up to `count` elements from the first of these lists that exists. Returns its key and a list of them; None
    /// if none exists.
    #[pyo3(signature = (keys, end, count=Count(1)), text_signature = "($self, keys, end, count=1)")]
    fn lmpop<'py>(
        &self,
        py: Python<'py>,
        keys: Keys,
        end: End,
        count: Count,
    ) -> PyResult<Option<PoppedFrom<'py>>> {
        let popped = self.change(py, |store| store.lmpop(&keys.0, end.0, count.0))?.or_raise()?;
        Ok(popped.map(|(key, elements)| (PyBytes::new(py, &key), elements)))
    }

    /// Takes an element from the end `src` of the first list, puts it at the end `dest` of the second, and returns it; None if
    /// there is no first list. The arguments are redis-py's.
    #[pyo3(
        signature = (first_list, second_list, src=End(Left), dest=End(Right)),
        text_signature = "($self, first_list, second_list, src='LEFT', dest='RIGHT')"
    )]
    fn lmove<'py>(
        &self,
        py: Python<'py>,
        first_list: Word<'_>,
        second_list: Word<'_>,
        src: End,
        dest: End,
    ) -> PyResult<Option<Bound<'py, PyBytes>>> {
        let moved = self.change(py, |store| store.lmove(first_list, second_list, src.0, dest.0))?;
        bell::check()?;
        let moved = moved.or_raise()?;
        Ok(moved.map(|element| PyBytes::new(py, &element)))
    }

    /// Takes up to `count` elements from one end of a list, puts them at an end of another, and returns a list of them as they
    /// lie there; None if there is no first list. With `exactly`, it moves `count` or none, and returns None if there are fewer.
    /// They move one by one, which turns them round where both ends are the same; with `bulk` they keep their order.
    #[expect(clippy::too_many_arguments, reason = "Python names them")]
    #[pyo3(
        signature = (
            first_list, second_list, src=End(Left), dest=End(Right), count=Count(1), *, exactly=false, bulk=false
        ),
        text_signature =
            "($self, first_list, second_list, src='LEFT', dest='RIGHT', count=1, *, exactly=False, bulk=False)"
    )]
    fn lmovem(
        &self,
        py: Python<'_>,
        first_list: Word<'_>,
        second_list: Word<'_>,
        src: End,
        dest: End,
        count: Count,
        exactly: bool,
        bulk: bool,
    ) -> PyResult<Option<Vec<Vec<u8>>>> {
        let (count, order) = (move_count(count, exactly), move_order(bulk));
        let moved = self.change(py, |store| {
            store.lmovem(first_list, second_list, src.0, dest.0, count, order)
        })?;
        bell::check()?;
        moved.or_raise()
    }

    /// As `lmove` with `src="RIGHT", dest="LEFT"`.
    fn rpoplpush<'py>(
        &self,
        py: Python<'py>,
        source: Word<'_>,
        destination: Word<'_>,
    ) -> PyResult<Option<Bound<'py, PyBytes>>> {
        let moved = self.change(py, |store| store.rpoplpush(source, destination))?;
        bell::check()?;
        let moved = moved.or_raise()?;
        Ok(moved.map(|element| PyBytes::new(py, &element)))
    }

    /// The length of a list, 0 if there is none.
    fn llen(&self, key: Word<'_>) -> PyResult<usize> {
        Ok(self.inner()?.llen(key))
    }

    /// The elements from one index to another, both included and negative from the tail.
    #[pyo3(
        signature = (key, start=Integer(0), stop=Integer(-1)),
        text_signature = "($self, key, start=0, stop=-1)"
    )]
    fn lrange(&self, key: Word<'_>, start: Integer, stop: Integer) -> PyResult<Vec<Vec<u8>>> {
        Ok(self.inner()?.lrange(key, start.0, stop.0))
    }

    /// The element at an index, negative from the tail; None if there is none.
    fn lindex<'py>(
        &self,
        py: Python<'py>,
        key: Word<'_>,
        index: Integer,
    ) -> PyResult<Option<Bound<'py, PyBytes>>> {
        Ok(self.inner()?.lindex(key, index.0).map(|element| PyBytes::new(py, &element)))
    }

    /// The position of the first element that equals this one, None if there is none; with `count` a list of at most `count`
    /// positions, of all if it is 0. A negative `rank` searches from the tail; `maxlen` elements are looked at, all if it
    /// is 0.
    #[pyo3(
        signature = (key, element, rank=Integer(1), count=None, maxlen=Count(0)),
        text_signature = "($self, key, element, rank=1, count=None, maxlen=0)"
    )]
    fn lpos(
        &self,
        key: Word<'_>,
        element: Word<'_>,
        rank: Integer,
        count: Option<Count>,
        maxlen: Count,
    ) -> PyResult<Positions> {
        let options = LposOptions::new().rank(rank.0).or_raise()?.maxlen(maxlen.0);
        let store = self.inner()?;
        Ok(match count {
            None => Positions::One(store.lpos_with(key, element, options)),
            Some(Count(count)) => {
                Positions::Several(store.lpos_count(key, element, count, options))
            }
        })
    }

    /// Replaces the element at an index, negative from the tail.
    fn lset(
        &self,
        py: Python<'_>,
        key: Word<'_>,
        index: Integer,
        element: Word<'_>,
    ) -> PyResult<()> {
        self.change(py, |store| store.lset(key, index.0, &element))?.or_raise()
    }

    /// Puts an element `"BEFORE"` or `"AFTER"` the first one that equals `pivot`. Returns the new length, -1 if none equals
    /// it, 0 if there is no list.
    fn linsert(
        &self,
        py: Python<'_>,
        key: Word<'_>,
        place: &str,
        pivot: Word<'_>,
        element: Word<'_>,
    ) -> PyResult<i64> {
        let is_before = is_before(place)?;
        let inserted = self.change(py, |store| {
            if is_before {
                store.linsert_before(key, pivot, &element)
            } else {
                store.linsert_after(key, pivot, &element)
            }
        })?;
        inserted.or_raise()
    }

    /// Removes the first `count` elements that equal this one, the last `-count`, or all if it is 0. Returns how many.
    fn lrem(
        &self,
        py: Python<'_>,
        key: Word<'_>,
        count: Integer,
        element: Word<'_>,
    ) -> PyResult<usize> {
        self.change(py, |store| store.lrem(key, count.0, element))?.or_raise()
    }

    /// Keeps only the elements from one index to another, both included and negative from the tail.
    fn ltrim(&self, py: Python<'_>, key: Word<'_>, start: Integer, stop: Integer) -> PyResult<()> {
        self.change(py, |store| store.ltrim(key, start.0, stop.0))?.or_raise()
    }
}
