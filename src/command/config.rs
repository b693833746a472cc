//! CONFIG: the few parameters of a server that are true of a store. Of these the bound on memory can be changed while it runs.

use std::borrow::Cow;

use super::arguments::{is_word, syntax};
use super::call::Call;
use super::replies::text;
use super::session::Session;
use super::{Answer, Refusal};
use crate::Reply;
use crate::glob::Pattern;
use crate::keyspace::{Access, Keyspace, Persistence, Reach};
use crate::quoting::c_text;

/// A parameter and its value. Servers never let the first be set, not even to what it is.
struct Parameter {
    name: &'static str,
    value: &'static str,
    is_immutable: bool,
}

const fn parameter(name: &'static str, value: &'static str) -> Parameter {
    Parameter { name, value, is_immutable: false }
}

const MAXMEMORY: &str = "maxmemory";

const PARAMETERS: [Parameter; 7] = [
    Parameter { is_immutable: true, ..parameter("databases", "1") },
    parameter("appendonly", "no"),
    parameter("appendfsync", "everysec"),
    parameter(MAXMEMORY, "0"),
    parameter("maxmemory-policy", "noeviction"),
    parameter("save", ""),
    // Connections are never closed for being idle.
    parameter("timeout", "0"),
];

/// What a store is in the words of a server.
struct Values<'s> {
    keyspace: &'s Keyspace,
    log: Option<Persistence>,
}

impl<'s> Values<'s> {
    fn of(call: &'s Call<'_, '_>) -> Self {
        let keyspace = call.keyspace.keyspace();
        Self { keyspace, log: keyspace.persistence() }
    }

    fn value(&self, parameter: &Parameter) -> Cow<'static, str> {
        match (parameter.name, &self.log) {
            (MAXMEMORY, _) => self.keyspace.max_memory().to_string().into(),
            ("appendonly", Some(_)) => "yes".into(),
            ("appendfsync", Some(log)) => log.fsync.into(),
            _ => parameter.value.into(),
        }
    }
}

/// CONFIG GET: each parameter once, under its name as it was asked for.
pub(super) fn get(call: &mut Call<'_, '_>) -> Answer {
    let mut found: Vec<(Vec<u8>, &Parameter)> = Vec::new();
    for wanted in &call.args[2..] {
        let is_pattern = wanted.iter().any(|byte| b"[*?".contains(byte));
        let pattern = Pattern::new(&wanted.to_ascii_lowercase());
        for parameter in &PARAMETERS {
            let is_new = found.iter().all(|(_, known)| known.name != parameter.name);
            if is_pattern && is_new && pattern.matches(parameter.name.as_bytes()) {
                found.push((parameter.name.into(), parameter));
            } else if is_new && wanted.eq_ignore_ascii_case(parameter.name.as_bytes()) {
                found.push((wanted.to_vec(), parameter));
            }
        }
    }
    let values = Values::of(call);
    let value = |parameter: &Parameter| text(&values.value(parameter));
    let pair = |(name, parameter): (_, &Parameter)| (Reply::Bulk(name), value(parameter));
    Ok(Reply::Map(found.into_iter().map(pair).collect()))
}

/// CONFIG SET, which looks at all parameters before it sets any. All but the bound on memory can be set only to what they are.
pub(super) fn set(call: &mut Call<'_, '_>) -> Answer {
    let pairs = call.args[2..].chunks(2);
    if pairs.clone().any(|pair| pair.len() == 1) {
        return Err(syntax());
    }
    let mut known: Vec<(&Parameter, &[u8], &[u8])> = Vec::new();
    for pair in pairs {
        let (name, value) = (pair[0], pair[1]);
        let is_meant =
            |parameter: &&Parameter| name.eq_ignore_ascii_case(parameter.name.as_bytes());
        let Some(parameter) = PARAMETERS.iter().find(is_meant) else {
            let before = "ERR Unknown option or number of arguments for CONFIG SET - '";
            return Err(Refusal::quoting(before, name, "'"));
        };
        if parameter.is_immutable {
            return Err(failed(name, "can't set immutable config"));
        }
        if known.iter().any(|(known, ..)| known.name == parameter.name) {
            return Err(failed(name, "duplicate parameter"));
        }
        known.push((parameter, name, value));
    }
    let values = Values::of(call);
    let mut bound = None;
    for (parameter, name, value) in known {
        if parameter.name == MAXMEMORY {
            bound = Some(memory(value).map_err(|why| failed(name, why))?);
        } else if !is_word(value, &values.value(parameter)) {
            return Err(failed(name, "can't set immutable config"));
        }
    }
    if let Some(bytes) = bound {
        values.keyspace.set_max_memory(bytes);
    }
    Ok(Reply::ok())
}

/// Bytes as a server reads them: without digits there are none, and where a unit makes too many of them, they wrap around.
fn memory(value: &[u8]) -> Result<usize, &'static str> {
    const UNITS: [(&str, u64); 8] = [
        ("", 1),
        ("b", 1),
        ("k", 1000),
        ("kb", 1 << 10),
        ("m", 1_000_000),
        ("mb", 1 << 20),
        ("g", 1_000_000_000),
        ("gb", 1 << 30),
    ];
    /// More digits than this are none.
    const LONGEST: usize = 127;
    let value = c_text(value);
    let digits = value.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let (number, unit) = value.split_at(digits);
    let unit = UNITS.iter().find(|(name, _)| unit.eq_ignore_ascii_case(name.as_bytes()));
    let (Some((_, unit)), true) = (unit, digits <= LONGEST) else {
        return Err("argument must be a memory value");
    };
    let number = number.iter().fold(0_u64, |number, digit| {
        number.saturating_mul(10).saturating_add(u64::from(digit - b'0'))
    });
    let bytes = number.wrapping_mul(*unit);
    if i64::try_from(bytes).is_err() {
        return Err("argument must be greater or equal to 0");
    }
    Ok(usize::try_from(bytes).unwrap_or(usize::MAX))
}

fn failed(name: &[u8], why: &str) -> Refusal {
    let before = "ERR CONFIG SET failed (possibly related to argument '";
    Refusal::quoting(before, c_text(name), &format!("') - {why}"))
}

/// CONFIG RESETSTAT
pub(super) fn resetstat(call: &mut Call<'_, '_>) -> Answer {
    call.keyspace.look(Reach::All, |guard| guard.reset_stats());
    Ok(Reply::ok())
}

/// CONFIG REWRITE
pub(super) fn rewrite(_: &mut Session, _: &[&[u8]]) -> Answer {
    Err(Refusal::new("ERR The server is running without a config file"))
}

#[cfg(test)]
mod tests {
    use super::memory;

    /// As servers were seen to do.
    #[test]
    fn bytes_are_read_as_a_server_reads_them() {
        for (text, bytes) in [
            ("100mb", 104_857_600),
            ("1k", 1000),
            ("1KB", 1024),
            ("2g", 2_000_000_000),
            ("1gb", 1 << 30),
            ("3m", 3_000_000),
            ("10b", 10),
            ("007", 7),
            ("", 0),
            ("mb", 0),
            ("5\0x", 5),
        ] {
            assert_eq!(memory(text.as_bytes()), Ok(bytes), "{text}");
        }
        #[cfg(target_pointer_width = "64")]
        assert_eq!(memory(b"20000000000gb"), Ok(3_028_092_406_290_448_384));
    }

    #[test]
    fn what_is_no_number_of_bytes_is_refused() {
        for text in ["x", "-1", "1.5gb", "1t", "50%", "0x10", "+5", " 5", "5 ", &"1".repeat(128)] {
            assert_eq!(memory(text.as_bytes()), Err("argument must be a memory value"), "{text}");
        }
        for text in ["18446744073709551615", "9223372036854775808", "99999999999999999999"] {
            let refused = Err("argument must be greater or equal to 0");
            assert_eq!(memory(text.as_bytes()), refused, "{text}");
        }
    }
}
