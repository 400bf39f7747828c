import Executors
import JSON
import JobModel
import Testing

@testable import JobWorker

@Suite struct ScenarioResolverTests {
    private static let resolver = ScenarioResolver(
        context: TemplateContext(
            variables: ["customer": "Firma \"X\" >> css=a", "count": 3, "flag": true],
            job: ["id": "j1"],
            secret: { $0 == "word" ? "geheim" : nil },
            now: { 0 }
        ),
        jobOutputs: ["first": "{{ tasks.rows.table[0] }}", "id": "{{ job.id }}"]
    )

    private static func task(_ action: Action, _ change: (inout ToDo) -> Void) -> ToDo {
        var task = ToDo(id: "a", index: 0, action: action)
        change(&task)
        return task
    }

    @Test func `inside a selector a value is a quoted literal, never syntax`() throws {
        let task = Self.task(.click) { $0.selector = "text={{ variables.customer }}" }
        let resolved = try Self.resolver.task(task, in: RunScope())
        let parsed = try #require(resolved.selector)
        #expect(parsed.hasPrefix("text=\""))
        #expect(!parsed.contains("Firma \"X\""))
    }

    @Test func `so it is in the condition of until`() throws {
        let task = Self.task(.click) {
            $0.fields["until"] = ["selector": "text={{ variables.customer }}", "count": "{{ variables.count }}"]
        }
        let resolved = try Self.resolver.task(task, in: RunScope())
        let selector = try #require(resolved.fields["until"]?["selector"]?.string)
        #expect(selector.hasPrefix("text=\""))
        #expect(resolved.fields["until"]?["count"] == 3)
    }

    @Test func `so it is in every member that is a selector, also of the seed's playwright`() throws {
        for action in [Action.drag, .playwright] {
            let task = Self.task(action) { task in
                task.selector = "#a"
                task.fields = ["op": "drag", "target": "text={{ variables.customer }}"]
            }
            let resolved = try Self.resolver.task(task, in: RunScope())
            #expect(resolved.fields["target"]?.string?.contains("Firma \"X\"") == false)
        }
    }

    @Test func `where text is wanted a number becomes text; elsewhere it stays a number`() throws {
        let task = Self.task(.fill) { task in
            task.text = "{{ variables.count }}"
            task.fields = ["other": "{{ variables.count }}"]
        }
        let resolved = try Self.resolver.task(task, in: RunScope())
        #expect(resolved.text == "3")
        #expect(resolved.fields["other"] == 3)
    }

    @Test func `outputs of tasks, the item and its index can be named`() throws {
        let scope = RunScope(tasks: ["rows": ["table": ["x", "y"]]], item: (value: ["n": 7], index: 1))
        let task = Self.task(.sendMail) {
            $0.fields = ["subject": "{{ item.n }}-{{ index }}-{{ tasks.rows.table[1] }}"]
        }
        #expect(try Self.resolver.task(task, in: scope).fields["subject"] == "7-1-y")
        #expect(try Self.resolver.outputs(in: scope) == ["first": "x", "id": "j1"])
        #expect(try Self.resolver.value("{{ tasks.rows.table }}", in: scope) == ["x", "y"])
        #expect(try Self.resolver.isTrue("{{ variables.flag }}", in: scope))
        #expect(try !Self.resolver.isTrue("{{ tasks.none.value }}", in: scope))
    }

    @Test func `what a template cannot give fails with the place and the name, not with the value of a secret`() throws
    {
        let task = Self.task(.sendMail) { $0.fields = ["subject": "{{ secrets.word }} {{ tasks.none.value }}"] }
        let error = #expect(throws: StepFailure.self) { try Self.resolver.task(task, in: RunScope()) }
        #expect(error?.reason == .invalidInput)
        #expect(error?.message.contains("task 'a' (send_mail)") == true)
        #expect(error?.message.contains("tasks.none.value") == true)
        #expect(error?.message.contains("geheim") == false)
    }

    @Test func `a resolved task says which of its members used a secret`() throws {
        let task = Self.task(.fill) { task in
            task.selector = "#{{ secrets.word }}"
            task.text = "{{ variables.count }}"
            task.fields = ["a": ["b": "{{ secrets.word | upper }}"], "c": "{{ secrets.none | default('x') }}"]
        }
        #expect(try Self.resolver.task(task, in: RunScope()).secretMembers == ["selector", "a"])
    }
}
