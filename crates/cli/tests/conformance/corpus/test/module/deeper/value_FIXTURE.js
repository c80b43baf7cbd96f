// SPDX-License-Identifier: MIT OR Apache-2.0
export { value as outer } from '../value_FIXTURE.js';
export const value = 'deeper';
