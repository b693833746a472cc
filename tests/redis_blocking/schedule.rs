//! Schedules: which client says what, in which order, and what each is told; and how that is written in a file.

use std::collections::BTreeMap;
use std::fmt;

use crate::resp::Value;

/// The words of one command. `$A` stands for the number of client A.
pub(crate) type Words = Vec<String>;

/// A client, by its letter.
pub(crate) type Name = char;

/// What clients were told, each in this order.
pub(crate) type Told = BTreeMap<Name, Vec<Value>>;

/// Something that happens while every client is blocked or has nothing to do.
#[derive(Clone, PartialEq, Eq)]
pub(crate) enum Action {
    /// A client sends commands, all at once.
    Say(Name, Vec<Words>),
    /// The timeout of a client that waits runs out.
    TimeOut(Name),
    /// A client goes away.
    Disconnect(Name),
}

/// An action, and what a file says that comes of it.
#[derive(Clone)]
pub(crate) struct Step {
    pub(crate) action: Action,
    /// Nothing if it is not from a file.
    expected: Option<Vec<Expected>>,
}

/// What a client is told. The one who acts need not be mentioned, the others must be.
#[derive(Clone)]
struct Expected {
    name: Name,
    /// By whom: everybody, unless the schedule is about a difference.
    by: By,
    reply: String,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum By {
    All,
    /// The servers that differ.
    Others,
    /// The store, and the servers that do the same.
    Store,
}

#[derive(Clone, Default)]
pub(crate) struct Schedule {
    pub(crate) title: String,
    /// The difference that it is about.
    pub(crate) differs: Option<String>,
    pub(crate) steps: Vec<Step>,
    /// What is left in the end.
    left: Vec<(By, String)>,
}

impl From<Action> for Step {
    fn from(action: Action) -> Self {
        Self { action, expected: None }
    }
}

impl From<Vec<Action>> for Schedule {
    fn from(actions: Vec<Action>) -> Self {
        let steps = actions.into_iter().map(Into::into).collect();
        Self { title: "a random schedule".to_owned(), steps, ..Self::default() }
    }
}

impl Step {
    fn from_file(action: Action) -> Self {
        Self { action, expected: Some(Vec::new()) }
    }

    /// Whether this is what came of it, according to the file.
    pub(crate) fn check(&self, by: By, told: &Told) -> Result<(), String> {
        let Some(lines) = &self.expected else { return Ok(()) };
        let actor = self.action.actor();
        let mut expected: BTreeMap<Name, Vec<String>> = BTreeMap::new();
        for line in lines.iter().filter(|line| [By::All, by].contains(&line.by)) {
            expected.entry(line.name).or_default().push(line.reply.clone());
        }
        let told = told.iter().filter(|(name, _)| **name != actor || expected.contains_key(name));
        let told: BTreeMap<Name, Vec<String>> =
            told.map(|(name, values)| (*name, values.iter().map(spelled).collect())).collect();
        if told == expected {
            Ok(())
        } else {
            Err(format!("the file: {expected:?}\ntold:     {told:?}"))
        }
    }
}

/// The client whose number this word stands for, if it is such a word.
pub(crate) fn name_in(word: &str) -> Option<Name> {
    word.strip_prefix('$')?.chars().next()
}

/// A reply as files have it: of the three nulls only one, and plain quotes.
fn spelled(value: &Value) -> String {
    format!("{:?}", value.flattened()).replace("\\'", "'")
}

impl Action {
    pub(crate) fn actor(&self) -> Name {
        match self {
            Self::Say(name, _) | Self::TimeOut(name) | Self::Disconnect(name) => *name,
        }
    }

    /// The clients whose numbers are said.
    fn spoken_of(&self) -> Vec<Name> {
        match self {
            Self::Say(_, commands) => {
                commands.iter().flatten().filter_map(|w| name_in(w)).collect()
            }
            Self::TimeOut(_) | Self::Disconnect(_) => Vec::new(),
        }
    }
}

impl Schedule {
    /// The clients that it is about.
    pub(crate) fn names(&self) -> Vec<Name> {
        let actions = || self.steps.iter().map(|step| &step.action);
        let mut names: Vec<Name> = actions().map(Action::actor).collect();
        names.extend(actions().flat_map(Action::spoken_of));
        names.sort_unstable();
        names.dedup();
        names
    }

    /// Whether this is what is left, if the file says so.
    pub(crate) fn check_left(&self, by: By, left: &str) -> Result<(), String> {
        match self.left.iter().find(|(whose, _)| [By::All, by].contains(whose)) {
            Some((_, expected)) if expected != left => {
                Err(format!("the file leaves: {expected}\nleft:            {left}"))
            }
            _ => Ok(()),
        }
    }
}

/// The schedules of a file; see the beginning of `scripts/vectors.txt` for how they are written.
pub(crate) fn parse(script: &str) -> Vec<Schedule> {
    let mut schedules = vec![Schedule::default()];
    for line in script.lines().map(str::trim) {
        let schedule = schedules.last_mut().expect("there is one");
        if line.is_empty() {
            schedules.push(Schedule::default());
        } else if let Some(title) = line.strip_prefix('#') {
            title.trim().clone_into(&mut schedule.title);
        } else if let Some(difference) = line.strip_prefix("differs: ") {
            schedule.differs = Some(difference.to_owned());
        } else if let Some((whose, left)) = line.split_once(": ")
            && let Some(by) = whose.strip_prefix("left")
        {
            schedule
                .left
                .push((parse_by(by), if left == "nothing" { "" } else { left }.to_owned()));
        } else {
            parse_line(line, &mut schedule.steps);
        }
    }
    schedules.retain(|schedule| !schedule.steps.is_empty());
    schedules
}

fn parse_line(line: &str, steps: &mut Vec<Step>) {
    let mut chars = line.chars();
    let name = chars.next().expect("a line is not empty");
    let rest = chars.as_str();
    if let Some(commands) = rest.strip_prefix('>') {
        let words = |command: &str| command.split_whitespace().map(str::to_owned).collect();
        let action = Action::Say(name, commands.split(" | ").map(words).collect());
        steps.push(Step::from_file(action));
    } else if rest == " times out" {
        steps.push(Step::from_file(Action::TimeOut(name)));
    } else if rest == " disconnects" {
        steps.push(Step::from_file(Action::Disconnect(name)));
    } else {
        let (by, reply) = rest.split_once(": ").unwrap_or_else(|| panic!("what is {line}?"));
        let expected = Expected { name, by: parse_by(by), reply: reply.to_owned() };
        let step = steps.last_mut().expect("a step before what comes of it");
        step.expected.get_or_insert_default().push(expected);
    }
}

fn parse_by(word: &str) -> By {
    match word.trim() {
        "" => By::All,
        "others" => By::Others,
        "store" => By::Store,
        other => panic!("by whom is {other}?"),
    }
}

/// The action as a line of a file.
impl fmt::Debug for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Say(name, commands) => {
                let commands: Vec<String> = commands.iter().map(|words| words.join(" ")).collect();
                write!(f, "{name}> {}", commands.join(" | "))
            }
            Self::TimeOut(name) => write!(f, "{name} times out"),
            Self::Disconnect(name) => write!(f, "{name} disconnects"),
        }
    }
}

impl fmt::Debug for Schedule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.steps.iter().try_for_each(|step| writeln!(f, "{:?}", step.action))
    }
}
