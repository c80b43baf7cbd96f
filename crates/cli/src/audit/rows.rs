//! The kinds of things that a test can leave behind: for each a test that
//! leaves it, and one that looks for it.

/// One kind.
#[derive(Clone, Debug)]
pub(super) struct Row {
    /// What it is called in the table.
    pub(super) kind: &'static str,
    /// Source of the test that leaves something.
    pub(super) pollute: String,
    /// Source of the test that tells what it finds.
    pub(super) observe: String,
    /// Source of a test that removes what outlives a process; may be empty.
    pub(super) clean: String,
}

/// Kinds that only code with a reach beyond memory can leave, as lists of
/// actions: kind, what leaves it, what looks for it, what cleans up. `@` stands
/// for a word of this run alone.
const PROCESS: &[(&str, &str, &str, &str)] = &[
    ("guest memory", "poke 9", "print-page", ""),
    (
        "descriptor opened",
        "open /dev/null",
        "print-descriptors",
        "",
    ),
    ("descriptor closed", "close 3", "print-descriptor 3", ""),
    ("descriptor replaced", "dup2 0 3", "print-descriptor 3", ""),
    ("descriptor seeked", "seek 3 9", "print-descriptor 3", ""),
    ("descriptor flags", "nonblock 3", "print-descriptor 3", ""),
    (
        "standard streams closed",
        "close 0\nclose 1\nclose 2",
        "print-descriptors",
        "",
    ),
    (
        "standard input replaced",
        "dup2 3 0",
        "print-descriptor 0",
        "",
    ),
    (
        "all descriptors to 1023 closed",
        "close-range 0 1023",
        "print-descriptors",
        "",
    ),
    (
        "host's descriptor replaced",
        "replace-host-descriptor",
        "print-descriptors",
        "",
    ),
    (
        "host's descriptors closed",
        "close-range 1024 100000",
        "print-descriptors",
        "",
    ),
    (
        "output by descriptor",
        "write 1 said",
        "print-descriptor 1",
        "",
    ),
    ("working directory", "chdir /", "print-cwd", ""),
    ("umask", "umask 0777", "print-umask", ""),
    (
        "resource limit, soft",
        "setrlimit 1 4096",
        "print-rlimits",
        "",
    ),
    (
        "resource limit, hard",
        "setrlimit-hard 1 8192",
        "print-rlimits",
        "",
    ),
    ("nice value", "nice 5", "print-nice", ""),
    ("io priority", "ioprio 16388", "print-ioprio", ""),
    ("scheduler", "scheduler 3", "print-scheduler", ""),
    ("cpu affinity", "affinity", "print-affinity", ""),
    ("process name", "name another", "print-name", ""),
    ("process group", "setpgid", "print-group", ""),
    ("session", "setsid", "print-group", ""),
    (
        "signal ignored",
        "ignore 10\nignore 13",
        "print-handlers",
        "",
    ),
    (
        "signal handled",
        "handle 12\nhandle 40",
        "print-handlers",
        "",
    ),
    (
        "fault signals ignored",
        "ignore 11\nignore 8",
        "print-handlers",
        "",
    ),
    (
        "signal mask",
        "block 10\nblock 11\nblock 15",
        "print-mask",
        "",
    ),
    (
        "pending signals",
        "block 10\nblock 40\nraise 10\nraise 40",
        "print-pending",
        "",
    ),
    (
        "alternate stack",
        "alternate-stack",
        "print-alternate-stack",
        "",
    ),
    (
        "interval timers",
        "setitimer 0\nsetitimer 1\nsetitimer 2",
        "print-itimers",
        "",
    ),
    ("alarm", "alarm", "print-itimers", ""),
    ("posix timer", "timer-create", "print-timers", ""),
    ("host's timer deleted", "timers-delete", "hang", ""),
    ("host's timer disarmed", "timers-disarm", "hang", ""),
    ("mapping made", "mmap", "print-mapping", ""),
    ("program break moved", "sbrk 65536", "print-break", ""),
    ("guest page unmapped", "munmap-page", "print-page", ""),
    ("guest page protected", "mprotect-page 1", "print-page", ""),
    (
        "guest page made inaccessible",
        "mprotect-page 0",
        "print-page",
        "",
    ),
    (
        "guest page made executable",
        "mprotect-page 7",
        "print-protection",
        "",
    ),
    ("guest page mapped over", "mmap-over-page", "print-page", ""),
    (
        "library loaded",
        "dlopen libBrokenLocale.so.1",
        "print-loaded libBrokenLocale.so.1",
        "",
    ),
    ("thread left running", "thread", "print-threads", ""),
    (
        "child left running",
        "fork @child",
        "print-children\nprint-alive @child",
        "",
    ),
    ("child not waited for", "zombie", "print-children", ""),
    (
        "daemon",
        "daemon @daemon",
        "print-children\nprint-alive @daemon",
        "",
    ),
    (
        "posix shared memory",
        "shm-open /@shm",
        "print-shm /@shm",
        "shm-unlink /@shm",
    ),
    (
        "shared memory",
        "shmget #1",
        "print-shmget #1",
        "remove-keys #1",
    ),
    (
        "shared memory, attached",
        "shmat #2",
        "print-shmget #2",
        "remove-keys #2",
    ),
    (
        "semaphores",
        "semget #3",
        "print-semget #3",
        "remove-keys #3",
    ),
    (
        "message queue",
        "msgget #4",
        "print-msgget #4",
        "remove-keys #4",
    ),
    ("memory file", "memfd", "print-descriptors", ""),
    (
        "files, working directory",
        "make-file left\nmake-folder deep\nmake-file deep/left",
        "print-files",
        "",
    ),
    (
        "files, temporary directory",
        "make-temporary-file left",
        "print-files",
        "",
    ),
    (
        "environment variable set",
        "setenv REWIND_LEFT 1",
        "print-env REWIND_LEFT",
        "",
    ),
    (
        "environment variable removed",
        "unsetenv PATH",
        "print-env PATH",
        "",
    ),
    (
        "environment text changed",
        "scribble-env PATH",
        "print-env PATH",
        "",
    ),
    ("arguments changed", "scribble-name", "print-argument", ""),
    ("locale", "setlocale C.UTF-8", "print-locale", ""),
    ("random numbers", "srandom 77", "print-random", ""),
    ("time zone", "time-zone XYZ5", "print-time-zone", ""),
    (
        "buffered output",
        "buffer left",
        "flush\nprint-descriptor 1",
        "",
    ),
    ("strtok", "strtok", "print-strtok", ""),
    ("rounding mode", "round 3072", "print-round", ""),
    ("errno", "errno 33", "print-errno", ""),
    ("thread-specific value", "specific", "print-specific", ""),
    (
        "thread-specific values, many",
        "many-specific",
        "print-specific",
        "",
    ),
    ("dumpable", "prctl 4 0", "print-prctl 3", ""),
    ("timer slack", "prctl 29 77777", "print-prctl 30", ""),
    ("death signal", "prctl 1 0", "print-prctl-pointer 2", ""),
    (
        "child subreaper",
        "prctl 36 0",
        "print-prctl-pointer 37",
        "",
    ),
    ("personality", "personality 262144", "print-personality", ""),
    (
        "capabilities",
        "drop-capabilities",
        "print-capabilities",
        "",
    ),
    ("effective user", "seteuid 65534", "print-user", ""),
    ("no_new_privs", "prctl 38 1", "print-prctl 39", ""),
    ("seccomp filter", "seccomp", "print-prctl 21", ""),
    ("root folder", "chroot /tmp", "print-root", ""),
    (
        "mount namespace",
        "unshare 131072",
        "print-namespace /proc/self/ns/mnt",
        "",
    ),
    (
        "ipc namespace",
        "unshare 134217728",
        "print-namespace /proc/self/ns/ipc",
        "",
    ),
    (
        "network namespace",
        "unshare 1073741824",
        "print-namespace /proc/self/ns/net",
        "",
    ),
    ("terminal", "open /dev/tty", "print-descriptors", ""),
];

/// Kinds that a script in an engine can leave.
const SCRIPT: &[(&str, &str, &str)] = &[
    (
        "global variables",
        "globalThis.left = 1; var other = 2;",
        "print(typeof left, typeof other);",
    ),
    ("lexical variables", "let left = 1;", "print(typeof left);"),
    (
        "prototypes",
        "Array.prototype.left = 1; delete Object.prototype.toString;",
        "print([].left, typeof Object.prototype.toString);",
    ),
    (
        "built-in functions",
        "Math.max = null; JSON = 3;",
        "print(typeof Math.max, typeof JSON);",
    ),
    (
        "frozen global object",
        "Object.preventExtensions(globalThis);",
        "print(Object.isExtensible(globalThis));",
    ),
    (
        "symbol registry",
        "Symbol.for('left').description;",
        "print(String(Symbol.for('left')));",
    ),
    (
        "pending jobs",
        "Promise.resolve().then(function f() { print('late'); return Promise.resolve().then(f); }); throw 1;",
        "print('here');",
    ),
    (
        "exception state",
        "Error.prepareStackTrace = function () { return 'left'; }; null.left;",
        "print(typeof Error.prepareStackTrace);",
    ),
    (
        "print replaced",
        "print = function () {};",
        "print('heard');",
    ),
    (
        "deep recursion",
        "function f() { f(); } f();",
        "print('here');",
    ),
];

/// The rows of a guest that reaches the process; `word` is this run's own.
pub(super) fn of_process(word: u32) -> Vec<Row> {
    let (name, key) = (
        format!("rewind-audit-{word}-"),
        i64::from(word % 100_000) * 10 + 1_000_000,
    );
    let fill = |source: &str| {
        source
            .replace('@', &name)
            .replace('#', &(key / 10).to_string())
    };
    let row = |(kind, pollute, observe, clean): &(&'static str, &str, &str, &str)| Row {
        kind,
        pollute: fill(pollute),
        observe: fill(observe),
        clean: fill(clean),
    };
    PROCESS.iter().map(row).collect()
}

/// The rows of a guest that reaches memory alone.
pub(super) fn of_script() -> Vec<Row> {
    let row = |(kind, pollute, observe): &(&'static str, &str, &str)| Row {
        kind,
        pollute: (*pollute).to_owned(),
        observe: (*observe).to_owned(),
        clean: String::new(),
    };
    SCRIPT.iter().map(row).collect()
}

/// The kinds that such a guest can't reach.
pub(super) fn beyond_scripts() -> impl Iterator<Item = &'static str> {
    PROCESS.iter().skip(1).map(|(kind, ..)| *kind)
}

/// A row that nothing restores and nothing detects: a file outside of the
/// worker's own folders. It shows that the audit can fail.
pub(super) fn planted(file: &str) -> Row {
    Row {
        kind: "planted",
        pollute: format!("make-file {file}"),
        observe: format!("open {file}"),
        clean: String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn kinds_are_named_once() {
        for rows in [of_process(7), of_script()] {
            let names: BTreeSet<_> = rows.iter().map(|row| row.kind).collect();
            assert_eq!(names.len(), rows.len());
        }
    }

    #[test]
    fn words_of_a_run_are_filled_in() {
        let rows = of_process(7);
        assert!(rows.iter().all(|row| !row.pollute.contains(['@', '#'])));
        let queue = rows.iter().find(|row| row.kind == "message queue").unwrap();
        assert_eq!(
            queue.pollute.strip_prefix("msgget "),
            queue.clean.strip_prefix("remove-keys ")
        );
    }
}
