package import ObjectModel
package import Storage

extension MetadataService {
    package static func apply(
        _ operations: [Operation], in transaction: any MetadataWriting, at region: NodeID? = nil
    ) throws {
        try self.apply(operations.map { DecodedOperation($0) }, in: transaction, at: region)
    }
}
