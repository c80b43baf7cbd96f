# Recipes of one line each; what is longer is `cargo xtask`.

export RUSTDOCFLAGS := "-D warnings"

# Everything that CI runs
ci:
    .ci/run

fmt:
    cargo fmt --all

lint:
    cargo fmt --all --check && cargo clippy --workspace --all-targets -- -D warnings && cargo doc --workspace --no-deps && cargo xtask deps

test:
    cargo test --workspace

# Tests of faults and of workers that die, in a release build
crash:
    cargo test --release -p rewind-guard -p rewind-checkpoint -p rewind-worker -p rewind-harness

# Micro benchmarks, then us against the engine's own runner
bench *ARGS:
    cargo build --release && cargo bench -p rewind-benches && cargo xtask bench-peers --root target/corpora/test262 {{ARGS}}

# Instructions of fixed work against stored figures; needs valgrind
perf-gate *ARGS:
    cargo xtask perf-gate {{ARGS}}
