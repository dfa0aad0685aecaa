"""Evaluation: what a network does to images, in figures (`evaluate`) and on a page (`report`)."""
