use super::*;
use proptest::prelude::*;

fn parse(text: &str) -> Result<Timings, String> {
    Timings::parse(text.as_bytes(), 0, "k", Path::new("t.txt")).map_err(|error| error.to_string())
}

#[test]
fn save_then_load_returns_the_same() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("new/timings.txt");
    let mut timings = Timings::new("engine 1, both");
    timings.record(&Arc::from("test/b c.js"), Variant::named(&"strict"), 7);
    timings.record(&Arc::from("test/b c.js"), Variant::named(&"sloppy"), 0);
    timings.record(&Arc::from("test/a.js"), Variant::named(&"raw"), u32::MAX);
    timings.save(&path).unwrap();
    insta::assert_snapshot!(std::fs::read_to_string(&path).unwrap(), @r"
    rewind-timings 1
    key: engine 1, both
    2147483647 raw test/a.js
    1 sloppy test/b c.js
    7 strict test/b c.js
    ");
    let loaded = Timings::load(&path, "engine 1, both").unwrap();
    assert_eq!(loaded, timings);
    assert_eq!(
        loaded.get("test/b c.js", Variant::named(&"sloppy")),
        Some(1)
    );
    assert_eq!(loaded.get("test/b c.js", Variant::named(&"module")), None);
    assert!(Timings::load(&path, "engine 2, both").unwrap().is_empty());
}

#[test]
fn times_of_another_build_are_guesses_until_they_are_measured() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("t.txt");
    let (a, b) = (Arc::from("test/a.js"), Arc::from("test/b.js"));
    let mut timings = Timings::new("e, build 1");
    timings.record(&a, Variant::named(&"raw"), 500);
    timings.record(&b, Variant::named(&"raw"), 700);
    timings.save(&path).unwrap();
    let mut timings = Timings::load(&path, "e, build 2").unwrap();
    assert_eq!(timings.get("test/a.js", Variant::named(&"raw")), Some(500));
    assert!(!timings.is_changed());
    timings.record(&a, Variant::named(&"raw"), 501);
    assert!(timings.is_changed(), "what is measured replaces a guess");
    timings.save(&path).unwrap();
    insta::assert_snapshot!(std::fs::read_to_string(&path).unwrap(), @r"
    rewind-timings 1
    key: e, build 2
    501 raw test/a.js
    ~700 raw test/b.js
    ");
    let timings = Timings::load(&path, "e, build 2").unwrap();
    assert_eq!(timings.get("test/b.js", Variant::named(&"raw")), Some(700));
    let mut again = Vec::new();
    timings.write(&mut again).unwrap();
    assert_eq!(again, std::fs::read(&path).unwrap());
}

#[test]
fn record_keeps_what_would_not_change_a_plan() {
    let path = Arc::from("test/a.js");
    let mut timings = parse("rewind-timings 1\nkey: k\n500 raw test/a.js\n").unwrap();
    let mut after = |us| {
        timings.record(&path, Variant::named(&"raw"), us);
        (
            timings.get("test/a.js", Variant::named(&"raw")),
            timings.is_changed(),
        )
    };
    assert_eq!(after(9_900), (Some(500), false));
    assert_eq!(after(29_000), (Some(29_000), true));
    assert_eq!(after(42_000), (Some(29_000), true));
    assert_eq!(after(400), (Some(400), true));
}

#[test]
fn news_is_what_would_be_recorded() {
    let text = "rewind-timings 1\nkey: k\n500 raw test/a.js\n~500 raw test/b.js\n";
    let timings = parse(text).unwrap();
    for (path, us) in [("a", 500), ("a", 90_000), ("b", 500), ("c", 0)] {
        let path = format!("test/{path}.js");
        let mut after = timings.clone();
        after.record(&Arc::from(path.as_str()), Variant::named(&"raw"), us);
        let news = timings.reader().is_news(&path, Variant::named(&"raw"), us);
        assert_eq!(news, after.is_changed(), "{path} {us}");
    }
}

#[test]
fn load_without_file_returns_none_of_them() {
    for load in [Timings::load, Timings::load_unread] {
        assert!(load(Path::new("no/such"), "k").unwrap().is_empty());
    }
}

#[test]
fn load_unread_refuses_what_is_no_file_of_timings() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("t.txt");
    for text in [
        &b""[..],
        b"x",
        b"rewind-timings 1\n",
        b"rewind-timings 1\nkey: k\n\xff",
    ] {
        std::fs::write(&path, text).unwrap();
        assert!(Timings::load_unread(&path, "k").is_err(), "{text:?}");
    }
    std::fs::write(&path, "rewind-timings 1\nkey: other\n1 raw a\n").unwrap();
    assert!(Timings::load_unread(&path, "k").unwrap().is_empty());
    let damaged = "rewind-timings 1\nkey: k\n1 raw a\n\nx\n2 raw c\n";
    std::fs::write(&path, damaged).unwrap();
    let mut timings = Timings::load_unread(&path, "k").unwrap();
    assert!(!timings.is_empty());
    timings.record(&Arc::from("b"), Variant::named(&"raw"), 3);
    assert_eq!(
        timings,
        parse("rewind-timings 1\nkey: k\n1 raw a\n3 raw b\n2 raw c\n").unwrap()
    );
}

#[test]
fn parse_wrong_line_names_it() {
    assert!(
        parse("")
            .unwrap_err()
            .contains("t.txt:1: expected `rewind-timings 1`")
    );
    assert!(
        parse("rewind-timings 1\n")
            .unwrap_err()
            .contains("t.txt:2: expected `key")
    );
    for line in [
        "x sloppy a",
        "1 lazy a",
        "1 sloppy",
        "1 sloppy ",
        "-1 raw a",
        "1",
    ] {
        let error = parse(&format!("rewind-timings 1\nkey: k\n\n{line}\n")).unwrap_err();
        assert!(error.contains("t.txt:4: expected `MICROSECONDS"), "{error}");
    }
}

#[test]
fn file_that_somebody_has_put_together_is_read_as_a_sorted_one() {
    let text = "rewind-timings 1\nkey: k\n7 raw c\n~9 raw a\n5 raw b\n8 strict c\n4 raw a\n";
    let timings = parse(text).unwrap();
    let mut again = Vec::new();
    timings.write(&mut again).unwrap();
    insta::assert_snapshot!(String::from_utf8(again).unwrap(), @r"
    rewind-timings 1
    key: k
    4 raw a
    5 raw b
    8 strict c
    7 raw c
    ");
    assert!(!timings.is_changed());
    assert_eq!(timings.len(), 3);
}

proptest! {
    #[test]
    fn file_that_was_not_looked_at_says_the_same(
        known in proptest::collection::btree_set((0u32..60, 0usize..4), 0..80),
        asked in proptest::collection::vec(0u32..60, 0..80),
        sorted: bool,
        key in prop::sample::select(vec!["e, build 1", "e, build 2"]),
    ) {
        let mut text = "rewind-timings 1\nkey: e, build 1\n".to_owned();
        for (number, variant) in &known {
            // Of different lengths, so that steps end anywhere in a line.
            let path = format!("test/{number:02}/{}.js", "x".repeat(*number as usize % 7 * 9));
            text.push_str(&format!("{} {} {path}\n", number * 9 + 1, VARIANTS[*variant]));
        }
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("t.txt");
        std::fs::write(&file, text).unwrap();
        let read = Timings::load(&file, key).unwrap();
        let unread = Timings::load_unread(&file, key).unwrap();
        prop_assert_eq!(unread.is_empty(), read.is_empty());
        let mut asked = asked;
        if sorted {
            asked.sort_unstable();
        }
        let (mut reader, mut other) = (read.reader(), unread.reader());
        for number in asked {
            let path = format!("test/{number:02}/{}.js", "x".repeat(number as usize % 7 * 9));
            for variant in VARIANTS {
                prop_assert_eq!(other.get(&path, variant), reader.get(&path, variant));
                let news = (other.is_news(&path, variant, 7), reader.is_news(&path, variant, 7));
                prop_assert_eq!(news.0, news.1);
            }
        }
        prop_assert_eq!((unread.len(), &unread), (read.len(), &read));
        let (mut one, mut two) = (Vec::new(), Vec::new());
        read.write(&mut one).unwrap();
        unread.write(&mut two).unwrap();
        prop_assert_eq!(one, two);
    }

    #[test]
    fn reader_finds_what_get_finds_in_any_order(
        known in proptest::collection::btree_set(0u32..60, 0..40),
        asked in proptest::collection::vec(0u32..60, 0..80),
        recorded in 0u32..60,
    ) {
        let name = |number: u32| format!("test/{number:02}.js");
        let mut text = "rewind-timings 1\nkey: k\n".to_owned();
        for number in &known {
            text.push_str(&format!("{} raw {}\n", number + 1, name(*number)));
        }
        let mut timings = parse(&text).unwrap();
        timings.record(&Arc::from(name(recorded)), Variant::named(&"raw"), 1);
        let mut reader = timings.reader();
        for number in asked {
            let (path, raw) = (name(number), Variant::named(&"raw"));
            let expected = if known.contains(&number) {
                Some(number + 1)
            } else {
                (number == recorded).then_some(1)
            };
            prop_assert_eq!(timings.get(&path, raw), expected);
            prop_assert_eq!(reader.get(&path, raw), expected);
            prop_assert_eq!(reader.get(&path, Variant::named(&"strict")), None);
        }
    }

    #[test]
    fn parse_never_panics(text in "(rewind-timings 1\nkey: k\n)?[\\PC\n]*") {
        let _ = parse(&text);
    }
}

#[test]
fn paths_that_cannot_stand_in_a_line_come_back() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("t.txt");
    let names = ["a\nb.js", "a.js", "a\\x.js", "z.js", "\r", " c", "# d"];
    let mut timings = Timings::new("e");
    for (us, name) in (1..).zip(names) {
        timings.record(&Arc::from(name), Variant::named(&"raw"), us);
    }
    timings.save(&path).unwrap();
    insta::assert_snapshot!(std::fs::read_to_string(&path).unwrap(), @r"
    rewind-timings 2
    key: e
    5 raw \r
    6 raw \ c
    7 raw \# d
    1 raw a\nb.js
    2 raw a.js
    3 raw a\\x.js
    4 raw z.js
    ");
    for loaded in [Timings::load(&path, "e"), Timings::load_unread(&path, "e")] {
        let loaded = loaded.unwrap();
        assert_eq!(loaded, timings);
        for (us, name) in (1..).zip(names) {
            assert_eq!(
                loaded.get(name, Variant::named(&"raw")),
                Some(us),
                "{name:?}"
            );
        }
    }
    std::fs::write(&path, "rewind-timings 2\nkey: e\n1 raw a\\q\n").unwrap();
    assert!(Timings::load(&path, "e").is_err());
    // In a file of before a `\` stands for itself.
    std::fs::write(&path, "rewind-timings 1\nkey: e\n1 raw a\\n\n").unwrap();
    let old = Timings::load(&path, "e").unwrap();
    assert_eq!(old.get("a\\n", Variant::named(&"raw")), Some(1));
}

proptest! {
    #[test]
    fn any_paths_come_back_from_a_file(paths in prop::collection::btree_set("([a-c/ #\\n\\r\\\\]|\\PC){1,9}", 1..9)) {
        let mut timings = Timings::new("k");
        for path in &paths {
            timings.record(&Arc::from(path.as_str()), Variant::named(&"module"), 3);
        }
        let mut text = Vec::new();
        timings.write(&mut text).unwrap();
        let text = String::from_utf8(text).unwrap();
        prop_assert_eq!(parse(&text).unwrap(), timings);
    }
}
