//! Gives the guest's variables an output section of their own in the executable.
//!
//! An engine that is linked in keeps a few variables outside its heap. Among
//! the host's they could not be put back; on pages of their own they are part
//! of the checkpoint like those of any shared library.
//!
//! Segments lie at the same distance from a boundary of 2 MiB as in the file, and
//! the kernel loads the executable at such a boundary: a worker that forks for
//! each case keeps its code in huge pages, and which part of it fills them must
//! not depend on where it was loaded.
//!
//! The executable is also given a build id, by which results say what made
//! them. Not every linker adds one unasked.

fn main() {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/guest-statics.ld");
    println!("cargo:rerun-if-changed={script}");
    println!("cargo:rustc-link-arg-bins=-Wl,-T,{script}");
    println!("cargo:rustc-link-arg-bins=-Wl,-z,max-page-size=0x200000");
    println!("cargo:rustc-link-arg-bins=-Wl,--build-id=sha1");
}
