//! What one client has besides its transaction, and the commands about that.

use std::sync::Arc;

use super::arguments::{database, is_word, strict_integer, syntax};
use super::clients::valid_name;
use super::replies::text;
use super::{Answer, Refusal};
use crate::clients::{Client, Profile};
use crate::{Protocol, Reply};

/// What a client is told, and how.
#[derive(Debug)]
pub(crate) struct Session {
    /// What others see of it.
    pub(crate) client: Arc<Client>,
    pub(crate) protocol: Protocol,
    replies: Replies,
}

/// Which commands a client wants to be answered: CLIENT REPLY.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Replies {
    All,
    /// Not the next one.
    AfterNext,
    None,
}

impl Session {
    pub(crate) fn new(client: Arc<Client>) -> Self {
        Self { client, protocol: Protocol::default(), replies: Replies::All }
    }

    /// RESET
    pub(crate) fn reset(&mut self) {
        self.protocol = Protocol::default();
        self.answer_to(Replies::All);
        self.client.profile(Profile::reset);
    }

    pub(crate) fn replies(&self) -> Replies {
        self.replies
    }

    pub(crate) fn answer_to(&mut self, replies: Replies) {
        self.replies = replies;
        self.client.mute(replies != Replies::All);
    }

    pub(super) fn id_reply(&self) -> Reply {
        Reply::Integer(i64::try_from(self.client.id).unwrap_or(i64::MAX))
    }

    fn speak(&mut self, protocol: Protocol) {
        self.protocol = protocol;
        self.client.profile(|profile| profile.protocol = protocol);
    }
}

/// CLIENT REPLY, which is not answered itself unless it asks for answers.
pub(crate) fn client_reply(session: &mut Session, args: &[&[u8]]) -> Answer {
    match args[2] {
        on if is_word(on, "on") => {
            session.answer_to(Replies::All);
            return Ok(Reply::ok());
        }
        off if is_word(off, "off") => session.answer_to(Replies::None),
        skip if is_word(skip, "skip") => {
            if session.replies() != Replies::None {
                session.answer_to(Replies::AfterNext);
            }
        }
        _ => return Err(syntax()),
    }
    Ok(Reply::Silence)
}

/// AUTH. There is one user, and any password is right for it, as on a server that was given none.
pub(super) fn auth(_: &mut Session, args: &[&[u8]]) -> Answer {
    match args[1..] {
        [_] => Err(Refusal::new(
            "ERR AUTH <password> called without any password configured for the default user. \
             Are you sure your configuration is correct?",
        )),
        [user, _] => {
            check_user(user)?;
            Ok(Reply::ok())
        }
        _ => Err(syntax()),
    }
}

fn check_user(user: &[u8]) -> Result<(), Refusal> {
    if user == b"default" {
        return Ok(());
    }
    Err(Refusal::new("WRONGPASS invalid username-password pair or user is disabled."))
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
        session.client.profile(|profile| profile.name = name.to_vec());
    }
    session.speak(protocol);
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
    check_user(user)?;
    Ok(name)
}

fn protocol(version: &[u8]) -> Result<Protocol, Refusal> {
    match strict_integer(version) {
        Some(2) => Ok(Protocol::Resp2),
        Some(3) => Ok(Protocol::Resp3),
        Some(_) => Err(Refusal::new("NOPROTO unsupported protocol version")),
        None => Err(Refusal::new("ERR Protocol version is not an integer or out of range")),
    }
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
