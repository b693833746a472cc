//! What the store does on purpose, and some servers do not: the table that the documentation shows, read as data.

use crate::server::Kind;

const TABLE: &str = include_str!("../../src/command/differences.md");

/// A row: the name that tests refer to it by, and the servers that it is true of.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Difference {
    pub(crate) name: &'static str,
    servers: &'static str,
}

pub(crate) fn differences() -> impl Iterator<Item = Difference> {
    let row = |line: &'static str| match *line.split(" | ").collect::<Vec<_>>() {
        [name, servers, _, _] => Difference { name: &name[2..], servers },
        _ => panic!("not a row of four cells: {line}"),
    };
    TABLE.lines().skip(2).map(row)
}

/// The row of that name.
#[track_caller]
pub(crate) fn difference(name: &str) -> Difference {
    let found = differences().find(|row| row.name == name);
    found.unwrap_or_else(|| panic!("no difference is called {name}"))
}

impl Difference {
    /// Whether a server of that kind is one that differs.
    pub(crate) fn is_true_of(self, kind: Kind) -> bool {
        self.servers == "all" || self.servers.split(", ").any(|some| includes(some, kind))
    }
}

/// Whether these words mean that kind: a product, or Redis before a version or since it.
fn includes(servers: &str, kind: Kind) -> bool {
    let words: Vec<&str> = servers.split(' ').collect();
    match (&words[..], kind) {
        (["Valkey"], kind) => matches!(kind, Kind::Valkey(..)),
        (["Redis", "before" | "since", _], Kind::Valkey(..)) => false,
        (["Redis", "before", first], Kind::Redis(major, minor)) => (major, minor) < version(first),
        (["Redis", "since", first], Kind::Redis(major, minor)) => (major, minor) >= version(first),
        _ => panic!("which servers are {servers}?"),
    }
}

fn version(text: &str) -> (u32, u32) {
    let number = |text: &str| text.parse().unwrap_or_else(|_| panic!("{text} is no number"));
    let (major, minor) = text.split_once('.').expect("a major and a minor version");
    (number(major), number(minor))
}

/// A test of the table, without any server.
#[test]
fn each_difference_has_a_name_of_its_own_and_servers_that_are_known() {
    let mut names: Vec<&str> = differences().map(|row| row.name).collect();
    let count = names.len();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), count, "of {names:?} one is there twice");
    for row in differences() {
        let kinds =
            [(7, 0), (7, 2), (7, 4), (8, 2)].map(|(major, minor)| Kind::Redis(major, minor));
        let differ =
            kinds.into_iter().chain([Kind::Valkey(9, 1)]).filter(|kind| row.is_true_of(*kind));
        assert_ne!(differ.count(), 0, "{row:?} is true of no server");
    }
}
