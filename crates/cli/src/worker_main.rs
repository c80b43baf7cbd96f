//! What `rewind worker` does, and the one table of the guests that it has.
#![expect(
    unsafe_code,
    reason = "the linker script's symbols are declared by hand"
)]

use rewind_guest_actions::Actions;
use rewind_guest_quickjs::{QuickJs, slot_page};
use rewind_worker::{GuestEntry, GuestStatics, Guests, WorkerArgs};
use std::ffi::OsString;
use std::process::ExitCode;

/// Every guest of this executable, that of the line dialect first.
const GUESTS: [GuestEntry; 2] = [
    GuestEntry {
        name: "quickjs",
        create: |options| Box::new(QuickJs::for_options(options)),
        fault_pages: Some(slot_page),
    },
    GuestEntry {
        name: "actions",
        create: |_| Box::new(Actions::new()),
        fault_pages: None,
    },
];

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
    let guests = Guests {
        entries: &GUESTS,
        statics: &[statics],
    };
    let served = WorkerArgs::parse(args).and_then(|args| rewind_worker::serve(args, &guests));
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
