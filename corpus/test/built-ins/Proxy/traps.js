// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: Each trap is called for its operation
features: [Proxy, Reflect]
---*/

const log = [];
const handler = new Proxy({}, {
  get(target, trap) {
    log.push(trap);
    return undefined;
  },
});
const proxy = new Proxy(function () {}, handler);
proxy.a;
proxy.a = 1;
"a" in proxy;
delete proxy.a;
proxy();
new proxy();
Object.keys(proxy);
Object.getPrototypeOf(proxy);
Object.preventExtensions(proxy);
assert.compareArray(
  log.filter((trap, i) => log.indexOf(trap) === i),
  ["get", "set", "getOwnPropertyDescriptor", "defineProperty", "has", "deleteProperty", "apply", "construct", "ownKeys", "getPrototypeOf", "preventExtensions"]
);
