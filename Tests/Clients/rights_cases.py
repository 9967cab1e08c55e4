"""How each field of the API and each route is called, for tests of who may. Standard library only.

Names with a dollar sign stand for what World has made: the project, things in it and people.
"""
import dataclasses
import json
import pathlib

from rights_world import WORDS

ID = "0123456789"


@dataclasses.dataclass(frozen=True)
class Case:
    """One call. Whoever is allowed it gets an answer without errors, or one of the codes or statuses in `tolerates`."""

    text: str = ""  # arguments and selection
    fresh: str = None  # what is made anew for each call that may succeed
    tolerates: tuple = ()
    refusals: tuple = ()  # further codes that refuse: whoever is refused is not told what there is
    is_hidden: bool = False  # whoever is refused is told null, or an empty list
    tells_null: bool = False  # whoever is refused may be told null; so may be others
    outer: frozenset = frozenset()  # scopes that the fields around it need


def flag(name):
    return Case("(value: false)") if name != "setFlag" else Case('(key: "seen", value: false)')


SOURCE = 'sourceData: {sourceApplicationSlug: "a", sourceApplicationVersion: "1"}'
INGESTION = 'projectId: "$project", ingestionId: "$ingestion"'
DOC = f"{{doc: {WORDS}}}"
APP = 'name: "Tool", description: "Counts.", redirectUrl: "https://tool.example/", scopes: ["streams:read"]'
TARGET = 'target: {projectId: "$project", resourceIdString: ""}'
WRONG = ("USER_INPUT_ERROR", "BAD_REQUEST_ERROR")

QUERIES = {
    "serverInfo": Case("{ name }"), "activeUser": Case("{ id }"), "otherUser": Case('(id: "$ownerId") { id }'),
    "userSearch": Case('(query: "owner") { items { id } }'), "users": Case('(input: {query: "owner"}) { items { id } }'),
    "usersByEmail": Case('(input: {emails: ["owner@example.com"]}) { id }'), "user": Case('(id: "$strangerId") { id }'),
    "project": Case('(id: "$project") { id name models { totalCount } team { id } }'),
    "projectInvite": Case('(projectId: "$project") { id }', is_hidden=True),
    "streamInvite": Case('(streamId: "$project") { id }', is_hidden=True),
    "app": Case('(id: "spklwebapp") { id }'), "apps": Case("{ id }"), "discoverableStreams": Case("{ totalCount }"), "authenticatedAsApp": Case("{ id }"),
    "streamAccessRequest": Case('(streamId: "$project") { id }'), "stream": Case('(id: "$project") { id name }'),
    "streams": Case("{ totalCount items { id } }"), "streamInvites": Case("{ id }"),
    "comment": Case('(streamId: "$project", id: "$comment") { id }'),
    "comments": Case('(streamId: "$project") { totalCount }'), "admin.userList": Case("{ totalCount }"),
    "admin.projectList": Case("{ totalCount }"), "admin.serverStatistics": Case("{ totalUserCount totalPendingInvites }"),
    "admin.inviteList": Case("{ totalCount }"), "adminStreams": Case("{ totalCount }"), "adminUsers": Case("{ totalCount }"),
    "serverStats": Case("{ totalUserCount }"), "serverInviteByToken": Case('(token: "0") { id }'),
    "userPwdStrength": Case('(pwd: "a") { score }'), "admin.workspaceList": Case("{ totalCount }"),
    "workspace": Case('(id: "a") { id }'), "workspaceBySlug": Case('(slug: "a") { id }'),
    "workspaceSsoByEmail": Case('(email: "a@example.com") { id }'), "workspaceInvite": Case('(workspaceId: "a") { id }'),
    "validateWorkspaceSlug": Case('(slug: "a")'), "automateFunction": Case('(id: "a") { id }'),
    "automateValidateAuthCode": Case('(payload: {code: "a"})'), "dashboard": Case('(id: "a") { id }'),
}

MUTATIONS = {
    "activeUserMutations.update": Case('(user: {bio: "odd"}) { id }'), "userUpdate": Case('(user: {bio: "odd"})'),
    "userNotificationPreferencesUpdate": Case("(preferences: {})"),
    "activeUserMutations.finishOnboarding": Case(),
    "activeUserMutations.setActiveWorkspace": Case('(slug: "a") { id }'),
    "activeUserMutations.emailMutations.create": Case('(input: {email: "$new@example.com"}) { id }'),
    "activeUserMutations.emailMutations.delete": Case('(input: {id: "odd"}) { id }', tolerates=WRONG),
    "activeUserMutations.emailMutations.setPrimary": Case('(input: {id: "odd"}) { id }', tolerates=WRONG),
    "activeUserMutations.emailMutations.requestNewEmailVerification": Case('(input: {id: "$callerId"})'),
    "activeUserMutations.emailMutations.verify": Case('(input: {email: "$callerEmail", code: "000000"})', tolerates=WRONG),
    **{f"activeUserMutations.meta.{name}": flag(name) for name in (
        "setFlag", "setNewWorkspaceExplainerDismissed", "setSpeckleConBannerDismissed",
        "setIntelligenceCommunityStandUpBannerDismissed", "setSpeckleCon25BannerDismissed", "setLegacyProjectsExplainerCollapsed")},
    # Projects
    "projectMutations.create": Case('(input: {name: "new"}) { id }'), "streamCreate": Case('(stream: {name: "new"})'),
    "projectMutations.createForOnboarding": Case("{ id }"),
    "policyMutations.createProject": Case('(input: {name: "new"}, policy: {edges: true}) { id }'),
    "projectMutations.update": Case('(update: {id: "$project", description: "$new"}) { id }', "project"),
    "projectMutations.delete": Case('(id: "$project")', "project"),
    "projectMutations.batchDelete": Case('(ids: ["$project"])', "project"),
    "projectMutations.updateRole": Case(
        '(input: {projectId: "$project", userId: "$reviewerId", role: "stream:contributor"}) { id }', "project"),
    "projectMutations.leave": Case('(id: "$project")', "project", ("STREAM_ACCESS_UPDATE_ERROR", "BAD_REQUEST_ERROR")),
    "streamUpdate": Case('(stream: {id: "$project", description: "$new"})', "project"),
    "streamDelete": Case('(id: "$project")', "project"), "streamsDelete": Case('(ids: ["$project"])', "project"),
    "streamUpdatePermission": Case(
        '(permissionParams: {streamId: "$project", userId: "$reviewerId", role: "stream:contributor"})', "project"),
    "streamRevokePermission": Case('(permissionParams: {streamId: "$project", userId: "$reviewerId"})', "project"),
    "streamLeave": Case('(streamId: "$project")', "project", ("STREAM_ACCESS_UPDATE_ERROR", "BAD_REQUEST_ERROR")),
    "streamFavorite": Case('(streamId: "$project", favorited: true) { id }'),
    "policyMutations.set": Case('(projectId: "$project", policy: {minCopies: 1}) { minCopies }', "project"),
    # Invitations and requests
    "projectMutations.invites.create": Case('(projectId: "$project", input: {email: "$new@example.org"}) { id }', "project"),
    "projectMutations.invites.batchCreate": Case('(projectId: "$project", input: [{email: "$new@example.org"}]) { id }', "project"),
    "projectMutations.invites.cancel": Case('(projectId: "$project", inviteId: "$invite") { id }', "invite"),
    "projectMutations.invites.use": Case(
        '(input: {projectId: "$project", token: "$invitation", accept: true})', "invitation", refusals=("INVITE_NOT_FOUND",)),
    "projectMutations.invites.createForWorkspace": Case('(projectId: "$project", inputs: [{userId: "$guestId"}]) { id }'),
    "streamInviteCreate": Case('(input: {streamId: "$project", email: "$new@example.org"})', "project"),
    "streamInviteBatchCreate": Case('(input: [{streamId: "$project", email: "$new@example.org"}])', "project"),
    "streamInviteCancel": Case('(streamId: "$project", inviteId: "$invite")', "invite"),
    "streamInviteUse": Case(
        '(streamId: "$project", token: "$invitation", accept: true)', "invitation", refusals=("INVITE_NOT_FOUND",)),
    "projectMutations.accessRequestMutations.create": Case(
        '(projectId: "$project") { id }', "unasked", ("ACCESS_REQUEST_CREATION_ERROR",)),
    "streamAccessRequestCreate": Case('(streamId: "$project") { id }', "unasked", ("ACCESS_REQUEST_CREATION_ERROR",)),
    "projectMutations.accessRequestMutations.use": Case(
        '(requestId: "$request", accept: true) { id }', "asked", refusals=("ACCESS_REQUEST_PROCESSING_ERROR",)),
    "streamAccessRequestUse": Case('(requestId: "$request", accept: true)', "asked", refusals=("ACCESS_REQUEST_PROCESSING_ERROR",)),
    "projectMutations.createEmbedToken": Case('(token: {projectId: "$project", resourceIdString: "$model"}) { token }'),
    "projectMutations.revokeEmbedToken": Case('(projectId: "$project", token: "$embed")', "embed"),
    "projectMutations.revokeEmbedTokens": Case('(projectId: "$project")', "embed"),
    # Models and versions
    "modelMutations.create": Case('(input: {projectId: "$project", name: "$new"}) { id }'),
    "modelMutations.update": Case('(input: {projectId: "$project", id: "$model", description: "$new"}) { id }', "model"),
    "modelMutations.delete": Case('(input: {projectId: "$project", id: "$model"})', "model"),
    "versionMutations.create": Case('(input: {projectId: "$project", modelId: "$model", objectId: "$root"}) { id }'),
    "versionMutations.update": Case('(input: {projectId: "$project", versionId: "$version", message: "$new"}) { id }', "version"),
    "versionMutations.moveToModel": Case(
        '(input: {projectId: "$project", versionIds: ["$version"], targetModelName: "moved"}) { id }', "version"),
    "versionMutations.delete": Case('(input: {projectId: "$project", versionIds: ["$version"]})', "version"),
    "versionMutations.markReceived": Case('(input: {projectId: "$project", versionId: "$version", sourceApplication: "a"})'),
    "versionMutations.requestGendoAIRender": Case('(input: {versionId: "a"})'),
    "objectCreate": Case('(objectInput: {streamId: "$project", objects: [{a: "$new"}]})'),
    "branchCreate": Case('(branch: {streamId: "$project", name: "$new"})'),
    "branchUpdate": Case('(branch: {streamId: "$project", id: "$model", description: "$new"})', "model"),
    "branchDelete": Case('(branch: {streamId: "$project", id: "$model"})', "model"),
    "commitCreate": Case('(commit: {streamId: "$project", branchName: "main", objectId: "$root"})'),
    "commitUpdate": Case('(commit: {streamId: "$project", id: "$version", message: "$new"})', "version"),
    "commitDelete": Case('(commit: {streamId: "$project", id: "$version"})', "version"),
    "commitReceive": Case('(input: {streamId: "$project", commitId: "$version", sourceApplication: "a"})'),
    "commitsMove": Case('(input: {streamId: "$project", targetBranch: "main", commitIds: ["$version"]})', "version"),
    "commitsDelete": Case('(input: {streamId: "$project", commitIds: ["$version"]})', "version"),
    # Where nothing disagrees, there is nothing to decide; who may is asked before.
    # Webhooks
    "webhookCreate": Case('(webhook: {streamId: "$project", url: "https://tool.example/$new", triggers: ["commit_create"]})', "project"),
    "webhookUpdate": Case('(webhook: {streamId: "$project", id: "$webhook", description: "$new"})', "webhook"),
    "webhookDelete": Case('(webhook: {streamId: "$project", id: "$webhook"})', "webhook"),
    "webhookMutations.test": Case('(projectId: "$project", webhookId: "$webhook") { id }', "webhook"),
    "webhookMutations.redeliver": Case('(projectId: "$project", eventId: "$event") { id }', "event", ("USER_INPUT_ERROR",)),
    "conflictMutations.keepModel": Case('(projectId: "$project", modelId: "$model")', "model"),
    "conflictMutations.pickVersion": Case('(projectId: "$project", versionId: "$version")', "version", ("COMMIT_UPDATE_ERROR",)),
    "conflictMutations.decideVersion": Case(
        '(projectId: "$project", versionId: "$version", accept: true)', "version", (*WRONG, "VERSION_NOT_FOUND", "COMMIT_NOT_FOUND", "NOT_FOUND_ERROR")),
    # Files and ingestions
    "fileUploadMutations.generateUploadUrl": Case('(input: {projectId: "$project", fileName: "a.ifc"}) { fileId }'),
    "fileUploadMutations.startFileImport": Case(
        '(input: {projectId: "$project", modelId: "$model", fileId: "$file", etag: "$etag"}) { id }', "file"),
    "fileUploadMutations.startFileIngestion": Case(
        '(input: {projectId: "$project", modelId: "$model", fileId: "$file", etag: "$etag"}) { id }', "file"),
    "fileUploadMutations.finishFileImport": Case(
        '(input: {projectId: "$project", jobId: "$file", status: error, reason: "odd", result: {durationSeconds: 1, '
        'downloadDurationSeconds: 1, parseDurationSeconds: 1, parser: "a"}})', "started"),
    **{f"projectMutations.modelIngestionMutations.{name}": Case("(input: {%s}) { id }" % text, "ingestion", WRONG) for name, text in {
        "startProcessing": f'{INGESTION}, progressMessage: "a", {SOURCE}', "requeue": f'{INGESTION}, progressMessage: "a"',
        "updateProgress": f'{INGESTION}, progressMessage: "a", progress: 0.5',
        "completeWithVersion": f'{INGESTION}, rootObjectId: "$root"', "failWithError": f'{INGESTION}, errorReason: "a"',
        "failWithCancel": f'{INGESTION}, cancellationMessage: "a"',
        "requestCancellation": f'{INGESTION}, cancellationMessage: "a"'}.items()},
    "projectMutations.modelIngestionMutations.create": Case(
        f'(input: {{projectId: "$project", modelId: "$model", progressMessage: "a", {SOURCE}}}) {{ id }}'),
    # Comments
    "commentMutations.create": Case(f'(input: {{projectId: "$project", resourceIdString: "$model", content: {DOC}}}) {{ id }}'),
    "commentMutations.reply": Case(f'(input: {{projectId: "$project", threadId: "$comment", content: {DOC}}}) {{ id }}', "comment"),
    "commentMutations.edit": Case(f'(input: {{projectId: "$project", commentId: "$comment", content: {DOC}}}) {{ id }}', "comment"),
    "commentMutations.archive": Case('(input: {projectId: "$project", commentId: "$comment", archived: true})', "comment"),
    "commentMutations.markViewed": Case('(input: {projectId: "$project", commentId: "$comment"})'),
    "commentCreate": Case(
        f'(input: {{streamId: "$project", resources: [{{resourceId: "$version", resourceType: commit}}], text: {WORDS}, data: {{}}, '
        'blobIds: []})'),
    "commentReply": Case(f'(input: {{streamId: "$project", parentComment: "$comment", text: {WORDS}, blobIds: []}})', "comment"),
    "commentEdit": Case(f'(input: {{streamId: "$project", id: "$comment", text: {WORDS}, blobIds: []}})', "comment"),
    "commentArchive": Case('(streamId: "$project", commentId: "$comment")', "comment"),
    "commentView": Case('(streamId: "$project", commentId: "$comment")'),
    "broadcastViewerUserActivity": Case(
        '(projectId: "$project", resourceIdString: "$model", message: {userName: "a", sessionId: "a", status: VIEWING})'),
    "userViewerActivityBroadcast": Case('(streamId: "$project", resourceId: "$model", data: {})'),
    "userCommentThreadActivityBroadcast": Case('(streamId: "$project", commentId: "$comment", data: {})'),
    # Tokens and apps
    "apiTokenCreate": Case('(token: {name: "t", scopes: []})', tolerates=("TOKEN_CREATE_ERROR",)),
    "appTokenCreate": Case('(token: {name: "t", scopes: ["tokens:write"]})'),
    "apiTokenRevoke": Case('(token: "%s")' % ID, tolerates=("TOKEN_REVOKATION_ERROR",)),
    "appCreate": Case("(app: {%s})" % APP), "appUpdate": Case('(app: {id: "%s", %s})' % (ID, APP), tolerates=("APP_NOT_FOUND",)),
    "appDelete": Case('(appId: "%s")' % ID, tolerates=("APP_NOT_FOUND",)),
    "appRevokeAccess": Case('(appId: "%s")' % ID, tolerates=("APP_NOT_FOUND",)),
    # The server
    "admin.updateEmailVerification": Case('(input: {email: "stranger@example.com", verified: false})'),
    "serverInfoUpdate": Case('(info: {name: "Tiebeam", guestModeEnabled: true})'),
    "serverInfoMutations.multiRegion.create": Case('(input: {key: "a", name: "b"}) { id }', tolerates=("BAD_REQUEST_ERROR",)),
    "serverInfoMutations.multiRegion.update": Case('(input: {key: "a", name: "b"}) { id }', tolerates=("BAD_REQUEST_ERROR",)),
    "userRoleChange": Case('(userRoleInput: {id: "$strangerId", role: "server:user"})'),
    "adminDeleteUser": Case('(userConfirmation: {email: "unknown@example.com"})', tolerates=("USER_NOT_FOUND",)),
    "inviteDelete": Case('(inviteId: "%s")' % ID, tolerates=("INVITE_NOT_FOUND",)),
    "inviteResend": Case('(inviteId: "%s")' % ID, tolerates=("INVITE_NOT_FOUND",)),
    "serverInviteCreate": Case('(input: {email: "$new@example.org"})'),
    "serverInviteBatchCreate": Case('(input: [{email: "$new@example.org"}])'),
    "userDelete": Case('(userConfirmation: {email: "somebody-else@example.com"})', tolerates=WRONG),
    "requestVerification": Case(), "requestVerificationByEmail": Case('(email: "unknown@example.com")'),
    # Parts that this server does not have
    "automateFunctionRunStatusReport": Case('(input: {projectId: "$project", functionRunId: "b", status: SUCCEEDED})'),
    **{f"projectMutations.automationMutations.{name}": Case(text) for name, text in {
        "create": "(input: {a: 1}) { id }", "update": "(input: {a: 1}) { id }", "delete": '(automationId: "b")',
        "trigger": '(automationId: "b")', "createTestAutomation": "(input: {a: 1}) { id }"}.items()},
    **{f"projectMutations.savedViewMutations.{name}": Case(text) for name, text in {
        "createGroup": "(input: {a: 1}) { id }", "deleteGroup": "(input: {a: 1})", "updateGroup": "(input: {a: 1}) { id }",
        "createView": "(input: {a: 1}) { id }", "deleteView": "(input: {a: 1})", "updateView": "(input: {a: 1}) { id }",
        "deleteShare": "(input: {a: 1})"}.items()},
    **{f"automateMutations.{name}": Case(text) for name, text in {
        "createFunction": "(input: {a: 1}) { id }", "updateFunction": "(input: {a: 1}) { id }",
        "regenerateFunctionToken": '(functionId: "a")'}.items()},
    **{f"dashboardMutations.{name}": Case(text) for name, text in {
        "create": "(workspace: {a: 1}, input: {a: 1}) { id }", "delete": '(id: "a")', "update": "(input: {a: 1}) { id }",
        "deleteShare": "(input: {a: 1})"}.items()},
    **{f"accSyncItemMutations.{name}": Case(text) for name, text in {
        "create": "(input: {a: 1}) { id }", "delete": "(input: {a: 1})", "update": "(input: {a: 1}) { id }"}.items()},
    **{f"workspaceJoinRequestMutations.{name}": Case("(input: {a: 1})") for name in ("approve", "deny")},
    **{f"workspaceMutations.{name}": Case(text) for name, text in {
        "billing.cancelCheckoutSession": "(input: {a: 1})", "billing.upgradePlan": "(input: {a: 1})",
        "updateSeatType": "(input: {a: 1}) { id }", "setDefaultRegion": '(workspaceId: "a", regionKey: "b") { id }',
        "create": '(input: {name: "a"}) { id }', "delete": '(workspaceId: "a")', "update": "(input: {a: 1}) { id }",
        "updateRole": "(input: {a: 1}) { id }", "leave": '(id: "a")', "addDomain": "(input: {a: 1}) { id }",
        "deleteDomain": "(input: {a: 1}) { id }", "deleteSsoProvider": '(workspaceId: "a")',
        "invites.create": '(workspaceId: "a", input: {a: 1}) { id }', "invites.batchCreate": '(workspaceId: "a", input: [{a: 1}]) { id }',
        "invites.use": "(input: {a: 1})", "invites.resend": "(input: {a: 1})", "invites.cancel": '(workspaceId: "a", inviteId: "b") { id }',
        "projects.moveToRegion": '(projectId: "$project", regionKey: "b")',
        "projects.updateRole": '(input: {projectId: "$project", userId: "$reviewerId", role: "stream:owner"}) { id }',
        "projects.moveToWorkspace": '(projectId: "$project", workspaceId: "a") { id }',
        "projects.create": '(input: {workspaceId: "a"}) { id }', "updateCreationState": "(input: {a: 1})",
        "updateEmbedOptions": "(input: {a: 1}) { hideSpeckleBranding }", "dismiss": "(input: {a: 1})",
        "requestToJoin": "(input: {a: 1})"}.items()},
}


OF_PROJECT = '(id: "$project")'
SUBSCRIPTIONS = {
    "ping": Case(),
    "userProjectsUpdated": Case("{ type }"), "userStreamAdded": Case(), "userStreamRemoved": Case(),
    **{name: Case(f"{OF_PROJECT} {{ type }}") for name in (
        "projectUpdated", "projectModelsUpdated", "projectVersionsUpdated", "projectConflictsUpdated",
        "projectPendingVersionsUpdated", "projectPendingModelsUpdated", "projectFileImportUpdated", "projectAccSyncItemsUpdated")},
    "projectVersionsPreviewGenerated": Case(f"{OF_PROJECT} {{ versionId }}"),
    "projectModelIngestionUpdated": Case(
        '(input: {projectId: "$project", ingestionReference: {ingestionId: "$ingestion"}}) { type }'),
    **{name: Case('(streamId: "$project")') for name in (
        "streamUpdated", "streamDeleted", "branchCreated", "branchUpdated", "branchDeleted", "commitCreated", "commitUpdated",
        "commitDeleted")},
    **{name: Case('(projectId: "$project") { type }') for name in (
        "projectTriggeredAutomationsStatusUpdated", "projectAutomationsUpdated", "projectSavedViewsUpdated",
        "projectSavedViewGroupsUpdated")},
    **{name: Case('(id: "$project", versionId: "$version") { id }') for name in (
        "projectVersionGendoAIRenderCreated", "projectVersionGendoAIRenderUpdated")},
    "workspaceProjectsUpdated": Case('(workspaceId: "a") { type }'), "workspaceUpdated": Case('(workspaceId: "a") { id }'),
    "projectCommentsUpdated": Case(f"({TARGET}) {{ type }}"), "viewerUserActivityBroadcasted": Case(f"({TARGET}) {{ sessionId }}"),
    "commentActivity": Case('(streamId: "$project") { type }'),
    "commentThreadActivity": Case('(streamId: "$project", commentId: "$comment") { type }'),
    "userViewerActivity": Case('(streamId: "$project", resourceId: "$model")'),
}


def mine(field, **options):
    return Case("{ activeUser { %s } }" % field, tells_null=True, outer=frozenset({"profile:read"}), **options)


STRANGER = '(query: "stranger@example.com", limit: 1)'

# What needs more than the fields around it, by type and field; the whole operation.
INNER = {
    "User.emails": mine("emails { email }"), "User.apiTokens": mine("apiTokens { id }"),
    "User.authorizedApps": mine("authorizedApps { id }"), "User.createdApps": mine("createdApps { id }"),
    "User.projects": mine("projects { totalCount }"), "User.streams": mine("streams { totalCount }"),
    "User.favoriteStreams": mine("favoriteStreams { totalCount }"), "User.projectInvites": mine("projectInvites { id }"),
    "User.projectAccessRequest": mine('projectAccessRequest(projectId: "$project") { id }'),
    "User.email": Case("{ adminUsers%s { items { registeredUser { email } } } }" % STRANGER, is_hidden=True,
                       outer=frozenset({"server:stats", "users:read"})),
    "ServerInfo.multiRegion.availableKeys": Case("{ serverInfo { multiRegion { availableKeys } } }"),
    "LimitedUser.streams": Case('{ otherUser(id: "$strangerId") { streams { totalCount } } }', outer=frozenset({"users:read"})),
    "Project.pendingAccessRequests": Case('{ project(id: "$project") { pendingAccessRequests { id } } }'),
    "Stream.pendingAccessRequests": Case('{ stream(id: "$project") { pendingAccessRequests { id } } }'),
    "Project.embedTokens": Case('{ project(id: "$project") { embedTokens { totalCount } } }', outer=frozenset({"streams:read"})),
    "Project.webhooks": Case('{ project(id: "$project") { webhooks { totalCount } } }', outer=frozenset({"streams:read"})),
    "Stream.webhooks": Case('{ stream(id: "$project") { webhooks { totalCount } } }', outer=frozenset({"streams:read"})),
    "Project.invitedTeam": Case(
        '{ project(id: "$project") { invitedTeam { inviteId } } }', is_hidden=True, outer=frozenset({"streams:read"})),
    "Stream.pendingCollaborators": Case(
        '{ stream(id: "$project") { pendingCollaborators { inviteId } } }', is_hidden=True, outer=frozenset({"streams:read"})),
    "Mutation.serverInviteCreate(serverRole: admin)": Case(
        'mutation { serverInviteCreate(input: {email: "$new@example.org", serverRole: "server:admin"}) }'),
    "Mutation.serverInviteBatchCreate(serverRole: admin)": Case(
        'mutation { serverInviteBatchCreate(input: [{email: "$new@example.org", serverRole: "server:admin"}]) }'),
}

# What is in a project, as fields of those that administrators list: for those who may read the project, whoever lists it.
CONTENTS = {
    "Project": ['blob(id: "$blob") { id }', "blobs { totalCount }", 'comment(id: "$comment") { rawText }',
                "commentThreads { items { rawText } }", "conflicts { id }", "embedTokens { totalCount }", 'ingestion(id: "$ingestion") { id }',
                'model(id: "$model") { id }', 'modelChildrenTree(fullName: "a") { id }', "modelsTree { totalCount }",
                "versions { totalCount }", 'modelByName(name: "main") { id }', "models { totalCount }", 'object(id: "$root") { id }',
                "pendingAccessRequests { id }", "sourceApps", 'version(id: "$version") { id }',
                'viewerResources(resourceIdString: "all") { identifier }',
                'viewerResourcesExtended(resourceIdString: "all") { groups { identifier } }', "webhooks { totalCount }"],
    "Stream": ["activity { totalCount }", 'blob(id: "$blob") { id }', "blobs { totalCount }", 'branch(name: "main") { id }', "branches { totalCount }", "commentCount",
               'commit(id: "$version") { id }', "commits { totalCount }", 'fileUpload(id: "$started") { id }', "fileUploads { id }",
               'object(id: "$root") { id }', "pendingAccessRequests { id }", "webhooks { totalCount }"],
}
# What the lists are for, and what says of itself who may see it.
LISTED = {
    "Project": set("""id name description visibility allowPublicComments role createdAt updatedAt team invitedTeam policy permissions
        pendingImportedModels workspaceId hasAccessToFeature invitableCollaborators workspace limitedWorkspace embedOptions
        moveToWorkspaceDryRun automations automation savedViews savedViewGroups savedViewGroup ungroupedViewGroup savedView
        savedViewIfExists dashboards dashboardTokens accSyncItems accSyncItem""".split()),
    "Stream": set("""id name description isPublic isDiscoverable allowPublicComments role createdAt updatedAt collaborators
        pendingCollaborators favoritedDate favoritesCount size""".split()),
}
# Fields of groups that have arguments of their own.
STEPS = {"automationMutations": 'automationMutations(projectId: "$project")'}


def call(path, case):
    """The operation that calls a field, for example `Mutation.modelMutations.create`."""
    if path in INNER:
        return case.text
    root, *steps = path.split(".")
    steps = [STEPS.get(step, step) for step in steps]
    return root.lower() + " { " + " { ".join(steps) + case.text + " }" * len(steps)


FIELDS = {f"Query.{name}": case for name, case in QUERIES.items()} | {f"Mutation.{name}": case for name, case in MUTATIONS.items()}
FIELDS |= {f"Subscription.{name}": case for name, case in SUBSCRIPTIONS.items()}


@dataclasses.dataclass(frozen=True)
class Request:
    """One call of a route; `path` is given where names of the route do not say everything."""

    body: object = None  # bytes as they are sent, or what becomes JSON
    kind: str = "application/json"
    path: str = None
    fresh: str = None
    tolerates: tuple = ()  # statuses
    refusals: tuple = ()
    told: bytes = None  # what whoever is allowed it is told in place of success, and nobody else
    shows: bytes = None  # what whoever is allowed it is shown, and nobody else
    outer: frozenset = frozenset()
    headers: tuple = ()


def form(name):
    return (f'--b\r\nContent-Disposition: form-data; name="{name}"; filename="{name}"\r\n\r\n$new\r\n--b--\r\n'.encode(),
            "multipart/form-data; boundary=b")


OBJECTS = {"objects": json.dumps(["$root"])}
UPLOADS = "/api/v2/projects/$project/modelingestion/$ingestion/uploads"
OBJECT = b'--b\r\nContent-Disposition: form-data; name="batch-1"; filename="batch-1"\r\nContent-Type: application/json\r\n\r\n' \
    b'[{"id":"$root"}]\r\n--b--\r\n'
NO_KEY = b"The organisation's key is not on this node"

# Whoever may not see a project is shown a picture that says so, as other people are shown others.
PREVIEW = (pathlib.Path(__file__).resolve().parents[2] / "Sources/Node/Previews/Images/no_preview.png").read_bytes()
PREVIEWS = {
    f"GET /preview/{{project}}{way}{angle}": Request(path=f"/preview/$project{place}{'/0' if angle else ''}", shows=PREVIEW)
    for way, place in [("", ""), ("/branches/{branch}", "/branches/main"), ("/commits/{version}", "/commits/$version"),
                       ("/objects/{object}", "/objects/$root")]
    for angle in ("", "/{angle}")
}

ROUTES = PREVIEWS | {
    # A node of its own has no other regions.
    "GET /api/conflicts": Request(), "GET /api/mirrors": Request(), "POST /api/mirrors": Request({}, tolerates=(400,)),
    "GET /api/regions": Request(), "DELETE /api/regions/{name}": Request(path="/api/regions/nowhere", told=NO_KEY),
    "POST /api/regions/{name}/webhooks": Request({}, path="/api/regions/nowhere/webhooks", told=b"There is no other region"),
    "GET /api/regions/purges": Request(), "GET /api/roster": Request(tolerates=(404,)),
    "POST /api/regions/invitations": Request({}, told=NO_KEY), "POST /api/edges/invitations": Request({}, told=NO_KEY),
    "GET /api/edge/subscriptions": Request(refusals=(404,)), "DELETE /api/edge/subscriptions": Request(refusals=(404,)),
    "POST /api/diff/{project}": Request(OBJECTS), "POST /api/getobjects/{project}": Request(OBJECTS),
    "POST /api/file/{type}/{project}": Request(*form("a.ifc"), "/api/file/ifc/$project"),
    "POST /api/file/{type}/{project}/{branch}": Request(*form("a.ifc"), "/api/file/ifc/$project/main"),
    "GET /api/projects/{project}/conflicts": Request(), "GET /api/projects/{project}/policy": Request(),
    "PATCH /api/projects/{project}/policy": Request({"minCopies": 1}, fresh="project"),
    "POST /api/projects/{project}/models/{model}/keep": Request(fresh="model"),
    "PUT /api/projects/{project}/versions/{version}": Request(
        {"id": "$new", "project": "$project", "model": "$model", "rootObject": "$root", "parents": [], "createdAt": 0, "seenVersions": []},
        path="/api/projects/$project/versions/$new", tolerates=(400,)),
    # Where nothing disagrees, there is nothing to decide.
    "POST /api/projects/{project}/versions/{version}/accept": Request(fresh="version", tolerates=(400, 404)),
    "POST /api/projects/{project}/versions/{version}/reject": Request(fresh="version", tolerates=(400, 404)),
    "POST /api/projects/{project}/versions/{version}/pick": Request(fresh="version", tolerates=(400,)),
    "POST /api/stream/{project}/blob": Request(*form("a.png")),
    "DELETE /api/stream/{project}/blob/{blob}": Request(fresh="blob"), "GET /api/stream/{project}/blob/{blob}": Request(),
    "POST /api/stream/{project}/blob/diff": Request(["0123456789"]), "GET /api/stream/{project}/blobs": Request(),
    "DELETE /api/stream/{project}/blobs": Request(tolerates=(501,)),
    "POST /api/v1/projects/{project}/modelingestion/{ingestion}/uploads/process": Request({"etag": "a"}, fresh="ingestion", tolerates=(400,)),
    "POST /api/v1/projects/{project}/modelingestion/{ingestion}/uploads/sign": Request(fresh="ingestion"),
    "POST /api/v2/projects/{project}/modelingestion/{ingestion}/uploads/complete": Request({"etags": {}}, fresh="ingestion", tolerates=(400,)),
    "POST /api/v2/projects/{project}/modelingestion/{ingestion}/uploads/sign": Request({"files": ["a"]}, fresh="ingestion"),
    # Without a link.
    "PUT /api/v2/projects/{project}/files/{file}": Request(b"x", "application/octet-stream"),
    "PUT /api/v2/projects/{project}/modelingestion/{ingestion}/uploads/{name}": Request(
        b"x", "application/octet-stream", f"{UPLOADS}/a"),
    "GET /api/v2/projects/{project}/versions/{version}/artifacts/{name}": Request(path="/api/v2/projects/$project/versions/$version/artifacts/a"),
    "GET /api/v2/projects/{project}/models/{model}/versions/{version}/artifacts": Request(tolerates=(404,)),  # it has none
    "POST /api/v2/projects/{project}/object-stream": Request({"objectIds": ["$root"]}),
    "POST /objects/{project}": Request(OBJECT, "multipart/form-data; boundary=b"),
    "GET /objects/{project}/{object}": Request(path="/objects/$project/$root"),
    "GET /objects/{project}/{object}/single": Request(path="/objects/$project/$root/single"),
    "GET /auth/accesscode": Request(
        path="/auth/accesscode?appId=sdui&challenge=a&preventRedirect=true&token=$token", refusals=(400,)),
    "POST /auth/local/login": Request({"email": "stranger@example.com", "password": "correct horse"}, path="/auth/local/login?challenge=a"),
    "POST /auth/local/register": Request(
        {"email": "$new@example.net", "password": "correct horse", "name": "New"}, path="/auth/local/register?challenge=a"),
    "POST /auth/logout": Request({"token": "0" * 42}, tolerates=(400,)),
    "POST /auth/pwdreset/finalize": Request({"tokenId": "0", "password": "correct horse"}, tolerates=(400,)),
    "POST /auth/pwdreset/request": Request({"email": "unknown@example.com"}, tolerates=(400,)),
    "POST /auth/token": Request({"appId": "sdui", "appSecret": "x", "accessCode": "0", "challenge": "a"}, tolerates=(401,)),
    "GET /auth/oidc": Request(path="/auth/oidc?challenge=a", tolerates=(404,)),
    "GET /auth/oidc/callback": Request(path="/auth/oidc/callback?state=a", tolerates=(404,)),
    "GET /auth/verifyemail": Request(path="/auth/verifyemail?t=0"),
    "GET /graphql": Request(path="/graphql?query=%7B__typename%7D", headers=(("apollo-require-preflight", "1"),)),
    "POST /graphql": Request({"query": "{ __typename }"}),
    "GET /api/openapi.json": Request(), "GET /api/ping": Request(), "GET /liveness": Request(), "GET /readiness": Request(),
}


def path(route, request):
    return request.path or route.split(" ")[1].replace("{", "$").replace("}", "")
