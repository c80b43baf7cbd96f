use super::*;
use proptest::prelude::*;

/// All items, fed in pieces of the lengths given and the rest at once.
fn read(bytes: &[u8], cuts: &[usize]) -> Result<Vec<Item>, LineError> {
    let mut manifest = Manifest::new();
    let mut items = Vec::new();
    let mut rest = bytes;
    for &cut in cuts.iter().chain([&usize::MAX]) {
        let (piece, behind) = rest.split_at(cut.min(rest.len()));
        rest = behind;
        manifest.feed(piece);
        while let Some(item) = manifest.next()? {
            items.push(item);
        }
    }
    manifest.finish()?;
    Ok(items)
}

fn source(
    name: &'static str,
    path: Option<&'static str>,
    module: bool,
    text: &'static str,
) -> Item {
    let header = Header::Source {
        name: name.into(),
        path: path.map(Bytes::from),
        module,
    };
    Item::Text(header, Payload::Text(text.into()))
}

/// The bytes of every kind of header, as they are for all time.
const GOLDEN: &[u8] = b"harness:12\nvar a = 1;\n\n\n\
    source:a.js:2\n1;\n\
    source:b.js#strict:/c/b.js:3\n2;\n\n\
    module-source:c d:0\n\n\
    module-source:e\x01:/c/e.mjs:16\nsource:forged:1\n\n\
    batch-boundary:7 of 9\n\
    document:/c/f:g.html\n\
    harness:0\n\n";

fn golden() -> Vec<Item> {
    vec![
        Item::Text(Header::Harness, Payload::Text("var a = 1;\n\n".into())),
        source("a.js", None, false, "1;"),
        source("b.js#strict", Some("/c/b.js"), false, "2;\n"),
        source("c d", None, true, ""),
        source("e\x01", Some("/c/e.mjs"), true, "source:forged:1\n"),
        Item::Boundary("7 of 9".into()),
        Item::Document("/c/f:g.html".into()),
        Item::Text(Header::Harness, Payload::Text("".into())),
    ]
}

#[test]
fn golden_manifest_is_read_as_it_was_meant() {
    assert_eq!(read(GOLDEN, &[]), Ok(golden()));
    for cut in 1..GOLDEN.len() {
        assert_eq!(read(GOLDEN, &[cut]), Ok(golden()), "cut at {cut}");
    }
    assert_eq!(read(GOLDEN, &[1; GOLDEN.len()]), Ok(golden()));
}

#[test]
fn what_is_put_is_what_the_golden_manifest_has() {
    let mut out = Vec::new();
    put_harness(b"var a = 1;\n\n", &mut out).unwrap();
    put_source(false, b"a.js", None, &[b"1;"], &mut out).unwrap();
    let parts: [&[u8]; 2] = [b"2;", b"\n"];
    put_source(false, b"b.js#strict", Some(b"/c/b.js"), &parts, &mut out).unwrap();
    put_source(true, b"c d", None, &[], &mut out).unwrap();
    let forged: [&[u8]; 1] = [b"source:forged:1\n"];
    put_source(true, b"e\x01", Some(b"/c/e.mjs"), &forged, &mut out).unwrap();
    let behind = GOLDEN.strip_prefix(out.as_slice());
    assert!(
        behind.is_some_and(|rest| rest.starts_with(b"batch-boundary")),
        "{behind:?}"
    );
}

#[test]
fn payload_beyond_the_limit_is_read_over_and_the_next_item_found() {
    let length = MAX_PAYLOAD + 1;
    let mut bytes = format!("source:large:{length}\n").into_bytes();
    bytes.resize(bytes.len() + length, b'x');
    bytes.extend_from_slice(b"\nsource:a.js:2\n1;\n");
    let header = Header::Source {
        name: "large".into(),
        path: None,
        module: false,
    };
    let expected = vec![
        Item::Text(header, Payload::TooLarge(length as u64)),
        source("a.js", None, false, "1;"),
    ];
    assert_eq!(read(&bytes, &[]), Ok(expected.clone()));
    assert_eq!(read(&bytes, &[4096; 2600]), Ok(expected));
    let mut out = Vec::new();
    let error = put_source(false, b"large", None, &[&bytes], &mut out).unwrap_err();
    assert!(
        matches!(error, LineError::TooLarge { .. }) && out.is_empty(),
        "{error}"
    );
}

#[test]
fn payload_of_the_limit_is_read() {
    let mut bytes = format!("harness:{MAX_PAYLOAD}\n").into_bytes();
    bytes.resize(bytes.len() + MAX_PAYLOAD, b'x');
    bytes.push(b'\n');
    let items = read(&bytes, &[5000]).unwrap();
    let [Item::Text(Header::Harness, Payload::Text(text))] = &items[..] else {
        panic!("{} items", items.len());
    };
    assert_eq!(text.len(), MAX_PAYLOAD);
}

#[test]
fn what_is_no_manifest_is_refused_with_its_place() {
    let long = format!("source:{}:1\n", "n".repeat(MAX_HEADER));
    let cases: [(&[u8], &str); 9] = [
        (b"harness:1\nx\nsauce:a:1\n", "header 2"),
        (b"source:a\n", "header 1"),
        (b"source:a:b:c:1\nx\n", "header 1"),
        (b"source:a:-1\nx\n", "header 1"),
        (b"source:a:+1\nx\n", "header 1"),
        (b"source:a:99999999999999999999\n", "header 1"),
        (b"source:a:1\nxy\n", "isn't followed by a newline"),
        (b"source:a:3\nx\n", "input ends inside"),
        (long.as_bytes(), "no newline within 4096 bytes"),
    ];
    for (bytes, told) in cases {
        let error = read(bytes, &[]).unwrap_err().to_string();
        assert!(error.contains(told), "{error}");
    }
    assert_eq!(read(b"harn", &[]), Err(LineError::CutShort { number: 1 }));
    assert_eq!(read(b"", &[]), Ok(Vec::new()));
}

#[test]
fn names_and_headers_that_would_break_the_framing_are_not_put() {
    let mut out = Vec::new();
    for (name, path) in [("a:b", None), ("a\nb", None), ("a", Some("b:c"))] {
        let path: Option<&[u8]> = path.map(str::as_bytes);
        let error = put_source(false, name.as_bytes(), path, &[], &mut out).unwrap_err();
        assert!(matches!(error, LineError::Uncarried { .. }), "{error}");
    }
    let name = vec![b'n'; MAX_HEADER];
    assert!(put_source(false, &name, None, &[], &mut out).is_err());
    assert!(out.is_empty());
    let longest = vec![b'n'; MAX_HEADER - "source::1\n".len()];
    put_source(false, &longest, None, &[b"x"], &mut out).unwrap();
    assert_eq!(read(&out, &[]).map(|items| items.len()), Ok(1));
}

fn cuts() -> impl Strategy<Value = Vec<usize>> {
    proptest::collection::vec(0usize..40, 0..12)
}

proptest! {
    #[test]
    fn any_cut_gives_the_same_items(
        cases in proptest::collection::vec((
            "[^:\n]{0,20}", proptest::option::of("[^:\n]{0,20}"), any::<bool>(),
            proptest::collection::vec(any::<u8>(), 0..60),
        ), 0..6),
        cuts in cuts(),
    ) {
        let mut bytes = Vec::new();
        let mut expected = Vec::new();
        for (name, path, module, text) in cases {
            let place = path.as_ref().map(String::as_bytes);
            put_source(module, name.as_bytes(), place, &[&text], &mut bytes).unwrap();
            let header = Header::Source { name: name.into(), path: path.map(Bytes::from), module };
            expected.push(Item::Text(header, Payload::Text(text.into())));
        }
        prop_assert_eq!(read(&bytes, &cuts), Ok(expected));
    }

    #[test]
    fn damage_ends_in_the_same_error_or_items_however_it_is_cut(
        at in 0..GOLDEN.len(), with in any::<u8>(), cuts in cuts(),
    ) {
        let mut bytes = GOLDEN.to_vec();
        bytes[at] = with;
        prop_assert_eq!(read(&bytes, &cuts), read(&bytes, &[]));
    }

    #[test]
    fn any_bytes_end_in_items_or_an_error(
        bytes in proptest::collection::vec(prop_oneof![
            Just(b':'), Just(b'\n'), Just(b'1'), Just(b'a'), any::<u8>()], 0..200),
        cuts in cuts(),
    ) {
        prop_assert_eq!(read(&bytes, &cuts), read(&bytes, &[]));
    }
}
