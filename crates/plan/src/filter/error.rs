//! What is wrong with a filter expression, with a caret under it.

use std::fmt;

/// Why an expression can't be read. Shows the expression and a caret below the place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FilterError {
    /// The whole expression.
    pub expression: String,
    /// Where, in characters from 0.
    pub column: usize,
    /// What was expected there.
    pub message: String,
}

impl FilterError {
    /// An error at the byte `offset` of `expression`.
    pub(super) fn at(expression: &str, offset: usize, message: impl Into<String>) -> Self {
        let column = expression
            .char_indices()
            .take_while(|&(at, _)| at < offset)
            .count();
        Self {
            expression: expression.to_owned(),
            column,
            message: message.into(),
        }
    }
}

impl fmt::Display for FilterError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "read the filter: {}", self.message)?;
        // A line break or a tab would move the caret.
        let flat = self.expression.replace(char::is_control, " ");
        write!(f, "  {flat}\n  {:1$}^", "", self.column)
    }
}

impl std::error::Error for FilterError {}
