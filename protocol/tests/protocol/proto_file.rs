//! `docs/rewind.proto` against the Rust types: both are parsed into the same
//! table, and the tables must be equal.

use std::collections::BTreeMap;

/// (message or enumeration, field or value) → (type with label and oneof, number).
type Table = BTreeMap<(String, String), (String, i64)>;

const PROTO: &str = include_str!("../../../docs/rewind.proto");
const RUST: [&str; 3] = [
    include_str!("../../src/wire/to_worker.rs"),
    include_str!("../../src/wire/to_parent.rs"),
    include_str!("../../src/wire/outcome.rs"),
];

/// Everything that a line of the .proto file can declare here.
fn table_of_proto(text: &str) -> Table {
    let mut table = Table::new();
    let mut owner = String::new();
    let mut oneof = String::new();
    for line in text
        .lines()
        .map(|line| line.split("//").next().unwrap_or("").trim())
    {
        let words: Vec<&str> = line.trim_end_matches(';').split_whitespace().collect();
        match words.as_slice() {
            [] | ["syntax" | "package", ..] => {}
            ["message" | "enum", name, "{"] => owner = (*name).to_owned(),
            ["message" | "enum", name, "{}"] => declare(&mut table, name, "", "message", 0),
            ["oneof", name, "{"] => oneof = format!("oneof {name} "),
            ["}"] if !oneof.is_empty() => oneof.clear(),
            ["}"] => owner.clear(),
            [kind @ .., name, "=", number] => {
                let number = number.parse().expect("a field's number");
                let kind = if kind.is_empty() {
                    "value".to_owned()
                } else {
                    kind.join(" ")
                };
                declare(&mut table, &owner, name, &format!("{oneof}{kind}"), number);
            }
            other => panic!("unexpected line in rewind.proto: {other:?}"),
        }
    }
    table
}

/// The same from the Rust source: attributes of prost and the lines below them.
fn table_of_rust(sources: &[&str]) -> Table {
    let mut table = Table::new();
    for source in sources {
        let oneofs = oneofs_of(source);
        let mut owner = String::new();
        let mut attribute = None;
        for line in source.lines().map(str::trim) {
            if let Some(name) = type_name(line) {
                owner = name.to_owned();
                if line.ends_with("{}") {
                    declare(&mut table, name, "", "message", 0);
                }
            } else if let Some(found) = line.strip_prefix("#[prost(") {
                attribute = Some(found.trim_end_matches(")]"));
            } else if let Some(attribute) = attribute.take() {
                if !attribute.starts_with("oneof") {
                    declare_rust(&mut table, &oneofs, &owner, attribute, line);
                }
            } else if let Some((name, number)) = line.trim_end_matches(',').split_once(" = ") {
                let name = format!("{}_{}", screaming(&owner), screaming(name));
                declare(
                    &mut table,
                    &owner,
                    &name,
                    "value",
                    number.parse().expect("a number"),
                );
            }
        }
    }
    table
}

/// Enum of a oneof → (message, name of the oneof).
fn oneofs_of(source: &str) -> BTreeMap<String, (String, String)> {
    let mut oneofs = BTreeMap::new();
    let mut owner = "";
    let mut lines = source.lines().map(str::trim);
    while let Some(line) = lines.next() {
        if let Some(name) = type_name(line) {
            owner = name;
        }
        if let Some(attribute) = line.strip_prefix("#[prost(oneof = \"") {
            let field = field_name(lines.next().expect("a field below its attribute"));
            let name = attribute.split('"').next().expect("a name");
            oneofs.insert(name.to_owned(), (owner.to_owned(), field.to_owned()));
        }
    }
    oneofs
}

fn declare_rust(
    table: &mut Table,
    oneofs: &BTreeMap<String, (String, String)>,
    owner: &str,
    attribute: &str,
    line: &str,
) {
    let parts: Vec<&str> = attribute.split(", ").collect();
    let [kind, labels @ .., tag] = parts.as_slice() else {
        panic!("{attribute}")
    };
    let number = tag
        .trim_start_matches("tag = ")
        .trim_matches('"')
        .parse()
        .expect("a tag");
    let label = match labels {
        // A message is optional by nature, and a .proto file doesn't say so.
        [] => "",
        ["optional"] if *kind == "message" => "",
        ["optional"] => "optional ",
        ["repeated"] => "repeated ",
        other => panic!("unexpected labels {other:?}"),
    };
    if let Some((message, oneof)) = oneofs.get(owner) {
        let (variant, rest) = line
            .split_once('(')
            .expect("a variant that holds a message");
        let kind = rest.trim_end_matches("),");
        let name = screaming(variant).to_lowercase();
        declare(
            table,
            message,
            &name,
            &format!("oneof {oneof} {kind}"),
            number,
        );
        return;
    }
    let kind = match *kind {
        "message" => innermost(line),
        "bytes = \"bytes\"" | "bytes = \"vec\"" => "bytes",
        kind => kind.trim_start_matches("enumeration = ").trim_matches('"'),
    };
    declare(
        table,
        owner,
        field_name(line),
        &format!("{label}{kind}"),
        number,
    );
}

fn declare(table: &mut Table, owner: &str, name: &str, kind: &str, number: i64) {
    let key = (owner.to_owned(), name.to_owned());
    let before = table.insert(key, (kind.to_owned(), number));
    assert_eq!(before, None, "{owner}.{name} is declared twice");
}

/// `Some("Hello")` for `pub(crate) struct Hello {`.
fn type_name(line: &str) -> Option<&str> {
    let line = line.strip_prefix("pub(crate) ")?;
    let line = line
        .strip_prefix("struct ")
        .or_else(|| line.strip_prefix("enum "))?;
    line.split_whitespace().next()
}

/// `seq` of `pub(crate) seq: u64,`.
fn field_name(line: &str) -> &str {
    let name = line
        .trim()
        .trim_start_matches("pub(crate) ")
        .split(':')
        .next();
    name.expect("a field has a name").trim()
}

/// `Source` of `pub(crate) sources: Vec<Source>,`.
fn innermost(line: &str) -> &str {
    let kind = line
        .split(": ")
        .nth(1)
        .expect("a field has a type")
        .trim_end_matches([',', '>']);
    kind.rsplit('<').next().expect("a type has a name")
}

/// `TIMED_OUT` for `TimedOut`.
fn screaming(name: &str) -> String {
    let mut out = String::new();
    for (at, letter) in name.char_indices() {
        if letter.is_uppercase() && at > 0 {
            out.push('_');
        }
        out.extend(letter.to_uppercase());
    }
    out
}

#[test]
fn the_proto_file_says_what_the_rust_types_say() {
    let proto = table_of_proto(PROTO);
    let rust = table_of_rust(&RUST);
    for (key, value) in &rust {
        assert_eq!(proto.get(key), Some(value), "{key:?} in rewind.proto");
    }
    for key in proto.keys() {
        assert!(rust.contains_key(key), "{key:?} is in rewind.proto alone");
    }
    assert!(rust.len() > 130, "only {} fields were found", rust.len());
}

#[test]
fn renumbering_any_field_of_the_proto_file_is_noticed() {
    let rust = table_of_rust(&RUST);
    let mut changed = 0;
    for (at, line) in PROTO.lines().enumerate() {
        let Some((before, number)) = line.split_once(" = ") else {
            continue;
        };
        let Ok(number) = number.trim_end_matches(';').parse::<i64>() else {
            continue;
        };
        let mut lines: Vec<String> = PROTO.lines().map(str::to_owned).collect();
        lines[at] = format!("{before} = {};", number + 100);
        assert_ne!(table_of_proto(&lines.join("\n")), rust, "{line}");
        changed += 1;
    }
    assert!(changed > 130, "only {changed} fields were renumbered");
}

#[test]
fn renumbering_any_field_of_the_rust_types_is_noticed() {
    let proto = table_of_proto(PROTO);
    let mut changed = 0;
    for (file, source) in RUST.iter().enumerate() {
        for (at, _) in source.match_indices(", tag = \"") {
            let mut sources = RUST.map(str::to_owned);
            sources[file].insert(at + ", tag = \"".len(), '9');
            let sources: Vec<&str> = sources.iter().map(String::as_str).collect();
            assert_ne!(table_of_rust(&sources), proto, "byte {at} of source {file}");
            changed += 1;
        }
    }
    assert!(changed > 80, "only {changed} fields were renumbered");
}
