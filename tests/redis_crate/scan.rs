//! The iterators over all keys, whose cursors the crate keeps to itself.

use redis::{Commands, RedisResult, ScanOptions, Value, cmd};

use crate::notes::Notes;
use crate::{Connect, on_both};

/// Keys come in an order of the side's own, and may come more than once.
fn sorted(keys: impl Iterator<Item = RedisResult<String>>) -> RedisResult<Vec<String>> {
    let mut keys = keys.collect::<RedisResult<Vec<_>>>()?;
    keys.sort();
    keys.dedup();
    Ok(keys)
}

#[test]
#[ignore = "needs redis-server"]
fn the_iterators_find_every_key() {
    fn program(to: &impl Connect) -> Notes {
        let mut notes = Notes::default();
        let mut connection = to.connect();
        for number in 0..300 {
            let _: usize = connection.rpush(format!("key:{number}"), number).expect("a list");
        }
        let all = connection.scan().expect("a first page");
        notes.add("scan", sorted(all));
        let some = connection.scan_match("key:1*").expect("a first page");
        notes.add("scan_match", sorted(some));
        for count in [1, 7, 1000] {
            let options = ScanOptions::default().with_count(count).with_pattern("*5");
            let some = connection.scan_options(options).expect("a first page");
            notes.add("scan_options", sorted(some));
        }
        let mut command = cmd("SCAN");
        command.cursor_arg(0).arg("COUNT").arg(3).arg("TYPE").arg("list");
        notes.say("in scan mode", command.in_scan_mode());
        notes.add("iter", command.clone().iter(&mut connection).and_then(sorted));
        let keys = cmd("KEYS").arg("key:2?").take().iter(&mut connection).and_then(sorted);
        notes.add("an iterator without a cursor", keys);
        let range = cmd("LRANGE").arg("key:7").arg(0).arg(-1).take();
        notes.add("of elements", range.iter(&mut connection).and_then(sorted));
        notes
    }
    on_both!(program);
}

#[test]
#[ignore = "needs redis-server"]
fn a_cursor_and_an_error_of_scan_are_the_same() {
    fn program(to: &impl Connect) -> Notes {
        let mut notes = Notes::default();
        let mut connection = to.connect();
        notes.add("no keys", cmd("SCAN").cursor_arg(0).query::<Value>(&mut connection));
        notes
            .add("no keys", cmd("SCAN").cursor_arg(0).query::<(u64, Vec<String>)>(&mut connection));
        let refused = cmd("SCAN").cursor_arg(0).arg("COUNT").arg(0).take();
        notes.add("refused", refused.iter::<String>(&mut connection).map(|_| ()));
        notes
    }
    on_both!(program);
}
