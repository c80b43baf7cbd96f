//! Both ways of talking to a worker: our parent with our worker over the line
//! dialect, and our parent with workers of strangers over either.
//!
//! The strangers are written in Python, from the documents alone: see `foreign/`.

#[path = "../support/mod.rs"]
#[expect(
    dead_code,
    reason = "some of it is for tests of files that a run writes"
)]
mod support;

mod foreign;
mod loop_back;
mod stall;
mod transcript;

/// A worker of a stranger, in the words of a shell.
fn stranger(dialect: &str) -> String {
    let file = match dialect {
        "native" => "native_worker.py",
        _ => "lambda_worker.py",
    };
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/foreign");
    format!("python3 -B '{folder}/{file}'")
}
