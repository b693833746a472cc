//! What keys and lists have allocated, counted where it is allocated and freed.
//!
//! Every buffer of a list and of a table is in a [`Counted`], which notes in its thread what it takes when it is made, and
//! what it gives back when it is dropped. So nothing is counted per element, and no buffer can be forgotten. Whose memory it
//! is knows only who holds the lock under which it changed: when a command is done, its keyspace [takes over](take) what was
//! noted. What belongs to no keyspace is made and dropped [apart].

use std::cell::Cell;
use std::collections::VecDeque;
use std::ops::{Deref, DerefMut};

use crate::sync::per_thread;

per_thread! {
    /// What this thread allocated and freed since it was last taken over.
    static NOTED: Cell<isize> = const { Cell::new(0) };
}

/// Something that owns memory, of a size that it can tell.
pub(crate) trait Allocated {
    /// The bytes that it has asked the allocator for; not what its items have.
    fn allocated(&self) -> usize;
}

impl<T: ?Sized> Allocated for Box<T> {
    #[inline]
    fn allocated(&self) -> usize {
        size_of_val(&**self)
    }
}

impl<T> Allocated for Vec<T> {
    #[inline]
    fn allocated(&self) -> usize {
        self.capacity() * size_of::<T>()
    }
}

impl<T> Allocated for VecDeque<T> {
    #[inline]
    fn allocated(&self) -> usize {
        self.capacity() * size_of::<T>()
    }
}

/// A buffer whose memory is counted for as long as this holds it.
#[derive(Debug)]
pub(crate) struct Counted<T: Allocated>(T);

impl<T: Allocated> Counted<T> {
    #[inline]
    pub(crate) fn new(buffer: T) -> Self {
        note(0, buffer.allocated());
        Self(buffer)
    }

    /// Of what has not allocated anything yet.
    pub(crate) const fn unallocated(buffer: T) -> Self {
        Self(buffer)
    }

    /// What it holds, which is counted no more.
    #[inline]
    pub(crate) fn into_inner(mut self) -> T
    where
        T: Default,
    {
        let buffer = std::mem::take(&mut self.0);
        note(buffer.allocated(), 0);
        buffer
    }

    /// The items, of which there will be as many.
    #[inline]
    pub(crate) fn items(&mut self) -> &mut T::Target
    where
        T: DerefMut,
    {
        &mut self.0
    }

    /// The buffer, for what neither allocates nor frees.
    #[inline]
    pub(crate) fn as_it_is(&mut self) -> &mut T {
        &mut self.0
    }

    /// Changes the buffer, which may allocate or free.
    #[inline]
    pub(crate) fn resize<R>(&mut self, change: impl FnOnce(&mut T) -> R) -> R {
        let before = self.0.allocated();
        let result = change(&mut self.0);
        note(before, self.0.allocated());
        result
    }
}

impl<T: Allocated + Default> Default for Counted<T> {
    /// What is empty has allocated nothing.
    #[inline]
    fn default() -> Self {
        Self::unallocated(T::default())
    }
}

impl<T: Allocated + Clone> Clone for Counted<T> {
    fn clone(&self) -> Self {
        Self::new(self.0.clone())
    }
}

impl<T: Allocated> Drop for Counted<T> {
    #[inline]
    fn drop(&mut self) {
        let freed = self.0.allocated();
        if freed > 0 {
            note(freed, 0);
        }
    }
}

impl<T: Allocated> Deref for Counted<T> {
    type Target = T;

    #[inline]
    fn deref(&self) -> &T {
        &self.0
    }
}

/// Notes that what took `before` bytes takes `after` now.
#[inline]
pub(crate) fn note(before: usize, after: usize) {
    let more = after.wrapping_sub(before).cast_signed();
    NOTED.with(|noted| noted.set(noted.get().wrapping_add(more)));
}

/// What was noted since it was last taken over: more than nothing if more was allocated than freed.
#[inline]
pub(crate) fn noted() -> isize {
    NOTED.with(Cell::get)
}

/// Takes over what was noted.
pub(crate) fn take() -> isize {
    NOTED.with(Cell::take)
}

/// Whether nothing is left that should have been taken over. Where something panics, nobody asks.
pub(crate) fn is_taken_over() -> bool {
    noted() == 0 || std::thread::panicking()
}

/// Does what concerns no store: nothing of it is noted.
pub(crate) fn apart<R>(act: impl FnOnce() -> R) -> R {
    let _before = Restored(noted());
    act()
}

/// What had been noted, which is noted again when this goes, also where something panics.
struct Restored(isize);

impl Drop for Restored {
    fn drop(&mut self) {
        NOTED.with(|noted| noted.set(self.0));
    }
}

/// A copy that belongs to no store, wherever it is made and dropped.
#[derive(Debug)]
pub(crate) struct Apart<T>(Option<T>);

impl<T> Apart<T> {
    pub(crate) fn new(make: impl FnOnce() -> Option<T>) -> Self {
        Self(apart(make))
    }

    pub(crate) fn get(&self) -> Option<&T> {
        self.0.as_ref()
    }
}

impl<T> Drop for Apart<T> {
    fn drop(&mut self) {
        apart(|| drop(self.0.take()));
    }
}

#[cfg(test)]
mod tests {
    use super::{Apart, Counted, apart, noted, take};

    /// What is noted of this.
    fn noted_of<R>(act: impl FnOnce() -> R) -> (R, isize) {
        let before = noted();
        let result = act();
        (result, noted() - before)
    }

    #[test]
    fn a_buffer_is_counted_from_when_it_is_made_until_it_goes() {
        let (buffer, made) = noted_of(|| Counted::new(vec![0_u8; 100].into_boxed_slice()));
        let (copy, copied) = noted_of(|| buffer.clone());
        let (inner, left) = noted_of(|| buffer.into_inner());
        let ((), freed) = noted_of(|| drop(copy));
        let ((), elsewhere) = noted_of(|| drop(inner));
        assert_eq!((made, copied, left, freed, elsewhere), (100, 100, -100, -100, 0));
    }

    #[test]
    fn what_grows_is_counted_as_it_grows() {
        let (mut numbers, empty) = noted_of(Counted::<Vec<u32>>::default);
        let ((), grown) = noted_of(|| numbers.resize(|numbers| numbers.reserve_exact(10)));
        let ((), filled) = noted_of(|| numbers.as_it_is().push(1));
        let ((), shrunk) = noted_of(|| numbers.resize(Vec::shrink_to_fit));
        let ((), gone) = noted_of(|| drop(numbers));
        assert_eq!((empty, grown, filled, shrunk, gone), (0, 40, 0, -36, -4));
    }

    #[test]
    fn what_is_taken_over_is_noted_no_more() {
        let buffer = Counted::new(vec![0_u8; 8]);
        assert_eq!(take(), 8);
        assert_eq!(noted(), 0);
        drop(buffer);
        assert_eq!(take(), -8);
    }

    #[test]
    fn what_is_apart_is_not_noted() {
        let (copy, made) = noted_of(|| Apart::new(|| Some(Counted::new(vec![0_u8; 8]))));
        assert!(copy.get().is_some());
        let ((), dropped) = noted_of(|| drop(copy));
        let (kept, counted) = noted_of(|| apart(|| Counted::new(vec![0_u8; 8])));
        assert_eq!((made, dropped, counted), (0, 0, 0));
        apart(|| drop(kept));
    }
}
