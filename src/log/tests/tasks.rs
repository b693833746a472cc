//! Tasks never wait for the disk themselves.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Poll, Wake, Waker};

use super::support::{Gate, WIDE, append, file, is_a_sync, log_on, pieces, wait_until};
use crate::log::options::Fsync;
use crate::log::simulated::{EIO, Simulated, Verdict};
use crate::log::turn::Ticket;

#[derive(Default)]
struct Count(AtomicUsize);

impl Wake for Count {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }
}

impl Count {
    fn new() -> (Arc<Self>, Waker) {
        let count = Arc::<Self>::default();
        (Arc::clone(&count), Waker::from(count))
    }

    fn get(&self) -> usize {
        self.0.load(Ordering::SeqCst)
    }
}

#[test]
fn a_task_is_pending_until_the_disk_is_done_and_woken_once() {
    let disk = Simulated::default();
    let log = log_on(&disk, Fsync::Always, WIDE);
    let gate = Gate::on(&disk, is_a_sync);
    gate.shut();
    let (count, waker) = Count::new();
    let (position, mut ticket) = (append(&log, 0, 0), Ticket::default());
    assert!(log.poll_settled(position, &mut ticket, &waker).is_pending());
    gate.wait_for_somebody();
    // A spurious one.
    assert!(log.poll_settled(position, &mut ticket, &waker).is_pending());
    assert_eq!(count.get(), 0);
    gate.open();
    wait_until("it is woken", || count.get() == 1);
    assert_eq!(log.poll_settled(position, &mut ticket, &waker), Poll::Ready(Ok(())));
    assert_eq!(pieces(&file(&disk)).len(), 1);
    drop(log);
    assert_eq!(count.get(), 1);
}

#[test]
fn the_waker_of_the_last_poll_is_the_one_that_is_woken() {
    let disk = Simulated::default();
    let log = log_on(&disk, Fsync::Always, WIDE);
    let gate = Gate::on(&disk, is_a_sync);
    gate.shut();
    let ((first, early), (second, late)) = (Count::new(), Count::new());
    let (position, mut ticket) = (append(&log, 0, 0), Ticket::default());
    assert!(log.poll_settled(position, &mut ticket, &early).is_pending());
    assert!(log.poll_settled(position, &mut ticket, &late).is_pending());
    gate.open();
    wait_until("it is woken", || second.get() == 1);
    assert_eq!(first.get(), 0);
}

#[test]
fn a_task_need_not_wait_where_nobody_does() {
    for fsync in [Fsync::EverySecond, Fsync::Never] {
        let disk = Simulated::default();
        let log = log_on(&disk, fsync, WIDE);
        let (position, mut ticket) = (append(&log, 0, 0), Ticket::default());
        let settled = log.poll_settled(position, &mut ticket, Waker::noop());
        assert_eq!(settled, Poll::Ready(Ok(())));
        // A barrier is one everywhere.
        let (count, waker) = Count::new();
        if log.poll_synced(position, &mut ticket, &waker).is_pending() {
            wait_until("it is woken", || count.get() == 1);
        }
        assert_eq!(log.poll_synced(position, &mut ticket, &waker), Poll::Ready(Ok(())));
    }
}

#[test]
fn tasks_hear_of_a_failure_and_a_waker_that_panics_keeps_it_from_nobody() {
    struct Panics;
    impl Wake for Panics {
        fn wake(self: Arc<Self>) {
            panic!("this waker panics");
        }
    }
    let disk = Simulated::default();
    let log = log_on(&disk, Fsync::Always, WIDE);
    let gate = Gate::on(&disk, is_a_sync);
    gate.shut();
    let position = append(&log, 0, 0);
    let (count, waker) = Count::new();
    let (mut bad, mut good) = (Ticket::default(), Ticket::default());
    assert!(log.poll_settled(position, &mut bad, &Waker::from(Arc::new(Panics))).is_pending());
    assert!(log.poll_settled(position, &mut good, &waker).is_pending());
    gate.wait_for_somebody();
    disk.hook(|_, action| if is_a_sync(action) { Verdict::Fail(EIO) } else { Verdict::Succeed });
    // The one at the gate succeeds, the next one fails.
    let second = append(&log, 0, 1);
    let mut later = Ticket::default();
    assert!(log.poll_settled(second, &mut later, &waker).is_pending());
    gate.open();
    wait_until("both are woken", || count.get() == 2);
    assert_eq!(log.poll_settled(position, &mut good, &waker), Poll::Ready(Ok(())));
    assert!(matches!(log.poll_settled(second, &mut later, &waker), Poll::Ready(Err(_))));
}
