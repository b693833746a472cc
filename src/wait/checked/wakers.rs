//! Wakers are code of the caller's. They may use the store, so no lock is held when they run or are dropped.

use std::sync::Arc;
use std::task::{Wake, Waker};

use super::{A, B, Scene, in_every_order, polled_around};

/// Looks at the store when it wakes, and when it is dropped.
struct Curious<const SHARDS: usize>(Arc<Scene<SHARDS>>);

impl<const SHARDS: usize> Curious<SHARDS> {
    fn look(&self) {
        let lengths = self.0.keys.each_ref().map(|key| self.0.store.llen(key));
        assert!(lengths.into_iter().sum::<usize>() <= 1);
    }
}

impl<const SHARDS: usize> Wake for Curious<SHARDS> {
    fn wake(self: Arc<Self>) {
        self.look();
    }
}

impl<const SHARDS: usize> Drop for Curious<SHARDS> {
    fn drop(&mut self) {
        self.look();
    }
}

fn curious<const SHARDS: usize>(scene: &Arc<Scene<SHARDS>>) -> Waker {
    Waker::from(Arc::new(Curious(Arc::clone(scene))))
}

#[test]
fn a_waker_may_use_the_store() {
    in_every_order(|| {
        let scene = Scene::<2>::new();
        let mut waiting = scene.blpop([A, B]);
        assert!(waiting.poll_now(&curious(&scene)).is_pending());
        let pusher = scene.spawn(|scene| scene.push(B, "x"));
        let reply = polled_around(waiting, &curious(&scene), || pusher.join().unwrap());
        assert_eq!(scene.got(reply), (B, "x"));
        scene.ends_with(["", ""]);
    });
}

#[test]
fn a_waker_may_use_the_store_when_the_wait_is_given_up() {
    in_every_order(|| {
        let scene = Scene::<2>::new();
        let mut waiting = scene.blmove(A, B);
        assert!(waiting.poll_now(&curious(&scene)).is_pending());
        let pusher = scene.spawn(|scene| scene.push(A, "x"));
        drop(waiting);
        pusher.join().unwrap();
        scene.ends_with(["x", ""]);
    });
}
