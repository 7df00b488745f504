"""Course text turned into courses, lessons and quizzes, with every problem named."""
