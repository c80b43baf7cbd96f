//! `config.json`: everything that a run was done with, so that a strange result
//! can be had again.
//!
//! Structures are taken apart without `..`: an option that is added and not told
//! here doesn't compile.

use super::Settings;
use super::conductor::Conductor;
use crate::paths;
use crate::select::{Selected, Wish};
use rewind_corpus::variants;
use rewind_harness::{Dialect, GuestSetup};
use rewind_report::{ReportError, put_json};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};

/// Name of the file in the results folder.
const FILE: &str = "config.json";

/// Writes `body`, if there is a results folder.
pub(super) fn put(settings: &Settings, body: &Value) -> Result<(), ReportError> {
    match &settings.results {
        Some(folder) => put_json(&folder.join(FILE), &settings.started, body),
        None => Ok(()),
    }
}

/// What the file says of a run that is over.
pub(super) fn body(conductor: &Conductor<'_>) -> Value {
    let settings = conductor.settings;
    let words: Vec<String> = std::env::args_os()
        .map(|word| word.to_string_lossy().into_owned())
        .collect();
    json!({
        "version": env!("CARGO_PKG_VERSION"),
        "command": words,
        "folder": std::env::current_dir().ok().map(|it| path(&it)),
        "selection": selection(conductor.selected),
        "execution": execution(settings),
        "guest": guest(&settings.setup),
        "corpus": corpus(conductor.selected),
        "engine": engine(conductor),
        "host": host(),
    })
}

fn selection(selected: &Selected) -> Value {
    let Wish {
        paths,
        mode,
        filter,
        shard,
        order,
        seed,
        repeat,
        timeout,
        expectations,
        slow,
        skip_list,
        cache,
    } = &selected.wish;
    let admission = &selected.admission;
    json!({
        "paths": paths.iter().map(|it| path(it)).collect::<Vec<_>>(),
        "mode": mode.name(),
        "filter": filter,
        "shard": shard.map(|it| it.to_string()),
        "order": order.name(),
        "seed": seed,
        "repeat": repeat,
        "timeout_s": timeout.as_secs_f64(),
        "expectations": option(expectations.as_ref()),
        "slow": option(slow.as_ref()),
        "skip_list": option(skip_list.as_ref()),
        "cache": cache,
        "unsupported": option(admission.unsupported_file.as_ref()),
        "allow": option(admission.allow_file.as_ref()),
        "allowed": admission.allowed.as_ref().map(|list| {
            let entry = |it: &rewind_corpus::Admission| {
                json!({"pattern": it.pattern, "comment": it.comment, "line": it.line})
            };
            list.entries().iter().map(entry).collect::<Vec<_>>()
        }),
        "cases": selected.plan.cases.len(),
        "skips": selected.plan.skipped.len(),
    })
}

fn execution(settings: &Settings) -> Value {
    let Settings {
        workers,
        stand_ins,
        setup: _,
        limits,
        retries,
        flaky,
        confirm_limit,
        confirm_deaths,
        search,
        max_fail,
        worker,
        strangers,
        contained,
        dialect,
        format,
        junit,
        watch,
        results,
        baseline,
        update_baseline,
        partial,
        resume,
        all_output,
        color,
        progress,
        diagnose,
        texts: _,
        started: _,
        shadow,
        leak_page,
    } = settings;
    let words: Vec<_> = worker.args.iter().map(|it| it.to_string_lossy()).collect();
    json!({
        "workers": workers,
        "stand_ins": stand_ins,
        "recycle_after": limits.cases,
        "batches": limits.batches,
        "recycle_age_s": limits.age.map(|age| age.as_secs_f64()),
        "growth_limit_bytes": limits.growth,
        "retries": retries,
        "flaky": flaky.as_ref().map(named),
        "confirm_limit": confirm_limit,
        "confirm_deaths": confirm_deaths,
        "bisect_limit": search.victims,
        "bisect_probes": search.probes,
        "bisect_time_s": search.time.as_secs(),
        "max_fail": max_fail,
        "worker": {"executable": path(&worker.exe), "arguments": words, "strangers": strangers},
        "limits": contained,
        "dialect": match dialect {
            Dialect::Native => "native",
            Dialect::LambdaV1 => "lambda-v1",
        },
        "format": named(format),
        "junit": option(junit.as_ref()),
        "trace": option(watch.trace.as_ref()),
        "profiled": watch.profile.is_some(),
        "results": option(results.as_ref()),
        "baseline": option(baseline.as_ref()),
        "update_baseline": update_baseline,
        "partial": option(partial.as_ref()),
        "resume": resume,
        "all_output": all_output,
        "color": named(color),
        "progress": named(progress),
        "diagnose": option(diagnose.as_ref().map(|it| &it.file)),
        "shadow": shadow,
        "leak_page": leak_page,
    })
}

fn guest(setup: &GuestSetup) -> Value {
    let GuestSetup {
        guest,
        faults,
        markers,
        heap_cap,
        tracking,
        verify,
        isolation,
        rss_soft_limit,
        rss_hard_limit,
        crash_limit,
        layer_limit,
        // Only tells workers what they are to tell.
        timeline: _,
    } = setup;
    json!({
        "guest": guest,
        "faults": faults,
        "markers": markers,
        "heap_cap_bytes": heap_cap,
        "tracking": tracking.name(),
        "verify": verify.name(),
        "isolation": isolation.name(),
        "rss_soft_limit_bytes": rss_soft_limit,
        "rss_hard_limit_bytes": rss_hard_limit,
        "crash_limit": crash_limit,
        "layer_limit": layer_limit,
    })
}

fn corpus(selected: &Selected) -> Value {
    let suite = &selected.suite;
    json!({
        "root": path(suite.root()),
        "edition": suite.edition(),
        "fingerprint": format!("{:016x}", suite.fingerprint()),
        "tests": suite.tests(),
    })
}

/// What the first worker said of itself; null if none did.
fn engine(conductor: &Conductor<'_>) -> Value {
    let told = conductor.greeting.as_deref().map(|reply| {
        json!({
            "name": reply.guest_name,
            "version": reply.guest_version,
            "build": reply.build_id,
            "tracking": reply.tracking.name(),
            "tracking_reason": reply.tracking_reason,
            "page_bytes": reply.page_size,
            "can_block": reply.can(variants::CAN_BLOCK),
            "capabilities": reply.capabilities,
        })
    });
    told.unwrap_or_default()
}

fn host() -> Value {
    let kernel = |name: &str| {
        let text = std::fs::read_to_string(Path::new("/proc/sys/kernel").join(name));
        text.ok().map(|text| text.trim().to_owned())
    };
    json!({
        "name": kernel("hostname"),
        "system": std::env::consts::OS,
        "architecture": std::env::consts::ARCH,
        "kernel": kernel("osrelease"),
        "kernel_build": kernel("version"),
        "cpus": std::thread::available_parallelism().ok(),
        "memory_bytes": memory(),
    })
}

/// Memory of the machine.
fn memory() -> Option<u64> {
    let text = std::fs::read_to_string("/proc/meminfo").ok()?;
    let line = text.lines().find_map(|it| it.strip_prefix("MemTotal:"))?;
    let kib: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kib * 1024)
}

/// A path, which JSON has no form for unless it is UTF-8.
fn path(path: &Path) -> String {
    paths::told(path).into_owned()
}

fn option(file: Option<&PathBuf>) -> Option<String> {
    file.map(|file| path(file))
}

/// A choice in the word it is made by.
fn named(choice: &impl clap::ValueEnum) -> Option<String> {
    let value = choice.to_possible_value()?;
    Some(value.get_name().to_owned())
}
