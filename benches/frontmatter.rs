//! How long it takes to read the frontmatter of the default corpus.

use divan::{Bencher, black_box, counter::ItemsCount};
use rewind_benches::default_corpus;
use rewind_corpus::parse_frontmatter;

fn main() {
    divan::main();
}

#[divan::bench]
fn parse(bencher: Bencher<'_, '_>) {
    let files = default_corpus();
    bencher
        .counter(ItemsCount::new(files.len()))
        .bench_local(|| {
            for file in &files {
                let parsed = parse_frontmatter(black_box(file)).expect("a good frontmatter");
                black_box(parsed);
            }
        });
}
