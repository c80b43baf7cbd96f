//! Findings as text and as lines.

use super::checks::{Check, Status};
use crate::error::CliError;
use rewind_report::ReportError;
use rewind_report::human::Palette;
use serde::Serialize;
use std::fmt::Write;

/// Column at which what was found begins.
const NAME: usize = 14;

pub(super) fn human(checks: &[Check], palette: &Palette) -> String {
    let mut out = String::new();
    for check in checks {
        let (style, word) = match check.status {
            Status::Ok => (palette.good, "ok"),
            Status::Warn => (palette.odd, "warn"),
            Status::Missing => (palette.bad, "missing"),
        };
        let (name, detail) = (check.name, &check.detail);
        // Writing into a `String` has no way to fail.
        let _ = writeln!(out, "{style}{word:>7}{style:#}  {name:<NAME$} {detail}");
        if !check.mend.is_empty() {
            let _ = writeln!(out, "{:>7}  {:<NAME$} do: {}", "", "", check.mend);
        }
    }
    out
}

#[derive(Serialize)]
struct Line<'a> {
    r#type: &'static str,
    #[serde(flatten)]
    check: &'a Check,
}

pub(super) fn ndjson(checks: &[Check]) -> Result<String, CliError> {
    let mut out = String::new();
    for check in checks {
        let line = serde_json::to_string(&Line {
            r#type: "check",
            check,
        })
        .map_err(|source| ReportError::Json {
            what: "findings",
            source,
        })?;
        out.push_str(&line);
        out.push('\n');
    }
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::super::checks::checks;
    use super::super::verdict;
    use super::*;
    use crate::exit::ExitCode;
    use rewind_sys::probe::{Limit, Probe};

    const FREE: Limit = Limit {
        soft: None,
        hard: None,
    };

    fn limit(soft: u64, hard: u64) -> Limit {
        Limit {
            soft: Some(soft),
            hard: Some(hard),
        }
    }

    fn good() -> Probe {
        Probe {
            kernel: "6.18.0".into(),
            pagemap_scan: Ok(()),
            mprotect: Ok(()),
            discard: Ok(()),
            process_group: Err("not allowed".into()),
            user: 1000,
            open_files: limit(1024, 4096),
            core_size: limit(0, 0),
            processes: FREE,
            address_space: FREE,
            max_map_count: Some(65_530),
            overcommit: Some(0),
            cpus: 2,
            available_memory: Some(8 << 30),
        }
    }

    fn poor() -> Probe {
        Probe {
            kernel: "5.10.0".into(),
            pagemap_scan: Err("userfaultfd is refused by seccomp".into()),
            mprotect: Ok(()),
            discard: Err("call madvise(MADV_DONTNEED): Operation not permitted".into()),
            process_group: Err("call mkdir(cgroup): refused; run as another user".into()),
            user: 0,
            open_files: limit(32, 4096),
            core_size: FREE,
            processes: limit(20, 20),
            address_space: limit(1 << 30, 1 << 30),
            max_map_count: Some(1000),
            overcommit: Some(2),
            cpus: 8,
            available_memory: None,
        }
    }

    #[test]
    fn good_machine_has_nothing_to_mend() {
        let checks = checks(&good(), None);
        assert_eq!(verdict(&checks), ExitCode::Success);
        insta::assert_snapshot!(human(&checks, &Palette::plain()), @r#"
        ok  kernel         6.18.0
        ok  user           1000
        ok  tracking       auto takes pagemap-scan
        ok  pagemap-scan   userfaultfd with WP_ASYNC and PAGEMAP_SCAN work
        ok  mprotect       pages can be protected
        ok  copy           needs nothing of the kernel
        ok  giving back    memory goes back to the kernel
        ok  sandbox        --sandbox works: users, processes, mounts, IPC and network can be shut off
        ok  process limit  the kernel holds tests to it
        ok  max_map_count  65530
        ok  overcommit     0
        ok  address space  unlimited
        ok  open files     1024
        ok  processes      unlimited
        ok  core files     off
        ok  processors     2
        ok  memory         8192 MiB available
        "#);
    }

    #[test]
    fn poor_machine_is_told_what_to_do() {
        let checks = checks(&poor(), Some("call unshare: refused; sysctl x=1"));
        assert_eq!(verdict(&checks), ExitCode::Machinery);
        insta::assert_snapshot!(human(&checks, &Palette::plain()), @r#"
             ok  kernel         5.10.0
             ok  user           root
           warn  tracking       auto takes mprotect: all works, somewhat slower
                                do: use Linux 6.7 or later, and in a container a seccomp profile that allows userfaultfd
           warn  pagemap-scan   not to be had: userfaultfd is refused by seccomp
             ok  mprotect       pages can be protected
             ok  copy           needs nothing of the kernel
           warn  giving back    workers stay as large as a case has made them: failed to call madvise(MADV_DONTNEED): Operation not permitted
                                do: in a container, use a seccomp profile that allows madvise
           warn  sandbox        --sandbox is not to be had: call unshare: refused; sysctl x=1
           warn  process limit  the kernel doesn't hold root to it, and there are no groups: call mkdir(cgroup): refused; run as another user
           warn  max_map_count  1000: too few for large guests tracked by mprotect
                                do: sysctl vm.max_map_count=65530
           warn  overcommit     2: reserved address space counts as used
                                do: sysctl vm.overcommit_memory=0, or a smaller --heap-cap
           warn  address space  1024 MiB: a worker may not find room for its guest
                                do: ulimit -v unlimited, or a smaller --heap-cap
        missing  open files     32: 8 workers need 128
                                do: ulimit -n 128
        missing  processes      20: 8 workers need 48
                                do: ulimit -u 48, or fewer --workers
           warn  core files     unlimited
                                do: ulimit -c 0: a worker that dies of a test writes one, which takes longer than the test
             ok  processors     8
           warn  memory         /proc/meminfo can't be read
                                do: mount /proc
        "#);
    }

    #[test]
    fn runs_work_by_copies_alone_only_if_asked_to() {
        let probe = Probe {
            mprotect: Err("call mprotect: refused".into()),
            ..poor()
        };
        let checks = checks(&probe, None);
        let found = checks.iter().find(|check| check.name == "tracking");
        let found = found.expect("there");
        assert_eq!(found.status, Status::Missing);
        assert!(found.mend.contains("--tracking copy"), "{found:?}");
    }

    #[test]
    fn hard_limit_that_is_too_low_needs_somebody_else() {
        let probe = Probe {
            open_files: limit(32, 32),
            ..good()
        };
        let checks = checks(&probe, None);
        let found = checks
            .iter()
            .find(|check| check.name == "open files")
            .expect("there");
        assert_eq!(
            found.mend,
            "have the hard limit raised to 80, or use fewer --workers"
        );
    }

    #[test]
    fn findings_for_machines_are_an_object_a_line() {
        let text =
            ndjson(&checks(&poor(), Some("call unshare: refused; sysctl x=1"))).expect("written");
        let lines: Vec<serde_json::Value> = text
            .lines()
            .map(|line| serde_json::from_str(line).expect("JSON"))
            .collect();
        let names: Vec<_> = lines.iter().map(|it| &it["name"]).collect();
        assert_eq!(lines.len(), 17, "{names:?}");
        assert_eq!(lines[2]["name"], "tracking");
        assert_eq!(lines[2]["status"], "warn");
        assert!(
            lines
                .iter()
                .all(|line| line["type"] == "check" && line["mend"].is_string())
        );
    }
}
