//! What each case of `corpus/` has to end with: the rules of test262 as a table.
//!
//! It follows the rules, not the program: where the two differ, the program is
//! wrong. A case that is missing here, or there, fails the comparison.

/// One rule, with the folder below `corpus/test/` whose cases show it.
pub(crate) struct Rule {
    pub(crate) folder: &'static str,
    pub(crate) text: &'static str,
    pub(crate) cases: &'static [Case],
}

/// A file, in the variants that end alike.
pub(crate) struct Case {
    /// Relative to the rule's folder.
    pub(crate) file: &'static str,
    pub(crate) variants: &'static [&'static str],
    pub(crate) verdict: &'static str,
    /// Kind of the outcome, and the phase of what was thrown.
    pub(crate) outcome: &'static str,
    /// The reason given: whole, but for a crash, where it only begins so.
    pub(crate) why: &'static str,
}

type Variants = &'static [&'static str];
const BOTH: Variants = &["sloppy", "strict"];
const SLOPPY: Variants = &["sloppy"];
const STRICT: Variants = &["strict"];
const MODULE: Variants = &["module"];
const RAW: Variants = &["raw"];

/// Why a module fails that nobody will ever settle.
const PENDING: &str =
    "host error pending-promise: the module's evaluation waits for what never comes";

const fn passes(file: &'static str, variants: Variants) -> Case {
    ends(file, variants, "pass", "completed", "")
}

/// A negative test that is met.
const fn passes_throwing(file: &'static str, variants: Variants, phase: &'static str) -> Case {
    let outcome = match phase.as_bytes() {
        b"parse" => "threw parse",
        b"resolution" => "threw resolution",
        _ => "threw runtime",
    };
    ends(file, variants, "pass", outcome, "")
}

const fn fails(
    file: &'static str,
    variants: Variants,
    outcome: &'static str,
    why: &'static str,
) -> Case {
    ends(file, variants, "fail", outcome, why)
}

const fn skipped(file: &'static str, variants: Variants, why: &'static str) -> Case {
    ends(file, variants, "skip", "skipped", why)
}

const fn ends(
    file: &'static str,
    variants: Variants,
    verdict: &'static str,
    outcome: &'static str,
    why: &'static str,
) -> Case {
    Case {
        file,
        variants,
        verdict,
        outcome,
        why,
    }
}

pub(crate) const MODEL: &[Rule] = &[
    Rule {
        folder: "realm",
        text: "every execution has a realm of its own, and a script is global code",
        cases: &[
            passes("fresh-a.js", BOTH),
            passes("fresh-b.js", BOTH),
            passes("global-code.js", SLOPPY),
            passes("include-polluted.js", BOTH),
            passes("include-stays-out.js", BOTH),
            passes_throwing("return-outside-function.js", BOTH, "parse"),
        ],
    },
    Rule {
        folder: "preamble",
        text: "assert.js, sta.js, doneprintHandle.js for async tests, then the includes as listed",
        cases: &[
            passes("assert-then-sta.js", BOTH),
            passes("done-before-includes.js", BOTH),
            passes("harness-is-sloppy.js", STRICT),
            fails(
                "harness-throws-as-declared.js",
                BOTH,
                "threw preamble",
                "harness file threw TypeError: the harness is broken",
            ),
            fails(
                "harness-throws.js",
                BOTH,
                "threw preamble",
                "harness file threw TypeError: the harness is broken",
            ),
            passes("includes-as-block.js", BOTH),
            passes("includes-in-listed-order.js", BOTH),
            passes("includes-listed-twice.js", BOTH),
            passes("module-has-harness.js", MODULE),
        ],
    },
    Rule {
        folder: "host",
        text: "print and $262, with all members, none enumerable",
        cases: &[
            passes("create-realm.js", BOTH),
            passes("cross-realm-caught.js", BOTH),
            passes_throwing("cross-realm-uncaught.js", BOTH, "runtime"),
            fails(
                "cross-realm-wrong.js",
                BOTH,
                "threw runtime",
                "expected RangeError (runtime), got TypeError: cannot read property 'x' of null",
            ),
            passes("detach-array-buffer.js", BOTH),
            passes("eval-script-lexical.js", BOTH),
            passes("eval-script.js", BOTH),
            passes("gc.js", BOTH),
            passes("html-dda.js", BOTH),
            passes("members.js", BOTH),
            passes("not-enumerable.js", BOTH),
            passes("print-can-be-replaced.js", SLOPPY),
        ],
    },
    Rule {
        folder: "variant",
        text: "sloppy and strict unless a flag says otherwise; the directive is the first thing of a strict run",
        cases: &[
            fails(
                "both-sloppy-fails.js",
                SLOPPY,
                "threw runtime",
                "Test262Error: this run is sloppy",
            ),
            passes("both-sloppy-fails.js", STRICT),
            passes("both-strict-fails.js", SLOPPY),
            fails(
                "both-strict-fails.js",
                STRICT,
                "threw runtime",
                "Test262Error: this run is strict",
            ),
            passes("directive-at-first-character.js", SLOPPY),
            fails(
                "directive-at-first-character.js",
                STRICT,
                "threw parse",
                "SyntaxError: invalid first character of private name (parse)",
            ),
            passes_throwing("directive-covers-prologue.js", STRICT, "parse"),
            passes("directive-ends-its-line.js", BOTH),
            passes("directive-of-the-test.js", SLOPPY),
            passes_throwing("module-goal.js", BOTH, "parse"),
            passes("module.js", MODULE),
            passes("no-strict.js", SLOPPY),
            passes("only-strict.js", STRICT),
        ],
    },
    Rule {
        folder: "raw",
        text: "once, untouched, without harness",
        cases: &[
            fails(
                "async-silent.js",
                RAW,
                "completed",
                "async test did not call $DONE",
            ),
            passes("async.js", RAW),
            passes("includes-ignored.js", RAW),
            passes("module.js", MODULE),
            passes_throwing("negative.js", RAW, "parse"),
            passes("no-harness.js", RAW),
            passes("sloppy.js", RAW),
            passes("untouched-directive.js", RAW),
            passes("untouched-hashbang.js", RAW),
        ],
    },
    Rule {
        folder: "fixture",
        text: "fixtures and what isn't JavaScript are no tests",
        cases: &[passes("next-to-fixtures.js", BOTH)],
    },
    Rule {
        folder: "module",
        text: "specifiers, JSON, circles, dynamic import, top-level await",
        cases: &[
            passes("cycle.js", MODULE),
            passes("dynamic-from-module.js", MODULE),
            passes("dynamic-from-script.js", BOTH),
            passes("dynamic-missing.js", BOTH),
            passes_throwing("json-damaged.js", MODULE, "resolution"),
            passes("json-by-suffix.js", MODULE),
            passes("json.js", MODULE),
            passes_throwing("missing-export.js", MODULE, "resolution"),
            fails(
                "missing-file.js",
                MODULE,
                "host-error",
                "host error missing-module: no module 'test/module/missing_FIXTURE.js' below the corpus root",
            ),
            passes("parent-folder.js", MODULE),
            passes("registry-a.js", MODULE),
            passes("registry-b.js", MODULE),
            passes("relative-to-importer.js", MODULE),
            passes("relative.js", MODULE),
            passes("self.js", MODULE),
            passes_throwing("top-level-await-declared.js", MODULE, "runtime"),
            fails("top-level-await-forever.js", MODULE, "host-error", PENDING),
            fails(
                "top-level-await-throws.js",
                MODULE,
                "threw runtime",
                "Test262Error: after an await",
            ),
            passes("top-level-await.js", MODULE),
            fails(
                "unparsable-import-as-parse.js",
                MODULE,
                "threw resolution",
                "expected SyntaxError (parse), got SyntaxError: variable name expected (resolution)",
            ),
            passes_throwing("unparsable-import.js", MODULE, "resolution"),
        ],
    },
    Rule {
        folder: "negative",
        text: "the constructor's name, whole, in exactly the phase declared; never a crash, an exit, a timeout or the host's own error",
        cases: &[
            fails(
                "caught.js",
                BOTH,
                "completed",
                "expected TypeError (runtime), nothing was thrown",
            ),
            ends("crash.js", SLOPPY, "crash", "crashed", "SIGSEGV"),
            fails("exit.js", SLOPPY, "exited", "exited with status 3"),
            fails(
                "in-a-job.js",
                BOTH,
                "completed",
                "expected TypeError (runtime), nothing was thrown",
            ),
            fails(
                "missing-dynamic.js",
                MODULE,
                "host-error",
                "host error missing-module: no module 'test/negative/missing_FIXTURE.js' below the corpus root",
            ),
            fails(
                "missing-file.js",
                MODULE,
                "host-error",
                "host error missing-module: no module 'test/negative/missing_FIXTURE.js' below the corpus root",
            ),
            fails(
                "nothing-thrown.js",
                BOTH,
                "completed",
                "expected TypeError (runtime), nothing was thrown",
            ),
            fails(
                "parse-at-resolution.js",
                MODULE,
                "threw resolution",
                "expected SyntaxError (parse), got SyntaxError: Could not find export 'missing' in module 'test/module/value_FIXTURE.js' (resolution)",
            ),
            fails(
                "parse-at-runtime.js",
                BOTH,
                "threw runtime",
                "expected SyntaxError (parse), got SyntaxError: too late",
            ),
            fails(
                "parse-by-eval.js",
                SLOPPY,
                "threw runtime",
                "expected SyntaxError (parse), got SyntaxError: unexpected token in expression: '='",
            ),
            fails(
                "parse-by-eval.js",
                STRICT,
                "threw runtime",
                "expected SyntaxError (parse), got SyntaxError: variable name expected",
            ),
            passes_throwing("parse-early-in-function.js", BOTH, "parse"),
            passes_throwing("parse-early.js", BOTH, "parse"),
            fails(
                "parse-evaluated.js",
                BOTH,
                "threw runtime",
                "expected SyntaxError (parse), got this must never run",
            ),
            fails(
                "parse-only-strict.js",
                SLOPPY,
                "completed",
                "expected SyntaxError (parse), nothing was thrown",
            ),
            passes_throwing("parse-only-strict.js", STRICT, "parse"),
            passes_throwing("parse.js", BOTH, "parse"),
            fails("pending-import.js", MODULE, "host-error", PENDING),
            fails("pending.js", MODULE, "host-error", PENDING),
            fails(
                "printed.js",
                BOTH,
                "completed",
                "expected TypeError (runtime), nothing was thrown",
            ),
            fails(
                "resolution-at-parse.js",
                MODULE,
                "threw parse",
                "expected SyntaxError (resolution), got SyntaxError: variable name expected (parse)",
            ),
            fails(
                "runtime-at-parse.js",
                SLOPPY,
                "threw parse",
                "expected SyntaxError (runtime), got SyntaxError: unexpected token in expression: '=' (parse)",
            ),
            fails(
                "runtime-at-parse.js",
                STRICT,
                "threw parse",
                "expected SyntaxError (runtime), got SyntaxError: variable name expected (parse)",
            ),
            fails(
                "runtime-at-resolution.js",
                MODULE,
                "threw resolution",
                "expected SyntaxError (runtime), got SyntaxError: Could not find export 'missing' in module 'test/module/value_FIXTURE.js' (resolution)",
            ),
            passes_throwing("runtime-by-eval.js", BOTH, "runtime"),
            passes_throwing("runtime-own-constructor.js", BOTH, "runtime"),
            passes_throwing("runtime-test262error.js", BOTH, "runtime"),
            passes_throwing("runtime.js", BOTH, "runtime"),
            ends(
                "timeout.js",
                SLOPPY,
                "timeout",
                "timed-out",
                "took longer than its deadline",
            ),
            fails(
                "type-by-name-property.js",
                BOTH,
                "threw runtime",
                "expected TypeError (runtime), got RangeError: renamed",
            ),
            fails(
                "type-case.js",
                BOTH,
                "threw runtime",
                "expected typeerror (runtime), got TypeError: cannot read property 'x' of null",
            ),
            fails(
                "type-has-prefix.js",
                BOTH,
                "threw runtime",
                "expected TypeError (runtime), got TypeErrorOfMine: derived",
            ),
            fails(
                "type-has-suffix.js",
                BOTH,
                "threw runtime",
                "expected TypeError (runtime), got MyTypeError: derived",
            ),
            fails(
                "type-in-message.js",
                BOTH,
                "threw runtime",
                "expected TypeError (runtime), got RangeError: TypeError: TypeError",
            ),
            fails(
                "type-in-string.js",
                BOTH,
                "threw runtime",
                "expected TypeError (runtime), got TypeError: as text",
            ),
            fails(
                "type-is-suffix.js",
                BOTH,
                "threw runtime",
                "expected Error (runtime), got TypeError: not an Error",
            ),
        ],
    },
    Rule {
        folder: "uncaught",
        text: "an uncaught exception fails, whatever was thrown",
        cases: &[
            fails(
                "assertion.js",
                BOTH,
                "threw runtime",
                "Test262Error: one is two",
            ),
            fails(
                "error.js",
                BOTH,
                "threw runtime",
                "RangeError: nobody caught me",
            ),
            fails(
                "hostile.js",
                BOTH,
                "threw runtime",
                "a value without a name",
            ),
            passes("output-is-no-verdict.js", BOTH),
            fails(
                "syntax.js",
                SLOPPY,
                "threw parse",
                "SyntaxError: unexpected token in expression: '=' (parse)",
            ),
            fails(
                "syntax.js",
                STRICT,
                "threw parse",
                "SyntaxError: variable name expected (parse)",
            ),
            fails("undefined.js", BOTH, "threw runtime", "undefined"),
        ],
    },
    Rule {
        folder: "async",
        text: "$DONE exactly once, by a whole line; a failure outweighs; silence fails",
        cases: &[
            fails(
                "complete-then-failure.js",
                BOTH,
                "completed",
                "async test failed: Test262Error: afterwards",
            ),
            passes("done-after-jobs.js", BOTH),
            fails(
                "done-never-awaiting.js",
                BOTH,
                "completed",
                "async test did not call $DONE",
            ),
            fails(
                "done-never.js",
                BOTH,
                "completed",
                "async test did not call $DONE",
            ),
            fails(
                "done-twice-later.js",
                BOTH,
                "completed",
                "async test called $DONE 2 times",
            ),
            fails(
                "done-twice.js",
                BOTH,
                "completed",
                "async test called $DONE 2 times",
            ),
            passes("done.js", BOTH),
            fails(
                "failure-then-complete.js",
                BOTH,
                "completed",
                "async test failed: Test262Error: reported",
            ),
            fails(
                "failure.js",
                BOTH,
                "completed",
                "async test failed: Test262Error: reported",
            ),
            fails(
                "module-silent.js",
                MODULE,
                "completed",
                "async test did not call $DONE",
            ),
            passes("module.js", MODULE),
            passes_throwing("negative.js", BOTH, "runtime"),
            fails(
                "not-asked-for.js",
                BOTH,
                "threw runtime",
                "ReferenceError: $DONE is not defined",
            ),
            passes("other-output.js", BOTH),
            fails(
                "printed-as-part.js",
                BOTH,
                "completed",
                "async test did not call $DONE",
            ),
            passes("printed-with-more.js", BOTH),
            fails(
                "throws-after-done.js",
                BOTH,
                "threw runtime",
                "RangeError: after all",
            ),
            passes("unhandled-rejection.js", BOTH),
        ],
    },
    Rule {
        folder: "block",
        text: "the agent may block unless the test needs one that may not",
        cases: &[
            passes("may-not.js", BOTH),
            passes("may.js", BOTH),
            passes("unsaid.js", BOTH),
        ],
    },
    Rule {
        folder: "agent",
        text: "agents, broadcast, reports, and their end",
        cases: &[
            passes("broadcast-and-report.js", BOTH),
            passes("inside.js", BOTH),
            passes("left-running.js", BOTH),
            passes("nobody-reports.js", BOTH),
            passes("reports-are-text.js", BOTH),
        ],
    },
    Rule {
        folder: "feature",
        text: "skipped by name, with the reason",
        cases: &[
            skipped(
                "lacking-among-others.js",
                STRICT,
                "needs ShadowRealm: ShadowRealm is not implemented by QuickJS-NG 0.16",
            ),
            skipped(
                "lacking.js",
                BOTH,
                "needs Temporal: Temporal is not implemented by QuickJS-NG 0.16",
            ),
            passes("similar-name.js", BOTH),
            passes("unknown.js", BOTH),
        ],
    },
    Rule {
        folder: "source",
        text: "the bytes of the source arrive as they are",
        cases: &[
            passes("beyond-the-basic-plane.js", BOTH),
            passes("cr.js", STRICT),
            passes("crlf.js", BOTH),
            passes("line-separator.js", BOTH),
            passes_throwing("mark-before-hashbang.js", RAW, "parse"),
            passes("mark.js", BOTH),
            passes("no-newline-at-end.js", BOTH),
            fails(
                "nul.js",
                BOTH,
                "threw runtime",
                "Test262Error: beyond the NUL",
            ),
        ],
    },
    Rule {
        folder: "name",
        text: "results are kept by path and variant, whatever the path",
        cases: &[
            passes("a-b.js", SLOPPY),
            fails(
                "a.b.js",
                SLOPPY,
                "threw runtime",
                "TypeError: cannot read property 'x' of null",
            ),
            fails("a08.js", SLOPPY, "threw runtime", "Test262Error: a08"),
            passes("a8.js", SLOPPY),
            fails("a_b.js", SLOPPY, "threw runtime", "Test262Error: a_b"),
            passes("quote's \"and\" & <tag>.js", SLOPPY),
            passes("with a space/import.js", MODULE),
            passes("with a space/ünï — 文.js", BOTH),
        ],
    },
];
