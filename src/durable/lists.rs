//! The lists of a store as its log asks for them.

use std::sync::Arc;

use crate::Error;
use crate::keyspace::{Keyspace, admission};
use crate::log::{Draft, Lists};

/// All lists, for a rewriting of the log.
pub(super) struct AllLists<'k> {
    keyspace: &'k Arc<Keyspace>,
    is_in_the_background: bool,
}

impl<'k> AllLists<'k> {
    /// For somebody who has a handle on the store.
    pub(super) fn at_once(keyspace: &'k Arc<Keyspace>) -> Self {
        Self { keyspace, is_in_the_background: false }
    }

    /// For nobody but those who have one.
    pub(super) fn in_the_background(keyspace: &'k Arc<Keyspace>) -> Self {
        Self { keyspace, is_in_the_background: true }
    }

    pub(super) fn rewrite(&self) -> Result<(), Error> {
        let log = self.keyspace.log_handle().ok_or(Error::NoLog)?;
        log.rewrite(self).map_err(admission)
    }
}

impl Lists for AllLists<'_> {
    fn begin(&self, draft: &Arc<Draft>) -> bool {
        self.keyspace.begin_copy(Arc::<Draft>::clone(draft))
    }

    fn more(&self) -> bool {
        self.keyspace.copy_more()
    }

    fn end(&self, cut: &mut dyn FnMut()) -> bool {
        self.keyspace.end_copy(cut).is_some()
    }

    fn abandon(&self) {
        self.keyspace.abandon_copy();
    }

    fn is_needed(&self) -> bool {
        !self.is_in_the_background || Arc::strong_count(self.keyspace) > 1
    }
}
