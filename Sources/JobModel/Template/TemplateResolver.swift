package import JSON

/// Puts values in place of templates, once, and remembers which secrets were used.
package struct TemplateResolver: Sendable {
    private let context: TemplateContext
    /// Secrets handed out so far, by name, and values of other roots that hold one, by reference: what logs, events and
    /// errors must not show.
    package private(set) var usedSecrets: [String: String] = [:]

    /// A resolver for one task (or for the outputs).
    package init(_ context: TemplateContext) {
        self.context = context
    }

    /// The secrets used since this was last asked.
    package mutating func takeUsedSecrets() -> [String: String] {
        defer { usedSecrets = [:] }
        return usedSecrets
    }

    /// The value with every template in its strings resolved; a string that is one whole template keeps the JSON type.
    ///
    /// - Throws: `TemplateError` with the place inside the value.
    package mutating func resolve(_ value: JSONValue) throws(TemplateError) -> JSONValue {
        switch value {
        case .string(let text): return try resolve(text: text)
        case .array(let elements):
            var resolved: [JSONValue] = []
            for (index, element) in elements.enumerated() {
                do throws(TemplateError) { resolved.append(try resolve(element)) } catch {
                    throw error.at(JSONPointer([String(index)]))
                }
            }
            return .array(resolved)
        case .object(let members): return .object(try resolve(members))
        case .null, .bool, .integer, .number: return value
        }
    }

    /// The object with every template in its values resolved.
    package mutating func resolve(_ members: JSONObject) throws(TemplateError) -> JSONObject {
        var resolved = JSONObject()
        for (key, member) in members {
            do throws(TemplateError) { resolved[key] = try resolve(member) } catch {
                throw error.at(JSONPointer([key]))
            }
        }
        return resolved
    }

    /// A selector with every template in it resolved to a literal, never to syntax.
    package mutating func resolve(selector text: String) throws(TemplateError) -> String {
        let template = try Template(parsing: text)
        if template.isLiteral { return literals(of: template) }
        var writer = SelectorWriter()
        for part in template.parts {
            switch part {
            case .literal(let literal): writer.append(literal)
            case .expression(let expression):
                let start = writer.text.utf8.count
                try writer.append(value: try value(of: expression), for: expression)
                guard expression.isSecret, !usedSecrets.isEmpty else { continue }
                // XPath, which knows no escapes, takes a text with both quotes in pieces.
                let written = String(decoding: writer.text.utf8.dropFirst(start), as: UTF8.self)
                if !context.holdsSecret(written) { context.issued(written) }
            }
        }
        return writer.text
    }

    /// HTML with every template in it resolved to text: what a page or a mail gave never becomes markup of ours.
    ///
    /// A template with `| raw` gives markup.
    package mutating func resolve(html text: String) throws(TemplateError) -> String {
        var result = ""
        for part in try Template(parsing: text).parts {
            switch part {
            case .literal(let literal): result += literal
            case .expression(let expression):
                let value = try value(of: expression)
                do throws(TemplateError) {
                    let text = try TemplateFilter.text(of: value)
                    result += expression.filters.contains(.raw) ? text : Self.escaped(text)
                } catch {
                    throw TemplateError(error.code, "'\(expression.reference)': \(error.message)")
                }
            }
        }
        return result
    }

    /// Fit for text and for attributes in quotes of either kind.
    private static func escaped(_ text: String) -> String {
        text.unicodeScalars.reduce(into: "") { result, scalar in
            switch scalar {
            case "&": result += "&amp;"
            case "<": result += "&lt;"
            case ">": result += "&gt;"
            case "\"": result += "&quot;"
            case "'": result += "&#39;"
            default: result.unicodeScalars.append(scalar)
            }
        }
    }

    /// Whether a `when` lets its task run: missing values, null, false, 0 and "" do not.
    package mutating func isTrue(_ condition: JSONValue) throws(TemplateError) -> Bool {
        var value = condition
        if let text = condition.string {
            let template = try Template(parsing: text)
            if let expression = template.wholeExpression {
                value = try self.value(of: expression, missingIsNull: true)
            } else {
                value = try resolve(text: text)
            }
        }
        return switch value {
        case .null, .bool(false), .integer(0), .string(""), .string("false"): false
        case .number(let number): number != 0
        default: true
        }
    }

    // MARK: Parts

    private mutating func resolve(text: String) throws(TemplateError) -> JSONValue {
        let template = try Template(parsing: text)
        if let expression = template.wholeExpression { return try value(of: expression) }
        var result = ""
        for part in template.parts {
            switch part {
            case .literal(let literal): result += literal
            case .expression(let expression):
                let value = try value(of: expression)
                do throws(TemplateError) { result += try TemplateFilter.text(of: value) } catch {
                    throw TemplateError(error.code, "'\(expression.reference)': \(error.message)")
                }
            }
        }
        return .string(result)
    }

    private func literals(of template: Template) -> String {
        template.parts.map { if case .literal(let text) = $0 { text } else { "" } }.joined()
    }

    private mutating func value(
        of expression: TemplateExpression,
        missingIsNull: Bool = false
    ) throws(TemplateError) -> JSONValue {
        let found = try lookup(expression)
        guard found != nil || missingIsNull || expression.hasDefault else {
            throw TemplateError(
                .missing,
                "'\(expression.reference)' has no value here; check the name, or add | default(…)"
            )
        }
        var value = found ?? .null
        let isSecret = found != nil && holdsSecret(value, of: expression)
        for filter in expression.filters {
            do throws(TemplateError) { value = try filter.apply(value) } catch {
                // The message has the value in it.
                let problem = isSecret ? "'\(filter.name)' cannot take its value, which is a secret" : error.message
                throw TemplateError(error.code, "'\(expression.reference)': \(problem)")
            }
            // What a filter makes of a secret no longer looks like it.
            if isSecret, let text = value.string, !context.holdsSecret(text) { context.issued(text) }
        }
        return value
    }

    /// Whether filters are about to change a secret: one by its root, or one that a page or an item gave back.
    private mutating func holdsSecret(_ value: JSONValue, of expression: TemplateExpression) -> Bool {
        if expression.isSecret { return true }
        let text = value.string ?? value.text()
        guard !expression.filters.isEmpty, context.holdsSecret(text) else { return false }
        usedSecrets[expression.reference] = text
        return true
    }

    private mutating func lookup(_ expression: TemplateExpression) throws(TemplateError) -> JSONValue? {
        let name = expression.name ?? ""
        switch expression.root {
        case .variables: return Self.walk(.object(context.variables), expression.path[...])
        case .tasks: return context.tasks[name].flatMap { Self.walk(.object($0), expression.path.dropFirst()) }
        case .job: return Self.walk(.object(context.job), expression.path[...])
        case .item: return context.item.flatMap { Self.walk($0, expression.path[...]) }
        case .index: return context.index.map { JSONValue($0) }
        case .secrets:
            return try secret(name, default: expression.hasDefault).map(JSONValue.string)
        case .totp:
            guard let key = try secret("totp_\(name)", default: false) else { return nil }
            guard let password = TOTP(key) else {
                throw TemplateError(
                    .unsuitable,
                    "the secret 'totp_\(name)' is neither a Base32 key (RFC 4648) nor an otpauth://totp/ address"
                )
            }
            let code = password.code(milliseconds: context.now())
            context.issued(code)
            return .string(code)
        }
    }

    private mutating func secret(_ name: String, default hasDefault: Bool) throws(TemplateError) -> String? {
        if let secret = context.secret(name) {
            usedSecrets[name] = secret
            return secret
        }
        if hasDefault { return nil }
        let variable = "CPA_SECRET_" + name.uppercased().map { $0 == "-" ? "_" : String($0) }.joined()
        let tenant = context.job["tenant"]?.string.flatMap { $0 == "default" ? nil : " --tenant \($0)" } ?? ""
        var places = [
            "set \(variable) where it runs", "write it into the file of --secrets",
            "keep it with 'cpa secrets set \(name)\(tenant)'",
        ]
        if let place = context.secretPlace { places.append("put it into \(place), where it is not") }
        let last = places.removeLast()
        throw TemplateError(
            .missingSecret,
            "the worker has no secret '\(name)'; \(places.joined(separator: ", ")), or \(last)"
        )
    }

    private static func walk(_ value: JSONValue, _ path: ArraySlice<TemplateExpression.Step>) -> JSONValue? {
        var value = value
        for step in path {
            switch step {
            case .member(let name):
                guard let member = value[name] else { return nil }
                value = member
            case .element(let index):
                guard let array = value.array, let element = value[index < 0 ? array.count + index : index] else {
                    return nil
                }
                value = element
            }
        }
        return value
    }
}
