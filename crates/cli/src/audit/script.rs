//! Kinds that a script in an engine can leave.

/// Kind, what leaves it, what looks for it.
pub(super) const SCRIPT: &[(&str, &str, &str)] = &[
    (
        "global variables",
        "globalThis.left = 1; var other = 2;",
        "print(typeof left, typeof other);",
    ),
    ("lexical variables", "let left = 1;", "print(typeof left);"),
    (
        "prototypes",
        "Array.prototype.left = 1; delete Object.prototype.toString;",
        "print([].left, typeof Object.prototype.toString);",
    ),
    (
        "built-in functions",
        "Math.max = null; JSON = 3;",
        "print(typeof Math.max, typeof JSON);",
    ),
    (
        "frozen global object",
        "Object.preventExtensions(globalThis);",
        "print(Object.isExtensible(globalThis));",
    ),
    (
        "symbol registry",
        "Symbol.for('left').description;",
        "print(String(Symbol.for('left')));",
    ),
    (
        "pending jobs",
        "Promise.resolve().then(function f() { print('late'); return Promise.resolve().then(f); }); throw 1;",
        "print('here');",
    ),
    (
        "exception state",
        "Error.prepareStackTrace = function () { return 'left'; }; null.left;",
        "print(typeof Error.prepareStackTrace);",
    ),
    (
        "print replaced",
        "print = function () {};",
        "print('heard');",
    ),
    (
        "deep recursion",
        "function f() { f(); } f();",
        "print('here');",
    ),
];
