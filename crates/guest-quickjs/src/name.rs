//! Names of modules: paths relative to the root, so that messages don't depend
//! on where the corpus lies. Pure; text in, text out.

/// Resolves `specifier`, imported by the module called `base`, into `out`.
///
/// A specifier is a path relative to the importing file's folder; one that
/// starts with a slash is relative to the root. `.` and `..` are taken out.
/// Returns the length written, or `None` if the path leaves the root, names
/// nothing, or doesn't fit (`base.len() + specifier.len() + 1` is always enough).
pub(crate) fn resolve(base: &[u8], specifier: &[u8], out: &mut [u8]) -> Option<usize> {
    let mut len = 0;
    if !specifier.starts_with(b"/") {
        for segment in folder(base).split(|byte| *byte == b'/') {
            len = push(segment, out, len)?;
        }
    }
    for segment in specifier.split(|byte| *byte == b'/') {
        len = push(segment, out, len)?;
    }
    (len > 0).then_some(len)
}

/// The part of `path` before its last slash.
fn folder(path: &[u8]) -> &[u8] {
    let end = path.iter().rposition(|byte| *byte == b'/').unwrap_or(0);
    path.get(..end).unwrap_or(&[])
}

/// Goes one segment on from the path that is `out[..len]`.
fn push(segment: &[u8], out: &mut [u8], len: usize) -> Option<usize> {
    match segment {
        b"" | b"." => Some(len),
        b".." if len == 0 => None,
        b".." => Some(folder(out.get(..len)?).len()),
        _ => {
            let start = if len == 0 { 0 } else { len + 1 };
            let end = start + segment.len();
            out.get_mut(start..end)?.copy_from_slice(segment);
            if let Some(slash) = start.checked_sub(1) {
                *out.get_mut(slash)? = b'/';
            }
            Some(end)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::resolve;

    fn resolved(base: &str, specifier: &str) -> Option<String> {
        let mut out = vec![0; base.len() + specifier.len() + 1];
        let len = resolve(base.as_bytes(), specifier.as_bytes(), &mut out)?;
        Some(String::from_utf8(out[..len].to_vec()).unwrap())
    }

    #[test]
    fn specifiers_are_relative_to_the_importing_file() {
        let base = "test/language/a.js";
        assert_eq!(resolved(base, "./b.js").unwrap(), "test/language/b.js");
        assert_eq!(resolved(base, "b.js").unwrap(), "test/language/b.js");
        assert_eq!(resolved(base, "../b.js").unwrap(), "test/b.js");
        assert_eq!(
            resolved(base, "./x/./../y//b.js").unwrap(),
            "test/language/y/b.js"
        );
        assert_eq!(resolved(base, "/harness/b.js").unwrap(), "harness/b.js");
        assert_eq!(resolved("a.js", "./b.js").unwrap(), "b.js");
        assert_eq!(resolved("a.js", "./x/../b.js").unwrap(), "b.js");
    }

    #[test]
    fn paths_that_leave_the_root_resolve_to_nothing() {
        assert_eq!(resolved("test/a.js", "../../etc/passwd"), None);
        assert_eq!(resolved("a.js", "../b.js"), None);
        assert_eq!(resolved("a.js", "./"), None);
        assert_eq!(resolved("a.js", ""), None);
    }
}
