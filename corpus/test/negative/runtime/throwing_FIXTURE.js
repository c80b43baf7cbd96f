// SPDX-License-Identifier: MIT OR Apache-2.0
throw new EvalError("as expected");
