//! What the keys and lists of a keyspace have allocated, and the bound on it.
//!
//! What a command allocates and frees is [noted](crate::memory) in its thread, and entered here before its locks are given
//! up, so nobody frees here what was not entered before; what it frees without the locks is entered when it is freed. Most
//! commands neither allocate nor free, and then this is one look at the thread's note. Nor does a command that needs memory
//! look at what is used: who enters more than the bound leaves a sign, which stays until somebody who heeds it finds
//! that there is room again.

use std::sync::atomic::{AtomicBool, AtomicIsize, AtomicUsize, Ordering};

use crossbeam_utils::CachePadded;

use crate::{Error, memory};

#[derive(Debug)]
pub(super) struct Account {
    /// Rarely written, and read by each command that needs memory.
    may_be_over: AtomicBool,
    /// 0 is no bound.
    bound: AtomicUsize,
    /// By itself: each command that allocates or frees writes here.
    used: CachePadded<AtomicIsize>,
}

impl Account {
    pub(super) fn new() -> Self {
        Self {
            may_be_over: AtomicBool::new(false),
            bound: AtomicUsize::new(0),
            used: CachePadded::new(AtomicIsize::new(0)),
        }
    }

    /// Enters what this thread has noted.
    #[inline]
    pub(super) fn settle(&self) {
        if memory::noted() != 0 {
            self.enter_noted();
        }
    }

    #[cold]
    #[inline(never)]
    fn enter_noted(&self) {
        self.enter(memory::take());
    }

    pub(super) fn enter(&self, more: isize) {
        self.used.fetch_add(more, Ordering::SeqCst);
        if more > 0 && self.is_over() {
            self.may_be_over.store(true, Ordering::SeqCst);
        }
    }

    pub(super) fn used(&self) -> usize {
        // Of what was freed without locks less may be entered than is there, never more.
        self.used.load(Ordering::SeqCst).max(0).cast_unsigned()
    }

    /// 0 if there is none.
    pub(super) fn bound(&self) -> usize {
        self.bound.load(Ordering::SeqCst)
    }

    /// Has commands refused from here on that need memory while more than this is used; 0 refuses none.
    pub(super) fn set_bound(&self, bound: usize) {
        self.bound.store(bound, Ordering::SeqCst);
        self.may_be_over.store(true, Ordering::SeqCst);
    }

    /// Whether a command that needs memory has to ask.
    #[inline]
    pub(super) fn may_be_over(&self) -> bool {
        self.may_be_over.load(Ordering::Relaxed)
    }

    fn is_over(&self) -> bool {
        let bound = self.bound();
        bound > 0 && self.used() > bound
    }

    /// Whether more is used than the bound allows. If it is not, those who come next need not ask.
    #[cold]
    #[inline(never)]
    pub(super) fn look(&self) -> bool {
        if self.is_over() {
            return true;
        }
        self.may_be_over.store(false, Ordering::SeqCst);
        // Who entered more since the look before has left a sign that was just wiped out, so there is another look.
        let is_over = self.is_over();
        if is_over {
            self.may_be_over.store(true, Ordering::SeqCst);
        }
        is_over
    }

    /// Refuses what needs memory if there is none.
    #[inline]
    pub(super) fn admit(&self) -> Result<(), Error> {
        if self.may_be_over() && self.look() { Err(Error::OutOfMemory) } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests {
    use super::Account;
    use crate::Error;

    #[test]
    fn a_command_is_refused_while_more_is_used_than_the_bound() {
        let account = Account::new();
        account.enter(1000);
        assert_eq!(account.admit(), Ok(()));
        account.set_bound(1000);
        assert_eq!(account.admit(), Ok(()), "as much is not more");
        assert!(!account.may_be_over(), "nobody has to ask");
        account.enter(1);
        assert!(account.may_be_over());
        assert_eq!(account.admit(), Err(Error::OutOfMemory));
        account.enter(-1);
        assert_eq!(account.admit(), Ok(()));
        account.set_bound(999);
        assert_eq!(account.admit(), Err(Error::OutOfMemory));
        account.set_bound(0);
        assert_eq!(account.admit(), Ok(()), "there is no bound");
    }
}
