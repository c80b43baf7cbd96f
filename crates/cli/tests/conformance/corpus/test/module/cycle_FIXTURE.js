// SPDX-License-Identifier: MIT OR Apache-2.0
import { here } from './cycle.js';
export function there() { return here(); }
