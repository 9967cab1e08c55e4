import GraphQL
import ObjectModel
import Storage

struct CommentMutations: ObjectSource { static let typeName = "CommentMutations" }

struct CommentSource: ObjectSource {
    static let typeName = "Comment"
    let comment: Comment
}

struct CommentsSource: ObjectSource {
    static let typeName = "CommentCollection"
    let listing: Listing<Comment>
}

struct ProjectCommentsSource: ObjectSource {
    static let typeName = "ProjectCommentCollection"
    let listing: Listing<Comment>
    let archivedCount: Int
}

struct ReplyAuthorsSource: ObjectSource {
    static let typeName = "CommentReplyAuthorCollection"
    let users: [User]
    let totalCount: Int
}

struct CommentPermissions: ObjectSource {
    static let typeName = "CommentPermissionChecks"
    let comment: Comment
}

struct CommentTextSource: ObjectSource {
    static let typeName = "SmartTextEditorValue"
    let content: CommentContent
    let attachments: [Blob]
}

struct CommentResourceSource: ObjectSource {
    static let typeName = "ResourceIdentifier"
    let resource: CommentResource
}

struct ViewerResourceItemSource: ObjectSource {
    static let typeName = "ViewerResourceItem"
    let item: ViewerResources.Item
}
