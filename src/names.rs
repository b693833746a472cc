//! Names of keys that were copied under a lock, to be looked through without it.

/// Byte strings in one piece of memory: to copy them takes no allocation for each.
#[derive(Debug, Default)]
pub(crate) struct Names {
    bytes: Vec<u8>,
    /// Where each of them ends.
    ends: Vec<usize>,
}

impl Names {
    pub(crate) fn iter(&self) -> impl Iterator<Item = &[u8]> {
        let mut start = 0;
        self.ends.iter().map(move |&end| &self.bytes[std::mem::replace(&mut start, end)..end])
    }
}

impl<'n> Extend<&'n [u8]> for Names {
    fn extend<I: IntoIterator<Item = &'n [u8]>>(&mut self, names: I) {
        for name in names {
            self.bytes.extend_from_slice(name);
            self.ends.push(self.bytes.len());
        }
    }
}

impl<'n> FromIterator<&'n [u8]> for Names {
    fn from_iter<I: IntoIterator<Item = &'n [u8]>>(names: I) -> Self {
        let mut copies = Self::default();
        copies.extend(names);
        copies
    }
}

#[cfg(test)]
mod tests {
    use super::Names;

    #[test]
    fn names_come_back_in_their_order_empty_ones_included() {
        let all = [&b"a"[..], b"", b"bcd", b""];
        let names: Names = all.into_iter().collect();
        assert_eq!(names.iter().collect::<Vec<_>>(), all);
    }
}
