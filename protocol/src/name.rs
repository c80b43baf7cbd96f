//! Words that a suite and a guest agree on, and that nothing between them understands.
//!
//! A variant of a test, an attribute of a case and the phase of an error are
//! names to everything else: they are carried, compared and shown. Names that
//! the parent gives out are interned, so that a plan of a million cases holds
//! one pointer each; names that a worker sends are kept in place, so that a
//! worker can't fill a table of its parent's.

use core::cell::Cell;
use core::fmt;
use std::collections::HashMap;
use std::sync::{PoisonError, RwLock};

/// Most bytes of a name.
pub const MAX_NAME: usize = 32;
/// Most bytes of a list of attributes.
pub const MAX_ATTRIBUTES: usize = 256;
/// Most different texts that a process interns.
const MAX_INTERNED: usize = 4096;

/// Why a text can't be a name.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NameError {
    /// It has a character that names don't have, or is empty or too long.
    #[error(
        "use {0:?} as a name: names are 1 to {MAX_NAME} lower-case letters, digits, `-` and `_`"
    )]
    Form(String),
    /// The process knows too many names already.
    #[error("remember another name: this process knows {MAX_INTERNED} already")]
    TooMany,
}

/// Whether `text` can be a name.
pub(crate) const fn is_name_of(text: &str) -> bool {
    is_name(text.as_bytes(), MAX_NAME)
}

const fn is_name(text: &[u8], max: usize) -> bool {
    let mut at = 0;
    while at < text.len() {
        match text[at] {
            b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' => at += 1,
            _ => return false,
        }
    }
    !text.is_empty() && text.len() <= max
}

/// What was interned. Each text is leaked once; [`MAX_INTERNED`] bounds them.
static INTERNED: RwLock<Option<HashMap<&'static str, &'static &'static str>>> = RwLock::new(None);

thread_local! {
    /// What this thread asked for last: a run of cases has few names.
    static LAST: Cell<&'static &'static str> = const { Cell::new(&"") };
}

/// The one text that is equal to `text`; `None` if there are too many.
fn intern(text: &str) -> Option<&'static &'static str> {
    let last = LAST.get();
    if *last == text {
        return Some(last);
    }
    let found = look_up(text)?;
    LAST.set(found);
    Some(found)
}

fn look_up(text: &str) -> Option<&'static &'static str> {
    let known = INTERNED.read().unwrap_or_else(PoisonError::into_inner);
    if let Some(&found) = known.as_ref().and_then(|texts| texts.get(text)) {
        return Some(found);
    }
    drop(known);
    let mut texts = INTERNED.write().unwrap_or_else(PoisonError::into_inner);
    let texts = texts.get_or_insert_default();
    if let Some(&found) = texts.get(text) {
        return Some(found);
    }
    if texts.len() >= MAX_INTERNED {
        return None;
    }
    let text: &'static str = Box::leak(Box::from(text));
    let interned: &'static &'static str = Box::leak(Box::new(text));
    texts.insert(text, interned);
    Some(interned)
}

/// Name of one execution of a test: how its source is to be treated. What it
/// means is between the suite and the guest. Ordered by its text.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Variant(&'static &'static str);

impl Variant {
    /// The variant of that name, for constants.
    ///
    /// # Panics
    /// If it is no name (see [`MAX_NAME`]); in a constant, the build fails.
    #[must_use]
    pub const fn named(name: &'static &'static str) -> Self {
        assert!(is_name(name.as_bytes(), MAX_NAME), "a variant has a name");
        Self(name)
    }

    /// The variant that `name` stands for.
    ///
    /// # Errors
    /// If it is no name, or one too many.
    pub fn parse(name: &str) -> Result<Self, NameError> {
        if !is_name(name.as_bytes(), MAX_NAME) {
            return Err(NameError::Form(name.to_owned()));
        }
        intern(name).map(Self).ok_or(NameError::TooMany)
    }

    /// Its name, as in reports and in case ids.
    #[must_use]
    pub const fn name(self) -> &'static str {
        self.0
    }
}

impl fmt::Display for Variant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

impl fmt::Debug for Variant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Variant({})", self.0)
    }
}

/// What the guest is to know of one case: names, separated by commas.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Attributes(&'static &'static str);

impl Attributes {
    /// None.
    pub const NONE: Self = Self(&"");

    /// The attributes in that list, for constants; as in [`Attributes::parse`].
    ///
    /// # Panics
    /// If it is longer than [`MAX_ATTRIBUTES`]; in a constant, the build fails.
    #[must_use]
    pub const fn listed(names: &'static &'static str) -> Self {
        assert!(
            names.len() <= MAX_ATTRIBUTES,
            "a list of attributes is short"
        );
        Self(names)
    }

    /// The attributes in a list of names separated by commas; an empty list has none.
    ///
    /// # Errors
    /// If one is no name, the list is longer than [`MAX_ATTRIBUTES`], or it is one too many.
    pub fn parse(names: &str) -> Result<Self, NameError> {
        if names.is_empty() {
            return Ok(Self::NONE);
        }
        let sound = |name: &str| is_name(name.as_bytes(), MAX_NAME);
        if names.len() > MAX_ATTRIBUTES || !names.split(',').all(sound) {
            return Err(NameError::Form(names.to_owned()));
        }
        intern(names).map(Self).ok_or(NameError::TooMany)
    }

    /// Whether `name` is among them.
    #[must_use]
    pub fn has(self, name: &str) -> bool {
        self.names().any(|it| it == name)
    }

    /// The names, in the order of the list.
    pub fn names(self) -> impl Iterator<Item = &'static str> {
        self.0.split(',').filter(|name| !name.is_empty())
    }

    /// The list, as it was given.
    #[must_use]
    pub const fn list(self) -> &'static str {
        self.0
    }
}

impl Default for Attributes {
    fn default() -> Self {
        Self::NONE
    }
}

impl fmt::Debug for Attributes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Attributes({})", self.0)
    }
}

/// Where in its life a case was when it threw: a name that the guest gives.
/// Unlike [`Variant`] it is kept in place: a worker may send any.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ErrorPhase {
    bytes: [u8; MAX_NAME],
    length: u8,
}

impl ErrorPhase {
    /// While the case's preamble was evaluated: the case itself never began.
    pub const PREAMBLE: Self = Self::named("preamble");
    /// While it ran.
    pub const RUNTIME: Self = Self::named("runtime");

    /// The phase of that name, for constants.
    ///
    /// # Panics
    /// If it is no name (see [`MAX_NAME`]); in a constant, the build fails.
    #[must_use]
    pub const fn named(name: &str) -> Self {
        match Self::of(name.as_bytes()) {
            Some(phase) => phase,
            None => panic!("a phase has a name"),
        }
    }

    /// The phase that `name` stands for.
    ///
    /// # Errors
    /// If it is no name.
    pub fn parse(name: &str) -> Result<Self, NameError> {
        Self::of(name.as_bytes()).ok_or_else(|| NameError::Form(name.to_owned()))
    }

    const fn of(name: &[u8]) -> Option<Self> {
        if !is_name(name, MAX_NAME) {
            return None;
        }
        let mut bytes = [0; MAX_NAME];
        let mut at = 0;
        while at < name.len() {
            bytes[at] = name[at];
            at += 1;
        }
        #[expect(
            clippy::cast_possible_truncation,
            reason = "at most MAX_NAME, and `try_from` is not const"
        )]
        let length = name.len() as u8;
        Some(Self { bytes, length })
    }

    /// Its name, as in reports.
    #[must_use]
    pub fn name(&self) -> &str {
        let bytes = self.bytes.get(..usize::from(self.length));
        bytes
            .and_then(|bytes| str::from_utf8(bytes).ok())
            .unwrap_or_default()
    }
}

impl fmt::Display for ErrorPhase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl fmt::Debug for ErrorPhase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ErrorPhase({})", self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_equal_by_text_however_they_came_to_be() {
        const CONSTANT: Variant = Variant::named(&"two-words");
        let built = format!("two-{}", "words");
        assert_eq!(Variant::parse(&built).unwrap(), CONSTANT);
        assert_eq!(Variant::parse(&built).unwrap().name(), built);
        assert!(Variant::named(&"a") < CONSTANT);
        assert_eq!(ErrorPhase::parse("runtime").unwrap(), ErrorPhase::RUNTIME);
        assert_eq!(ErrorPhase::RUNTIME.to_string(), "runtime");
    }

    #[test]
    fn texts_that_are_no_names_are_refused() {
        let long = "a".repeat(MAX_NAME + 1);
        for text in ["", "A", "a b", "a,b", "ä", "a\n", "a\0", &long] {
            assert_eq!(
                Variant::parse(text),
                Err(NameError::Form(text.to_owned())),
                "{text:?}"
            );
            assert!(ErrorPhase::parse(text).is_err(), "{text:?}");
        }
        assert_eq!(ErrorPhase::parse(&long[1..]).unwrap().name(), &long[1..]);
    }

    #[test]
    fn attributes_are_a_list_of_names() {
        let attributes = Attributes::parse("one,two").unwrap();
        assert_eq!(attributes, Attributes::listed(&"one,two"));
        assert!(attributes.has("one") && attributes.has("two"));
        assert!(!attributes.has("on") && !attributes.has("one,two") && !attributes.has(""));
        assert_eq!(attributes.names().count(), 2);
        assert_eq!(Attributes::parse(""), Ok(Attributes::NONE));
        assert_eq!(Attributes::NONE.names().count(), 0);
        let long = vec!["ab"; MAX_ATTRIBUTES].join(",");
        for text in [",", "a,", "a,,b", "a, b", &long] {
            assert!(Attributes::parse(text).is_err(), "{text:?}");
        }
    }
}
