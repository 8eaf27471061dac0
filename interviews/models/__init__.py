"""Tables: one state column each, constraints in the database, state moves by compare-and-set."""

from interviews.events import Event, Head
from interviews.models.assessments import Assessment, AssessmentRun, Reassessment, Result, RunQuestion
from interviews.models.audit import AuditEntry, AuditHead, Unsealed
from interviews.models.backups import Backup
from interviews.models.drafts import Draft
from interviews.models.erasures import Erasure, Hold
from interviews.models.exports import Export
from interviews.models.interviews import Applicant, ApplicantWord, Interview, Link
from interviews.models.jobs import Job, JobAttempt, Worker
from interviews.models.listing import Hidden, HiddenColumns, SavedView
from interviews.models.memberships import Membership
from interviews.models.messages import MailText, Message
from interviews.models.needs import Accommodation, ExtensionRequest
from interviews.models.notes import Note
from interviews.models.notices import Notice
from interviews.models.pauses import Pause
from interviews.models.positions import Position, Question, QuestionSet
from interviews.models.providers import Charge, ProviderHealth, ProviderReply
from interviews.models.public_links import Arrival, PublicLink
from interviews.models.receipts import Receipt
from interviews.models.redos import Redo
from interviews.models.renditions import Rendition
from interviews.models.reviews import Decision, Explanation, Rating, Review
from interviews.models.rubrics import Criterion, Rubric, RubricVersion
from interviews.models.self_reports import SelfReport
from interviews.models.sessions import Session
from interviews.models.sharing import ShareComment, ShareLink, ShareVisit
from interviews.models.signing_in import Attempt, RecoveryCode, SecondFactor
from interviews.models.storage import StoredFile
from interviews.models.takes import Answer, Piece, Segment, Take
from interviews.models.tokens import ApiDeed, ApiToken, Scope
from interviews.models.transcripts import Correction, Transcript
from interviews.models.uptime import Downtime, SignOfLife
from interviews.models.webhooks import Delivery, Endpoint, Telling

__all__ = [
    "Accommodation",
    "Answer",
    "ApiDeed",
    "ApiToken",
    "Applicant",
    "ApplicantWord",
    "Arrival",
    "Assessment",
    "AssessmentRun",
    "Attempt",
    "AuditEntry",
    "AuditHead",
    "Backup",
    "Charge",
    "Correction",
    "Criterion",
    "Decision",
    "Delivery",
    "Downtime",
    "Draft",
    "Endpoint",
    "Erasure",
    "Event",
    "Explanation",
    "Export",
    "ExtensionRequest",
    "Head",
    "Hidden",
    "HiddenColumns",
    "Hold",
    "Interview",
    "Job",
    "JobAttempt",
    "Link",
    "MailText",
    "Membership",
    "Message",
    "Note",
    "Notice",
    "Pause",
    "Piece",
    "Position",
    "ProviderHealth",
    "ProviderReply",
    "PublicLink",
    "Question",
    "QuestionSet",
    "Rating",
    "Reassessment",
    "Receipt",
    "RecoveryCode",
    "Redo",
    "Rendition",
    "Result",
    "Review",
    "Rubric",
    "RubricVersion",
    "RunQuestion",
    "SavedView",
    "Scope",
    "SecondFactor",
    "Segment",
    "SelfReport",
    "Session",
    "ShareComment",
    "ShareLink",
    "ShareVisit",
    "SignOfLife",
    "StoredFile",
    "Take",
    "Telling",
    "Transcript",
    "Unsealed",
    "Worker",
]
