//! A thousand snippets from strings, results as they come, the rest cancelled
//! half-way: `cargo run -p rewind-harness --example embed`, once `rewind` is built
//! or `REWIND_EXE` names it. At the end, what a request costs that waits for the
//! one before.

use rewind_harness::{Outcome, Pool, PreambleId, Request, Settled, Source, Ticket, Variant};
use std::error::Error;
use std::io::{Write, stdout};
use std::time::{Duration, Instant};

const SNIPPETS: usize = 1000;
const SCRIPT: Variant = Variant::named(&"sloppy");

fn main() -> Result<(), Box<dyn Error>> {
    let mut out = stdout().lock();
    let pool = Pool::builder().workers(2).build();
    let pool = pool.map_err(|error| format!("failed to {error}"))?;
    let tools = Source {
        name: "tools.js".to_owned(),
        text: "function even(n) { if (n % 2) throw new RangeError(n + ' is odd') }".into(),
    };
    let tools = pool.preamble(PreambleId::ENGINE, [tools])?;

    let replies = pool.events().replies().take(SNIPPETS);
    let submit = |n| {
        let request = Request::new(format!("{n}.js"), SCRIPT, format!("even({n})"));
        pool.submit(request.preamble(tools).deadline(Duration::from_secs(1)))
    };
    let tickets: Vec<Ticket> = (0..SNIPPETS).map(submit).collect::<Result<_, _>>()?;
    let (mut even, mut odd, mut cancelled) = (0, 0, 0);
    for (count, reply) in (1..).zip(replies) {
        match (&reply.settled, reply.outcome()) {
            (_, Some(Outcome::Completed)) => even += 1,
            (_, Some(Outcome::Threw { .. })) => odd += 1,
            (Settled::Cancelled, _) => cancelled += 1,
            (other, _) => writeln!(out, "{}: {other:?}", reply.name)?,
        }
        if count == SNIPPETS / 2 {
            tickets.iter().for_each(Ticket::cancel);
        }
    }
    writeln!(out, "{even} even, {odd} odd, {cancelled} cancelled")?;

    let mut trips = Vec::with_capacity(SNIPPETS);
    for _ in 0..SNIPPETS {
        let start = Instant::now();
        let reply = pool.submit(Request::new("0.js", SCRIPT, "0"))?.wait();
        trips.push(start.elapsed());
        if reply.outcome() != Some(&Outcome::Completed) {
            return Err(format!("{reply:?}").into());
        }
    }
    trips.sort_unstable();
    writeln!(out, "round trip: {:?} median", trips[SNIPPETS / 2])?;
    pool.shutdown()?;
    Ok(())
}
