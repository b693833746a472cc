//! Where a command waits that found nothing.

use crate::Reply;
use crate::command::Blocking;
use crate::transaction::View;

/// What a command comes to that may wait, and found nothing at its keys in this view, whose locks are still held.
///
/// It does not wait: every timeout is over at once.
pub(super) fn wait(_: View<'_>, _: &Blocking<'_>) -> Reply {
    Blocking::timed_out()
}
