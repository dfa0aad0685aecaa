"""What tells our pages from others."""

#: In the head of every report, so that a later one may take its place.
GENERATOR = '<meta name="generator" content="afmnn report">'
