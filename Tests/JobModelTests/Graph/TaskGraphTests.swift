import JSON
import JobModel
import Testing

struct TaskGraphTests {
    private func task(
        _ index: Int,
        _ action: Action = .hashFile,
        page: String? = nil,
        after: [StepID] = [],
        fields: JSONObject = [:]
    ) -> ToDo {
        var task = ToDo(id: StepID("t\(index)"), index: index, action: action, fields: fields)
        task.page = page
        task.dependsOn = after
        return task
    }

    @Test func `no tasks make an empty graph`() {
        let graph = TaskGraph([])
        #expect(graph.topologicalOrder == [])
        #expect(graph.parallelBatches == [])
        #expect(graph.cycle == nil)
    }

    @Test func `one task is one batch`() {
        #expect(TaskGraph([task(0)]).parallelBatches == [[0]])
    }

    @Test func `a chain runs one after the other`() {
        let graph = TaskGraph([task(0), task(1, after: ["t0"]), task(2, after: ["t1"])])
        #expect(graph.parallelBatches == [[0], [1], [2]])
    }

    @Test func `independent tasks run at once`() {
        #expect(TaskGraph([task(0), task(1), task(2)]).parallelBatches == [[0, 1, 2]])
    }

    @Test func `a diamond joins again`() {
        let graph = TaskGraph([task(0, after: ["t1", "t2"]), task(1, after: ["t3"]), task(2, after: ["t3"]), task(3)])
        #expect(graph.parallelBatches == [[3], [1, 2], [0]])
        #expect(graph.topologicalOrder == [3, 1, 2, 0])
    }

    @Test func `a template that names outputs is a dependency`() {
        let graph = TaskGraph([
            task(0), task(1, fields: ["path": "{{ tasks.t0.artifact }}"]),
            task(2, fields: ["a": ["b": ["x {{ tasks.t1.sha256 | upper }}"]]]),
        ])
        #expect(graph.parallelBatches == [[0], [1], [2]])
        #expect(graph.edges.map(\.kind) == [.data, .data])
    }

    @Test func `tasks on one page keep their order, other pages run beside them`() {
        let graph = TaskGraph([
            task(0, .goto, page: "main"), task(1, .goto, page: "second"), task(2, .click, page: "main"),
            task(3, .click, page: "second"),
        ])
        #expect(graph.parallelBatches == [[0, 1], [2, 3]])
        #expect(graph.edges.map(\.kind) == [.pageOrder("main"), .pageOrder("second")])
    }

    @Test func `a popup's tasks wait for the task that opens it`() {
        let graph = TaskGraph([
            task(0, .goto, page: "main"), task(1, .click, page: "main", fields: ["popup_as": "print"]),
            task(2, .pdf, page: "print"), task(3, .click, page: "main"),
        ])
        #expect(graph.dependencies == [[], [0], [1], [1]])
        #expect(graph.edges.contains { $0.from == 2 && $0.to == 1 && $0.kind == .pageOpening("print") })
    }

    @Test func `a fallback has no place in the order of its page`() {
        var first = task(0, .click, page: "main")
        first.onError = .fallback("t2")
        let graph = TaskGraph([first, task(1, .click, page: "main"), task(2, .click, page: "main")])
        #expect(graph.dependencies == [[], [0], []])
    }

    @Test func `a cycle is found and named edge by edge`() throws {
        let graph = TaskGraph([task(0), task(1, after: ["t3"]), task(2, after: ["t1"]), task(3, after: ["t2", "t0"])])
        let cycle = try #require(graph.cycle)
        #expect(cycle.map(\.from) == [1, 3, 2])
        #expect(cycle.map(\.to) == [3, 2, 1])
        #expect(graph.topologicalOrder == nil)
        #expect(graph.parallelBatches == nil)
    }

    @Test func `random graphs are either ordered or have a closed way around`() throws {
        var state: UInt64 = 42
        func next(_ bound: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(state >> 33) % bound
        }
        for _ in 0..<200 {
            let graph = TaskGraph((0..<8).map { task($0, after: (0..<next(3)).map { _ in StepID("t\(next(8))") }) })
            guard let cycle = graph.cycle else {
                let order = try #require(graph.topologicalOrder)
                #expect(order.sorted() == Array(0..<8))
                for edge in graph.edges {
                    let places = [edge.to, edge.from].compactMap(order.firstIndex)
                    #expect(places == places.sorted())
                }
                continue
            }
            for (edge, following) in zip(cycle, cycle.dropFirst() + [cycle[0]]) {
                #expect(edge.to == following.from)
                #expect(graph.edges.contains(edge))
            }
        }
    }

    @Test func `a thousand tasks in a row are no problem`() {
        let tasks = (0..<1000).map { task($0, .click, page: "main") }
        #expect(TaskGraph(tasks).parallelBatches?.count == 1000)
    }

    @Test func `the ready set hands each task out once`() {
        var ready = TaskGraph([task(0), task(1, after: ["t0"]), task(2)]).readySet
        #expect(ready.take() == [0, 2])
        #expect(ready.take() == [])
        ready.finish(2)
        #expect(ready.take() == [])
        ready.finish(0)
        #expect(ready.take() == [1])
        #expect(ready.isEmpty)
    }
}
