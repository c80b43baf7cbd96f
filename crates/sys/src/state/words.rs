//! Memory of the process that no library's data covers, and that code may
//! change all the same.

use std::ffi::c_void;

/// Keys whose values lie in the thread's control block itself.
const INLINE_KEYS: usize = 32;
/// A value with the count that tells whether its key is still the same.
const ENTRY: usize = 16;

/// Sets the calling thread's errno to 0.
pub fn clear_errno() {
    // SAFETY: errno's address is always valid.
    let place = unsafe { libc::__errno_location() };
    // SAFETY: as above.
    unsafe { place.write(0) };
}

/// Address and length of the calling thread's values of
/// `pthread_setspecific(3)`, with the list of further blocks behind them; `None`
/// where the C library arranges them differently.
///
/// The arrangement isn't promised, so it is looked for: a mark is set as a
/// value, found in the control block, and what must lie beside it is checked.
#[must_use]
pub fn key_values() -> Option<(usize, usize)> {
    const MARK: usize = 0x5a17_c0de_0f0f_3c3c;
    let mut key = 0;
    // SAFETY: the key is ours; no destructor is wanted.
    if unsafe { libc::pthread_key_create(&raw mut key, None) } != 0 {
        return None;
    }
    // SAFETY: the key was just made; the value is a number, never followed.
    unsafe { libc::pthread_setspecific(key, MARK as *const c_void) };
    let found = usize::try_from(key).ok().and_then(|key| find(MARK, key));
    // SAFETY: the key is ours; so is the value, which no destructor sees.
    unsafe { libc::pthread_setspecific(key, std::ptr::null()) };
    // SAFETY: made above.
    unsafe { libc::pthread_key_delete(key) };
    found
}

fn find(mark: usize, key: usize) -> Option<(usize, usize)> {
    const SEARCHED: usize = 2048 / size_of::<usize>();
    // SAFETY: pthread_self can't fail; it is the control block's address.
    let block = unsafe { libc::pthread_self() } as *const usize;
    // SAFETY: a control block of glibc's is 2,304 bytes on x86-64.
    let words = unsafe { std::slice::from_raw_parts(block, SEARCHED) };
    let value = words.iter().position(|word| *word == mark)?;
    let first = value.checked_sub(1 + key.checked_mul(ENTRY / size_of::<usize>())?)?;
    let pointers = first + INLINE_KEYS * ENTRY / size_of::<usize>();
    let start = block as usize + first * size_of::<usize>();
    // The list of blocks begins with the one inside the control block.
    (key < INLINE_KEYS && words.get(pointers) == Some(&start)).then_some(())?;
    // The list has 32 pointers, and behind it a flag in a word of its own.
    Some((
        start,
        INLINE_KEYS * ENTRY + INLINE_KEYS * size_of::<usize>(),
    ))
}

/// Address and length of the strings that the process was started with,
/// arguments and environment, with the arrays that point to them.
#[must_use]
pub fn argument_block() -> Vec<(usize, usize)> {
    let text = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    // Behind the name in parentheses, which may hold anything: the third field.
    let fields = text.rsplit_once(") ").map_or("", |(_, fields)| fields);
    let field = |number: usize| -> Option<usize> {
        fields
            .split_ascii_whitespace()
            .nth(number - 3)?
            .parse()
            .ok()
            .filter(|at| *at != 0)
    };
    let mut blocks = Vec::new();
    let (stack, first, last) = (field(28), field(48), field(51));
    if let (Some(stack), Some(first)) = (stack, first)
        && let Some(end) = end_of_arrays(stack, first)
    {
        blocks.push((stack, end - stack));
    }
    if let (Some(first), Some(last)) = (first, last)
        && last > first
    {
        blocks.push((first, last - first));
    }
    blocks
}

/// Where the array of environment strings ends that begins behind the one of
/// arguments, which begins behind their count at `stack`.
fn end_of_arrays(stack: usize, limit: usize) -> Option<usize> {
    let words = limit.checked_sub(stack)? / size_of::<usize>();
    // SAFETY: the kernel laid count, arrays and strings out in this order in
    // the main thread's stack, above every frame; they stay for good.
    let words = unsafe { std::slice::from_raw_parts(stack as *const usize, words) };
    let arguments = *words.first()?;
    let behind = arguments.checked_add(2)?;
    let variables = words.get(behind..)?.iter().position(|word| *word == 0)?;
    Some(stack + (behind + variables + 1) * size_of::<usize>())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn key_values_hold_what_is_set() {
        let (start, len) = key_values().expect("glibc on x86-64");
        let mut key = 0;
        // SAFETY: the key is ours.
        assert_eq!(unsafe { libc::pthread_key_create(&raw mut key, None) }, 0);
        // SAFETY: the value is a number, never followed.
        unsafe { libc::pthread_setspecific(key, 0x1234_5678_usize as *const c_void) };
        // SAFETY: the block is this thread's own.
        let words = unsafe { std::slice::from_raw_parts(start as *const usize, len / 8) };
        assert!(words.contains(&0x1234_5678));
        // SAFETY: made above.
        unsafe { libc::pthread_key_delete(key) };
    }

    #[test]
    fn argument_block_holds_the_environment() {
        let blocks = argument_block();
        assert_eq!(blocks.len(), 2, "{blocks:?}");
        let (start, len) = blocks[1];
        // SAFETY: the kernel says that the strings are there.
        let text = unsafe { std::slice::from_raw_parts(start as *const u8, len) };
        let path = std::env::var("PATH").unwrap();
        assert!(String::from_utf8_lossy(text).contains(&format!("PATH={path}")));
    }
}
