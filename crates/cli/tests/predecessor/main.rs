//! Mistakes that test runners of this kind have made before, and that this one
//! must not make: one test for each, named by the rule.
//!
//! Rules whose tests stand where their code is are in the table at the end of
//! `docs/orchestrator.md`.

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
