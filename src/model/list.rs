//! The commands on one list, or on a few lists named by their keys.

use std::collections::{HashSet, VecDeque};

use super::Model;
use crate::{Direction, Error, MoveCount, MoveOrder};

/// The position that `index` names in a list of `length` elements. It may lie outside the list, on either
/// side, hence the type that overflows for no index.
fn position(index: i64, length: usize) -> i128 {
    if index < 0 { i128::from(index) + length as i128 } else { i128::from(index) }
}

/// The elements of `list` from `start` to `stop`, both included.
fn range(list: &VecDeque<Vec<u8>>, start: i64, stop: i64) -> VecDeque<Vec<u8>> {
    let wanted = position(start, list.len())..=position(stop, list.len());
    (0i128..)
        .zip(list)
        .filter(|(at, _)| wanted.contains(at))
        .map(|(_, element)| element.clone())
        .collect()
}

/// Pushes.
impl Model {
    /// LPUSH: puts `element` at the head of the list at `key`, and returns the new length.
    ///
    /// ```
    /// let mut model = redeque::model::Model::new();
    /// assert_eq!(model.lpush(b"k", b"a"), 1);
    /// assert_eq!(model.lpush(b"k", b"b"), 2);
    /// assert_eq!(model.lrange(b"k", 0, -1), [b"b", b"a"]);
    /// ```
    pub fn lpush(&mut self, key: &[u8], element: &[u8]) -> usize {
        self.edit(key, |list| {
            list.push_front(element.to_vec());
            list.len()
        })
    }

    /// RPUSH: puts `element` at the tail of the list at `key`, and returns the new length.
    ///
    /// ```
    /// let mut model = redeque::model::Model::new();
    /// model.rpush(b"k", b"a");
    /// model.rpush(b"k", b"b");
    /// assert_eq!(model.lrange(b"k", 0, -1), [b"a", b"b"]);
    /// ```
    pub fn rpush(&mut self, key: &[u8], element: &[u8]) -> usize {
        self.edit(key, |list| {
            list.push_back(element.to_vec());
            list.len()
        })
    }

    /// A push to the tail, if the list has at most `max_len` elements then: the length after it; `None` if there is no room.
    ///
    /// # Errors
    ///
    /// [`Error::NeverFits`] if `max_len` is 0.
    ///
    /// ```
    /// let mut model = redeque::model::Model::new();
    /// assert_eq!(model.rpush_bounded(b"k", 1, b"a")?, Some(1));
    /// assert_eq!(model.rpush_bounded(b"k", 1, b"b")?, None);
    /// # Ok::<(), redeque::Error>(())
    /// ```
    pub fn rpush_bounded(
        &mut self,
        key: &[u8],
        max_len: usize,
        element: &[u8],
    ) -> Result<Option<usize>, Error> {
        self.rpush_bounded_all(key, max_len, &[element])
    }

    /// A push of several elements to the tail, if there is room for all: the length after it; `None` if there is not.
    ///
    /// # Errors
    ///
    /// [`Error::WrongArity`] if there are no elements, [`Error::NeverFits`] if there are more than `max_len`.
    ///
    /// ```
    /// let mut model = redeque::model::Model::new();
    /// assert_eq!(model.rpush_bounded_all(b"k", 3, &["a", "b"])?, Some(2));
    /// assert_eq!(model.rpush_bounded_all(b"k", 3, &["c", "d"])?, None);
    /// # Ok::<(), redeque::Error>(())
    /// ```
    pub fn rpush_bounded_all(
        &mut self,
        key: &[u8],
        max_len: usize,
        elements: &[impl AsRef<[u8]>],
    ) -> Result<Option<usize>, Error> {
        if !elements.is_empty() && !self.has_room(key, max_len, elements.len())? {
            return Ok(None);
        }
        self.rpush_all(key, elements).map(Some)
    }

    /// A push to the head, if the list has at most `max_len` elements then: the length after it; `None` if there is no room.
    ///
    /// # Errors
    ///
    /// [`Error::NeverFits`] if `max_len` is 0.
    ///
    /// ```
    /// let mut model = redeque::model::Model::new();
    /// assert_eq!(model.lpush_bounded(b"k", 1, b"a")?, Some(1));
    /// assert_eq!(model.lpush_bounded(b"k", 1, b"b")?, None);
    /// # Ok::<(), redeque::Error>(())
    /// ```
    pub fn lpush_bounded(
        &mut self,
        key: &[u8],
        max_len: usize,
        element: &[u8],
    ) -> Result<Option<usize>, Error> {
        self.lpush_bounded_all(key, max_len, &[element])
    }

    /// A push of several elements to the head, if there is room for all: the length after it; `None` if there is not.
    ///
    /// # Errors
    ///
    /// [`Error::WrongArity`] if there are no elements, [`Error::NeverFits`] if there are more than `max_len`.
    ///
    /// ```
    /// let mut model = redeque::model::Model::new();
    /// assert_eq!(model.lpush_bounded_all(b"k", 3, &["a", "b"])?, Some(2));
    /// assert_eq!(model.lpush_bounded_all(b"k", 3, &["c", "d"])?, None);
    /// # Ok::<(), redeque::Error>(())
    /// ```
    pub fn lpush_bounded_all(
        &mut self,
        key: &[u8],
        max_len: usize,
        elements: &[impl AsRef<[u8]>],
    ) -> Result<Option<usize>, Error> {
        if !elements.is_empty() && !self.has_room(key, max_len, elements.len())? {
            return Ok(None);
        }
        self.lpush_all(key, elements).map(Some)
    }

    /// Whether a list that grows by `count` elements has at most `max_len` then.
    fn has_room(&self, key: &[u8], max_len: usize, count: usize) -> Result<bool, Error> {
        let longest = max_len.checked_sub(count).ok_or(Error::NeverFits)?;
        Ok(self.llen(key) <= longest)
    }

    /// LPUSHX: [`lpush`](Self::lpush), but does nothing and returns 0 if `key` is missing.
    ///
    /// ```
    /// let mut model = redeque::model::Model::new();
    /// assert_eq!(model.lpushx(b"k", b"a"), 0);
    /// assert!(!model.exists(b"k"));
    /// ```
    pub fn lpushx(&mut self, key: &[u8], element: &[u8]) -> usize {
        if self.exists(key) { self.lpush(key, element) } else { 0 }
    }

    /// RPUSHX: [`rpush`](Self::rpush), but does nothing and returns 0 if `key` is missing.
    ///
    /// ```
    /// let mut model = redeque::model::Model::new();
    /// assert_eq!(model.rpushx(b"k", b"a"), 0);
    /// model.rpush(b"k", b"a");
    /// assert_eq!(model.rpushx(b"k", b"b"), 2);
    /// ```
    pub fn rpushx(&mut self, key: &[u8], element: &[u8]) -> usize {
        if self.exists(key) { self.rpush(key, element) } else { 0 }
    }

    /// LPUSH of several elements, one after the other: the last one ends up at the head.
    ///
    /// # Errors
    ///
    /// [`Error::WrongArity`] if there are no elements.
    ///
    /// ```
    /// let mut model = redeque::model::Model::new();
    /// assert_eq!(model.lpush_all(b"k", &["a", "b", "c"])?, 3);
    /// assert_eq!(model.lrange(b"k", 0, -1), [b"c", b"b", b"a"]);
    /// # Ok::<(), redeque::Error>(())
    /// ```
    pub fn lpush_all(&mut self, key: &[u8], elements: &[impl AsRef<[u8]>]) -> Result<usize, Error> {
        let mut length = Err(Error::WrongArity("lpush"));
        for element in elements {
            length = Ok(self.lpush(key, element.as_ref()));
        }
        length
    }

    /// RPUSH of several elements, one after the other: the last one ends up at the tail.
    ///
    /// # Errors
    ///
    /// [`Error::WrongArity`] if there are no elements.
    ///
    /// ```
    /// let mut model = redeque::model::Model::new();
    /// assert_eq!(model.rpush_all(b"k", &["a", "b", "c"])?, 3);
    /// assert_eq!(model.lrange(b"k", 0, -1), [b"a", b"b", b"c"]);
    /// # Ok::<(), redeque::Error>(())
    /// ```
    pub fn rpush_all(&mut self, key: &[u8], elements: &[impl AsRef<[u8]>]) -> Result<usize, Error> {
        let mut length = Err(Error::WrongArity("rpush"));
        for element in elements {
            length = Ok(self.rpush(key, element.as_ref()));
        }
        length
    }

    /// LPUSHX of several elements: [`lpush_all`](Self::lpush_all), but only onto a list that exists.
    ///
    /// # Errors
    ///
    /// [`Error::WrongArity`] if there are no elements.
    ///
    /// ```
    /// let mut model = redeque::model::Model::new();
    /// assert_eq!(model.lpushx_all(b"k", &["a", "b"])?, 0);
    /// # Ok::<(), redeque::Error>(())
    /// ```
    pub fn lpushx_all(
        &mut self,
        key: &[u8],
        elements: &[impl AsRef<[u8]>],
    ) -> Result<usize, Error> {
        let mut length = Err(Error::WrongArity("lpushx"));
        for element in elements {
            length = Ok(self.lpushx(key, element.as_ref()));
        }
        length
    }

    /// RPUSHX of several elements: [`rpush_all`](Self::rpush_all), but only onto a list that exists.
    ///
    /// # Errors
    ///
    /// [`Error::WrongArity`] if there are no elements.
    ///
    /// ```
    /// let mut model = redeque::model::Model::new();
    /// assert_eq!(model.rpushx_all(b"k", &["a", "b"])?, 0);
    /// # Ok::<(), redeque::Error>(())
    /// ```
    pub fn rpushx_all(
        &mut self,
        key: &[u8],
        elements: &[impl AsRef<[u8]>],
    ) -> Result<usize, Error> {
        let mut length = Err(Error::WrongArity("rpushx"));
        for element in elements {
            length = Ok(self.rpushx(key, element.as_ref()));
        }
        length
    }
}

/// Pops.
impl Model {
    /// LPOP: takes the head of the list at `key`; `None` if `key` is missing.
    ///
    /// ```
    /// let mut model = redeque::model::Model::new();
    /// model.rpush(b"k", b"a");
    /// assert_eq!(model.lpop(b"k"), Some(b"a".to_vec()));
    /// assert_eq!(model.lpop(b"k"), None);
    /// ```
    pub fn lpop(&mut self, key: &[u8]) -> Option<Vec<u8>> {
        self.edit(key, VecDeque::pop_front)
    }

    /// RPOP: takes the tail of the list at `key`; `None` if `key` is missing.
    ///
    /// ```
    /// let mut model = redeque::model::Model::new();
    /// model.rpush_all(b"k", &["a", "b"])?;
    /// assert_eq!(model.rpop(b"k"), Some(b"b".to_vec()));
    /// # Ok::<(), redeque::Error>(())
    /// ```
    pub fn rpop(&mut self, key: &[u8]) -> Option<Vec<u8>> {
        self.edit(key, VecDeque::pop_back)
    }

    /// LPOP with a count: takes up to `count` elements from the head, in the order of taking.
    ///
    /// A missing key gives `None`, also with count 0; count 0 on a list gives an empty vector.
    ///
    /// ```
    /// let mut model = redeque::model::Model::new();
    /// model.rpush_all(b"k", &["a", "b", "c"])?;
    /// assert_eq!(model.lpop_count(b"k", 0), Some(vec![]));
    /// assert_eq!(model.lpop_count(b"k", 2), Some(vec![b"a".to_vec(), b"b".to_vec()]));
    /// assert_eq!(model.lpop_count(b"missing", 0), None);
    /// # Ok::<(), redeque::Error>(())
    /// ```
    pub fn lpop_count(&mut self, key: &[u8], count: usize) -> Option<Vec<Vec<u8>>> {
        let taken = count.min(self.llen(key));
        self.exists(key).then(|| (0..taken).filter_map(|_| self.lpop(key)).collect())
    }

    /// RPOP with a count: takes up to `count` elements from the tail, in the order of taking.
    ///
    /// A missing key gives `None`, also with count 0; count 0 on a list gives an empty vector.
    ///
    /// ```
    /// let mut model = redeque::model::Model::new();
    /// model.rpush_all(b"k", &["a", "b", "c"])?;
    /// assert_eq!(model.rpop_count(b"k", 2), Some(vec![b"c".to_vec(), b"b".to_vec()]));
    /// # Ok::<(), redeque::Error>(())
    /// ```
    pub fn rpop_count(&mut self, key: &[u8], count: usize) -> Option<Vec<Vec<u8>>> {
        let taken = count.min(self.llen(key));
        self.exists(key).then(|| (0..taken).filter_map(|_| self.rpop(key)).collect())
    }

    /// LMPOP: takes up to `count` elements from the `from` end of the first of `keys` that exists.
    ///
    /// # Errors
    ///
    /// [`Error::NumkeysNotPositive`] if there are no keys, then [`Error::CountNotPositive`] if `count` is 0.
    ///
    /// ```
    /// use redeque::Direction::Right;
    ///
    /// let mut model = redeque::model::Model::new();
    /// model.rpush_all(b"k", &["a", "b"])?;
    /// let (key, elements) = model.lmpop(&["missing", "k"], Right, 9)?.unwrap();
    /// assert_eq!(key, b"k");
    /// assert_eq!(elements, [b"b", b"a"]);
    /// # Ok::<(), redeque::Error>(())
    /// ```
    #[expect(clippy::type_complexity)]
    pub fn lmpop(
        &mut self,
        keys: &[impl AsRef<[u8]>],
        from: Direction,
        count: usize,
    ) -> Result<Option<(Vec<u8>, Vec<Vec<u8>>)>, Error> {
        if keys.is_empty() {
            return Err(Error::NumkeysNotPositive);
        }
        if count == 0 {
            return Err(Error::CountNotPositive);
        }
        let Some(key) = keys.iter().map(AsRef::as_ref).find(|key| self.exists(key)) else {
            return Ok(None);
        };
        let elements = match from {
            Direction::Left => self.lpop_count(key, count),
            Direction::Right => self.rpop_count(key, count),
        };
        Ok(elements.map(|elements| (key.to_vec(), elements)))
    }
}

/// Reads.
impl Model {
    /// LLEN: the number of elements at `key`, 0 if it is missing.
    ///
    /// ```
    /// let mut model = redeque::model::Model::new();
    /// assert_eq!(model.llen(b"k"), 0);
    /// model.rpush(b"k", b"a");
    /// assert_eq!(model.llen(b"k"), 1);
    /// ```
    pub fn llen(&self, key: &[u8]) -> usize {
        self.get(key).len()
    }

    /// LRANGE: the elements from `start` to `stop`, both included; negative indexes count from the tail.
    ///
    /// ```
    /// let mut model = redeque::model::Model::new();
    /// model.rpush_all(b"k", &["a", "b", "c"])?;
    /// assert_eq!(model.lrange(b"k", 1, 99), [b"b", b"c"]);
    /// assert_eq!(model.lrange(b"k", -2, -2), [b"b"]);
    /// # Ok::<(), redeque::Error>(())
    /// ```
    pub fn lrange(&self, key: &[u8], start: i64, stop: i64) -> Vec<Vec<u8>> {
        range(self.get(key), start, stop).into()
    }

    /// LINDEX: the element at `index`; `None` if `key` is missing or `index` lies outside the list.
    ///
    /// ```
    /// let mut model = redeque::model::Model::new();
    /// model.rpush_all(b"k", &["a", "b"])?;
    /// assert_eq!(model.lindex(b"k", -1), Some(b"b".to_vec()));
    /// assert_eq!(model.lindex(b"k", 2), None);
    /// # Ok::<(), redeque::Error>(())
    /// ```
    pub fn lindex(&self, key: &[u8], index: i64) -> Option<Vec<u8>> {
        let at = position(index, self.llen(key));
        self.get(key).get(usize::try_from(at).ok()?).cloned()
    }

    /// LPOS: the position of the first `element` from the head, `None` without one.
    ///
    /// ```
    /// let mut model = redeque::model::Model::new();
    /// model.rpush_all(b"k", &["a", "b", "b"])?;
    /// assert_eq!(model.lpos(b"k", b"b"), Some(1));
    /// assert_eq!(model.lpos(b"k", b"z"), None);
    /// # Ok::<(), redeque::Error>(())
    /// ```
    pub fn lpos(&self, key: &[u8], element: &[u8]) -> Option<usize> {
        self.get(key).iter().position(|candidate| candidate == element)
    }

    /// LPOS with RANK and MAXLEN: the position of the `rank`-th `element`, counted from the tail if `rank` is
    /// negative, among the first `maxlen` elements in that direction (0: among all).
    ///
    /// # Errors
    ///
    /// [`Error::RankZero`] if `rank` is 0, [`Error::OutOfSymmetricRange`] if it is `i64::MIN`.
    ///
    /// ```
    /// let mut model = redeque::model::Model::new();
    /// model.rpush_all(b"k", &["a", "b", "a"])?;
    /// assert_eq!(model.lpos_with(b"k", b"a", 2, 0)?, Some(2));
    /// assert_eq!(model.lpos_with(b"k", b"a", -2, 0)?, Some(0));
    /// assert_eq!(model.lpos_with(b"k", b"a", -2, 2)?, None);
    /// # Ok::<(), redeque::Error>(())
    /// ```
    pub fn lpos_with(
        &self,
        key: &[u8],
        element: &[u8],
        rank: i64,
        maxlen: usize,
    ) -> Result<Option<usize>, Error> {
        Ok(self.lpos_count(key, element, 1, rank, maxlen)?.first().copied())
    }

    /// LPOS with COUNT: the positions of up to `count` matches (0: of all), in the order of the search.
    /// `rank` and `maxlen` as in [`lpos_with`](Self::lpos_with).
    ///
    /// # Errors
    ///
    /// [`Error::RankZero`] if `rank` is 0, [`Error::OutOfSymmetricRange`] if it is `i64::MIN`.
    ///
    /// ```
    /// let mut model = redeque::model::Model::new();
    /// model.rpush_all(b"k", &["a", "b", "a"])?;
    /// assert_eq!(model.lpos_count(b"k", b"a", 0, 1, 0)?, [0, 2]);
    /// assert_eq!(model.lpos_count(b"k", b"a", 0, -1, 0)?, [2, 0]);
    /// # Ok::<(), redeque::Error>(())
    /// ```
    pub fn lpos_count(
        &self,
        key: &[u8],
        element: &[u8],
        count: usize,
        rank: i64,
        maxlen: usize,
    ) -> Result<Vec<usize>, Error> {
        let skipped = match rank {
            0 => return Err(Error::RankZero),
            i64::MIN => return Err(Error::OutOfSymmetricRange),
            _ => rank.abs() - 1,
        };
        let mut search: Vec<(usize, &Vec<u8>)> = self.get(key).iter().enumerate().collect();
        if rank < 0 {
            search.reverse();
        }
        if maxlen > 0 {
            search.truncate(maxlen);
        }
        let matches =
            search.into_iter().filter(|(_, candidate)| *candidate == element).map(|(at, _)| at);
        // Counting the matches, instead of `skip`, takes any rank on any platform.
        let ranked = (0..).zip(matches).filter(|(nth, _)| *nth >= skipped).map(|(_, at)| at);
        Ok(ranked.take(if count == 0 { usize::MAX } else { count }).collect())
    }
}

/// Edits.
impl Model {
    /// LSET: replaces the element at `index`.
    ///
    /// # Errors
    ///
    /// [`Error::NoSuchKey`] if `key` is missing, [`Error::IndexOutOfRange`] if `index` lies outside the list.
    ///
    /// ```
    /// let mut model = redeque::model::Model::new();
    /// model.rpush_all(b"k", &["a", "b"])?;
    /// model.lset(b"k", -1, b"c")?;
    /// assert_eq!(model.lrange(b"k", 0, -1), [b"a", b"c"]);
    /// # Ok::<(), redeque::Error>(())
    /// ```
    pub fn lset(&mut self, key: &[u8], index: i64, element: &[u8]) -> Result<(), Error> {
        if !self.exists(key) {
            return Err(Error::NoSuchKey);
        }
        self.edit(key, |list| {
            let at = usize::try_from(position(index, list.len())).ok();
            let place = at.and_then(|at| list.get_mut(at)).ok_or(Error::IndexOutOfRange)?;
            *place = element.to_vec();
            Ok(())
        })
    }

    /// LINSERT BEFORE: puts `element` before the first `pivot` from the head.
    ///
    /// Returns the new length, 0 if `key` is missing, -1 if `pivot` is.
    ///
    /// ```
    /// let mut model = redeque::model::Model::new();
    /// model.rpush(b"k", b"b");
    /// assert_eq!(model.linsert_before(b"k", b"b", b"a"), 2);
    /// assert_eq!(model.linsert_before(b"k", b"z", b"a"), -1);
    /// assert_eq!(model.linsert_before(b"missing", b"z", b"a"), 0);
    /// assert_eq!(model.lrange(b"k", 0, -1), [b"a", b"b"]);
    /// ```
    pub fn linsert_before(&mut self, key: &[u8], pivot: &[u8], element: &[u8]) -> i64 {
        self.linsert(key, pivot, 0, element)
    }

    /// LINSERT AFTER: puts `element` after the first `pivot` from the head.
    ///
    /// Returns the new length, 0 if `key` is missing, -1 if `pivot` is.
    ///
    /// ```
    /// let mut model = redeque::model::Model::new();
    /// model.rpush_all(b"k", &["a", "c", "a"])?;
    /// assert_eq!(model.linsert_after(b"k", b"a", b"b"), 4);
    /// assert_eq!(model.lrange(b"k", 0, -1), [b"a", b"b", b"c", b"a"]);
    /// # Ok::<(), redeque::Error>(())
    /// ```
    pub fn linsert_after(&mut self, key: &[u8], pivot: &[u8], element: &[u8]) -> i64 {
        self.linsert(key, pivot, 1, element)
    }

    fn linsert(&mut self, key: &[u8], pivot: &[u8], places_after_it: usize, element: &[u8]) -> i64 {
        if !self.exists(key) {
            return 0;
        }
        self.edit(key, |list| {
            let Some(at) = list.iter().position(|candidate| candidate == pivot) else {
                return -1;
            };
            list.insert(at + places_after_it, element.to_vec());
            i64::try_from(list.len()).unwrap_or(i64::MAX)
        })
    }

    /// LREM: removes the first `count` elements that equal `element`, the last ones if `count` is negative, all
    /// if it is 0; returns how many.
    ///
    /// # Errors
    ///
    /// [`Error::OutOfSymmetricRange`] if `count` is `i64::MIN`.
    ///
    /// ```
    /// let mut model = redeque::model::Model::new();
    /// model.rpush_all(b"k", &["a", "b", "a", "a"])?;
    /// assert_eq!(model.lrem(b"k", -2, b"a")?, 2);
    /// assert_eq!(model.lrange(b"k", 0, -1), [b"a", b"b"]);
    /// # Ok::<(), redeque::Error>(())
    /// ```
    pub fn lrem(&mut self, key: &[u8], count: i64, element: &[u8]) -> Result<usize, Error> {
        if count == i64::MIN {
            return Err(Error::OutOfSymmetricRange);
        }
        let most = usize::try_from(count.abs()).unwrap_or(usize::MAX);
        let list = self.get(key);
        let matches = (0..list.len()).filter(|at| list[*at] == element);
        let removed: HashSet<usize> = match count {
            0 => matches.collect(),
            1.. => matches.take(most).collect(),
            ..0 => matches.rev().take(most).collect(),
        };
        let kept =
            (0..list.len()).filter(|at| !removed.contains(at)).map(|at| list[at].clone()).collect();
        self.put(key, kept);
        Ok(removed.len())
    }

    /// LTRIM: keeps only the elements from `start` to `stop`, both included.
    ///
    /// ```
    /// let mut model = redeque::model::Model::new();
    /// model.rpush_all(b"k", &["a", "b", "c"])?;
    /// model.ltrim(b"k", 1, -1);
    /// assert_eq!(model.lrange(b"k", 0, -1), [b"b", b"c"]);
    /// model.ltrim(b"k", 1, 0);
    /// assert!(!model.exists(b"k"));
    /// # Ok::<(), redeque::Error>(())
    /// ```
    pub fn ltrim(&mut self, key: &[u8], start: i64, stop: i64) {
        let kept = range(self.get(key), start, stop);
        self.put(key, kept);
    }
}

/// Moves of elements.
impl Model {
    /// LMOVE: takes an element from the `from` end of `source`, puts it at the `to` end of `destination`, and
    /// returns it; `None` if `source` is missing. With one key for both the list is rotated.
    ///
    /// ```
    /// use redeque::Direction::{Left, Right};
    ///
    /// let mut model = redeque::model::Model::new();
    /// model.rpush_all(b"s", &["a", "b"])?;
    /// assert_eq!(model.lmove(b"s", b"s", Left, Right), Some(b"a".to_vec()));
    /// assert_eq!(model.lrange(b"s", 0, -1), [b"b", b"a"]);
    /// # Ok::<(), redeque::Error>(())
    /// ```
    pub fn lmove(
        &mut self,
        source: &[u8],
        destination: &[u8],
        from: Direction,
        to: Direction,
    ) -> Option<Vec<u8>> {
        let deadline = self.deadlines.get(source).copied().filter(|_| source == destination);
        let element = match from {
            Direction::Left => self.lpop(source),
            Direction::Right => self.rpop(source),
        }?;
        match to {
            Direction::Left => self.lpush(destination, &element),
            Direction::Right => self.rpush(destination, &element),
        };
        self.keep_deadline(source, deadline);
        Some(element)
    }

    /// A list that is its own destination was not empty in between: it still has the deadline that it had.
    fn keep_deadline(&mut self, key: &[u8], deadline: Option<i64>) {
        self.deadlines.extend(deadline.map(|deadline| (key.to_vec(), deadline)));
    }

    /// LMOVEM: takes elements from the `from` end of `source`, puts them at the `to` end of `destination`, and returns them
    /// as they lie there; `None` if `source` has too few.
    ///
    /// # Errors
    ///
    /// [`Error::CountNotPositive`] for a count of 0.
    ///
    /// ```
    /// use redeque::Direction::{Left, Right};
    /// use redeque::{MoveCount, MoveOrder};
    ///
    /// let mut model = redeque::model::Model::new();
    /// model.rpush_all(b"s", &["a", "b", "c"])?;
    /// let moved = model.lmovem(b"s", b"d", Right, Right, MoveCount::UpTo(2), MoveOrder::Bulk)?;
    /// assert_eq!(moved, Some(vec![b"b".to_vec(), b"c".to_vec()]));
    /// # Ok::<(), redeque::Error>(())
    /// ```
    pub fn lmovem(
        &mut self,
        source: &[u8],
        destination: &[u8],
        from: Direction,
        to: Direction,
        count: MoveCount,
        order: MoveOrder,
    ) -> Result<Option<Vec<Vec<u8>>>, Error> {
        let length = self.get(source).len();
        let (most, least) = match count {
            MoveCount::UpTo(count) => (count, 1),
            MoveCount::Exactly(count) => (count, count),
        };
        if most == 0 {
            return Err(Error::CountNotPositive);
        }
        if length < least {
            return Ok(None);
        }
        let deadline = self.deadlines.get(source).copied().filter(|_| source == destination);
        let mut block = match from {
            Direction::Left => self.lpop_count(source, most),
            Direction::Right => self.rpop_count(source, most),
        }
        .unwrap_or_default();
        let is_turned = match order {
            MoveOrder::OneByOne => to == Direction::Left,
            MoveOrder::Bulk => from == Direction::Right,
        };
        if is_turned {
            block.reverse();
        }
        let there = self.get(destination).iter().cloned();
        let together = match to {
            Direction::Left => block.iter().cloned().chain(there).collect(),
            Direction::Right => there.chain(block.iter().cloned()).collect(),
        };
        self.put(destination, together);
        self.keep_deadline(source, deadline);
        Ok(Some(block))
    }

    /// RPOPLPUSH: [`lmove`](Self::lmove) from the right to the left.
    ///
    /// ```
    /// let mut model = redeque::model::Model::new();
    /// model.rpush_all(b"s", &["a", "b"])?;
    /// assert_eq!(model.rpoplpush(b"s", b"d"), Some(b"b".to_vec()));
    /// assert_eq!(model.lrange(b"d", 0, -1), [b"b"]);
    /// # Ok::<(), redeque::Error>(())
    /// ```
    pub fn rpoplpush(&mut self, source: &[u8], destination: &[u8]) -> Option<Vec<u8>> {
        self.lmove(source, destination, Direction::Right, Direction::Left)
    }
}
