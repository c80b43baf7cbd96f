//! Mistakes that test runners of this kind have made before, and that this one
//! must not make: one test for each, named by the rule.
//!
//! Rules whose tests stand where their code is:
//!
//! - a retry that passes stays visible and counts as flaky: `tests/baseline.rs`,
//!   `regression_that_passes_on_retry_stays_visible_and_is_pruned_by_the_next_pass`;
//! - a crash or a timeout never satisfies a negative test: `crates/verdict/src/judge.rs`,
//!   `crash_timeout_exit_and_lost_never_satisfy_a_negative`;
//! - a damaged payload never loses framing: `protocol/tests/protocol/damage.rs`;
//! - every way not to start a worker: `crates/testkit/tests/parent/failing.rs`;
//! - no crash is excused in silence, and no list is sticky: `tests/quarantine.rs`.

#[expect(dead_code, reason = "other tests refuse other calls")]
#[path = "../support/seccomp.rs"]
mod seccomp;
#[path = "../support/mod.rs"]
mod support;

mod kills;
mod names;
mod payloads;
mod quarantine;
mod same_case;
