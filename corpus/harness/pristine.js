// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: |
  A fingerprint of the realm, taken when the preamble is evaluated, and a check
  that the realm still looks so. List it last among the includes.

  The fingerprint covers the names of the global object and, for everything
  that can be reached from it by properties and prototypes, own keys,
  attributes, identities of values, prototype and extensibility.
defines: [verifyPristine]
---*/

var verifyPristine = (function () {
  // Taken now, so that a polluted intrinsic can't hide what happened to it.
  var ownKeys = Reflect.ownKeys;
  var describe = Reflect.getOwnPropertyDescriptor;
  var prototypeOf = Reflect.getPrototypeOf;
  var isExtensible = Reflect.isExtensible;
  var apply = Reflect.apply;
  var mapGet = Map.prototype.get;
  var same = Object.is;
  var toText = String;

  function isObject(value) {
    return (typeof value === "object" && value !== null) || typeof value === "function";
  }

  function look(object) {
    var keys = ownKeys(object);
    var properties = new Map();
    keys.forEach(function (key) {
      properties.set(key, describe(object, key));
    });
    return { count: keys.length, properties: properties, prototype: prototypeOf(object), extensible: isExtensible(object) };
  }

  var seen = new Map();
  var order = [];
  var pending = [globalThis, prototypeOf(function* () {}), prototypeOf(async function () {}), prototypeOf(async function* () {}), prototypeOf([][Symbol.iterator]()), prototypeOf(new Map().entries()), prototypeOf(/a/[Symbol.matchAll]("a"))];
  while (pending.length > 0) {
    var object = pending.pop();
    if (seen.has(object)) {
      continue;
    }
    var facts = look(object);
    seen.set(object, facts);
    order.push(object);
    if (isObject(facts.prototype)) {
      pending.push(facts.prototype);
    }
    facts.properties.forEach(function (property) {
      [property.value, property.get, property.set].forEach(function (value) {
        if (isObject(value)) {
          pending.push(value);
        }
      });
    });
  }

  function changed(what, key) {
    throw new Test262Error("the realm is not pristine: " + what + (key === undefined ? "" : " of " + toText(key)));
  }

  function compare(object, facts) {
    if (prototypeOf(object) !== facts.prototype) {
      changed("a prototype");
    }
    if (isExtensible(object) !== facts.extensible) {
      changed("extensibility");
    }
    var keys = ownKeys(object);
    for (var i = 0; i < keys.length; i += 1) {
      var before = apply(mapGet, facts.properties, [keys[i]]);
      // verifyPristine itself is assigned once the fingerprint is taken.
      if (object === globalThis && keys[i] === "verifyPristine") {
        continue;
      }
      if (before === undefined) {
        changed("new property", keys[i]);
      }
      var now = describe(object, keys[i]);
      if (!same(now.value, before.value) || now.get !== before.get || now.set !== before.set) {
        changed("value", keys[i]);
      }
      if (now.writable !== before.writable || now.enumerable !== before.enumerable || now.configurable !== before.configurable) {
        changed("attributes", keys[i]);
      }
    }
    if (keys.length !== facts.count) {
      changed("a property is missing: number of properties");
    }
  }

  return function verifyPristine() {
    for (var i = 0; i < order.length; i += 1) {
      compare(order[i], apply(mapGet, seen, [order[i]]));
    }
  };
})();
