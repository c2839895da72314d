"""Courses as files that other systems read and write: IMS Common Cartridge, with QTI 1.2 quizzes.

Nothing here touches the database: `reading.read_package` makes a `tree.CourseTree` of the bytes
of a file, `writing.package_of` the bytes of a tree.
"""
