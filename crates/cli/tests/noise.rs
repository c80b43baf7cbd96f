//! Other programs make and remove objects of the whole system all the time. No
//! test must be blamed for them, and a test's own must still be found.
#![expect(unsafe_code, reason = "objects are made by calls of the C library")]

use serde_json::Value;
use std::collections::BTreeMap;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

/// A program that makes one object of each sort, keeps it for a moment and
/// removes it, over and over.
struct Noise {
    over: Arc<AtomicBool>,
    rounds: Arc<AtomicU64>,
    thread: Option<JoinHandle<()>>,
}

impl Noise {
    fn start() -> Self {
        let (over, rounds) = (Arc::<AtomicBool>::default(), Arc::<AtomicU64>::default());
        let (ends, count) = (Arc::clone(&over), Arc::clone(&rounds));
        let make = move || {
            while !ends.load(Ordering::SeqCst) {
                round(count.fetch_add(1, Ordering::SeqCst));
            }
        };
        Self {
            over,
            rounds,
            thread: Some(std::thread::spawn(make)),
        }
    }

    fn end(mut self) -> u64 {
        self.over.store(true, Ordering::SeqCst);
        if let Some(thread) = self.thread.take() {
            thread.join().expect("no panic");
        }
        self.rounds.load(Ordering::SeqCst)
    }
}

fn round(number: u64) {
    let name = format!("/dev/shm/rewind-noise-{}-{number}", std::process::id());
    let named = std::fs::write(&name, "noise").is_ok();
    let new = libc::IPC_CREAT | 0o600;
    // SAFETY: takes numbers.
    let memory = unsafe { libc::shmget(libc::IPC_PRIVATE, 4096, new) };
    // SAFETY: takes numbers.
    let semaphores = unsafe { libc::semget(libc::IPC_PRIVATE, 1, new) };
    // SAFETY: takes numbers.
    let queue = unsafe { libc::msgget(libc::IPC_PRIVATE, new) };
    assert!(memory >= 0 && semaphores >= 0 && queue >= 0);
    std::thread::sleep(Duration::from_micros(500));
    // SAFETY: removal takes no structure.
    unsafe { libc::shmctl(memory, libc::IPC_RMID, std::ptr::null_mut()) };
    // SAFETY: as above.
    unsafe { libc::semctl(semaphores, 0, libc::IPC_RMID) };
    // SAFETY: as above.
    unsafe { libc::msgctl(queue, libc::IPC_RMID, std::ptr::null_mut()) };
    if named {
        std::fs::remove_file(name).expect("it is there");
    }
}

/// Rows whose tests make no call that could make such an object.
const FAR_FROM_IT: &[&str] = &[
    "guest memory",
    "descriptor closed",
    "descriptor seeked",
    "mapping made",
    "program break moved",
    "umask",
    "rounding mode",
    "strtok",
];
/// Rows whose tests make such objects.
const MAKERS: &[&str] = &[
    "posix shared memory",
    "shared memory",
    "semaphores",
    "message queue",
];

#[test]
fn objects_of_other_programs_end_no_worker() {
    let noise = Noise::start();
    let output = Command::new(env!("CARGO_BIN_EXE_rewind"))
        .args(["audit", "--format", "ndjson"])
        .output()
        .expect("started");
    assert!(noise.end() > 100, "it was quiet");
    let text = String::from_utf8(output.stdout).expect("UTF-8");
    assert_eq!(output.status.code(), Some(0), "{text}");
    let word = |row: &Value, name: &str| row[name].as_str().unwrap_or_default().to_owned();
    let rows: BTreeMap<_, _> = text
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).expect("JSON"))
        .filter(|line| line["type"] == "row")
        .map(|row| {
            (
                word(&row, "kind"),
                (word(&row, "verdict"), word(&row, "detail")),
            )
        })
        .collect();
    for kind in FAR_FROM_IT {
        assert_eq!(rows[*kind].0, "restored", "{kind}: {}", rows[*kind].1);
    }
    // With objects of its own, a worker is never mistaken; without, a test that
    // made calls of every sort may be.
    let own = MAKERS.iter().all(|kind| rows[*kind].0 == "restored");
    let blamed = rows.iter().filter(|(kind, (_, detail))| {
        !MAKERS.contains(&kind.as_str()) && detail.contains("was made and left")
    });
    let blamed: Vec<_> = blamed.collect();
    assert!(!own || blamed.is_empty(), "{blamed:?}");
    for kind in MAKERS {
        let (verdict, detail) = &rows[*kind];
        assert!(
            ["restored", "detected"].contains(&verdict.as_str()),
            "{kind}: {verdict} {detail}"
        );
    }
}
