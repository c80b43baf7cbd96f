//! Paths of files as reports tell them. A path may be any bytes and a report is
//! text: one that isn't UTF-8 is written by the code of all paths
//! ([`rewind_protocol::path_text`]), and a run's first line says of which of its
//! members that is so.

use rewind_protocol::path_text;
use std::borrow::Cow;
use std::ffi::OsString;
use std::os::unix::ffi::{OsStrExt as _, OsStringExt as _};
use std::path::Path;

/// The path as it is told.
pub(crate) fn told(path: &Path) -> Cow<'_, str> {
    path_text::case_name(path.as_os_str().as_bytes())
}

/// It can't be told as it is.
pub(crate) fn is_escaped(path: &Path) -> bool {
    path.to_str().is_none()
}

/// The path that was told so.
pub(crate) fn read(text: &str, escaped: bool) -> OsString {
    match path_text::unescaped_bytes(text) {
        Ok(bytes) if escaped => OsString::from_vec(bytes.into_owned()),
        _ => text.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::ffi::OsStr;

    proptest! {
        #[test]
        fn any_path_is_read_as_it_was_told(bytes in prop::collection::vec(1..=u8::MAX, 0..20)) {
            let path = Path::new(OsStr::from_bytes(&bytes));
            prop_assert_eq!(read(&told(path), is_escaped(path)), path);
        }

        #[test]
        fn path_that_is_text_is_told_as_it_is(text in "\\PC*") {
            prop_assert_eq!(told(Path::new(&text)), &*text);
        }
    }
}
