//! The files of the default corpus.

use std::path::Path;

/// Content of every `.js` file of the repository's default corpus, in no order.
///
/// # Panics
/// If a file or folder of the checkout can't be read: there is nothing to measure then.
#[must_use]
#[expect(
    clippy::expect_used,
    reason = "a benchmark without its input has nothing else to do than to stop"
)]
pub fn default_corpus() -> Vec<Vec<u8>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../corpus");
    let mut folders = vec![root];
    let mut files = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).expect("a folder of the corpus") {
            let path = entry.expect("an entry of the corpus").path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "js") {
                files.push(std::fs::read(path).expect("a file of the corpus"));
            }
        }
    }
    files
}

#[cfg(test)]
mod tests {
    #[test]
    fn default_corpus_has_files_with_frontmatter() {
        let files = super::default_corpus();
        let open = b"/*---";
        let marked = files
            .iter()
            .filter(|file| file.windows(open.len()).any(|part| part == open));
        assert!(marked.count() > 50, "of {} files", files.len());
    }
}
