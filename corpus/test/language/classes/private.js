// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: Private fields, methods and accessors belong to the class body
features: [class-fields-private, class-methods-private, class-static-methods-private]
---*/

class Account {
  #balance = 0;
  static #count = 0;
  static #next() {
    return ++Account.#count;
  }
  constructor() {
    this.id = Account.#next();
  }
  get #doubled() {
    return this.#balance * 2;
  }
  #add(amount) {
    this.#balance += amount;
    return this;
  }
  deposit(amount) {
    return this.#add(amount).#doubled;
  }
  static peek(other) {
    return other.#balance;
  }
  overwrite() {
    this.#add = 1;
  }
}
const account = new Account();
assert.sameValue(account.deposit(5), 10);
assert.sameValue(Account.peek(account), 5);
assert.sameValue(new Account().id, 2);
assert.throws(TypeError, () => Account.peek({}));
assert.throws(TypeError, () => account.overwrite());
assert.sameValue(Reflect.ownKeys(account).length, 1);
assert.throws(SyntaxError, () => (0, eval)("account.#balance"));
