//! Scripts: phases, names, strictness, printing, realms, the host's objects.

use crate::common::{Fixture, HARNESS, completed, in_variant, sloppy, threw};
use rewind_guest::{Attributes, ErrorPhase, Source, Variant};
use rewind_guest::{Evaluation, Guest, GuestOptions, Reach};
use rewind_guest_quickjs::QuickJs;

const ASYNC: Attributes = Attributes::listed(&"async");

#[test]
fn describe_names_the_engine_and_its_reach() {
    let description = QuickJs::new().describe();
    assert_eq!(description.name, "quickjs");
    assert_eq!(description.version, "0.16.2");
    assert_eq!(description.reach, Reach::Memory);
    assert_eq!(description.capabilities, ["can-block"]);
    let options = GuestOptions {
        faults: true,
        ..GuestOptions::default()
    };
    assert_eq!(
        QuickJs::for_options(&options).describe().reach,
        Reach::Process
    );
}

#[test]
fn script_without_error_completes() {
    completed(&sloppy("assert.same(1 + 1, 2);"));
}

#[test]
fn syntax_and_early_errors_are_thrown_in_parse() {
    threw(
        &sloppy("var a = ;"),
        ErrorPhase::named("parse"),
        "SyntaxError",
    );
    threw(
        &sloppy("let a; let a;"),
        ErrorPhase::named("parse"),
        "SyntaxError",
    );
    threw(&sloppy("/(/"), ErrorPhase::named("parse"), "SyntaxError");
}

#[test]
fn errors_of_running_code_are_thrown_in_runtime() {
    let seen = sloppy("null.x");
    threw(&seen, ErrorPhase::RUNTIME, "TypeError");
    assert!(seen.stack.contains("test/case.js:1"), "{seen:#?}");
    threw(&sloppy("missing"), ErrorPhase::RUNTIME, "ReferenceError");
    threw(
        &sloppy("eval('var a = ;')"),
        ErrorPhase::RUNTIME,
        "SyntaxError",
    );
}

#[test]
fn redeclaring_a_global_lexically_is_thrown_in_runtime() {
    let fixture = Fixture::new();
    assert_eq!(fixture.preamble("let taken = 1;"), Evaluation::Completed);
    let attributes = Attributes::NONE;
    let seen = fixture.run(
        Variant::named(&"sloppy"),
        attributes,
        "a.js",
        "print('ran'); let taken;",
    );
    threw(&seen, ErrorPhase::RUNTIME, "SyntaxError");
    assert_eq!(seen.output, "", "nothing may run before");
}

#[test]
fn name_is_the_constructors_and_message_the_values() {
    let seen = sloppy("throw new Test262Error('why')");
    threw(&seen, ErrorPhase::RUNTIME, "Test262Error");
    assert_eq!(seen.message, "why");
    let seen = sloppy("class Odd extends RangeError {}; throw new Odd('x')");
    threw(&seen, ErrorPhase::RUNTIME, "Odd");
    assert_eq!(seen.message, "x");
    let seen = sloppy("var e = new TypeError('x'); e.name = 'Other'; throw e");
    threw(&seen, ErrorPhase::RUNTIME, "TypeError");
    let seen = sloppy("throw { name: 'Plain', constructor: undefined }");
    threw(&seen, ErrorPhase::RUNTIME, "Plain");
    let seen = sloppy("throw { get constructor() { throw 1 }, get message() { throw 2 } }");
    threw(&seen, ErrorPhase::RUNTIME, "");
    assert_eq!(seen.message, "[object Object]");
}

#[test]
fn values_that_are_no_objects_have_a_message_and_no_name() {
    for (thrown, message) in [
        ("1.5", "1.5"),
        ("'text'", "text"),
        ("null", "null"),
        ("undefined", "undefined"),
        ("Symbol('s')", "s"),
        ("10n", "10"),
    ] {
        let seen = sloppy(&format!("throw {thrown}"));
        threw(&seen, ErrorPhase::RUNTIME, "");
        assert_eq!(seen.message, message);
        assert_eq!(seen.stack, "");
    }
}

#[test]
fn running_out_of_stack_is_an_ordinary_error() {
    let seen = sloppy("(function f() { f(); })()");
    threw(&seen, ErrorPhase::RUNTIME, "RangeError");
    let seen = sloppy(&format!("{}1{}", "[".repeat(100_000), "]".repeat(100_000)));
    assert!(matches!(seen.evaluation, Evaluation::Threw(_)), "{seen:#?}");
}

#[test]
fn running_out_of_memory_is_told_apart() {
    let fixture = Fixture::with(&[], true);
    // A RangeError of the engine's says that a string is too long; this is what
    // it throws when malloc gives nothing.
    let seen = fixture.run(
        Variant::named(&"sloppy"),
        Attributes::NONE,
        "a.js",
        "throw Object.assign(new InternalError('out of memory'), {})",
    );
    assert_eq!(seen.evaluation, Evaluation::OutOfMemory);
}

#[test]
fn strict_prefix_stands_at_the_first_character() {
    let undefined_this = "(function () { return this === undefined; })()";
    completed(&in_variant(
        Variant::named(&"strict"),
        &format!("assert({undefined_this})"),
    ));
    completed(&in_variant(
        Variant::named(&"sloppy"),
        &format!("assert(!{undefined_this})"),
    ));
    // Anything but a directive before it would make the prefix one no more.
    completed(&in_variant(
        Variant::named(&"strict"),
        &format!("/* first */ assert({undefined_this})"),
    ));
    threw(
        &in_variant(Variant::named(&"strict"), "#!x\n"),
        ErrorPhase::named("parse"),
        "SyntaxError",
    );
    completed(&in_variant(Variant::named(&"sloppy"), "#!x\n"));
    threw(
        &in_variant(Variant::named(&"strict"), "with ({}) {}"),
        ErrorPhase::named("parse"),
        "SyntaxError",
    );
}

/// Lines and columns are those of the file, in the stack that the host is told
/// as in the one that a test reads, and in early errors. (Where nothing stands
/// before it, the engine counts columns of the first line from 0.)
#[test]
fn places_are_the_same_sloppy_and_strict() {
    for (source, lines) in [
        ("null.x", &[1][..]),
        ("  null.x", &[1]),
        ("\nnull.x", &[2]),
        ("/* 1\n2 */\n\n  null.x;", &[4]),
        ("'use strict';\nnull.x", &[2]),
        ("--> a remark\nnull.x", &[2]),
        ("\nfunction f() { null.x; }\n\n f();", &[2, 4]),
        ("\nvar a = ]", &[2]),
        ("var a = ]", &[1]),
    ] {
        let sloppy = in_variant(Variant::named(&"sloppy"), source);
        let strict = in_variant(Variant::named(&"strict"), source);
        if !lines.contains(&1) {
            assert_eq!(sloppy.stack, strict.stack, "{source}");
        }
        for line in lines {
            let place = format!("test/case.js:{line}:");
            assert!(sloppy.stack.contains(&place), "{sloppy:#?}");
            assert!(strict.stack.contains(&place), "{strict:#?}");
        }
    }
    for variant in [Variant::named(&"sloppy"), Variant::named(&"strict")] {
        let seen = in_variant(variant, "\nprint(new Error().stack.trim())");
        assert!(seen.output.contains("test/case.js:2:"), "{seen:#?}");
    }
}

#[test]
fn raw_case_has_the_hosts_objects_and_no_harness() {
    let seen = in_variant(
        Variant::named(&"raw"),
        "print(typeof print, typeof $262, typeof assert, typeof $rewind)",
    );
    completed(&seen);
    assert_eq!(seen.output, "function object undefined undefined\n");
}

#[test]
fn source_with_a_nul_or_bytes_that_are_no_utf8_is_taken_as_it_is() {
    threw(
        &sloppy("var a\0b;"),
        ErrorPhase::named("parse"),
        "SyntaxError",
    );
    completed(&sloppy("assert.same('\0'.length, 1);"));
}

#[test]
fn print_joins_its_arguments_as_text() {
    let seen = sloppy(
        "print('a', 1, null, { toString() { return 'o'; } }); print(); print('é\\u{1F600}')",
    );
    completed(&seen);
    assert_eq!(seen.output, "a 1 null o\n\né\u{1F600}\n");
    threw(&sloppy("print(Symbol())"), ErrorPhase::RUNTIME, "TypeError");
}

#[test]
fn print_counts_the_signals_of_async_cases() {
    let seen = sloppy("print('Test262:AsyncTestComplete'); print('Test262:AsyncTestComplete')");
    assert_eq!(seen.notices, [("async-completed", 2, String::new())]);
    let seen = sloppy(
        "print('Test262:AsyncTestFailure:Error: x'); print('Test262:AsyncTestFailure:', 'y');",
    );
    assert_eq!(seen.notices, [("async-failed", 2, "Error: x".to_owned())]);
    // The first argument alone signals; the others belong to the reason.
    let seen =
        sloppy("print('Test262:AsyncTestComplete', 1); print('Test262:AsyncTestComplete', 2, '')");
    assert_eq!(seen.notices, [("async-completed", 2, String::new())]);
    assert_eq!(
        seen.output,
        "Test262:AsyncTestComplete 1\nTest262:AsyncTestComplete 2 \n"
    );
    let seen = sloppy("print('Test262:AsyncTestFailure:', 'a', 'b')");
    assert_eq!(seen.notices, [("async-failed", 1, " a b".to_owned())]);
    let seen = sloppy(
        "print('x', 'Test262:AsyncTestComplete'); print('', 'Test262:AsyncTestFailure:');
         print(); print('Test262:AsyncTest', 'Complete'); print('Test262:AsyncTestFailure', ':')",
    );
    assert_eq!(seen.notices, []);
    let seen = sloppy("print('Test262:AsyncTestComplete.'); print(' Test262:AsyncTestComplete')");
    assert_eq!(seen.notices, []);
}

#[test]
fn hosts_properties_are_writable_configurable_and_not_enumerable() {
    completed(&sloppy(
        r"for (const name of ['print', '$262']) {
            const d = Object.getOwnPropertyDescriptor(globalThis, name);
            assert(d.writable && d.configurable && !d.enumerable, name);
          }
          assert.same(print.name, 'print');
          assert.same(typeof gc, 'undefined');
          assert.same($262.global, globalThis);
          assert.same(Object.keys(globalThis).includes('$262'), false);",
    ));
}

#[test]
fn jobs_are_drained_for_every_script() {
    let fixture = Fixture::new();
    let source = "Promise.resolve().then(() => print('job'))";
    for attributes in [Attributes::NONE, ASYNC] {
        let seen = fixture.run(Variant::named(&"sloppy"), attributes, "a.js", source);
        completed(&seen);
        assert_eq!(seen.output, "job\n");
    }
}

#[test]
fn callback_of_a_finalization_registry_that_throws_fails_async_cases_only() {
    let source = "globalThis.r = new FinalizationRegistry(() => { throw new RangeError('late'); });
        r.register({}, 1); $262.gc(); print('end')";
    let fixture = Fixture::new();
    completed(&fixture.run(Variant::named(&"sloppy"), Attributes::NONE, "a.js", source));
    let seen = fixture.run(Variant::named(&"sloppy"), ASYNC, "a.js", source);
    threw(&seen, ErrorPhase::RUNTIME, "RangeError");
    assert_eq!(seen.output, "end\n");
}

#[test]
fn preamble_that_throws_says_so() {
    let fixture = Fixture::new();
    assert_eq!(
        fixture.preamble("throw new TypeError('broken')"),
        Evaluation::Threw(ErrorPhase::PREAMBLE)
    );
    fixture
        .host
        .thrown_message
        .read(|text| assert_eq!(text, b"broken"));
    fixture.host.thrown_stack.read(|text| {
        assert!(String::from_utf8_lossy(text).contains("harness/assert.js:1"));
    });
}

#[test]
fn preamble_sources_share_the_global_scope_with_the_case() {
    let fixture = Fixture::new();
    let source = |text: &str| Source {
        name: "a.js".to_owned(),
        text: text.to_owned().into(),
    };
    let sources = [source("let a = 1; var b = 2;"), source("const c = a + b;")];
    assert_eq!(
        fixture.guest.preamble(fixture.host, &sources),
        Evaluation::Completed
    );
    let seen = fixture.run(
        Variant::named(&"strict"),
        Attributes::NONE,
        "x.js",
        "print(a, b, c)",
    );
    assert_eq!(seen.output, "1 2 3\n");
}

#[test]
fn realms_have_globals_and_host_objects_of_their_own() {
    completed(&sloppy(
        r"const other = $262.createRealm();
          assert(other !== $262 && other.global !== globalThis);
          assert.same(other.global.$262, other);
          assert(other.global.Array !== Array);
          assert.same(typeof other.global.print, 'function');
          other.evalScript('var inThere = 1; let lexical = 2;');
          assert.same(other.global.inThere, 1);
          assert.same(typeof inThere, 'undefined');
          assert.same(other.evalScript('lexical'), 2);
          const evalScript = other.evalScript;
          evalScript('var again = 1');
          assert.same(other.global.again, 1);
          $262.evalScript('let mine = 3');
          assert.same(mine, 3);
          let error;
          try { other.evalScript('null.x') } catch (e) { error = e; }
          assert.same(error.constructor, other.global.TypeError);",
    ));
    let seen = sloppy("throw new ($262.createRealm().global.TypeError)('far')");
    threw(&seen, ErrorPhase::RUNTIME, "TypeError");
}

#[test]
fn buffers_are_detached_and_html_dda_passes_for_undefined() {
    completed(&sloppy(
        r"const buffer = new ArrayBuffer(8), bytes = new Uint8Array(buffer);
          $262.detachArrayBuffer(buffer);
          assert.same(buffer.detached, true);
          assert.same(bytes.length, 0);
          const odd = $262.IsHTMLDDA;
          assert.same(typeof odd, 'undefined');
          assert(odd == null && odd !== undefined);
          assert.same(odd(), null);
          assert.same(odd(''), null);",
    ));
}

#[test]
fn main_agent_blocks_unless_the_case_says_otherwise() {
    let fixture = Fixture::new();
    let wait = "print(Atomics.wait(new Int32Array(new SharedArrayBuffer(8)), 0, 0, 1))";
    let cannot = Attributes::listed(&"cannot-block");
    let seen = fixture.run(Variant::named(&"sloppy"), Attributes::NONE, "a.js", wait);
    assert_eq!(seen.output, "timed-out\n");
    threw(
        &fixture.run(Variant::named(&"sloppy"), cannot, "a.js", wait),
        ErrorPhase::RUNTIME,
        "TypeError",
    );
    completed(&fixture.run(Variant::named(&"sloppy"), Attributes::NONE, "a.js", wait));
}

#[test]
fn growable_shared_buffers_exist() {
    completed(&sloppy(
        r"const buffer = new SharedArrayBuffer(4, { maxByteLength: 16 });
          buffer.grow(8);
          assert.same(buffer.byteLength, 8);",
    ));
}

#[test]
fn every_phase_of_a_script_is_marked() {
    let fixture = Fixture::new();
    assert_eq!(fixture.preamble(HARNESS), Evaluation::Completed);
    let source = "for (let i = 0; i < 1e5; i++); Promise.resolve().then(() => 1)";
    let seen = fixture.run(Variant::named(&"sloppy"), Attributes::NONE, "a.js", source);
    completed(&seen);
    let phases = seen.phases;
    for (phase, nanos) in [
        ("load", phases.load),
        ("compile", phases.compile),
        ("execute", phases.execute),
        ("jobs", phases.jobs),
    ] {
        assert!(nanos.0 > 0, "{phase}: {phases:?}");
    }
    assert_eq!(fixture.host.phase(), rewind_guest::Phase::Capture);
    let seen = fixture.run(
        Variant::named(&"sloppy"),
        Attributes::NONE,
        "a.js",
        "var = ;",
    );
    assert_eq!(
        seen.phases.execute.0, 0,
        "a case that doesn't parse isn't executed"
    );
    assert_eq!(fixture.host.phase(), rewind_guest::Phase::Capture);
}

#[test]
fn dynamic_import_works_from_scripts_and_from_code_that_is_in_no_file() {
    let fixture = Fixture::with_files(&[("test/a.js", b"export default 7;")]);
    let source = "import('./a.js').then(m => print(m.default), print);
        $262.evalScript(\"import('./a.js').then(m => print(m.default), print)\");
        eval(\"import('./a.js').then(m => print(m.default), print)\");
        import('./none.js').then(print, e => print(e.name));";
    let seen = fixture.run(Variant::named(&"sloppy"), ASYNC, "test/case.js", source);
    completed(&seen);
    assert_eq!(seen.output, "ReferenceError\n7\n7\n7\n");
}

#[test]
fn clock_is_read_once_for_each_phase_of_a_case() {
    for (variant, source) in [
        (Variant::named(&"sloppy"), "1;"),
        (Variant::named(&"raw"), "throw 1;"),
        (Variant::named(&"module"), "await 0;"),
    ] {
        let seen = in_variant(variant, source);
        // Load, compile, execute, jobs, capture. The worker adds two: for the
        // restore, and its end.
        assert_eq!(seen.readings, 5, "{seen:#?}");
    }
    let unparsable = sloppy("(");
    assert_eq!(unparsable.readings, 4, "it has no execution");
}
