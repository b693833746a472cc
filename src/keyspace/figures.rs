//! The figures of a keyspace: what is counted anyway, or where somebody waits. A command that nobody waits for or watches
//! counts itself and its elements, in fields of the shard whose lock it holds.

use std::sync::atomic::{AtomicU64, Ordering};

use super::guard::Guard;
use crate::Stats;

/// What was counted before CONFIG RESETSTAT, which sets only what counts events back to 0.
#[derive(Debug, Default)]
pub(super) struct Uncounted {
    waits_served: AtomicU64,
    waits_given_up: AtomicU64,
    connections: AtomicU64,
    expired: AtomicU64,
    commits: AtomicU64,
}

impl Guard<'_> {
    /// The figures, with every shard locked.
    pub(crate) fn stats(&self) -> Stats {
        let (all, before) = (self.counted(), self.keyspace().uncounted());
        let since =
            |count: u64, before: &AtomicU64| count.saturating_sub(before.load(Ordering::Relaxed));
        Stats {
            waits_served: since(all.waits_served, &before.waits_served),
            waits_given_up: since(all.waits_given_up, &before.waits_given_up),
            connections_received: since(all.connections_received, &before.connections),
            expired: since(all.expired, &before.expired),
            commits: since(all.commits, &before.commits),
            ..all
        }
    }

    /// Has events counted from here on, with every shard locked.
    pub(crate) fn reset_stats(&self) {
        let (all, before) = (self.counted(), self.keyspace().uncounted());
        before.waits_served.store(all.waits_served, Ordering::Relaxed);
        before.waits_given_up.store(all.waits_given_up, Ordering::Relaxed);
        before.connections.store(all.connections_received, Ordering::Relaxed);
        before.expired.store(all.expired, Ordering::Relaxed);
        before.commits.store(all.commits, Ordering::Relaxed);
    }

    fn counted(&self) -> Stats {
        let clients = self.keyspace().clients();
        let mut stats = Stats {
            keys: self.dbsize(),
            bytes: self.keyspace().used_memory(),
            log_bytes: self.keyspace().log_size(),
            waiters: self.blocked_clients(),
            connections: clients.count(),
            connections_received: clients.received(),
            ..Stats::default()
        };
        for shard in self.shards() {
            stats.elements += shard.element_count();
            stats.commits += shard.commits();
            let [served, given_up] = shard.queues().counts();
            stats.waits_served += served;
            stats.waits_given_up += given_up;
            stats.watched_keys += shard.watched_keys();
            let (with_deadline, expired) = shard.expiry_counts();
            stats.keys_with_deadline += with_deadline;
            stats.expired += expired;
        }
        stats
    }
}
