//! The two barriers, and the system call behind the heavy one.

use std::sync::atomic::{AtomicUsize, Ordering};

/// How many heavy barriers this process has asked for.
static HEAVY: AtomicUsize = AtomicUsize::new(0);

/// How many barriers this process has asked for: one each time that a thread was about to sleep for a lock that is released
/// by a plain store.
pub fn barriers() -> usize {
    HEAVY.load(Ordering::Relaxed)
}

/// Orders a store before a load, together with a [`heavy`] barrier of the thread that does the reverse.
#[inline]
pub(crate) fn light() {
    system::light();
}

/// The other side of [`light`] on all threads. Returns whether the system did it.
pub(crate) fn heavy() -> bool {
    HEAVY.fetch_add(1, Ordering::Relaxed);
    system::heavy()
}

/// Whether [`heavy`] is to be had, which must be asked before.
pub(crate) fn register() -> bool {
    system::register()
}

#[cfg(all(target_os = "linux", not(any(miri, redeque_loom, redeque_ordinary_lock))))]
mod system {
    use std::sync::atomic::{Ordering, compiler_fence};

    #[inline]
    pub(super) fn light() {
        compiler_fence(Ordering::SeqCst);
    }

    pub(super) fn heavy() -> bool {
        membarrier(libc::MEMBARRIER_CMD_PRIVATE_EXPEDITED)
    }

    pub(super) fn register() -> bool {
        membarrier(libc::MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED)
    }

    fn membarrier(command: libc::c_int) -> bool {
        let flags: libc::c_uint = 0;
        let processor: libc::c_int = 0;
        // SAFETY: the call takes three integers and no pointer, and changes nothing that Rust knows of.
        unsafe { libc::syscall(libc::SYS_membarrier, command, flags, processor) == 0 }
    }
}

/// What stands for both where the protocol itself is checked.
#[cfg(all(miri, not(redeque_ordinary_lock)))]
mod system {
    use std::sync::atomic::{Ordering, fence};

    pub(super) fn light() {
        fence(Ordering::SeqCst);
    }

    pub(super) fn heavy() -> bool {
        fence(Ordering::SeqCst);
        true
    }

    pub(super) fn register() -> bool {
        true
    }
}

/// The same under loom, where a test can leave one out.
#[cfg(redeque_loom)]
mod system {
    use loom::sync::atomic::{Ordering, fence};

    use crate::checked::{Side, is_left_out};

    pub(super) fn light() {
        if !is_left_out(Side::Light) {
            fence(Ordering::SeqCst);
        }
    }

    pub(super) fn heavy() -> bool {
        if !is_left_out(Side::Heavy) {
            fence(Ordering::SeqCst);
        }
        true
    }

    pub(super) fn register() -> bool {
        true
    }
}

/// Where there is no such barrier, or it is not wanted.
#[cfg(not(any(redeque_loom, all(any(target_os = "linux", miri), not(redeque_ordinary_lock)))))]
mod system {
    pub(super) fn light() {}

    pub(super) fn heavy() -> bool {
        false
    }

    pub(super) fn register() -> bool {
        false
    }
}
