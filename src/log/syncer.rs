//! The thread that brings to disk what nobody does who waits: each second, and for tasks at once.

use std::time::{Duration, Instant};

use super::options::Fsync;
use super::turn::Turn;
use super::writer::Writer;

const SECOND: Duration = Duration::from_secs(1);

/// When there is something to sync, and up to where.
#[derive(Debug, Clone, Copy)]
enum Due {
    Never,
    At(Instant),
    Now(u64),
}

impl Writer {
    /// To be called after something was wanted, without a lock.
    pub(super) fn nudge_syncer(&self) {
        if self.syncer.needs_a_nudge() {
            let start = || self.spawn("redeque-log-sync", |writer| writer.run_syncer());
            if self.syncer.nudge(start).is_err() {
                // No thread is to be had. A task that waits here is better than one that nobody wakes.
                let turn = self.turn.lock();
                let position = turn.wanted().unwrap_or(turn.written).max(turn.written);
                drop(turn);
                let _ = self.wait_until_durable(position);
            }
        }
    }

    pub(super) fn run_syncer(&self) {
        let seat = self.syncer.begin();
        while self.syncer.may_sleep() {
            let due = self.due(&self.turn.lock());
            match due {
                Due::Never => seat.park(),
                Due::At(time) => seat.park_deadline(time),
                Due::Now(position) => {
                    self.syncer.is_awake();
                    // It fails for all, who hear of it when they ask.
                    let _ = self.wait_until_durable(position);
                }
            }
        }
    }

    fn due(&self, turn: &Turn) -> Due {
        if turn.ended.is_some() {
            return Due::Never;
        }
        if let Some(position) = turn.wanted() {
            return Due::Now(position);
        }
        match turn.since.map(|since| since + SECOND) {
            Some(time) if self.fsync == Fsync::EverySecond && time > Instant::now() => {
                Due::At(time)
            }
            Some(_) if self.fsync == Fsync::EverySecond => Due::Now(turn.written),
            _ => Due::Never,
        }
    }
}
