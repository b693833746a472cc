//! How many wait, as the store tells.

use crate::support::{block, everywhere, run};

#[test]
fn a_waiter_for_several_keys_counts_once() {
    everywhere(|store| {
        assert_eq!(store.blocked_clients(), 0);
        let several = block(store, "BLPOP a b c a");
        let one = block(store, "BLMOVE a b LEFT RIGHT");
        assert_eq!(store.blocked_clients(), 2);
        drop(several);
        assert_eq!(store.blocked_clients(), 1);
        drop(one);
        assert_eq!(store.blocked_clients(), 0);
    });
}

#[test]
fn a_waiter_that_was_served_and_did_not_run_since_does_not_count() {
    everywhere(|store| {
        let mut served = block(store, "BLPOP a b c");
        let _other = block(store, "BRPOP a");
        run(store, "RPUSH c x");
        assert_eq!(store.blocked_clients(), 1);
        assert_eq!(served.got(), "c x");
        assert_eq!(store.blocked_clients(), 1);
    });
}
