//! Gives the guest's variables an output section of their own in the executable.
//!
//! An engine that is linked in keeps a few variables outside its heap. Among
//! the host's they could not be put back; on pages of their own they are part
//! of the checkpoint like those of any shared library.

fn main() {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/guest-statics.ld");
    println!("cargo:rerun-if-changed={script}");
    println!("cargo:rustc-link-arg-bins=-Wl,-T,{script}");
}
