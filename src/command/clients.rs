//! CLIENT: what a connection says of itself, and what it asks about others or does to them.

use super::arguments::{integer, is_word, strict_integer, syntax};
use super::call::Call;
use super::replies::{count, flag};
use super::session::Session;
use super::{Answer, Refusal};
use crate::clients::{Client, Portrait};
use crate::keyspace::{Access, Outcome, Reach};
use crate::quoting::c_text;
use crate::{Error, Protocol, Reply};

/// What a server shows of a client whose address it can't tell: in a process there is none.
const ADDRESS: &str = "?:0";

pub(super) fn id(session: &mut Session, _: &[&[u8]]) -> Answer {
    Ok(session.id_reply())
}

pub(super) fn getname(session: &mut Session, _: &[&[u8]]) -> Answer {
    let name = session.client.profile(|profile| profile.name.clone());
    Ok(if name.is_empty() { Reply::Nil } else { Reply::Bulk(name) })
}

pub(super) fn setname(session: &mut Session, args: &[&[u8]]) -> Answer {
    let name = valid_name(args[2])?.to_vec();
    session.client.profile(|profile| profile.name = name);
    Ok(Reply::ok())
}

/// The name, if it is one that a client may have.
pub(super) fn valid_name(name: &[u8]) -> Result<&[u8], Refusal> {
    if is_plain(name) {
        return Ok(name);
    }
    Err(Refusal::new("ERR Client names cannot contain spaces, newlines or special characters."))
}

/// Servers look at such a text up to a NUL, and keep what follows unseen.
fn is_plain(text: &[u8]) -> bool {
    c_text(text).iter().all(|byte| matches!(byte, b'!'..=b'~'))
}

/// CLIENT SETINFO
pub(super) fn setinfo(session: &mut Session, args: &[&[u8]]) -> Answer {
    let (attribute, value) = (args[2], args[3]);
    let is_name = is_word(attribute, "lib-name");
    if !is_name && !is_word(attribute, "lib-ver") {
        return Err(Refusal::quoting("ERR Unrecognized option '", attribute, "'"));
    }
    if !is_plain(value) {
        let text = " cannot contain spaces, newlines or special characters.";
        return Err(Refusal::quoting("ERR ", attribute, text));
    }
    session.client.profile(|profile| {
        let kept = if is_name { &mut profile.library } else { &mut profile.library_version };
        *kept = value.to_vec();
    });
    Ok(Reply::ok())
}

/// CLIENT GETREDIR: nobody is told of the keys that this client reads, as there is no tracking of them.
pub(super) fn getredir(_: &mut Session, _: &[&[u8]]) -> Answer {
    Ok(Reply::Integer(-1))
}

/// CLIENT NO-EVICT: no client is ever evicted.
pub(super) fn no_evict(session: &mut Session, args: &[&[u8]]) -> Answer {
    let wanted = on_or_off(args[2])?;
    session.client.profile(|profile| profile.no_evict = wanted);
    Ok(Reply::ok())
}

/// CLIENT NO-TOUCH: no command notes when a key was used.
pub(super) fn no_touch(session: &mut Session, args: &[&[u8]]) -> Answer {
    let wanted = on_or_off(args[2])?;
    session.client.profile(|profile| profile.no_touch = wanted);
    Ok(Reply::ok())
}

fn on_or_off(word: &[u8]) -> Result<bool, Refusal> {
    match word {
        on if is_word(on, "on") => Ok(true),
        off if is_word(off, "off") => Ok(false),
        _ => Err(syntax()),
    }
}

/// CLIENT INFO
pub(super) fn info(session: &mut Session, _: &[&[u8]]) -> Answer {
    Ok(Reply::Verbatim(line(&session.client.portrait(), false)))
}

/// CLIENT LIST
pub(super) fn list(call: &mut Call<'_, '_>, _: &mut Session) -> Answer {
    let wanted: Wanted = match call.args[2..] {
        [] => Wanted::All,
        [option, kind] if is_word(option, "type") => Wanted::of_type(kind)?,
        [option, ref ids @ ..] if is_word(option, "id") && !ids.is_empty() => Wanted::of_ids(ids)?,
        _ => return Err(syntax()),
    };
    let waiting = call.keyspace.look(Reach::All, |guard| guard.waiting_clients());
    let clients = call.keyspace.keyspace().clients();
    let listed = match wanted {
        Wanted::All => clients.all(),
        Wanted::Nobody => Vec::new(),
        Wanted::These(ids) => ids.into_iter().filter_map(|id| clients.get(id)).collect(),
    };
    let lines = listed.iter().map(|client| line(&client.portrait(), waiting.contains(&client.id)));
    Ok(Reply::Verbatim(lines.flatten().collect()))
}

/// Whom CLIENT LIST is asked about.
enum Wanted {
    All,
    Nobody,
    These(Vec<u64>),
}

impl Wanted {
    fn of_type(kind: &[u8]) -> Result<Self, Refusal> {
        Ok(if is_normal(kind)? { Self::All } else { Self::Nobody })
    }

    /// A number that no client can have is that of nobody.
    fn of_ids(ids: &[&[u8]]) -> Result<Self, Refusal> {
        let id = |id: &&[u8]| {
            let number = strict_integer(id).ok_or_else(|| Refusal::new("ERR Invalid client ID"))?;
            Ok(u64::try_from(number).unwrap_or(0))
        };
        Ok(Self::These(ids.iter().map(id).collect::<Result<_, Refusal>>()?))
    }
}

/// Whether a type of clients is that of all connections here; none is of another type.
fn is_normal(kind: &[u8]) -> Result<bool, Refusal> {
    const OTHERS: [&str; 4] = ["master", "slave", "replica", "pubsub"];
    if is_word(kind, "normal") {
        Ok(true)
    } else if OTHERS.iter().any(|other| is_word(kind, other)) {
        Ok(false)
    } else {
        Err(Refusal::quoting("ERR Unknown client type '", kind, "'"))
    }
}

/// What there is to tell of a client: those of a server's fields that are true here, in its order.
fn line(portrait: &Portrait, waits: bool) -> Vec<u8> {
    let Portrait { id, age, watched, sees_change, queued, profile } = portrait;
    let flags = [
        ('x', queued.is_some()),
        ('b', waits),
        ('d', *sees_change),
        ('e', profile.no_evict),
        ('T', profile.no_touch),
    ];
    let mut flags: String =
        flags.into_iter().filter(|(_, raised)| *raised).map(|(flag, _)| flag).collect();
    if flags.is_empty() {
        flags.push('N');
    }
    let multi = queued.map_or(-1, |queued| i64::try_from(queued).unwrap_or(i64::MAX));
    let resp = if profile.protocol == Protocol::Resp3 { 3 } else { 2 };
    let mut line = format!("id={id} addr={ADDRESS} laddr={ADDRESS} fd=-1 name=").into_bytes();
    line.extend_from_slice(c_text(&profile.name));
    let middle = format!(
        " age={} flags={flags} db=0 sub=0 psub=0 ssub=0 multi={multi} watch={watched} \
         user=default redir=-1 resp={resp} lib-name=",
        age.as_secs()
    );
    line.extend_from_slice(middle.as_bytes());
    line.extend_from_slice(c_text(&profile.library));
    line.extend_from_slice(b" lib-ver=");
    line.extend_from_slice(c_text(&profile.library_version));
    line.push(b'\n');
    line
}

/// Whom CLIENT KILL is to end: those of whom all of this is true.
struct Doomed {
    id: Option<u64>,
    /// None of another type is ever there.
    is_normal: bool,
    is_here: bool,
    least_age: u64,
    /// Whether the one who asks is left out.
    skips_me: bool,
}

/// CLIENT KILL
pub(super) fn kill(call: &mut Call<'_, '_>, session: &mut Session) -> Answer {
    let doomed = match call.args[2..] {
        [address] => Doomed { is_here: is_address(address), skips_me: false, ..Doomed::all() },
        ref filters => Doomed::read(filters)?,
    };
    let all = call.keyspace.keyspace().clients().all();
    let killed: Vec<_> =
        all.into_iter().filter(|client| doomed.includes(client, session)).collect();
    for client in &killed {
        client.close();
        call.keyspace.keyspace().clients().dismiss(client.id);
        call.keyspace.unblock(client.id, Outcome::Failed(Error::Killed));
    }
    match (call.args.len(), killed.len()) {
        (3, 0) => Err(Refusal::new("ERR No such client")),
        (3, _) => Ok(Reply::ok()),
        (_, killed) => Ok(count(killed)),
    }
}

fn is_address(text: &[u8]) -> bool {
    c_text(text) == ADDRESS.as_bytes()
}

impl Doomed {
    const fn all() -> Self {
        Self { id: None, is_normal: true, is_here: true, least_age: 0, skips_me: true }
    }

    /// Of several filters of a kind the last one counts, except where one finds nobody, no matter who asks.
    fn read(filters: &[&[u8]]) -> Result<Self, Refusal> {
        let mut doomed = Self::all();
        for filter in filters.chunks(2) {
            let [name, value] = *filter else { return Err(syntax()) };
            match name {
                name if is_word(name, "id") => doomed.id = Some(client_id(value)?),
                name if is_word(name, "maxage") => doomed.least_age = age(value)?,
                name if is_word(name, "type") => doomed.is_normal = is_normal(value)?,
                name if is_word(name, "addr") || is_word(name, "laddr") => {
                    doomed.is_here &= is_address(value);
                }
                name if is_word(name, "user") => known_user(value)?,
                name if is_word(name, "skipme") => doomed.skips_me = yes_or_no(value)?,
                _ => return Err(syntax()),
            }
        }
        Ok(doomed)
    }

    fn includes(&self, client: &Client, session: &Session) -> bool {
        self.is_normal
            && self.is_here
            && self.id.is_none_or(|id| id == client.id)
            && client.age().as_secs() >= self.least_age
            && !(self.skips_me && client.id == session.client.id)
    }
}

fn client_id(text: &[u8]) -> Result<u64, Refusal> {
    let number = strict_integer(text).filter(|number| *number > 0);
    let number = number.and_then(|number| u64::try_from(number).ok());
    number.ok_or_else(|| Refusal::new("ERR client-id should be greater than 0"))
}

fn age(text: &[u8]) -> Result<u64, Refusal> {
    let number = strict_integer(text)
        .ok_or_else(|| Refusal::new("ERR maxage is not an integer or out of range"))?;
    let number = u64::try_from(number).ok().filter(|number| *number > 0);
    number.ok_or_else(|| Refusal::new("ERR maxage should be greater than 0"))
}

/// There is one user.
fn known_user(name: &[u8]) -> Result<(), Refusal> {
    if name == b"default" {
        return Ok(());
    }
    Err(Refusal::quoting("ERR No such user '", name, "'"))
}

fn yes_or_no(word: &[u8]) -> Result<bool, Refusal> {
    match word {
        yes if is_word(yes, "yes") => Ok(true),
        no if is_word(no, "no") => Ok(false),
        _ => Err(syntax()),
    }
}

/// CLIENT UNBLOCK, which may reach anybody who waits for any key.
pub(super) fn unblock(call: &mut Call<'_, '_>) -> Answer {
    let (id, outcome) = match call.args[2..] {
        [id] => (id, Outcome::TimedOut),
        [id, reason] if is_word(reason, "timeout") => (id, Outcome::TimedOut),
        [id, reason] if is_word(reason, "error") => (id, Outcome::Failed(Error::Unblocked)),
        [_, _] => {
            return Err(Refusal::new("ERR CLIENT UNBLOCK reason should be TIMEOUT or ERROR"));
        }
        _ => {
            return Err(Refusal::quoting(
                "ERR unknown subcommand or wrong number of arguments for '",
                c_text(call.args[1]),
                "'. Try CLIENT HELP.",
            ));
        }
    };
    let id = integer(id)?;
    Ok(flag(u64::try_from(id).is_ok_and(|id| call.keyspace.unblock(id, outcome))))
}
