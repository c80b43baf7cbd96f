//! Objects of the whole system that outlive a process.

use crate::scene::{Action, Done, Scene, check, check_pointer};
use core::ptr;
use libc::c_int;

const MINE: c_int = 0o600;
const NEW: c_int = libc::IPC_CREAT | MINE;

pub(crate) const TABLE: &[Action] = &[
    ("shm-open", |scene| {
        let name = scene.text()?;
        // SAFETY: the name is a C string.
        let number = unsafe { libc::shm_open(name.as_ptr(), libc::O_CREAT | libc::O_RDWR, 0o600) };
        check("shm_open", number).map(drop)
    }),
    ("shm-unlink", |scene| {
        let name = scene.text()?;
        // SAFETY: the name is a C string; it may be gone already.
        unsafe { libc::shm_unlink(name.as_ptr()) };
        Ok(())
    }),
    ("print-shm", |scene| {
        let name = scene.text()?;
        // SAFETY: the name is a C string.
        let number = unsafe { libc::shm_open(name.as_ptr(), libc::O_RDWR, 0o600) };
        scene.say(format_args!("shm {}", number >= 0))
    }),
    ("shmget", |scene| {
        let key = scene.number()?;
        // SAFETY: takes numbers.
        check("shmget", unsafe { libc::shmget(key, 4096, NEW) }).map(drop)
    }),
    ("shmat", |scene| {
        let key = scene.number()?;
        // SAFETY: takes numbers.
        let id = unsafe { libc::shmget(key, 4096, NEW) };
        check("shmget", id)?;
        // SAFETY: anywhere.
        let at = unsafe { libc::shmat(id, ptr::null(), 0) };
        check("shmat", if at as isize == -1 { -1 } else { 0 }).map(drop)
    }),
    ("print-shmget", |scene| {
        let key = scene.number()?;
        // SAFETY: takes numbers.
        let id = unsafe { libc::shmget(key, 0, 0) };
        scene.say(format_args!("shmget {}", id >= 0))
    }),
    ("semget", |scene| {
        let key = scene.number()?;
        // SAFETY: takes numbers.
        check("semget", unsafe { libc::semget(key, 1, NEW) }).map(drop)
    }),
    ("print-semget", |scene| {
        let key = scene.number()?;
        // SAFETY: takes numbers.
        let id = unsafe { libc::semget(key, 0, 0) };
        scene.say(format_args!("semget {}", id >= 0))
    }),
    ("msgget", |scene| {
        let key = scene.number()?;
        // SAFETY: takes numbers.
        check("msgget", unsafe { libc::msgget(key, NEW) }).map(drop)
    }),
    ("print-msgget", |scene| {
        let key = scene.number()?;
        // SAFETY: takes numbers.
        let id = unsafe { libc::msgget(key, 0) };
        scene.say(format_args!("msgget {}", id >= 0))
    }),
    ("remove-keys", remove_keys),
    ("sem-open", |scene| {
        let name = scene.text()?;
        // SAFETY: the name is a C string; mode and value follow it.
        let semaphore = unsafe { libc::sem_open(name.as_ptr(), libc::O_CREAT, 0o600, 1) };
        check_pointer("sem_open", semaphore).map(drop)
    }),
    ("sem-unlink", |scene| {
        let name = scene.text()?;
        // SAFETY: the name is a C string; it may be gone already.
        unsafe { libc::sem_unlink(name.as_ptr()) };
        Ok(())
    }),
    ("print-sem", |scene| {
        let name = scene.text()?;
        // SAFETY: the name is a C string.
        let semaphore = unsafe { libc::sem_open(name.as_ptr(), 0) };
        scene.say(format_args!("sem {}", !semaphore.is_null()))
    }),
    ("mq-open", |scene| {
        let name = scene.text()?;
        let attributes = ptr::null_mut::<libc::mq_attr>();
        // SAFETY: the name is a C string; no attributes are default attributes.
        let number = unsafe {
            libc::mq_open(
                name.as_ptr(),
                libc::O_CREAT | libc::O_RDWR,
                0o600,
                attributes,
            )
        };
        check("mq_open", number).map(drop)
    }),
    ("mq-unlink", |scene| {
        let name = scene.text()?;
        // SAFETY: the name is a C string; it may be gone already.
        unsafe { libc::mq_unlink(name.as_ptr()) };
        Ok(())
    }),
    ("print-mq", |scene| {
        let name = scene.text()?;
        // SAFETY: the name is a C string.
        let number = unsafe { libc::mq_open(name.as_ptr(), libc::O_RDWR) };
        scene.say(format_args!("mq {}", number >= 0))
    }),
];

/// Removes whatever System V object has that key.
fn remove_keys(scene: &mut Scene<'_>) -> Done {
    let key = scene.number()?;
    // SAFETY: takes numbers.
    let memory = unsafe { libc::shmget(key, 0, 0) };
    // SAFETY: removal takes no structure; a number that is none is refused.
    unsafe { libc::shmctl(memory, libc::IPC_RMID, ptr::null_mut()) };
    // SAFETY: takes numbers.
    let semaphores = unsafe { libc::semget(key, 0, 0) };
    // SAFETY: as above.
    unsafe { libc::semctl(semaphores, 0, libc::IPC_RMID) };
    // SAFETY: takes numbers.
    let queue = unsafe { libc::msgget(key, 0) };
    // SAFETY: as above.
    unsafe { libc::msgctl(queue, libc::IPC_RMID, ptr::null_mut()) };
    Ok(())
}
