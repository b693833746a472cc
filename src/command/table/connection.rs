//! What of Redis's connection group needs no socket.

use super::super::{CommandSpec, Control, Run, catalogue, clients, session};
use super::{SUBCOMMANDS, connection};

const KILL: &str = "ip:port|[ID client-id] [TYPE NORMAL|MASTER|REPLICA|PUBSUB] [USER username] [ADDR ip:port] \
    [LADDR ip:port] [SKIPME YES|NO] [MAXAGE maxage]";

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
    connection("auth", "[username] password", "1.0.0", Run::Session(session::auth))
        .does("Says who the client is, which any password proves of the only user.")
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
            connection("client|id", "", "5.0.0", Run::Session(clients::id))
                .does("Tells the number of this connection.")
                .with_flags(&["noscript", "loading", "stale"]),
            connection("client|getname", "", "2.6.9", Run::Session(clients::getname))
                .does("Tells the name of this connection.")
                .with_flags(&["noscript", "loading", "stale"]),
            connection(
                "client|setname",
                "connection-name",
                "2.6.9",
                Run::Session(clients::setname),
            )
            .does("Names this connection.")
            .with_flags(&["noscript", "loading", "stale"])
            .with_tips(&["request_policy:all_nodes", "response_policy:all_succeeded"]),
            connection(
                "client|unblock",
                "client-id [TIMEOUT|ERROR]",
                "5.0.0",
                on_keyspace!(clients::unblock),
            )
            .does("Ends the wait of another connection.")
            .with_flags(&["admin", "noscript", "loading", "stale"]),
            connection(
                "client|setinfo",
                "LIB-NAME libname|LIB-VER libver",
                "7.2.0",
                Run::Session(clients::setinfo),
            )
            .does("Tells the library that this connection is used by, or its version.")
            .with_arity(4)
            .with_flags(&["noscript", "loading", "stale"])
            .with_tips(&["request_policy:all_nodes", "response_policy:all_succeeded"]),
            connection("client|info", "", "6.2.0", Run::Session(clients::info))
                .does("Tells of this connection.")
                .with_flags(&["noscript", "loading", "stale"])
                .with_tips(&["nondeterministic_output"]),
            connection(
                "client|list",
                "[TYPE NORMAL|MASTER|REPLICA|PUBSUB] [ID client-id [client-id ...]]",
                "2.4.0",
                Run::Client(clients::list),
            )
            .does("Tells of the connections that are open.")
            .with_flags(&["admin", "noscript", "loading", "stale"])
            .with_tips(&["nondeterministic_output"]),
            connection("client|kill", KILL, "2.4.0", Run::Client(clients::kill))
                .does("Closes other connections, or this one.")
                .with_arity(-3)
                .with_flags(&["admin", "noscript", "loading", "stale"]),
            connection("client|reply", "ON|OFF|SKIP", "3.2.0", Run::Connection(Control::Reply))
                .does("Says which of the following commands are to be answered.")
                .with_flags(&["noscript", "loading", "stale"]),
            connection("client|no-evict", "ON|OFF", "7.0.0", Run::Session(clients::no_evict))
                .does(
                    "Keeps this connection from being closed for want of memory, as none ever is.",
                )
                .with_flags(&["admin", "noscript", "loading", "stale"]),
            connection("client|no-touch", "ON|OFF", "7.2.0", Run::Session(clients::no_touch))
                .does("Keeps commands from noting when keys are used, as none ever does.")
                .with_flags(&["noscript", "loading", "stale"]),
            connection("client|getredir", "", "6.0.0", Run::Session(clients::getredir))
                .does("Tells which connection is told of changes in the place of this one: none.")
                .with_flags(&["noscript", "loading", "stale"]),
            connection("client|help", "", "5.0.0", Run::Session(catalogue::help))
                .does("Lists the forms of CLIENT.")
                .with_flags(&["loading", "stale"]),
        ]),
];
