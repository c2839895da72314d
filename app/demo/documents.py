"""The documents that the demo sends."""

LOGIN = """
mutation ($input: AccountLoginInput!) {
  accountLogin(input: $input) {
    user { id username firstName } tokens { accessToken } errors { code message }
  }
}"""

REGISTER = """
mutation ($input: AccountRegisterInput!) {
  accountRegister(input: $input) {
    user { id username firstName } tokens { accessToken } errors { code message }
  }
}"""

CONSENT = """
mutation ($input: ConsentSetInput!) {
  consentSet(input: $input) { consent { granted } errors { code message } }
}"""

CREATE = """
mutation ($input: SessionCreateInput!) {
  sessionCreate(input: $input) {
    session { id name conversation { id } } errors { code message }
  }
}"""

INVITE = """
mutation ($input: SessionInviteInput!) {
  sessionInvite(input: $input) { session { id } errors { code message } }
}"""

JOIN = """
mutation ($input: SessionInput!) {
  sessionJoin(input: $input) { session { id } nextAudioSequence errors { code message } }
}"""

START = """
mutation ($input: SessionInput!) {
  sessionStart(input: $input) { session { status } errors { code message } }
}"""

LEAVE = """
mutation ($input: SessionInput!) {
  sessionLeave(input: $input) { session { id } errors { code message } }
}"""

END = """
mutation ($input: SessionInput!) {
  sessionEnd(input: $input) { session { status } errors { code message } }
}"""

SUBMIT = """
mutation ($input: AudioChunkSubmitInput!) {
  audioChunkSubmit(input: $input) { chunk { sequence status } errors { code message } }
}"""

SEND = """
mutation ($input: MessageSendInput!) {
  messageSend(input: $input) { message { id } errors { code message } }
}"""

ASK = """
mutation ($input: SessionAskInput!) {
  sessionAsk(input: $input) { answer { id question } errors { code message } }
}"""

SESSION_UPDATED = """
subscription ($session: ID!) {
  sessionUpdated(sessionId: $session) {
    __typename
    session { status }
    ... on SessionParticipantChanged { participant { present user { firstName } } }
  }
}"""

TRANSCRIPT_ADDED = """
subscription ($session: ID!) {
  transcriptAdded(sessionId: $session) {
    __typename
    ... on TranscriptSegmentAdded {
      segment { text startMs endMs confidence language chunkSequence speaker { firstName } }
    }
    ... on TranscriptProvisional { text startMs endMs speaker { firstName } }
    ... on AudioChunkRejected { sequence code message }
  }
}"""

INSIGHT_ADDED = """
subscription ($session: ID!) {
  insightAdded(sessionId: $session) {
    __typename
    ... on InsightFound { insight { kind text confidence segments { text } } }
    ... on InsightNotice { notice }
  }
}"""

CONVERSATION_UPDATED = """
subscription ($conversation: ID!) {
  conversationUpdated(conversationId: $conversation) {
    __typename
    ... on MessageAdded { message { body sender { firstName } } }
  }
}"""

ANSWER_STREAMED = """
subscription ($answer: ID!) {
  sessionAnswerStreamed(answerId: $answer) {
    __typename
    ... on AnswerPiece { offset text }
    ... on AnswerCompleted { answer { status answer notice confidence segments { text } } }
  }
}"""

SUMMARY = """
query ($session: ID!) {
  sessionSummary(sessionId: $session) {
    status notice summary topicsCovered keyInsights actionItems
    knowledgeGaps { concept severity recommendation }
  }
}"""
