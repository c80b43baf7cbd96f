//! The engine's variables that lie in the executable rather than in its heap.
//!
//! `Atomics.wait` and `Atomics.notify` share a lock and a list of waiters in
//! static memory, which belongs to the host's executable and is in no
//! checkpoint. A case that a fault or its deadline ends while it waits would
//! leave a waiter on its dead stack in that list, for the next `notify` to
//! follow. So their bytes are kept and put back before each case.
//!
//! They are local symbols of a C file: only the executable's symbol table knows
//! where they are. If it was stripped, nothing is put back and
//! [`Statics::found`] says so.

use std::fs::File;
use std::os::unix::fs::FileExt;

/// The engine's mutable variables: the lock, its initialisation, the waiters.
const NAMES: [&str; 3] = [
    "js_atomics_mutex",
    "js_atomics_once",
    "js_atomics_waiter_list",
];
/// Exported symbol whose address is known, to tell where the executable was loaded.
const ANCHOR: &str = "JS_GetVersion";
/// Largest variable, in bytes.
const MOST_BYTES: usize = 64;

/// One variable and what it held after boot.
#[derive(Clone, Copy)]
struct Variable {
    address: *mut u8,
    len: usize,
    image: [u8; MOST_BYTES],
}

/// The variables, or nothing.
pub(crate) struct Statics(Option<[Variable; NAMES.len()]>);

impl Statics {
    /// Finds the variables. Host mode: allocates.
    pub(crate) fn find() -> Self {
        Self(find())
    }

    /// Keeps what the variables hold now.
    pub(crate) fn keep(&mut self) {
        for variable in self.0.iter_mut().flatten() {
            let image = variable.image.as_mut_ptr();
            // SAFETY: as in `restore`.
            unsafe { image.copy_from_nonoverlapping(variable.address, variable.len) };
        }
    }

    /// All were found.
    pub(crate) const fn found(&self) -> bool {
        self.0.is_some()
    }

    /// Puts back what was kept. No agent may be running.
    pub(crate) fn restore(&self) {
        for variable in self.0.iter().flatten() {
            let image = variable.image.as_ptr();
            // SAFETY: the symbol table gave address and length of a variable of
            // the engine's, which `MOST_BYTES` holds, and which nobody uses while
            // no thread of its runs.
            unsafe {
                variable
                    .address
                    .copy_from_nonoverlapping(image, variable.len)
            };
        }
    }
}

fn find() -> Option<[Variable; NAMES.len()]> {
    let file = File::open("/proc/self/exe").ok()?;
    let table = SymbolTable::read(&file)?;
    let (anchor, _) = table.symbol(ANCHOR)?;
    let loaded_at = (rquickjs_sys::JS_GetVersion as *const () as usize).checked_sub(anchor)?;
    let [mutex, once, waiters] = NAMES.map(|name| variable(&table, name, loaded_at));
    Some([mutex?, once?, waiters?])
}

fn variable(table: &SymbolTable, name: &str, loaded_at: usize) -> Option<Variable> {
    let (offset, len) = table.symbol(name)?;
    if len == 0 || len > MOST_BYTES {
        return None;
    }
    Some(Variable {
        address: (loaded_at + offset) as *mut u8,
        len,
        image: [0; MOST_BYTES],
    })
}

/// `.symtab` and its strings.
struct SymbolTable {
    symbols: Vec<u8>,
    strings: Vec<u8>,
}

/// Type of the section that holds all symbols (ELF gABI, `SHT_SYMTAB`).
const SECTION_OF_SYMBOLS: u32 = 2;
/// Bytes of one section header and of one symbol of a 64-bit file.
const SECTION_HEADER_BYTES: usize = 64;
const SYMBOL_BYTES: usize = 24;

impl SymbolTable {
    fn read(file: &File) -> Option<Self> {
        let header = chunk(file, 0, 64)?;
        if header.get(..5)? != b"\x7fELF\x02" {
            return None;
        }
        let sections = number(&header, 40, 8)?;
        let count = number(&header, 60, 2)?;
        let headers = chunk(file, sections, count * SECTION_HEADER_BYTES)?;
        let of_symbols = headers
            .chunks_exact(SECTION_HEADER_BYTES)
            .find(|header| number(header, 4, 4) == usize::try_from(SECTION_OF_SYMBOLS).ok())?;
        let strings_at = number(of_symbols, 40, 4)? * SECTION_HEADER_BYTES;
        let of_strings = headers.get(strings_at..strings_at + SECTION_HEADER_BYTES)?;
        Some(Self {
            symbols: contents(file, of_symbols)?,
            strings: contents(file, of_strings)?,
        })
    }

    /// Value and size of the symbol called `name`.
    fn symbol(&self, name: &str) -> Option<(usize, usize)> {
        self.symbols.chunks_exact(SYMBOL_BYTES).find_map(|symbol| {
            let start = number(symbol, 0, 4)?;
            let rest = self.strings.get(start..)?.strip_prefix(name.as_bytes())?;
            if rest.first() != Some(&0) {
                return None;
            }
            Some((number(symbol, 8, 8)?, number(symbol, 16, 8)?))
        })
    }
}

/// What a section holds.
fn contents(file: &File, header: &[u8]) -> Option<Vec<u8>> {
    chunk(file, number(header, 24, 8)?, number(header, 32, 8)?)
}

fn chunk(file: &File, at: usize, len: usize) -> Option<Vec<u8>> {
    let mut bytes = vec![0; len];
    file.read_exact_at(&mut bytes, u64::try_from(at).ok()?)
        .ok()?;
    Some(bytes)
}

/// The little-endian number of `len` bytes at `at`.
fn number(bytes: &[u8], at: usize, len: usize) -> Option<usize> {
    let bytes = bytes.get(at..at.checked_add(len)?)?;
    let mut wide = [0; 8];
    wide.get_mut(..len)?.copy_from_slice(bytes);
    usize::try_from(u64::from_le_bytes(wide)).ok()
}

#[cfg(test)]
mod tests {
    use crate::QuickJs;
    use rewind_guest::{Guest, GuestOptions, Host};

    #[test]
    fn variables_are_found_and_put_back() {
        let mut guest = QuickJs::new();
        assert!(guest.restores_statics());
        let host = Box::leak(Box::new(Host::new()));
        guest.boot(host, &GuestOptions::default()).unwrap();
        let [mutex, _, waiters] = guest.statics().0.unwrap();
        assert_eq!(mutex.len, size_of::<libc::pthread_mutex_t>());
        // An empty list points at itself, twice.
        let link = (waiters.address as usize).to_le_bytes();
        assert_eq!(waiters.image[..8], link);
        assert_eq!(waiters.image[8..16], link);
        // SAFETY: no code runs in the engine; the variable is put back below.
        unsafe { waiters.address.write_bytes(0, waiters.len) };
        guest.statics().restore();
        // SAFETY: the variable is `len` bytes long.
        let now = unsafe { core::slice::from_raw_parts(waiters.address, waiters.len) };
        assert_eq!(now, &waiters.image[..waiters.len]);
    }
}
