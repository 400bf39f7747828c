import BrowserAutomation
import Cryptography
import JSON
import JobModel

/// What `upload` puts into a field.
enum UploadFile {
    /// A file of the job.
    case artifact(String)
    /// One written into the scenario.
    case written(UploadSource)
}

extension ToDo {
    /// The files of an `upload`.
    func uploads() throws(StepFailure) -> [UploadFile] {
        guard let value = fields["files"], !value.isNull else { throw invalid("needs 'files'") }
        let isInFolder = try uploadFolder() != nil
        var files: [UploadFile] = []
        for file in value.array ?? [value] {
            switch file {
            case .string(let name): files.append(.artifact(name))
            case .object(let object): files.append(.written(try written(object, isInFolder: isInFolder)))
            default:
                throw invalid("wants names of artifacts or {name, content} in 'files', not \(file.typeName)")
            }
        }
        return files
    }

    /// The name of the directory to upload, when it is one.
    func uploadFolder() throws(StepFailure) -> String? {
        guard let name = try optionalString("directory") else { return nil }
        if let problem = ArtifactName.problem(with: name) { throw invalid("has a 'directory' that \(problem)") }
        return name
    }

    private func written(_ file: JSONObject, isInFolder: Bool) throws(StepFailure) -> UploadSource {
        guard let name = file["name"]?.string else { throw invalid("has a file without 'name' in 'files'") }
        let components =
            isInFolder ? name.split(separator: "/", omittingEmptySubsequences: false).map(String.init) : [name]
        for component in components {
            if let problem = ArtifactName.problem(with: component) {
                throw invalid("cannot upload a file named '\(name)': the name \(problem)")
            }
        }
        if let text = file["content"]?.string { return UploadSource(name: name, .bytes(Array(text.utf8))) }
        guard let coded = file["base64"]?.string else {
            throw invalid("has the file '\(name)' without 'content' or 'base64'")
        }
        guard let bytes = try? Base64.decode(coded) else { throw invalid("has no Base64 in 'base64' of '\(name)'") }
        return UploadSource(name: name, .bytes(bytes))
    }
}
