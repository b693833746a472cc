//! What one client has besides its transaction, and the commands about that.

use super::arguments::{database, integer, is_word, strict_integer};
use super::refusal::c_text;
use super::replies::{flag, text};
use super::{Answer, Refusal};
use crate::keyspace::Guard;
use crate::keyspace::Unblock;
use crate::{Protocol, Reply};

/// A client's number, name and protocol.
#[derive(Debug)]
pub(crate) struct Session {
    pub(crate) id: u64,
    pub(crate) name: Vec<u8>,
    pub(crate) protocol: Protocol,
}

impl Session {
    pub(crate) fn new(id: u64) -> Self {
        Self { id, name: Vec::new(), protocol: Protocol::default() }
    }

    /// RESET
    pub(crate) fn reset(&mut self) {
        *self = Self::new(self.id);
    }

    fn id_reply(&self) -> Reply {
        Reply::Integer(i64::try_from(self.id).unwrap_or(i64::MAX))
    }

    fn set_name(&mut self, name: &[u8]) -> Result<(), Refusal> {
        if !name.iter().all(|byte| matches!(byte, b'!'..=b'~')) {
            let text = "ERR Client names cannot contain spaces, newlines or special characters.";
            return Err(Refusal::new(text));
        }
        self.name = name.to_vec();
        Ok(())
    }
}

/// A second argument is the command's own to refuse, not the table's: in a transaction it is refused at EXEC.
pub(super) fn ping(_: &mut Session, args: &[&[u8]]) -> Answer {
    match args[1..] {
        [] => Ok(Reply::Status("PONG".into())),
        [message] => Ok(Reply::Bulk(message.to_vec())),
        _ => Err(Refusal::wrong_arity("ping")),
    }
}

pub(super) fn echo(_: &mut Session, args: &[&[u8]]) -> Answer {
    Ok(Reply::Bulk(args[1].to_vec()))
}

pub(super) fn select(_: &mut Session, args: &[&[u8]]) -> Answer {
    database(args[1])?;
    Ok(Reply::ok())
}

/// The name that SETNAME gives stays also where a later option is refused.
pub(super) fn hello(session: &mut Session, args: &[&[u8]]) -> Answer {
    let protocol = match args.get(1) {
        Some(version) => protocol(version)?,
        None => session.protocol,
    };
    let mut options = args.get(2..).unwrap_or(&[]);
    loop {
        options = match options {
            [] => break,
            [option, username, _, rest @ ..] if is_word(option, "auth") => {
                if *username != b"default" {
                    let text = "WRONGPASS invalid username-password pair or user is disabled.";
                    return Err(Refusal::new(text));
                }
                rest
            }
            [option, name, rest @ ..] if is_word(option, "setname") => {
                session.set_name(name)?;
                rest
            }
            [option, ..] => {
                return Err(Refusal::quoting("ERR Syntax error in HELLO option '", option, "'"));
            }
        }
    }
    session.protocol = protocol;
    Ok(Reply::Map(vec![
        (text("server"), text("redeque")),
        (text("version"), text(env!("CARGO_PKG_VERSION"))),
        (text("proto"), Reply::Integer(if protocol == Protocol::Resp3 { 3 } else { 2 })),
        (text("id"), session.id_reply()),
        (text("mode"), text("standalone")),
        (text("role"), text("master")),
        (text("modules"), Reply::Array(Vec::new())),
    ]))
}

fn protocol(version: &[u8]) -> Result<Protocol, Refusal> {
    match strict_integer(version) {
        Some(2) => Ok(Protocol::Resp2),
        Some(3) => Ok(Protocol::Resp3),
        Some(_) => Err(Refusal::new("NOPROTO unsupported protocol version")),
        None => Err(Refusal::new("ERR Protocol version is not an integer or out of range")),
    }
}

pub(super) fn client_id(session: &mut Session, _: &[&[u8]]) -> Answer {
    Ok(session.id_reply())
}

pub(super) fn client_getname(session: &mut Session, _: &[&[u8]]) -> Answer {
    let name = &session.name;
    Ok(if name.is_empty() { Reply::Nil } else { Reply::Bulk(name.clone()) })
}

pub(super) fn client_setname(session: &mut Session, args: &[&[u8]]) -> Answer {
    session.set_name(args[2])?;
    Ok(Reply::ok())
}

/// CLIENT UNBLOCK, which may reach anybody who waits for any key.
pub(super) fn client_unblock(guard: &mut Guard<'_>, args: &[&[u8]]) -> Answer {
    let (id, how) = match args[2..] {
        [id] => (id, Unblock::Timeout),
        [id, reason] if is_word(reason, "timeout") => (id, Unblock::Timeout),
        [id, reason] if is_word(reason, "error") => (id, Unblock::Error),
        [_, _] => {
            return Err(Refusal::new("ERR CLIENT UNBLOCK reason should be TIMEOUT or ERROR"));
        }
        _ => {
            return Err(Refusal::quoting(
                "ERR unknown subcommand or wrong number of arguments for '",
                c_text(args[1]),
                "'. Try CLIENT HELP.",
            ));
        }
    };
    let id = integer(id)?;
    Ok(flag(u64::try_from(id).is_ok_and(|id| guard.unblock(id, how))))
}
