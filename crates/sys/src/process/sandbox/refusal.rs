//! Who refused a namespace, and what can be done about it: the errno alone
//! doesn't say.

use crate::error::SysError;

const NO_NAMESPACES: &str = "this kernel was built without them: use one with CONFIG_USER_NS, CONFIG_PID_NS, \
     CONFIG_IPC_NS and CONFIG_NET_NS, or leave --sandbox out";
const USED_UP: &str =
    "user.max_user_namespaces is 0 or used up: sysctl user.max_user_namespaces=10000";
const NOT_FOR_USERS: &str =
    "kernel.unprivileged_userns_clone is 0: sysctl kernel.unprivileged_userns_clone=1";
const APPARMOR: &str = "AppArmor restricts user namespaces: sysctl kernel.apparmor_restrict_unprivileged_userns=0, \
     or give the program a profile that allows `userns`";
const SECCOMP: &str = "a seccomp filter is in force, as in most containers: start the container with \
     `--security-opt seccomp=unconfined`, or leave --sandbox out";
const SOMEBODY: &str = "the container, a chroot or a security module refuses it: run outside of it, or leave \
     --sandbox out";

/// What decides about namespaces on this machine.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Surroundings {
    /// user.max_user_namespaces, if there is such a setting.
    most: Option<u64>,
    /// kernel.unprivileged_userns_clone (Debian), if there is such a setting.
    for_users: Option<u64>,
    /// kernel.apparmor_restrict_unprivileged_userns (Ubuntu), if there is such a setting.
    apparmor: Option<u64>,
    /// A seccomp filter is in force.
    filtered: bool,
    /// The user is root, whom the settings for users don't concern.
    is_root: bool,
}

impl Surroundings {
    /// Those of this process. To be read before it leaves its namespace.
    pub(super) fn read() -> Self {
        let number = |path: &str| std::fs::read_to_string(path).ok()?.trim().parse().ok();
        let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
        Self {
            most: number("/proc/sys/user/max_user_namespaces"),
            for_users: number("/proc/sys/kernel/unprivileged_userns_clone"),
            apparmor: number("/proc/sys/kernel/apparmor_restrict_unprivileged_userns"),
            filtered: status.lines().any(|line| line == "Seccomp:\t2"),
            is_root: crate::process::user() == 0,
        }
    }

    /// The error of `call`, with the mend.
    pub(super) fn refused(self, call: &'static str, errno: i32) -> SysError {
        SysError::from_errno(call, errno).mend(self.mend(errno))
    }

    const fn mend(self, errno: i32) -> &'static str {
        match (errno, self.most, self.for_users, self.apparmor) {
            (libc::ENOSPC, ..) | (_, Some(0), ..) => USED_UP,
            _ if self.filtered => SECCOMP,
            (libc::EINVAL, ..) => NO_NAMESPACES,
            (_, _, Some(0), _) if !self.is_root => NOT_FOR_USERS,
            (_, _, _, Some(1)) if !self.is_root => APPARMOR,
            (libc::ENOSYS, ..) => NO_NAMESPACES,
            _ => SOMEBODY,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mend_names_who_refuses() {
        let open = Surroundings {
            most: Some(1000),
            for_users: Some(1),
            apparmor: Some(0),
            ..Surroundings::default()
        };
        let cases = [
            (open, libc::EPERM, "a chroot or a security module"),
            (open, libc::ENOSPC, "user.max_user_namespaces"),
            (open, libc::ENOSYS, "CONFIG_USER_NS"),
            (open, libc::EINVAL, "CONFIG_USER_NS"),
            (
                Surroundings {
                    most: Some(0),
                    ..open
                },
                libc::EPERM,
                "user.max_user_namespaces",
            ),
            (
                Surroundings {
                    for_users: Some(0),
                    ..open
                },
                libc::EPERM,
                "kernel.unprivileged_userns_clone",
            ),
            (
                Surroundings {
                    apparmor: Some(1),
                    ..open
                },
                libc::EACCES,
                "AppArmor",
            ),
            (
                Surroundings {
                    filtered: true,
                    ..open
                },
                libc::ENOSYS,
                "seccomp=unconfined",
            ),
            (
                Surroundings {
                    for_users: Some(0),
                    apparmor: Some(1),
                    is_root: true,
                    ..open
                },
                libc::EPERM,
                "a chroot or a security module",
            ),
        ];
        for (around, errno, part) in cases {
            let text = around.refused("unshare", errno).to_string();
            assert!(text.starts_with("call unshare: "), "{text}");
            assert!(text.contains(part), "{around:?} {errno}: {text}");
        }
    }
}
