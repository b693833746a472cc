//! What of Redis's connection group needs no socket.

use super::super::{CommandSpec, Control, Run, catalogue, session};
use super::{SUBCOMMANDS, connection};

pub(super) const COMMANDS: &[CommandSpec] = &[
    connection("ping", "[message]", "1.0.0", Run::Session(session::ping))
        .does("Answers PONG, or the message.")
        .with_flags(&["fast"])
        .with_tips(&["request_policy:all_shards", "response_policy:all_succeeded"]),
    connection("echo", "message", "1.0.0", Run::Session(session::echo))
        .does("Answers the message.")
        .with_flags(&["loading", "stale", "fast"]),
    connection("select", "index", "1.0.0", Run::Session(session::select))
        .does("Chooses the database, of which there is one: 0.")
        .with_flags(&["loading", "stale", "fast"]),
    connection(
        "hello",
        "[protover [AUTH username password] [SETNAME clientname]]",
        "6.0.0",
        Run::Session(session::hello),
    )
    .does("Chooses the version of the protocol, and tells who answers.")
    .with_flags(&["noscript", "loading", "stale", "fast", "no_auth", "allow_busy"]),
    connection("reset", "", "6.2.0", Run::Connection(Control::Reset))
        .does("Makes the connection as good as new.")
        .with_flags(&["noscript", "loading", "stale", "fast", "no_auth", "allow_busy"]),
    connection("quit", "", "1.0.0", Run::Connection(Control::Quit))
        .does("Closes the connection.")
        .with_arity(-1)
        .with_flags(&["noscript", "loading", "stale", "fast", "no_auth", "allow_busy"]),
    connection("client", "", "2.4.0", SUBCOMMANDS)
        .does("Asks about connections, and acts on them.")
        .with_arity(-2)
        .with_categories(&[])
        .with_subcommands(&[
            connection("client|id", "", "5.0.0", Run::Session(session::client_id))
                .does("Tells the number of this connection.")
                .with_flags(&["noscript", "loading", "stale"]),
            connection("client|getname", "", "2.6.9", Run::Session(session::client_getname))
                .does("Tells the name of this connection.")
                .with_flags(&["noscript", "loading", "stale"]),
            connection(
                "client|setname",
                "connection-name",
                "2.6.9",
                Run::Session(session::client_setname),
            )
            .does("Names this connection.")
            .with_flags(&["noscript", "loading", "stale"])
            .with_tips(&["request_policy:all_nodes", "response_policy:all_succeeded"]),
            connection(
                "client|unblock",
                "client-id [TIMEOUT|ERROR]",
                "5.0.0",
                on_keyspace!(session::client_unblock),
            )
            .does("Ends the wait of another connection.")
            .with_flags(&["admin", "noscript", "loading", "stale"]),
            connection("client|help", "", "5.0.0", Run::Session(catalogue::help))
                .does("Lists the forms of CLIENT.")
                .with_flags(&["loading", "stale"]),
        ]),
];
