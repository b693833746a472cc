//! A store written as a stream of commands: what it holds comes back, from a store and from a real server, and a damaged
//! stream is refused at the right byte.

#[path = "support/elements.rs"]
mod elements;
#[cfg(unix)]
#[path = "support/resp.rs"]
#[expect(dead_code, reason = "shared with the tests that compare replies")]
mod resp;
#[cfg(unix)]
#[path = "support/server.rs"]
#[expect(dead_code, reason = "shared with the tests that compare replies")]
mod server;

use std::collections::BTreeMap;
use std::io::{self, BufReader, Read};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use redeque::{ExpireTime, ManualClock, Store};

/// Everything that a store holds.
type Contents = BTreeMap<Vec<u8>, Vec<Vec<u8>>>;

/// Lists with every byte value in keys and elements, an empty key, empty elements, and lists of several commands.
fn varied() -> Contents {
    let every_byte: Vec<u8> = (0..=255).collect();
    let numbers = |count: u32| (0..count).map(|number| number.to_string().into_bytes()).collect();
    let mut contents = Contents::from([
        (b"k".to_vec(), vec![b"a".to_vec()]),
        (Vec::new(), vec![Vec::new(), b"the empty key".to_vec(), Vec::new()]),
        (every_byte.clone(), vec![every_byte.clone(), b"\r\n$1\r\nx\r\n*1\r\n".to_vec()]),
        (b"bytes".to_vec(), (0..=255).map(|byte| vec![byte]).collect()),
        (b"just one command".to_vec(), numbers(1024)),
        (b"two commands".to_vec(), numbers(1025)),
        (b"many commands".to_vec(), numbers(10_000)),
        (b"large elements".to_vec(), (0..9).map(|number| vec![number; 40_000]).collect()),
        (b"a larger one".to_vec(), vec![vec![b'\n'; 1_000_000], b"and a small one".to_vec()]),
    ]);
    contents.extend((0..200_u32).map(|number| (number.to_be_bytes().to_vec(), numbers(3))));
    contents
}

fn filled(contents: &Contents) -> Store {
    let store = Store::new();
    for (key, elements) in contents {
        store.rpush_all(key, elements).expect("elements");
    }
    store
}

fn exported(store: &Store) -> Vec<u8> {
    let mut stream = Vec::new();
    assert_eq!(store.export(&mut stream).expect("a vector takes it"), store.dbsize());
    stream
}

fn contents(store: &Store) -> Contents {
    elements::check_elements(store);
    store.keys("*").into_iter().map(|key| (key.clone(), store.lrange(key, 0, -1))).collect()
}

/// A command as a client sends it.
fn command(words: &[&str]) -> Vec<u8> {
    let mut bytes = format!("*{}\r\n", words.len()).into_bytes();
    for word in words {
        bytes.extend(format!("${}\r\n{word}\r\n", word.len()).into_bytes());
    }
    bytes
}

fn stream(commands: &[&[&str]]) -> Vec<u8> {
    commands.iter().flat_map(|words| command(words)).collect()
}

#[test]
fn a_store_reads_what_a_store_wrote() {
    let expected = varied();
    let stream = exported(&filled(&expected));
    let copy = Store::new();
    // One for each list, and some more for those that are long.
    let more = 1 + 9 + 4 + 1;
    assert_eq!(copy.import(&stream[..]).expect("a stream"), expected.len() as u64 + more);
    assert!(contents(&copy) == expected, "the copy differs");
}

#[test]
fn nothing_is_written_of_an_empty_store_and_nothing_read_of_an_empty_stream() {
    assert_eq!(exported(&Store::new()), b"");
    assert_eq!(Store::new().import(&b""[..]).expect("no command"), 0);
}

#[test]
fn what_is_in_the_store_already_stays() {
    let store = Store::new();
    store.rpush("k", "before").expect("an element");
    store.import(&command(&["RPUSH", "k", "after"])[..]).expect("a stream");
    assert_eq!(store.lrange("k", 0, -1), [&b"before"[..], b"after"]);
}

#[test]
fn a_stream_of_lists_has_pushes_at_the_tail_and_deadlines_and_nothing_else() {
    let store = Store::new();
    let before = stream(&[&["RPUSH", "k", "a"], &["rpush", "k", "b"]]);
    for name in ["LPUSH", "SORT", "FLUSHALL", "MULTI", "SELECT", "NOSUCH", "EXPIRE", "PERSIST"] {
        let bytes = [&before[..], &command(&[name, "k", "1"])].concat();
        let error = store.import(&bytes[..]).expect_err(name);
        let what = "refused: import runs only RPUSH and PEXPIREAT, import_commands any command";
        let text = format!("at byte {}: '{name}' {what}", before.len());
        assert_eq!((error.to_string(), error.applied()), (text, before.len() as u64));
        assert_eq!(store.lrange("k", 0, -1), [b"a", b"b"], "{name}");
        store.del("k").expect("a list");
    }
    let error = store.import(&command(&["RPUSH", "k"])[..]).expect_err("no element");
    assert!(
        error.to_string().ends_with("wrong number of arguments for 'rpush' command"),
        "{error}"
    );
    let long = "\x1b\x07".repeat(1000);
    let error = store.import(&command(&[&long, "k"])[..]).expect_err("no name").to_string();
    assert!(error.contains("\\x1b\\x07...' refused") && error.len() < 400, "{error}");
    assert!(error.bytes().all(|byte| byte.is_ascii_graphic() || byte == b' '), "{error}");
    assert_eq!(store.dbsize(), 0);
}

/// The year 2100, to the millisecond.
const FAR_OFF: &str = "4102444800123";

fn far_off() -> SystemTime {
    UNIX_EPOCH + Duration::from_millis(FAR_OFF.parse().expect("a number"))
}

#[test]
fn a_deadline_stands_behind_the_last_element_and_comes_back() {
    let clock = ManualClock::new();
    let store = Store::builder().shards(1).clock(&clock).build().expect("a store");
    let elements = || (0..3000).map(|number| number.to_string());
    store.rpush_all("long", elements()).expect("elements");
    store.expireat("long", far_off()).expect("a list");
    store.rpush("plain", "x").expect("an element");
    store.rpush("gone", "x").expect("an element");
    store.expire("gone", Duration::from_secs(1)).expect("a list");
    store.rpush("going", "x").expect("an element");
    store.expire("going", Duration::from_secs(2)).expect("a list");
    clock.advance(Duration::from_millis(1001));
    let going = store.snapshot();
    let stream = exported(&store);
    let deadline = command(&["PEXPIREAT", "long", FAR_OFF]);
    let end = stream.windows(deadline.len()).position(|part| part == deadline);
    let last = [&b"\r\n$4\r\n2999\r\n"[..], &deadline].concat();
    let end = end.expect("a deadline") + deadline.len();
    assert!(stream[..end].ends_with(&last), "it stands behind the last element");
    assert!(!stream.windows(4).any(|part| part == b"gone"));

    let copy = Store::builder().clock(&clock).build().expect("a store");
    // Of the long list three pushes and a deadline, of the one that is going two commands, of the other one.
    assert_eq!(copy.import(&stream[..]).expect("a stream"), 7);
    assert!(contents(&copy) == contents(&store), "the copy differs");
    for key in ["long", "plain", "going"] {
        assert_eq!(copy.expiretime(key), store.expiretime(key), "{key}");
    }
    clock.advance(Duration::from_secs(1));
    // What has expired since is not there, whether it is read or written.
    assert_eq!(going.dbsize(), 2);
    let late = Store::builder().clock(&clock).build().expect("a store");
    assert_eq!(late.import(&stream[..]).expect("a stream"), 7);
    assert!(contents(&late) == contents(&store) && !late.exists("going"), "the copy differs");
}

#[test]
fn a_deadline_of_a_stream_is_that_of_the_whole_list() {
    let store = Store::new();
    store.rpush("k", "before").expect("an element");
    let push = command(&["RPUSH", "k", "after"]);
    let far_off = command(&["pexpireat", "k", FAR_OFF]);
    store.import(&[&push[..], &far_off].concat()[..]).expect("a stream");
    assert_eq!(store.lrange("k", 0, -1), [&b"before"[..], b"after"]);
    assert_eq!(store.expiretime("k"), ExpireTime::At(self::far_off()));
    store.import(&[push, command(&["PEXPIREAT", "k", "1"])].concat()[..]).expect("a stream");
    assert_eq!(store.dbsize(), 0);
    let error = store.import(&command(&["PEXPIREAT", "k", "soon"])[..]).expect_err("no number");
    assert_eq!(error.to_string(), "at byte 0: ERR value is not an integer or out of range");
}

#[test]
fn a_stream_may_hold_any_command_and_transactions() {
    let store = Store::new();
    let stream = stream(&[
        &["RPUSH", "k", "a", "b", "c"],
        &["lpop", "k"],
        &["MULTI"],
        &["LMOVE", "k", "l", "LEFT", "RIGHT"],
        &["DEL", "no such key"],
        &["EXEC"],
        &["MULTI"],
        &["DEL", "k"],
        &["DISCARD"],
        &["HELLO", "3"],
        &["PING"],
    ]);
    assert_eq!(store.import_commands(&stream[..]).expect("a stream"), 11);
    assert_eq!(
        (store.lrange("k", 0, -1), store.lrange("l", 0, -1)),
        (vec![b"c".to_vec()], vec![b"b".to_vec()])
    );
}

#[test]
fn a_stream_may_be_lines_of_text() {
    let store = Store::new();
    let text =
        "RPUSH k a 'b c' \"\\x00\\n\"\r\n\nlpop k\n*2\r\n$4\r\nLPOP\r\n$1\r\nk\r\nRPUSH k end\n";
    assert_eq!(store.import_commands(text.as_bytes()).expect("lines"), 4);
    assert_eq!(store.lrange("k", 0, -1), [&b"\0\n"[..], b"end"]);
    for (text, error) in [
        (
            "RPUSH k a\n\n \r\nRPUSHH\n",
            "at byte 14: ERR unknown command 'RPUSHH', with args beginning with: ",
        ),
        ("RPUSH k a\nRPUSH k b", "at byte 10: the stream ends in the middle of a line"),
        ("RPUSH k a\nRPUSH k 'b\n", "at byte 10: the line has unbalanced quotes"),
        (
            "RPUSH k a\nRPUSHH k\n",
            "at byte 10: ERR unknown command 'RPUSHH', with args beginning with: 'k' ",
        ),
    ] {
        let store = Store::new();
        assert_eq!(store.import_commands(text.as_bytes()).expect_err(text).to_string(), error);
        assert_eq!(store.llen("k"), 1, "{text}");
    }
}

#[test]
fn a_line_of_text_is_damage_where_the_stream_began_otherwise() {
    let bytes = [command(&["RPUSH", "k", "a"]), b"RPUSH k b\r\n".to_vec()].concat();
    let error = Store::new().import(&bytes[..]).expect_err("damage");
    assert_eq!(error.to_string(), "at byte 29: what follows the command is not a command");
}

#[test]
fn no_command_of_a_stream_waits() {
    let store = Store::new();
    let stream = stream(&[
        &["BLPOP", "k", "0"],
        &["RPUSH", "k", "a", "b", "c"],
        &["BLMOVE", "k", "l", "LEFT", "LEFT", "0"],
        &["BRPOP", "l", "k", "0"],
        &["BRPOPLPUSH", "l", "k", "0"],
        &["BLMPOP", "0", "1", "m", "LEFT"],
    ]);
    assert_eq!(store.import_commands(&stream[..]).expect("a stream"), 6);
    assert_eq!(store.lrange("k", 0, -1), [b"b", b"c"]);
    assert!(!store.exists("l"));
}

#[test]
fn a_stream_is_read_in_pieces_of_any_size() {
    let expected = varied();
    let stream = exported(&filled(&expected));
    let copy = Store::new();
    copy.import(BufReader::with_capacity(7, &stream[..])).expect("a stream");
    assert!(contents(&copy) == expected, "the copy differs");
}

#[test]
fn a_refused_command_is_named_by_the_byte_where_it_begins() {
    let store = Store::new();
    let mut bytes = command(&["RPUSH", "k", "a"]);
    let start = bytes.len() as u64;
    bytes.extend(stream(&[&["LSET", "k", "7", "b"], &["RPUSH", "k", "c"]]));
    let error = store.import_commands(&bytes[..]).expect_err("a refusal");
    assert_eq!((error.offset(), error.applied()), (start, start));
    assert_eq!(error.to_string(), format!("at byte {start}: ERR index out of range"));
    assert_eq!(store.lrange("k", 0, -1), [b"a"]);
}

#[test]
fn nothing_of_a_transaction_is_applied_that_is_refused_or_does_not_end() {
    let before = command(&["RPUSH", "k", "a"]);
    let begun = [before.clone(), stream(&[&["MULTI"], &["RPUSH", "k", "b"]])].concat();
    for (bytes, offset, text) in [
        (begun.clone(), begun.len(), "the stream ends in the middle of a transaction"),
        (
            [begun.clone(), stream(&[&["GET", "k"], &["EXEC"]])].concat(),
            begun.len(),
            "ERR unknown command 'GET', with args beginning with: 'k' ",
        ),
        (
            [&begun[..], b"*1\r\n$4\r\nEX"].concat(),
            begun.len() + 8,
            "the stream ends in the middle of a word",
        ),
    ] {
        let store = Store::new();
        let error = store.import_commands(&bytes[..]).expect_err("a transaction that was not run");
        assert_eq!(error.to_string(), format!("at byte {offset}: {text}"));
        assert_eq!(error.applied(), before.len() as u64);
        assert_eq!(store.lrange("k", 0, -1), [b"a"]);
    }
}

#[test]
fn a_command_that_fails_inside_of_a_transaction_is_named() {
    let store = Store::new();
    let begun = stream(&[&["MULTI"], &["RPUSH", "k", "a"]]);
    let bytes = [begun.clone(), stream(&[&["LSET", "l", "0", "b"], &["EXEC"]])].concat();
    let error = store.import_commands(&bytes[..]).expect_err("a refusal");
    assert_eq!(error.to_string(), format!("at byte {}: ERR no such key", begun.len()));
    assert_eq!(store.llen("k"), 1, "as on a server");
}

/// The bytes of a command, and which of them are content: any other would do there as well.
fn framed(words: &[&str]) -> (Vec<u8>, Vec<bool>) {
    let bytes = command(words);
    let mut content = vec![false; bytes.len()];
    let mut rest = bytes.len();
    for word in words.iter().rev() {
        rest -= 2;
        content[rest - word.len()..rest].fill(true);
        rest -= word.len() + format!("${}\r\n", word.len()).len();
    }
    (bytes, content)
}

const SMALL: [&[&str]; 4] =
    [&["RPUSH", "k", "a", "b"], &["RPUSH", "", "12345678901"], &["LPUSH", "k", ""], &["RPOP", "k"]];

/// What a store holds after the first so many commands of [`SMALL`].
fn small(commands: usize) -> Contents {
    let list = |elements: &[&str]| elements.iter().map(|text| text.as_bytes().to_vec()).collect();
    let k: &[&str] = [&[][..], &["a", "b"], &["a", "b"], &["", "a", "b"], &["", "a"]][commands];
    let empty: &[&str] = if commands < 2 { &[] } else { &["12345678901"] };
    [("k", k), ("", empty)]
        .into_iter()
        .filter(|(_, elements)| !elements.is_empty())
        .map(|(key, elements)| (key.as_bytes().to_vec(), list(elements)))
        .collect()
}

/// Where each command of [`SMALL`] begins, and where the last one ends.
fn bounds() -> Vec<usize> {
    let mut bounds = vec![0];
    for words in SMALL {
        bounds.push(bounds[bounds.len() - 1] + command(words).len());
    }
    bounds
}

#[test]
fn a_stream_that_is_cut_anywhere_is_applied_up_to_the_last_whole_command() {
    let whole = stream(&SMALL);
    let bounds = bounds();
    for cut in 0..=whole.len() {
        let store = Store::new();
        let outcome = store.import_commands(&whole[..cut]);
        let complete = bounds[1..].iter().filter(|&&end| end <= cut).count();
        assert_eq!(contents(&store), small(complete), "cut at {cut}");
        match outcome {
            Ok(count) => assert_eq!((count, bounds[complete]), (complete as u64, cut)),
            Err(error) => {
                assert_ne!(bounds[complete], cut);
                assert_eq!(error.applied(), bounds[complete] as u64, "cut at {cut}");
                assert_eq!(error.offset(), unit(&whole, cut) as u64, "cut at {cut}");
            }
        }
    }
}

/// Where the line or word begins in which the stream is cut. Words of [`SMALL`] have no ends of lines in them.
fn unit(whole: &[u8], cut: usize) -> usize {
    whole[..cut].iter().rposition(|&byte| byte == b'\n').map_or(0, |end| end + 1)
}

#[test]
fn a_stream_with_any_byte_changed_is_applied_up_to_the_damage() {
    let whole = stream(&SMALL);
    let content: Vec<bool> = SMALL.iter().flat_map(|words| framed(words).1).collect();
    let bounds = bounds();
    for position in (0..whole.len()).filter(|&position| !content[position]) {
        let damaged = bounds[1..].iter().filter(|&&end| end <= position).count();
        for byte in (0..=255).filter(|&byte| byte != whole[position]) {
            let mut bytes = whole.clone();
            bytes[position] = byte;
            let store = Store::new();
            let what = format!("byte {position} made {:?}", char::from(byte));
            // A command is not run if what follows it is none.
            let damaged = damaged.saturating_sub(usize::from(bounds.contains(&position)));
            let error = store.import_commands(&bytes[..]).expect_err(&what);
            assert_eq!(contents(&store), small(damaged), "{what}");
            assert_eq!(error.applied(), bounds[damaged] as u64, "{what}");
            let offset = usize::try_from(error.offset()).expect("an offset");
            // It is noticed where it is, or soon after: a length that became larger, by at most 9, takes in what follows.
            let noticed = unit(&whole, position)..=bounds[damaged + 1] + 9;
            assert!(noticed.contains(&offset), "{what}: {error}");
        }
    }
}

#[test]
fn a_changed_byte_of_content_is_never_a_panic() {
    let whole = stream(&SMALL);
    for position in 0..whole.len() {
        for byte in 0..=255 {
            let mut bytes = whole.clone();
            bytes[position] = byte;
            drop(Store::new().import_commands(&bytes[..]));
        }
    }
}

#[test]
fn a_length_that_is_a_lie_takes_no_memory() {
    for lie in ["*1048576\r\n", "*1\r\n$536870912\r\n", "*1\r\n$536870912\r\nabc"] {
        let error = Store::new().import(lie.as_bytes()).expect_err("a lie");
        assert!(error.to_string().contains("the stream ends"), "{error}");
    }
    for lie in ["*1048577\r\n", "*1\r\n$536870913\r\n", "*0\r\n", "*-1\r\n", "*1\r\n$-1\r\n"] {
        let error = Store::new().import(lie.as_bytes()).expect_err("a lie");
        assert!(error.to_string().contains("begins here"), "{error}");
    }
    let endless = io::repeat(b'7');
    let error = Store::new().import(BufReader::new(endless)).expect_err("no command");
    assert_eq!(error.to_string(), "at byte 0: the line is too long");
    let endless = (&b"*"[..]).chain(io::repeat(b'7'));
    let error = Store::new().import(BufReader::new(endless)).expect_err("no command");
    assert_eq!(error.to_string(), "at byte 0: no command begins here");
}

#[test]
fn a_reader_that_fails_is_told_of_with_its_error() {
    struct Broken;
    impl Read for Broken {
        fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
            Err(io::Error::other("the disk is gone"))
        }
    }
    let whole = command(&["RPUSH", "k", "a"]);
    let store = Store::new();
    let error = store.import(BufReader::new(whole[..].chain(Broken))).expect_err("a failure");
    assert_eq!(error.to_string(), format!("at byte {}: the disk is gone", whole.len()));
    assert!(std::error::Error::source(&error).is_some());
}

#[cfg(unix)]
mod against_a_server {
    use std::io::Write;
    use std::process::{Command, Stdio};

    use redeque::Store;

    use super::{Contents, FAR_OFF, command, contents, exported, far_off, filled, stream, varied};
    use crate::resp::Value;
    use crate::server::{Client, Server};

    fn bulk(value: &Value) -> Vec<u8> {
        match value {
            Value::Bulk(bytes) => bytes.clone(),
            other => panic!("{other:?} is no byte string"),
        }
    }

    fn contents_of(client: &mut Client) -> Contents {
        let keys = client.call(&["KEYS", "*"]);
        let keys = keys.items().expect("keys").iter().map(bulk);
        keys.map(|key| {
            let elements = client.call(&[&b"LRANGE"[..], &key, b"0", b"-1"]);
            let elements = elements.items().expect("elements").iter().map(bulk).collect();
            (key, elements)
        })
        .collect()
    }

    fn load(server: &Server, stream: &[u8]) {
        let mut pipe = Command::new("redis-cli")
            .arg("-s")
            .arg(server.socket())
            .arg("--pipe")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("redis-cli is where redis-server is");
        let mut input = pipe.stdin.take().expect("its input");
        input.write_all(stream).expect("it reads");
        drop(input);
        let output = pipe.wait_with_output().expect("it ends");
        let said = String::from_utf8_lossy(&output.stdout);
        assert!(output.status.success() && said.contains("errors: 0"), "{said}");
    }

    #[test]
    #[ignore = "needs redis-server"]
    fn redis_cli_loads_what_a_store_wrote() {
        let expected = varied();
        for server in Server::start_each() {
            load(&server, &exported(&filled(&expected)));
            let held = contents_of(&mut server.client());
            assert!(held == expected, "{} holds something else", server.kind());
            assert!(contents(&filled(&held)) == expected, "what came back differs");
        }
    }

    #[test]
    #[ignore = "needs redis-server"]
    fn deadlines_go_to_a_server_and_back() {
        for server in Server::start_each() {
            let store = Store::new();
            store.rpush_all("k", (0..2000).map(|number| number.to_string())).expect("elements");
            store.expireat("k", far_off()).expect("a list");
            store.rpush("plain", "x").expect("an element");
            load(&server, &exported(&store));
            let mut client = server.client();
            assert!(contents_of(&mut client) == contents(&store), "{}", server.kind());
            let deadline = client.call(&["PEXPIRETIME", "k"]);
            assert_eq!(deadline, Value::Integer(FAR_OFF.parse().expect("a number")));
            assert_eq!(client.call(&["PEXPIRETIME", "plain"]), Value::Integer(-1));
            // A deadline that has passed removes the list there as here.
            let passed = stream(&[&["RPUSH", "k", "x"], &["PEXPIREAT", "k", "1"]]);
            load(&server, &passed);
            store.import(&passed[..]).expect("a stream");
            assert!(contents_of(&mut client) == contents(&store), "{}", server.kind());
            assert_eq!(store.dbsize(), 1);
        }
    }

    #[test]
    #[ignore = "needs redis-server"]
    fn a_store_and_a_server_read_the_same_streams() {
        let streams = [
            stream(&[&["RPUSH", "k", "a", "b"], &["MULTI"], &["LPOP", "k"], &["EXEC"]]),
            b"\r\nRPUSH  l \"\\x41\\n \\\"'\" 'it\\'s' \\n\n\n \nlpush l \"\"\r\n".to_vec(),
            [&b"RPUSH m a\n"[..], &command(&["RPUSH", "m", "b"]), b"RPUSH m c\n"].concat(),
        ];
        for server in Server::start_each() {
            for bytes in &streams {
                let store = Store::new();
                store.import_commands(&bytes[..]).expect("a stream");
                load(&server, bytes);
                let held = contents_of(&mut server.client());
                assert_eq!(contents(&store), held, "{}", server.kind());
                server.client().call(&["FLUSHALL"]);
            }
        }
    }
}
