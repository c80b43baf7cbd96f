//! Groups of sibling modules of which each reaches every other.

use super::Modules;
use super::tree::{ModulePath, Use};
use std::collections::{BTreeMap, BTreeSet};

/// Siblings that import each other, directly or by way of others of them.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Circle {
    /// Module that they lie in; `crate` for the root.
    pub(crate) within: String,
    /// Their names, sorted.
    pub(crate) members: Vec<String>,
    /// Which use makes each link, as text for people.
    pub(crate) links: Vec<String>,
}

/// Links between siblings, with the first use that makes each.
type Links<'a> = BTreeMap<(&'a str, &'a str), &'a Use>;

/// Every circle, level by level.
pub(crate) fn circles(modules: &Modules) -> Vec<Circle> {
    let uses = modules.uses();
    let mut levels: BTreeMap<&[String], Links<'_>> = BTreeMap::new();
    for link in &uses {
        let common = common(&link.from, &link.to);
        if let (Some(from), Some(to)) = (link.from.get(common), link.to.get(common)) {
            let level = levels.entry(&link.from[..common]).or_default();
            level.entry((from, to)).or_insert(link);
        }
    }
    levels
        .into_iter()
        .flat_map(|(within, links)| circles_of(within, &links))
        .collect()
}

fn common(one: &ModulePath, other: &ModulePath) -> usize {
    one.iter().zip(other).take_while(|(a, b)| a == b).count()
}

fn circles_of(within: &[String], links: &Links<'_>) -> Vec<Circle> {
    let nodes: BTreeSet<&str> = links.keys().flat_map(|&(from, to)| [from, to]).collect();
    let reach: BTreeMap<&str, BTreeSet<&str>> = nodes
        .iter()
        .map(|&node| (node, reached_from(node, links)))
        .collect();
    let mut seen = BTreeSet::new();
    let mut found = Vec::new();
    for &node in &nodes {
        let both = |&&other: &&&str| reach[node].contains(other) && reach[other].contains(node);
        let members: Vec<&str> = nodes.iter().filter(both).copied().collect();
        if members.len() > 1 && seen.insert(members.clone()) {
            found.push(circle(within, &members, links));
        }
    }
    found
}

fn reached_from<'a>(node: &'a str, links: &Links<'a>) -> BTreeSet<&'a str> {
    let mut reached = BTreeSet::new();
    let mut open = vec![node];
    while let Some(at) = open.pop() {
        let next = links.keys().filter(|(from, _)| *from == at);
        open.extend(next.map(|&(_, to)| to).filter(|to| reached.insert(*to)));
    }
    reached
}

fn circle(within: &[String], members: &[&str], links: &Links<'_>) -> Circle {
    let inner = |(from, to): &(&str, &str)| members.contains(from) && members.contains(to);
    let links = links
        .iter()
        .filter(|(link, _)| inner(link))
        .map(|((from, to), by)| format!("{from} → {to}, by {}", by.from.join("::")));
    Circle {
        within: match within {
            [] => "crate".to_owned(),
            names => names.join("::"),
        },
        members: members.iter().map(|&name| name.to_owned()).collect(),
        links: links.collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::PathBuf;

    fn found(files: &[(&str, &str)]) -> Vec<(String, String)> {
        let files: Vec<_> = files
            .iter()
            .map(|(path, text)| (PathBuf::from(path), (*text).to_owned()))
            .collect();
        let modules = Modules::of(&files).expect("tokens");
        circles(&modules)
            .into_iter()
            .map(|it| (it.within, it.members.join(" ")))
            .collect()
    }

    #[test]
    fn circle_by_way_of_a_third_module_and_of_submodules_is_found() {
        let circle = found(&[
            ("lib.rs", "mod a; mod b; mod c; mod d;"),
            ("a.rs", "use crate::b::B;"),
            ("b/mod.rs", "mod inner; pub struct B;"),
            ("b/inner.rs", "fn f() { crate::c::g() }"),
            ("c.rs", "pub fn g() { super::a::h() }"),
            ("d.rs", "use crate::a::h;"),
        ]);
        assert_eq!(circle, [("crate".to_owned(), "a b c".to_owned())]);
    }

    #[test]
    fn re_export_stands_for_the_module_that_declares() {
        let circle = found(&[
            ("lib.rs", "mod a; mod b; pub use a::A; pub use b::B;"),
            ("a.rs", "use crate::B; pub struct A;"),
            ("b.rs", "use crate::A; pub struct B;"),
        ]);
        assert_eq!(circle, [("crate".to_owned(), "a b".to_owned())]);
    }

    #[test]
    fn siblings_deep_down_are_looked_at_and_a_parent_with_its_children_is_not() {
        let circle = found(&[
            ("main.rs", "mod a;"),
            ("a/mod.rs", "mod x; mod y; use x::X; pub struct A;"),
            ("a/x.rs", "use super::A; use super::y::Y; pub struct X;"),
            ("a/y.rs", "use super::X; pub struct Y;"),
        ]);
        assert_eq!(circle, [("a".to_owned(), "x y".to_owned())]);
        let tree = found(&[
            ("main.rs", "mod a; fn f() { a::g() }"),
            ("a/mod.rs", "mod x; use x::X; pub struct A;"),
            ("a/x.rs", "use super::A; pub struct X;"),
        ]);
        assert_eq!(tree, []);
    }
}
