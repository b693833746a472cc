//! What one client has besides its transaction, and the commands about that or about other clients.

use super::arguments::{database, integer, is_word, strict_integer};
use super::replies::{flag, text};
use super::{Answer, Call, Refusal};
use crate::keyspace::{Access, Outcome};
use crate::quoting::c_text;
use crate::{Error, Protocol, Reply};

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
}

/// The name, if it is one that a client may have. Servers look at it up to a NUL, and keep what follows unseen.
fn valid_name(name: &[u8]) -> Result<&[u8], Refusal> {
    if c_text(name).iter().all(|byte| matches!(byte, b'!'..=b'~')) {
        Ok(name)
    } else {
        let text = "ERR Client names cannot contain spaces, newlines or special characters.";
        Err(Refusal::new(text))
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

/// All options are read before any takes effect, so a greeting that is refused sets nothing. Of several options of one
/// kind the last counts, also of those that would be refused as a user.
pub(super) fn hello(session: &mut Session, args: &[&[u8]]) -> Answer {
    let protocol = match args.get(1) {
        Some(version) => protocol(version)?,
        None => session.protocol,
    };
    if let Some(name) = greeting_name(args.get(2..).unwrap_or(&[]))? {
        session.name = name.to_vec();
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

/// The name that the options of HELLO give, if they do.
fn greeting_name<'a>(mut options: &[&'a [u8]]) -> Result<Option<&'a [u8]>, Refusal> {
    let (mut user, mut name) = (&b"default"[..], None);
    loop {
        options = match options {
            [] => break,
            [option, username, _, rest @ ..] if is_word(option, "auth") => {
                user = username;
                rest
            }
            [option, given, rest @ ..] if is_word(option, "setname") => {
                name = Some(valid_name(given)?);
                rest
            }
            [option, ..] => {
                return Err(Refusal::quoting("ERR Syntax error in HELLO option '", option, "'"));
            }
        }
    }
    if user == b"default" {
        Ok(name)
    } else {
        let text = "WRONGPASS invalid username-password pair or user is disabled.";
        Err(Refusal::new(text))
    }
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
    session.name = valid_name(args[2])?.to_vec();
    Ok(Reply::ok())
}

/// CLIENT UNBLOCK, which may reach anybody who waits for any key.
pub(super) fn client_unblock(call: &mut Call<'_, '_>) -> Answer {
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

#[cfg(test)]
mod tests {
    use crate::{Connection, Reply, Store};

    fn name(connection: &mut Connection) -> Reply {
        connection.execute(["CLIENT", "GETNAME"])
    }

    fn named(name: &[u8]) -> Reply {
        Reply::Bulk(name.to_vec())
    }

    #[test]
    fn a_name_may_have_a_nul_and_after_it_anything() {
        let mut connection = Store::new().connect();
        for given in [&b"a\0b"[..], b"\0", b"a\0 b\n\xff"] {
            assert_eq!(connection.execute([b"CLIENT", &b"SETNAME"[..], given]), Reply::ok());
            assert_eq!(name(&mut connection), named(given));
        }
        connection.execute([b"HELLO", &b"3"[..], b"SETNAME", b"c\0\n"]);
        assert_eq!(name(&mut connection), named(b"c\0\n"));
        let refused = connection.execute(["CLIENT", "SETNAME", "a b\0"]);
        assert!(matches!(refused, Reply::Error(_)), "{refused:?}");
        assert_eq!(name(&mut connection), named(b"c\0\n"));
    }

    #[test]
    fn a_greeting_that_is_refused_sets_nothing() {
        let mut connection = Store::new().connect();
        connection.execute(["CLIENT", "SETNAME", "before"]);
        for options in [
            &["SETNAME", "good", "bad"][..],
            &["SETNAME", "good", "SETNAME", "a b"],
            &["SETNAME", "good", "AUTH", "nobody", "x"],
            &["SETNAME", "good", "AUTH", "default"],
        ] {
            let reply = connection.execute([&["HELLO", "3"], options].concat());
            assert!(matches!(reply, Reply::Error(_)), "{options:?}: {reply:?}");
            assert_eq!(name(&mut connection), named(b"before"), "{options:?}");
            assert_eq!(connection.protocol(), crate::Protocol::Resp2, "{options:?}");
        }
    }

    /// A server reads all options before it looks at the last AUTH.
    #[test]
    fn a_user_is_refused_after_every_other_option() {
        let mut connection = Store::new().connect();
        let refused = |text: &str| Reply::Error(text.as_bytes().to_vec());
        let mut hello = |options: &[&str]| connection.execute([&["HELLO", "2"], options].concat());
        assert_eq!(
            hello(&["AUTH", "nobody", "x", "FOO"]),
            refused("ERR Syntax error in HELLO option 'FOO'")
        );
        assert_eq!(
            hello(&["AUTH", "default", "x", "AUTH", "nobody", "x"]),
            refused("WRONGPASS invalid username-password pair or user is disabled.")
        );
        let reply = hello(&["AUTH", "nobody", "x", "AUTH", "default", "x"]);
        assert!(matches!(reply, Reply::Map(_)), "{reply:?}");
    }
}
