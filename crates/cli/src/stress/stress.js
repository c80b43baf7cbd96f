// What the cases of a stress run share. It is evaluated before the checkpoint,
// so everything here must be as new in every case.
var canary = { value: 1, list: [1, 2, 3], text: "as new" };
var stress = (function () {
  "use strict";
  var ownKeys = Reflect.ownKeys;
  var describe = Object.getOwnPropertyDescriptor;
  var prototypeOf = Object.getPrototypeOf;
  var global = globalThis;

  // A heap of some size, so that damage has something to hit.
  function tree(depth) {
    return depth === 0 ? null : { depth: depth, left: tree(depth - 1), right: tree(depth - 1) };
  }
  var oak = tree(7);
  var bytes = new Uint8Array(8192).map(function (_, at) { return (at * 31) & 255; });
  var map = new Map();
  for (var at = 0; at < 200; at++) map.set("key " + at, { at: at });

  function mix(sum, text) {
    for (var at = 0; at < text.length; at++) sum = (Math.imul(sum, 31) + text.charCodeAt(at)) | 0;
    return sum;
  }

  function weigh(node) {
    return node === null ? 1 : (Math.imul(weigh(node.left), 31) + weigh(node.right) + node.depth) | 0;
  }

  // Sum of the structures above, with the names of all globals.
  function quickSum() {
    var sum = weigh(oak);
    for (var at = 0; at < bytes.length; at += 64) sum = (Math.imul(sum, 31) + bytes[at]) | 0;
    var rest = [canary.value, canary.list.join(), canary.text, map.size, ownKeys(global).map(String).join()];
    return sum + ": " + rest.join();
  }

  // Sum of every property of every object that can be reached from the globals.
  function fullSum() {
    var seen = new Set([global]), queue = [global], sum = 0;
    function note(value) {
      var isObject = (typeof value === "object" && value !== null) || typeof value === "function";
      if (isObject && !seen.has(value)) {
        seen.add(value);
        queue.push(value);
      }
      sum = mix(sum, isObject ? typeof value : String(value));
    }
    while (queue.length > 0) {
      var object = queue.pop();
      note(prototypeOf(object));
      ownKeys(object).forEach(function (key) {
        var property = describe(object, key);
        sum = mix(sum, String(key) + property.writable + property.enumerable + property.configurable);
        if ("value" in property) {
          note(property.value);
        } else {
          note(property.get);
          note(property.set);
        }
      });
    }
    return mix(sum, "" + seen.size);
  }

  function expect(what, seen, wanted) {
    if (seen !== wanted) throw new Error("damage: " + what + " is " + seen + ", not " + wanted);
  }

  // Work of many kinds, with results that are known.
  function work() {
    var numbers = [];
    for (var at = 0; at < 40; at++) numbers.push((at * 7919) % 41);
    expect("a sort", numbers.sort(function (a, b) { return a - b; })[39], 40);
    expect("a regular expression", "a1b22c333".replace(/[0-9]+/g, "#"), "a#b#c#");
    expect("JSON", JSON.stringify(JSON.parse('{"a":[1,{"b":null}]}')), '{"a":[1,{"b":null}]}');
    expect("a large block", new Uint8Array(100000).fill(7)[99999], 7);
    expect("a number", String(0.1 + 0.2), "0.30000000000000004");
    expect("a date", new Date(0).toISOString(), "1970-01-01T00:00:00.000Z");
  }

  var quickWanted, fullWanted;
  return {
    // Called last in this file.
    remember: function () {
      quickWanted = quickSum();
      fullWanted = fullSum();
    },
    quick: function () {
      expect("the quick sum", quickSum(), quickWanted);
      work();
    },
    full: function () {
      expect("the full sum", fullSum(), fullWanted);
    },
    // Leaves traces everywhere; each would make a check fail.
    spoil: function () {
      canary.value = 2;
      canary.list.push(4);
      oak.left = null;
      bytes.fill(1);
      map.clear();
      global.left = "behind";
      Object.prototype.left = "behind";
      delete Math.sin;
      Array.prototype.push = null;
      String.prototype.replace = function () { return "spoilt"; };
    },
  };
})();
stress.remember();
