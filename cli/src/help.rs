//! What `help` prints, and the topics that completion and hints go by. It knows only the table of commands.

use std::fmt::Write as _;

use redeque::command::{CommandSpec, commands};
use redeque::split_words;

use crate::words;

/// A command, or a subcommand, that help can be had on.
#[derive(Debug)]
pub(crate) struct Topic {
    /// The name as it is typed, in upper case: `CLIENT ID`.
    pub(crate) name: String,
    spec: &'static CommandSpec,
}

/// All topics, in the order of their names.
pub(crate) fn topics() -> impl Iterator<Item = Topic> {
    commands()
        .iter()
        .flat_map(|spec| std::iter::once(spec).chain(spec.subcommands()))
        .map(|spec| Topic { name: spec.name().to_ascii_uppercase().replace('|', " "), spec })
}

/// The groups that commands are in.
pub(crate) fn groups() -> Vec<&'static str> {
    let mut groups: Vec<_> = commands().iter().map(CommandSpec::group).collect();
    groups.sort_unstable();
    groups.dedup();
    groups
}

/// The text for `help` and the words after it.
pub(crate) fn help(about: &[Vec<u8>]) -> String {
    let Some(first) = about.first() else { return general() };
    let group = first.strip_prefix(b"@").and_then(|name| {
        groups().into_iter().find(|group| name.eq_ignore_ascii_case(group.as_bytes()))
    });
    let mut text = String::new();
    for topic in topics() {
        match group {
            Some(group) if topic.spec.group() == group => topic.describe(false, &mut text),
            None if topic.begins_with(about) => topic.describe(true, &mut text),
            _ => {}
        }
    }
    text + "\r\n"
}

/// The arguments that are still to be typed after a line, if it begins with a command's name.
pub(crate) fn hint(line: &str) -> Option<String> {
    let words = split_words(line)?;
    let topic = topics()
        .filter(|topic| {
            let name = topic.name.split(' ').count();
            name <= words.len() && topic.begins_with(&words[..name])
        })
        .max_by_key(|topic| topic.name.len())?;
    let typed = words.len() - topic.name.split(' ').count();
    // An optional argument may come many times or not at all, so it stays, with all that comes after it.
    let arguments = (0..typed).try_fold(topic.spec.syntax(), |arguments, _| {
        if arguments.starts_with('[') {
            return Err(arguments);
        }
        Ok(arguments.split_once(' ').map_or("", |(_, rest)| rest))
    });
    let arguments = arguments.unwrap_or_else(|optional| optional);
    let space = if line.ends_with(|last: char| last.is_ascii_whitespace()) { "" } else { " " };
    (!arguments.is_empty()).then(|| format!("{space}{arguments}"))
}

impl Topic {
    /// Whether these words are the first of the name.
    fn begins_with(&self, about: &[Vec<u8>]) -> bool {
        let mut name = self.name.split(' ');
        about.iter().all(|word| {
            name.next()
                .is_some_and(|part| words::until_zero(word).eq_ignore_ascii_case(part.as_bytes()))
        })
    }

    fn describe(&self, with_group: bool, text: &mut String) {
        let Self { name, spec } = self;
        let lines = [("summary", spec.summary()), ("since", spec.since()), ("group", spec.group())];
        // Writing to a string cannot fail.
        let _ = write!(text, "\r\n  \x1b[1m{name}\x1b[0m \x1b[90m{}\x1b[0m\r\n", spec.syntax());
        for (label, value) in &lines[..if with_group { 3 } else { 2 }] {
            let _ = write!(text, "  \x1b[33m{label}:\x1b[0m {value}\r\n");
        }
    }
}

fn general() -> String {
    format!(
        r#"redeque {}
To get help about Redis commands type:
      "help @<group>" to get a list of commands in <group>
      "help <command>" for help on <command>
      "help <tab>" to get a list of possible help topics
      "quit" to exit

To set redeque preferences:
      ":set hints" enable online hints
      ":set nohints" disable online hints
"#,
        env!("CARGO_PKG_VERSION")
    )
}

#[cfg(test)]
mod tests {
    use super::{help, hint};

    #[test]
    fn hints_name_the_arguments_that_are_missing() {
        assert_eq!(hint("lset").as_deref(), Some(" key index element"));
        assert_eq!(hint("lset ").as_deref(), Some("key index element"));
        assert_eq!(hint("LSET k").as_deref(), Some(" index element"));
        assert_eq!(hint("lset k 0 x"), None);
    }

    #[test]
    fn optional_arguments_stay_in_the_hint() {
        assert_eq!(hint("blpop").as_deref(), Some(" key [key ...] timeout"));
        assert_eq!(hint("blpop a b ").as_deref(), Some("[key ...] timeout"));
    }

    #[test]
    fn nothing_is_hinted_on_what_is_no_command() {
        assert_eq!(hint(""), None);
        assert_eq!(hint("ls"), None);
        assert_eq!(hint("lset \"k"), None);
        assert_eq!(hint("ping"), Some(" [message]".into()));
    }

    #[test]
    fn subcommands_are_topics_of_their_own() {
        assert_eq!(hint("client setname").as_deref(), Some(" connection-name"));
        let text = help(&[b"client".to_vec()]);
        assert!(text.contains("CLIENT SETNAME"), "{text}");
        let text = help(&[b"client".to_vec(), b"id".to_vec()]);
        assert!(text.contains("CLIENT ID") && !text.contains("SETNAME"), "{text}");
    }

    #[test]
    fn unknown_topics_are_answered_with_an_empty_line() {
        assert_eq!(help(&[b"no".to_vec()]), "\r\n");
        assert_eq!(help(&[b"@no".to_vec()]), "\r\n");
        assert_eq!(help(&[b"".to_vec()]), "\r\n");
        assert_eq!(help(&[b"llen".to_vec(), b"x".to_vec()]), "\r\n");
    }
}
