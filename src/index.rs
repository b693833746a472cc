//! The one place for negative and out-of-range indexes.
//!
//! Redis counts from the head with 0, 1, 2, … and from the tail with -1, -2, …. Knows nothing but lengths.

use std::ops::Range;

/// The position that `index` names in a list of `len` elements, if it has one.
pub(crate) fn position(index: i64, len: usize) -> Option<usize> {
    let from_head = match u64::try_from(index) {
        Ok(from_head) => usize::try_from(from_head).ok()?,
        Err(_) => len.checked_sub(usize::try_from(index.unsigned_abs()).ok()?)?,
    };
    (from_head < len).then_some(from_head)
}

/// The positions from `start` to `stop`, both included, that exist in a list of `len` elements.
pub(crate) fn resolve(start: i64, stop: i64, len: usize) -> Range<usize> {
    let start = bound(start, len).unwrap_or(0);
    let end = match bound(stop, len) {
        Some(stop) => stop.saturating_add(1).min(len),
        None => 0,
    };
    if start < end { start..end } else { 0..0 }
}

/// The distance of `index` from the head, which may lie beyond the tail; none if it lies before the head.
fn bound(index: i64, len: usize) -> Option<usize> {
    let distance = usize::try_from(index.unsigned_abs()).unwrap_or(usize::MAX);
    if index < 0 { len.checked_sub(distance) } else { Some(distance) }
}

#[cfg(test)]
mod tests {
    use super::{position, resolve};

    #[test]
    fn negative_indexes_count_from_the_tail() {
        assert_eq!(position(0, 3), Some(0));
        assert_eq!(position(2, 3), Some(2));
        assert_eq!(position(-1, 3), Some(2));
        assert_eq!(position(-3, 3), Some(0));
    }

    #[test]
    fn indexes_beyond_either_end_have_no_position() {
        for index in [3, -4, i64::MAX, i64::MIN] {
            assert_eq!(position(index, 3), None, "{index}");
        }
        assert_eq!(position(0, 0), None);
        assert_eq!(position(-1, 0), None);
    }

    #[test]
    fn ranges_are_clamped_to_the_list() {
        assert_eq!(resolve(0, -1, 3), 0..3);
        assert_eq!(resolve(-100, 100, 3), 0..3);
        assert_eq!(resolve(i64::MIN, i64::MAX, 3), 0..3);
        assert_eq!(resolve(1, 1, 3), 1..2);
        assert_eq!(resolve(-2, -1, 3), 1..3);
    }

    #[test]
    fn ranges_without_elements_are_empty() {
        for (start, stop) in [(2, 1), (3, 5), (0, -4), (-1, -2), (i64::MAX, i64::MIN)] {
            assert!(resolve(start, stop, 3).is_empty(), "{start} {stop}");
        }
        assert!(resolve(0, -1, 0).is_empty());
    }
}
