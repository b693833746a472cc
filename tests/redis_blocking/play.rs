//! Schedules played on a server and on a store, step by step.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use redeque::{Protocol, Store};

use crate::differences::difference;
use crate::on_server::OnServer;
use crate::on_tasks::OnTasks;
use crate::on_threads::OnThreads;
use crate::resp::Value;
use crate::schedule::{Action, By, Name, Schedule, Step, Told};
use crate::server::Server;
use crate::side::{Side, contents};

/// What uses the store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Clients {
    Threads,
    Tasks,
}

/// What happened so far, over all schedules.
#[derive(Debug, Default)]
pub(crate) struct Counts {
    pub(crate) steps: usize,
    /// Replies that came when somebody else acted: to commands that had to wait.
    pub(crate) waits: usize,
    pub(crate) errors: usize,
}

impl fmt::Display for Counts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { steps, waits, errors } = self;
        write!(f, "{steps} steps, {waits} clients that had waited got a reply, {errors} errors")
    }
}

pub(crate) struct Player<'s> {
    pub(crate) server: &'s Server,
    pub(crate) clients: Clients,
    pub(crate) protocol: Protocol,
    /// In how many parts the store keeps its keys.
    pub(crate) shards: usize,
}

impl Player<'_> {
    /// Plays a schedule, and says where the two sides differ, or one of them from the file.
    pub(crate) fn play(&self, schedule: &Schedule, counts: &mut Counts) -> Result<(), String> {
        let names = schedule.names();
        let store = Store::builder().shards(self.shards).build().expect("a store");
        let server = OnServer::new(self.server, &names, self.protocol);
        let by = self.expected_of_the_server(schedule);
        match self.clients {
            Clients::Threads => {
                let store = OnThreads::new(store, &names, self.protocol);
                Pair::new(server, store, by, counts).play(schedule)
            }
            Clients::Tasks => {
                let store = OnTasks::new(store, &names, self.protocol);
                Pair::new(server, store, by, counts).play(schedule)
            }
        }
    }

    fn expected_of_the_server(&self, schedule: &Schedule) -> By {
        let differs = schedule.differs.as_deref().map(difference);
        match differs {
            Some(difference) if difference.is_true_of(self.server.kind()) => By::Others,
            _ => By::Store,
        }
    }
}

struct Pair<'c, S> {
    server: OnServer,
    store: S,
    /// By whom files say that it is what the server does.
    by: By,
    counts: &'c mut Counts,
    /// How many replies are to come to those who are blocked.
    blocked: BTreeMap<Name, usize>,
    gone: BTreeSet<Name>,
}

/// Replies that come when a timeout runs out, whenever that happens.
#[derive(Default)]
struct Late {
    name: Option<Name>,
    server: Vec<Value>,
    store: Vec<Value>,
}

impl<'c, S: Side> Pair<'c, S> {
    fn new(server: OnServer, store: S, by: By, counts: &'c mut Counts) -> Self {
        Self { server, store, by, counts, blocked: BTreeMap::new(), gone: BTreeSet::new() }
    }

    fn play(mut self, schedule: &Schedule) -> Result<(), String> {
        let mut late = Late::default();
        for (at, step) in schedule.steps.iter().enumerate() {
            if self.is_possible(&step.action) {
                late.expect(&schedule.steps[at..]);
                self.step(step, &mut late)
                    .map_err(|reason| format!("{}\n{:?}\n{reason}", schedule.title, step.action))?;
            }
        }
        self.compare_contents(schedule).map_err(|reason| format!("{}\n{reason}", schedule.title))
    }

    fn step(&mut self, step: &Step, late: &mut Late) -> Result<(), String> {
        let mut server = self.server.act(&step.action);
        let mut store = self.store.act(&step.action);
        late.hold(&step.action, &mut server, &mut store);
        self.count(&step.action, &server);
        if self.by == By::Store && server != store {
            return Err(format!("server: {server:?}\nstore:  {store:?}"));
        }
        step.check(self.by, &server).map_err(|reason| format!("the server\n{reason}"))?;
        step.check(By::Store, &store).map_err(|reason| format!("the store\n{reason}"))
    }

    /// Random schedules do not know who is blocked.
    fn is_possible(&self, action: &Action) -> bool {
        let name = action.actor();
        let is_free = !self.blocked.contains_key(&name) || !matches!(action, Action::Say(..));
        is_free && !self.gone.contains(&name)
    }

    fn count(&mut self, action: &Action, told: &Told) {
        self.counts.steps += 1;
        self.counts.errors += told.values().flatten().filter(|reply| reply.is_error()).count();
        match action {
            Action::Say(name, commands) => drop(self.blocked.insert(*name, commands.len())),
            Action::TimeOut(_) => {}
            Action::Disconnect(name) => {
                self.gone.insert(*name);
                self.blocked.remove(name);
            }
        }
        for (name, replies) in told {
            *self.blocked.get_mut(name).expect("a reply to somebody who asked") -= replies.len();
            if *name != action.actor() {
                self.counts.waits += 1;
            }
        }
        self.blocked.retain(|_, open| *open > 0);
    }

    fn compare_contents(&mut self, schedule: &Schedule) -> Result<(), String> {
        let (server, store) = (contents(&mut self.server), contents(&mut self.store));
        if self.by == By::Store && server != store {
            return Err(format!("left by the server: {server}\nleft by the store:  {store}"));
        }
        schedule.check_left(self.by, &server)?;
        schedule.check_left(By::Store, &store)
    }
}

impl Late {
    /// Sees whether the client that acts now has a timeout that will run out.
    fn expect(&mut self, steps: &[Step]) {
        if let Action::Say(name, _) = steps[0].action {
            let mut next = steps[1..].iter().filter(|step| step.action.actor() == name);
            if next.next().is_some_and(|next| matches!(next.action, Action::TimeOut(_))) {
                self.name = Some(name);
            }
        }
    }

    /// Keeps what that client is told until the file says that its timeout has run out.
    fn hold(&mut self, action: &Action, server: &mut Told, store: &mut Told) {
        let Some(name) = self.name else { return };
        for (told, held) in [(server, &mut self.server), (store, &mut self.store)] {
            held.append(&mut told.remove(&name).unwrap_or_default());
            if *action == Action::TimeOut(name) && !held.is_empty() {
                told.insert(name, std::mem::take(held));
            }
        }
        if *action == Action::TimeOut(name) {
            self.name = None;
        }
    }
}
