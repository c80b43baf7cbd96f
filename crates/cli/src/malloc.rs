//! The names that this executable takes over from the C library, for itself
//! and for every library it loads: the malloc family and the exit family.

/// The host's own heap, under prefixed names, so that the guest's malloc can't reach it.
#[global_allocator]
static HOST: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

rewind_heap::export_malloc_family!();
rewind_guard::export_exit_family!();
