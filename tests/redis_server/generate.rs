//! Random programs: the forms of all commands, filled in, and then spoilt now and again.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};
use redeque::command::CommandSpec;

use crate::program::{Step, Words, is};
use crate::specs;

/// More than half of what a list packed as one has.
pub(crate) const LARGE: usize = 5000;

const FORMS: &str = include_str!("forms.txt");

/// What no program says: what ends it or another, what is not answered, what changes the server for the programs after it, and
/// what is told of the table as a whole, which differs from a server's.
const NEVER: [&str; 10] = [
    "quit",
    "client|kill",
    "client|reply",
    "config|set",
    "client|help",
    "object|help",
    "config|help",
    "memory|help",
    "command|help",
    "command|count",
];

/// How often a command comes that has no weight of its own.
const WEIGHT: u32 = 8;

/// Programs of so many commands by two clients; some are shorter.
pub(crate) fn programs(longest: usize) -> impl Strategy<Value = Vec<Step>> {
    // One of them says most, and a few commands in a row, so that many can be sent at once.
    let run = (prop_oneof![3 => Just(0), 1 => Just(1_usize)], vec(command(), 1..=16));
    vec(run, 1..=longest / 3).prop_map(move |runs| {
        let steps = runs.into_iter().flat_map(|(client, commands)| {
            commands.into_iter().map(move |words| Step { client, words })
        });
        steps.take(longest).collect()
    })
}

/// The forms of all commands, each with its weight: those of the file, and the syntax of what the file gives none.
fn forms() -> Vec<(u32, String)> {
    let lines = FORMS.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    let lines = lines.map(|line| line.split_once(' ').expect("a weight and a form"));
    let given = lines.clone().map(|(weight, form)| {
        let bare = specs().find(|spec| name_of(spec) == form);
        (weight.parse().expect("a weight"), bare.map_or_else(|| form.to_owned(), form_of))
    });
    let is_given = |spec: &CommandSpec| {
        let beginning = name_of(spec) + " ";
        lines.clone().any(|(_, form)| format!("{form} ").starts_with(&beginning))
    };
    let others = specs().filter(|spec| !is_given(spec) && !NEVER.contains(&spec.name()));
    given.chain(others.map(|spec| (WEIGHT, form_of(spec)))).collect()
}

fn name_of(spec: &CommandSpec) -> String {
    spec.name().to_uppercase().replace('|', " ")
}

fn form_of(spec: &CommandSpec) -> String {
    format!("{} {}", name_of(spec), in_form(spec.syntax())).trim_end().to_owned()
}

/// A syntax as a form has it: `key [count] [RANK rank] [MAXLEN len]` is `key count? ( RANK rank | MAXLEN len )*`.
fn in_form(syntax: &str) -> String {
    let syntax = syntax.replace("numkeys key [key ...]", "numbered_keys").replace('|', " | ");
    let (mut form, mut options) = (Vec::new(), Vec::new());
    for part in syntax.replace(" [", "\n[").replace("] ", "]\n").lines() {
        let inside = part.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
        match (inside, inside.and_then(|inside| inside.strip_suffix(" ..."))) {
            (_, Some(repeated)) => form.push(format!("{repeated}*")),
            (Some(option), _) if option.contains(' ') => options.push(option.to_owned()),
            (Some(optional), _) => form.push(format!("{optional}?")),
            (None, _) => form.push(with_choices(part)),
        }
    }
    match &options[..] {
        [] => {}
        [option] => form.push(format!("( {option} )?")),
        several => form.push(format!("( {} )*", several.join(" | "))),
    }
    form.join(" ")
}

/// `key BEFORE | AFTER pivot` with the choice in parentheses.
fn with_choices(words: &str) -> String {
    words
        .replace(" | ", "|")
        .split(' ')
        .map(|word| match word.split_once('|') {
            Some(_) => format!("( {} )", word.replace('|', " | ")),
            None => word.to_owned(),
        })
        .collect::<Vec<_>>()
        .join(" ")
}

fn command() -> impl Strategy<Value = Words> {
    let well_formed = proptest::strategy::Union::new_weighted(
        forms().iter().map(|(weight, form)| (*weight, form_strategy(form))).collect(),
    );
    (well_formed, spoiling()).prop_map(|(words, spoiling)| spoiling.apply(words))
}

fn form_strategy(form: &str) -> BoxedStrategy<Words> {
    let mut tokens = form.split(' ').peekable();
    let mut parts = Vec::new();
    while let Some(token) = tokens.next() {
        parts.push(if token == "(" { choice(&mut tokens) } else { part(token) });
    }
    parts.prop_map(|parts| parts.concat()).boxed()
}

/// The rest of a group in parentheses.
fn choice<'f>(tokens: &mut impl Iterator<Item = &'f str>) -> BoxedStrategy<Words> {
    let mut alternatives = vec![Vec::new()];
    let end = tokens.by_ref().find(|&token| {
        let last = alternatives.last_mut().expect("there is one");
        match token {
            ")" | ")?" | ")*" => return true,
            "|" => alternatives.push(Vec::new()),
            _ => last.push(part(token)),
        }
        false
    });
    let alternatives = alternatives.into_iter();
    let one = proptest::strategy::Union::new(
        alternatives.map(|parts| parts.prop_map(|parts| parts.concat()).boxed()),
    );
    let most = match end {
        Some(")*") => 4,
        Some(")?") => 1,
        _ => return one.boxed(),
    };
    vec(one, 0..=most).prop_map(|several| several.concat()).boxed()
}

fn part(token: &str) -> BoxedStrategy<Words> {
    if let Some(token) = token.strip_suffix('?') {
        vec(part(token), 0..=1).prop_map(|some| some.concat()).boxed()
    } else if let Some(token) = token.strip_suffix('*') {
        vec(part(token), 0..=3).prop_map(|some| some.concat()).boxed()
    } else if token == "numbered_keys" {
        let keys = vec(kind("key"), 1..=3);
        keys.prop_map(|keys| [vec![keys.len().to_string().into_bytes()], keys].concat()).boxed()
    } else if token.bytes().any(|byte| byte.is_ascii_lowercase()) {
        kind(token).prop_map(|word| vec![word]).boxed()
    } else {
        cased(token).prop_map(|word| vec![word]).boxed()
    }
}

/// A word of Redis, now and again in another case.
fn cased(word: &str) -> BoxedStrategy<Vec<u8>> {
    let (upper, lower) = (word.as_bytes().to_vec(), word.to_lowercase().into_bytes());
    let mixed = word
        .bytes()
        .enumerate()
        .map(|(at, byte)| if at % 2 == 0 { byte.to_ascii_lowercase() } else { byte });
    prop_oneof![8 => Just(upper), 2 => Just(lower), 1 => Just(mixed.collect::<Vec<u8>>())].boxed()
}

fn any_of(words: &[&[u8]]) -> BoxedStrategy<Vec<u8>> {
    select(words.iter().map(|word| word.to_vec()).collect::<Vec<_>>()).boxed()
}

/// An argument of a kind. No key is a number, so that none is taken for a timeout.
fn kind(kind: &str) -> BoxedStrategy<Vec<u8>> {
    match kind {
        "key" | "newkey" | "source" | "destination" => prop_oneof![
            20 => any_of(&[b"a", b"b", b"c", b"d"]),
            1 => any_of(&[b"", b"LEFT", b"STORE", b"\x00\xff", b"a\r\nb", b"none"]),
        ]
        .boxed(),
        "element" | "message" | "pivot" => prop_oneof![
            48 => (-9..100_i32).prop_map(|number| number.to_string().into_bytes()),
            16 => any_of(&[b"1", b"2"]),
            8 => any_of(&[b"01", b"+1", b"1.0", b"1e1", b"-0", b".5", b" 7", b"0x1F", b"inf", b""]),
            4 => any_of(&[b"x", b"COUNT", b"\x00", b"\xff\xfe", b"a\x00b", b"\r\n", b"nan", b"1x"]),
            4 => vec(any::<u8>(), 0..40),
            // A list of two is no longer small. To SORT it is 7.
            1 => Just([&b"7\0"[..], &[b'x'; LARGE]].concat()),
        ]
        .boxed(),
        "count" | "len" | "num-matches" => prop_oneof![
            12 => (0..6_i32).prop_map(|number| number.to_string().into_bytes()),
            1 => odd_integer(),
        ]
        .boxed(),
        "index" | "integer" | "rank" | "signed" | "start" | "stop" => prop_oneof![
            12 => (-8..9_i32).prop_map(|number| number.to_string().into_bytes()),
            1 => odd_integer(),
        ]
        .boxed(),
        // None that waits for long, and none that leaves the range of C's floats: a server remembers that.
        "timeout" => any_of(&[
            b"0.001",
            b".001",
            b"1e-3",
            b"0x",
            b"0.0000001",
            b"-1",
            b"-0.5",
            b"nan",
            b"inf",
            b"abc",
            b"",
            b" 1",
            b"1e400",
            b"1,5",
            b"-inf",
        ]),
        "pattern" => any_of(&[b"*", b"a", b"?", b"[ab]*", b"[^a]", b"*\\", b"", b"[a-", b"\xff*"]),
        "type" => any_of(&[b"list", b"LIST", b"string", b"zset", b"foo", b"", b"list\x00"]),
        "cursor" => any_of(&[b"0", b"00", b"+0", b"5", b"x", b"", b"-1", b" 0", b"1.5", b"0x0"]),
        "by" => any_of(&[b"nosort", b"", b"w_*", b"*", b"w_*->f"]),
        "get" => any_of(&[b"#", b"#", b"w_*", b"foo", b"#x"]),
        "version" => any_of(&[b"2", b"3", b"3", b"2", b"1", b"4", b"x", b"03"]),
        "name" => any_of(&[b"me", b"default", b"", b"a b", b"\n", b"~"]),
        "command" => any_of(&[b"lpush", b"LMOVE", b"nosuch", b"sort", b"blpop", b"watch"]),
        "type_of_client" => any_of(&[b"normal", b"PUBSUB", b"replica", b"master", b"foo", b""]),
        "section" => any_of(&[b"keyspace", b"CLUSTER", b"nosuch", b"", b"keyspace\x00x"]),
        "parameter" => any_of(&[
            b"maxmemory",
            b"MaxMemory",
            b"maxmemory-polic?",
            b"databases",
            b"save",
            b"timeou[s-u]",
            b"nosuch",
            b"",
        ]),
        other => panic!("no kind of argument is called {other}"),
    }
}

/// Integers at the ends of their ranges, and what is nearly an integer. The least of 64 bits is not among them:
/// LREM takes it for "all" on early servers, and the lists would differ from then on.
fn odd_integer() -> BoxedStrategy<Vec<u8>> {
    any_of(&[
        b"9223372036854775807",
        b"-9223372036854775807",
        b"9223372036854775808",
        b"-9223372036854775809",
        b"2147483647",
        b"2147483648",
        b"-2147483649",
        b"100000000000000000000000",
        b"",
        b"+1",
        b"-0",
        b"01",
        b" 1",
        b"1 ",
        b"1.0",
        b"1e1",
        b"0x1",
        b"abc",
        b"-",
        b"1\x00",
        b"\xff",
    ])
}

/// How a well-formed command is spoilt.
#[derive(Debug, Clone)]
enum Spoiling {
    None,
    Drop(Index),
    Repeat(Index),
    Swap(Index, Index),
    Insert(Index, Vec<u8>),
    Replace(Index, Vec<u8>),
    Append(Words),
}

fn spoiling() -> impl Strategy<Value = Spoiling> {
    let place = any::<Index>;
    prop_oneof![
        24 => Just(Spoiling::None),
        1 => place().prop_map(Spoiling::Drop),
        1 => place().prop_map(Spoiling::Repeat),
        1 => (place(), place()).prop_map(|(one, other)| Spoiling::Swap(one, other)),
        1 => (place(), wild()).prop_map(|(at, word)| Spoiling::Insert(at, word)),
        1 => (place(), wild()).prop_map(|(at, word)| Spoiling::Replace(at, word)),
        1 => vec(wild(), 1..4).prop_map(Spoiling::Append),
    ]
}

/// Anything. Nothing that a timeout could be, which a server would wait for, and no pattern to sort by.
fn wild() -> BoxedStrategy<Vec<u8>> {
    prop_oneof![
        3 => any_of(&[b"", b"abc", b"\x00", b"\xff\xfe", b"a\r\nb", b"-1", b"-9223372036854775807"]),
        3 => any_of(&[
            b"LEFT", b"RIGHT", b"COUNT", b"RANK", b"MAXLEN", b"REPLACE", b"DB", b"STORE", b"BY", b"GET",
            b"LIMIT", b"ALPHA", b"DESC", b"MATCH", b"TYPE", b"BEFORE", b"SETNAME", b"AUTH",
        ]),
        2 => kind("key"),
        1 => vec(any::<u8>().prop_map(no_digit), 0..200),
    ]
    .boxed()
}

fn no_digit(byte: u8) -> u8 {
    if byte.is_ascii_digit() || byte == b'*' { b'_' } else { byte }
}

impl Spoiling {
    /// The name of the command stays: it is another command otherwise, or none.
    fn apply(self, mut words: Words) -> Words {
        // A server tells of more commands than a store has, and of more parameters; and it waits for replicas.
        if is(&words, "command") || is(&words, "config") || is(&words, "wait") {
            return words;
        }
        // Its timeout comes first, and nothing else must come to be one.
        let fixed = if is(&words, "blmpop") { 2 } else { 1 };
        if words.len() <= fixed && !matches!(self, Self::Append(_) | Self::None) {
            return words;
        }
        let place = |index: Index, len: usize| fixed + index.index(len - fixed);
        let len = words.len();
        match self {
            Self::None => {}
            Self::Drop(at) => drop(words.remove(place(at, len))),
            Self::Repeat(at) => words.insert(place(at, len), words[place(at, len)].clone()),
            Self::Swap(one, other) => words.swap(place(one, len), place(other, len)),
            Self::Insert(at, word) => words.insert(place(at, len), word),
            Self::Replace(at, word) => words[place(at, len)] = word,
            Self::Append(more) => words.extend(more),
        }
        words
    }
}

/// A test of the tests, without any server: what is made of the table's notation.
#[test]
fn a_syntax_is_a_form() {
    for (syntax, form) in [
        ("", ""),
        ("key [count]", "key count?"),
        ("key element [element ...]", "key element element*"),
        ("key BEFORE|AFTER pivot element", "key ( BEFORE | AFTER ) pivot element"),
        ("key element [RANK rank] [MAXLEN len]", "key element ( RANK rank | MAXLEN len )*"),
        (
            "numkeys key [key ...] LEFT|RIGHT [COUNT count]",
            "numbered_keys ( LEFT | RIGHT ) ( COUNT count )?",
        ),
        ("[ASYNC|SYNC]", "( ASYNC | SYNC )?"),
        ("key [key ...] timeout", "key key* timeout"),
    ] {
        assert_eq!(in_form(syntax), form, "{syntax}");
    }
}
