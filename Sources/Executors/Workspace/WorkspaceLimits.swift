/// How much a job may keep on a worker's disk; more is `storage_full`.
package struct WorkspaceLimits: Sendable {
    /// Bytes of one file.
    package var fileBytes: Int
    /// Bytes of all files of the job.
    package var totalBytes: Int
    /// Number of files.
    package var files: Int

    /// Limits: 256 MiB a file, 1 GiB and 1000 files a job unless said otherwise.
    package init(fileBytes: Int = 256 << 20, totalBytes: Int = 1 << 30, files: Int = 1000) {
        self.fileBytes = fileBytes
        self.totalBytes = totalBytes
        self.files = files
    }
}
