//! A disk that fails: `strace` has system calls of the process return an error.

use std::fs;
use std::process::{Command, Stdio};

use redeque_kills::report::{Event, Step};

use crate::held::{Loss, hold};
use crate::run::{Home, MODES, below, start};

/// What fails, and whether a rewriting helps, since it fails once only.
const FAULTS: [(&str, &str); 4] = [
    ("fdatasync:error=EIO:when=", "heal"),
    ("fdatasync:error=EIO:when=", "failure"),
    ("writev:error=ENOSPC:when=", "failure"),
    ("writev:error=EIO:when=", "heal"),
];

fn has_strace() -> bool {
    let tried = Command::new("strace").args(["-f", "-o", "/dev/null", "true"]).output();
    tried.is_ok_and(|output| output.status.success())
}

/// When the first step was not acknowledged, by the clock and by the counter.
fn failure(told: &[Event]) -> Option<Step> {
    let failed = told.iter().filter_map(|event| match event {
        Event::Unknown(step) | Event::Refused(step) => Some(*step),
        _ => None,
    });
    failed.min_by_key(|step| step.ended)
}

fn fails(mode: &str, fault: &str, end: &str) {
    let home = Home::new("faults");
    // Each thread counts for itself. The one that opens a new log syncs twice, and the one that syncs each second does so rarely.
    let is_rare = fault.starts_with("fdatasync") && mode != "always";
    let number = if is_rare { 3 } else { 20 + below(100) };
    let always = if end == "failure" { "+" } else { "" };
    let inject = format!("inject={fault}{number}{always}");
    let call = fault.split(':').next().expect("a system call");
    let trace = format!("trace={call}");
    let words =
        ["strace", "-f", "-qq", "--seccomp-bpf", "-o", "/dev/null", "-e", &trace, "-e", &inject];
    let begun = if end == "heal" { vec![0; 4] } else { vec![0; 6] };
    let what = format!("{mode}, {inject}, {end}, in {home:?}");
    let (_, told, said) = start(&words, &home, mode, &begun, end).end();
    assert_eq!(said, "", "{what}");
    let failure = failure(&told).unwrap_or_else(|| panic!("{what}: nothing failed"));
    let late = told.iter().find_map(|event| match event {
        Event::Done(step) if step.begun > failure.ended => Some(*step),
        _ => None,
    });
    // For a thread that has not written as often there is room still, and a disk that was full is gone on with.
    let may_heal = fault.contains("ENOSPC");
    assert!(late.is_none() || may_heal, "{what}: {late:?} acknowledged after {failure:?}");
    let is_healed = told.contains(&Event::Rewritten);
    assert_eq!(is_healed, end == "heal", "{what}");
    let loss = match mode {
        "always" => Loss::Nothing,
        _ if is_healed => Loss::Nothing,
        // Who writes hears of it before those who commit.
        _ if fault.contains("ENOSPC") => Loss::Within { end: failure.at - 111_000 },
        _ => Loss::Within { end: failure.at },
    };
    let held =
        hold(&home.lists(), &begun, &told, loss).unwrap_or_else(|wrong| panic!("{what}: {wrong}"));
    if is_healed {
        // What nobody knew is there as well: the lists had it.
        let tried = told.iter().filter(|event| matches!(event, Event::Done(_) | Event::Unknown(_)));
        assert_eq!(held.steps.iter().sum::<u64>(), tried.count() as u64, "{what}");
    }
}

#[test]
fn a_disk_that_fails_loses_nothing_more_than_a_kill_and_nothing_is_acknowledged_afterwards() {
    if !has_strace() {
        eprintln!("not tested: a disk that fails, since strace is not there or may not trace");
        return;
    }
    for mode in MODES {
        for (fault, end) in FAULTS {
            if mode == "never" && fault.starts_with("fdatasync") {
                continue;
            }
            fails(mode, fault, end);
        }
    }
}

/// Or a crash would take the log with the directory that it is in.
#[test]
fn every_directory_that_was_missing_is_made_for_good() {
    if !has_strace() {
        return;
    }
    let home = Home::new("deep");
    let (deep, trace) = (home.path().join("a/b/c"), home.path().join("trace"));
    let status = Command::new("strace")
        .args(["-f", "-qq", "-y", "-e", "trace=fsync", "-o"])
        .args([trace.as_path(), env!("CARGO_BIN_EXE_redeque-kills").as_ref(), deep.as_path()])
        .args(["never", "0", "exit:1"])
        .stdout(Stdio::null())
        .status()
        .expect("strace starts");
    assert_eq!(status.code(), Some(3));
    let synced = fs::read_to_string(trace).expect("what was traced");
    for directory in deep.ancestors().take(4) {
        assert!(synced.contains(&format!("<{}>)", directory.display())), "{directory:?}: {synced}");
    }
}
