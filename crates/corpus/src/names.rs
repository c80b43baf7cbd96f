//! Interned names and lists of names.
//!
//! A corpus of tens of thousands of tests mentions a few hundred features and a
//! few dozen harness files, in a few thousand combinations. Whole lists are
//! interned, so that a test's metadata is a handful of integers, and whatever
//! depends on a list alone (its preamble, whether it can run) is worked out
//! once for each list rather than once for each test.

use std::collections::HashMap;
use std::sync::Arc;

/// Number of a name in its [`Names`]; without meaning in another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Symbol(pub u32);

/// Number of a list of names in its [`Names`]; [`List::EMPTY`] is the same in all.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct List(pub u32);

impl List {
    /// The list of nothing.
    pub const EMPTY: Self = Self(0);
}

/// The table of all names and lists of a corpus.
#[derive(Clone, Debug)]
pub struct Names {
    strings: Vec<Arc<str>>,
    by_string: HashMap<Arc<str>, Symbol>,
    lists: Vec<Arc<[Symbol]>>,
    by_list: HashMap<Arc<[Symbol]>, List>,
}

impl Default for Names {
    fn default() -> Self {
        let empty: Arc<[Symbol]> = Arc::from([]);
        Self {
            strings: Vec::new(),
            by_string: HashMap::new(),
            lists: vec![Arc::clone(&empty)],
            by_list: HashMap::from([(empty, List::EMPTY)]),
        }
    }
}

impl Names {
    /// The number of `name`, which gets one if it has none yet.
    pub fn intern(&mut self, name: &str) -> Symbol {
        if let Some(&known) = self.by_string.get(name) {
            return known;
        }
        let symbol = Symbol(count(self.strings.len()));
        let name: Arc<str> = Arc::from(name);
        self.strings.push(Arc::clone(&name));
        self.by_string.insert(name, symbol);
        symbol
    }

    /// The number of the list of `symbols`, in that order.
    pub fn intern_list(&mut self, symbols: &[Symbol]) -> List {
        if let Some(&known) = self.by_list.get(symbols) {
            return known;
        }
        let list = List(count(self.lists.len()));
        let symbols: Arc<[Symbol]> = Arc::from(symbols);
        self.lists.push(Arc::clone(&symbols));
        self.by_list.insert(symbols, list);
        list
    }

    /// The number of `name`, if it has one.
    #[must_use]
    pub fn find(&self, name: &str) -> Option<Symbol> {
        self.by_string.get(name).copied()
    }

    /// The name itself; empty for a number of another table.
    #[must_use]
    pub fn name(&self, symbol: Symbol) -> &str {
        self.strings.get(symbol.0 as usize).map_or("", |name| name)
    }

    /// The numbers in a list; none for a list of another table.
    #[must_use]
    pub fn symbols(&self, list: List) -> &[Symbol] {
        self.lists
            .get(list.0 as usize)
            .map_or(&[], |symbols| symbols)
    }

    /// The names in a list, in order.
    pub fn list(&self, list: List) -> impl Iterator<Item = &str> + Clone {
        self.symbols(list).iter().map(|&symbol| self.name(symbol))
    }

    /// All names, in the order of their numbers.
    #[must_use]
    pub fn strings(&self) -> &[Arc<str>] {
        &self.strings
    }

    /// All lists, in the order of their numbers; the first is empty.
    #[must_use]
    pub fn lists(&self) -> &[Arc<[Symbol]>] {
        &self.lists
    }
}

/// A table's length as the number of its next entry.
///
/// Entries come from files of a corpus, which would have to hold 4 billion
/// different names for this to saturate.
fn count(len: usize) -> u32 {
    u32::try_from(len).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn intern_equal_names_returns_one_symbol() {
        let mut names = Names::default();
        let (a, b) = (names.intern("BigInt"), names.intern("Symbol"));
        assert_ne!(a, b);
        assert_eq!(names.intern("BigInt"), a);
        assert_eq!((names.name(a), names.find("Symbol")), ("BigInt", Some(b)));
    }

    #[test]
    fn intern_list_keeps_the_order() {
        let mut names = Names::default();
        let (a, b) = (names.intern("a.js"), names.intern("b.js"));
        let (ab, ba) = (names.intern_list(&[a, b]), names.intern_list(&[b, a]));
        assert_ne!(ab, ba);
        assert_eq!(names.list(ba).collect::<Vec<_>>(), ["b.js", "a.js"]);
        assert_eq!(names.intern_list(&[]), List::EMPTY);
    }

    #[test]
    fn foreign_numbers_return_nothing() {
        let names = Names::default();
        assert_eq!(names.name(Symbol(7)), "");
        assert_eq!(names.list(List(7)).count(), 0);
    }
}
