//! What of Redis's connection group needs no socket.

use super::super::{CommandSpec, Control, Run, catalogue, session};
use super::CONNECTION;

pub(super) const COMMANDS: &[CommandSpec] = &[
    CommandSpec {
        name: "ping",
        syntax: "[message]",
        summary: "Answers PONG, or the message.",
        since: "1.0.0",
        arity: -1,
        flags: &["fast"],
        tips: &["request_policy:all_shards", "response_policy:all_succeeded"],
        run: Run::Session(session::ping),
        ..CONNECTION
    },
    CommandSpec {
        name: "echo",
        syntax: "message",
        summary: "Answers the message.",
        since: "1.0.0",
        arity: 2,
        flags: &["loading", "stale", "fast"],
        run: Run::Session(session::echo),
        ..CONNECTION
    },
    CommandSpec {
        name: "select",
        syntax: "index",
        summary: "Chooses the database, of which there is one: 0.",
        since: "1.0.0",
        arity: 2,
        flags: &["loading", "stale", "fast"],
        run: Run::Session(session::select),
        ..CONNECTION
    },
    CommandSpec {
        name: "hello",
        syntax: "[protover [AUTH username password] [SETNAME clientname]]",
        summary: "Chooses the version of the protocol, and tells who answers.",
        since: "6.0.0",
        arity: -1,
        flags: &["noscript", "loading", "stale", "fast", "no_auth", "allow_busy"],
        run: Run::Session(session::hello),
        ..CONNECTION
    },
    CommandSpec {
        name: "reset",
        summary: "Makes the connection as good as new.",
        since: "6.2.0",
        arity: 1,
        flags: &["noscript", "loading", "stale", "fast", "no_auth", "allow_busy"],
        run: Run::Connection(Control::Reset),
        ..CONNECTION
    },
    CommandSpec {
        name: "quit",
        summary: "Closes the connection.",
        since: "1.0.0",
        arity: -1,
        flags: &["noscript", "loading", "stale", "fast", "no_auth", "allow_busy"],
        run: Run::Connection(Control::Quit),
        ..CONNECTION
    },
    CommandSpec {
        name: "client",
        summary: "Asks about connections, and acts on them.",
        since: "2.4.0",
        arity: -2,
        categories: &[],
        subcommands: &[
            CommandSpec {
                name: "client|id",
                summary: "Tells the number of this connection.",
                since: "5.0.0",
                arity: 2,
                flags: &["noscript", "loading", "stale"],
                run: Run::Session(session::client_id),
                ..CONNECTION
            },
            CommandSpec {
                name: "client|getname",
                summary: "Tells the name of this connection.",
                since: "2.6.9",
                arity: 2,
                flags: &["noscript", "loading", "stale"],
                run: Run::Session(session::client_getname),
                ..CONNECTION
            },
            CommandSpec {
                name: "client|setname",
                syntax: "connection-name",
                summary: "Names this connection.",
                since: "2.6.9",
                arity: 3,
                flags: &["noscript", "loading", "stale"],
                tips: &["request_policy:all_nodes", "response_policy:all_succeeded"],
                run: Run::Session(session::client_setname),
                ..CONNECTION
            },
            CommandSpec {
                name: "client|unblock",
                syntax: "client-id [TIMEOUT|ERROR]",
                summary: "Ends the wait of another connection.",
                since: "5.0.0",
                arity: -3,
                flags: &["admin", "noscript", "loading", "stale"],
                run: Run::Keyspace(session::client_unblock),
                ..CONNECTION
            },
            CommandSpec {
                name: "client|help",
                summary: "Lists the forms of CLIENT.",
                since: "5.0.0",
                arity: 2,
                flags: &["loading", "stale"],
                run: Run::Session(catalogue::help),
                ..CONNECTION
            },
        ],
        ..CONNECTION
    },
];
