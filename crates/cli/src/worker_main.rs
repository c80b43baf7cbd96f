//! What `rewind worker` does.
#![expect(
    unsafe_code,
    reason = "the linker script's symbols are declared by hand"
)]

use rewind_worker::{GuestStatics, WorkerArgs};
use std::ffi::OsString;
use std::process::ExitCode;

// SAFETY: both are defined by guest-statics.ld; only their addresses are used.
unsafe extern "C" {
    static rewind_guest_statics_start: [u8; 0];
    static rewind_guest_statics_end: [u8; 0];
}

/// Serves a parent on stdin and stdout until it says that it is enough.
/// `args` are what follows the word `worker`.
pub(crate) fn main(args: impl Iterator<Item = OsString>) -> ExitCode {
    let args: Vec<OsString> = args.collect();
    if args.iter().any(|word| word == "--help" || word == "-h") {
        use std::io::Write;
        // Who closes stdout has read enough.
        let _ = std::io::stdout().write_all(rewind_worker::HELP.as_bytes());
        return ExitCode::SUCCESS;
    }
    let statics = GuestStatics {
        start: (&raw const rewind_guest_statics_start) as usize,
        end: (&raw const rewind_guest_statics_end) as usize,
    };
    let served = WorkerArgs::parse(args).and_then(|args| rewind_worker::serve(args, &[statics]));
    match served {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprint_line(&error.chain());
            ExitCode::from(3)
        }
    }
}

/// The parent keeps the end of a worker's stderr for its messages.
fn eprint_line(text: &str) {
    use std::io::Write;
    // With stderr gone there is nobody left to tell but by the exit code.
    let _ = writeln!(std::io::stderr(), "error: {text}");
}
