"""Expected failures of courses."""

from app.core.errors import DomainError


class NotTeacher(DomainError):
    """Somebody else teaches the course."""

    code = "NOT_TEACHER"
    message = "Only those who teach this course may do this."


class CourseWrongState(DomainError):
    """The course's status doesn't allow this step."""

    code = "COURSE_WRONG_STATE"


class CourseIncomplete(DomainError):
    """Something that a published course needs is missing; there is one such error for each."""

    code = "COURSE_INCOMPLETE"


class CourseInUse(DomainError):
    """Learners have worked on the course, or a class teaches it: archive it instead."""

    code = "COURSE_IN_USE"
    message = "People have worked on this, so it can't be deleted."


class SlugTaken(DomainError):
    """Another course has this name in addresses."""

    code = "SLUG_TAKEN"
    message = "Another course has this name in addresses."


class OrderMismatch(DomainError):
    """A new order that isn't one of exactly what there is: an id is missing, foreign or twice."""

    code = "ORDER_MISMATCH"


class ExerciseKindFixed(DomainError):
    """An exercise stays of the kind that it was made as."""

    code = "EXERCISE_KIND_FIXED"
    message = "An exercise stays of its kind: make another one instead."


class NotAssignment(DomainError):
    """The exercise is no assignment: nothing can be handed in."""

    code = "NOT_ASSIGNMENT"
    message = "Nothing can be handed in here: this is no assignment."


class SubmissionKindRefused(DomainError):
    """The assignment can't be handed in as this: see its `accepts`."""

    code = "SUBMISSION_KIND_REFUSED"


class SubmissionWrongState(DomainError):
    """The submission's status doesn't allow this step."""

    code = "SUBMISSION_WRONG_STATE"


class NotCoding(DomainError):
    """The exercise asks for no program."""

    code = "NOT_CODING"
    message = "This exercise asks for no program."


class PlaygroundNotScored(DomainError):
    """Programs of a playground are run, never scored."""

    code = "PLAYGROUND_NOT_SCORED"
    message = "A playground has no score: run the program instead."


class CodingQueueFull(DomainError):
    """As many programs of the viewer's wait or run as may at a time."""

    code = "CODING_QUEUE_FULL"
    message = "Two of your programs are still waiting: try again once one has ended."


class NotComplete(DomainError):
    """What it takes to be done isn't done yet; of a lesson there is one for each exercise."""

    code = "NOT_COMPLETE"


class NoAttemptsLeft(DomainError):
    """The quiz was tried as often as it may be."""

    code = "NO_ATTEMPTS_LEFT"
    message = "You have tried this quiz as often as you may."


class QuizPassed(DomainError):
    """The quiz was passed: its answers are shown, so it isn't tried again."""

    code = "QUIZ_PASSED"
    message = "You have passed this quiz."


class QuizNotStarted(DomainError):
    """A quiz with a time limit has to be started before it is answered."""

    code = "QUIZ_NOT_STARTED"
    message = "Start this quiz first: it has a time limit."


class QuizTimeOver(DomainError):
    """The answers came after the time limit. The attempt counts."""

    code = "QUIZ_TIME_OVER"
    message = "The time for this attempt is over."


class PracticeSessionOpen(DomainError):
    """Another practice session of the viewer is still open; the message names it."""

    code = "PRACTICE_SESSION_OPEN"


class PracticeWrongState(DomainError):
    """The practice session's status doesn't allow this step."""

    code = "PRACTICE_WRONG_STATE"


class ActivityFixed(DomainError):
    """A progress log stays of the activity that it was made with."""

    code = "ACTIVITY_FIXED"
    message = "A log stays of its activity: make another one instead."


class NotLearner(DomainError):
    """The course wasn't generated for the viewer."""

    code = "NOT_LEARNER"
    message = "Only the learner whom this course was made for may do this."


class GenerationRunning(DomainError):
    """A model writes one course at a time for each learner."""

    code = "GENERATION_RUNNING"
    message = "A course is being written for you: wait until it is there."


class CurriculumOutdated(DomainError):
    """A curriculum was saved since the version that a change is based on."""

    code = "CURRICULUM_OUTDATED"


class CurriculumCycle(DomainError):
    """What has to be learned before something can't begin until that is learned."""

    code = "CURRICULUM_CYCLE"


class NothingToAdapt(DomainError):
    """No lesson is known to be weak, so that there is nothing to propose."""

    code = "NOTHING_TO_ADAPT"
    message = "No lesson went badly, as far as is known: there is nothing to adapt."


class PackageRefused(DomainError):
    """The file is no course of another system that can be read here; the message says why."""

    code = "PACKAGE_REFUSED"
