//! The paths that a file's code names, from its tokens: macros and all, but for
//! comments, texts, and what is compiled for tests alone.

use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};

/// A path as it stands in the code, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Named {
    /// Inline modules around it, from the file's own on.
    pub(super) inside: Vec<String>,
    /// `crate`, `super`, `self` or a name, and what follows.
    pub(super) segments: Vec<String>,
    /// Name that it has here, where it was imported.
    pub(super) import: Option<String>,
}

/// All paths in `tokens`.
pub(super) fn named(tokens: TokenStream) -> Vec<Named> {
    let mut scan = Scan::default();
    scan.walk(tokens);
    scan.found
}

#[derive(Default)]
struct Scan {
    inside: Vec<String>,
    found: Vec<Named>,
}

impl Scan {
    fn walk(&mut self, tokens: TokenStream) {
        let tokens: Vec<TokenTree> = tokens.into_iter().collect();
        let mut at = 0;
        while let Some(token) = tokens.get(at) {
            at = match token {
                TokenTree::Punct(punct) if punct.as_char() == '#' => {
                    let group = group(tokens.get(at + 1), Delimiter::Bracket);
                    match group.map(|it| it.stream().to_string().replace(' ', "")) {
                        Some(text) if text == "cfg(test)" => behind_item(&tokens, at + 2),
                        Some(_) => at + 2,
                        None => at + 1,
                    }
                }
                TokenTree::Ident(word) if word == "use" => self.import(&tokens, at + 1),
                TokenTree::Ident(word) if word == "mod" => self.module(&tokens, at + 1),
                TokenTree::Ident(word) if word == "crate" || word == "super" => {
                    self.path(&tokens, at)
                }
                TokenTree::Group(group) => {
                    self.walk(group.stream());
                    at + 1
                }
                _ => at + 1,
            };
        }
    }

    fn module(&mut self, tokens: &[TokenTree], at: usize) -> usize {
        let (Some(TokenTree::Ident(name)), Some(body)) =
            (tokens.get(at), group(tokens.get(at + 1), Delimiter::Brace))
        else {
            return at;
        };
        self.inside.push(name.to_string());
        self.walk(body.stream());
        self.inside.pop();
        at + 2
    }

    /// A path in an expression, a type or a pattern.
    fn path(&mut self, tokens: &[TokenTree], at: usize) -> usize {
        let (segments, next) = segments(tokens, at);
        if segments.len() > 1 {
            self.add(segments, None);
        }
        next
    }

    /// The tree of a `use`; gives where it ends.
    fn import(&mut self, tokens: &[TokenTree], at: usize) -> usize {
        let end = tokens[at..]
            .iter()
            .position(|token| is_punct(Some(token), ';'))
            .map_or(tokens.len(), |length| at + length);
        self.tree(&[], &tokens[at..end]);
        end + 1
    }

    /// One branch, or several parted by commas, of a `use`.
    fn tree(&mut self, prefix: &[String], tokens: &[TokenTree]) {
        for branch in tokens.split(|token| is_punct(Some(token), ',')) {
            let start = usize::from(is_punct(branch.first(), ':')) * 2;
            let (more, next) = segments(branch, start);
            let mut path = [prefix, &more].concat();
            if let Some(group) = group(branch.get(next), Delimiter::Brace) {
                let inner: Vec<TokenTree> = group.stream().into_iter().collect();
                self.tree(&path, &inner);
                continue;
            }
            if is_punct(branch.get(next), '*') {
                self.add(path, Some("*".to_owned()));
                continue;
            }
            if path.last().is_some_and(|last| last == "self") && path.len() > 1 {
                path.pop();
            }
            let alias = match (branch.get(next), branch.get(next + 1)) {
                (Some(TokenTree::Ident(word)), Some(TokenTree::Ident(alias))) if word == "as" => {
                    Some(alias.to_string())
                }
                _ => path.last().cloned(),
            };
            if !path.is_empty() {
                self.add(path, alias);
            }
        }
    }

    fn add(&mut self, segments: Vec<String>, import: Option<String>) {
        self.found.push(Named {
            inside: self.inside.clone(),
            segments,
            import,
        });
    }
}

/// Words parted by `::` from `at` on, and where they end; behind a `::` that a
/// group or a star follows.
fn segments(tokens: &[TokenTree], mut at: usize) -> (Vec<String>, usize) {
    let mut found = Vec::new();
    while let Some(TokenTree::Ident(word)) = tokens.get(at) {
        if word == "as" {
            break;
        }
        found.push(word.to_string());
        at += 1;
        if !(is_punct(tokens.get(at), ':') && is_punct(tokens.get(at + 1), ':')) {
            break;
        }
        at += 2;
    }
    (found, at)
}

/// Where the item that begins at `at` ends: behind its braces or its semicolon.
fn behind_item(tokens: &[TokenTree], at: usize) -> usize {
    let is_end = |token: &TokenTree| {
        is_punct(Some(token), ';') || group(Some(token), Delimiter::Brace).is_some()
    };
    let rest = tokens.get(at..).unwrap_or_default();
    rest.iter()
        .position(is_end)
        .map_or(tokens.len(), |length| at + length + 1)
}

fn is_punct(token: Option<&TokenTree>, wanted: char) -> bool {
    matches!(token, Some(TokenTree::Punct(punct)) if punct.as_char() == wanted)
}

fn group(token: Option<&TokenTree>, delimiter: Delimiter) -> Option<&Group> {
    match token {
        Some(TokenTree::Group(group)) if group.delimiter() == delimiter => Some(group),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn paths(code: &str) -> Vec<String> {
        let tokens = code.parse().expect("tokens");
        let of = |it: Named| {
            let path = it.segments.join("::");
            let import = it.import.map(|name| format!(" as {name}"));
            let inside: String = it.inside.iter().map(|name| format!("{name}/")).collect();
            format!("{inside}{path}{}", import.unwrap_or_default())
        };
        named(tokens).into_iter().map(of).collect()
    }

    #[test]
    fn imports_are_told_with_the_names_they_have() {
        let code = "use crate::{a::B, c::{self, D as E}, f::*}; use super::G; use inner::H;";
        let expected = [
            "crate::a::B as B",
            "crate::c as c",
            "crate::c::D as E",
            "crate::f as *",
            "super::G as G",
            "inner::H as H",
        ];
        assert_eq!(paths(code), expected);
    }

    #[test]
    fn paths_in_code_and_macros_count_and_tests_comments_and_texts_do_not() {
        let code = "// crate::no::a
            pub(crate) fn f(x: crate::t::T) { log!(\"crate::no::b\", super::super::m::n()); }
            #[cfg(test)] use crate::no::c;
            #[cfg(test)] mod tests { use crate::no::d; }
            mod inner { fn g() { crate::k::L::new() } }";
        let expected = [
            "crate::t::T",
            "super::super::m::n",
            "inner/crate::k::L::new",
        ];
        assert_eq!(paths(code), expected);
    }
}
