//! The fake worker as a program: `fake-worker [OPTION VALUE]… --ledger-fd N`.

use rewind_testkit::{FakeOptions, serve};
use std::io;

fn main() -> io::Result<()> {
    serve(&options(std::env::args().skip(1))?)
}

fn options(mut args: impl Iterator<Item = String>) -> io::Result<FakeOptions> {
    let mut options = FakeOptions::default();
    while let Some(name) = args.next() {
        let value = args
            .next()
            .ok_or_else(|| io::Error::other(format!("{name} needs a value")))?;
        let number = || value.parse::<u64>().map_err(io::Error::other);
        match name.as_str() {
            "--ledger-fd" => options.ledger_fd = value.parse().map_err(io::Error::other)?,
            "--state" => options.state = Some(value.into()),
            "--boot" => options.boot = Some(value.parse().map_err(io::Error::other)?),
            "--ready" => options.ready = Some(value.parse().map_err(io::Error::other)?),
            "--refuse" => options.refuse = Some(value),
            "--keeps" => options.keeps = number()? > 0,
            "--major" => {
                let major = u32::try_from(number()?).map_err(io::Error::other)?;
                options.version = Some(rewind_protocol::Version { major, minor: 0 });
            }
            "--stderr" => options.stderr = Some(value),
            "--die-within-us" => options.die_within_us = Some(number()?),
            "--case-us" => options.case_us = number()?,
            "--boots" => options.boots = Some(number()?),
            "--exit-when-warmed" => options.exit_when_warmed = number()? > 0,
            "--retire-after" => options.retire_after = Some(number()?),
            _ => return Err(io::Error::other(format!("there is no option {name}"))),
        }
    }
    Ok(options)
}
