/// A request that the rules of the domain refuse. Nothing was changed.
public struct DomainError: Error, Equatable, Sendable {
    /// The codes that Speckle's clients know (`extensions.code`).
    public enum Code: String, Sendable, CaseIterable {
        case badRequest = "BAD_REQUEST_ERROR"
        case forbidden = "FORBIDDEN"
        case unauthorized = "UNAUTHORIZED"
        case notFound = "NOT_FOUND_ERROR"
        case userInput = "USER_INPUT_ERROR"
        case projectNotFound = "STREAM_NOT_FOUND"
        case projectUpdate = "STREAM_UPDATE_ERROR"
        case projectAccessUpdate = "STREAM_ACCESS_UPDATE_ERROR"
        case inviteCreate = "INVITE_CREATE_ERROR"
        case inviteNotFound = "INVITE_NOT_FOUND"
        case inviteFinalizing = "INVITE_FINALIZING_ERROR"
        case accessRequestCreate = "ACCESS_REQUEST_CREATION_ERROR"
        case accessRequestProcessing = "ACCESS_REQUEST_PROCESSING_ERROR"
        case modelName = "BRANCH_NAME_ERROR"
        case modelCreate = "BRANCH_CREATE_ERROR"
        case modelUpdate = "BRANCH_UPDATE_ERROR"
        case modelDelete = "BRANCH_DELETE_ERROR"
        case modelNotFound = "BRANCH_NOT_FOUND"
        case versionCreate = "COMMIT_CREATE_ERROR"
        case versionUpdate = "COMMIT_UPDATE_ERROR"
        case versionDelete = "COMMIT_DELETE_ERROR"
        case versionNotFound = "COMMIT_NOT_FOUND"
        case commentNotFound = "COMMENT_NOT_FOUND"
        case commentCreate = "COMMENT_CREATE_ERROR"
        case commentUpdate = "COMMENT_UPDATE_ERROR"
        case invalidAttachments = "INVALID_ATTACHMENTS"
        case userCreate = "USER_CREATE_ERROR"
        case userUpdate = "USER_UPDATE_ERROR"
        case userNotFound = "USER_NOT_FOUND"
        case unverifiedEmail = "UNVERIFIED_EMAIL_SSO_LOGIN_ERROR"
        case emailExists = "USER_EMAIL_ALREADY_EXISTS_ERROR"
        case emailDelete = "USER_EMAIL_DELETE_ERROR"
        case emailUnverified = "USER_EMAIL_PRIMARY_UNVERIFIED_ERROR"
        case tokenCreate = "TOKEN_CREATE_ERROR"
        case tokenRevoke = "TOKEN_REVOKATION_ERROR"
        case appCreate = "APP_CREATE_ERROR"
        case appNotFound = "APP_NOT_FOUND"
        case objectNotFound = "OBJECT_NOT_FOUND"
        case objectHandling = "OBJECT_HANDLING_ERROR"
        case invalidCursor = "INVALID_CURSOR_VALUE"
        case fileUpload = "FILE_UPLOAD_ERROR"
        case fileRegistered = "ALREADY_REGISTERED_BLOB_ERROR"
        case importNotFound = "FILE_IMPORT_JOB_NOT_FOUND"
        case importResult = "FILE_IMPORT_INVALID_JOB_RESULT_PAYLOAD"
        /// Tiebeam's own: the node was put back to a backup and hears the other regions first.
        case regionRecovering = "REGION_RECOVERING"
        /// Tiebeam's own: the project's policy does not allow this region any more.
        case regionExcluded = "REGION_EXCLUDED"
        /// Tiebeam's own: the project is written to in another region; the message names it.
        case homeElsewhere = "PROJECT_HOME_ELSEWHERE"
        /// Tiebeam's own: a policy that contradicts itself.
        case policy = "PROJECT_POLICY_ERROR"
        case webhookCreate = "WEBHOOK_CREATION_ERROR"
        case workspacesDisabled = "WORKSPACES_MODULE_DISABLED_ERROR"
    }

    public var code: Code
    /// Safe for a client to read.
    public var message: String

    public init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }
}
