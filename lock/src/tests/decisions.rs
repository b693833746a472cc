//! What a process decides, and what the system takes back.

use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use super::{alone::alone, wait_for_a_sleeper};
use crate::{Mutex, Release, prepare};

const MOST: Duration = Duration::from_secs(30);

/// A thread that sleeps for a lock which is held, and gets it when it is released in this way.
fn sleep_until(release: impl FnOnce(&Mutex<()>)) {
    let lock = Mutex::new(());
    std::mem::forget(lock.lock());
    thread::scope(|scope| {
        scope.spawn(|| drop(lock.lock()));
        wait_for_a_sleeper(&lock);
        release(&lock);
    });
}

fn unlock(lock: &Mutex<()>) {
    // SAFETY: the guard is forgotten.
    unsafe { lock.force_unlock() };
}

#[test]
#[cfg_attr(miri, ignore = "takes a process")]
fn who_sleeps_first_decides_for_the_exchange() {
    alone("tests::decisions::who_sleeps_first_decides_for_the_exchange", MOST, || {
        sleep_until(unlock);
        assert_eq!(prepare(), Release::Exchange);
        sleep_until(unlock);
        assert_eq!(prepare(), Release::Exchange);
    });
}

#[test]
#[cfg_attr(miri, ignore = "takes a process")]
fn all_who_prepare_at_once_are_told_the_same() {
    alone("tests::decisions::all_who_prepare_at_once_are_told_the_same", MOST, || {
        let (sender, receiver) = mpsc::channel();
        thread::scope(|scope| {
            for _ in 0..8 {
                let sender = sender.clone();
                scope.spawn(move || sender.send(prepare()));
            }
            scope.spawn(|| sleep_until(unlock));
        });
        drop(sender);
        let told: Vec<Release> = receiver.iter().collect();
        assert_eq!(told, vec![prepare(); 8]);
    });
}

#[cfg(all(target_os = "linux", not(redeque_ordinary_lock)))]
mod linux {
    use std::collections::BTreeMap;
    use std::env::consts::ARCH;
    use std::sync::atomic::Ordering;

    use seccompiler::{BpfProgram, SeccompAction, SeccompFilter, apply_filter};

    use super::*;
    use crate::barrier;

    /// Enters a sandbox in which a membarrier is refused to this thread, and to those that it starts.
    fn refuse_barriers() {
        let rules = BTreeMap::from([(libc::SYS_membarrier, Vec::new())]);
        let refuse = SeccompAction::Errno(libc::EPERM.unsigned_abs());
        let architecture = ARCH.try_into().expect("seccomp knows it");
        let filter = SeccompFilter::new(rules, SeccompAction::Allow, refuse, architecture);
        let program: BpfProgram = filter.and_then(TryInto::try_into).expect("a filter of one rule");
        apply_filter(&program).expect("a process may restrict itself");
    }

    #[test]
    #[cfg_attr(miri, ignore = "takes a process")]
    fn a_system_that_refuses_at_once_gets_the_exchange() {
        alone(
            "tests::decisions::linux::a_system_that_refuses_at_once_gets_the_exchange",
            MOST,
            || {
                refuse_barriers();
                assert_eq!(prepare(), Release::Exchange);
                sleep_until(unlock);
                assert_eq!(prepare(), Release::Exchange);
            },
        );
    }

    #[test]
    #[cfg_attr(miri, ignore = "takes a process")]
    fn every_sleep_ends_by_itself_once_a_barrier_was_refused() {
        let path = "tests::decisions::linux::every_sleep_ends_by_itself_once_a_barrier_was_refused";
        alone(path, MOST, || {
            assert_eq!(prepare(), Release::Store);
            sleep_until(unlock);
            assert_eq!(prepare(), Release::Store);
            refuse_barriers();
            for _ in 0..3 {
                sleep_until(|lock| {
                    // A release that misses who sleeps. SAFETY: the lock is held, by the guard that was forgotten.
                    unsafe { lock.raw() }.locked.store(false, Ordering::Release);
                });
                assert_eq!(prepare(), Release::Refused);
            }
            sleep_until(unlock);
        });
    }

    #[test]
    #[cfg_attr(miri, ignore = "makes system calls")]
    fn a_barrier_is_refused_to_who_did_not_register() {
        let path = "tests::decisions::linux::a_barrier_is_refused_to_who_did_not_register";
        alone(path, MOST, || {
            assert!(!barrier::heavy());
            assert_eq!(prepare(), Release::Store);
            assert!(barrier::heavy());
        });
    }

    #[test]
    #[cfg_attr(miri, ignore = "forks")]
    fn a_forked_child_goes_on_as_its_parent() {
        alone("tests::decisions::linux::a_forked_child_goes_on_as_its_parent", MOST, || {
            assert_eq!(prepare(), Release::Store);
            // SAFETY: the child uses what `fork` leaves whole, the memory of the thread that called it, and ends by
            // `_exit`.
            let child = unsafe { libc::fork() };
            if child == 0 {
                let goes_on = barrier::heavy() && prepare() == Release::Store;
                // SAFETY: it ends the child, without what the parent is to do at its own end.
                unsafe { libc::_exit(i32::from(!goes_on)) };
            }
            let mut status = -1;
            // SAFETY: the status is written to where it is told to.
            assert_eq!(unsafe { libc::waitpid(child, &raw mut status, 0) }, child);
            assert_eq!(status, 0, "the child's barriers are refused");
        });
    }
}
