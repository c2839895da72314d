"""The courses that a newcomer finds, as data. `app.seed` puts them in."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from app.courses.models import CourseLevel


@dataclass(frozen=True)
class SampleSection:
    """A section; each of its lessons is a title and the minutes that it takes."""

    title: str
    description: str
    lessons: Sequence[tuple[str, int]]


@dataclass(frozen=True)
class SampleCourse:
    """A course. One without a time of publication is a draft, and so are its lessons."""

    title: str
    code: str
    slug: str
    category: str
    topic: str
    level: CourseLevel
    description: str
    sections: Sequence[SampleSection]
    published_at: datetime | None
    language: str = "en"

    @property
    def minutes(self) -> int:
        """What its lessons take together."""
        return sum(minutes for section in self.sections for _, minutes in section.lessons)


SAMPLE_COURSES: Sequence[SampleCourse] = (
    SampleCourse(
        title="Photosynthesis: From Light to Sugar",
        code="BIO-110",
        slug="photosynthesis",
        category="Biology",
        topic="Photosynthesis",
        level=CourseLevel.BEGINNER,
        description=(
            "How a leaf turns light, water and carbon dioxide into sugar and oxygen. We follow"
            " an electron through the thylakoid membrane and a carbon atom around the Calvin"
            " cycle, and see what plants do where it is hot and dry."
        ),
        published_at=datetime(2026, 9, 1, 8, tzinfo=UTC),
        sections=(
            SampleSection(
                "The leaf as a factory",
                "Where photosynthesis happens, and what goes in and out.",
                (
                    ("What plants eat: van Helmont's willow", 12),
                    ("Inside the chloroplast", 15),
                    ("Pigments, and why leaves are green", 18),
                ),
            ),
            SampleSection(
                "The light reactions",
                "Light splits water, and its energy ends up in ATP and NADPH.",
                (
                    ("Photosystem II splits water", 20),
                    ("The electron transport chain", 25),
                    ("Photosystem I and NADPH", 15),
                    ("ATP synthase: a turbine of protein", 18),
                ),
            ),
            SampleSection(
                "The Calvin cycle",
                "Carbon dioxide becomes sugar, and what to do when rubisco errs.",
                (
                    ("Rubisco fixes carbon", 20),
                    ("Reduction and regeneration", 22),
                    ("Photorespiration", 15),
                    ("C4 and CAM plants", 20),
                ),
            ),
        ),
    ),
    SampleCourse(
        title="Linear Algebra: Vectors, Matrices, Maps",
        code="MAT-201",
        slug="linear-algebra",
        category="Mathematics",
        topic="Linear algebra",
        level=CourseLevel.INTERMEDIATE,
        description=(
            "Linear algebra with pictures first and proofs second: vectors, systems of equations,"
            " matrices as maps, eigenvectors, and the least squares behind every fitted line."
        ),
        published_at=datetime(2026, 9, 14, 8, tzinfo=UTC),
        sections=(
            SampleSection(
                "Vectors",
                "Arrows, lists of numbers, and what both have in common.",
                (
                    ("Adding and stretching arrows", 15),
                    ("Linear combinations and span", 25),
                    ("Linear independence and bases", 30),
                    ("The dot product, lengths and angles", 25),
                ),
            ),
            SampleSection(
                "Systems of equations",
                "Elimination, and how to read off what it leaves.",
                (
                    ("Gaussian elimination", 30),
                    ("None, one or infinitely many solutions", 20),
                    ("The inverse of a matrix", 25),
                ),
            ),
            SampleSection(
                "Matrices as maps",
                "A matrix moves space; its columns say where the basis lands.",
                (
                    ("Rotations, shears, projections", 25),
                    ("Composition is multiplication", 20),
                    ("Kernel, image and rank", 35),
                    ("Determinants as areas and volumes", 30),
                ),
            ),
            SampleSection(
                "Eigenvectors and least squares",
                "Directions that a map keeps, and the best answer where there is none.",
                (
                    ("Eigenvalues and eigenvectors", 35),
                    ("Diagonalisation", 30),
                    ("Projection onto a subspace", 25),
                    ("Fitting a line to data", 30),
                ),
            ),
        ),
    ),
    SampleCourse(
        title="First Programs in Python",
        code="CS-101",
        slug="first-programs-in-python",
        category="Computer science",
        topic="Python",
        level=CourseLevel.BEGINNER,
        description=(
            "For those who have never programmed. Small programs from the first hour on: a"
            " guessing game, a shopping list, a quiz that reads its questions from a file."
        ),
        published_at=datetime(2026, 9, 21, 8, tzinfo=UTC),
        sections=(
            SampleSection(
                "Talking to the computer",
                "Values, names and decisions.",
                (
                    ("Hello, and what an error message says", 15),
                    ("Numbers, text and variables", 20),
                    ("Asking with input()", 15),
                    ("Decisions with if, elif and else", 25),
                    ("Project: guess the number", 40),
                ),
            ),
            SampleSection(
                "Many things at once",
                "Repetition, and somewhere to keep what is repeated.",
                (
                    ("Loops with while and for", 30),
                    ("Lists", 25),
                    ("Dictionaries", 25),
                    ("Project: a shopping list", 40),
                ),
            ),
            SampleSection(
                "Programs that last",
                "Functions, files, and finding one's mistakes.",
                (
                    ("Writing functions", 30),
                    ("Reading and writing files", 25),
                    ("Finding mistakes step by step", 25),
                    ("Project: a quiz from a file", 60),
                ),
            ),
        ),
    ),
    SampleCourse(
        title="The French Revolution",
        code="HIS-210",
        slug="french-revolution",
        category="History",
        topic="French Revolution",
        level=CourseLevel.INTERMEDIATE,
        description=(
            "From the empty treasury of Louis XVI to the coup of Brumaire, read through what"
            " people wrote at the time: grievances, speeches, newspapers and letters."
        ),
        published_at=datetime(2026, 10, 5, 8, tzinfo=UTC),
        sections=(
            SampleSection(
                "The old order",
                "Three estates, one debt.",
                (
                    ("Society and privilege in 1780", 25),
                    ("Debt, bread and bad harvests", 20),
                    ("The cahiers de doléances", 30),
                ),
            ),
            SampleSection(
                "1789 to 1792",
                "The end of absolute monarchy, and of monarchy.",
                (
                    ("The Tennis Court Oath", 15),
                    ("The Bastille and the Great Fear", 25),
                    ("The Declaration of the Rights of Man", 30),
                    ("Varennes and the fall of the king", 25),
                ),
            ),
            SampleSection(
                "Republic and Terror",
                "War abroad, and fear at home.",
                (
                    ("The trial of Louis XVI", 20),
                    ("The Committee of Public Safety", 30),
                    ("Olympe de Gouges and the rights of women", 25),
                    ("Thermidor", 20),
                ),
            ),
            SampleSection(
                "The Directory",
                "Five years of a republic that nobody loved.",
                (
                    ("A constitution against everybody", 20),
                    ("Brumaire: how a general took power", 25),
                ),
            ),
        ),
    ),
    SampleCourse(
        title="Estadística descriptiva con datos reales",
        code="MAT-115",
        slug="estadistica-descriptiva",
        category="Mathematics",
        topic="Estadística",
        level=CourseLevel.BEGINNER,
        description=(
            "Resumir datos sin engañar ni engañarse: tablas, gráficos, medias y dispersión, con"
            " datos de temperaturas, alquileres y partidos de fútbol."
        ),
        published_at=datetime(2026, 10, 19, 8, tzinfo=UTC),
        language="es",
        sections=(
            SampleSection(
                "Mirar los datos",
                "Qué se midió, y cómo mostrarlo.",
                (
                    ("Variables y escalas de medida", 15),
                    ("Tablas de frecuencias", 20),
                    ("Histogramas y diagramas de barras", 25),
                    ("Gráficos que engañan", 20),
                ),
            ),
            SampleSection(
                "Resumir los datos",
                "El centro, la dispersión y la relación entre dos variables.",
                (
                    ("Media, mediana y moda", 20),
                    ("Cuartiles y diagramas de caja", 25),
                    ("Varianza y desviación típica", 30),
                    ("Correlación no es causalidad", 25),
                ),
            ),
        ),
    ),
    SampleCourse(
        title="Inside a Database",
        code="CS-340",
        slug="inside-a-database",
        category="Computer science",
        topic="Databases",
        level=CourseLevel.ADVANCED,
        description=(
            "What happens between a SELECT and its rows, and how a commit outlives a power cut."
            " We read query plans, follow pages and locks, and break a replica on purpose."
        ),
        published_at=datetime(2026, 11, 2, 8, tzinfo=UTC),
        sections=(
            SampleSection(
                "Storage",
                "Rows in pages, pages in files, and a log before both.",
                (
                    ("Pages, tuples and the buffer cache", 35),
                    ("B-trees from the inside", 45),
                    ("The write-ahead log", 40),
                ),
            ),
            SampleSection(
                "Queries",
                "From text to a plan, and why the planner chose that one.",
                (
                    ("Parsing and rewriting", 25),
                    ("Statistics and estimates", 40),
                    ("Joins: nested loop, hash, merge", 45),
                    ("Reading EXPLAIN", 40),
                ),
            ),
            SampleSection(
                "Transactions",
                "Many readers and writers, each as if alone.",
                (
                    ("Isolation and its anomalies", 40),
                    ("Row versions and vacuum", 40),
                    ("Locks and deadlocks", 35),
                    ("Replication, and what it promises", 45),
                ),
            ),
        ),
    ),
    SampleCourse(
        title="Organic Chemistry: How Reactions Happen",
        code="CHE-220",
        slug="organic-chemistry-reactions",
        category="Chemistry",
        topic="Organic chemistry",
        level=CourseLevel.ADVANCED,
        description="Mechanisms instead of lists: curly arrows, nucleophiles, leaving groups.",
        published_at=None,
        sections=(
            SampleSection(
                "Electrons on the move",
                "Curly arrows, and what makes a nucleophile.",
                (
                    ("Drawing curly arrows", 30),
                    ("Nucleophiles and electrophiles", 25),
                    ("Leaving groups and pKa", 30),
                ),
            ),
            SampleSection(
                "Substitution and elimination",
                "Four mechanisms that compete for one molecule.",
                (
                    ("SN1 and SN2", 40),
                    ("E1 and E2", 35),
                ),
            ),
        ),
    ),
)
