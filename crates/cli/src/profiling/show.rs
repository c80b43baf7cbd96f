//! A profile as text for people, and as lines for machines.

use super::figures::{PhaseFigures, Profile, TopFigures, Unit};
use super::spread::{Largest, Percentiles};
use serde::Serialize;
use serde_json::json;
use std::fmt::{self, Write as _};
use std::io::{self, Write};

/// Version of the lines for machines.
const SCHEMA: u32 = 1;

/// A JSON object on a line of its own.
#[derive(Serialize)]
struct Line<'a, T> {
    r#type: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    schema: Option<u32>,
    #[serde(flatten)]
    value: &'a T,
}

fn line<T: Serialize>(out: &mut impl Write, kind: &'static str, value: &T) -> io::Result<()> {
    let line = Line {
        r#type: kind,
        schema: (kind == "profile").then_some(SCHEMA),
        value,
    };
    serde_json::to_writer(&mut *out, &line)?;
    out.write_all(b"\n")
}

/// Writes a JSON object a line: `profile`, then everything else.
pub(super) fn ndjson(out: &mut impl Write, profile: &Profile) -> io::Result<()> {
    line(out, "profile", &profile.about)?;
    for phase in &profile.phases {
        line(out, "phase", phase)?;
    }
    for span in &profile.spans {
        line(out, "span", span)?;
    }
    if let Some(places) = &profile.places {
        line(out, "places", places)?;
    }
    let memory = json!({"pages": profile.pages, "heap_bytes": profile.heap});
    line(out, "memory", &memory)?;
    for layer in &profile.layers {
        line(out, "layer", layer)?;
    }
    for top in &profile.tops {
        for (rank, case) in (1..).zip(&top.cases) {
            line(out, "top", &ranked(top, rank, case))?;
        }
    }
    let clock = profile.clock.as_ref();
    clock.map_or(Ok(()), |clock| line(out, "clock", clock))
}

/// One case of a list, from 1; its value is in the unit that names it.
fn ranked(top: &TopFigures, rank: u32, case: &Largest) -> serde_json::Value {
    let (unit, value) = match top.unit {
        Unit::Nanos => ("us", json!(case.value as f64 / 1e3)),
        Unit::Pages => ("pages", json!(case.value)),
        Unit::Bytes => ("bytes", json!(case.value)),
    };
    let (path, variant) = (&*case.path, case.variant.name());
    json!({"by": top.by, "rank": rank, "path": path, "variant": variant, unit: value})
}

/// Writes the text for people.
pub(super) fn human(out: &mut impl Write, profile: &Profile) -> io::Result<()> {
    about(out, profile)?;
    phases(out, profile)?;
    places(out, profile)?;
    memory(out, profile)?;
    layers(out, profile)?;
    for top in &profile.tops {
        tops(out, top)?;
    }
    if let Some(clock) = &profile.clock {
        let (source, ns, readings) = (&clock.source, clock.reading_ns, clock.readings);
        let (share, median) = (100.0 * clock.share, 100.0 * clock.share_of_median);
        writeln!(
            out,
            "\nclock      {source}: {ns:.1} ns a reading, {readings} readings a case: \
             {share:.2} % of the time in cases, {median:.2} % of the median case"
        )?;
    }
    Ok(())
}

fn about(out: &mut impl Write, profile: &Profile) -> io::Result<()> {
    let it = &profile.about;
    let run = &it.completeness;
    let stopped = if run.complete {
        String::new()
    } else {
        format!(", {run}")
    };
    writeln!(
        out,
        "profile    {} executions, {} with times, in {}; workers: {}, isolation: {}{stopped}",
        it.attempts,
        it.timed,
        Span(it.wall_s),
        it.workers,
        it.isolation,
    )?;
    if let (Some(workers), Some(parent)) = (it.worker_cpu_s, it.parent_cpu_s) {
        let each = if it.attempts > 0 {
            parent / it.attempts as f64
        } else {
            0.0
        };
        writeln!(
            out,
            "processor  workers {}, parent {} ({} a case)",
            Span(workers),
            Span(parent),
            Span(each),
        )?;
    }
    Ok(())
}

const HEAD: [&str; 5] = ["p50", "p90", "p99", "p99.9", "max"];

fn head(out: &mut impl Write, first: &str) -> io::Result<()> {
    write!(out, "\n{first:<32}")?;
    for name in HEAD {
        write!(out, "{name:>12}")?;
    }
    writeln!(out)
}

fn row(out: &mut impl Write, it: &Percentiles, show: impl Fn(f64) -> String) -> io::Result<()> {
    for value in [it.p50, it.p90, it.p99, it.p999, it.max] {
        write!(out, "{:>12}", show(value))?;
    }
    writeln!(out)
}

fn micros(us: f64) -> String {
    Span(us / 1e6).to_string()
}

fn phases(out: &mut impl Write, profile: &Profile) -> io::Result<()> {
    if profile.phases.is_empty() {
        return writeln!(out, "\nno case has times");
    }
    head(out, &format!("{:<9}{:>10}{:>9}", "phase", "total", "share"))?;
    for PhaseFigures {
        phase,
        total_s,
        share,
        us,
    } in &profile.phases
    {
        let total = Span(*total_s).to_string();
        write!(out, "{phase:<9}{total:>10}{:>7.1} %    ", 100.0 * share)?;
        row(out, us, micros)?;
    }
    for span in &profile.spans {
        let what = match span.span {
            "answer" => "answer on its way to the parent",
            "between" => "worker between two cases",
            _ => "worker waiting for a case",
        };
        write!(out, "{what:<32}")?;
        row(out, &span.us, micros)?;
    }
    Ok(())
}

fn places(out: &mut impl Write, profile: &Profile) -> io::Result<()> {
    let Some(places) = &profile.places else {
        return Ok(());
    };
    let all: f64 = places.named().iter().map(|(_, spent)| spent).sum();
    writeln!(out, "\nworkers' time, {} in all", Span(all))?;
    for (name, spent) in places.named().into_iter().filter(|(_, spent)| *spent > 0.0) {
        let what = match name {
            "cases" => "in the phases of cases",
            "fatal" => "in cases that ended their worker",
            "layers" => "building layers",
            "between" => "between cases: answers, messages",
            "waiting" => "waiting for a case",
            "start" => "starting workers",
            _ => "after the last case",
        };
        let (share, spent) = (100.0 * spent / all, Span(spent).to_string());
        writeln!(out, "  {what:<34}{spent:>10}{share:>7.1} %")?;
    }
    Ok(())
}

fn memory(out: &mut impl Write, profile: &Profile) -> io::Result<()> {
    if let (Some(pages), Some(heap)) = (&profile.pages, &profile.heap) {
        head(out, "memory of a case")?;
        write!(out, "{:<32}", "pages dirtied")?;
        row(out, pages, |pages| format!("{pages:.0}"))?;
        write!(out, "{:<32}", "guest heap above its checkpoint")?;
        row(out, heap, |bytes| Bytes(bytes).to_string())?;
    }
    let it = &profile.about;
    let mut known = Vec::new();
    known.extend(
        it.worker_rss
            .map(|bytes| format!("largest worker {}", Bytes(bytes as f64))),
    );
    known.extend(
        it.worker_growth_kib
            .map(|kib| format!("most growth of one {kib:+} KiB")),
    );
    known.extend(
        it.parent_rss
            .map(|bytes| format!("parent {}", Bytes(bytes as f64))),
    );
    if known.is_empty() {
        return Ok(());
    }
    writeln!(out, "resident   {}", known.join(", "))
}

fn layers(out: &mut impl Write, profile: &Profile) -> io::Result<()> {
    if profile.layers.is_empty() {
        return Ok(());
    }
    writeln!(
        out,
        "\n{:>9}{:>12}{:>12}{:>12}{:>8}{:>12}  layer",
        "cases", "total", "mean", "restore", "pages", "built in"
    )?;
    for layer in &profile.layers {
        writeln!(
            out,
            "{:>9}{:>12}{:>12}{:>12}{:>8.1}{:>12}  {}",
            layer.cases,
            Span(layer.total_s).to_string(),
            micros(layer.mean_us),
            micros(layer.restore_us),
            layer.pages,
            Span(layer.built_s).to_string(),
            Plain(&layer.layer),
        )?;
    }
    Ok(())
}

fn tops(out: &mut impl Write, top: &TopFigures) -> io::Result<()> {
    let what = match (top.by, top.unit) {
        ("all", _) => "longest of all phases together".to_owned(),
        (by, Unit::Nanos) => format!("longest {by}"),
        (_, Unit::Pages) => "most pages dirtied".to_owned(),
        (_, Unit::Bytes) => "most of the guest heap".to_owned(),
    };
    writeln!(out, "\n{what}")?;
    for case in &top.cases {
        let value = match top.unit {
            Unit::Nanos => Span(case.value as f64 / 1e9).to_string(),
            Unit::Pages => case.value.to_string(),
            Unit::Bytes => Bytes(case.value as f64).to_string(),
        };
        writeln!(
            out,
            "{value:>12}  {} {}",
            Plain(&case.path),
            case.variant.name()
        )?;
    }
    Ok(())
}

/// A span of time in seconds, in the unit that suits it.
struct Span(f64);

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            s if s >= 99.95 => write!(f, "{s:.0} s"),
            s if s >= 0.9995 => write!(f, "{s:.2} s"),
            s if s >= 0.000_999_5 => write!(f, "{:.1} ms", s * 1e3),
            s if s > 0.0 => write!(f, "{:.1} µs", s * 1e6),
            _ => f.write_str("0"),
        }
    }
}

/// A number of bytes, in the unit that suits it.
struct Bytes(f64);

impl fmt::Display for Bytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 / 1024.0 {
            kib if kib >= 1023.95 => write!(f, "{:.1} MiB", kib / 1024.0),
            kib if kib >= 1.0 => write!(f, "{kib:.1} KiB"),
            _ => write!(f, "{:.0} B", self.0),
        }
    }
}

/// A name that can't act on a terminal.
struct Plain<'a>(&'a str);

impl fmt::Display for Plain<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for character in self.0.chars() {
            if character.is_control() {
                write!(f, "{}", character.escape_default())?;
            } else {
                f.write_char(character)?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::profiling::clock::ClockCost;
    use crate::profiling::figures::About;
    use crate::profiling::layers::LayerFigures;
    use crate::profiling::places::Places;
    use crate::profiling::tally::{Sample, Seen, Tally};
    use rewind_harness::WorkerId;
    use rewind_protocol::{MemoryUse, Nanos, Phases, Place, Variant};
    use rewind_report::{Completeness, StopReason, Stopped};
    use std::sync::Arc;

    /// A profile of three cases, of which the last was never over.
    fn sample() -> Profile {
        let mut tally = Tally::new(1, 2);
        for (path, ns, began) in [
            ("test/a.js", 40_000, 2),
            ("test/\u{1b}b.js", 90_000, 3),
            ("c", 0, 9),
        ] {
            let path = Arc::from(path);
            let phases = Phases {
                load: Nanos(ns / 40),
                compile: Nanos(ns / 2),
                execute: Nanos(ns / 4),
                restore: Nanos(ns / 10),
                ..Phases::default()
            };
            let sample = Sample {
                path: &path,
                variant: Variant::named(&"strict"),
                phases: &phases,
                memory: MemoryUse {
                    heap_peak: ns,
                    dirty_pages: 46,
                },
            };
            tally.record(&sample);
            let place = Place {
                waited: Nanos(200_000),
                ..Place::default()
            };
            tally.see(
                &sample,
                &Seen {
                    worker: WorkerId { slot: 0, life: 0 },
                    preamble: Some(0),
                    placed: (ns > 0).then_some((began * 1_000_000, place)),
                    arrived: began * 1_000_000 + 500_000,
                },
            );
        }
        let places = std::mem::replace(&mut tally.places, Places::new(0));
        let about = About {
            source: "run",
            root: "corpus".to_owned(),
            workers: 1,
            isolation: "checkpoint".to_owned(),
            wall_s: 0.012,
            worker_cpu_s: Some(0.002),
            parent_cpu_s: Some(0.0003),
            worker_rss: Some(20 << 20),
            worker_growth_kib: Some(64),
            interrupted: true,
            completeness: Completeness::new(3, 3, Some(Stopped::by(StopReason::Interrupted))),
            ..About::default()
        };
        Profile {
            places: Some(places.finish(12_000_000)),
            layers: vec![LayerFigures {
                layer: "assert.js,sta.js".to_owned(),
                cases: 2,
                total_s: 0.000_113_75,
                mean_us: 56.9,
                restore_us: 6.5,
                pages: 46.0,
                built_s: 0.0,
            }],
            clock: Some(ClockCost {
                source: "tsc".to_owned(),
                reading_ns: 20.0,
                readings: 7,
                share: 0.0025,
                share_of_median: 0.004,
            }),
            ..Profile::new(tally, about)
        }
    }

    fn text(write: impl FnOnce(&mut Vec<u8>) -> io::Result<()>) -> String {
        let mut out = Vec::new();
        write(&mut out).expect("a vector takes everything");
        String::from_utf8(out).expect("UTF-8")
    }

    #[test]
    fn people_are_told_everything_in_units_that_suit() {
        insta::assert_snapshot!(text(|out| human(out, &sample())), @r"
        profile    3 executions, 2 with times, in 12.0 ms; workers: 1, isolation: checkpoint, interrupted
        processor  workers 2.0 ms, parent 300.0 µs (100.0 µs a case)

        phase         total    share             p50         p90         p99       p99.9         max
        load         3.2 µs    2.9 %          1.0 µs      2.2 µs      2.2 µs      2.2 µs      2.2 µs
        compile     65.0 µs   57.1 %         20.0 µs     45.0 µs     45.0 µs     45.0 µs     45.0 µs
        execute     32.5 µs   28.6 %         10.0 µs     22.5 µs     22.5 µs     22.5 µs     22.5 µs
        jobs              0    0.0 %               0           0           0           0           0
        capture           0    0.0 %               0           0           0           0           0
        restore     13.0 µs   11.4 %          4.0 µs      9.0 µs      9.0 µs      9.0 µs      9.0 µs
        all        113.8 µs  100.0 %         35.0 µs     78.8 µs     78.8 µs     78.8 µs     78.8 µs
        answer on its way to the parent     421.4 µs    465.0 µs    465.0 µs    465.0 µs    465.0 µs
        worker between two cases            765.0 µs    765.0 µs    765.0 µs    765.0 µs    765.0 µs
        worker waiting for a case           200.0 µs    200.0 µs    200.0 µs    200.0 µs    200.0 µs

        workers' time, 12.0 ms in all
          in the phases of cases              113.8 µs    0.9 %
          in cases that ended their worker      6.4 ms   53.5 %
          between cases: answers, messages    765.0 µs    6.4 %
          waiting for a case                  400.0 µs    3.3 %
          starting workers                      1.8 ms   15.0 %
          after the last case                   2.5 ms   20.8 %

        memory of a case                         p50         p90         p99       p99.9         max
        pages dirtied                             46          46          46          46          46
        guest heap above its checkpoint     39.1 KiB    87.9 KiB    87.9 KiB    87.9 KiB    87.9 KiB
        resident   largest worker 20.0 MiB, most growth of one +64 KiB

            cases       total        mean     restore   pages    built in  layer
                2    113.8 µs     56.9 µs      6.5 µs    46.0           0  assert.js,sta.js

        longest load
              2.2 µs  test/\u{1b}b.js strict
              1.0 µs  test/a.js strict

        longest compile
             45.0 µs  test/\u{1b}b.js strict
             20.0 µs  test/a.js strict

        longest execute
             22.5 µs  test/\u{1b}b.js strict
             10.0 µs  test/a.js strict

        longest restore
              9.0 µs  test/\u{1b}b.js strict
              4.0 µs  test/a.js strict

        longest of all phases together
             78.8 µs  test/\u{1b}b.js strict
             35.0 µs  test/a.js strict

        most pages dirtied
                  46  test/a.js strict
                  46  test/\u{1b}b.js strict

        most of the guest heap
            87.9 KiB  test/\u{1b}b.js strict
            39.1 KiB  test/a.js strict

        clock      tsc: 20.0 ns a reading, 7 readings a case: 0.25 % of the time in cases, 0.40 % of the median case
        ");
    }

    #[test]
    fn nothing_that_was_not_measured_is_shown() {
        let none = Profile::new(
            Tally::new(1, 2),
            About {
                workers: 4,
                isolation: "fork".to_owned(),
                ..About::default()
            },
        );
        insta::assert_snapshot!(text(|out| human(out, &none)), @r"
        profile    0 executions, 0 with times, in 0; workers: 4, isolation: fork

        no case has times
        ");
    }

    #[test]
    fn lines_for_machines_have_a_type_each_and_come_back_as_numbers() {
        let text = text(|out| ndjson(out, &sample()));
        let lines: Vec<serde_json::Value> = text
            .lines()
            .map(|line| serde_json::from_str(line).expect("JSON"))
            .collect();
        let kinds: Vec<_> = lines.iter().map(|line| line["type"].as_str()).collect();
        let count = |kind| kinds.iter().filter(|it| **it == Some(kind)).count();
        let counts = [
            "profile", "phase", "span", "places", "memory", "layer", "top", "clock",
        ];
        assert_eq!(counts.map(count), [1, 7, 3, 1, 1, 1, 14, 1], "{text}");
        assert_eq!(
            (&lines[0]["schema"], &lines[0]["timed"]),
            (&1.into(), &2.into())
        );
        assert_eq!(lines[2]["us"]["max"], 45.0);
        let top = lines
            .iter()
            .find(|line| line["by"] == "compile")
            .expect("a list");
        assert_eq!(
            (&top["path"], &top["us"]),
            (&"test/\u{1b}b.js".into(), &45.0.into())
        );
    }
}
