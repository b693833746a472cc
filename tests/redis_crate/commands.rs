//! Every list method of the crate's command traits, and those on keys.

use std::num::NonZeroUsize;
use std::thread;

use redis::{Commands, Direction, LposOptions, RedisResult, TypedCommands, Value};

use crate::notes::Notes;
use crate::{Connect, on_both};

/// Every method about lists, and those about keys that lists have, as calls of the macro of this name: on keys that are
/// there and that are not, with results that are nil and that are not.
#[rustfmt::skip]
macro_rules! list_methods {
    ($call:ident) => {
        $call!(rpush("k", "a"));
        $call!(rpush("k", &["b", "c", "d", "e"]));
        $call!(lpush("k", &["0", "1"]));
        $call!(lpush("bytes", &[&b"\x00\xff\r\n"[..], b""]));
        $call!(lpush_exists("k", "2"));
        $call!(lpush_exists("none", "2"));
        $call!(rpush_exists("k", &["f", "g"]));
        $call!(rpush_exists("none", "2"));
        $call!(llen("k"));
        $call!(llen("none"));
        $call!(lrange("k", 0, -1));
        $call!(lrange("k", -3, 100));
        $call!(lrange("none", 0, -1));
        $call!(lindex("k", 0));
        $call!(lindex("k", -1));
        $call!(lindex("k", 100));
        $call!(lset("k", 1, "one"));
        $call!(lset("k", 100, "one"));
        $call!(lset("none", 0, "one"));
        $call!(linsert_before("k", "a", "before"));
        $call!(linsert_after("k", "a", "after"));
        $call!(linsert_before("k", "no such pivot", "before"));
        $call!(linsert_after("none", "a", "after"));
        $call!(lrem("k", 0, "one"));
        $call!(lrem("k", -1, "one"));
        $call!(lrange("k", 0, -1));
        $call!(lmove("k", "l", Direction::Left, Direction::Right));
        $call!(lmove("k", "k", Direction::Right, Direction::Left));
        $call!(lmove("none", "l", Direction::Right, Direction::Right));
        $call!(rpoplpush("k", "l"));
        $call!(rpoplpush("none", "l"));
        $call!(lmpop(2, &["none", "k"], Direction::Left, 2));
        $call!(lmpop(1, "none", Direction::Left, 2));
        $call!(blmove("k", "l", Direction::Right, Direction::Right, 0.0));
        $call!(blmove("none", "l", Direction::Right, Direction::Right, 0.001));
        $call!(blmpop(0.0, 2, &["none", "l"], Direction::Right, 10));
        $call!(blmpop(0.001, 1, "none", Direction::Right, 10));
        $call!(blpop("k", 0.0));
        $call!(blpop(&["none", "k"], 1.5));
        $call!(blpop(&["none", "nor this"], 1e-7));
        $call!(blpop("none", f64::NAN));
        $call!(blpop("none", -1.0));
        $call!(brpop("k", 0.0));
        $call!(brpop("none", 0.001));
        $call!(brpoplpush("k", "l", 0.0));
        $call!(brpoplpush("none", "l", 0.001));
        $call!(rpush("p", &["x", "y", "x", "z", "x", "y"]));
        $call!(ltrim("p", 0, -2));
        $call!(ltrim("none", 0, -2));
        $call!(expire("p", 1_000_000));
        $call!(ttl("p"));
        $call!(pexpire("p", 1_000_000_000));
        $call!(ttl("p"));
        $call!(expire_at("p", 4_102_444_800));
        $call!(expire_time("p"));
        $call!(pexpire_at("p", 4_102_444_800_500));
        $call!(expire_time("p"));
        $call!(pexpire_time("p"));
        $call!(persist("p"));
        $call!(persist("p"));
        $call!(pttl("p"));
        $call!(ttl("none"));
        $call!(pttl("none"));
        $call!(pexpire_time("none"));
        $call!(expire("none", 1));
        $call!(expire("p", i64::MAX));
        $call!(exists("p"));
        $call!(exists(&["p", "none"]));
        $call!(key_type("p"));
        $call!(key_type("none"));
        $call!(keys("p*"));
        $call!(rename("p", "q"));
        $call!(rename("none", "q"));
        $call!(rename_nx("q", "l"));
        $call!(rename_nx("q", "p"));
        $call!(expire("q", -1));
        $call!(unlink("p"));
        $call!(del(&["k", "l", "none"]));
        $call!(ping());
    };
}
#[cfg(feature = "redis-async")]
pub(crate) use list_methods;

/// Those methods whose results the crate leaves to the caller also where it is typed.
#[rustfmt::skip]
macro_rules! generic_methods {
    ($call:ident) => {
        $call!(Value, rpush("k", &["a", "b", "c", "d", "b"]));
        $call!(Option<String>, lpop("k", None));
        $call!(Option<String>, lpop("none", None));
        $call!(Vec<String>, lpop("k", NonZeroUsize::new(2)));
        $call!(Value, lpop("none", NonZeroUsize::new(2)));
        $call!(Option<String>, rpop("k", None));
        $call!(Value, rpop("k", NonZeroUsize::new(5)));
        $call!(Option<Vec<String>>, rpop("k", NonZeroUsize::new(5)));
        $call!(usize, rpush("k", &["a", "b", "c", "b"]));
        $call!(Option<usize>, lpos("k", "b", LposOptions::default()));
        $call!(Option<usize>, lpos("k", "no such element", LposOptions::default()));
        $call!(Vec<usize>, lpos("k", "b", LposOptions::default().count(0)));
        $call!(Vec<usize>, lpos("k", "b", LposOptions::default().count(1).rank(-1).maxlen(2)));
        $call!(Value, lpos("k", "b", LposOptions::default().rank(0)));
        $call!(Value, lpos("none", "b", LposOptions::default().count(0)));
        $call!(String, lindex("k", 0));
        $call!(Vec<u8>, lindex("k", 0));
        $call!(i64, lindex("k", 0));
        $call!(String, lindex("k", 100));
        $call!((String, String), lrange("k", 0, 1));
        $call!((String, String), lrange("k", 0, 2));
        $call!(Option<(String, String)>, blpop("k", 0.0));
        $call!(Option<(String, String)>, blpop("none", 0.001));
        $call!(Option<(String, Vec<String>)>, blmpop(0.0, 1, "k", Direction::Left, 2));
        $call!(Option<(String, Vec<String>)>, blmpop(0.001, 1, "none", Direction::Left, 2));
        $call!(Option<String>, lmove("none", "l", Direction::Left, Direction::Left));
        $call!((), lset("k", 0, "z"));
        $call!(bool, exists("k"));
        $call!(u64, lpush("numbers", &[1, 2, 3]));
        $call!(Vec<i64>, lrange("numbers", 0, -1));
        $call!((), del(&["k", "numbers"]));
    };
}
#[cfg(feature = "redis-async")]
pub(crate) use generic_methods;

#[test]
#[ignore = "needs redis-server"]
fn every_list_method_returns_the_same() {
    fn program(to: &impl Connect) -> Notes {
        let mut notes = Notes::default();
        let mut connection = to.connect();
        macro_rules! call {
            ($method:ident($($arg:expr),*)) => {
                let outcome: RedisResult<Value> = Commands::$method(&mut connection, $($arg),*);
                notes.add(stringify!($method($($arg),*)), outcome);
            };
        }
        list_methods!(call);
        notes
    }
    on_both!(program);
}

#[test]
#[ignore = "needs redis-server"]
fn every_list_method_returns_the_same_as_a_type_of_the_callers() {
    fn program(to: &impl Connect) -> Notes {
        let mut notes = Notes::default();
        let mut connection = to.connect();
        macro_rules! call {
            ($type:ty, $method:ident($($arg:expr),*)) => {
                let outcome: RedisResult<$type> = Commands::$method(&mut connection, $($arg),*);
                notes.add(stringify!($method($($arg),*) -> $type), outcome);
            };
        }
        generic_methods!(call);
        notes
    }
    on_both!(program);
}

#[test]
#[ignore = "needs redis-server"]
fn every_typed_list_method_returns_the_same() {
    fn program(to: &impl Connect) -> Notes {
        let mut notes = Notes::default();
        let mut connection = to.connect();
        macro_rules! call {
            ($method:ident($($arg:expr),*)) => {
                let outcome = TypedCommands::$method(&mut connection, $($arg),*);
                notes.add(stringify!($method($($arg),*)), outcome);
            };
        }
        list_methods!(call);
        let popped: RedisResult<Option<String>> = TypedCommands::lpop(&mut connection, "k", None);
        notes.add("lpop", popped);
        notes
    }
    on_both!(program);
}

#[test]
#[ignore = "needs redis-server"]
fn a_command_that_waits_is_served_by_another_connection() {
    fn program(to: &impl Connect) -> Notes {
        let mut notes = Notes::default();
        let mut connection = to.connect();
        let popped = thread::scope(|scope| {
            let waiting = scope.spawn(|| {
                let mut connection = to.connect();
                Commands::blpop(&mut connection, &["k", "l"], 0.0)
            });
            notes.add("rpush", Commands::rpush::<_, _, Value>(&mut connection, "l", "x"));
            waiting.join().expect("a reply")
        });
        notes.add::<Value>("blpop", popped);
        notes.add("llen", Commands::llen::<_, Value>(&mut connection, "l"));
        notes
    }
    on_both!(program);
}
