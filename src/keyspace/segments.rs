//! A vector in segments: what lies in one stays where it is while the vector grows, and memory comes and goes by the
//! segment. So no push and no removal pays for all that is there.
//!
//! Only what is in the segment at the end may move, as that grows to its full size; and the list of segments, three
//! words for each. As long as one segment is enough, it is a vector like any other.

use std::ops::{Index, IndexMut};

use crate::memory::Counted;

#[derive(Debug, Clone)]
pub(super) enum Segments<T, const SIZE: usize> {
    One(Counted<Vec<T>>),
    Many(Counted<Box<Many<T, SIZE>>>),
}

#[derive(Debug, Clone)]
pub(super) struct Many<T, const SIZE: usize> {
    /// All full up to the one where the vector ends. After that there may be one in reserve, which is empty.
    segments: Counted<Vec<Counted<Vec<T>>>>,
    len: usize,
}

/// Room for fewer than this is not given back.
const KEPT: usize = 64;

impl<T, const SIZE: usize> Segments<T, SIZE> {
    pub(super) const fn new() -> Self {
        Self::One(Counted::unallocated(Vec::new()))
    }

    #[inline]
    pub(super) fn len(&self) -> usize {
        match self {
            Self::One(items) => items.len(),
            Self::Many(many) => many.len,
        }
    }

    #[inline]
    pub(super) fn get(&self, position: usize) -> Option<&T> {
        match self {
            Self::One(items) => items.get(position),
            Self::Many(many) => many.segments.get(position / SIZE)?.get(position % SIZE),
        }
    }

    #[inline]
    pub(super) fn get_mut(&mut self, position: usize) -> Option<&mut T> {
        match self {
            Self::One(items) => items.items().get_mut(position),
            Self::Many(many) => {
                let segments = many.items().segments.items();
                segments.get_mut(position / SIZE)?.items().get_mut(position % SIZE)
            }
        }
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &T> {
        self.segments().iter().flat_map(|segment| segment.iter())
    }

    /// Appends, and gives access to what was appended.
    #[inline]
    pub(super) fn push(&mut self, item: T) -> &mut T {
        if let Self::One(items) = self
            && items.len() == items.capacity()
        {
            self.grow();
        }
        let segment = match self {
            Self::One(items) => items,
            Self::Many(many) => many.items().end(),
        };
        let segment = segment.as_it_is();
        segment.push(item);
        segment.last_mut().expect("it was pushed")
    }

    pub(super) fn pop(&mut self) -> Option<T> {
        match self {
            Self::One(items) => {
                let popped = items.as_it_is().pop();
                shrink_if_sparse(items);
                popped
            }
            Self::Many(many) => {
                let many = many.items();
                many.len -= 1;
                let popped = many.segments.items()[many.len / SIZE].as_it_is().pop();
                self.give_back();
                popped
            }
        }
    }

    /// Drops the last where it is: most that come and go are, and what was just written is slow to move.
    #[inline]
    pub(super) fn drop_last(&mut self) {
        match self {
            Self::One(items) => {
                let rest = items.len().saturating_sub(1);
                items.as_it_is().truncate(rest);
                shrink_if_sparse(items);
            }
            Self::Many(many) => {
                let many = many.items();
                many.len -= 1;
                many.segments.items()[many.len / SIZE].as_it_is().truncate(many.len % SIZE);
                self.give_back();
            }
        }
    }

    fn segments(&self) -> &[Counted<Vec<T>>] {
        match self {
            Self::One(items) => std::slice::from_ref(items),
            Self::Many(many) => &many.segments,
        }
    }

    /// Makes room in the only one, or for another.
    #[cold]
    #[inline(never)]
    fn grow(&mut self) {
        let Self::One(items) = self else { return };
        if items.len() < SIZE {
            grow(items, items.len(), SIZE);
        } else {
            let segments = Counted::new(vec![std::mem::take(items)]);
            *self = Self::Many(Counted::new(Box::new(Many { segments, len: SIZE })));
        }
    }

    #[inline(never)]
    fn give_back(&mut self) {
        if let Self::Many(many) = self
            && let Some(only) = many.items().give_back()
        {
            *self = Self::One(only);
        }
    }

    /// For how many there is room.
    #[cfg(test)]
    pub(super) fn capacity(&self) -> usize {
        self.segments().iter().map(|segment| segment.capacity()).sum()
    }
}

impl<T, const SIZE: usize> Many<T, SIZE> {
    /// The segment to which one more is about to be appended.
    fn end(&mut self) -> &mut Counted<Vec<T>> {
        let end = self.len / SIZE;
        if end == self.segments.len() {
            self.segments.resize(|segments| segments.push(Counted::default()));
        }
        let segment = &mut self.segments.items()[end];
        if segment.len() == segment.capacity() {
            grow(segment, self.len, SIZE);
        }
        self.len += 1;
        segment
    }

    /// Gives up the segment in reserve once the one before it is half empty, so that memory does not come and go where
    /// somebody pushes and pops between two. The other one if only one is left.
    fn give_back(&mut self) -> Option<Counted<Vec<T>>> {
        if self.len + SIZE / 2 > (self.segments.len() - 1) * SIZE {
            return None;
        }
        self.segments.as_it_is().pop();
        shrink_if_sparse(&mut self.segments);
        if self.segments.len() == 1 { self.segments.as_it_is().pop() } else { None }
    }
}

/// Makes room in a segment: for half of all that is there instead of as much again, as unused room is the larger part of what
/// little costs.
#[cold]
#[inline(never)]
fn grow<T>(segment: &mut Counted<Vec<T>>, all: usize, size: usize) {
    #[cfg(test)]
    super::costs::moved(segment.len());
    let room = (all / 2).max(4).min(size - segment.len());
    segment.resize(|segment| segment.reserve_exact(room));
}

/// Gives memory back once three quarters of it are unused, so that the price is spread over the removals.
#[inline]
fn shrink_if_sparse<T>(items: &mut Counted<Vec<T>>) {
    if items.capacity() > KEPT && items.len() < items.capacity() / 4 {
        shrink(items);
    }
}

#[cold]
#[inline(never)]
fn shrink<T>(items: &mut Counted<Vec<T>>) {
    #[cfg(test)]
    super::costs::moved(items.len());
    items.resize(|items| items.shrink_to(items.len() * 2));
}

impl<T, const SIZE: usize> Index<usize> for Segments<T, SIZE> {
    type Output = T;

    #[inline]
    fn index(&self, position: usize) -> &T {
        match self {
            Self::One(items) => &items[position],
            Self::Many(many) => &many.segments[position / SIZE][position % SIZE],
        }
    }
}

impl<T, const SIZE: usize> IndexMut<usize> for Segments<T, SIZE> {
    #[inline]
    fn index_mut(&mut self, position: usize) -> &mut T {
        match self {
            Self::One(items) => &mut items.items()[position],
            Self::Many(many) => {
                &mut many.items().segments.items()[position / SIZE].items()[position % SIZE]
            }
        }
    }
}
