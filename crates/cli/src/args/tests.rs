use super::*;
use clap::CommandFactory;
use clap::error::ErrorKind;
use rewind_harness::GuestSetup;

fn run(words: &str) -> Result<RunArgs, clap::Error> {
    let words = ["rewind", "run"]
        .into_iter()
        .chain(words.split_whitespace());
    match Cli::try_parse_from(words)?.command {
        Command::Run(args) => Ok(*args),
        other => panic!("parsed as {other:?}"),
    }
}

#[test]
fn definition_is_consistent() {
    Cli::command().debug_assert();
}

#[test]
fn nothing_said_leaves_everything_open() {
    let args = run("").expect("parsed");
    assert!(args.select.paths.is_empty() && args.select.mode.is_none());
    assert!(args.execute.workers.is_none() && !args.execute.faults);
    assert!(args.tell.format.is_none());
}

#[test]
fn every_flag_of_the_contract_is_understood() {
    let args = run(
        "a b --suite test262 --root r -j 3 --mode strict --timeout 1.5 --isolation none \
         --tracking mprotect -E x --shard 1/2 --retries 2 --max-fail 5 --repeat 4 --seed 9 \
         --expectations e --format ndjson --junit j --results d --color never --heap-cap 64 \
         --no-cache --faults --verify always --crash-limit 3 --rss-limit 2048 \
         --rss-soft-limit 512 --growth-limit 64 --recycle-after 1000 --recycle-age 60",
    )
    .expect("parsed");
    assert_eq!(args.select.paths.len(), 2);
    assert_eq!(args.select.suite, Some(Suite::Test262));
    assert_eq!(args.select.mode, Some(ModeChoice::Strict));
    assert_eq!(
        args.select.shard.map(|shard| (shard.k(), shard.n())),
        Some((1, 2))
    );
    assert_eq!((args.select.repeat, args.select.seed), (Some(4), Some(9)));
    assert!(args.select.no_cache && args.execute.faults);
    assert_eq!(args.execute.workers.map(Workers::count), Some(3));
    assert_eq!(args.execute.isolation, Some(IsolationChoice::None));
    assert_eq!(args.execute.tracking, Some(TrackingChoice::Mprotect));
    assert_eq!(args.execute.verify, Some(VerifyChoice::Always));
    let limits = args.recycle.limits(&GuestSetup::default(), false);
    assert_eq!((limits.cases, limits.growth), (Some(1000), Some(64 << 10)));
    assert_eq!(args.execute.max_fail.map(NonZeroU64::get), Some(5));
    assert_eq!(args.tell.format, Some(Format::Ndjson));
}

#[test]
fn bad_values_are_usage_errors_that_tell_what_would_do() {
    let cases = [
        ("--timeout 0.5", "from 1 to 120"),
        ("--workers 0", "num-cpus"),
        ("--shard 3/2", "K from 1 to N"),
        ("--suite python", "possible values: auto, test262"),
        (
            "--isolation forks",
            "possible values: checkpoint, fork, spawn, none",
        ),
        ("--verify never", "possible values: off, sample, always"),
        ("--max-fail 0", "--max-fail"),
        ("--heap-cap 1", "from 16 to"),
        ("--repeat 0", "from 1"),
        ("--crash-limit 0", "from 1, or none"),
        ("--rss-limit 63", "from 64"),
        ("--recycle-after 0", "--recycle-after"),
        ("--recycle-age 0", "from 0.1"),
    ];
    for (words, mend) in cases {
        let error = run(words).expect_err(words);
        assert!(error.use_stderr() && error.exit_code() == 2, "{words}");
        assert!(error.to_string().contains(mend), "{words}: {error}");
    }
}

#[test]
fn unknown_commands_and_flags_are_refused() {
    for words in [
        &["rewind", "fly"][..],
        &["rewind", "run", "--fly"],
        &["rewind", "list", "-j1"],
    ] {
        assert!(
            Cli::try_parse_from(words)
                .expect_err("refused")
                .use_stderr(),
            "{words:?}"
        );
    }
    let tap = Cli::try_parse_from(["rewind", "list", "--format", "tap"]).expect_err("refused");
    assert_eq!(tap.kind(), ErrorKind::InvalidValue);
}

#[test]
fn help_names_the_exit_codes() {
    let help = run("--help").expect_err("help").to_string();
    for code in ["0  all as expected", "130  interrupted"] {
        assert!(help.contains(code), "{help}");
    }
}
