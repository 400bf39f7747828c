import JSON
import TestSupport
import Testing

@testable import BrowserAutomation

@Suite(.timeLimit(.minutes(3)), .retried) struct StorageStateTests {
    private let limit = Duration.seconds(30)

    private static let fill = """
        (async () => {
          document.cookie = 'session=1; max-age=3600';
          localStorage.setItem('token', 'abc');
          const opening = indexedDB.open('shop', 3);
          opening.onupgradeneeded = () => {
            const orders = opening.result.createObjectStore('orders', { keyPath: 'id' });
            orders.createIndex('by customer', ['customer', 'date'], { unique: true });
            orders.createIndex('by tag', 'tags', { multiEntry: true });
            opening.result.createObjectStore('blobs', { autoIncrement: true });
            opening.result.createObjectStore('keyed');
          };
          const database = await new Promise((done) => { opening.onsuccess = () => done(opening.result) });
          const change = database.transaction(['orders', 'blobs', 'keyed'], 'readwrite');
          const self = { name: 'me' };
          self.self = self;
          change.objectStore('orders').put({ id: 7, customer: 'X', date: new Date(0), tags: ['a', 'b'] });
          change.objectStore('blobs').add(Uint8Array.of(1, 2, 250));
          change.objectStore('blobs').add({ plain: [1, null, 'x'] });
          change.objectStore('keyed').put(
            { map: new Map([['k', 9n]]), set: new Set([1]), nothing: undefined, not: NaN, self, re: /a+/g },
            new Date(1000),
          );
          await new Promise((done) => { change.oncomplete = done });
          database.close();
          return 1;
        })()
        """

    private static let look = """
        (async () => {
          const opening = indexedDB.open('shop');
          const database = await new Promise((done) => { opening.onsuccess = () => done(opening.result) });
          const all = (store, what) => new Promise((done) => {
            const request = database.transaction(store).objectStore(store)[what]();
            request.onsuccess = () => done(request.result);
          });
          const orders = database.transaction('orders').objectStore('orders');
          const index = orders.index('by customer');
          const shape = [index.keyPath, index.unique, orders.index('by tag').multiEntry, orders.autoIncrement];
          const [order] = await all('orders', 'getAll');
          const [bytes, plain] = await all('blobs', 'getAll');
          const [rich] = await all('keyed', 'getAll');
          const [key] = await all('keyed', 'getAllKeys');
          return {
            cookie: document.cookie, token: localStorage.getItem('token'), version: database.version,
            shape,
            order: [order.id, order.date.getTime(), order.tags], bytes: [bytes.constructor.name, ...bytes], plain,
            rich: [rich.map.get('k') === 9n, rich.set.has(1), 'nothing' in rich, rich.not !== rich.not,
              rich.self.self === rich.self, rich.re.source], key: key.getTime(),
          };
        })()
        """

    @Test func `a login is taken to another browser: cookies, local storage and databases (case 99)`() async throws {
        try await PageServer.with { site in
            let expected: JSONValue
            let state: JSONObject
            (expected, state) = try await withPage { page, context in
                try await page.goto(site("/page"), deadline: limit)
                _ = try await page.evaluate(Self.fill, deadline: limit)
                let expected = try await page.evaluate(Self.look, deadline: limit)
                // The page has gone elsewhere: what its origin keeps is found all the same.
                try await page.goto(html("<p>elsewhere"), deadline: limit)
                let state = try await context.storageState(deadline: limit)
                #expect(await context.pages.count == 1)
                return (expected, state)
            }
            #expect(expected["order"] == [7, 0, ["a", "b"]])
            #expect(expected["bytes"] == ["Uint8Array", 1, 2, 250])
            #expect(expected["rich"] == [true, true, true, true, true, "a+"])
            let text = JSONValue.object(state).serialized()
            try await withPage { page, context in
                try await context.restore(JSONValue(parsing: text), deadline: limit)
                try await page.goto(site("/page"), deadline: limit)
                let found = try await page.evaluate(Self.look, deadline: limit)
                #expect(found == expected)
            }
        }
    }

    @Test func `the file has Playwright's form`() async throws {
        try await PageServer.with { site in
            try await withPage { page, context in
                try await page.goto(site("/page"), deadline: limit)
                _ = try await page.evaluate(Self.fill, deadline: limit)
                let state = try await context.storageState(deadline: limit)
                let origin = state["origins"]?[0]
                #expect(origin?["origin"]?.string == site.address)
                #expect(origin?["localStorage"] == [["name": "token", "value": "abc"]])
                let database = origin?["indexedDB"]?[0]
                #expect(database?["name"] == "shop")
                #expect(database?["version"] == 3)
                let stores = database?["stores"]?.array ?? []
                let orders = stores.first { $0["name"] == "orders" }
                #expect(orders?["keyPath"] == "id")
                #expect(orders?["indexes"]?[0]?["keyPathArray"] == ["customer", "date"])
                let blobs = stores.first { $0["name"] == "blobs" }
                #expect(blobs?["records"]?[0] == ["key": 1, "valueEncoded": ["ta": ["b": "AQL6", "k": "ui8"]]])
                #expect(blobs?["records"]?[1]?["value"] == ["plain": [1, nil, "x"]])
                #expect(state["cookies"]?[0]?["name"] == "session")
            }
        }
    }

    @Test func `what is no state is refused, and says why`() async throws {
        try await withPage { _, context in
            let error = await failure { try await context.restore(["cookies": []], deadline: limit) }
            #expect(error?.code == .invalidInput)
            let origin: JSONValue = ["cookies": [], "origins": [["origin": "file:///etc", "localStorage": []]]]
            let second = await failure { try await context.restore(origin, deadline: limit) }
            #expect(second?.code == .invalidInput)
            #expect(await context.pages.isEmpty == false)
        }
    }
}
