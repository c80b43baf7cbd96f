//! Modules: resolution, phases, kinds, evaluation.

use crate::common::{Fixture, completed, host_error, module_among, threw};
use rewind_guest::{Attributes, ErrorPhase, Variant};

#[test]
fn imports_are_relative_to_the_importing_file() {
    let seen = module_among(
        &[
            (
                "test/a.js",
                b"import { b } from './deep/b.js'; export const a = b + 1;",
            ),
            (
                "test/deep/b.js",
                b"import { c } from '../c.js'; export const b = c + 1;",
            ),
            ("test/c.js", b"export const c = 1;"),
        ],
        "import { a } from './a.js'; import { c } from './deep/../c.js'; print(a, c)",
    );
    completed(&seen);
    assert_eq!(seen.output, "3 1\n");
}

#[test]
fn file_is_evaluated_once_however_it_is_named() {
    let seen = module_among(
        &[
            ("test/once.js", b"print('once'); export let x;"),
            ("test/deep/d.js", b"import '../once.js';"),
        ],
        "import './once.js'; import './deep/d.js'; import './deep/.././once.js';
         await import('./once.js');",
    );
    completed(&seen);
    assert_eq!(seen.output, "once\n");
}

#[test]
fn module_imports_itself() {
    let source = "import * as self from './case.js'; export const x = 5; print(self.x);";
    let seen = module_among(&[("test/case.js", source.as_bytes())], source);
    completed(&seen);
    assert_eq!(seen.output, "5\n");
}

#[test]
fn cycles_link_and_evaluate_in_order() {
    let seen = module_among(
        &[
            (
                "test/a.js",
                b"import { b } from './b.js'; export function a() { return b; }",
            ),
            (
                "test/b.js",
                b"import { a } from './a.js'; export const b = 'b'; print(typeof a);",
            ),
        ],
        "import { a } from './a.js'; print(a());",
    );
    completed(&seen);
    assert_eq!(seen.output, "function\nb\n");
}

#[test]
fn errors_of_the_case_itself_are_thrown_in_parse() {
    let files: &[(&str, &[u8])] = &[("test/a.js", b"export let a;")];
    for source in [
        "import { a } from './a.js'; var = ;",
        "export { missing };",
        "export default 1; export default 2;",
        "import { a } from './a.js'; break;",
    ] {
        threw(
            &module_among(files, source),
            ErrorPhase::named("parse"),
            "SyntaxError",
        );
    }
}

#[test]
fn errors_of_imported_files_and_of_linking_are_thrown_in_resolution() {
    let files: &[(&str, &[u8])] = &[
        ("test/broken.js", b"0++;"),
        ("test/imports-broken.js", b"import './broken.js';"),
        ("test/a.js", b"export let x;"),
        ("test/b.js", b"export let x;"),
        (
            "test/both.js",
            b"export * from './a.js'; export * from './b.js';",
        ),
        ("test/broken.json", b"{"),
    ];
    for source in [
        "import './broken.js'",
        "import './imports-broken.js'",
        "import { none } from './a.js'",
        "import { x } from './both.js'",
        "export { none } from './a.js'",
        "import './broken.json' with { type: 'json' }",
    ] {
        threw(
            &module_among(files, source),
            ErrorPhase::named("resolution"),
            "SyntaxError",
        );
    }
}

#[test]
fn files_that_are_missing_or_outside_the_root_are_not_loaded() {
    for source in [
        "import './none.js'",
        "import '../../etc/passwd'",
        "import '/etc/passwd'",
    ] {
        let seen = module_among(&[], source);
        host_error(&seen, "missing-module");
        assert!(seen.message.contains("below the corpus root"), "{seen:#?}");
    }
}

#[test]
fn missing_file_is_the_hosts_error_however_it_is_asked_for() {
    let files: &[(&str, &[u8])] = &[
        ("test/a.js", b"import './none.js';"),
        ("test/b.js", b"await import('./none.js');"),
    ];
    for source in [
        "import './a.js'",
        "import './b.js'",
        "await import('./none.js')",
        "await import('./a.js')",
        "let kept; await import('./none.js').catch(e => { kept = e; });
         await import('./other.js').catch(() => {}); kept.message = 'x'; throw kept;",
    ] {
        host_error(&module_among(files, source), "missing-module");
    }
}

#[test]
fn hosts_error_that_a_case_catches_is_an_error_like_any_other() {
    let seen = module_among(
        &[],
        "await import('./none.js').catch(e => print(e instanceof ReferenceError));
         await import('./none.js').catch(e => { throw new e.constructor(e.message); });",
    );
    threw(&seen, ErrorPhase::RUNTIME, "ReferenceError");
    assert_eq!(seen.output, "true\n");
}

#[test]
fn module_of_a_type_that_the_host_lacks_is_its_error() {
    let files: &[(&str, &[u8])] = &[("test/a.js", b"")];
    let seen = module_among(files, "import './a.js' with { type: 'css' }");
    host_error(&seen, "unsupported-module");
    let seen = module_among(files, "await import('./a.js', { with: { type: 'css' } })");
    host_error(&seen, "unsupported-module");
}

#[test]
fn hosts_error_of_one_case_is_none_of_the_next() {
    let fixture = Fixture::new();
    let attributes = Attributes::NONE;
    let keep = "globalThis.kept = null;
         await import('./none.js').catch(e => { globalThis.kept = e; });";
    completed(&fixture.run(Variant::named(&"module"), attributes, "a.js", keep));
    let seen = fixture.run(Variant::named(&"module"), attributes, "b.js", "throw kept;");
    threw(&seen, ErrorPhase::RUNTIME, "ReferenceError");
}

#[test]
fn errors_of_evaluation_are_thrown_in_runtime() {
    let files: &[(&str, &[u8])] = &[("test/a.js", b"throw new RangeError('inside');")];
    let seen = module_among(files, "import './a.js'");
    threw(&seen, ErrorPhase::RUNTIME, "RangeError");
    assert_eq!(seen.message, "inside");
    assert!(seen.stack.contains("test/a.js:1"), "{seen:#?}");
    let seen = module_among(files, "await 0; throw new EvalError('own')");
    threw(&seen, ErrorPhase::RUNTIME, "EvalError");
}

#[test]
fn module_that_never_settles_is_the_hosts_error_unless_it_is_async() {
    let source = "await new Promise(() => {});";
    host_error(&module_among(&[], source), "pending-promise");
    let files: &[(&str, &[u8])] = &[("test/a.js", source.as_bytes())];
    for importing in ["import './a.js'", "await import('./a.js')"] {
        host_error(&module_among(files, importing), "pending-promise");
    }
    let fixture = Fixture::new();
    let attributes = Attributes::listed(&"async");
    completed(&fixture.run(Variant::named(&"module"), attributes, "a.js", source));
    threw(
        &fixture.run(
            Variant::named(&"module"),
            attributes,
            "b.js",
            "throw new TypeError('x')",
        ),
        ErrorPhase::RUNTIME,
        "TypeError",
    );
}

#[test]
fn json_text_and_bytes_modules_export_a_default() {
    let seen = module_among(
        &[
            ("test/a.json", br#"{ "x": [1, null] }"#),
            ("test/t.txt", "text é".as_bytes()),
            ("test/b.bin", b"\x00\xff"),
        ],
        r"import json from './a.json' with { type: 'json' };
          import bare from './a.json';
          import source from './a.json' with { type: 'text' };
          import text from './t.txt' with { type: 'text' };
          import bytes from './b.bin' with { type: 'bytes' };
          print(json.x[0], json.x[1], bare.x.length, source.length, text);
          print(bytes instanceof Uint8Array, bytes.join(), bytes.buffer.immutable);",
    );
    completed(&seen);
    assert_eq!(seen.output, "1 null 2 18 text é\ntrue 0,255 true\n");
}

#[test]
fn unknown_attributes_are_refused_in_resolution() {
    let files: &[(&str, &[u8])] = &[("test/a.js", b"")];
    let seen = module_among(files, "import './a.js' with { colour: 'red' }");
    threw(&seen, ErrorPhase::named("resolution"), "SyntaxError");
    let seen = module_among(
        files,
        "await import('./a.js', { with: { colour: 'red' } }).catch(e => print(e.name, e.message))",
    );
    completed(&seen);
    assert_eq!(
        seen.output,
        "TypeError import attribute 'colour' is not supported\n"
    );
}

#[test]
fn import_meta_has_a_url_and_says_which_module_is_the_case() {
    let fixture = Fixture::with_files(&[("test/a.js", b"export default import.meta;")]);
    let seen = fixture.run(
        Variant::named(&"module"),
        Attributes::NONE,
        "test/case.js",
        "import a from './a.js'; print(import.meta.url); print(import.meta.main);
         print(a.url); print(a.main);",
    );
    completed(&seen);
    let root = fixture.root.path().display();
    assert_eq!(
        seen.output,
        format!("file://{root}/test/case.js\ntrue\nfile://{root}/test/a.js\nfalse\n")
    );
}

#[test]
fn top_level_await_orders_imports() {
    let seen = module_among(
        &[
            (
                "test/slow.js",
                b"await 0; await 0; print('slow'); export default 1;",
            ),
            ("test/fast.js", b"print('fast');"),
        ],
        "import x from './slow.js'; import './fast.js'; print('case', x);",
    );
    completed(&seen);
    assert_eq!(seen.output, "fast\nslow\ncase 1\n");
}

#[test]
fn module_code_is_strict_and_has_no_prefix() {
    let seen = module_among(&[], "print(this, (function () { return this; })()); null.x");
    threw(&seen, ErrorPhase::RUNTIME, "TypeError");
    assert_eq!(seen.output, "undefined undefined\n");
    assert!(seen.stack.contains("test/case.js:1"), "{seen:#?}");
}
