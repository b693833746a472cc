//! The table of all commands, and which of them a command's words are.

mod connection;
mod generic;
mod list;
mod names;
mod server;
mod transactions;

pub(super) use self::names::by_name;
use super::keys::KeySpec;
use super::refusal::Refusal;
use super::{Answer, CommandSpec, Run, Session};
use crate::quoting::c_text;

const GROUPS: [&[CommandSpec]; 5] = [
    list::COMMANDS,
    generic::COMMANDS,
    server::COMMANDS,
    connection::COMMANDS,
    transactions::COMMANDS,
];

/// In the order of their names. It is made by the compiler, and so is all that follows from it.
static TABLE: [CommandSpec; COUNT] = sorted();

const COUNT: usize = {
    let (mut all, mut group) = (0, 0);
    while group < GROUPS.len() {
        all += GROUPS[group].len();
        group += 1;
    }
    all
};

const fn sorted() -> [CommandSpec; COUNT] {
    let mut all = [GROUPS[0][0]; COUNT];
    let (mut len, mut group) = (0, 0);
    while group < GROUPS.len() {
        let mut row = 0;
        while row < GROUPS[group].len() {
            let spec = GROUPS[group][row];
            let mut place = len;
            while place > 0 && is_before(spec.name, all[place - 1].name) {
                all[place] = all[place - 1];
                place -= 1;
            }
            all[place] = spec;
            len += 1;
            row += 1;
        }
        group += 1;
    }
    all
}

const fn is_before(name: &str, other: &str) -> bool {
    let (name, other, mut at) = (name.as_bytes(), other.as_bytes(), 0);
    while at < name.len() && at < other.len() && name[at] == other[at] {
        at += 1;
    }
    at < other.len() && (at == name.len() || name[at] < other[at])
}

type Text = &'static str;
type Texts = &'static [Text];

const fn list(name: Text, syntax: Text, since: Text, run: Run) -> CommandSpec {
    row(name, syntax, since, run).in_group("list", &["list"])
}

const fn generic(name: Text, syntax: Text, since: Text, run: Run) -> CommandSpec {
    row(name, syntax, since, run).in_group("generic", &["keyspace"])
}

const fn server(name: Text, syntax: Text, since: Text, run: Run) -> CommandSpec {
    row(name, syntax, since, run).in_group("server", &["keyspace"])
}

const fn connection(name: Text, syntax: Text, since: Text, run: Run) -> CommandSpec {
    row(name, syntax, since, run).in_group("connection", &["connection"])
}

const fn transactions(name: Text, syntax: Text, since: Text, run: Run) -> CommandSpec {
    row(name, syntax, since, run).in_group("transactions", &["transaction"])
}

const fn row(name: Text, syntax: Text, since: Text, run: Run) -> CommandSpec {
    let arity = arity(name, syntax);
    let (summary, group) = ("", "");
    let (flags, categories, tips): (Texts, Texts, Texts) = (&[], &[], &[]);
    let (keys, subcommands) = (&[], &[]);
    let elements = usize::MAX;
    CommandSpec {
        name,
        syntax,
        summary,
        since,
        group,
        arity,
        flags,
        categories,
        tips,
        keys,
        elements,
        subcommands,
        run,
    }
}

/// What a row says besides what makes it.
impl CommandSpec {
    const fn in_group(mut self, group: Text, categories: Texts) -> Self {
        self.group = group;
        self.categories = categories;
        self
    }

    const fn does(mut self, summary: Text) -> Self {
        self.summary = summary;
        self
    }

    const fn with_flags(mut self, flags: Texts) -> Self {
        self.flags = flags;
        self
    }

    /// In the place of those of the group.
    const fn with_categories(mut self, categories: Texts) -> Self {
        self.categories = categories;
        self
    }

    const fn with_tips(mut self, tips: Texts) -> Self {
        self.tips = tips;
        self
    }

    const fn with_keys(mut self, keys: &'static [KeySpec]) -> Self {
        self.keys = keys;
        self
    }

    /// All words from one on are elements to store.
    const fn with_elements(mut self, first: usize) -> Self {
        self.elements = first;
        self
    }

    const fn with_subcommands(mut self, subcommands: &'static [CommandSpec]) -> Self {
        self.subcommands = subcommands;
        self
    }

    /// For the few that take more than their syntax tells of.
    const fn with_arity(mut self, arity: i64) -> Self {
        self.arity = arity;
        self
    }
}

/// How many words a command has by its syntax, those of its name included; negative if others may follow. Brackets are
/// around what may be left out.
const fn arity(name: &str, syntax: &str) -> i64 {
    let (mut words, mut optional) = (1 + count(name, b'|'), 0);
    let (text, mut at) = (syntax.as_bytes(), 0);
    while at < text.len() {
        match text[at] {
            b'[' => optional += 1,
            b']' => optional -= 1,
            b' ' => {}
            _ if optional == 0 && (at == 0 || text[at - 1] == b' ') => words += 1,
            _ => {}
        }
        at += 1;
    }
    if count(syntax, b'[') == 0 { words } else { -words }
}

const fn count(text: &str, wanted: u8) -> i64 {
    let (text, mut at, mut found) = (text.as_bytes(), 0, 0);
    while at < text.len() {
        found += (text[at] == wanted) as i64;
        at += 1;
    }
    found
}

/// What is done to a list that elements are taken from.
const TAKEN: Texts = &["RW", "access", "delete"];

/// What runs a command that is nothing without a subcommand. Its arity asks for one, so this is never reached.
const SUBCOMMANDS: Run = Run::Session(subcommand_missing);

fn subcommand_missing(_: &mut Session, _: &[&[u8]]) -> Answer {
    Err(crate::Error::Syntax.into())
}

pub(super) fn all() -> &'static [CommandSpec] {
    &TABLE
}

/// The subcommand with this name, in any case, of a command.
pub(super) fn subcommand(parent: &CommandSpec, name: &[u8]) -> Option<&'static CommandSpec> {
    parent.subcommands.iter().find(|spec| {
        let own = spec.name.split_once('|').map_or("", |(_, own)| own);
        own.as_bytes().eq_ignore_ascii_case(name)
    })
}

/// The command that these words are, if they are one and as many as it wants.
#[expect(clippy::inline_always, reason = "a call in between costs a fiftieth of a text command")]
#[inline(always)]
pub(crate) fn lookup(args: &[&[u8]]) -> Result<&'static CommandSpec, Box<Unusable>> {
    match args.first().and_then(|name| by_name(name)) {
        Some(spec) if spec.subcommands.is_empty() && spec.accepts(args.len()) => Ok(spec),
        found => lookup_further(found, args),
    }
}

/// The same where the name alone does not say it.
#[cold]
fn lookup_further(
    found: Option<&'static CommandSpec>,
    args: &[&[u8]],
) -> Result<&'static CommandSpec, Box<Unusable>> {
    let Some(spec) = found else {
        return Err(Box::new(Unusable { command: None, refusal: unknown_command(args) }));
    };
    let spec = match args.get(1) {
        Some(name) if !spec.subcommands.is_empty() => match subcommand(spec, name) {
            Some(subcommand) => subcommand,
            None => {
                return Err(Box::new(Unusable {
                    command: None,
                    refusal: unknown_subcommand(spec, name),
                }));
            }
        },
        _ => spec,
    };
    if spec.accepts(args.len()) {
        Ok(spec)
    } else {
        Err(Box::new(Unusable { command: Some(spec), refusal: spec.wrong_arity() }))
    }
}

/// Words that are no command. Boxed, so that a command is found in two registers.
#[derive(Debug)]
pub(crate) struct Unusable {
    /// The command that they would be with more or fewer arguments.
    pub(crate) command: Option<&'static CommandSpec>,
    pub(crate) refusal: Refusal,
}

/// How much of a name, and of all arguments together, an error repeats.
const REPEATED: usize = 128;

fn unknown_command(args: &[&[u8]]) -> Refusal {
    let (name, rest) = args.split_first().map_or((&b""[..], args), |(name, rest)| (*name, rest));
    let mut shown = Vec::new();
    for argument in rest {
        if shown.len() >= REPEATED {
            break;
        }
        let room = REPEATED - shown.len();
        shown.push(b'\'');
        shown.extend_from_slice(cut(argument, room));
        shown.extend_from_slice(b"' ");
    }
    let mut text = b"ERR unknown command '".to_vec();
    text.extend_from_slice(cut(name, REPEATED));
    text.extend_from_slice(b"', with args beginning with: ");
    text.extend_from_slice(&shown);
    Refusal::new(text)
}

fn unknown_subcommand(parent: &CommandSpec, name: &[u8]) -> Refusal {
    let after = format!("'. Try {} HELP.", parent.name.to_ascii_uppercase());
    Refusal::quoting("ERR unknown subcommand '", cut(name, REPEATED), &after)
}

fn cut(text: &[u8], limit: usize) -> &[u8] {
    let text = c_text(text);
    &text[..text.len().min(limit)]
}

#[cfg(test)]
mod tests {
    use super::arity;

    #[test]
    fn the_arity_follows_from_the_syntax() {
        for (name, syntax, expected) in [
            ("multi", "", 1),
            ("client|id", "", 2),
            ("ping", "[message]", -1),
            ("lrem", "key count element", 4),
            ("lpush", "key element [element ...]", -3),
            ("linsert", "key BEFORE|AFTER pivot element", 5),
            ("blmpop", "timeout numkeys key [key ...] LEFT|RIGHT [COUNT count]", -5),
            ("hello", "[protover [AUTH username password] [SETNAME clientname]]", -1),
            ("client|unblock", "client-id [TIMEOUT|ERROR]", -3),
        ] {
            assert_eq!(arity(name, syntax), expected, "{name} {syntax}");
        }
    }
}
