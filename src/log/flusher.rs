//! The thread that hands to the system at once what was appended, where nobody waits for the disk; and, where the disk was full,
//! tries again now and then.

use std::io;
use std::thread::{Builder, JoinHandle};
use std::time::{Duration, Instant};

use super::options::Fsync;
use super::writer::Writer;
use crate::sync::Parker;

/// How long it waits for more before it looks again. Until then, those who append need not wake it.
const PAUSE: Duration = Duration::from_millis(2);

/// How long it waits between two attempts where the disk is full: at first, and at most.
const FIRST: Duration = Duration::from_millis(100);
const MOST: Duration = Duration::from_secs(1);

/// The pause after one of this length.
fn next_pause(pause: Duration, is_full: bool) -> Duration {
    if is_full { (2 * pause).clamp(FIRST, MOST) } else { PAUSE }
}

#[cfg_attr(redeque_loom, expect(unused_variables, reason = "time does not pass"))]
fn pause(seat: &Parker, pause: Duration) {
    #[cfg(not(redeque_loom))]
    seat.park_deadline(Instant::now() + pause);
    // Time does not pass in a checked test, but others go on.
    #[cfg(redeque_loom)]
    loom::thread::yield_now();
}

impl Writer {
    /// To be called after something was appended, without a lock.
    #[inline]
    pub(super) fn nudge_flusher(&self) {
        if self.flusher.needs_a_nudge() {
            self.wake_flusher();
        }
    }

    #[cold]
    fn wake_flusher(&self) {
        if self.refuse_after_fork().is_err() {
            return;
        }
        let start = || self.spawn("redeque-log", |writer| writer.run_flusher());
        if self.flusher.nudge(start).is_err() {
            // No thread is to be had.
            self.flush();
        }
    }

    pub(super) fn run_flusher(&self) {
        let seat = self.flusher.begin();
        let mut time = PAUSE;
        while self.flusher.may_sleep() {
            if !self.has_something_to_flush() {
                seat.park();
                continue;
            }
            self.flusher.is_awake();
            self.flush();
            let is_full = self.turn.lock().full.is_some();
            time = next_pause(time, is_full);
            pause(&seat, time);
        }
    }

    fn has_something_to_flush(&self) -> bool {
        let turn = self.turn.lock();
        let is_waiting = self.fsync != Fsync::Always && !self.buffer.is_empty();
        turn.ended.is_none() && (turn.full.is_some() || is_waiting)
    }

    fn flush(&self) {
        let mut turn = self.turn.lock();
        // Nobody else looks at the time while a sync takes too long.
        if self.is_late(&turn) {
            self.buffer.call_for_caution();
        }
        if turn.ended.is_none()
            && let Some(tail) = turn.take_tail()
        {
            drop(turn);
            // It fails for all, who hear of it when they ask.
            self.write(tail);
        }
    }

    /// Starts a thread, which keeps what it shares with the handle, but not the handle.
    pub(super) fn spawn(&self, name: &str, run: fn(&Self)) -> io::Result<Option<JoinHandle<()>>> {
        match self.me.upgrade() {
            // A scenario starts the threads that the model checker is to know.
            _ if cfg!(redeque_loom) => Ok(None),
            None => Ok(None),
            Some(writer) => {
                Builder::new().name(name.to_owned()).spawn(move || run(&writer)).map(Some)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::next_pause;

    #[test]
    fn attempts_on_a_full_disk_get_rarer_until_there_is_room() {
        let mut pause = next_pause(Duration::ZERO, false);
        assert_eq!(pause.as_millis(), 2);
        let pauses = std::array::from_fn(|_| {
            pause = next_pause(pause, true);
            pause.as_millis()
        });
        assert_eq!(pauses, [100, 200, 400, 800, 1000, 1000]);
        assert_eq!(next_pause(pause, false).as_millis(), 2);
    }
}
