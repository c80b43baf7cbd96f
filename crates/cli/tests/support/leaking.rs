//! A corpus whose tests leave something behind for others to find.

use crate::support::{Corpus, Said};
use std::path::Path;
use std::process::Command;

const META: &str = "flags: [noStrict]";
/// Writes to slot 1.
pub(crate) const POLLUTE: &str = "$rewind.slot(1, 9);";
/// Looks like a polluter of what [looks](LOOK), and is none.
pub(crate) const DECOY: &str = "$rewind.slot(3, 9);";
/// Fails where slot 1 was written.
pub(crate) const LOOK: &str = "if ($rewind.slot(1)) { throw new TypeError('polluted'); }";

/// `count` quiet cases but for these, named by their numbers.
pub(crate) fn corpus(count: usize, loud: &[(usize, &str)]) -> Corpus {
    let names: Vec<_> = (0..count).map(|n| format!("a/{n:03}.js")).collect();
    let tests: Vec<_> = (0..)
        .zip(&names)
        .map(|(n, name)| {
            let code = loud.iter().find(|(at, _)| *at == n);
            (name.as_str(), META, code.map_or("1;", |(_, code)| code))
        })
        .collect();
    let corpus = Corpus::new(&tests);
    corpus.write("corpus/rewind.toml", "[guest]\nfaults = true\n");
    corpus
}

/// What a shell says to a command for people.
pub(crate) fn shell(corpus: &Corpus, command: &str) -> Said {
    let exe = Path::new(env!("CARGO_BIN_EXE_rewind"));
    let path = std::env::var("PATH").unwrap_or_default();
    let folder = exe.parent().expect("a folder").display();
    let mut shell = Command::new("/bin/sh");
    shell
        .args(["-c", command])
        .current_dir(corpus.path())
        .env("PATH", format!("{folder}:{path}"));
    Said::of(shell.output().expect("started"))
}
