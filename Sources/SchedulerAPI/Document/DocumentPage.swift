import JSON
import Security

/// The route table as a page to read: one file, no scripts, nothing from elsewhere.
struct DocumentPage {
    let version: String

    /// The page.
    var html: String {
        let links = OpenAPIDocument.subjects.map { "<a href=\"#\(Self.escape($0))\">\(Self.escape($0))</a>" }
        let sections = OpenAPIDocument.subjects.map(section)
        return """
            <!doctype html>
            <html lang="en">
            <head>
            <meta charset="utf-8">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <title>cpa API</title>
            <style>\(Self.style)</style>
            </head>
            <body id="top">
            <nav>
            <p><strong>cpa</strong> <small>\(Self.escape(version))</small> <a href="#top">contents</a></p>
            <div>
            \(links.joined(separator: "\n"))
            <a href="#data-types">data types</a>
            </div>
            </nav>
            <main>
            <h1>The API of cpa</h1>
            <p>Every route is served under <code>/</code> and <code>/api/v1</code>. A caller sends its key in
            <code>X-API-Key</code> or <code>Authorization: Bearer</code>. Problems are
            <code>application/problem+json</code> (RFC 9457) with a stable <code>code</code>, and pointers to what is
            wrong. Beside each route stand the least role and the scope it needs. The same for programs is
            <a href="openapi.json">the OpenAPI document</a>.</p>
            \(sections.joined(separator: "\n"))
            <h2 id="data-types">data types</h2>
            \(RouteTable.schemas.map(Self.schema).joined(separator: "\n"))
            </main>
            </body>
            </html>
            """
    }

    // MARK: Routes

    private func section(_ subject: String) -> String {
        let routes = RouteTable.routes.filter { $0.subject == subject }
        let title = Self.escape(subject)
        return "<h2 id=\"\(title)\">\(title)</h2>\n" + routes.map(Self.route).joined(separator: "\n")
    }

    private static func route(_ route: APIRoute) -> String {
        let access =
            switch route.access {
            case .open, .openWithDetails: "<span class=\"tag open\">open</span>"
            case .needs(let role, let scope, let others):
                ([role.rawValue] + ([scope] + others).map(\.rawValue)).map { "<span class=\"tag\">\($0)</span>" }
                    .joined(separator: " ")
            }
        var parts: [String] = []
        if !route.parameters.isEmpty {
            let rows = route.parameters.map { parameter in
                let mark = parameter.isRequired ? "" : " <i>optional</i>"
                return "<tr><td><code>\(escape(parameter.name))</code>\(mark)</td><td>\(parameter.place.rawValue)</td>"
                    + "<td>\(shape(parameter.schema.json))</td><td>\(escape(parameter.summary))</td></tr>"
            }
            parts.append("<h4>Parameters</h4><table>\(rows.joined())</table>")
        }
        if let input = route.input {
            let rows = input.content.map { type, schema, example in
                let form = shape(schema.json) + (example.map(block) ?? "")
                return "<tr><td><code>\(escape(type))</code></td><td>\(form)</td></tr>"
            }
            let word = input.isRequired ? "Body" : "Body <i>optional</i>"
            parts.append("<h4>\(word)</h4><table>\(rows.joined())</table>")
        }
        let rows = route.answers.map { answer in
            let content = answer.content.map { "\(shape($0.schema.json))" } ?? ""
            return "<tr><td><b>\(answer.status)</b></td><td>\(escape(answer.summary))</td><td>\(content)</td></tr>"
        }
        let problems = route.problems.sorted().map(String.init).joined(separator: ", ")
        let last = "<tr><td>\(problems)</td><td colspan=\"2\">\(link("Problem"))</td></tr>"
        parts.append("<h4>Answers</h4><table>\(rows.joined())\(last)</table>")
        return """
            <details><summary><span class="method \(route.method)">\(route.method)</span> <code>\(escape(route.path))</code>
            <span class="what">\(escape(route.summary))</span> \(access)</summary>
            \(parts.joined(separator: "\n"))
            </details>
            """
    }

    /// A body such as clients send; what is no JSON as it is.
    private static func block(_ example: JSONValue) -> String {
        "<pre>\(escape(example.string ?? example.text(.pretty)))</pre>"
    }

    // MARK: Schemas

    private static func schema(_ named: (name: String, schema: APISchema)) -> String {
        let words = named.schema.json["description"]?.string.map { "<p>\(escape($0))</p>" } ?? ""
        return "<details id=\"schema-\(named.name)\" open><summary><code>\(named.name)</code></summary>"
            + "\(words)\(shape(named.schema.json))</details>"
    }

    private static func link(_ name: String) -> String { "<a href=\"#schema-\(name)\">\(name)</a>" }

    /// A schema in a few words or, for an object, as a list.
    private static func shape(_ json: JSONObject) -> String {
        if let place = json["$ref"]?.string { return link(String(place.split(separator: "/").last ?? "")) }
        if let choices = json["anyOf"]?.array {
            return choices.compactMap(\.object).map(shape).joined(separator: " or ")
        }
        if let words = json["enum"]?.array {
            return words.map { "<code>\(escape($0.string ?? $0.text()))</code>" }.joined(separator: " ")
        }
        switch json["type"]?.string {
        case "array"?: return "list of " + shape(json["items"]?.object ?? [:])
        case "object"?: return object(json)
        case "integer"?: return "whole number" + range(json)
        case "string"?: return text(json)
        case let type?: return escape(type)
        case nil: return "anything"
        }
    }

    private static func object(_ json: JSONObject) -> String {
        guard let properties = json["properties"]?.object else { return "object" }
        let required = Set((json["required"]?.array ?? []).compactMap(\.string))
        let rows = properties.map { name, value in
            let mark = required.contains(name) ? "" : " <i>optional</i>"
            let words = value["description"]?.string.map { " – \(escape($0))" } ?? ""
            return "<li><code>\(escape(name))</code>\(mark): \(shape(value.object ?? [:]))\(words)</li>"
        }
        return "<ul>\(rows.joined())</ul>"
    }

    private static func range(_ json: JSONObject) -> String {
        switch (json["minimum"]?.int64, json["maximum"]?.int64) {
        case (let low?, let high?): " \(low) to \(high)"
        case (let low?, nil): " from \(low)"
        default: ""
        }
    }

    private static func text(_ json: JSONObject) -> String {
        switch json["format"]?.string {
        case "date-time"?: return "time (RFC 3339)"
        case "binary"?: return "bytes"
        default: break
        }
        if let example = json["examples"]?[0]?.string { return "text such as <code>\(escape(example))</code>" }
        return "text"
    }

    private static func escape(_ text: String) -> String {
        var escaped = ""
        for character in text {
            switch character {
            case "&": escaped += "&amp;"
            case "<": escaped += "&lt;"
            case ">": escaped += "&gt;"
            case "\"": escaped += "&quot;"
            default: escaped.append(character)
            }
        }
        return escaped
    }

    private static let style = """
        :root { color-scheme: light dark; --line: #8884; --soft: #8881; --accent: #0a6; }
        * { box-sizing: border-box }
        body { margin: 0; font: 16px/1.5 system-ui, sans-serif; display: grid; grid-template-columns: 13rem 1fr }
        nav { position: sticky; top: 0; height: 100vh; overflow: auto; padding: 1.5rem 1rem; border-right: 1px solid var(--line) }
        nav a { display: block; padding: .2rem 0; text-decoration: none; color: inherit }
        nav a:hover { color: var(--accent) }
        nav p { margin: 0 }
        nav p a { display: none }
        main { padding: 1.5rem 2rem 6rem; max-width: 62rem; min-width: 0 }
        h2 { margin: 2.5rem 0 .5rem; font-size: 1.25rem; scroll-margin-top: 1rem }
        h4 { margin: .8rem 0 .2rem; font-size: .8rem; text-transform: uppercase; letter-spacing: .05em; opacity: .7 }
        details { border: 1px solid var(--line); border-radius: .4rem; margin: .4rem 0; padding: .5rem .8rem; scroll-margin-top: 1rem }
        details[open] { background: var(--soft) }
        summary { cursor: pointer }
        code { font: .9em ui-monospace, monospace }
        table { border-collapse: collapse; width: 100% }
        td { border-top: 1px solid var(--line); padding: .3rem .6rem .3rem 0; vertical-align: top }
        ul { margin: .2rem 0; padding-left: 1.2rem }
        pre { margin: .4rem 0; font: .85em/1.4 ui-monospace, monospace; white-space: pre-wrap; overflow-wrap: anywhere }
        i { opacity: .6; font-size: .85em }
        .method { display: inline-block; min-width: 4.2rem; font: bold .8rem ui-monospace, monospace; color: var(--accent) }
        .method.DELETE { color: #c33 } .method.POST, .method.PUT { color: #27c }
        .what { opacity: .8 }
        .tag { border: 1px solid var(--line); border-radius: 1rem; padding: 0 .5rem; font-size: .75rem; white-space: nowrap }
        .tag.open { border-color: var(--accent) }
        @media (max-width: 50rem) {
        html { scroll-padding-top: 2.5rem }
        body { display: block }
        nav { display: contents }
        nav p { position: sticky; top: 0; z-index: 1; background: Canvas }
        nav p { display: flex; gap: .4rem; align-items: baseline; padding: .4rem 1rem }
        nav p a { display: block; margin-left: auto }
        nav p, nav div { border-bottom: 1px solid var(--line) }
        nav div { display: flex; flex-wrap: wrap; gap: 0 1rem; padding: .4rem 1rem }
        main { padding: 1rem 1rem 6rem }
        table, ul { overflow-wrap: anywhere }
        }
        @media (max-width: 30rem) {
        table, tbody { display: block }
        tr { display: flex; flex-wrap: wrap; gap: 0 .8rem; padding: .3rem 0; border-top: 1px solid var(--line) }
        td { border: 0; padding: 0; min-width: 0 }
        }
        """
}
