//! The rules of the JSON trace event format, as far as Rewind uses it, held
//! against a whole file. Whatever breaks one is an error that names the event.
//!
//! Nesting is judged twice: in exact arithmetic, and in that of a reader which
//! multiplies by a thousand and cuts off what is below a nanosecond.

use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// A slice of a checked trace.
#[derive(Clone, Debug)]
pub(crate) struct Slice {
    /// Name of its track.
    pub(crate) track: String,
    pub(crate) name: String,
    /// Name of the slice that it lies in.
    pub(crate) parent: Option<String>,
    /// In µs; that of a slice that was opened and closed is not here.
    pub(crate) dur: f64,
    pub(crate) ts: f64,
    pub(crate) args: Map<String, Value>,
}

/// What a sound trace holds.
#[derive(Clone, Debug, Default)]
pub(crate) struct Checked {
    /// Slices, in the order of the file.
    pub(crate) slices: Vec<Slice>,
    /// Instants: track and name.
    pub(crate) instants: Vec<(String, String)>,
    /// Samples of each counter.
    pub(crate) counters: BTreeMap<String, u64>,
    /// What is told of the whole.
    pub(crate) other: Map<String, Value>,
}

/// An open slice: its end in both arithmetics, `None` if an `E` will tell it.
struct Open {
    name: String,
    end: Option<(i64, i64)>,
}

#[derive(Default)]
struct Track {
    name: Option<String>,
    stack: Vec<Open>,
    last: i64,
}

/// Tenths of a nanosecond, exact; and nanoseconds, cut off.
fn both(us: f64) -> (i64, i64) {
    #[expect(clippy::cast_possible_truncation, reason = "that is the point")]
    let both = ((us * 10_000.0).round() as i64, (us * 1_000.0) as i64);
    both
}

/// Checks the text of a trace.
pub(crate) fn check(text: &str) -> Result<Checked, String> {
    let whole: Map<String, Value> = serde_json::from_str(text).map_err(|it| it.to_string())?;
    let known = ["traceEvents", "displayTimeUnit", "otherData"];
    if let Some(key) = whole.keys().find(|key| !known.contains(&key.as_str())) {
        return Err(format!("unknown member {key}"));
    }
    let unit = whole.get("displayTimeUnit").and_then(Value::as_str);
    if !matches!(unit, Some("ns" | "ms")) {
        return Err(format!("displayTimeUnit is {unit:?}"));
    }
    let events = whole.get("traceEvents").and_then(Value::as_array);
    let (mut tracks, mut checked) = (BTreeMap::new(), Checked::default());
    for (at, event) in events.ok_or("no traceEvents")?.iter().enumerate() {
        check_event(event, &mut tracks, &mut checked)
            .map_err(|wrong| format!("event {at}: {wrong}: {event}"))?;
    }
    for (tid, track) in &tracks {
        if let Some(open) = track.stack.iter().find(|open| open.end.is_none()) {
            return Err(format!("{} of track {tid} is never closed", open.name));
        }
    }
    checked.other = match whole.get("otherData") {
        Some(Value::Object(other)) => other.clone(),
        _ => return Err("otherData is no object".to_owned()),
    };
    Ok(checked)
}

fn check_event(
    event: &Value,
    tracks: &mut BTreeMap<u64, Track>,
    checked: &mut Checked,
) -> Result<(), String> {
    let event = event.as_object().ok_or("no object")?;
    let text = |key: &str| event.get(key).and_then(Value::as_str);
    let ph = text("ph").ok_or("no ph")?;
    let name = text("name").filter(|it| !it.is_empty()).ok_or("no name")?;
    if event.get("pid").and_then(Value::as_u64).is_none() {
        return Err("no pid".to_owned());
    }
    let members: &[&str] = match ph {
        "M" => &["args"],
        "B" => &["tid", "ts", "args"],
        "E" => &["tid", "ts"],
        "X" => &["tid", "ts", "dur", "args"],
        "i" => &["tid", "ts", "s"],
        "C" => &["ts", "args"],
        _ => return Err("unknown ph".to_owned()),
    };
    let common = ["ph", "pid", "name"];
    let of_track = name.starts_with("thread_").then_some("tid");
    for key in event.keys().map(String::as_str) {
        if !common.contains(&key) && !members.contains(&key) && of_track != Some(key) {
            return Err(format!("member {key} does not belong there"));
        }
    }
    let args = match event.get("args") {
        None => Map::new(),
        Some(Value::Object(args)) => args.clone(),
        Some(_) => return Err("args is no object".to_owned()),
    };
    if ph == "M" {
        return check_name(
            name,
            event.get("tid").and_then(Value::as_u64),
            &args,
            tracks,
        );
    }
    let number = |key: &str| {
        let number = event.get(key).and_then(Value::as_f64);
        number.filter(|it| it.is_finite() && *it >= 0.0)
    };
    let ts = number("ts").ok_or("no ts")?;
    if ph == "C" {
        if args.is_empty() || !args.values().all(Value::is_number) {
            return Err("a counter's values are numbers".to_owned());
        }
        *checked.counters.entry(name.to_owned()).or_default() += 1;
        return Ok(());
    }
    let tid = event.get("tid").and_then(Value::as_u64).ok_or("no tid")?;
    let track = tracks.get_mut(&tid).ok_or("its track has no name")?;
    let track_name = track.name.clone().ok_or("its track has no name")?;
    if both(ts).0 < track.last {
        return Err("it comes after something later of its track".to_owned());
    }
    track.last = both(ts).0;
    while track.stack.last().is_some_and(|open| has_ended(open, ts)) {
        track.stack.pop();
    }
    let parent = track.stack.last().map(|open| open.name.clone());
    let slice = |dur| Slice {
        track: track_name.clone(),
        name: name.to_owned(),
        parent,
        dur,
        ts,
        args,
    };
    match ph {
        "i" if matches!(text("s"), Some("t" | "p" | "g")) => {
            checked.instants.push((track_name, name.to_owned()));
        }
        "i" => return Err("no scope".to_owned()),
        "B" => {
            checked.slices.push(slice(0.0));
            let name = name.to_owned();
            track.stack.push(Open { name, end: None });
        }
        "E" => match track.stack.pop() {
            Some(open) if open.end.is_none() && open.name == name => {}
            _ => return Err("it closes what is not open".to_owned()),
        },
        _ => {
            let dur = number("dur").ok_or("no dur")?;
            let end = (both(ts).0 + both(dur).0, both(ts).1 + both(dur).1);
            if let Some((exact, cut)) = track.stack.last().and_then(|open| open.end)
                && (end.0 > exact || end.1 > cut)
            {
                return Err("it crosses the end of the slice that it lies in".to_owned());
            }
            checked.slices.push(slice(dur));
            let (name, end) = (name.to_owned(), Some(end));
            track.stack.push(Open { name, end });
        }
    }
    Ok(())
}

/// Both readers agree that the slice is over.
fn has_ended(open: &Open, ts: f64) -> bool {
    open.end
        .is_some_and(|(exact, cut)| exact <= both(ts).0 && cut <= both(ts).1)
}

fn check_name(
    kind: &str,
    tid: Option<u64>,
    args: &Map<String, Value>,
    tracks: &mut BTreeMap<u64, Track>,
) -> Result<(), String> {
    let name = args.get("name").and_then(Value::as_str);
    match (kind, tid, name) {
        ("process_name", None, Some(_)) => Ok(()),
        ("thread_name", Some(tid), Some(name)) => {
            if tracks.values().any(|it| it.name.as_deref() == Some(name)) {
                return Err("another track has that name".to_owned());
            }
            match tracks.entry(tid).or_default().name.replace(name.to_owned()) {
                None => Ok(()),
                Some(_) => Err("the track has a name already".to_owned()),
            }
        }
        ("thread_sort_index", Some(_), None) if args.get("sort_index").is_some() => Ok(()),
        _ => Err("no known metadata".to_owned()),
    }
}
