//! What has to be there, by what a process told before it ended.

use redeque_kills::lanes::{LANES, Lists};
use redeque_kills::report::{Event, Step};

/// For how many milliseconds what was acknowledged may be lost, where nobody waits for the disk.
const BEATS: usize = 10;

/// What is missing may have returned this many milliseconds before the end where a machine has more to do than it can.
const BEATS_AT_MOST: usize = 50;

/// What may be lost of what was acknowledged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Loss {
    Nothing,
    /// What came within the bound before this time.
    Within {
        end: u64,
    },
}

/// What was held to what.
#[derive(Debug, Default)]
pub(crate) struct Held {
    /// How many steps there are of each lane.
    pub(crate) steps: Vec<u64>,
    pub(crate) acknowledged: u64,
    /// Of these, how many were older than the bound.
    pub(crate) required: u64,
    pub(crate) lost: u64,
    /// Whether something is missing that was older than the bound.
    pub(crate) is_late: bool,
    /// How long the bound was on this machine, in microseconds, if the process lived longer.
    pub(crate) window: Option<u64>,
}

fn done(told: &[Event]) -> impl Iterator<Item = &Step> {
    told.iter().filter_map(|event| if let Event::Done(step) = event { Some(step) } else { None })
}

/// The steps of which nobody knows whether they are kept.
fn unknown(told: &[Event]) -> impl Iterator<Item = &Step> {
    told.iter().filter_map(|event| if let Event::Unknown(step) = event { Some(step) } else { None })
}

/// Holds the lists to what was told by a process that began with this many steps of each lane.
pub(crate) fn hold(
    lists: &Lists,
    begun: &[u64],
    told: &[Event],
    loss: Loss,
) -> Result<Held, String> {
    let (soon, since) = match loss {
        Loss::Nothing => (u64::MAX, u64::MAX),
        Loss::Within { end } => (before(told, end, BEATS), before(told, end, BEATS_AT_MOST)),
    };
    let mut held = Held::default();
    for (lane, &begun) in begun.iter().enumerate() {
        let of_lane = |step: &&Step| step.lane == lane;
        let acknowledged = done(told).filter(of_lane).map(|step| step.step + 1).max();
        let acknowledged = acknowledged.unwrap_or(begun);
        let tried = unknown(told).filter(of_lane).map(|step| step.step + 1).max();
        let due = |since| {
            let due = done(told).filter(|step| of_lane(step) && step.at < since);
            due.map(|step| step.step + 1).max().unwrap_or(begun)
        };
        let required = due(since);
        // One more was under way.
        let most = acknowledged.max(tried.unwrap_or(0)) + 1;
        let steps = LANES[lane].steps(lists, most)?;
        if steps < required {
            return Err(format!("{:?}: {steps} steps of {required}", LANES[lane]));
        }
        held.is_late |= steps < due(soon);
        held.acknowledged += acknowledged - begun;
        held.required += due(soon).min(acknowledged) - begun;
        held.lost += acknowledged.saturating_sub(steps);
        held.steps.push(steps);
    }
    if let Loss::Within { end } = loss {
        held.window = (soon > 0).then(|| end - soon);
    }
    is_a_beginning(&held.steps, begun, told).map(|()| held)
}

/// The time this many milliseconds before the end, as the process counts them: a thread sleeps for one and appends to a file, again
/// and again, as the one does that hands over what was acknowledged. So however busy the machine is, that one has had as many.
fn before(told: &[Event], end: u64, count: usize) -> u64 {
    let beats = told.iter().filter_map(|event| match event {
        Event::Beat { at } if *at <= end => Some(*at),
        _ => None,
    });
    let mut beats: Vec<_> = beats.collect();
    beats.sort_unstable();
    beats.iter().rev().nth(count).copied().unwrap_or(0)
}

/// What is there is a beginning of the one order of all commands: whatever was over before something began that is there, is there.
fn is_a_beginning(steps: &[u64], begun: &[u64], told: &[Event]) -> Result<(), String> {
    let last = steps.iter().zip(begun).enumerate().filter_map(|(lane, (&steps, &begun))| {
        let is_last = |step: &&Step| step.lane == lane && step.step + 1 == steps;
        let under_way = || {
            // It had not returned, and began when the one before it had ended.
            done(told)
                .filter(|step| step.lane == lane && step.step + 2 == steps)
                .map(|step| step.ended)
                .max()
        };
        if steps == begun {
            None
        } else {
            done(told).find(is_last).map(|step| step.begun).or_else(under_way)
        }
    });
    let Some(latest) = last.max() else { return Ok(()) };
    let missing = done(told).find(|step| step.ended < latest && step.step >= steps[step.lane]);
    missing.map_or(Ok(()), |step| {
        Err(format!("{step:?} is not there, and something that began after it (at {latest}) is"))
    })
}

#[cfg(test)]
mod tests {
    use redeque_kills::lanes::{Lists, element};
    use redeque_kills::report::{Event, Step};

    use super::{Loss, hold};

    fn lists(right: &[u64], left: &[u64]) -> Lists {
        let list = |numbers: &[u64]| numbers.iter().map(|&number| element(number)).collect();
        Lists::from([("right".to_owned(), list(right)), ("left".to_owned(), list(left))])
    }

    fn done(lane: usize, step: u64, begun: u64, at: u64) -> Event {
        Event::Done(Step { lane, step, begun, ended: begun + 1, at })
    }

    #[test]
    fn what_is_missing_is_found() {
        let mut told = vec![done(0, 0, 0, 100_000), done(1, 0, 2, 200_000), done(0, 1, 4, 300_000)];
        told.extend((0..300).map(|beat| Event::Beat { at: 100_500 + beat * 1_000 }));
        let outcome =
            |right: &[u64], left: &[u64], loss| hold(&lists(right, left), &[0, 0], &told, loss);
        let held = outcome(&[0, 1], &[0], Loss::Nothing).expect("all of it");
        assert_eq!((held.steps, held.acknowledged, held.required), (vec![2, 1], 3, 3));
        assert!(outcome(&[0], &[0], Loss::Nothing).unwrap_err().contains("1 steps of 2"));
        let within = |end| outcome(&[0], &[0], Loss::Within { end });
        assert!(within(350_500).unwrap_err().contains("1 steps of 2"));
        let held = within(350_499).expect("49 ms ago");
        assert_eq!((held.is_late, held.lost), (true, 1));
        assert!(!within(310_499).expect("9 ms ago").is_late);
        // The second has returned before the third began.
        let said = outcome(&[0, 1], &[], Loss::Within { end: 205_000 }).unwrap_err();
        assert!(said.contains("is not there, and something that began after it"), "{said}");
        assert!(outcome(&[1], &[0], Loss::Nothing).unwrap_err().contains("no number of steps"));
    }

    #[test]
    fn a_machine_that_was_late_is_forgiven_as_much() {
        let mut told = vec![done(0, 0, 0, 100_000)];
        // It was late once, by 30 ms.
        told.extend([99_500, 100_500].map(|at| Event::Beat { at }));
        told.extend((0..12).map(|beat| Event::Beat { at: 131_500 + beat * 1_000 }));
        let outcome = |end| hold(&lists(&[], &[]), &[0, 0], &told, Loss::Within { end });
        let held = outcome(140_499).expect("nine beats");
        assert_eq!((held.window, held.is_late), (Some(40_999), false));
        assert!(outcome(140_500).expect("ten beats").is_late);
    }
}
