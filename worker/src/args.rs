//! What a worker is started with.

use crate::WorkerError;
use std::ffi::OsString;

/// Arguments of `rewind worker`. Everything else comes with the greeting.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct WorkerArgs {
    /// Inherited descriptor of the ledger (`--ledger-fd N`); none for a parent that shares none.
    pub ledger_fd: Option<i32>,
}

impl WorkerArgs {
    /// Reads the arguments behind `worker`.
    ///
    /// # Errors
    /// For an argument that a worker doesn't have.
    pub fn parse(arguments: impl IntoIterator<Item = OsString>) -> Result<Self, WorkerError> {
        let mut parsed = Self::default();
        let mut arguments = arguments.into_iter();
        while let Some(argument) = arguments.next() {
            let refuse = |argument: &OsString| {
                WorkerError::Argument(argument.to_string_lossy().into_owned())
            };
            if argument != "--ledger-fd" {
                return Err(refuse(&argument));
            }
            let number = arguments
                .next()
                .and_then(|value| value.to_str()?.parse().ok());
            parsed.ledger_fd = Some(number.ok_or_else(|| refuse(&argument))?);
        }
        Ok(parsed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(arguments: &[&str]) -> Result<WorkerArgs, WorkerError> {
        WorkerArgs::parse(arguments.iter().map(OsString::from))
    }

    #[test]
    fn parse_takes_the_ledger_and_refuses_the_rest() {
        assert_eq!(parse(&["--ledger-fd", "7"]).unwrap().ledger_fd, Some(7));
        assert_eq!(parse(&[]).unwrap().ledger_fd, None);
        assert!(parse(&["--ledger-fd"]).is_err());
        assert!(parse(&["--ledger-fd", "x"]).is_err());
        let error = parse(&["--what"]).unwrap_err().to_string();
        assert!(error.contains("--what"), "{error}");
    }
}
