//! A process that ends itself.

use redeque_kills::lanes::LANES;
use redeque_kills::report::Event;

use crate::held::{Loss, hold};
use crate::run::{Home, MODES, start};

/// Holds a process that ends itself after a while to what it may lose.
fn ends(end: &str, is_lost: impl Fn(&str, u64) -> Loss) {
    for mode in MODES {
        let home = Home::new(&format!("{end}-{mode}"));
        let mut required = 0;
        let mut begun = vec![0; LANES.len()];
        for millis in [3, 100, 250] {
            let (status, told, said) =
                start(&[], &home, mode, &begun, &format!("{end}:{millis}")).end();
            assert!(!status.success(), "{end}");
            assert!(end != "panic" || said.contains("as it was told"), "{said}");
            let at = told
                .iter()
                .find_map(|event| if let Event::Ends { at } = event { Some(*at) } else { None });
            let loss = is_lost(mode, at.unwrap_or(u64::MAX));
            let held = hold(&home.lists(), &begun, &told, loss).unwrap_or_else(|wrong| {
                panic!("{end} after {millis} ms, {mode}, in {home:?}: {wrong}")
            });
            required += held.required;
            begun = held.steps;
        }
        assert!(required > 100, "{end}, {mode}: {required} had to be there");
    }
}

fn as_by_a_kill(mode: &str, end: u64) -> Loss {
    if mode == "always" { Loss::Nothing } else { Loss::Within { end } }
}

/// The last handle is dropped on the way out of `main`.
#[test]
fn nothing_is_lost_by_a_panic() {
    ends("panic", |_, _| Loss::Nothing);
}

#[test]
fn an_exit_without_a_drop_is_like_a_kill() {
    ends("exit", as_by_a_kill);
}

#[test]
fn an_abort_is_like_a_kill() {
    ends("abort", as_by_a_kill);
}
