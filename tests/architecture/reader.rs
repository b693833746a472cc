//! The paths in a source file: just enough of Rust to tell them from comments, strings and the code of tests.

/// What a file says, with the modules and paths in it counted from the crate's root.
#[derive(Debug, Default)]
pub(crate) struct File {
    /// A module, and a path that is used there.
    pub(crate) uses: Vec<(Vec<String>, Vec<String>)>,
    /// A module, a name that `use` brings into it, and what the name stands for.
    pub(crate) names: Vec<(Vec<String>, String, Vec<String>)>,
    /// The modules in files of their own that only tests have.
    pub(crate) test_only: Vec<Vec<String>>,
}

/// Reads the source of a module.
pub(crate) fn read(module: Vec<String>, source: &str) -> File {
    let mut reader =
        Reader { tokens: tokens(source), at: 0, module, inline: Vec::new(), file: File::default() };
    reader.read();
    reader.file
}

struct Reader<'s> {
    tokens: Vec<&'s str>,
    at: usize,
    module: Vec<String>,
    /// For each open brace, whether it is that of a module.
    inline: Vec<bool>,
    file: File,
}

impl<'s> Reader<'s> {
    /// The token so many places ahead; an empty one after the end.
    fn peek(&self, ahead: usize) -> &'s str {
        self.tokens.get(self.at + ahead).copied().unwrap_or_default()
    }

    fn next(&mut self) -> &'s str {
        let token = self.peek(0);
        self.at += 1;
        token
    }

    fn read(&mut self) {
        while self.at < self.tokens.len() {
            let begins = self.at == 0 || self.tokens[self.at - 1] != "::";
            match self.next() {
                "#" if matches!(self.peek(0), "[" | "!") => self.attribute(),
                "mod" if self.peek(1) == "{" => {
                    self.module.push(self.peek(0).to_owned());
                    self.at += 2;
                    self.inline.push(true);
                }
                "{" => self.inline.push(false),
                "}" => self.close(),
                "use" if matches!(self.peek(0), "::" | "<") => {}
                "use" => self.use_tree(&[]),
                first @ ("crate" | "super" | "self") if begins && self.peek(0) == "::" => {
                    self.path(first);
                }
                _ => {}
            }
        }
    }

    fn close(&mut self) {
        if self.inline.pop() == Some(true) {
            self.module.pop();
        }
    }

    fn attribute(&mut self) {
        if self.attribute_is_for_tests() {
            self.skip_item();
        }
    }

    /// An attribute, of which the `#` is read.
    fn attribute_is_for_tests(&mut self) -> bool {
        let begin = self.at;
        while self.next() != "[" {}
        let mut depth = 1;
        while depth > 0 && self.at < self.tokens.len() {
            match self.next() {
                "[" => depth += 1,
                "]" => depth -= 1,
                _ => {}
            }
        }
        let words = &self.tokens[begin..self.at];
        let test = words.iter().position(|&word| word == "test");
        words.get(1) == Some(&"cfg") && test.is_some_and(|place| words[place - 2] != "not")
    }

    /// What an attribute is for: an item, a statement, a field.
    fn skip_item(&mut self) {
        while self.peek(0) == "#" {
            self.at += 1;
            self.attribute_is_for_tests();
        }
        if self.peek(0) == "pub" {
            self.at += if self.peek(1) == "(" { 4 } else { 1 };
        }
        if self.peek(0) == "mod" && self.peek(2) == ";" {
            self.file.test_only.push(child(&self.module, self.peek(1)));
        }
        let items = ["const", "enum", "fn", "impl", "mod", "static", "struct", "type", "use"];
        let is_item = items.contains(&self.peek(0));
        let mut depth = 0_usize;
        while self.at < self.tokens.len() {
            match self.peek(0) {
                ";" if depth == 0 => break,
                "," if depth == 0 && !is_item => break,
                "}" | ")" if depth == 0 => return,
                "{" | "(" | "[" => depth += 1,
                "}" if depth == 1 => break,
                ")" | "]" | "}" => depth -= 1,
                _ => {}
            }
            self.at += 1;
        }
        self.at += 1;
    }

    /// A path outside `use`, of which the first segment is read.
    fn path(&mut self, first: &str) {
        let mut segments = vec![first.to_owned()];
        while self.peek(0) == "::" && is_word(self.peek(1)) {
            segments.push(self.peek(1).to_owned());
            self.at += 2;
        }
        let path = self.absolute(&segments);
        self.file.uses.push((self.module.clone(), path));
    }

    /// What comes after `use`, or in its braces after this prefix.
    fn use_tree(&mut self, prefix: &[String]) {
        let mut segments = prefix.to_vec();
        loop {
            match self.next() {
                "::" => {}
                "{" => {
                    while self.peek(0) != "}" {
                        self.use_tree(&segments);
                        if self.peek(0) == "," {
                            self.at += 1;
                        }
                    }
                    self.at += 1;
                    return;
                }
                "self" if !segments.is_empty() => {}
                word => segments.push(word.to_owned()),
            }
            if matches!(self.peek(0), ";" | "," | "}" | "as" | "") {
                break;
            }
        }
        let mut name = segments.last().cloned().unwrap_or_default();
        if self.peek(0) == "as" {
            self.peek(1).clone_into(&mut name);
            self.at += 2;
        }
        if name == "*" {
            segments.pop();
        }
        let path = self.absolute(&segments);
        self.file.names.push((self.module.clone(), name, path.clone()));
        self.file.uses.push((self.module.clone(), path));
    }

    /// A path as it is from the crate's root. That of another crate stays in this module, which has no such child.
    fn absolute(&self, segments: &[String]) -> Vec<String> {
        let mut path = self.module.clone();
        for segment in segments {
            match segment.as_str() {
                "crate" => path.clear(),
                "self" => {}
                "super" => {
                    path.pop();
                }
                name => path.push(name.to_owned()),
            }
        }
        path
    }
}

pub(crate) fn child(module: &[String], name: &str) -> Vec<String> {
    module.iter().cloned().chain([name.to_owned()]).collect()
}

fn is_word(token: &str) -> bool {
    token.starts_with(|first: char| first == '_' || first.is_alphanumeric())
}

/// Words, `::`, and every other sign by itself; without comments, strings and characters.
fn tokens(source: &str) -> Vec<&str> {
    let mut tokens = Vec::new();
    let mut rest = source;
    while let Some(first) = rest.chars().next() {
        let len = if first.is_whitespace() {
            first.len_utf8()
        } else if let Some(len) = unread(rest) {
            len
        } else {
            let len = match rest {
                _ if is_word(rest) => word_len(rest),
                _ if rest.starts_with("::") => 2,
                _ => first.len_utf8(),
            };
            tokens.push(&rest[..len]);
            len
        };
        rest = &rest[len..];
    }
    tokens
}

fn word_len(text: &str) -> usize {
    text.find(|next: char| next != '_' && !next.is_alphanumeric()).unwrap_or(text.len())
}

/// The length of the comment, string or character at the start of a text, if there is one.
fn unread(text: &str) -> Option<usize> {
    if text.starts_with("//") {
        return Some(text.find('\n').unwrap_or(text.len()));
    }
    if text.starts_with("/*") {
        return Some(comment_len(text));
    }
    let prefix = ["br", "cr", "b", "c", "r", ""].into_iter().find(|prefix| {
        text.strip_prefix(prefix).is_some_and(|rest| {
            let raw = if prefix.ends_with('r') { rest.trim_start_matches('#') } else { rest };
            raw.starts_with('"')
        })
    });
    if let Some(prefix) = prefix {
        let literal = &text[prefix.len()..];
        let len = if prefix.ends_with('r') { raw_len(literal) } else { quoted_len(literal, '"') };
        return Some(prefix.len() + len);
    }
    let character = text.strip_prefix('\'')?;
    let is_lifetime = !character.starts_with('\\') && character.chars().nth(1) != Some('\'');
    Some(if is_lifetime { 1 } else { quoted_len(text, '\'') })
}

fn comment_len(text: &str) -> usize {
    let (mut depth, mut len) = (0, 0);
    loop {
        let rest = &text[len..];
        match (rest.get(..2), rest.chars().next()) {
            (Some("/*"), _) => (depth, len) = (depth + 1, len + 2),
            (Some("*/"), _) => (depth, len) = (depth - 1, len + 2),
            (_, Some(other)) => len += other.len_utf8(),
            (_, None) => return len,
        }
        if depth == 0 {
            return len;
        }
    }
}

/// From an opening quote to the one that closes.
fn quoted_len(text: &str, quote: char) -> usize {
    let mut escaped = true;
    for (place, next) in text.char_indices() {
        match next {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            next if next == quote => return place + 1,
            _ => {}
        }
    }
    text.len()
}

/// From the number signs before a raw string to those after it.
fn raw_len(text: &str) -> usize {
    let signs = text.find('"').unwrap_or(0);
    let end = format!("\"{}", &text[..signs]);
    let inside = signs + 1;
    text[inside..].find(&end).map_or(text.len(), |len| inside + len + end.len())
}
