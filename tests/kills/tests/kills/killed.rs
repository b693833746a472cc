//! Killed at a random moment.

use std::thread;
use std::time::Duration;

use redeque::Store;
use redeque_kills::lanes::LANES;
use redeque_kills::report::{Event, now};

use crate::held::{Loss, hold};
use crate::run::{Home, below, number, start};

/// A directory is used for this many kills, one after the other.
const LIVES: u64 = 10;

#[derive(Debug, Default)]
struct Totals {
    kills: u64,
    acknowledged: u64,
    required: u64,
    lost: u64,
    late: u64,
    rewritten: usize,
    windows: Vec<u64>,
}

/// Kills as many processes as there are to be, in one mode; and more where none of them had rewritten its log by then, as on a
/// machine that does much else.
fn kill(mode: &str) {
    let mut totals = Totals::default();
    let kills = number("REDEQUE_KILLS", 20);
    while totals.kills < kills || (totals.rewritten == 0 && totals.kills < 5 * kills) {
        let home = Home::new(&format!("killed-{mode}"));
        let mut begun = vec![0; LANES.len()];
        for _ in 0..LIVES.min(kills) {
            begun = live(&home, mode, &begun, &mut totals);
        }
    }
    totals.windows.sort_unstable();
    println!("{mode}: {}", totals.report());
    assert!(totals.rewritten > 0, "no log was rewritten");
    assert!(totals.late <= 1 + totals.kills / 10, "too often too late: {}", totals.report());
    // Otherwise this would hold nobody to anything.
    assert!(totals.required * 4 > totals.acknowledged, "{totals:?}");
    let typical = totals.windows.get(totals.windows.len() / 4).copied().unwrap_or(0);
    assert!(typical < 50_000, "this machine is too busy to tell: {:?}", totals.windows);
}

/// One life: it is opened, it writes, it is killed. Returns how many steps of each lane there are then.
fn live(home: &Home, mode: &str, begun: &[u64], totals: &mut Totals) -> Vec<u64> {
    let mut running = start(&[], home, mode, begun, "never");
    // Now and then before it has opened the store, or while it does.
    let at_once = below(8) == 0;
    if !at_once {
        running.wait_until_ready();
    }
    thread::sleep(Duration::from_micros(below(if at_once { 20_000 } else { 300_000 })));
    let end = now();
    running.process.kill().expect("it runs");
    let (_, told, said) = running.end();
    assert_eq!(said, "", "it said");
    let loss = if mode == "always" { Loss::Nothing } else { Loss::Within { end } };
    let held = hold(&home.lists(), begun, &told, loss)
        .unwrap_or_else(|wrong| panic!("{mode}, kill {}, in {home:?}: {wrong}", totals.kills));
    totals.kills += 1;
    totals.acknowledged += held.acknowledged;
    totals.required += held.required;
    totals.lost += held.lost;
    totals.late += u64::from(held.is_late);
    totals.rewritten += told.iter().filter(|event| **event == Event::Rewritten).count();
    totals.windows.extend(held.window);
    held.steps
}

impl Totals {
    fn report(&self) -> String {
        let Self { kills, acknowledged, lost, late, rewritten, windows, .. } = self;
        let window = |part: usize| windows.get(windows.len() * part / 100).map_or(0, |w| w / 1000);
        format!(
            "{kills} kills, {rewritten} rewritings, {acknowledged} acknowledged, {lost} of these lost; in {late} kills something \
             was lost from before the last ten beats, which took {} ms as a rule and {} ms at most",
            window(50),
            windows.last().map_or(0, |w| w / 1000)
        )
    }
}

#[test]
fn a_directory_is_in_use_until_its_process_is_killed() {
    let home = Home::new("locked");
    let mut running = start(&[], &home, "second", &[0], "never");
    running.wait_until_ready();
    assert!(Store::open(home.log()).expect_err("another process has it").is_in_use());
    running.process.kill().expect("it runs");
    running.end();
    home.lists();
}

#[test]
fn nothing_acknowledged_is_lost_by_a_kill_where_everybody_waits_for_the_disk() {
    kill("always");
}

#[test]
fn what_is_lost_by_a_kill_came_within_10_ms_before_it_where_the_disk_is_synced_each_second() {
    kill("second");
}

#[test]
fn what_is_lost_by_a_kill_came_within_10_ms_before_it_where_nobody_syncs() {
    kill("never");
}
