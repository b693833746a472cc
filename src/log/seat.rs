//! Where a thread sleeps while it waits for the disk.

use std::cell::Cell;

use crate::sync::{Parker, per_thread};

per_thread! {
    /// Kept for the next wait. A late wake is then spurious, so who sleeps here looks again when it wakes.
    static SEAT: Cell<Option<Parker>> = const { Cell::new(None) };
}

pub(super) fn seated<T>(wait: impl FnOnce(&Parker) -> T) -> T {
    let seat = SEAT.try_with(Cell::take).ok().flatten().unwrap_or_else(Parker::new);
    let result = wait(&seat);
    // A thread that is ending has no place left to keep it.
    let _ = SEAT.try_with(|kept| kept.set(Some(seat)));
    result
}
