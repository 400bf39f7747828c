// What an origin keeps: local storage and databases, as values JSON can carry, and back again.
//
// Values are written in the form of Playwright's storage state files, so that files go both ways; Map and Set, which that form
// does not have, as `m` and `s`.
(() => {
  "use strict";

  const ARRAYS = {
    i8: Int8Array, ui8: Uint8Array, ui8c: Uint8ClampedArray, i16: Int16Array, ui16: Uint16Array, i32: Int32Array,
    ui32: Uint32Array, f32: Float32Array, f64: Float64Array, bi64: BigInt64Array, bui64: BigUint64Array,
  };
  const SPECIAL = { undefined, null: null, NaN, Infinity, "-Infinity": -Infinity, "-0": -0 };

  // MARK: Values

  /** Whether JSON brings it back as it is. */
  function isPlain(value, above = []) {
    if (value === null || typeof value === "string" || typeof value === "boolean") return true;
    if (typeof value === "number") return Number.isFinite(value) && !Object.is(value, -0);
    if (typeof value !== "object" || above.includes(value)) return false;
    const inside = [...above, value];
    if (Array.isArray(value)) return Array.from(value).every((element) => isPlain(element, inside));
    const prototype = Object.getPrototypeOf(value);
    return prototype === Object.prototype && Object.values(value).every((member) => isPlain(member, inside));
  }

  function special(value) {
    const name = Object.keys(SPECIAL).find((name) => Object.is(SPECIAL[name], value));
    return name === undefined ? undefined : { v: name };
  }

  function base64(buffer, offset = 0, length = buffer.byteLength) {
    const bytes = new Uint8Array(buffer, offset, length);
    let text = "";
    for (let start = 0; start < bytes.length; start += 8192) {
      text += String.fromCharCode(...bytes.subarray(start, start + 8192));
    }
    return btoa(text);
  }

  const bytes = (text) => Uint8Array.from(atob(text), (character) => character.charCodeAt(0)).buffer;

  /** Throws for what cannot be written down (files, keys that must not leave the browser). */
  function encode(value, ids = new Map()) {
    const simple = special(value);
    if (simple) return simple;
    if (typeof value === "bigint") return { bi: value.toString() };
    if (typeof value !== "object") return value;
    if (ids.has(value)) return { ref: ids.get(value) };
    if (value instanceof Date) return { d: Number.isNaN(value.getTime()) ? "Invalid Date" : value.toJSON() };
    if (value instanceof RegExp) return { r: { p: value.source, f: value.flags } };
    if (value instanceof Error) return { e: { n: value.name, m: value.message, s: value.stack ?? "" } };
    if (value instanceof ArrayBuffer) return { ab: { b: base64(value) } };
    if (ArrayBuffer.isView(value)) {
      const kind = Object.keys(ARRAYS).find((kind) => value instanceof ARRAYS[kind]);
      if (!kind) throw new TypeError("a DataView");
      return { ta: { b: base64(value.buffer, value.byteOffset, value.byteLength), k: kind } };
    }
    const id = ids.size + 1;
    ids.set(value, id);
    const all = (values) => Array.from(values, (element) => encode(element, ids));
    if (Array.isArray(value)) return { a: all(value), id };
    if (value instanceof Set) return { s: all(value), id };
    if (value instanceof Map) return { m: [...value].map(all), id };
    if (Object.getPrototypeOf(value) !== Object.prototype) throw new TypeError(Object.prototype.toString.call(value));
    return { o: Object.entries(value).map(([k, v]) => ({ k, v: encode(v, ids) })), id };
  }

  function decode(value, known = new Map()) {
    if (value === null || typeof value !== "object") return value;
    if ("ref" in value) return known.get(value.ref);
    if ("v" in value) return SPECIAL[value.v];
    if ("d" in value) return new Date(value.d);
    if ("bi" in value) return BigInt(value.bi);
    if ("u" in value) return value.u;
    if ("r" in value) return new RegExp(value.r.p, value.r.f);
    if ("e" in value) return Object.assign(new Error(value.e.m), { name: value.e.n, stack: value.e.s });
    if ("ab" in value) return bytes(value.ab.b);
    if ("ta" in value) return new ARRAYS[value.ta.k](bytes(value.ta.b));
    const keep = (object) => (known.set(value.id, object), object);
    if ("a" in value) {
      const array = keep([]);
      for (const element of value.a) array.push(decode(element, known));
      return array;
    }
    if ("s" in value) {
      const set = keep(new Set());
      for (const element of value.s) set.add(decode(element, known));
      return set;
    }
    if ("m" in value) {
      const map = keep(new Map());
      for (const [k, v] of value.m) map.set(decode(k, known), decode(v, known));
      return map;
    }
    const object = keep({});
    for (const { k, v } of value.o) object[k] = decode(v, known);
    return object;
  }

  const written = (name, value) => (isPlain(value) ? { [name]: value } : { [`${name}Encoded`]: encode(value) });
  const unwritten = (name, record) => (name in record ? record[name] : decode(record[`${name}Encoded`]));

  // MARK: Databases

  const done = (request, what) =>
    new Promise((resolve, reject) => {
      request.onsuccess = () => resolve(request.result);
      request.onerror = () => reject(new Error(`${what}: ${request.error?.message}`));
      request.onblocked = () => reject(new Error(`${what}: an open page uses it`));
    });

  const path = (keyPath) => (Array.isArray(keyPath) ? { keyPathArray: [...keyPath] } : keyPath === null ? {} : { keyPath });
  const pathOf = (entry) => entry.keyPathArray ?? entry.keyPath ?? null;

  async function readStore(database, name) {
    const store = database.transaction(name, "readonly").objectStore(name);
    const indexes = Array.from(store.indexNames, (name) => {
      const index = store.index(name);
      return { name, ...path(index.keyPath), multiEntry: index.multiEntry, unique: index.unique };
    });
    const [keys, values] = await Promise.all([done(store.getAllKeys(), name), done(store.getAll(), name)]);
    let omitted = 0;
    const records = values.flatMap((value, index) => {
      try {
        return [{ ...(store.keyPath === null ? written("key", keys[index]) : {}), ...written("value", value) }];
      } catch {
        omitted += 1;
        return [];
      }
    });
    return [{ name, autoIncrement: store.autoIncrement, ...path(store.keyPath), records, indexes }, omitted];
  }

  async function read() {
    const localStorage = Object.entries(window.localStorage).map(([name, value]) => ({ name, value }));
    const indexedDB = [];
    let omitted = 0;
    for (const { name } of await window.indexedDB.databases()) {
      const database = await done(window.indexedDB.open(name), name);
      const stores = [];
      for (const store of database.objectStoreNames) {
        const [entry, lost] = await readStore(database, store);
        stores.push(entry);
        omitted += lost;
      }
      indexedDB.push({ name, version: database.version, stores });
      database.close();
    }
    return { localStorage, indexedDB, omitted };
  }

  async function writeDatabase({ name, version, stores }) {
    await done(window.indexedDB.deleteDatabase(name), name);
    const opening = window.indexedDB.open(name, version);
    opening.onupgradeneeded = () => {
      for (const entry of stores) {
        const options = { keyPath: pathOf(entry), autoIncrement: entry.autoIncrement };
        const store = opening.result.createObjectStore(entry.name, options);
        for (const index of entry.indexes) {
          store.createIndex(index.name, pathOf(index), { unique: index.unique, multiEntry: index.multiEntry });
        }
      }
    };
    const database = await done(opening, name);
    for (const { name, records, ...entry } of stores) {
      const transaction = database.transaction(name, "readwrite");
      const store = transaction.objectStore(name);
      for (const record of records) {
        store.put(unwritten("value", record), ...(pathOf(entry) === null ? [unwritten("key", record)] : []));
      }
      await new Promise((resolve, reject) => {
        transaction.oncomplete = resolve;
        transaction.onerror = transaction.onabort = () => reject(new Error(`${name}: ${transaction.error?.message}`));
      });
    }
    database.close();
  }

  async function write({ localStorage = [], indexedDB = [] }) {
    for (const { name, value } of localStorage) window.localStorage.setItem(name, value);
    for (const database of indexedDB) await writeDatabase(database);
  }

  return { read, write };
})()
