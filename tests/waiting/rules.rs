//! The rules of waiting, written down as plainly as they are told: Redis's, and redeque's own for those who wait for room.

use std::collections::{BTreeMap, VecDeque};
use std::fmt::Write;

/// What a client waits for.
#[derive(Debug, Clone)]
pub(crate) enum Wanted {
    Pop { keys: Vec<&'static str>, end: &'static str, count: usize },
    Move { source: &'static str, to: &'static str, block: Block },
    Push { key: &'static str, end: &'static str, max_len: usize, element: usize },
}

/// How elements move.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Block {
    pub(crate) from: &'static str,
    pub(crate) at: &'static str,
    pub(crate) how: How,
}

#[derive(Debug, Clone, Copy)]
pub(crate) enum How {
    /// LMOVE
    One,
    /// LMOVEM, with `COUNT` or `EXACTLY`, and `OBO` or `BULK`.
    Several { exactly: bool, count: usize, bulk: bool },
}

#[derive(Debug, Clone)]
pub(crate) enum Written {
    Push(&'static str, &'static str, usize),
    PushBounded(&'static str, &'static str, usize, usize),
    Pop(&'static str),
    PopMany(Vec<&'static str>, &'static str, usize),
    Move(&'static str, &'static str, Block),
    /// LREM of the element at this position, counted around.
    Remove(&'static str, usize),
    Trim(&'static str, usize, usize),
    Rename(&'static str, &'static str),
    Copy(&'static str, &'static str),
    Del(Vec<&'static str>),
    /// PEXPIRE, a number of milliseconds from now.
    Expire(&'static str, u64),
    Persist(&'static str),
}

/// Lists by key, none of them empty; and clients in the order in which they began to wait.
#[derive(Default)]
pub(crate) struct Rules {
    lists: BTreeMap<&'static str, VecDeque<Held>>,
    /// Of some of these lists, the last moment.
    deadlines: BTreeMap<&'static str, u64>,
    now: u64,
    pub(crate) clients: Vec<(Wanted, State)>,
    /// Keys that changed so that somebody may be served, and that were not looked at since.
    ready: VecDeque<&'static str>,
    pub(crate) pushed: usize,
    /// How many elements waiters were served.
    served: u64,
    is_closed: bool,
}

/// An element of a list.
#[derive(Debug, Clone, Copy)]
struct Held {
    element: usize,
    /// If it was given back at the left end, or at the right one: its number among the elements that were served.
    /// Forgotten when that end is pushed to, or the list changed in another way than by pops and pushes.
    returned: [Option<u64>; 2],
    /// The client that waited, and was served by putting this here; and the number of this among its elements. Forgotten
    /// when the list is changed in another way than by pops and pushes, and by what clients give back.
    put_for: Option<(usize, usize)>,
}

impl Held {
    fn new(element: usize) -> Self {
        Self { element, returned: [None; 2], put_for: None }
    }

    fn forgotten(self) -> Self {
        Self::new(self.element)
    }
}

/// How a wait stands. What was served is in the order of popping; if it was all of a list, with when that was to expire.
pub(crate) enum State {
    Waiting,
    Served {
        reply: String,
        key: &'static str,
        elements: Vec<usize>,
        numbers: Vec<u64>,
        deadline: Option<u64>,
    },
    Closed,
    Over,
}

pub(crate) const CLOSED: &str = "CLOSED the store is closed";

fn side(end: &str) -> usize {
    usize::from(end == "RIGHT")
}

/// Adds an element at an end of a list.
fn add(list: &mut VecDeque<Held>, end: &str, held: Held) {
    for held in list.iter_mut() {
        held.returned[side(end)] = None;
    }
    if end == "LEFT" { list.push_front(held) } else { list.push_back(held) }
}

impl Block {
    fn words(self) -> String {
        let Self { from, at, how } = self;
        match how {
            How::One => format!("{from} {at}"),
            How::Several { exactly, count, bulk } => {
                let exactly = if exactly { "EXACTLY" } else { "COUNT" };
                let order = if bulk { "BULK" } else { "OBO" };
                format!("{from} {at} {exactly} {count} {order}")
            }
        }
    }

    /// The name of the command, which is longer by a letter for several elements.
    fn command(self, name: &str) -> String {
        if matches!(self.how, How::One) { name.to_owned() } else { format!("{name}M") }
    }

    /// How many elements there have to be.
    fn least(self) -> usize {
        match self.how {
            How::Several { exactly: true, count, .. } => count,
            _ => 1,
        }
    }

    fn most(self) -> usize {
        match self.how {
            How::One => 1,
            How::Several { count, .. } => count,
        }
    }
}

impl Wanted {
    pub(crate) fn keys(&self) -> &[&'static str] {
        match self {
            Self::Pop { keys, .. } => keys,
            Self::Move { source: key, .. } | Self::Push { key, .. } => std::slice::from_ref(key),
        }
    }

    pub(crate) fn can_be_served_by(&self, len: usize) -> bool {
        match self {
            Self::Pop { .. } => len >= 1,
            Self::Move { block, .. } => len >= block.least(),
            Self::Push { max_len, .. } => len < *max_len,
        }
    }

    pub(crate) fn command(&self) -> String {
        match self {
            Self::Pop { keys, end, count } => format!("BLMPOP {end} {count} {}", keys.join(" ")),
            Self::Move { source, to, block } => {
                format!("{} {source} {to} {}", block.command("BLMOVE"), block.words())
            }
            Self::Push { key, end, max_len, element } => {
                format!("{} {key} {max_len} {element}", push_command("B", end, "_BOUNDED"))
            }
        }
    }
}

fn push_command(before: &str, end: &str, after: &str) -> String {
    format!("{before}{}PUSH{after}", &end[..1])
}

impl Rules {
    fn len(&self, key: &str) -> usize {
        self.lists.get(key).map_or(0, VecDeque::len)
    }

    /// A command in words, before it runs: its elements are numbered on.
    pub(crate) fn command(&self, written: &Written) -> String {
        let numbers = |count: &usize| {
            let numbers = self.pushed..self.pushed + count;
            numbers.map(|number| number.to_string()).collect::<Vec<_>>().join(" ")
        };
        match written {
            Written::Push(key, end, count) => {
                format!("{} {key} {}", push_command("", end, ""), numbers(count))
            }
            Written::PushBounded(key, end, max_len, count) => {
                let command = push_command("", end, "_BOUNDED");
                format!("{command} {key} {max_len} {}", numbers(count))
            }
            Written::Pop(key) => format!("LPOP {key}"),
            Written::PopMany(keys, end, count) => format!("LMPOP {end} {count} {}", keys.join(" ")),
            Written::Move(source, to, block) => {
                format!("{} {source} {to} {}", block.command("LMOVE"), block.words())
            }
            Written::Remove(key, position) => match self.element_at(key, *position) {
                Some(element) => format!("LREM {key} {element}"),
                None => format!("LREM {key} none"),
            },
            Written::Trim(key, start, stop) => format!("LTRIM {key} {start} {stop}"),
            Written::Rename(key, newkey) => format!("RENAME {key} {newkey}"),
            Written::Copy(key, newkey) => format!("COPY {key} {newkey} REPLACE"),
            Written::Del(keys) => format!("DEL {}", keys.join(" ")),
            Written::Expire(key, after) => format!("PEXPIRE {key} {after}"),
            Written::Persist(key) => format!("PERSIST {key}"),
        }
    }

    fn element_at(&self, key: &str, position: usize) -> Option<usize> {
        let list = self.lists.get(key)?;
        Some(list[position % list.len()].element)
    }

    fn push(&mut self, key: &'static str, end: &str, held: Held) {
        add(self.lists.entry(key).or_default(), end, held);
        self.grew(key);
    }

    fn push_new(&mut self, key: &'static str, end: &str, count: usize) {
        for _ in 0..count {
            self.push(key, end, Held::new(self.pushed));
            self.pushed += 1;
        }
    }

    fn pop(&mut self, key: &'static str, end: &str) -> Option<Held> {
        let list = self.lists.get_mut(key)?;
        let popped = if end == "LEFT" { list.pop_front() } else { list.pop_back() };
        if list.is_empty() {
            self.remove(key);
        }
        self.shrank(key);
        popped
    }

    /// The elements in the order of popping. One that goes round in its own list changes no length; several are popped,
    /// and then pushed.
    fn move_block(
        &mut self,
        source: &'static str,
        to: &'static str,
        block: Block,
        client: Option<usize>,
    ) -> Option<Vec<Held>> {
        let count = block.most().min(self.len(source));
        if count == 0 || self.len(source) < block.least() {
            return None;
        }
        let put = |(number, held): (usize, &Held)| {
            let put_for = client.map(|client| (client, number));
            Held { put_for, ..Held::new(held.element) }
        };
        if source == to && count == 1 {
            let list = self.lists.get_mut(source)?;
            let moved = if block.from == "LEFT" { list.pop_front() } else { list.pop_back() }?;
            add(list, block.at, put((0, &moved)));
            return Some(vec![moved]);
        }
        let deadline = self.deadlines.get(source).copied().filter(|_| source == to);
        let popped: Vec<Held> = (0..count).filter_map(|_| self.pop(source, block.from)).collect();
        let mut pushed: Vec<Held> = popped.iter().enumerate().map(put).collect();
        if block.from == block.at && matches!(block.how, How::Several { bulk: true, .. }) {
            pushed.reverse();
        }
        for held in pushed {
            self.push(to, block.at, held);
        }
        // The key is there all the time, also if all elements go round.
        self.deadlines.extend(deadline.map(|at| (source, at)));
        Some(popped)
    }

    /// A list comes with its deadline, in the place of another one with its own.
    fn put(&mut self, key: &'static str, mut list: VecDeque<Held>, deadline: Option<u64>) {
        for held in &mut list {
            *held = held.forgotten();
        }
        self.deadlines.remove(key);
        self.deadlines.extend(deadline.map(|at| (key, at)));
        self.lists.insert(key, list);
        self.grew(key);
        self.shrank(key);
    }

    /// A key that goes loses its deadline.
    fn remove(&mut self, key: &str) -> Option<VecDeque<Held>> {
        self.deadlines.remove(key);
        self.lists.remove(key)
    }

    fn delete(&mut self, key: &'static str) -> Option<VecDeque<Held>> {
        let list = self.remove(key)?;
        self.shrank(key);
        Some(list)
    }

    /// A list was changed inside.
    fn forget(&mut self, key: &str) {
        for held in self.lists.get_mut(key).into_iter().flatten() {
            *held = held.forgotten();
        }
    }

    /// Keeps what is wanted of a list, and forgets about all of it.
    fn keep(&mut self, key: &'static str, wanted: impl Fn(usize, &Held) -> bool) {
        let deadline = self.deadlines.get(key).copied();
        let Some(list) = self.remove(key) else { return };
        let kept = list.into_iter().enumerate().filter(|(position, held)| wanted(*position, held));
        let kept: VecDeque<Held> = kept.map(|(_, held)| held).collect();
        if !kept.is_empty() {
            self.lists.insert(key, kept);
            self.deadlines.extend(deadline.map(|at| (key, at)));
        }
        self.forget(key);
        self.shrank(key);
    }

    fn grew(&mut self, key: &'static str) {
        self.changed(key, |_| true);
    }

    fn shrank(&mut self, key: &'static str) {
        self.changed(key, |wanted| matches!(wanted, Wanted::Push { .. }));
    }

    /// The key is ready, if somebody of these waits for it.
    fn changed(&mut self, key: &'static str, who: impl Fn(&Wanted) -> bool) {
        let waits = |(wanted, state): &(Wanted, State)| {
            matches!(state, State::Waiting) && wanted.keys().contains(&key) && who(wanted)
        };
        if self.clients.iter().any(waits) && !self.ready.contains(&key) {
            self.ready.push_back(key);
        }
    }

    /// The first to have begun of all who wait for the key and whom its length can serve.
    fn next_waiter(&self, key: &str) -> Option<usize> {
        let len = self.len(key);
        let is_next = |(wanted, state): &(Wanted, State)| {
            matches!(state, State::Waiting)
                && wanted.keys().contains(&key)
                && wanted.can_be_served_by(len)
        };
        self.clients.iter().position(is_next)
    }

    pub(crate) fn has_pushers(&self, key: &str) -> bool {
        self.clients.iter().any(|(wanted, state)| {
            let is_push = matches!(wanted, Wanted::Push { key: other, .. } if *other == key);
            is_push && matches!(state, State::Waiting)
        })
    }

    pub(crate) fn write(&mut self, written: &Written) {
        match *written {
            Written::Push(key, end, count) if !self.is_closed => self.push_new(key, end, count),
            Written::PushBounded(key, end, max_len, count)
                if !self.is_closed && self.len(key) + count <= max_len =>
            {
                self.push_new(key, end, count);
            }
            Written::Push(..) | Written::PushBounded(..) => {}
            Written::Pop(key) => drop(self.pop(key, "LEFT")),
            Written::PopMany(ref keys, end, count) => {
                if let Some(key) = keys.iter().find(|key| self.len(key) > 0) {
                    for _ in 0..count {
                        self.pop(key, end);
                    }
                }
            }
            Written::Move(source, to, block) => drop(self.move_block(source, to, block, None)),
            Written::Remove(key, position) => {
                if let Some(element) = self.element_at(key, position) {
                    self.keep(key, |_, held| held.element != element);
                }
            }
            Written::Trim(key, start, stop) => {
                self.keep(key, |position, _| (start..=stop).contains(&position));
            }
            Written::Rename(key, newkey) => {
                let deadline = self.deadlines.get(key).copied();
                if key != newkey
                    && let Some(list) = self.delete(key)
                {
                    self.put(newkey, list, deadline);
                }
            }
            Written::Copy(key, newkey) => {
                if let Some(list) = self.lists.get(key).cloned()
                    && key != newkey
                    && !self.is_closed
                {
                    self.put(newkey, list, self.deadlines.get(key).copied());
                }
            }
            Written::Del(ref keys) => keys.iter().for_each(|key| drop(self.delete(key))),
            Written::Expire(key, 0) => drop(self.delete(key)),
            Written::Expire(key, after) => {
                if self.lists.contains_key(key) {
                    self.deadlines.insert(key, self.now + after);
                }
            }
            Written::Persist(key) => drop(self.deadlines.remove(key)),
        }
    }

    /// Time passes, and what is due is gone. Who waits for room there is served at the end of the next command.
    pub(crate) fn turn(&mut self, by: u64) {
        self.now += by;
        let due = self.deadlines.iter().filter(|(_, at)| **at < self.now);
        let due: Vec<&'static str> = due.map(|(key, _)| *key).collect();
        for key in due {
            self.delete(key);
        }
    }

    /// How long each of these lists has left: `a 20; b 3`.
    pub(crate) fn deadlines(&self) -> String {
        let left = self.deadlines.iter().map(|(key, at)| format!("{key} {}", at - self.now));
        left.collect::<Vec<_>>().join("; ")
    }

    /// What a blocking command takes, if it need not wait; `client` is who has waited.
    fn take(&mut self, wanted: &Wanted, client: Option<usize>) -> Option<State> {
        let can_serve = |key: &&&'static str| wanted.can_be_served_by(self.len(key));
        let key = *wanted.keys().iter().find(can_serve)?;
        let deadline = self.deadlines.get(key).copied();
        let (end, taken): (_, Vec<Held>) = match *wanted {
            Wanted::Pop { end, count, .. } => {
                (end, std::iter::from_fn(|| self.pop(key, end)).take(count).collect())
            }
            Wanted::Move { to, block, .. } => {
                (block.from, self.move_block(key, to, block, client)?)
            }
            Wanted::Push { end, element, .. } => {
                let put_for = client.map(|client| (client, 0));
                self.push(key, end, Held { put_for, ..Held::new(element) });
                (end, Vec::new())
            }
        };
        let numbers = taken.iter().map(|held| {
            held.returned[side(end)].unwrap_or_else(|| {
                self.served += 1;
                self.served
            })
        });
        let numbers = numbers.collect();
        let elements: Vec<usize> = taken.iter().map(|held| held.element).collect();
        let reply = spelled(wanted, key, self.len(key), &elements);
        let deadline = deadline.filter(|_| !self.lists.contains_key(key));
        Some(State::Served { reply, key, elements, numbers, deadline })
    }

    /// The loop of Redis: round by round, key by key, client by client.
    pub(crate) fn serve(&mut self) {
        while !self.ready.is_empty() {
            for _ in 0..self.ready.len() {
                let Some(key) = self.ready.pop_front() else { return };
                while let Some(client) = self.next_waiter(key) {
                    let wanted = self.clients[client].0.clone();
                    self.clients[client].1 = State::Over;
                    let served = self.take(&wanted, Some(client));
                    self.clients[client].1 = served.expect("the length is right");
                }
            }
        }
    }

    /// Begins to wait, or returns the reply.
    pub(crate) fn block(&mut self, wanted: &Wanted) -> Option<String> {
        if self.is_closed && matches!(wanted, Wanted::Push { .. }) {
            return Some(CLOSED.to_owned());
        }
        if let Some(State::Served { reply, .. }) = self.take(wanted, None) {
            self.serve();
            return Some(reply);
        }
        if self.is_closed {
            return Some(CLOSED.to_owned());
        }
        self.clients.push((wanted.clone(), State::Waiting));
        None
    }

    pub(crate) fn poll(&mut self, client: usize) -> Option<String> {
        let state = &mut self.clients[client].1;
        let reply = match state {
            State::Served { reply, .. } => std::mem::take(reply),
            State::Closed => CLOSED.to_owned(),
            State::Waiting | State::Over => return None,
        };
        *state = State::Over;
        Some(reply)
    }

    pub(crate) fn close(&mut self) {
        self.is_closed = true;
        for (_, state) in &mut self.clients {
            if matches!(state, State::Waiting) {
                *state = State::Closed;
            }
        }
    }

    pub(crate) fn give_up(&mut self, client: usize) {
        let (wanted, state) = &mut self.clients[client];
        let wanted = wanted.clone();
        let State::Served { key, elements, numbers, mut deadline, .. } =
            std::mem::replace(state, State::Over)
        else {
            return;
        };
        let mut returning: Vec<(usize, u64)> = elements.into_iter().zip(numbers).collect();
        let end = match wanted {
            Wanted::Pop { end, .. } => end,
            Wanted::Move { to, block, .. } => {
                // The list that it was moved round in has what it has by now.
                if to == key {
                    deadline = self.deadlines.get(key).copied();
                }
                let mut places = 0..;
                returning
                    .retain(|_| places.next().is_some_and(|n| self.take_back(to, (client, n))));
                block.from
            }
            Wanted::Push { end, .. } => {
                self.take_back(key, (client, 0));
                end
            }
        };
        // A list that is made again by what was the last of it expires when it would have.
        let deadline = deadline.filter(|_| !self.lists.contains_key(key));
        if deadline.is_none_or(|at| at >= self.now) {
            for (element, number) in returning {
                self.give_back(key, end, element, number);
            }
            if self.lists.contains_key(key) {
                self.deadlines.extend(deadline.map(|at| (key, at)));
            }
        }
        self.serve();
    }

    /// It goes behind those that came back to this end and were served before it, as long as they still are outermost.
    fn give_back(&mut self, key: &'static str, end: &str, element: usize, number: u64) {
        let list = self.lists.entry(key).or_default();
        let precedes = |held: &&Held| held.returned[side(end)].is_some_and(|other| other < number);
        let mut held = Held::new(element);
        held.returned[side(end)] = Some(number);
        if end == "LEFT" {
            list.insert(list.iter().take_while(precedes).count(), held);
        } else {
            list.insert(list.len() - list.iter().rev().take_while(precedes).count(), held);
        }
        self.grew(key);
    }

    /// Removes the element that was put here for a client, if it still is here.
    fn take_back(&mut self, key: &'static str, put_for: (usize, usize)) -> bool {
        let Some(list) = self.lists.get_mut(key) else { return false };
        let place = list.iter().position(|held| held.put_for == Some(put_for));
        let Some(place) = place else { return false };
        list.remove(place);
        if list.is_empty() {
            self.remove(key);
        }
        self.shrank(key);
        true
    }

    pub(crate) fn contents(&self) -> String {
        let list = |(key, list): (&&str, &VecDeque<Held>)| {
            list.iter().fold((*key).to_owned(), |mut line, held| {
                let _ = write!(line, " {}", held.element);
                line
            })
        };
        self.lists.iter().map(list).collect::<Vec<_>>().join("; ")
    }
}

/// A reply: what was popped, in that order; what was moved, as it lies in the destination; the length after a push.
fn spelled(wanted: &Wanted, key: &str, len: usize, popped: &[usize]) -> String {
    let mut elements: Vec<String> = popped.iter().map(usize::to_string).collect();
    match wanted {
        Wanted::Pop { .. } => format!("{key} {}", elements.join(" ")),
        Wanted::Move { block, .. } => {
            let keeps_order = matches!(block.how, How::Several { bulk: true, .. });
            let is_reversed = match (block.from, block.at) {
                ("LEFT", "LEFT") => !keeps_order,
                ("RIGHT", "RIGHT") => keeps_order,
                ("LEFT", _) => false,
                _ => true,
            };
            if is_reversed {
                elements.reverse();
            }
            elements.join(" ")
        }
        Wanted::Push { .. } => len.to_string(),
    }
}
