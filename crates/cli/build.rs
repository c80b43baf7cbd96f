//! Gives the guest's variables an output section of their own in the executable.
//!
//! An engine that is linked in keeps a few variables outside its heap. Among
//! the host's they could not be put back; on pages of their own they are part
//! of the checkpoint like those of any shared library.
//!
//! The executable is also given a build id, by which results say what made
//! them. Not every linker adds one unasked.

fn main() {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/guest-statics.ld");
    println!("cargo:rerun-if-changed={script}");
    println!("cargo:rustc-link-arg-bins=-Wl,-T,{script}");
    println!("cargo:rustc-link-arg-bins=-Wl,--build-id=sha1");
}
