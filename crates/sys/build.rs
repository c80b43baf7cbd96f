//! Looks for `make` before anything needs it.
//!
//! jemalloc is built with it, and without one the build script of
//! `tikv-jemalloc-sys` ends in a panic that names neither the tool nor the mend,
//! after half a minute. A package can't have something done before what it
//! depends on is built; this one needs nothing, and whatever needs jemalloc
//! needs it.

use std::process::{Command, ExitCode, Stdio};

fn main() -> ExitCode {
    println!("cargo::rerun-if-changed=build.rs");
    let mut make = Command::new("make");
    make.arg("--version").stdout(Stdio::null());
    match make.stderr(Stdio::null()).status() {
        Ok(_) => ExitCode::SUCCESS,
        Err(error) => {
            println!(
                "cargo::error=the allocator jemalloc is built with `make`, which can't be run: \
                 {error}; install it (Debian: apt-get install make)"
            );
            ExitCode::FAILURE
        }
    }
}
